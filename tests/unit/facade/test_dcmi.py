# SPDX-License-Identifier: Apache-2.0
"""`Command`'s methods for DCMI, over a BMC in memory."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.sim.dcmi import DcmiPart


def made() -> tuple[MemoryBmc, DcmiPart, Command]:
    part = DcmiPart(clock=lambda: 1234567890)
    bmc = MemoryBmc(part)
    return bmc, part, command_over(bmc)


def test_names() -> None:
    _bmc, part, command = made()
    assert command.get_mci() == command.get_hostname() == "DCMI02:00:00:5e:00:01"
    assert command.set_mci("node-7") is None
    assert command.get_hostname() == "node-7"
    assert command.set_hostname("nöde-8") is None
    assert command.get_mci() == "nöde-8"
    assert part.identifier.text == "nöde-8".encode()
    command.set_mci(b"bytes")
    assert command.get_mci() == "bytes"


@pytest.mark.parametrize("tag", ["a tag of more than sixteen bytes", "", "Gerät 7"])
def test_asset_tags(tag: str) -> None:
    _bmc, part, command = made()
    assert command.set_asset_tag(tag) is None
    assert command.get_asset_tag() == tag
    assert part.tag.text.startswith(b"\xef\xbb\xbf") is not tag.isascii()
    assert command.set_asset_tag(tag.encode()) is None
    assert part.tag.text == tag.encode()
    assert command.get_asset_tag() == tag


def test_domain_names_are_the_vendors() -> None:
    bmc, _part, command = made()
    assert command.get_domain_name() == ()
    assert command.set_domain_name("example.org") is None
    assert bmc.asked == []


class Vendor(OEMHandler):
    def __init__(self) -> None:
        super().__init__({}, None)
        self.said: list[Any] = []

    def get_oem_identifier(self) -> str:
        return "id"

    def set_oem_identifier(self, name: Any) -> bool:
        self.said.append(name)
        return True

    def get_hostname(self) -> str:
        return "host"

    def set_hostname(self, hostname: str) -> str:
        return hostname.upper()

    def get_asset_tag(self) -> str:
        return "tag"

    def set_asset_tag(self, tag: Any) -> None:
        self.said.append(tag)

    def get_oem_domain_name(self) -> str:
        return "example.org"

    def set_oem_domain_name(self, name: str) -> None:
        self.said.append(name)


def test_a_vendor_keeps_its_own_names() -> None:
    bmc, _part, command = made()
    command._oem = vendor = Vendor()
    assert (command.get_mci(), command.get_hostname(), command.get_asset_tag(), command.get_domain_name()) == (
        "id", "host", "tag", "example.org",
    )
    assert command.set_hostname("x") == "X"
    command.set_mci("m")
    command.set_asset_tag("t")
    command.set_domain_name("d")
    assert vendor.said == [b"m", "t", "d"], "what the long-known package gives its handlers"
    assert bmc.asked == []


def test_capabilities() -> None:
    _bmc, _part, command = made()
    assert command.get_dcmi_capabilities() == {
        "version": "1.5",
        "power_management": True,
        "in_band": True,
        "serial_tmode": False,
        "secondary_lan": False,
        "sel_entries": 512,
        "sel_rollover": False,
        "sel_flushed": False,
        "sel_records_flushed": False,
        "identification": ["asset_tag", "dhcp_host_name", "guid"],
        "temperatures": ["baseboard", "processor", "inlet"],
        "temperature_sampling_s": 5,
        "power_controller": 0x20,
        "power_controller_channel": 0,
        "power_controller_revision": 1,
        "primary_lan_channel": 1,
        "secondary_lan_channel": None,
        "serial_channel": None,
        "power_periods_s": [5, 60, 3600],
    }


def test_power() -> None:
    bmc, _part, command = made()
    expected = {
        "current": 256, "minimum": 180, "maximum": 312, "average": 240, "timestamp": 1234567890, "period_ms": 60000, "active": True,
    }
    assert command.get_power_reading() == expected
    assert command.get_power_reading(seconds=60) == expected
    assert bmc.asked[-1][2] == bytes.fromhex("dc 02 41 00")
    assert command.get_power_reading(3600)["period_ms"] == 3_600_000
    with pytest.raises(InvalidParameterValue):
        command.get_power_reading(61)


def test_a_time_that_is_not_told() -> None:
    bmc = MemoryBmc(knobs={(0x2C, 2): lambda _d, _h: (0, bytes.fromhex("dc 01 00 01 00 01 00 01 00 ff ff ff ff 00 00 00 00"))})
    assert command_over(bmc).get_power_reading()["timestamp"] is None
    assert command_over(bmc).get_power_reading()["active"] is None


def test_power_limit() -> None:
    bmc, _part, command = made()
    assert command.set_power_limit(400) is None
    assert bmc.asked[-1][2] == bytes.fromhex("dc 00 00 00 11 90 01 e8 03 00 00 00 00 01 00")
    command.set_power_limit(450, action="power_off", correction_ms=3000, sampling_s=2)
    command.activate_power_limit()
    assert command.get_power_limit() == {
        "active": True, "limit": 450, "action": "power_off", "correction_ms": 3000, "sampling_s": 2,
    }
    command.activate_power_limit(on=False)
    assert command.get_power_limit()["active"] is False
    command.set_power_limit(450, action=5)
    assert command.get_power_limit()["action"] == 5
    with pytest.raises(InvalidParameterValue, match="action"):
        command.set_power_limit(450, action="explode")
    with pytest.raises(CompletionCodeError, match="Correction time"):
        command.set_power_limit(450, correction_ms=700_000)


def test_a_limit_where_there_was_none() -> None:
    bmc = MemoryBmc(knobs={(0x2C, 3): lambda _d, _h: (0x80, b""), (0x2C, 4): lambda _d, _h: (0, b"\xdc")})
    command_over(bmc).set_power_limit(400)
    assert bmc.asked[-1][2] == bytes.fromhex("dc 00 00 00 00 90 01 00 00 00 00 00 00 00 00")


def test_temperatures() -> None:
    _bmc, _part, command = made()
    assert command.get_dcmi_temperatures() == [
        {"entity": "inlet", "instance": 1, "temperature": 23},
        {"entity": "processor", "instance": 1, "temperature": 48},
        {"entity": "processor", "instance": 2, "temperature": 52},
    ]
    with pytest.raises(CompletionCodeError):
        command_over(MemoryBmc()).get_dcmi_temperatures()


def test_sensor_records() -> None:
    _bmc, _part, command = made()
    assert command.get_dcmi_sensor_records() == {"inlet": [3], "processor": [5, 6], "baseboard": []}
    assert command_over(MemoryBmc()).get_dcmi_sensor_records() == {"inlet": [], "processor": [], "baseboard": []}


def test_thermal_limit() -> None:
    bmc, _part, command = made()
    assert command.get_thermal_limit() == {"limit": 0, "exception_s": 0, "power_off": False, "log": False}
    command.set_thermal_limit(45, 60, power_off=True)
    assert bmc.asked[-1][2] == bytes.fromhex("dc 40 01 40 2d 3c 00")
    assert command.get_thermal_limit(1, 0x37) == {"limit": 45, "exception_s": 60, "power_off": True, "log": False}
    with pytest.raises(InvalidParameterValue, match="entity"):
        command.get_thermal_limit(entity="disk")
    with pytest.raises(CompletionCodeError):
        command.get_thermal_limit(2)


def test_configuration() -> None:
    bmc, _part, command = made()
    assert command.get_dcmi_configuration() == {
        "random_back_off": False, "vendor_class": False, "controller_id": False,
        "initial_timeout": 4, "contact_timeout": 120, "retry_interval": 64,
    }
    command.set_dcmi_configuration(controller_id=True, contact_timeout=300, activate_dhcp=True)
    assert [data.hex() for _n, cmd, data in bmc.asked if cmd == 0x12] == ["dc020001", "dc04002c01", "dc010001"]
    command.set_dcmi_configuration(random_back_off=True)
    found = command.get_dcmi_configuration()
    assert (found["random_back_off"], found["controller_id"], found["contact_timeout"]) == (True, True, 300)
    with pytest.raises(InvalidParameterValue, match="initial_timeout must be 0 to 255"):
        command.set_dcmi_configuration(initial_timeout=256)
    assert set(command_over(MemoryBmc()).get_dcmi_configuration().values()) == {None}


def test_values_that_cannot_be() -> None:
    """They are refused before anything is sent: no half of a number, no bytes made of a number."""
    bmc, _part, command = made()
    for call in (
        lambda: command.set_power_limit(7.5),  # type: ignore[arg-type]
        lambda: command.set_power_limit(100, action=-1, correction_ms=1, sampling_s=1),
        lambda: command.set_power_limit(100, action=256, correction_ms=1, sampling_s=1),
        lambda: command.set_thermal_limit(50, 1, entity=-1),
        lambda: command.get_thermal_limit(1, []),  # type: ignore[arg-type]
        lambda: command.set_dcmi_configuration(initial_timeout=7.5),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidParameterValue):
            call()
    for wrong in (True, 7, None):
        with pytest.raises(TypeError, match="must be str or bytes"):
            command.set_asset_tag(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="must be str or bytes"):
            command.set_mci(wrong)  # type: ignore[arg-type]
    command.set_asset_tag(bytearray(b"bytes"))
    assert command.get_asset_tag() == "bytes"
    assert {cmd for _netfn, cmd, _data in bmc.asked} <= {0x03, 0x06, 0x08}
