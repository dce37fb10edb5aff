# SPDX-License-Identifier: Apache-2.0
"""`pyghmi.ipmi.events`: names that programs have always used."""
from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi import events
from pyghmi.ipmi.private import constants
from pyghmi.sim.sel import SelPart

SDR: Any = SimpleNamespace(
    sensors={"32.48.0": SimpleNamespace(name="CPU Temp", sensor_name="CPU Temp")}, fru={7: SimpleNamespace(fru_name="Board")}
)
RECORD = bytes.fromhex("0000 02 00000000 2000 04 01 30 01 57 40 30")


def test_tables() -> None:
    assert events.psucfg_errors == {0: "Vendor mismatch", 1: "Revision mismatch", 2: "Processor missing", 3: "Insufficient power", 4: "Voltage mismatch"}
    assert (len(events.firmware_progress), events.firmware_progress[0x19]) == (25, "Primary processor initialization")
    assert (len(events.firmware_errors), events.firmware_errors[0xD]) == (14, "CPU speed mismatch")
    assert (len(events.auxlog_actions), events.auxlog_actions[5]) == (6, "log enabled")
    assert (len(events.restart_causes), events.restart_causes[0xB]) == (12, "Timer wake")
    assert (len(events.slot_types), events.slot_types[0xC]) == (13, "USB")
    assert (len(events.power_states), events.power_states[8]) == (13, "S1, S2, or S3")
    assert events.watchdog_boot_phases == {1: "Firmware", 2: "Firmware", 3: "OS Load", 4: "OS", 5: "OEM"}
    assert (len(events.version_changes), events.version_changes[4]) == (23, "Management conroller manufacturer")
    assert (len(events.fru_states), events.fru_states[0xA]) == (11, "Unexpected deactivation")


def test_decode_eventdata() -> None:
    assert events.decode_eventdata(0x0F, 2, [0xC2, 6, 0xFF], constants, SDR) == "USB initialization"
    assert events.decode_eventdata(0x28, 5, b"\xf5\x80\x07", constants, SDR) == "Board"
    assert events.decode_eventdata(0x28, 5, b"\xf5\x80\x07", SDR) == "Board"
    assert events.decode_eventdata(0x28, 5, b"\xf5\x80\x08", constants, SDR) == "FRU 8"
    assert events.decode_eventdata(0x01, 5, b"\xf5\x80\x08", constants, SDR) is None


def test_event_handler() -> None:
    part = SelPart(demo=False)
    part.append(RECORD)
    command = command_over(MemoryBmc(part))
    handler = events.EventHandler(SDR, command)
    assert [one["component"] for one in handler.fetch_sel(command)] == ["CPU Temp"]
    assert len(handler.fetch_sel(command, clear=True)) == 1
    assert handler.fetch_sel(command)[0]["event"] == "Log clear"
    trap = bytes.fromhex("b1d84f761de211dcb3e8000e0cc71ba011081431d3d4ffff20201020305344502b30")
    assert handler.decode_pet(0x010100, trap)["component"] == "CPU Temp"
    with pytest.raises(InvalidParameterValue):
        handler.decode_pet("abc", trap)
