# SPDX-License-Identifier: Apache-2.0
"""One FRU after another: what one of them does wrong does not keep the others from being read."""
from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from pyghmi.exceptions import CompletionCodeError, Malformed, NotFound, TimedOut
from pyghmi.ipmi.domains.fru import BMC_ADDRESS, FruInventory, is_at_bmc
from pyghmi.ipmi.spec.sdr import FruLocator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyghmi.ipmi.domains.fru_image import FruImage
    from pyghmi.ipmi.spec.sdr import SdrRecord

_SILENT_FRUS = 2
"""So many FRUs of the BMC in a row without an answer: it is the BMC that does not answer."""


class FruSweep:
    """Read FRUs.  inventory: makes the domain for one of them, with the time that one may take."""

    def __init__(self, inventory: Callable[[], FruInventory]) -> None:
        self._inventory = inventory
        self._silent = 0
        self._silent_controllers: set[tuple[int, int]] = set()
        self._known: dict[int, FruImage | None] = {}

    def own(self, fru_id: int) -> FruImage | None:
        """Return one of the BMC's own FRUs, read once; None: it is not there.

        Raises TimedOut, and other errors of the session, when the BMC does not answer at all.
        """
        if fru_id not in self._known:
            self._known[fru_id] = self._own(fru_id)
        return self._known[fru_id]

    def _own(self, fru_id: int, locator: FruLocator | None = None) -> FruImage | None:
        try:
            found = self._inventory().read_image(fru_id, locator=locator)
        except (CompletionCodeError, Malformed):
            found = None
        except TimedOut:
            self._silent += 1
            if self._silent >= _SILENT_FRUS:
                raise
            return None
        self._silent = 0
        return found

    def located(self, locator: FruLocator) -> FruImage | None:
        """Return the FRU that a record names; None: it is not there, or the controller before it is not.

        A memory on a bus is asked for as if its address were a number, which some BMCs mean by it, where the record
        says that the BMC serves it.
        """
        if not _is_served(locator):
            return None
        if is_at_bmc(locator):
            return self._own(locator.fru_id, locator) if locator.access_lun else self.own(locator.fru_id)
        controller = (locator.access_address, locator.channel)
        if controller in self._silent_controllers:
            return None
        try:
            return self._inventory().read_image(locator.fru_id, locator=locator)
        except (CompletionCodeError, Malformed):
            return None
        except TimedOut:
            self._silent_controllers.add(controller)
            return None


def locators(records: Iterable[SdrRecord]) -> list[FruLocator]:
    """Return the records of FRUs in the order of their numbers, the BMC's own first.

    Of those that name a memory on a bus, the first with an address that is no number of another FRU.
    """
    every = [record for record in records if isinstance(record, FruLocator)]
    found = [record for record in every if record.logical]
    taken = {record.fru_id for record in found}
    for record in every:
        if record.fru_id not in taken:
            taken.add(record.fru_id)
            found.append(record)
    return sorted(found, key=lambda record: (record.fru_id, not is_at_bmc(record), record.access_address))


def name_of(locator: FruLocator) -> str:
    """Return the name of a FRU; one that has none is called by its number."""
    return locator.name or f"FRU {locator.fru_id}"


def place_of(name: str, named: Iterable[tuple[str, FruLocator]]) -> tuple[int, FruLocator]:
    """Return the number of a FRU, and the record that names it.

    Raises NotFound where none is called so, where several are, and where no controller serves it.
    """
    known = list(named)
    found = [locator for each, locator in known if each == name]
    if not found:
        raise NotFound(f"no FRU is called {name}; there are: {', '.join(each for each, _locator in known) or 'none'}")
    if len(found) > 1:
        places = ", ".join(f"{each.fru_id} at {each.access_address:#04x} channel {each.channel}" for each in found)
        raise NotFound(f"several FRUs are called {name}: {places}")
    if not _is_served(found[0]):
        raise NotFound(f"FRU {name} is a memory on a bus that no controller serves")
    return found[0].fru_id, found[0]


def _is_served(locator: FruLocator) -> bool:
    """Whether the record says that a controller answers for the memory."""
    return locator.logical or locator.access_address == BMC_ADDRESS
