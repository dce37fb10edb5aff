# SPDX-License-Identifier: Apache-2.0
"""Handlers of other people, however they are made: each hook is honoured from the first call on."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable

import pytest
from chassis_part import ChassisPart
from memory_bmc import MemoryBmc, command_over

from pyghmi.ipmi.command import Command
from pyghmi.ipmi.facade.vendor_sdr import frus_in
from pyghmi.ipmi.oem import lookup
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.ipmi.sdr import SDREntry
from pyghmi.sim.demo_sensors import demo_records
from pyghmi.sim.fru import FruPart

INTEL = 343


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "oemmap", {})


class Derived(OEMHandler):
    def get_power(self, bridge_request: Any = None) -> str:
        return "on by the vendor"


class AtMaking(OEMHandler):
    def __init__(self, oemid: Any, ipmicmd: Any) -> None:
        super().__init__(oemid, ipmicmd)
        self.get_power = lambda bridge_request=None: "on by the vendor"


class OfItsOwn:
    def __init__(self, oemid: Any, ipmicmd: Any) -> None:
        self.ipmicmd = ipmicmd

    def get_power(self, bridge_request: Any = None) -> str:
        return "on by the vendor"


class LookedUp:
    def __init__(self, oemid: Any, ipmicmd: Any) -> None:
        self.inner = OfItsOwn(oemid, ipmicmd)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def factory(oemid: Any, ipmicmd: Any) -> Derived:
    return Derived(oemid, ipmicmd)


def command_with(handler: Any, *parts: Any) -> Command:
    lookup.register_oem_map(INTEL, SimpleNamespace(OEMHandler=handler))
    return command_over(MemoryBmc(ChassisPart(), *parts))


@pytest.mark.parametrize("handler", [Derived, AtMaking, OfItsOwn, LookedUp, factory])
def test_a_hook_counts_at_the_first_call(handler: Callable[..., Any]) -> None:
    command = command_with(handler)
    assert command.get_power() == {"powerstate": "on by the vendor"}
    assert command.set_power("off") == {"powerstate": "off"}, "what the handler has not is as for everybody"


class Parts:
    """A handler that stands alone and has some of the hooks that the generic one calls itself."""

    def __init__(self, oemid: Any, ipmicmd: Any) -> None:
        self.oemid = oemid

    def get_oem_inventory_descriptions(self) -> tuple[str, ...]:
        return ("Riser",)

    def get_inventory_of_component(self, component: str) -> dict[str, Any]:
        return {"name": component}

    def process_fru(self, fru: Any, name: Any = None) -> Any:
        fru["oem_parser"] = "ours"
        return fru


def test_a_handler_that_stands_alone_is_asked_by_the_generic_methods_too(monkeypatch: pytest.MonkeyPatch) -> None:
    command = command_with(Parts, FruPart())
    monkeypatch.setattr(command, "_sdr_records", list, raising=False)
    found = dict(command.get_inventory())
    assert found["Riser"] == {"name": "Riser"}
    assert found["System"]["oem_parser"] == "ours"


def test_the_parts_in_the_records_of_a_vendor() -> None:
    entries = [SDREntry(raw, None) for raw in demo_records()]
    theirs = [entry for entry in entries if entry.sdrtype == 2]
    own = SimpleNamespace(fru_name="", fru_number=200, fru_type_and_modifier=0x1001)
    found = frus_in(SimpleNamespace(fru={200: own, **{entry.fru_number: entry for entry in reversed(theirs)}}))
    assert [locator.fru_id for _name, locator in found] == [*sorted(entry.fru_number for entry in theirs), 200]
    assert found[-1][0] == "FRU 200"
    assert (found[-1][1].device_type, found[-1][1].device_modifier, found[-1][1].logical) == (0x10, 1, True)
    assert found[0][1] is min(theirs, key=lambda entry: int(entry.fru_number)).record


def test_the_inventory_goes_by_the_records_of_a_vendor() -> None:
    class Records(OEMHandler):
        def init_sdr(self) -> Any:
            entry = SimpleNamespace(fru_name="Planar", fru_number=0)
            return SimpleNamespace(sensors={}, fru={0: entry}, get_sensor_numbers=lambda: iter(()))

    command = command_with(Records, FruPart())
    assert list(command.get_inventory_descriptions()) == ["System", "Planar"]
    assert command.get_inventory_of_component("Planar") == dict(command.get_inventory())["Planar"]
    assert command.get_inventory_of_component("Planar")
