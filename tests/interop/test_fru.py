# SPDX-License-Identifier: Apache-2.0
"""Inventory of OpenIPMI's simulator: each FRU as ipmitool and FreeIPMI print it in the same test; writing too."""
from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers import Simulator, program, run

sys.path.insert(0, str(Path(__file__).parents[1] / "vectors"))

from fru_peers import as_freeipmi, as_ipmitool, from_freeipmi, from_ipmitool

from pyghmi.exceptions import NotFound
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.fru_sweep import locators, name_of

FRUS = range(6)
STOPS_FREEIPMI = {2: 21, 4: 0}
"""Where it ends with an error on what ipmitool and we read: lines of ours beyond.  FRU 2: wrong checksum of the data of
a power supply record; FRU 4: filling behind the records."""


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("frus") / "rich", rich=True)
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def bmc(rich: Simulator) -> Iterator[Command]:
    with Command(rich.host, rich.user, rich.password, port=rich.port) as command:
        yield command


@pytest.fixture(scope="module")
def printed(rich: Simulator) -> dict[str, str]:
    """What ipmitool prints of each FRU, by its name and number."""
    sections = re.split(r"^FRU Device Description : ", rich.ipmitool("fru", "print"), flags=re.M)[1:]
    return {section.partition("\n")[0].strip(): section.partition("\n")[2] for section in sections}


def test_names(bmc: Command, printed: dict[str, str]) -> None:
    """ipmitool has a name of its own for FRU 0, and one more of a controller whose record names no FRU."""
    ours = [f"{name_of(found)} (ID {found.fru_id})" for found in locators(bmc.get_sdr_records()) if found.logical]
    assert ours[0] == "MB FRU (ID 0)" and next(iter(printed)) == "Builtin FRU Device (ID 0)"
    assert ours[1:] == list(printed)[1:-1] and list(printed)[-1] == "AMC carrier"
    assert list(bmc.get_inventory_descriptions()) == ["System", *[name.partition(" (ID")[0] for name in ours]]


@pytest.mark.parametrize("fru_id", FRUS)
def test_as_ipmitool_prints_it(bmc: Command, printed: dict[str, str], fru_id: int) -> None:
    theirs = next(text for name, text in printed.items() if name.endswith(f"(ID {fru_id})"))
    assert as_ipmitool(bmc.read_fru(fru_id)) == from_ipmitool(theirs)


@pytest.mark.parametrize("fru_id", FRUS)
def test_as_freeipmi_prints_it(bmc: Command, rich: Simulator, tmp_path: Path, fru_id: int) -> None:
    done = run(
        program("ipmi-fru"), "-D", "LAN_2_0", "-h", f"{rich.host}:{rich.port}", "-u", rich.user, "-p", rich.password,
        "-l", "ADMIN", "-I", "3", "-W", "opensesspriv", f"--device-id={fru_id}", "-v", "--quiet-cache",
        f"--sdr-cache-directory={tmp_path}",
    )
    theirs = from_freeipmi(done.stdout)
    errors = [value for name, value in theirs if name == "Error"]
    theirs = [(name, value) for name, value in theirs if name != "Error" and value]
    ours = as_freeipmi(bmc.read_fru(fru_id))
    assert theirs and ours[: len(theirs)] == theirs
    assert bool(errors) == (fru_id in STOPS_FREEIPMI) and len(ours) - len(theirs) == STOPS_FREEIPMI.get(fru_id, 0)


def test_a_fru_behind_another_controller(bmc: Command, printed: dict[str, str]) -> None:
    found = bmc.read_fru(0, {"addr": 0x72, "channel": 0})
    assert found.warnings == () and as_ipmitool(found) == from_ipmitool(printed["AMC carrier"])
    assert len(found.records) == 3
    with pytest.raises(NotFound):
        bmc.read_fru(0, {"addr": 0x2C, "channel": 0})


def test_the_sweep(bmc: Command) -> None:
    found = dict(bmc.get_inventory())
    assert list(found) == ["System", "MB FRU", "FP_FRU", "PS1 FRU", "Mezz FRU", "FMC FRU", "FMC DAC"]
    system = found["System"]
    assert system is not None and system["Product name"] == "D51B-2U (dual 1G LoM)" and system["Product ID"] == 12866


def test_what_we_write_is_what_ipmitool_reads(bmc: Command, rich: Simulator) -> None:
    old = bmc.write_fru_field(1, "board", "serial", "SN 4711")
    bmc.write_fru_field(1, "product", 0, "first extra, longer than what was there before")
    theirs = from_ipmitool(rich.ipmitool("fru", "print", "1"))
    assert ("Board Serial", "SN 4711") in theirs
    assert ("Product Extra", "first extra, longer than what was there before") in theirs
    bmc.write_fru(1, old)
    assert bmc.dump_fru(1) == old
    assert ("Board Serial", "SN 4711") not in from_ipmitool(rich.ipmitool("fru", "print", "1"))


def test_what_ipmitool_writes_is_what_we_read(bmc: Command, rich: Simulator, tmp_path: Path) -> None:
    """`fru edit` of ipmitool on a field that keeps its length; `fru read` for the bytes."""
    path = tmp_path / "fru.bin"
    rich.ipmitool("fru", "read", "5", str(path))
    assert path.read_bytes() == bmc.dump_fru(5)
    rich.ipmitool("fru", "edit", "5", "field", "b", "1", "mezzanin2")
    found = bmc.read_fru(5)
    assert found.board is not None and found.board.product_name is not None and found.board.product_name.text == "mezzanin2"
    assert found.warnings == ()


def test_the_demo_is_read_by_ipmitool(tmp_path: Path) -> None:
    """All that our simulated server holds, as ipmitool prints it."""
    from peers import FakeBmc

    from pyghmi.ipmi.domains.fru_image import parse_image
    from pyghmi.sim.fru import demo_images

    fake = FakeBmc("--user", "admin:secret")
    try:
        for fru_id in (0, 1):
            done = fake.ipmitool("fru", "print", str(fru_id))
            assert from_ipmitool(done.stdout) == as_ipmitool(parse_image(demo_images()[fru_id])), done.stderr
    finally:
        fake.stop()
