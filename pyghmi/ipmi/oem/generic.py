# SPDX-License-Identifier: Apache-2.0
"""The handler of BMCs without anything special, and the base of all vendors' handlers.

A handler is a factory of domains (see `factories`): a vendor returns its own where its BMCs differ.  Everything
that IPMI leaves to vendors has a method here that says what a BMC without it answers.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MethodType, ModuleType
from typing import Any

from pyghmi.exceptions import UnsupportedFunctionality
from pyghmi.ipmi.oem.datahooks import EventHooks, InventoryHooks, NetworkHooks, SensorHooks, UserHooks
from pyghmi.ipmi.oem.factories import Domains
from pyghmi.ipmi.oem.stubs import Consoles, Maintenance, Settings


class OEMHandler(
    Domains, SensorHooks, InventoryHooks, EventHooks, NetworkHooks, UserHooks, Consoles, Settings, Maintenance
):
    """The handler of a BMC that is as the specification says.

    oemid: {'device_id', 'manufacturer_id', 'product_id', ...} as `Command._get_device_id` returns it; ipmicmd: the
    `Command` in whose name questions may be asked.
    """

    def __init__(self, oemid: Mapping[str, Any], ipmicmd: Any, *args: Any) -> None:
        self.oemid = oemid
        self.ipmicmd = ipmicmd

    def set_identify(self, on: bool, duration: int | None, blink: bool) -> Any:
        """Light the identification lamp the vendor's way; the standard way follows where this is unsupported."""
        raise UnsupportedFunctionality()

    def get_description(self) -> dict[str, Any]:
        """Return {'height', 'slot'} of the machine in its rack."""
        return {}

    def get_leds(self) -> Iterable[Any]:
        """Return (name, {'color', 'status'}) of each lamp."""
        return ()

    def get_oem_event_const(self) -> ModuleType:
        """Return the module with the tables of event texts."""
        from pyghmi.ipmi.private import constants

        return constants


class Completed:
    """The handler of somebody who did not build on `OEMHandler`: what it has not, the generic one has."""

    def __init__(self, handler: Any, generic: OEMHandler) -> None:
        self._handler = handler
        self._generic = generic

    def __getattr__(self, name: str) -> Any:
        if hasattr(self._handler, name):
            return getattr(self._handler, name)
        found = getattr(self._generic, name)
        # What the generic handler does by other methods of its own, it does by those of this one.
        return MethodType(found.__func__, self) if isinstance(found, MethodType) else found


def usable(handler: Any, ipmicmd: Any) -> Any:
    """Return a handler with all that `OEMHandler` has; None: there is none but the generic one."""
    if isinstance(handler, OEMHandler):
        return handler
    generic = OEMHandler({}, ipmicmd)
    return generic if handler is None else Completed(handler, generic)
