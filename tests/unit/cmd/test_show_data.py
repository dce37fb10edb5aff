# SPDX-License-Identifier: Apache-2.0
"""sensors, health, sdr, inventory, fru, firmware, leds, events: rows, lines, and what is refused."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.grades import word_of
from pyghmi.cmd.jobs import Job, Run
from pyghmi.cmd.tasks import prepare
from pyghmi.constants import Health
from pyghmi.exceptions import InvalidParameterValue, NotFound
from pyghmi.ipmi.facade.readings import SensorReading

READING = (0x04, 0x2D)


def test_words_of_health() -> None:
    assert [word_of(health) for health in range(8)] == ["ok", "warning", "critical", "critical", "failed", "failed", "failed", "failed"]


def test_sensors(machine: Any, show: Any) -> None:
    found = show("sensors", lines=True)
    inlet = found.by("name")["Inlet Temp"]
    assert (inlet["type"], inlet["value"], inlet["units"], inlet["health"], inlet["available"]) == ("Temperature", 22.0, "°C", "ok", True)
    assert inlet["entity"] == "Air inlet" and inlet["sensor_id"].startswith("0x20.0.") and inlet["problem"] is None
    assert found.lines[0] == repr(machine.command.get_sensor_reading("Inlet Temp"))
    assert found.plain[0].split() == ["Name", "Type", "Value", "Unit", "Health", "State"]
    (line,) = [line for line in found.plain if line.startswith("Inlet Temp ")]
    assert line.split() == ["Inlet", "Temp", "Temperature", "22", "°C", "ok"]


def test_a_sensor_without_a_reading(machine: Any, show: Any) -> None:
    machine.knobs[READING] = lambda data, handler: (0xFF, b"") if data == b"\x01" else handler(data)
    found = show("sensors")
    odd = found.by("name")["Inlet Temp"]
    assert (odd["value"], odd["available"], odd["health"]) == (None, False, None) and odd["problem"]
    assert len(found.rows) > 5 and found.by("name")["Exhaust Temp"]["value"] == 24.0
    machine.knobs[READING] = lambda data, handler: (0, b"\x20\x20\x00") if data == b"\x01" else handler(data)  # unavailable
    (line,) = [line for line in show("sensors").plain if line.startswith("Inlet Temp")]
    assert line.endswith("not available") and "°C" not in line


def test_named_sensors(machine: Any, show: Any) -> None:
    found = show("sensors", "Inlet Temp", "Nosuch", "Exhaust Temp")
    assert [row["name"] for row in found.rows] == ["Inlet Temp", "Exhaust Temp"]
    ((about, error),) = found.failed
    assert about == "Nosuch" and "Sensor not found: Nosuch" in str(error)
    machine.knobs[READING] = lambda data, handler: (0xCB, b"") if data == b"\x01" else handler(data)
    found = show("sensors", "Inlet Temp", "Exhaust Temp")
    assert [about for about, _error in found.failed] == ["Inlet Temp"] and len(found.rows) == 1


def test_a_reading_of_a_vendor(show: Any) -> None:
    """Vendors' readings lack what is ours."""
    odd = SimpleNamespace(name="Fan 9", type="Fan", value=12.0, units="RPM", health=2, states=["slow"], unavailable=0, imprecision=None, state_ids=[])
    command = SimpleNamespace(
        get_sdr_records=lambda progress: [], get_sensors=list, get_sensor_data=lambda: iter([odd]),
        get_health=lambda: {"health": 2, "badreadings": [odd, "all is lost"]},
    )
    assert show("sensors", command=command).row["sensor_id"] is None
    assert show("health", command=command).row == {"health": "critical", "problems": ["Fan 9: 12 RPM, slow (critical)", "all is lost"]}


def test_health(machine: Any, show: Any) -> None:
    assert show("health", lines=True).lines == ["{'badreadings': [], 'health': 0}"]
    assert show("health").row == {"health": "ok", "problems": []}
    bad = SensorReading({"name": "CPU", "type": "Temperature", "value": 99.0, "health": Health.Failed, "states": ["hot"], "state_ids": [1]}, "°C")
    command = SimpleNamespace(get_health=lambda: {"health": Health.Failed | Health.Warning, "badreadings": [bad]})
    found = show("health", command=command)
    assert found.row == {"health": "failed", "problems": ["CPU: 99 °C, hot (failed)"]}
    assert found.plain[1] == "failed  CPU: 99 °C, hot (failed)"


def test_thresholds(machine: Any, show: Any) -> None:
    before = show("sensors", "thresholds", "Inlet Temp").row
    assert before["units"] == "°C" and before["upper_critical"] is not None
    wanted = before["upper_critical"] + 1
    after = show("sensors", "thresholds", "Inlet Temp", f"ucr={wanted}").row
    assert after["upper_critical"] == wanted
    assert any(line.startswith("Upper non-critical:") for line in show("sensors", "thresholds", "Inlet Temp").plain)
    with pytest.raises(NotFound):
        show("sensors", "thresholds", "Nosuch")
    for wrong in (["x", "ucr=hot"], ["x", "ucr=inf"], ["x", "top=1"], []):
        with pytest.raises(UsageError):
            prepare("sensors", ["thresholds", *wrong])


def test_sdr(show: Any) -> None:
    found = show("sdr")
    inlet = found.by("name")["Inlet Temp"]
    assert (inlet["type"], inlet["sensor_type"], inlet["owner"], inlet["entity"]) == ("full sensor", "Temperature", 0x20, "Air inlet")
    assert found.by("name")["BMC"]["address"] == 0x20
    details = {row["field"]: row["value"] for row in show("sdr", "Inlet Temp").rows}
    assert details["name"] == "Inlet Temp" and details["number"] == inlet["number"] and "id_data" not in details
    assert show("sdr", f"0x{inlet['record_id']:04x}").rows == show("sdr", "Inlet Temp").rows
    with pytest.raises(NotFound, match="no record 'Nosuch'"):
        show("sdr", "Nosuch")


def test_sdr_of_all_kinds(show: Any) -> None:
    from pyghmi.ipmi.spec.sdr import parse_record

    oem = parse_record(bytes.fromhex("0700 51 c0 05 a2020001 02".replace(" ", "")))
    unknown = parse_record(bytes.fromhex("0800517701ff"))
    command = SimpleNamespace(get_sdr_records=lambda progress: [oem, unknown], get_sdr_problems=lambda: ["record 9 is not there"])
    found = show("sdr", command=command)
    assert [row["type"] for row in found.rows] == ["OEM", "type 77h", "unread"]
    assert "record type 77h is not known" in found.plain[2] and "record 9 is not there" in found.plain[3]
    fields = {row["field"]: row["value"] for row in show("sdr", "0x0008", command=command).rows}
    assert fields["data"] == "08 00 51 77 01 ff"


def test_inventory(machine: Any, show: Any) -> None:
    found = show("inventory", lines=True)
    system = {row["field"]: row["value"] for row in found.rows if row["component"] == "System"}
    assert system["Product name"] == machine.command.get_inventory_of_component("System")["Product name"] and system["Device ID"] == 32
    assert "oem_parser" not in system and "chassis_extra" not in system  # None and [] say nothing
    assert found.lines == [str(each) for each in machine.command.get_inventory()]
    names = {row["component"] for row in found.rows}
    assert show("inventory", "PSU 1").rows == [row for row in found.rows if row["component"] == "PSU 1"] and "PSU 1" in names
    with pytest.raises(NotFound):
        show("inventory", "PSU 99")
    command = SimpleNamespace(get_inventory=lambda: [("Slot 7", None), ("Card", {"serial": bytearray(b"\x01\xff"), "extra": [b"\x02", None]})])
    assert show("inventory", command=command).rows == [
        {"component": "Slot 7", "field": "present", "value": False},
        {"component": "Card", "field": "serial", "value": "01ff"},
        {"component": "Card", "field": "extra", "value": ["02", None]},
    ]


def test_firmware_and_leds(show: Any) -> None:
    assert show("firmware").rows == [{"name": "BMC Version", "version": "2.10", "build": None, "date": None, "state": None}]
    command = SimpleNamespace(
        get_firmware=lambda components: [("UEFI", {"version": "1", "date": datetime(2024, 3, 9)})] if components == ("UEFI",) else [],
        get_leds=lambda: [("Fault", {"status": "Blink", "color": "amber"})],
    )
    assert show("firmware", "UEFI", command=command).row["date"] == "2024-03-09T00:00:00"
    assert show("leds", command=command, lines=True).lines == ["('Fault', {'status': 'Blink', 'color': 'amber'})"]
    assert show("leds", command=command).row == {"name": "Fault", "status": "Blink", "color": "amber"}


def test_fru(machine: Any, show: Any) -> None:
    found = show("fru", "0")
    values = {(row["area"], row["field"]): row["value"] for row in found.rows}
    assert values["memory", "holds"] == "inventory"
    system = machine.command.get_inventory_of_component("System")
    assert values["product", "product_name"] == system["Product name"] and values["chassis", "type"] == system["Chassis type"]
    made = datetime.fromisoformat(values["board", "made"])
    assert made.tzinfo is not None and f"{made:%Y-%m-%dT%H:%M}" == system["Board manufacture date"]
    assert not any(area == "warning" for area, _field in values)
    with pytest.raises(NotFound):
        show("fru", "99")


def test_a_fru_behind_another_controller(machine: Any, show: Any, tmp_path: Path) -> None:
    """Named by what a record calls it, or by the address of the controller."""
    asked: list[tuple[Any, ...]] = []

    def ask(*which: Any) -> Any:
        asked.append(which)
        return b"old" if len(which) == 2 else None

    command = SimpleNamespace(dump_fru=ask, write_fru_field=ask)
    show("fru", "Backplane", "dump", str(tmp_path / "1"), command=command)
    show("fru", "3rd board", "set", "board", "serial", "BP 7", "--backup", str(tmp_path / "2"), command=command)
    show("fru", "0x10", "dump", str(tmp_path / "3"), "--address", "0x82", "--channel", "7", command=command)
    show("fru", "7", "dump", str(tmp_path / "4"), "--address", "0x82", command=command)
    assert asked == [
        ("Backplane", None), ("3rd board", None), ("3rd board", "board", "serial", "BP 7", None, False), (16, {"addr": 0x82, "channel": 7}), (7, {"addr": 0x82}),
    ]
    assert show("fru", "Mainboard").rows == show("fru", "0").rows
    with pytest.raises(NotFound, match="there are: Mainboard, PSU 1"):
        show("fru", "Backplane")
    for wrong in (["0", "--channel", "0"], ["Backplane", "--address", "0x82"]):
        with pytest.raises(UsageError, match="--channel goes with --address"):
            prepare("fru", wrong)


def test_a_fru_with_a_wrong_checksum(machine: Any, show: Any) -> None:
    """A warning beside all that can be read."""

    def broken(data: bytes, handler: Any) -> tuple[int, bytes]:
        code, answer = handler(data)
        return code, answer.replace(name, name[:-1] + b"!")

    name = machine.command.get_inventory_of_component("System")["Product name"].encode()
    machine.knobs[0x0A, 0x11] = broken
    found = show("fru", "0")
    assert any(row["area"] == "warning" and "checksum" in row["value"] for row in found.rows)
    assert any(row["value"] == name[:-1].decode() + "!" for row in found.rows)


def test_a_field_is_written_after_the_backup(machine: Any, show: Any, tmp_path: Path) -> None:
    backup = tmp_path / "old"
    before = machine.command.dump_fru(0)
    said = show("fru", "0", "set", "product", "asset_tag", "INV 7", "--backup", str(backup)).row["done"]
    assert str(backup) in said and backup.read_bytes() == before
    values = {(row["area"], row["field"]): row["value"] for row in show("fru", "0").rows}
    assert values["product", "asset_tag"] == "INV 7"
    dump = tmp_path / "dump"
    show("fru", "0", "dump", str(dump))
    assert dump.read_bytes() == machine.command.dump_fru(0)
    for wrong, why in (
        (["set", "product", "asset_tag", "x"], "--backup FILE is needed"), (["set", "product", "asset_tag", "x", "--backup", str(backup)], "is there already"),
        (["dump", str(dump)], "is there already"), (["dump", "x", "--backup", "y"], "go with set"), (["dump", "x", "--create"], "go with set"), (["set", "attic", "a", "b"], "area is one of"),
        (["set", "product", "colour", "b"], "a field of the product area"), (["dance"], "not 'dance'"),
    ):
        with pytest.raises(UsageError, match=why):
            prepare("fru", ["0", *wrong])


def test_a_record_tells_millivolts_and_milliamperes(show: Any) -> None:
    """What FreeIPMI prints of the same bytes: 12000 mV, -500 mV; 1000 mA and 620000 mA of a record that counts 10 mA."""
    from pyghmi.ipmi.domains.fru_image import parse_image
    from pyghmi.ipmi.spec.fru import ExtendedDcOutput, RecordType
    from pyghmi.sim.fru import make_image, record_list

    output = ExtendedDcOutput(
        standby=False, output=2, in_100_ma=False, nominal=1200, max_negative=-50, max_positive=1260, ripple_mv=120, min_current=100, max_current=62_000,
    )
    image = parse_image(make_image({"multirecord": record_list((RecordType.EXTENDED_DC_OUTPUT, output))}, 256))
    found = show("fru", "0", command=SimpleNamespace(read_fru=lambda _fru_id, _behind: image))
    values = {row["field"]: row["value"] for row in found.rows if row["area"] == "record 0"}
    assert (values["nominal_mv"], values["max_negative_mv"], values["max_positive_mv"]) == (12_000, -500, 12_600)
    assert (values["min_current_ma"], values["max_current_ma"], values["ripple_mv"]) == (1000, 620_000, 120)


def test_a_memory_module(show: Any) -> None:
    from pyghmi.ipmi.domains.fru_image import parse_image
    from pyghmi.sim.fru import demo_images

    image = parse_image(demo_images()[2])
    found = show("fru", "2", command=SimpleNamespace(read_fru=lambda _fru_id, _behind: image))
    values = {row["field"]: row["value"] for row in found.rows if row["area"] == "module"}
    assert (values["memory_type"], values["speed"], values["module_type"]) == ("DDR4 SDRAM", 21300, "RDIMM")


def test_an_area_that_is_missing_is_made_when_that_is_said(machine: Any, show: Any, tmp_path: Path) -> None:
    """A backup of what was not changed after all does not stand in the way of the next try."""
    part = machine.sim.parts["fru"]
    part.images[9] = bytearray(part.images[0][:8].ljust(256, b"\0"))
    part.images[9][1:8] = (0, 0, 0, 0, 0, 0, 0xFF)
    backup = tmp_path / "old"
    words = ("fru", "9", "set", "product", "asset_tag", "INV 7", "--backup", str(backup))
    with pytest.raises(InvalidParameterValue, match="no product area; create makes one"):
        show(*words)
    assert not backup.exists()
    show(*words, "--create")
    assert backup.stat().st_size == 256
    values = {(row["area"], row["field"]): row["value"] for row in show("fru", "9").rows}
    assert values == {("memory", "holds"): "inventory", ("product", "asset_tag"): "INV 7"}


def test_nothing_is_written_without_the_backup(machine: Any, show: Any, tmp_path: Path) -> None:
    before = machine.command.dump_fru(0)
    with pytest.raises(OSError, match="No such file"):
        show("fru", "0", "set", "product", "asset_tag", "INV 7", "--backup", str(tmp_path / "none" / "old"))
    assert machine.command.dump_fru(0) == before


# --- events


def test_events(machine: Any, show: Any) -> None:
    found = show("events")
    assert [row["id"] for row in found.rows] == sorted(row["id"] for row in found.rows) and len(found.rows) > 5
    hot = next(row for row in found.rows if row["event"] == "Upper non-critical")
    assert (hot["sensor"], hot["sensor_type"], hot["health"], hot["units"], hot["deassertion"]) == ("CPU2 Temp", "Temperature", "warning", "°C", False)
    assert hot["value"] > hot["threshold"] and datetime.fromisoformat(hot["time"]).tzinfo is not None
    line = next(line for line in found.plain if "Upper non-critical " in line and "deasserted" not in line)
    assert line.endswith(f"value {hot['value']:g} °C, threshold {hot['threshold']:g} °C")
    assert any("Linux kernel panic" in row["event"] for row in found.rows)


def test_events_since(machine: Any, show: Any) -> None:
    newest = max(row["time"] for row in show("events").rows if row["time"])
    at = datetime.fromisoformat(newest)
    assert not [row for row in show("events", "--since", (at + timedelta(minutes=5)).isoformat()).rows if row["time"]]
    assert [row for row in show("events", "--since", (at - timedelta(minutes=5)).isoformat()).rows if row["time"]]
    with pytest.raises(UsageError, match="is no date"):
        prepare("events", ["--since", "soon"])


def test_events_without_sensor_records(machine: Any, show: Any) -> None:
    machine.knobs[0x0A, 0x20] = machine.knobs[0x0A, 0x23] = lambda _data, _handler: (0xC1, b"")
    machine.knobs[0x04, 0x20] = machine.knobs[0x04, 0x21] = lambda _data, _handler: (0xC1, b"")
    found = show("events")
    assert len(found.rows) > 5 and all(row["value"] is None for row in found.rows)
    assert any(str(row["sensor"]).startswith("Sensor 32.") for row in found.rows)


def test_events_are_cleared_and_shown(machine: Any, show: Any) -> None:
    before = show("events").rows
    found = show("events", "--clear")
    assert [row["id"] for row in found.rows][: len(before)] == [row["id"] for row in before]
    same = ("sensor", "event", "detail", "health", "event_id", "component_id", "value", "threshold", "raw")
    for one, other in zip(found.rows, before):
        if one["event_id"]:
            assert {key: one[key] for key in same} == {key: other[key] for key in same}
    assert len(show("events").rows) < len(before)
    for wrong in (["--clear", "--since", "today"], ["info", "--clear"], ["time", "--since", "today"], ["dance"]):
        with pytest.raises(UsageError):
            prepare("events", wrong)


def test_events_are_shown_if_it_ends_while_the_log_is_cleared(machine: Any) -> None:
    """The log is gone by then: who asked has the rows before it ends."""

    def ended(data: bytes, handler: Any) -> Any:
        handler(data)
        raise KeyboardInterrupt

    before = len(list(machine.command.events()))
    machine.knobs[0x0A, 0x47] = ended
    job = prepare("events", ["--clear"])
    assert isinstance(job, Job) and job.only_copy
    found = []
    with pytest.raises(KeyboardInterrupt):
        for row in job.rows(Run("bmc", machine.command)):
            found.append(row)
    assert len(found) == before and found[0]["event"] == "Log clear"


def test_events_that_are_odd_or_do_not_come(machine: Any, show: Any) -> None:
    def odd(data: bytes, handler: Any) -> Any:
        code, answer = handler(data)
        if data[2] == 3:
            return 0xFF, b""
        return code, answer[:4] + b"\x04" + answer[5:] if data[2] == 2 else answer

    machine.knobs[0x0A, 0x43] = odd
    found = show("events")
    assert [row.get("id") for row in found.rows][:3] == [1, 2, 4]
    assert found.rows[1]["problem"] == "a system event under record type 04h"
    last = found.rows[-1]
    assert list(last) == ["problem"] and last["problem"].startswith("record 0003h cannot be read")
    assert found.plain[0].split()[-1] == "Problem" and found.plain[-1].endswith(last["problem"])


def test_how_full_the_log_is(machine: Any, show: Any) -> None:
    found = show("events", "info").row
    assert found["entries"] == len(show("events").rows) and found["overflow"] is False
    assert any(line.startswith("Used:") and line.endswith(" %") for line in show("events", "info").plain)


def test_the_clock(machine: Any, show: Any) -> None:
    show("events", "time", "2024-03-09 14:00+00:00")
    found = show("events", "time").row
    assert datetime.fromisoformat(found["time"]) - datetime(2024, 3, 9, 14, tzinfo=timezone.utc) < timedelta(seconds=5)
    assert found["seconds_ahead"] < -1000
    show("events", "time", "now")
    assert abs(show("events", "time").row["seconds_ahead"]) <= 2
    machine.knobs[0x0A, 0x48] = lambda _data, _handler: (0, b"\xff\xff\xff\xff")
    assert show("events", "time").row["time"] is None


FRUS = Path(__file__).parents[2] / "vectors" / "fru"
IPMITOOL = {
    "Chassis Part Number": ("chassis", "part_number"), "Chassis Serial": ("chassis", "serial"), "Board Mfg": ("board", "manufacturer"),
    "Board Product": ("board", "product_name"), "Board Serial": ("board", "serial"), "Board Part Number": ("board", "part_number"),
    "Product Manufacturer": ("product", "manufacturer"), "Product Name": ("product", "product_name"), "Product Part Number": ("product", "part_number"),
    "Product Version": ("product", "version"), "Product Serial": ("product", "serial"), "Product Asset Tag": ("product", "asset_tag"),
}


@pytest.mark.parametrize("path", sorted(FRUS.glob("*.bin")), ids=lambda path: path.stem)
def test_frus_of_real_machines(show: Any, path: Path) -> None:
    """What ipmitool prints of them is there, and nothing else ends them."""
    from pyghmi.ipmi.domains.fru_image import parse_image

    found = show("fru", "0", command=SimpleNamespace(read_fru=lambda _fru_id, _behind: parse_image(path.read_bytes())))
    values = {(row["area"], row["field"]): row["value"] for row in found.rows}
    assert ("memory", "holds") in values
    other = path.with_suffix(".ipmitool.txt")
    for line in other.read_text(errors="replace").splitlines() if other.exists() else ():
        name, _colon, value = (part.strip() for part in line.partition(":"))
        if name in IPMITOOL and value.isprintable() and value:
            assert str(values.get(IPMITOOL[name])).strip() == value, name


def test_a_format_that_nobody_knows(show: Any) -> None:
    from pyghmi.ipmi.domains.fru_image import parse_image

    image = parse_image(bytes(64))._replace(unsupported=("board",), warnings=("cut short",))
    found = show("fru", "0", command=SimpleNamespace(read_fru=lambda _fru_id, _behind: image))
    assert [(row["area"], row["value"]) for row in found.rows] == [("memory", "nothing"), ("board", "unknown"), ("warning", "cut short")]
