# SPDX-License-Identifier: Apache-2.0
"""Inventory: what a FRU is and how it is asked for.  IPMI 2.0 §34."""
from __future__ import annotations

from typing import TYPE_CHECKING, Union

from pyghmi.exceptions import InvalidParameterValue, NotFound
from pyghmi.ipmi.domains.fru_device import FruDevice
from pyghmi.ipmi.domains.fru_image import FruImage, parse_image
from pyghmi.ipmi.domains.fru_reading import FruReading
from pyghmi.ipmi.spec.request import Target

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.fru_edit import Field
    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.sdr import FruLocator
    from pyghmi.ipmi.spec.storage import FruAreaInfo

Place = Union["FruLocator", Target]
"""The record that names a FRU, or the controller that it lies behind."""

BMC_ADDRESS = 0x20
_WITHOUT_LUN = 0xFE
_DIMM = 1
_MEMORIES = (*range(0x08, 0x11),)
"""Device types of FRUs: memories on a bus, and what lies behind a controller.  IPMI 2.0 table 43-12."""


class FruInventory:
    """The FRUs of a BMC.

    `locator`: the record that names the FRU, which may lie behind another controller or at another LUN, or that
    controller; None: it is the BMC's own.
    """

    def __init__(self, bmc: Requester, learned: Learned) -> None:
        self._bmc = bmc
        self._learned = learned

    def area_info(self, fru_id: int, *, locator: Place | None = None) -> FruAreaInfo | None:
        """Return size and unit of a FRU; None: it is not there, or empty.  Raises CompletionCodeError, SessionError."""
        return self._device(fru_id, locator).info()

    def read(self, fru_id: int, *, locator: Place | None = None, whole: bool = False) -> bytes | None:
        """Return a FRU's memory: header and areas, up to the last of them; None: it is not there.

        What nothing points to, and the area for internal use, are not read and are 00h; whole: all is read.  Raises
        CompletionCodeError, SessionError.
        """
        device = self._device(fru_id, locator)
        if device.info() is None:
            return None
        reading = FruReading(device)
        found = reading.read_all() if whole else reading.read_used()
        return found or None

    def read_image(self, fru_id: int, *, locator: Place | None = None, whole: bool = False) -> FruImage | None:
        """Return what a FRU's memory says; None: it is not there."""
        found = self.read(fru_id, locator=locator, whole=whole)
        return None if found is None else parse_image(found, internal_use=whole)

    def write(self, fru_id: int, data: bytes, offset: int = 0, *, locator: Place | None = None) -> bytes:
        """Write to a FRU's memory, and read it back; returns what was there before, the whole memory.

        Raises NotFound, InvalidParameterValue where it does not fit, InventoryNotWritten, which carries what was there.
        """
        device, old = self._whole(fru_id, locator)
        end = offset + len(data)
        if offset < 0 or end > len(old):
            raise InvalidParameterValue(f"FRU {fru_id} has {len(old)} bytes; bytes {offset} to {end} do not fit")
        self._change(device, old, old[:offset] + data + old[end:])
        return old

    def write_field(
        self, fru_id: int, area: str, field: Field, text: str, *, locator: Place | None = None, create: bool = False
    ) -> bytes:
        """Change one field, see `fru_edit.with_field`; returns what was there before, the whole memory."""
        from pyghmi.ipmi.domains.fru_edit import with_field

        device, old = self._whole(fru_id, locator)
        self._change(device, old, with_field(parse_image(old), area, field, text, create=create))
        return old

    def _device(self, fru_id: int, locator: Place | None) -> FruDevice:
        if locator is None or isinstance(locator, Target):
            return FruDevice(self._bmc, self._learned, fru_id, locator)
        return FruDevice(self._bmc, self._learned, fru_id, self._target(locator), locator.access_lun)

    def _target(self, locator: FruLocator) -> Target | None:
        address = locator.access_address & _WITHOUT_LUN
        if is_at_bmc(locator) or (address, locator.channel) in self._learned.at_bmc:
            return None
        return Target(address, locator.channel)

    def _whole(self, fru_id: int, locator: Place | None) -> tuple[FruDevice, bytes]:
        device = self._device(fru_id, locator)
        if device.info() is None:
            raise NotFound(f"FRU {fru_id} is not there")
        found = FruReading(device).read_all()
        if not found:
            raise NotFound(f"FRU {fru_id} cannot be read")
        return device, found

    def _change(self, device: FruDevice, old: bytes, new: bytes) -> None:
        from pyghmi.ipmi.domains.fru_writing import FruWriting

        FruWriting(device, self._learned).change(old, new)


def is_at_bmc(locator: FruLocator) -> bool:
    """Whether the BMC itself has this FRU."""
    return locator.access_address & _WITHOUT_LUN in (0, BMC_ADDRESS)


def is_memory_module(locator: FruLocator) -> bool:
    """Whether a record names the memory that describes a memory module.  IPMI 2.0 table 43-12."""
    return locator.device_modifier == _DIMM and locator.device_type in _MEMORIES
