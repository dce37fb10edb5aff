# SPDX-License-Identifier: Apache-2.0
"""Platform Event Traps of real machines: each decodes to what ipmi-pet and ipmiutil print."""
from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from sel_words import DEASSERTED, SENSOR_TYPES, SEVERITY_STATES, STATES, TEXTS

from pyghmi.ipmi.domains.pet import Trap, decode_trap
from pyghmi.ipmi.spec.sel import TrapSeverity

TRAPS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "pet" / "index.json").read_text())["traps"]
MANUFACTURERS = {"Intel Corporation": 343, "Dell Inc.": 674, "IBM eServer X": 20301}
TRAP_TEXTS = {**TEXTS, "General Chassis Intrusion": "Chassis intrusion"}
TRAP_DEASSERTED = {**DEASSERTED, "General Chassis Intrusion": "Chassis intrusion deasserted"}
SEVERITIES = {
    "N/A": TrapSeverity.UNSPECIFIED,
    "Information": TrapSeverity.INFORMATION,
    "Ok": TrapSeverity.OK,
    "Non-critical condition": TrapSeverity.NON_CRITICAL,
    "Critical condition": TrapSeverity.CRITICAL,
    "Non-recoverable condition": TrapSeverity.NON_RECOVERABLE,
}
OTHER_SEVERITY = {"Clock time change", "Chassis intrusion deasserted"}
"""A clock that was set is Ok with us, a warning with FreeIPMI; that the chassis was closed is Ok with us as well."""
IPMIUTIL_ZONE_S = 3600
"""ipmiutil was run where it took an hour off."""


def decode(row: dict[str, Any]) -> Trap:
    return decode_trap(row["specific_trap"], bytes.fromhex(row["varbind"]))


def sent(trap: Trap) -> datetime:
    assert trap.seconds is not None
    return datetime.fromtimestamp(trap.seconds, timezone.utc)


@pytest.mark.parametrize("row", TRAPS, ids=lambda row: row["name"])
def test_freeipmi(row: dict[str, Any]) -> None:
    trap = decode(row)
    names = [part.strip() for part in row["ipmi_pet"][0].split("|")]
    values = [part.strip() for part in row["ipmi_pet"][1].split("|")]
    printed = dict(zip(names, values))
    data = values[len(names) :]
    assert [printed["Date"], printed["Time"]] == [sent(trap).strftime("%b-%d-%Y"), sent(trap).strftime("%H:%M:%S")]
    assert printed["Name"] == f"Sensor #{trap.sensor_number}"
    assert trap.guid.raw.hex() == printed["GUID"].replace("-", "")  # ours is read in the order that makes sense
    manufacturer = printed["Manufacturer ID"]
    assert trap.manufacturer_id == (MANUFACTURERS[manufacturer] if manufacturer in MANUFACTURERS else int(manufacturer))
    assert trap.system_id == int(printed["System ID"])
    assert trap.severity_code is SEVERITIES[printed["Severity"]]
    assert printed["Event Direction"] == ("Deassertion Event" if trap.deassertion else "Assertion Event")
    if trap.sensor_type == 0:  # a test trap of Supermicro: FreeIPMI's "Reserved", with no event
        assert (printed["Type"], trap.meaning.text) == ("Reserved", "")
        return
    kind = printed["Type"]
    assert SENSOR_TYPES.get(kind, kind) == trap.sensor_type_name
    texts = TRAP_DEASSERTED if trap.deassertion else TRAP_TEXTS
    assert trap.meaning.text == texts[printed["Event"]]
    if STATES[printed["State"]] != trap.meaning.severity:
        assert trap.meaning.text in OTHER_SEVERITY
    check_data(trap, data)


def check_data(trap: Trap, data: list[str]) -> None:
    for each in data:
        if " = " not in each:  # Dell's own reading of byte 2
            assert each == "Intrusion while system On" and trap.meaning.oem_2 == 1
            continue
        key, value = each.split(" = ")
        if key == "Severity State":
            assert trap.meaning.previous_severity == SEVERITY_STATES[value]
        else:
            found = {"Sensor Reading": trap.meaning.triggered, "Threshold": trap.meaning.threshold}[key]
            assert found == int(value.rstrip("h"), 16)


@pytest.mark.parametrize("row", TRAPS, ids=lambda row: row["name"])
def test_ipmiutil(row: dict[str, Any]) -> None:
    trap, printed = decode(row), row["ievents"][0]
    found = re.match(r"([0-9a-f]{4}) (\S+ \S+) .* #([0-9a-f]{2}) .*\[([0-9a-f ]+)\]$", printed)
    assert found is not None
    low = trap.sequence >> 8
    assert int(found[1], 16) in (trap.sequence % 256, low)  # it shows one byte of the two
    earlier = datetime.fromtimestamp(sent(trap).timestamp() - IPMIUTIL_ZONE_S, timezone.utc)
    assert found[2] == earlier.strftime("%m/%d/%y %H:%M:%S")
    assert int(found[3], 16) == trap.sensor_number
    assert bytes.fromhex(found[4]) == trap.event_data[:3]


def test_a_multirecord_of_supermicro() -> None:
    row = next(row for row in TRAPS if row["name"] == "supermicro-test-trap")
    trap = decode(row)
    assert row["varbind"].endswith("80000100c1")
    assert [(one.value, one.record_type) for one in trap.custom] == [(b"", 1), (b"", None)]
    assert trap.alert_text is None
    assert trap.language == 25
