# SPDX-License-Identifier: Apache-2.0
"""The event log of the simulated server against the rules of IPMI 2.0 §31."""
from __future__ import annotations

import pytest
from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.domains.events import decode_event
from pyghmi.ipmi.domains.sdr_held import HeldRecords
from pyghmi.sim.demo_sensors import demo_records
from pyghmi.sim.sel import SelPart

T = 1_700_000_000
PLAIN = bytes.fromhex("0000 02 00000000 2000 04 01 30 01 57 40 30")


def ask(part: SelPart, cmd: int, data: str = "", netfn: int = 0x0A) -> tuple[int, str]:
    code, answer = part.commands()[netfn, cmd](bytes.fromhex(data))
    return code, answer.hex(" ")


def empty() -> SelPart:
    return SelPart(lambda: T, demo=False)


def test_the_demo_log_tells_of_the_server() -> None:
    """Sensors are those of the server, and every kind of record is there."""
    command = command_over(MemoryBmc(SelPart()))
    command._sdr_held = HeldRecords(None, demo_records(), [])
    found = command.get_event_log()
    assert len(found) == 13
    named = {one["component"]: one["event"] for one in found if not one.get("component", "Sensor").startswith("Sensor")}
    assert named == {"CPU2 Temp": "Upper non-critical deasserted", "PSU 2 Status": "Power input restored", "DIMM Status 2": "Correctable error"}
    assert {decode_event(record).kind.name for record in SelPart().entries.values()} == {"SYSTEM", "OEM_TIMESTAMPED", "PANIC"}
    stamps = [one["timestamp"] for one in found if "timestamp" in one]
    assert stamps == sorted(stamps)


def test_entries() -> None:
    part = empty()
    assert ask(part, 0x43, "0000 0000 00 ff") == (0xCB, "")
    assert ask(part, 0x44, PLAIN.hex()) == (0, "01 00")
    assert ask(part, 0x44, PLAIN.hex()) == (0, "02 00")
    first = "01 00 02 00 f1 53 65 20 00 04 01 30 01 57 40 30"
    assert ask(part, 0x43, "0000 0000 00 ff") == (0, f"02 00 {first}")
    assert ask(part, 0x43, "0000 0100 00 10") == (0, f"02 00 {first}")
    assert ask(part, 0x43, "0000 ffff 00 ff")[1].startswith("ff ff 02 00")
    assert ask(part, 0x43, "0000 0500 00 ff") == (0xCB, "")
    assert ask(part, 0x43, "0000 0100 00 11") == (0xCA, "")
    with pytest.raises(Malformed):
        ask(part, 0x43, "0000 0100 00 ff 00")


def test_parts_need_a_reservation() -> None:
    part = empty()
    part.append(PLAIN)
    assert ask(part, 0x43, "0000 0100 04 04") == (0xC5, "")
    assert ask(part, 0x42) == (0, "01 00")
    assert ask(part, 0x43, "0100 0100 0a 04") == (0, "ff ff 01 30 01 57")
    assert ask(part, 0x43, "0100 0100 10 01") == (0xC9, "")
    part.append(PLAIN)  # any change voids it
    assert ask(part, 0x43, "0100 0100 0a 04") == (0xC5, "")


def test_a_reservation_voids_the_one_before() -> None:
    part = empty()
    part.append(PLAIN)
    ask(part, 0x42)
    assert ask(part, 0x42) == (0, "02 00")
    assert ask(part, 0x46, "0100 0100") == (0xC5, "")
    assert ask(part, 0x46, "0200 0900") == (0xCB, "")
    assert ask(part, 0x46, "0200 0100") == (0, "01 00")
    assert ask(part, 0x46, "0200 0100") == (0xC5, "")


def test_clearing() -> None:
    part = empty()
    part.erase_polls = 2
    part.append(PLAIN)
    assert ask(part, 0x47, "0100 43 4c 52 aa") == (0xC5, "")
    ask(part, 0x42)
    assert ask(part, 0x47, "0100 43 4c 51 aa") == (0xCC, "")
    assert ask(part, 0x47, "0100 43 4c 52 01") == (0xCC, "")
    assert ask(part, 0x47, "0100 43 4c 52 aa") == (0, "00")
    assert ask(part, 0x48) == ask(part, 0x43, "0000 0000 00 ff") == ask(part, 0x42) == (0x81, "")
    assert ask(part, 0x47, "0100 43 4c 52 00") == (0, "00")
    assert ask(part, 0x47, "0100 43 4c 52 00") == (0, "01")
    assert [record[10] for record in part.entries.values()] == [0x10]
    assert ask(part, 0x47, "0100 43 4c 52 00") == (0, "01")


def test_a_full_log() -> None:
    part = SelPart(lambda: T, capacity=1, demo=False)
    assert ask(part, 0x44, PLAIN.hex())[0] == 0
    assert ask(part, 0x44, PLAIN.hex()) == (0xC4, "")
    assert ask(part, 0x40) == (0, "51 01 00 00 00 00 f1 53 65 ff ff ff ff 8b")
    assert ask(part, 0x41) == (0, "01 00 10 00 00 00 00 00 01")


def test_platform_events_are_entries() -> None:
    part = empty()
    assert ask(part, 0x02, "04 01 30 81 57 40 30", netfn=0x04) == (0, "")
    assert part.entries[1].hex(" ") == "01 00 02 00 f1 53 65 81 00 04 01 30 81 57 40 30"
    assert ask(part, 0x17, "0100 00000000 20 20 30 504030", netfn=0x04) == (0, "")
    assert len(part.acknowledged) == 1


def test_oem_records_keep_their_bytes() -> None:
    part = empty()
    assert ask(part, 0x44, "0000 c1 01020304 4c1c00 4f454d2d3031")[0] == 0
    assert ask(part, 0x44, "0000 e1 01020304 4c1c00 4f454d2d3031")[0] == 0
    assert part.entries[1][3:7] == T.to_bytes(4, "little")
    assert part.entries[2][3:7] == b"\1\2\3\4"


def test_the_clock() -> None:
    part = empty()
    assert ask(part, 0x48) == (0, "00 f1 53 65")
    assert ask(part, 0x49, "05 00 00 00") == (0, "")
    assert ask(part, 0x48) == (0, "05 00 00 00")
    assert ask(part, 0x5C) == (0, "ff 07")
    assert ask(part, 0x5D, "d4 fe") == (0, "")
    assert ask(part, 0x5C) == (0, "d4 fe")
    assert ask(part, 0x5D, "a1 05") == (0xCC, "")
    assert ask(part, 0x5D, "ff 07") == (0, "")
