# SPDX-License-Identifier: Apache-2.0
"""A BMC that was recorded, and the simulated one that plays it: ipmitool prints the same about both."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers import ROOT, FakeBmc, Simulator, program, run

COMMANDS = (
    "mc info", "mc guid", "mc selftest", "mc getenables", "chassis status", "chassis poh", "chassis restart_cause",
    "chassis bootparam get 5", "chassis bootmbox get", "chassis policy list", "sdr elist all", "sdr list all -v", "sdr info", "sdr type",
    "sensor", "sensor list -v", "sel elist", "sel list -v", "sel info", "fru print", "fru print 1", "lan print 1", "lan stats get 1",
    "lan alert print 1", "user list 1", "user summary 1", "channel info 1", "channel getaccess 1", "channel getciphers ipmi 1",
    "channel getciphers sol 1", "sol info 1", "mc watchdog get", "pef info", "pef status", "pef policy list", "pef filter list",
    "dcmi discover", "dcmi asset_tag", "dcmi sensors", "raw 6 0x59 0 1 0 0", "-t 0x72 -b 0 sdr elist all", "-t 0x72 -b 0 fru print",
    "-t 0x72 -b 0 mc info", "-t 0x2c -b 0 mc info", "-t 0x2c -b 6 mc info",
)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("rich") / "rich", rich=True)
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def recording(rich: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("snapshot") / "bmc.json"
    done = subprocess.run(
        [sys.executable, "-m", "pyghmi.cmd.pyghmiutil", "-p", str(rich.port), rich.host, rich.user, "snapshot", str(path)],
        env=dict(os.environ, IPMIPASSWORD=rich.password, PYTHONPATH=str(ROOT)), capture_output=True, text=True, timeout=300, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "plays it" in done.stdout
    return path


@pytest.fixture(scope="module")
def player(recording: Path) -> Iterator[FakeBmc]:
    fake = FakeBmc("--user", "admin:secret", "--from", str(recording))
    yield fake
    assert fake.stop() == 0


def test_no_secret_is_recorded(recording: Path, rich: Simulator) -> None:
    text = recording.read_text()
    assert recording.stat().st_mode & 0o777 == 0o600
    assert rich.password.encode().hex() not in text
    assert rich.password not in text
    assert len(json.loads(text)["records"]) > 10


@pytest.mark.parametrize("words", COMMANDS)
def test_ipmitool_prints_the_same_about_both(rich: Simulator, player: FakeBmc, words: str) -> None:
    options = ["-v"] if words.endswith(" -v") else []
    words = words.removesuffix(" -v")
    try:
        original = rich.ipmitool(*options, *words.split())
    except subprocess.CalledProcessError as error:
        original = error.stdout
    played = player.ipmitool(*options, *words.split(), suite=3).stdout
    own_port = f": {player.port}\n"  # where the console is: told by each of them
    assert played.replace(own_port, f": {rich.port}\n") == original


STEADY = (
    "dcmi discover", "dcmi asset_tag", "dcmi get_mc_id_string", "dcmi get_conf_param", "dcmi power get_limit", "pef status",
    "pef policy list", "pef filter list", "chassis policy list", "lan alert print 1", "-t 0x82 -b 0 mc info", "-t 0x82 -b 0 fru print",
    "channel getciphers ipmi 1",
)


def ipmi_config(bmc: FakeBmc, category: str) -> subprocess.CompletedProcess[str]:
    """Run FreeIPMI's checkout, with a cache of records of its own."""
    with tempfile.TemporaryDirectory() as cache:
        return run(
            program("ipmi-config"), "-D", "LAN_2_0", "-h", f"127.0.0.1:{bmc.port}", "-u", "admin", "-p", "secret", "-I", "3", "-l", "ADMIN",
            "--sdr-cache-directory", cache, f"--category={category}", "--checkout",
        )


def test_what_lies_behind_a_bmc_is_played(tmp_path: Path) -> None:
    """Inventory and sensors of controllers that are reached through the BMC; their temperatures move meanwhile."""
    path = tmp_path / "server.json"
    server = FakeBmc("--user", "admin:secret", "--profile", "server")
    try:
        words = [sys.executable, "-m", "pyghmi.cmd.pyghmiutil", "-p", str(server.port), "127.0.0.1", "admin", "snapshot", str(path)]
        environment = dict(os.environ, IPMIPASSWORD="secret", PYTHONPATH=str(ROOT))
        subprocess.run(words, env=environment, capture_output=True, timeout=300, check=True)
        played = FakeBmc("--user", "admin:secret", "--from", str(path))
        try:
            inventory = [each.ipmitool("fru", "print").stdout for each in (server, played)]
            sensors = [each.ipmitool("sdr", "elist", "all").stdout for each in (server, played)]
            same = {words: [each.ipmitool(*words.split()).stdout for each in (server, played)] for words in STEADY}
            config = ipmi_config(played, "sensors")
        finally:
            played.stop()
    finally:
        server.stop()
    assert inventory[0] == inventory[1]
    for words, (original, copy) in same.items():
        assert original == copy, words
        assert original.strip(), words
    assert config.returncode == 0, config.stderr
    assert "Positive_Going_Threshold_Hysteresis" in config.stdout
    assert "BP00000815" in inventory[1]
    rows = [[line.split("|")[:4] for line in text.splitlines()] for text in sensors]
    assert rows[0] == rows[1]
    assert any(line.startswith("Backplane Temp") and line.endswith("degrees C") for line in sensors[1].splitlines())


def test_what_is_changed_is_answered_as_it_was_changed(recording: Path) -> None:
    fake = FakeBmc("--user", "admin:secret", "--from", str(recording))
    try:
        before = fake.ipmitool("power", "status").stdout
        fake.ipmitool("power", "off" if "is on" in before else "on")
        assert fake.ipmitool("power", "status").stdout != before
        fake.ipmitool("chassis", "bootdev", "pxe")
        assert "PXE" in fake.ipmitool("chassis", "bootparam", "get", "5").stdout
        fake.ipmitool("sel", "clear")
        assert "Log area reset/cleared" in fake.ipmitool("sel", "elist").stdout
        assert len(fake.ipmitool("sel", "elist").stdout.splitlines()) == 1
    finally:
        fake.stop()
