# SPDX-License-Identifier: Apache-2.0
"""Our client against OpenIPMI's simulator: every suite both have, keys, credentials, and what ipmitool prints."""
from __future__ import annotations

import re
import time
from typing import Any

import pytest
from peers import Simulator, program, run

from pyghmi.exceptions import (
    AuthenticationFailed,
    CipherSuiteRefused,
    IpmiException,
    Unreachable,
    UserRejected,
    WrongKg,
    WrongPassword,
)
from pyghmi.ipmi.command import Command


def connect(sim: Simulator, user: str = "admin", password: str = "secret", **more: Any) -> Command:
    return Command(sim.host, user, password, port=sim.port, **more)


def fields(text: str) -> dict[str, str]:
    return {key.strip(): value.strip() for key, value in re.findall(r"^([^:\n]+?)\s*:\s*(.*)$", text, re.M)}


@pytest.mark.parametrize("suite", [0, 1, 2, 3, 6, 7, 8, 11, 12])
def test_every_suite(sim: Simulator, suite: int) -> None:
    with connect(sim, suites=[suite]) as bmc:
        assert bmc.agreement is not None
        assert bmc.agreement.suite == suite
        assert bmc.get_power() in ({"powerstate": "on"}, {"powerstate": "off"})
        assert bmc._get_device_id()["manufacturer_id"] == 343


@pytest.mark.parametrize("suite", [15, 16, 17])
def test_suites_that_it_refuses(sim: Simulator, suite: int) -> None:
    with pytest.raises(CipherSuiteRefused, match="Invalid authentication algorithm"):
        connect(sim, suites=[suite])


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
def test_ipmi_15(sim_for_15: Simulator, kind: int) -> None:
    with connect(sim_for_15, version="1.5", auth_types=[kind]) as bmc:
        assert bmc.agreement is not None
        assert (bmc.agreement.version, bmc.agreement.auth_type) == ("1.5", kind)
        assert bmc.get_power()["powerstate"] in ("on", "off")


def test_kg(sim_with_kg: Simulator) -> None:
    with connect(sim_with_kg, kg="small-BMC-key-19-ch") as bmc:
        assert bmc.get_power()["powerstate"] in ("on", "off")
    with connect(sim_with_kg, kg=b"small-BMC-key-19-ch", suites=[1]) as bmc:
        assert bmc.get_power()["powerstate"] in ("on", "off")
    with pytest.raises(WrongKg, match=re.escape("Invalid RAKP4 integrity code (wrong Kg?)")):
        connect(sim_with_kg, kg="another")
    with pytest.raises(WrongKg, match="a BMC key .Kg. seems to be set"):
        connect(sim_with_kg)


def test_twenty_byte_password(sim: Simulator) -> None:
    with connect(sim, "longpw", "a20BytePasswordXYZ!!") as bmc:
        assert bmc.get_power()["powerstate"] in ("on", "off")
    with pytest.raises(WrongPassword):
        connect(sim, "longpw", "a20BytePasswordXYZ!?")


def test_wrong_credentials(sim: Simulator, sim_for_15: Simulator) -> None:
    with pytest.raises(WrongPassword, match="^Incorrect password provided") as caught:
        connect(sim, "admin", "wrong")
    assert f"BMC 127.0.0.1:{sim.port}" in str(caught.value)
    for user in ("nobody", "disabled"):
        with pytest.raises(UserRejected, match="^Unauthorized name in RAKP2"):
            connect(sim, user, "nopass")
    with pytest.raises(AuthenticationFailed):
        connect(sim_for_15, "nobody", "x", version="1.5")


def test_closed_port(sim: Simulator) -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable, match="Nothing listens on the port"):
        Command("127.0.0.1", "admin", "secret", port=1)
    assert time.monotonic() - began < 3


def test_device_id_is_what_ipmitool_prints(sim: Simulator) -> None:
    printed = fields(sim.ipmitool("mc", "info"))
    with connect(sim) as bmc:
        found = bmc.get_device_id()
    assert str(found.device_id) == printed["Device ID"]
    assert str(found.device_revision) == printed["Device Revision"]
    assert f"{found.firmware_major}.{found.firmware_minor:02x}" == printed["Firmware Revision"]
    assert f"{found.ipmi_major}.{found.ipmi_minor}" == printed["IPMI Version"]
    assert str(found.manufacturer_id) == printed["Manufacturer ID"]
    assert printed["Product ID"].startswith(str(found.product_id))
    assert printed["Provides Device SDRs"] == ("yes" if found.provides_sdrs else "no")


def test_guid_is_what_ipmitool_prints(sim: Simulator) -> None:
    printed = fields(sim.ipmitool("mc", "guid"))["System GUID"].lower()
    with connect(sim) as bmc:
        assert bmc.get_system_guid() == printed


def test_suites_are_what_ipmitool_prints(sim: Simulator) -> None:
    text = sim.ipmitool("channel", "getciphers", "ipmi")
    printed = [int(line.split()[0]) for line in text.splitlines() if line[:1].isdigit()]
    with connect(sim) as bmc:
        found = [record.suite for record in bmc.get_cipher_suites()]
    assert found[: len(printed)] == printed  # ipmitool 1.8.19 leaves out the last page
    assert found == list(range(15))


def test_power_and_boot_as_ipmitool_sees_them(sim: Simulator) -> None:
    with connect(sim) as bmc:
        assert bmc.set_power("off", wait=True) == {"powerstate": "off"}
        assert sim.ipmitool("power", "status").strip() == "Chassis Power is off"
        assert bmc.set_power("on", wait=True) == {"powerstate": "on"}
        assert sim.ipmitool("power", "status").strip() == "Chassis Power is on"
        assert bmc.set_power("on") == {"powerstate": "on"}
        assert bmc.set_power("boot") == {"pendingpowerstate": "reset"}
        assert bmc.set_bootdev("network") == {"bootdev": "network"}
        valid = "Boot Flag Invalid" not in sim.ipmitool("chassis", "bootparam", "get", "5")
        assert (bmc.get_bootdev()["bootdev"] == "network") is valid


def test_bridging(sim: Simulator) -> None:
    printed = fields(sim.ipmitool("-t", "0x30", "-b", "0", "mc", "info"))
    with connect(sim) as bmc:
        answer = bmc.raw_command(netfn=6, command=1, bridge_request={"addr": 0x30, "channel": 0})
        assert answer["code"] == 0
        assert str(answer["data"][0]) == printed["Device ID"]
        absent = bmc.raw_command(netfn=6, command=1, bridge_request={"addr": 0x52, "channel": 0}, timeout=1)
        assert absent["code"] != 0


def test_requests_of_a_login_a_status_and_a_logout(sim: Simulator) -> None:
    """Seven the first time, for the simulator refuses suite 17; six from then on; one for each further status."""
    seen: list[int] = []
    for _round in range(2):
        sent: list[bytes] = []
        with connect(sim, observer=lambda out, datagram, _address, sent=sent: sent.append(datagram) if out else None) as bmc:
            bmc.get_power()
            before = len(sent)
            bmc.get_power()
            assert len(sent) == before + 1
        seen.append(len(sent) - 1)
    assert seen == [7, 6]


def test_a_restarted_bmc_is_logged_in_to_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    simulator = Simulator(tmp_path_factory.mktemp("restart") / "small")
    try:
        with connect(simulator) as bmc:
            assert bmc.get_power()
            simulator._process.terminate()
            simulator._process.wait(10)
            import subprocess

            simulator._process = subprocess.Popen(
                [simulator._program, "-n", "-c", "my.conf", "-f", "small.emu", "-s", "state"],
                cwd=simulator.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            )
            assert bmc.get_power()["powerstate"] in ("on", "off")
    finally:
        simulator.stop()


def test_no_packet_is_malformed(sim: Simulator, sim_for_15: Simulator, tmp_path: Any) -> None:
    """tshark dissects everything that a session sends and gets."""
    from pyghmi.ipmi.net.pcap import PcapWriter

    tshark = program("tshark")
    path = tmp_path / "session.pcap"
    with open(path, "wb") as file:
        writer = PcapWriter(file)
        with connect(sim, observer=writer) as bmc:
            bmc.get_power()
            bmc._get_device_id()
            bmc.raw_command(netfn=6, command=1, bridge_request={"addr": 0x30, "channel": 0})
        with connect(sim, suites=[2], observer=writer) as bmc:
            bmc.get_power()
            bmc.set_bootdev("network")
        with connect(sim_for_15, version="1.5", observer=writer) as bmc:
            bmc.get_power()
    done = run(tshark, "-r", str(path), "-T", "fields", "-e", "frame.protocols", "-e", "_ws.malformed", "-e", "_ws.expert.message", check=True)
    lines = done.stdout.splitlines()
    assert len(lines) > 30
    assert all("rmcp" in line for line in lines)
    assert not [line for line in lines if "alformed" in line or "hecksum" in line], lines


def test_errors_in_ipmi_words(sim: Simulator) -> None:
    with connect(sim) as bmc:
        answer = bmc.raw_command(netfn=0x0A, command=0x99)
        assert (answer["code"], answer["error"]) == (0xC1, "Invalid command")
        with pytest.raises(IpmiException, match="^Invalid command$") as caught:
            bmc.xraw_command(netfn=0x0A, command=0x99)
        assert caught.value.ipmicode == 0xC1
