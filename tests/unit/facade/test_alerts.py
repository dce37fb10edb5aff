# SPDX-License-Identifier: Apache-2.0
"""`Command`'s methods for alerts, over a BMC in memory."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import InvalidParameterValue, IpmiException, NotFound
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.sim.lan import LanPart
from pyghmi.sim.pef import PefPart

GET, SET, GET_PEF, SET_PEF = (0x0C, 2), (0x0C, 1), (4, 0x13), (4, 0x12)


def made(**knobs: Any) -> tuple[MemoryBmc, Command]:
    bmc = MemoryBmc(LanPart(), PefPart(), **knobs)
    return bmc, command_over(bmc)


def writes(bmc: MemoryBmc, command: tuple[int, int] = SET) -> list[str]:
    at = 1 if command == SET else 0
    return [data.hex(" ") for netfn, cmd, data in bmc.asked if (netfn, cmd) == command and data[at]]


def test_a_destination() -> None:
    """The example of the long-known package."""
    bmc, command = made()
    assert command.set_alert_destination("10.0.0.9", True, 3, 4) is None
    assert command.get_alert_destination() == {
        "acknowledge_required": True, "acknowledge_timeout": 3, "retries": 4, "address_format": "ipv4", "address": "10.0.0.9",
    }
    assert writes(bmc) == ["01 12 00 80 03 04", "01 13 00 00 00 0a 00 00 09 00 00 00 00 00 00"]
    assert writes(bmc, SET_PEF) == ["09 01 18 10 00"]


def test_a_destination_that_asks_for_no_acknowledgement() -> None:
    _bmc, command = made()
    assert command.get_alert_destination(1) == {
        "acknowledge_required": False, "retries": 0, "address_format": "ipv4", "address": "0.0.0.0",
    }


def test_what_is_not_named_stays() -> None:
    bmc, command = made()
    command.set_alert_destination("10.0.0.9", True, 3, 4, destination=2)
    bmc.asked.clear()
    command.set_alert_destination(retries=7, destination=2)
    assert writes(bmc) == ["01 12 02 80 03 07"]
    assert writes(bmc, SET_PEF) == []


def test_an_ipv6_destination() -> None:
    bmc, command = made()
    command.set_alert_destination("fd00::9", destination=1)
    assert writes(bmc) == ["01 13 01 10 fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 09"]
    found = command.get_alert_destination(1)
    assert (found["address_format"], found["address"]) == ("ipv6", "fd00::9")


def test_clearing() -> None:
    bmc, command = made()
    command.set_alert_destination("10.0.0.9", True, 3, 4, destination=1)
    bmc.asked.clear()
    assert command.clear_alert_destination(1) is None
    assert writes(bmc) == ["01 12 01 00 00 00", "01 13 01 00 00 00 00 00 00 00 00 00 00 00 00"]
    assert bmc.count(*GET_PEF) == 0, "no policy is needed for nowhere"


def test_no_policy_is_free() -> None:
    _bmc, command = made(knobs={GET_PEF: lambda data, _normal: (0, b"\x11" + (b"\2" if data[0] == 8 else bytes((data[1], 0x18, 0x25, 0))))})
    with pytest.raises(NotFound, match="^No available alert policy entry$"):
        command.set_alert_destination("10.0.0.9")


def test_destinations_that_are_not_there() -> None:
    _bmc, command = made()
    with pytest.raises(IpmiException, match=r"^Parameter out of range \("):
        command.get_alert_destination(9)
    with pytest.raises(IpmiException, match=r"^Parameter out of range \("):
        command.set_alert_destination(retries=1, destination=9)
    with pytest.raises(InvalidParameterValue):
        command.set_alert_destination("nowhere")
    with pytest.raises(InvalidParameterValue):
        command.set_alert_destination(retries=8)


def test_an_address_in_an_unknown_format() -> None:
    _bmc, command = made(knobs={GET: lambda data, normal: (0, b"\x11\0\x80\1\2\3") if data[1] == 19 else normal(data)})
    found = command.get_alert_destination()
    assert (found["address_format"], found["address"]) == ("reserved_0x8", None)


def test_counts() -> None:
    assert made()[1].get_alert_destination_count() == 4
    assert made(knobs={GET: lambda data, _normal: (0x80, b"")})[1].get_alert_destination_count(1) == 0


def test_the_community() -> None:
    bmc, command = made()
    assert command.get_alert_community() == "public"
    command.set_alert_community("other")
    assert writes(bmc) == ["01 10 " + b"other".ljust(18, b"\0").hex(" ")]
    assert command.get_alert_community() == "other"
    _bmc, command = made(knobs={GET: lambda data, _normal: (0x80, b"")})
    with pytest.raises(IpmiException, match=r"^Parameter not supported \("):
        command.get_alert_community(1)


def test_policies() -> None:
    _bmc, command = made()
    command.set_alert_destination("10.0.0.9", destination=3)
    assert command.get_alert_policies()[0] == {
        "number": 1, "policy": 1, "enabled": True, "rule": "always", "channel": 1, "destination": 3,
        "event_specific": False, "string": 0,
    }


def test_all_of_pef() -> None:
    found = made()[1].get_pef()
    assert found["version"] == "1.5"
    assert found["supported_actions"] == ["alert", "power_down", "reset", "power_cycle", "diagnostic_interrupt"]
    assert found["enabled_actions"] == ["alert"]
    assert found["control"]["enabled"] is True
    assert found["filters"][2] == {
        "number": 3, "enabled": True, "kind": "manufacturer", "group": 0, "policy": 1, "severity": "critical",
        "generator": 255, "generator_channel": 255, "sensor_type": 4, "sensor_number": 255, "trigger": 1, "offsets": 516,
        "data1": [0, 0, 0], "data2": [0, 0, 0], "data3": [0, 0, 0], "actions": ["alert"],
        "sensor_type_name": "Fan", "trigger_name": "threshold", "offset_names": ["Lower Critical", "Upper critical"],
    }
    names = [(row["sensor_type_name"], row["trigger_name"], row["offset_names"]) for row in found["filters"]]
    assert names[4][:2] == ("Power Supply", "sensor-specific")
    assert names[5] == ("any", "any", ["any"])
    assert (len(found["filters"]), len(found["policies"]), len(found["strings"])) == (8, 4, 3)
    assert found["last_processed"]["by_bmc"] == 0xFFFF


def test_parts_of_pef_that_cannot_be_read_are_none() -> None:
    _bmc, command = made(knobs={GET_PEF: lambda data, normal: (0xC1, b"") if data[0] in (2, 8) else normal(data), (4, 0x15): lambda _d, _n: (0x81, b"")})
    found = command.get_pef()
    assert (found["enabled_actions"], found["policies"], found["last_processed"]) == (None, None, None)
    assert len(found["filters"]) == 8


# --- vendors


class Vendor(OEMHandler):
    asked: list[tuple[Any, ...]]

    def get_alert_destination_count(self, byte: int) -> int:
        return byte + 10

    def get_alert_destination(self, destination: int, channel: int | None) -> dict[str, Any] | None:
        return {"address": f"{destination} on {channel}"} if destination else None

    def set_alert_destination(self, ip: str) -> None:
        self.asked.append(("set", ip))

    def set_alert_ipv6_destination(self, ip: str, destination: int, channel: int) -> bool:
        self.asked.append(("ipv6", ip, destination, channel))
        return True


def test_a_vendor_has_its_own_way() -> None:
    bmc, command = made()
    command._oem = vendor = Vendor({}, command)
    vendor.asked = []
    assert command.get_alert_destination_count() == 14
    found: Any = command.get_alert_destination(2, 1)
    assert found == {"address": "2 on 1"}
    assert command.get_alert_destination(0)["address"] == "0.0.0.0"
    command.set_alert_destination("fd00::9", destination=1)
    command.set_alert_destination("10.0.0.9", destination=1)
    assert vendor.asked == [("set", "fd00::9"), ("ipv6", "fd00::9", 1, 1), ("set", "10.0.0.9")]
    assert writes(bmc) == ["01 13 01 00 00 0a 00 00 09 00 00 00 00 00 00"]
