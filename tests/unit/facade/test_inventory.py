# SPDX-License-Identifier: Apache-2.0
"""Inventory of `Command` over a BMC in memory."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from memory_bmc import Handler, MemoryBmc, Reply, command_over

from pyghmi.exceptions import InventoryNotWritten, NotFound, TimedOut
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.oem import lookup
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.ipmi.spec.sdr import FRU_LOCATOR, FruLocator, UnreadRecord
from pyghmi.ipmi.wire.text import encode_id_string
from pyghmi.sim.fru import FruPart, board_area, demo_images, make_image

DEVICE_ID, GUID, INFO, READ = (0x06, 0x01), (0x06, 0x37), (0x0A, 0x10), (0x0A, 0x11)
IDENTITY = bytes.fromhex("20 01 02 35 02 80 f2 1c 00 34 12")
UUID_RAW = bytes.fromhex("88d9c164e4fe8247 9973 5c18e63a4c27")
SYSTEM = {
    "firmware_version": "2.35", "Device ID": 32, "Device Revision": 1, "Manufacturer ID": 7410, "Product ID": 4660,
    "oem_parser": None, "UUID": "64C1D988-FEE4-4782-9973-5C18E63A4C27",
}
"""As in the description of the long-standing library."""


def locator(fru_id: int, name: str, **more: Any) -> FruLocator:
    values: dict[str, Any] = {
        "record_id": 1, "type": FRU_LOCATOR, "length": 0, "access_address": 0x20, "fru_id": fru_id, "logical": True,
        "access_lun": 0, "private_bus": 0, "channel": 0, "device_type": 0x10, "device_modifier": 0, "entity_id": 7,
        "entity_instance": 1, "oem": 0, "id_data": encode_id_string(name),
    }
    return FruLocator(**{**values, **more})


LOCATORS = [locator(2, "DIMM A1", device_modifier=1), locator(0, "MB"), locator(1, "PSU 1"), locator(9, "PSU 2"), UnreadRecord(9, 0x77, b"", "")]


def machine(part: FruPart | None = None, knobs: Any = None, records: Any = LOCATORS) -> tuple[Command, MemoryBmc]:
    own = {DEVICE_ID: lambda _data, _handler: (0, IDENTITY), GUID: lambda _data, _handler: (0, UUID_RAW)}
    bmc = MemoryBmc(part or FruPart(), knobs={**own, **(knobs or {})})
    command = command_over(bmc)
    command._sdr_records = lambda: list(records)  # type: ignore[method-assign]
    return command, bmc


def test_names_come_in_the_order_of_the_numbers() -> None:
    assert list(machine()[0].get_inventory_descriptions()) == ["System", "MB", "PSU 1", "DIMM A1", "PSU 2"]


def test_a_sweep() -> None:
    command, bmc = machine()
    found = list(command.get_inventory())
    assert [name for name, _facts in found] == ["System", "MB", "PSU 1", "DIMM A1"]
    facts: Any = dict(found)
    assert list(facts["System"]) == [
        "Chassis type", "Chassis part number", "Chassis serial number", "chassis_extra", "Board manufacture date",
        "Board manufacturer", "Board product name", "Board serial number", "Board model", "Board FRU Id", "board_extra",
        "Manufacturer", "Product name", "Model", "Hardware Version", "Serial Number", "Asset Number", "FRU ID",
        "product_extra", "firmware_version", "Device ID", "Device Revision", "Manufacturer ID", "Product ID",
        "oem_parser", "UUID",
    ]
    assert {key: facts["System"][key] for key in SYSTEM} == SYSTEM
    assert facts["System"]["Serial Number"] == facts["MB"]["Serial Number"] == "SN00R100042"
    assert "UUID" not in facts["MB"] and facts["MB"]["oem_parser"] is None
    assert facts["PSU 1"]["Board model"] == "PS-800-B1" and facts["DIMM A1"]["capacity_mb"] == 16384
    assert bmc.count(*DEVICE_ID) == bmc.count(*GUID) == 1
    assert [data[0] for netfn, cmd, data in bmc.asked if (netfn, cmd) == INFO] == [0, 1, 2, 9]


def test_one_part_by_its_name() -> None:
    command, bmc = machine()
    system: Any = command.get_inventory_of_component("System")
    assert {key: system[key] for key in SYSTEM} == SYSTEM
    psu: Any = command.get_inventory_of_component("PSU 1")
    assert psu["Serial Number"] == "PS00004711" and psu["oem_parser"] is None
    assert command.get_inventory_of_component("PSU 2") is None
    bmc.asked.clear()
    assert command.get_inventory_of_component("nothing") is None and bmc.asked == []


def test_of_equal_names_the_first_that_says_something() -> None:
    """The first is there, and says nothing: a sweep lists the second alone."""
    images = {1: bytes(256), 2: demo_images()[1]}
    command, _bmc = machine(FruPart(images), records=[locator(1, "PSU"), locator(2, "PSU")])
    swept = dict(command.get_inventory())
    found = command.get_inventory_of_component("PSU")
    assert found is not None and found == swept["PSU"] and found["Product name"] == "PS-800 800 W"


def test_a_machine_without_fru_0_and_guid() -> None:
    command, _bmc = machine(FruPart({}), {GUID: lambda _data, _handler: (0xC1, b"")})
    expected = {key: value for key, value in SYSTEM.items() if key != "UUID"}
    assert list(command.get_inventory()) == [("System", expected)]


def test_eight_frus_take_thirty_requests() -> None:
    """2.8 KB together, the requests for identity and GUID with them."""
    images = {at: make_image({"board": board_area(1000, ["x" * 60] * 5)}, 350) for at in range(8)}
    command, bmc = machine(FruPart(images), records=[locator(at, f"FRU {at}") for at in range(8)])
    assert len(list(command.get_inventory())) == 9
    assert len(bmc.asked) <= 30


def test_faults_of_one_part_do_not_hide_the_others() -> None:
    for fault in ((0xD4, b""), (0xC1, b""), (0, b""), None):

        def knob(data: bytes, handler: Handler, fault: Reply = fault) -> Reply:
            return fault if data[0] == 1 else handler(data)

        command, _bmc = machine(knobs={INFO: knob})
        assert [name for name, _facts in command.get_inventory()] == ["System", "MB", "DIMM A1"]


def test_a_bmc_that_is_gone_is_an_error_and_not_an_empty_inventory() -> None:
    command, bmc = machine(knobs={INFO: lambda _data, _handler: None})
    with pytest.raises(TimedOut):
        list(command.get_inventory())
    assert bmc.count(*INFO) == 2


def test_a_controller_that_is_silent_is_asked_once() -> None:
    behind = {"access_address": 0x82, "channel": 1}
    records = [locator(0, "A", **behind), locator(1, "B", **behind), locator(1, "PSU 1")]
    seen: list[Any] = []

    class Silent(MemoryBmc):
        def exchange(self, netfn: int, cmd: int, data: bytes = b"", **more: Any) -> tuple[int, bytes]:
            if more.get("target") is not None:
                seen.append(data)
                raise TimedOut("timeout")
            return super().exchange(netfn, cmd, data, **more)

    command, bmc = machine(records=records)
    command.ipmi_session.link = Silent(FruPart(), knobs=bmc.knobs)
    assert [name for name, _facts in command.get_inventory()] == ["System", "PSU 1"]
    assert len(seen) == 1


def test_other_controllers_and_luns() -> None:
    records = [locator(1, "far", access_address=0x82), locator(1, "lun", access_lun=2), locator(5, "refused", access_address=0x84)]
    command, bmc = machine(records=[*records, locator(1, "")])
    bmc.others[0x82, 0] = bmc.others[None, 2] = FruPart().commands()
    assert [name for name, _facts in command.get_inventory()] == ["System", "lun", "FRU 1", "far"]


def test_memories_on_a_bus_are_listed_and_read_where_the_bmc_serves_them() -> None:
    """The long-known package lists all of them, and reads by the address as if it were a number."""
    physical = [
        locator(2, "card", logical=False),
        locator(0xB0, "CPU1", logical=False, access_address=0),
        locator(0xB0, "CPU2", logical=False, access_address=0),
        locator(1, "not this", logical=False),
    ]
    command, bmc = machine(records=[*physical, locator(1, "PSU 1")])
    assert list(command.get_inventory_descriptions()) == ["System", "PSU 1", "card", "CPU1"]
    assert [name for name, _facts in command.get_inventory()] == ["System", "PSU 1", "card"]
    assert bmc.asked.count((*INFO, b"\2")) == 1
    assert (*INFO, b"\xb0") not in bmc.asked
    assert command.get_inventory_of_component("CPU1") is None


def test_blank_parts_are_left_out() -> None:
    command, _bmc = machine(FruPart({1: b"\xff" * 64, 2: b"\1\0\0\0\0\0\0\xff"}))
    assert [name for name, _facts in command.get_inventory()] == ["System"]


# --- vendors


class Vendor(OEMHandler):
    def get_oem_inventory_descriptions(self) -> list[str]:
        return ["Riser", "Slot"]

    def get_inventory_of_component(self, component: str) -> dict[str, Any] | None:
        return {"Model": "R"} if component == "Riser" else None

    def process_fru(self, fru: dict[str, Any] | None, name: str | None = None) -> dict[str, Any] | None:
        if fru is None or name == "PSU 1":
            return None
        return {**fru, "oem_parser": f"vendor {name}"}

    def get_oem_firmware(self, bmcver: str, components: Any = (), category: Any = None) -> Iterator[Any]:
        yield "Vendor", {"version": bmcver, "asked": (components, category)}

    def get_leds(self) -> Any:
        return [("Fault", {"status": "Off"})]

    def get_description(self) -> dict[str, Any]:
        return {"height": 2, "slot": 5}


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lookup.oemmap, 7410, SimpleNamespace(OEMHandler=Vendor))


@pytest.mark.usefixtures("vendor")
def test_what_vendors_add() -> None:
    command, bmc = machine()
    assert list(command.get_inventory_descriptions())[-2:] == ["Riser", "Slot"]
    found: Any = list(command.get_inventory())
    assert found[-2:] == [("Riser", {"Model": "R"}), ("Slot", None)]
    assert [name for name, _facts in found] == ["System", "MB", "DIMM A1", "Riser", "Slot"]
    assert found[0][1]["oem_parser"] == "vendor None" and found[1][1]["oem_parser"] == "vendor MB"
    assert command.get_inventory_of_component("Riser") == {"Model": "R"}
    assert list(command.get_firmware(["a"], "core")) == [("Vendor", {"version": "2.35", "asked": (["a"], "core")})]
    assert command.get_leds() == [("Fault", {"status": "Off"})] and command.get_description() == {"height": 2, "slot": 5}
    assert bmc.count(*DEVICE_ID) == 1


def test_a_vendor_that_makes_nothing_of_fru_0(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(OEMHandler):
        def process_zero_fru(self, zerofru: Any) -> None:
            return None

    monkeypatch.setitem(lookup.oemmap, 7410, SimpleNamespace(OEMHandler=Silent))
    found: Any = machine()[0].get_inventory_of_component("System")
    assert found["Device ID"] == 32 and found["UUID"] == SYSTEM["UUID"]


def test_firmware_and_lamps_of_others() -> None:
    command, bmc = machine()
    assert list(command.get_firmware()) == list(command.get_firmware((), "bmc")) == [("BMC Version", {"version": "2.35"})]
    assert list(command.get_leds()) == []
    assert bmc.count(*DEVICE_ID) == 1
    assert command.get_description() == {}


# --- memories


def test_a_memory_by_its_name() -> None:
    """It is read where the record says that it lies: behind a controller, at a LUN.  IPMI 2.0 table 43-7."""
    part = FruPart()
    records = [locator(0, "MB"), locator(3, "FP", access_address=0x72, channel=1), locator(1, "Riser", access_lun=2),
               locator(4, "Twin"), locator(5, "Twin"), locator(0x50, "SPD", logical=False, access_address=0xA0)]
    command, bmc = machine(part, records=records)
    bmc.others[0x72, 0] = FruPart({3: demo_images()[0]}).commands()
    bmc.others[None, 2] = FruPart({1: demo_images()[1]}).commands()
    part.images.pop(1)
    assert command.dump_fru("FP") == command.dump_fru(3, {"addr": 0x72, "channel": 1}) == demo_images()[0]
    old = command.write_fru_field("FP", "product", "asset_tag", "rack 9")
    assert old == demo_images()[0] != command.dump_fru("FP") and command.write_fru("FP", old) != old == command.dump_fru("FP")
    assert bytes(part.images[0]) == demo_images()[0]
    assert command.dump_fru("Riser") == demo_images()[1]
    for name, why in (("FP2", "no FRU is called FP2; there are: .*FP"), ("Twin", "several .* 4 at 0x20 channel 0, 5 at"), ("SPD", "no controller serves")):
        with pytest.raises(NotFound, match=why):
            command.read_fru(name)


def test_reading_and_writing_memories() -> None:
    part = FruPart()
    command, bmc = machine(part)
    assert command.dump_fru(1) == demo_images()[1]
    found = command.read_fru(1)
    assert found.product is not None and len(found.records) == 2 and found.warnings == ()
    old = command.write_fru_field(0, "product", "asset_tag", "rack 9")
    assert old == demo_images()[0]
    again = command.read_fru(0)
    assert again.product is not None and again.product.asset_tag is not None and again.product.asset_tag.text == "rack 9"
    assert command.write_fru(0, old) == again.raw.ljust(512, b"\0")
    assert command.dump_fru(0) == bytes(part.images[0]) == old
    for call in (command.dump_fru, command.read_fru):
        with pytest.raises(NotFound, match="FRU 7 is not there"):
            call(7)
    bmc.others[0x72, 0] = FruPart({3: demo_images()[0]}).commands()
    assert command.dump_fru(3, {"addr": 0x72, "channel": 1}) == demo_images()[0]
    part.write_protected = True
    with pytest.raises(InventoryNotWritten) as caught:
        command.write_fru(0, b"x", 3)
    assert caught.value.old == old and caught.value.ipmicode == 0x80
