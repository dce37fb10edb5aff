# SPDX-License-Identifier: Apache-2.0
"""Inventory, firmware versions, lamps."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from pyghmi.exceptions import CompletionCodeError, Malformed, NotFound, TimedOut
from pyghmi.ipmi.facade.api import Api, target_of
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pyghmi.ipmi.domains.fru import FruInventory, Place
    from pyghmi.ipmi.domains.fru_edit import Field
    from pyghmi.ipmi.domains.fru_image import FruImage
    from pyghmi.ipmi.domains.fru_sweep import FruSweep
    from pyghmi.ipmi.facade.api import BridgeRequest
    from pyghmi.ipmi.facade.fru_dicts import Inventory
    from pyghmi.ipmi.spec.sdr import FruLocator, SdrRecord

FruId = Union[int, str]
"""The number of a FRU, or its name, as `get_inventory_descriptions` gives it: that tells where it lies, too."""

SYSTEM = "System"
_HOOKS = (
    "process_fru",
    "process_zero_fru",
    "get_oem_inventory_descriptions",
    "get_oem_inventory",
    "get_inventory_of_component",
)


class FirmwareVersion(TypedDict, total=False):
    """What is known of one firmware."""

    version: str
    build: str
    date: datetime


class Lamp(TypedDict, total=False):
    """status: 'On', 'Off' or 'Blink'."""

    color: str
    status: str


class InventoryApi(Api):
    """Inventory, firmware versions, lamps."""

    def _sdr_records(self) -> list[SdrRecord]:
        """Return the sensor data records."""
        raise NotImplementedError

    def init_sdr(self) -> Any:
        """Return the `pyghmi.ipmi.sdr.SDR` of the BMC; see `SensorsApi`."""
        raise NotImplementedError

    def _fru(self) -> FruInventory:
        found: FruInventory = self._vendor_if_it_has("fru").fru(self._call(), self._learned)
        return found

    def _fru_sweep(self) -> FruSweep:
        """Return what reads one FRU after another: each has the whole deadline of a call."""
        from pyghmi.ipmi.domains.fru_sweep import FruSweep

        return FruSweep(self._fru)

    def _named_frus(self) -> list[tuple[str, FruLocator]]:
        from pyghmi.ipmi.domains.fru_sweep import locators, name_of

        if hasattr(self._vendor_if_it_has("init_sdr"), "init_sdr"):
            from pyghmi.ipmi.facade.vendor_sdr import frus_in

            return frus_in(self.init_sdr())
        return [(name_of(locator), locator) for locator in locators(self._sdr_records())]

    # --- parts

    def get_inventory_descriptions(self) -> Iterator[str]:
        """Yield the names of parts: 'System', those with a FRU, those that only the vendor knows.

        Raises IpmiException.
        """
        yield SYSTEM
        for name, _locator in self._named_frus():
            yield name
        yield from self._vendor_if_it_has("get_oem_inventory_descriptions").get_oem_inventory_descriptions()

    def get_inventory(self) -> Iterator[tuple[str, Inventory | None]]:
        """Yield (name, facts) of each part; parts that are not there are left out, or None where the vendor knows them.

        Facts: 'Chassis ...', 'Board ...', 'Manufacturer', 'Product name', 'Model', ...; of a memory module
        'memory_type', 'speed', 'capacity_mb', ...; see `facade.fru_dicts.Inventory`.  Raises IpmiException where the
        BMC does not answer any more.
        """
        sweep = self._fru_sweep()
        yield SYSTEM, self._zero_fru(sweep)
        for name, locator in self._named_frus():
            facts = self._facts(sweep, name, locator)
            if facts:
                yield name, facts
        yield from self._vendor_if_it_has(*_HOOKS[2:]).get_oem_inventory()

    def get_inventory_of_component(self, component: str) -> Inventory | None:
        """Return the facts of one part by its name; None: there is no such part, or it is not there.

        Of several that are called so, the first that says something.

        Raises IpmiException.
        """
        if component == SYSTEM:
            return self._zero_fru(self._fru_sweep())
        located = [locator for name, locator in self._named_frus() if name == component]
        if located:
            sweep = self._fru_sweep()
            return next(filter(None, (self._facts(sweep, component, locator) for locator in located)), None)
        found: Inventory | None = self._vendor_if_it_has(*_HOOKS[2:]).get_inventory_of_component(component)
        return found

    def _facts(self, sweep: FruSweep, name: str, locator: FruLocator) -> Inventory | None:
        """Return what a FRU says, with what the vendor makes of it; None: nothing."""
        from pyghmi.ipmi.domains.fru import is_memory_module
        from pyghmi.ipmi.facade.fru_dicts import fru_info

        image = sweep.located(locator)
        facts = None if image is None else fru_info(image, is_memory_module(locator))
        if not facts:
            return None
        found: Inventory | None = self._vendor_if_it_has("process_fru").process_fru(facts, name)
        return found

    def _zero_fru(self, sweep: FruSweep) -> Inventory:
        """Return what FRU 0 says, and the identity of BMC and machine."""
        from pyghmi.ipmi.facade.fru_dicts import fru_info

        device = self._device_id()
        image = sweep.own(0)
        facts: dict[str, Any] = {} if image is None else dict(fru_info(image))
        facts["firmware_version"] = self._bmc_version()
        facts["Device ID"] = device.device_id
        facts["Device Revision"] = device.device_revision
        facts["Manufacturer ID"] = device.manufacturer_id
        facts["Product ID"] = device.product_id
        found: Any = self._vendor_if_it_has("process_zero_fru", "process_fru").process_zero_fru(facts)
        if found is None:
            found = facts
        try:
            found["UUID"] = self._vendor_if_it_has("mc").mc(self._call()).system_guid().text.upper()
        except (CompletionCodeError, Malformed, TimedOut):
            pass
        machine: Inventory = found
        return machine

    def _bmc_version(self) -> str:
        device = self._device_id()
        return f"{device.firmware_major}.{device.firmware_minor:02x}"

    # --- FRU memories

    def _fru_place(self, fru_id: FruId, bridge_request: BridgeRequest) -> tuple[int, Place | None]:
        """Return the number of a FRU, and where it lies.  Raises NotFound, IpmiException."""
        if isinstance(fru_id, int):
            return fru_id, target_of(bridge_request)
        from pyghmi.ipmi.domains.fru_sweep import place_of

        return place_of(fru_id, self._named_frus())

    def read_fru(self, fru_id: FruId, bridge_request: BridgeRequest = None) -> FruImage:
        """Return what the memory of a FRU says: typed areas, records, warnings.

        bridge_request: {'addr', 'channel'} of the controller that it lies behind, which its name tells without that.
        The area for internal use is not read.  Raises NotFound, IpmiException.
        """
        number, place = self._fru_place(fru_id, bridge_request)
        found = self._fru().read_image(number, locator=place)
        if found is None:
            raise NotFound(f"FRU {fru_id} is not there")
        return found

    def dump_fru(self, fru_id: FruId, bridge_request: BridgeRequest = None) -> bytes:
        """Return the whole memory of a FRU.  Raises NotFound, IpmiException."""
        number, place = self._fru_place(fru_id, bridge_request)
        found = self._fru().read(number, locator=place, whole=True)
        if found is None:
            raise NotFound(f"FRU {fru_id} is not there")
        return found

    def write_fru(self, fru_id: FruId, data: bytes, offset: int = 0, bridge_request: BridgeRequest = None) -> bytes:
        """Write to the memory of a FRU, and read it back; returns the whole memory from before.

        Raises NotFound, InvalidParameterValue where it does not fit, InventoryNotWritten with the old content in `old`.
        """
        number, place = self._fru_place(fru_id, bridge_request)
        return self._fru().write(number, data, offset, locator=place)

    def write_fru_field(
        self,
        fru_id: FruId,
        area: str,
        field: Field,
        text: str,
        bridge_request: BridgeRequest = None,
        create: bool = False,
    ) -> bytes:
        """Change one text of a FRU; returns the whole memory from before.

        area: 'chassis', 'board' or 'product'; field: 'serial', 'part_number', 'manufacturer', 'product_name',
        'version', 'asset_tag', 'file_id', or the number of a custom field from 0.  create: make the area where the
        FRU has none.  Raises NotFound, InvalidParameterValue: no such area or field, or no room; InventoryNotWritten
        with the old content in `old`.
        """
        number, place = self._fru_place(fru_id, bridge_request)
        return self._fru().write_field(number, area, field, text, locator=place, create=create)

    # --- firmware, lamps, place

    def get_firmware(
        self, components: Iterable[str] = (), category: str | None = None
    ) -> Iterable[tuple[str, FirmwareVersion]]:
        """Return (name, {'version', 'build', 'date'}) of each firmware; without a vendor's handler that of the BMC.

        components, category: what is wanted, where a vendor's handler can tell.  Raises IpmiException.
        """
        handler = self._vendor_if_it_has("get_oem_firmware")
        found: Iterable[tuple[str, FirmwareVersion]] = handler.get_oem_firmware(
            self._bmc_version(), components, category
        )
        return found

    def get_leds(self) -> Iterable[tuple[str, Lamp]]:
        """Return (name, {'status': 'On', 'Off' or 'Blink'}) of each lamp that a vendor's handler knows."""
        found: Iterable[tuple[str, Lamp]] = self._vendor_if_it_has("get_leds").get_leds()
        return found

    def get_description(self) -> dict[str, Any]:
        """Return {'height': units, 'slot': number} of the machine in its rack; {}: not known."""
        found: dict[str, Any] = self._vendor_if_it_has("get_description").get_description()
        return found
