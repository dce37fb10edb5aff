# SPDX-License-Identifier: Apache-2.0
"""Users and DCMI against ipmitool, FreeIPMI and OpenIPMI's simulator, compared by program."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers import FakeBmc, Simulator, program, run

from pyghmi.exceptions import AuthenticationFailed
from pyghmi.ipmi.command import Command

LEVELS = {
    "callback": "CALLBACK", "user": "USER", "operator": "OPERATOR", "administrator": "ADMINISTRATOR", "proprietary": "OEM",
    "no_access": "NO ACCESS", "reserved": "Unknown (0x00)",
}


def listed(text: str) -> dict[int, tuple[str, bool, bool, bool, str]]:
    """Return {uid: (name, call-in, link, messaging, level)} of `ipmitool user list`."""
    found = {}
    for line in text.splitlines()[1:]:
        row = re.match(r"(\d+)\s+(.*?)\s+(true|false)\s+(true|false)\s+(true|false)\s+(.+?)\s*$", line)
        assert row is not None, line
        uid, name, call_in, link, messaging, level = row.groups()
        found[int(uid)] = (name, call_in == "true", link == "true", messaging == "true", level)
    return found


def ours(command: Command) -> dict[int, tuple[str, bool, bool, bool, str]]:
    """Return the same of our own.  ipmitool's column "Callin" is true where the bit "callback only" is not set."""
    found = {}
    for uid in range(1, command.get_channel_max_user_count() + 1):
        access: Any = command.get_user_access(uid)["access"]
        found[uid] = (
            command.get_user_name(uid) or "",
            not access["callback"],
            access["link_auth"],
            access["ipmi_msg"],
            LEVELS[access["privilege_level"]],
        )
    return found


def opened(peer: Any, name: str | None = None, password: str | None = None) -> Command:
    return Command(peer.host, name or peer.user, password or peer.password, port=peer.port)


# --- our client, ipmi_sim


@pytest.fixture(scope="module", params=[False, True], ids=["small", "rich"])
def openipmi(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder: Path = tmp_path_factory.mktemp("users") / "sim"
    found = Simulator(folder, rich=request.param)
    yield found
    found.stop()


def test_what_we_read_is_what_ipmitool_reads(openipmi: Simulator) -> None:
    theirs = listed(openipmi.ipmitool("user", "list", "1"))
    summary = dict(re.findall(r"^(\w[\w ]+?)\s*: (\d+)$", openipmi.ipmitool("user", "summary", "1"), re.MULTILINE))
    with opened(openipmi) as command:
        assert ours(command) == theirs
        assert {uid: user["name"] for uid, user in command.get_users().items()} == {
            uid: row[0] for uid, row in theirs.items() if row[0]
        }
        counts = command.get_user_access(1)["channel_info"]
    assert counts == {
        "max_user_count": int(summary["Maximum IDs"]),
        "enabled_users": int(summary["Enabled User Count"]),
        "users_with_fixed_names": int(summary["Fixed Name Count"]),
    }


def test_what_we_write_is_what_ipmitool_reads_and_what_logs_in(openipmi: Simulator) -> None:
    with opened(openipmi) as command:
        made = command.ensure_user("dave", "davespw", privilege_level="operator")
        uid = made["uid"]
        assert listed(openipmi.ipmitool("user", "list", "1"))[uid] == ("dave", True, True, True, "OPERATOR")
        with opened(openipmi, "dave", "davespw") as other:  # at any level: ipmi_sim 2.0.33 does not apply this limit
            assert other.get_power()["powerstate"] in ("on", "off")
        assert command.ensure_user("dave", "another", privilege_level="administrator")["uid"] == uid
        with opened(openipmi, "dave", "another") as other:
            assert other.get_power()["powerstate"] in ("on", "off")
        with pytest.raises(AuthenticationFailed):
            opened(openipmi, "dave", "davespw")
        assert command.user_delete(uid) is True
        assert listed(openipmi.ipmitool("user", "list", "1"))[uid] == ("", True, False, False, "NO ACCESS")
        with pytest.raises(AuthenticationFailed):
            opened(openipmi, "dave", "another")


# --- ipmitool, our BMC


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeBmc]:
    found = FakeBmc("--user", "admin:secret", "--user", "oper:op-pass:operator", "--user", "gone:x:user:disabled")
    yield found
    assert found.stop() == 0


def told(fake: FakeBmc, *arguments: str) -> str:
    done = fake.ipmitool(*arguments)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def test_ipmitool_lists_our_users(fake: FakeBmc) -> None:
    theirs = listed(told(fake, "user", "list", "1"))
    assert theirs[2] == ("admin", True, True, True, "ADMINISTRATOR")
    assert theirs[3] == ("oper", True, True, True, "OPERATOR")
    with opened(fake) as command:
        assert ours(command) == theirs
    status = re.findall(r"User ID +: (\d+)\n(?:.*\n)*?Enable Status +: (\w+)", told(fake, "channel", "getaccess", "1"))
    assert dict(status) == {str(uid): "enabled" if uid in (2, 3) else "disabled" for uid in range(1, 16)}


def test_ipmitool_makes_a_user_that_logs_in(fake: FakeBmc) -> None:
    told(fake, "user", "set", "name", "6", "carl")
    told(fake, "user", "set", "password", "6", "carlspw")
    told(fake, "user", "priv", "6", "3", "1")
    told(fake, "channel", "setaccess", "1", "6", "link=on", "ipmi=on", "callin=off", "privilege=3")
    with pytest.raises(AuthenticationFailed):
        opened(fake, "carl", "carlspw")
    told(fake, "user", "enable", "6")
    assert told(fake, "user", "test", "6", "16", "carlspw") == "Success\n"
    assert fake.ipmitool("user", "test", "6", "16", "wrong").returncode == 1
    assert "wrong password size" in fake.ipmitool("user", "test", "6", "20", "carlspw").stdout
    assert told(fake, "sol", "payload", "enable", "1", "6") == ""
    assert "is enabled" in told(fake, "sol", "payload", "status", "1", "6")
    with opened(fake, "carl", "carlspw") as command:
        assert command.agreement is not None
        assert command.agreement.privilege == 3
    told(fake, "user", "disable", "6")
    with pytest.raises(AuthenticationFailed):
        opened(fake, "carl", "carlspw")


def test_ipmitool_and_our_client_see_the_same_dcmi(fake: FakeBmc) -> None:
    with opened(fake) as command:
        reading = command.get_power_reading()
        text = told(fake, "dcmi", "power", "reading")
        watts = [int(number) for number in re.findall(r"(\d+) Watts", text)]
        assert watts == [reading["current"], reading["minimum"], reading["maximum"], reading["average"]]
        assert "activated" in text
        command.set_power_limit(420, action="power_off", correction_ms=2000, sampling_s=4)
        command.activate_power_limit()
        text = told(fake, "dcmi", "power", "get_limit")
        for expected in ("Power Limit Active", "Hard Power Off", "420 Watts", "2000 milliseconds", "4 seconds"):
            assert expected in text
        told(fake, "dcmi", "power", "set_limit", "limit", "390")
        told(fake, "dcmi", "power", "deactivate")
        assert command.get_power_limit()["limit"] == 390
        assert command.get_power_limit()["active"] is False
        command.set_asset_tag("a tag of more than sixteen bytes")
        assert "Asset tag: a tag of more than sixteen bytes\n" in told(fake, "dcmi", "asset_tag")
        told(fake, "dcmi", "set_asset_tag", "another-tag-of-more-than-sixteen-bytes")
        assert command.get_asset_tag() == "another-tag-of-more-than-sixteen-bytes"
        command.set_mci("node-7.example.org")
        assert "Identifier String: node-7.example.org\n" in told(fake, "dcmi", "get_mc_id_string")
        told(fake, "dcmi", "set_mc_id_string", "node-8.example.org")
        assert command.get_mci() == "node-8.example.org"
        for power in ("on", "off"):
            command.set_power(power, wait=True)
            entities = {"inlet": "40", "processor": "41", "baseboard": "42"}
            for _try in range(20):  # they move: a processor becomes three degrees warmer in its first second
                rows = re.findall(r"\((\w\w)h\)\s+(\d+)\s+([+-]\d+) C", told(fake, "dcmi", "get_temp_reading"))
                ours = [
                    (entities[row["entity"]], str(row["instance"]), f"{row['temperature']:+d}") for row in command.get_dcmi_temperatures()
                ]
                if rows == ours:
                    break
            assert rows == ours
        text = told(fake, "dcmi", "discover")
        for expected in ("Power management available", "2048 SEL entries", "Primary LAN channel number: 1 is available"):
            assert expected in text
        records = [int(found, 16) for found in re.findall(r"Record ID 0x(\w+)", told(fake, "dcmi", "sensors"))]
        assert records == [number for numbers in command.get_dcmi_sensor_records().values() for number in numbers]
        command.set_dcmi_configuration(initial_timeout=7, contact_timeout=300, retry_interval=99)
        numbers = re.findall(r": (\d+) seconds", told(fake, "dcmi", "get_conf_param"))
        assert numbers == ["7", "300", "99"]
        command.set_thermal_limit(45, 60, log=True)
        text = told(fake, "dcmi", "thermalpolicy", "get", "64", "1")
        assert re.search(r"Log event to SEL only: +active", text)
        assert re.search(r"Temperature Limit +45 degrees", text)
        assert re.search(r"Exception Time +60 seconds", text)


def freeipmi(fake: FakeBmc, *arguments: str) -> dict[str, str]:
    done = run(
        program("ipmi-dcmi"), "-D", "LAN_2_0", "-h", f"{fake.host}:{fake.port}", "-u", "admin", "-p", "secret", "-I", "3",
        *arguments,
    )
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return {name.strip(): value.strip() for name, _colon, value in (line.partition(" : ") for line in done.stdout.splitlines())}


def test_freeipmi_and_our_client_see_the_same_dcmi(fake: FakeBmc) -> None:
    with opened(fake) as command:
        reading = command.get_power_reading()
        found = freeipmi(fake, "--get-system-power-statistics")
        assert found["Current Power"] == f"{reading['current']} Watts"
        assert found["Minimum Power over sampling duration"] == f"{reading['minimum']} watts"
        assert found["Maximum Power over sampling duration"] == f"{reading['maximum']} watts"
        assert found["Average Power over sampling duration"] == f"{reading['average']} watts"
        assert found["Power Measurement"] == "Active"
        command.set_power_limit(410, action="log")
        command.activate_power_limit()
        found = freeipmi(fake, "--get-power-limit")
        assert found["Power Limit Requested"] == "410 watts"
        assert found["Exception Actions"] == "Log event to SEL only (11h)"
        assert list(freeipmi(fake, "--get-asset-tag")) == [command.get_asset_tag()]
        assert list(freeipmi(fake, "--get-management-controller-identifier-string")) == [command.get_mci()]
        numbers = [int(line) for line in freeipmi(fake, "--get-dcmi-sensor-info") if line.isdigit()]
        assert numbers == [number for rows in command.get_dcmi_sensor_records().values() for number in rows]
        can, found = command.get_dcmi_capabilities(), freeipmi(fake, "--get-dcmi-capability-info")
        words = {True: "Available", False: "Not present"}
        assert found["DCMI Specification Conformance"] == can["version"]
        assert found["Power Management / Monitoring Support"] == words[can["power_management"]]
        assert found["In-band System Interface Channel"] == words[can["in_band"]]
        assert found["Serial TMODE"] == words[can["serial_tmode"]]
        assert found["Out-Of-Band Secondary LAN Channel"] == words[can["secondary_lan"]]
        assert found["Number of SEL entries"] == str(can["sel_entries"])
        assert found["SEL automatic rollover"] == words[can["sel_rollover"]]
        assert found["Entire SEL Flush upon Rollover"] == words[can["sel_flushed"]]
        assert found["Record Level SEL Flush upon Rollover"] == words[can["sel_records_flushed"]]
        assert found["DHCP Host Name"] == words["dhcp_host_name" in can["identification"]]
        assert found["Asset Tag"] == words["asset_tag" in can["identification"]]
        assert found["Power Management Controller Channel Number"] == str(can["power_controller_channel"])
        assert found["Sampling frequency for Temperature Monitoring"] == f"Every {can['temperature_sampling_s']} Second(s)"
        assert found["Power Management Device Slave Address"] == f"{can['power_controller'] >> 1:02X}h"  # 7 bits
        assert found["Primary LAN Out-of-band Channel Number"] == str(can["primary_lan_channel"])
