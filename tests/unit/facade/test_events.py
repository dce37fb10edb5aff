# SPDX-License-Identifier: Apache-2.0
"""The event log as programs know it, over a BMC in memory."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from memory_bmc import MemoryBmc, command_over

from pyghmi.constants import Health
from pyghmi.exceptions import InvalidParameterValue, IpmiException, Malformed
from pyghmi.ipmi.domains.sdr_held import HeldRecords
from pyghmi.ipmi.facade import event_dicts
from pyghmi.ipmi.facade.event_names import SdrNames, texts_in
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.sim.demo_sensors import demo_records
from pyghmi.sim.sel import SelPart

T = 1_700_000_000
TRAP = bytes.fromhex("b1d84f761de211dcb3e8000e0cc71ba011081431d3d4ffff20201020045344502b30000000000019000001570811c1")
PAIR_TRAP = bytes.fromhex("b1d84f761de211dcb3e8000e0cc71ba00108140a17c5ffff202008318307010580ff000000000019000001570811c1")


def log(*rest: str, kind: str = "02", at: list[int] | None = None) -> SelPart:
    """A log of these records, each given from its eighth byte on."""
    part = SelPart(lambda: T + 100, demo=False)
    for number, each in enumerate(rest):
        stamp = (T + number if at is None else at[number]).to_bytes(4, "little").hex()
        part.append(bytes.fromhex(f"0000{kind}{stamp}{each}"))
    return part


def with_sensors(command: Any) -> Any:
    command._sdr_held = HeldRecords(None, demo_records(), [])
    return command


def stamp_of(one: Any) -> float:
    return datetime.strptime(one["timestamp"], "%Y-%m-%dT%H:%M:%S").timestamp()


def test_the_documented_example(monkeypatch: pytest.MonkeyPatch) -> None:
    part = log("2000 04 01 03 01 57 40 30", at=[1795327157])
    part.clock.ahead_s = 1795327200 - T - 100
    monkeypatch.setattr("pyghmi.ipmi.domains.sel.now", lambda: 1795327200.0)
    found = with_sensors(command_over(MemoryBmc(part))).get_event_log()
    timestamp = datetime.fromtimestamp(1795327157).strftime("%Y-%m-%dT%H:%M:%S")
    expected = {
        "record_id": 1, "timecode": 1795327157, "component_id": "32.3.0", "component": "CPU1 Temp", "deassertion": False,
        "triggered_value": 64, "component_type_id": 1, "event_id": "1.7", "component_type": "Temperature",
        "event": "Upper non-critical", "severity": 1, "threshold_value": 48, "oem_handler": None, "timestamp": timestamp,
    }
    assert found == [expected]
    assert list(found[0]) == list(expected)
    assert found[0]["severity"] == Health.Warning


def test_keys_of_each_kind_of_record() -> None:
    part = log("2000 04 0c 51 6f 20 ff 02")
    part.append(bytes.fromhex("0000 c0 00f15365 a7f301 44454d4f3031"))
    part.append(bytes.fromhex("0000 e0 00f15365 a7f301 44454d4f3031"))
    part.append(bytes.fromhex("0000 f0 20 00 466174616c206578636570"))
    part.append(bytes.fromhex("0000 05 00f15365 2000 aa 0c516f20ff02"))
    found = command_over(MemoryBmc(part)).get_event_log()
    for one in found:
        one.pop("timestamp", None)
    assert found[0] == {
        "record_id": 1, "timecode": T, "component_id": "32.81.0", "component": "Sensor 32.81.0", "deassertion": False,
        "component_type_id": 12, "event_id": "111.0", "component_type": "Memory", "event": "Correctable error",
        "severity": 1, "oem_handler": None, "oem_byte3": 2,
    }
    assert found[1] == {
        "record_id": 2, "timecode": T, "oemid": bytearray(b"\xa7\xf3\x01"), "oemdata": bytearray(b"DEMO01"), "oem_handler": None,
    }
    assert found[2] == {"record_id": 3, "oemdata": bytearray.fromhex("00f15365a7f30144454d4f3031"), "oem_handler": None}
    assert found[3] == {"record_id": 4, "event": "Linux kernel panic: Fatal excep", "severity": Health.Critical}
    assert found[4] == {
        "record_id": 5, "timecode": T, "oemdata": bytearray.fromhex("00f153652000aa0c516f20ff02"), "oem_handler": None,
    }


def test_event_types_of_manufacturers_have_no_words() -> None:
    found = command_over(MemoryBmc(log("2000 04 01 30 70 a7 02 03"))).get_event_log()[0]
    found.pop("timestamp")
    assert found == {
        "record_id": 1, "timecode": T, "component_id": "32.48.0", "component": "Sensor 32.48.0", "deassertion": False,
        "oem_handler": None, "oem_byte2": 2, "oem_byte3": 3,
    }
    unknown = command_over(MemoryBmc(log("2000 04 c5 b7 6f 07 ff ff"))).get_event_log()[0]
    assert (unknown["component_type"], unknown["component_type_id"], unknown["event"], unknown["severity"]) == ("", 197, "", 0)


def test_names_of_sensors_and_frus() -> None:
    part = log("2000 04 0c 52 6f 00 ff ff", "2001 04 01 03 01 57 02 03", "2000 04 28 60 6f f5 80 01", "2000 04 28 60 6f f5 80 09")
    found = with_sensors(command_over(MemoryBmc(part))).get_event_log()
    assert [one["component"] for one in found] == ["DIMM Status 3", "Sensor 32.3.1", "System Event", "System Event"]
    assert [one.get("event_data") for one in found] == [None, None, "PSU 1", "FRU 9"]
    by_channel = log("2060 04 01 03 01 57 02 03")
    assert with_sensors(command_over(MemoryBmc(by_channel))).get_event_log()[0]["component"] == "CPU1 Temp"


def test_fru_states_have_their_words() -> None:
    found = command_over(MemoryBmc(log("2000 04 2c 10 6f a4 33 00"))).get_event_log()[0]
    assert found["event_data"] == "Hot swap(change from Activation in progress)"


def test_sensors_that_cannot_be_read_cost_no_event() -> None:
    """The machine has no records of sensors at all, and refuses to say so."""
    bmc = MemoryBmc(log("2000 04 01 03 01 57 40 30"))
    command = command_over(bmc)
    assert command.get_event_log()[0]["component"] == "Sensor 32.3.0"
    assert [event.sensor_name for event in command.events()] == [None]


def test_sensors_that_are_known_are_not_asked_for() -> None:
    bmc = MemoryBmc(log(*["2000 04 01 03 01 57 40 30"] * 3))
    assert len(with_sensors(command_over(bmc)).get_event_log()) == 3
    assert [(netfn, cmd) for netfn, cmd, _data in bmc.asked] == [(0x0A, 0x43)] * 3 + [(0x0A, 0x48)]


def test_times_are_put_right_and_pairs_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyghmi.ipmi.domains.sel.now", lambda: T + 5100.0)  # the BMC is 5000 s behind
    change = "2000 04 12 83 6f 05 {} ff"
    plain = "2000 04 01 03 01 57 40 30"
    part = log(plain, change.format("00"), change.format("80"), plain, at=[T - 3600, T - 3590, T + 10, T + 20])
    found = command_over(MemoryBmc(part)).get_event_log()
    assert [one["record_id"] for one in found] == [1, 4]
    assert [one["timecode"] for one in found] == [T - 3600, T + 20]
    assert [stamp_of(one) for one in found] == [T + 5000, T + 5020]
    other_clock = log(change.format("01"), change.format("81"), at=[T, T])
    assert [one["event_data"] for one in command_over(MemoryBmc(other_clock)).get_event_log()] == ["Before", "After"]


def test_clearing() -> None:
    part = log(*["2000 04 01 03 01 57 40 30"] * 3)
    command = command_over(MemoryBmc(part))
    assert [one["record_id"] for one in command.get_event_log(clear=True)] == [1, 2, 3]
    assert [one["event"] for one in command.get_event_log()] == ["Log clear"]
    command.clear_event_log()
    assert list(part.entries) == [5]


def test_words_of_a_vendor() -> None:
    class Own(OEMHandler):
        def get_oem_event_const(self) -> Any:
            table = {0xDA: {3: {"desc": "Allowed", "severity": 0}}}
            return SimpleNamespace(sensor_type_offsets=table, generic_type_offsets={3: {0: {"desc": "No", "severity": 2, "deassertion_desc": "Yes", "deassertion_severity": 1}}})

    command = command_over(MemoryBmc(log("2000 04 da 30 6f 03 ff ff", "2000 04 da 30 ef 03 ff ff", "2000 04 01 30 83 00 ff ff", "2000 04 01 30 09 00 ff ff")))
    command._oem = Own({}, command)
    found = command.get_event_log()
    assert [(one["event"], one["severity"]) for one in found] == [("Allowed", 0), ("Allowed deasserted", 0), ("Yes", 1), ("", 0)]
    assert texts_in(command._oem.get_oem_event_const())(0x6F, 1, 1) is None


def test_records_of_a_vendor() -> None:
    """A handler with `init_sdr` has the names."""
    sdr = SimpleNamespace(sensors={"32.48.0": SimpleNamespace(sensor_name="Own")}, fru={3: SimpleNamespace(fru_name="Fan tray")})

    class Own(OEMHandler):
        def init_sdr(self) -> Any:
            return sdr

    command = command_over(MemoryBmc(log("2000 04 01 30 01 57 40 30", "2000 04 28 31 6f 05 80 03")))
    command._oem = Own({}, command)
    found = command.get_event_log()
    assert [found[0]["component"], found[1]["component"], found[1]["event_data"]] == ["Own", "Sensor 32.49.0", "Fan tray"]
    assert SdrNames(object()).fru_name(1) is None


def test_events_that_are_alike_are_told_apart() -> None:
    """They are decoded once; each has its own number and time, and a vendor's handler sees each."""
    seen = []

    class Own(OEMHandler):
        def process_event(self, event: dict[str, Any], ipmicmd: Any, seldata: Any) -> None:
            seen.append(bytes(seldata))
            event["own"] = len(seen)

    alike = ("2000 04 01 03 01 57 40 30", "2000 04 01 03 81 57 40 30", "2000 04 01 03 01 57 40 30")
    part = log(*alike)
    command = with_sensors(command_over(MemoryBmc(part)))
    found = command.get_event_log()
    one_by_one = [with_sensors(command_over(MemoryBmc(log(each)))).get_event_log()[0] for each in alike]
    for at, (one, alone) in enumerate(zip(found, one_by_one)):
        assert list(one) == list(alone)
        own = {"record_id": at + 1, "timecode": T + at, "timestamp": one["timestamp"]}
        assert one == {**alone, **own}
        assert stamp_of(one) == stamp_of(found[0]) + at
    found[0]["event"] = "changed"
    assert command.get_event_log()[2]["event"] == found[2]["event"] == "Upper non-critical"
    command._oem = Own({}, command)
    assert [one["own"] for one in command.get_event_log()] == [1, 2, 3]
    assert [record[:2].hex() for record in seen] == ["0100", "0200", "0300"]


# --- traps


def test_trap(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = 1222422612  # 2008-09-26 09:50:12, as FreeIPMI prints it
    monkeypatch.setattr("pyghmi.ipmi.domains.sel.now", lambda: sent + 7205.0)
    part = log()
    part.clock.ahead_s = sent + 5 - T - 100  # the BMC is two hours behind
    command = with_sensors(command_over(MemoryBmc(part)))
    found = command.decode_pet(0x010100, TRAP)
    assert stamp_of(found) == sent + 7200
    assert {key: value for key, value in found.items() if key != "timestamp"} == {
        "component_id": "4.0", "component": "CPU2 Temp", "deassertion": False, "event_data_bytes": b"P+0", "triggered_value": 43,
        "event_type_byte": 1, "component_type_id": 1, "event_id": "1.0", "component_type": "Temperature",
        "event": "Lower non-critical", "severity": 1, "threshold_value": 48, "timecode": 338809812,
    }
    assert part.acknowledged == [bytes.fromhex("0811d4d33114202004502b30")]


def test_all_fields_of_a_trap() -> None:
    bmc = MemoryBmc(log())
    trap = command_over(bmc).decode_trap(0x010100, TRAP)
    assert (trap.sequence, trap.manufacturer_id, trap.system_id, trap.entity_id) == (0x1108, 343, 0x0811, 0x53)
    assert (trap.meaning.text, trap.meaning.triggered, trap.meaning.threshold) == ("Lower non-critical", 0x2B, 0x30)
    assert bmc.count(0x04, 0x17) == 0


def test_trap_with_a_zone() -> None:
    zoned = TRAP[:22] + (60).to_bytes(2, "big") + TRAP[24:]
    bmc = MemoryBmc(log())
    assert stamp_of(command_over(bmc).decode_pet((0, 1, 1, 0), zoned)) == 1222422612 - 3600
    assert bmc.count(0x0A, 0x48) == 0  # the BMC's clock is not needed for that
    timeless = TRAP[:18] + bytes(4) + TRAP[22:]
    found = command_over(MemoryBmc(log())).decode_pet(0x010100, timeless)
    assert (found["timecode"], "timestamp" in found) == (0, False)


def test_trap_of_a_clock_that_was_set() -> None:
    found = command_over(MemoryBmc(log())).decode_pet(0x126F05, PAIR_TRAP)
    assert (found["event"], found["event_data"]) == ("Clock time change", "After")


def test_trap_whose_acknowledgement_fails() -> None:
    """So does the clock; the trap is read all the same."""
    refusing = {(0x04, 0x17): lambda _data, _handler: None, (0x0A, 0x48): lambda _data, _handler: None}
    bmc = MemoryBmc(knobs=refusing)
    found = command_over(bmc).decode_pet(0x010100, TRAP)
    assert found["event"] == "Lower non-critical"
    assert stamp_of(found) == 1222422612
    assert bmc.count(0x04, 0x17) == 1


def test_traps_that_are_none() -> None:
    bmc = MemoryBmc(log())
    command = command_over(bmc)
    with pytest.raises(InvalidParameterValue, match="^specifictrap should be integer number or 4 byte array$"):
        command.decode_pet(b"\1\1\0", TRAP)
    assert bmc.asked == []
    with pytest.raises(Malformed):
        command.decode_pet(0x010100, TRAP[:33])
    assert command.decode_pet(0x010100, TRAP[:34])["event"] == "Lower non-critical"


def test_trap_names() -> None:
    """By device and number; by the number alone where the trap names no device, and only one sensor has it."""
    command = with_sensors(command_over(MemoryBmc(log())))
    for device, name in ((b"\xff", "CPU2 Temp"), (b"\x41", "Sensor 4.0"), (b"\x2c", "Sensor 4.0")):
        elsewhere = TRAP[:27] + device + TRAP[28:]
        assert command.decode_pet(0x010100, elsewhere)["component"] == name
    nowhere = TRAP[:28] + b"\xf0" + TRAP[29:]
    assert command.decode_pet(0x010100, nowhere)["component"] == "Sensor 240.0"


# --- ours


def test_events() -> None:
    part = log("2000 04 01 03 01 57 40 30", "2000 04 01 03 81 57 30 30")
    command = with_sensors(command_over(MemoryBmc(part)))
    first, second = command.events()
    assert (first.sensor_name, first.record_id, first.text) == ("CPU1 Temp", 1, "Upper non-critical")
    assert first.when is not None and first.when.tzinfo is not None
    assert second.when - first.when == timedelta(seconds=1)
    assert [one.record_id for one in command.events(since=second.when)] == [2]
    assert [one.record_id for one in command.events(since=first)] == [2]
    for wrong in (datetime(2020, 1, 1), 5):
        with pytest.raises(InvalidParameterValue):
            command.events(since=wrong)


def test_events_come_while_they_are_read() -> None:
    bmc = MemoryBmc(log(*["2000 04 01 03 01 57 40 30"] * 5))
    stream = with_sensors(command_over(bmc)).events()
    next(stream)
    assert bmc.count(0x0A, 0x43) == 1


def test_events_are_taken_out_of_the_log() -> None:
    part = log("2000 04 01 03 01 57 40 30", "2000 04 12 83 6f 05 00 ff", "2000 04 12 83 6f 05 80 ff")
    command = with_sensors(command_over(MemoryBmc(part)))
    expected = list(command.events())
    assert [(one.record_id, one.raw, one.when) for one in command.take_events()] == [
        (one.record_id, one.raw, one.when) for one in expected
    ]
    assert [one.text for one in command.events()] == ["Log clear"]


def test_events_are_kept_before_the_log_is_cleared() -> None:
    part = log("2000 04 01 03 01 57 40 30")
    command = with_sensors(command_over(MemoryBmc(part)))

    def full(_events: Any) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        command.take_events(full)
    assert len(part.entries) == 1
    kept: list[Any] = []
    assert command.take_events(lambda events: kept.append((events, len(part.entries)))) == kept[0][0]
    assert kept[0][1] == 1 and len(kept) == 1


def test_problems_of_the_list() -> None:
    bmc = MemoryBmc(log(*["2000 04 01 03 01 57 40 30"] * 3))
    command = with_sensors(command_over(bmc))
    assert command.get_event_log_problems() == []
    bmc.knobs[0x0A, 0x43] = lambda data, handler: (0xFF, b"") if data[2] == 2 else handler(data)
    assert [one.record_id for one in command.events()] == [1, 3]
    assert len(command.get_event_log_problems()) == 1
    assert command.get_event_log_problems()[0].startswith("record 0002h cannot be read: ")
    del bmc.knobs[0x0A, 0x43]
    assert len(command.get_event_log()) == 3 and command.get_event_log_problems() == []


def test_info() -> None:
    command = command_over(MemoryBmc(log(*["2000 04 01 03 01 57 40 30"] * 4)))
    info = command.get_sel_info()
    assert {key: value for key, value in info.items() if not key.startswith("last")} == {
        "version": "1.5", "entries": 4, "free_bytes": 508 * 16, "percent_used": 0, "overflow": False,
        "can_delete": True, "can_reserve": True, "can_add_parts": False, "tells_allocation": True,
    }
    assert info["last_add"] <= datetime.now(timezone.utc) and info["last_erase"] is None
    full = MemoryBmc(log(), knobs={(0x0A, 0x40): lambda _data, _handler: (0, bytes.fromhex("51 0a00 ffff" + "ff" * 8 + "82"))})
    info = command_over(full).get_sel_info()
    assert (info["free_bytes"], info["percent_used"], info["overflow"], info["last_add"]) == (65535, None, True, None)  # ipmitool: "or more"
    nothing = MemoryBmc(log(), knobs={(0x0A, 0x40): lambda _data, _handler: (0, bytes.fromhex("51 0000 0000" + "00" * 8 + "00"))})
    assert command_over(nothing).get_sel_info()["percent_used"] is None


def test_adding_and_deleting() -> None:
    part = log()
    command = command_over(MemoryBmc(part))
    assert command.add_event(bytes.fromhex("0000 e0 6e6f2074696d657374616d7021")) == 1
    command.delete_event(1)
    assert part.entries == {}
    with pytest.raises(InvalidParameterValue):
        command.add_event(b"short")


def test_clock() -> None:
    part = log()
    command = command_over(MemoryBmc(part))
    assert command.get_sel_time() == datetime.fromtimestamp(T + 100, timezone.utc)
    assert command.get_sel_utc_offset() is None
    command.set_sel_utc_offset(120)
    assert command.get_sel_utc_offset() == 120
    wanted = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=-3)))
    command.set_sel_time(wanted)
    assert command.get_sel_time() == wanted
    assert part.clock.now() == int(wanted.timestamp()) + 7200
    command.set_sel_time()
    found = command.get_sel_time()
    assert found is not None and abs(found - datetime.now(timezone.utc)) < timedelta(seconds=5)
    for wrong in (datetime(2024, 5, 6), wanted.date(), "2024-05-06", 5):
        with pytest.raises(InvalidParameterValue):
            command.set_sel_time(wrong)  # type: ignore[arg-type]
    for minutes in (1440, -1440):  # a zone that no datetime can have
        command.set_sel_utc_offset(minutes)
        command.set_sel_time(wanted)
        found = command.get_sel_time()
        assert found is not None and found.isoformat() == "2024-05-06T10:08:09+00:00"
    command.set_sel_utc_offset(None)
    part.clock.ahead_s = -T  # it counts from its start
    assert command.get_sel_time() is None


def test_a_long_log_may_take_longer_than_one_answer() -> None:
    """Only a deadline that was named bounds the whole."""
    bmc = MemoryBmc(log(*["2000 04 01 03 01 57 40 30"] * 5))

    def slow(data: bytes, handler: Any) -> Any:
        bmc.time += 8.0
        return handler(data)

    bmc.knobs[0x0A, 0x43] = slow
    command = command_over(bmc)
    assert len(command.get_event_log()) == 5
    asked = [more for (_netfn, cmd, _data), more in zip(bmc.asked, bmc.extra) if cmd == 0x43]
    assert len(asked) == 5 and all(more.get("deadline_s") is None for more in asked)
    command._deadline_named = True
    bmc.extra.clear()
    command.get_event_log()
    assert min(more.get("deadline_s") or 99.0 for more in bmc.extra) < 1


def test_errors_pass() -> None:
    bmc = MemoryBmc(log("2000 04 01 03 01 57 40 30"), knobs={(0x0A, 0x43): lambda _data, _handler: (0xFF, b"")})
    with pytest.raises(IpmiException):
        command_over(bmc).get_event_log()


def test_local_time() -> None:
    assert event_dicts.local_time(T) == datetime.fromtimestamp(T).strftime("%Y-%m-%dT%H:%M:%S")
