# SPDX-License-Identifier: Apache-2.0
"""Who handles whom: from manufacturer and product to a vendor's handler, which is loaded only when its BMC is met."""
from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Union

from pyghmi.ipmi.oem.folders import BROKEN, find_handlers, imported, make_plugin_name
from pyghmi.ipmi.oem.generic import OEMHandler
from pyghmi.ipmi.oem.simulated import identity
from pyghmi.ipmi.wire.shapes import NamedTuple

__all__ = [
    "HANDLERS",
    "Key",
    "find",
    "find_plugin",
    "get_oem_handler",
    "load_and_register",
    "load_plugins",
    "make_plugin_name",
    "oemmap",
    "register_oem_map",
]

ENTRY_POINTS = "pyghmi.oem"
"""The group of entry points by which other packages add handlers.

Name: "MANUFACTURER", "MANUFACTURER.PRODUCT" or "MANUFACTURER.FIRST-LAST", decimal; value: "module:Class".
"""


class Key(NamedTuple):
    """Which BMCs: a manufacturer, and of it one product, a range of products, or all (None)."""

    manufacturer: int
    product: int | None = None
    last_product: int | None = None


HANDLERS: dict[Key, str] = {
    Key(identity.MANUFACTURER_ID, identity.PRODUCT_ID): "pyghmi.ipmi.oem.simulated.handler:SimulatedHandler",
}
"""The vendors of this package."""

OVERRIDES: dict[str, frozenset[str]] = {
    "pyghmi.ipmi.oem.simulated.handler:SimulatedHandler": frozenset(("set_identify", "get_description")),
}
"""What each of them does its own way; so nobody asks a BMC for its name, or loads a vendor, for nothing."""

oemmap: dict[Union[int, str], Any] = {}
"""Handlers registered at run time: manufacturer id, or "manufacturer.product" (decimal) -> module with OEMHandler."""

_added: dict[Key, str] | None = None


def register_oem_map(type: Union[int, str], handler: Any) -> None:
    """Have `handler.OEMHandler` serve a manufacturer (int) or a product ("manufacturer.product")."""
    if type in oemmap:
        import logging

        logging.getLogger("pyghmi").info("OEM handler of %s replaced", type)
    oemmap[type] = handler


def load_plugins() -> None:
    """Register the handlers that lie as `handler.py`, with `device_type_supported`, in folders beside this file.

    This is never done unasked: what this package has itself is in `HANDLERS`.
    """
    base = os.path.dirname(__file__)
    for entry in sorted(os.scandir(base), key=lambda entry: entry.name):
        if entry.is_dir():
            find_plugin(base, entry.path)


def find_plugin(base_dir: str, cur_dir: str) -> None:
    """Register the handlers in a folder below `base_dir`, and in the folders inside."""
    for folder in find_handlers(cur_dir):
        load_and_register(base_dir, folder)


def load_and_register(base_dir: str, cur_dir: str) -> None:
    """Import a folder's `handler.py`, and register it for each key in its `device_type_supported`; log faults."""
    module = imported(make_plugin_name(base_dir, cur_dir))
    for key in getattr(module, "device_type_supported", ()):
        register_oem_map(key, module)


def get_oem_handler(oemid: Mapping[str, Any], ipmicmd: Any, *args: Any) -> tuple[OEMHandler, bool]:
    """Return (handler, True) for the vendor of this BMC, or (the generic one, False).

    What was registered at run time comes first, then the exact product, a range of products, the manufacturer.
    """
    manufacturer, product = oemid["manufacturer_id"], oemid["product_id"]
    for name in (f"{manufacturer}.{product}", manufacturer):
        if name in oemmap:
            return oemmap[name].OEMHandler(oemid, ipmicmd, *args), True
    path = find(manufacturer, product)
    if path is None:
        return OEMHandler(oemid, ipmicmd, *args), False
    handler = _loaded(path)
    return (OEMHandler if handler is None else handler)(oemid, ipmicmd, *args), handler is not None


def find(manufacturer: int, product: int) -> str | None:
    """Return "module:Class" of the handler of a product, None where there is no special one."""
    handlers = _all_handlers()
    for key in (Key(manufacturer, product), Key(manufacturer)):
        if key in handlers:
            return handlers[key]
        ranged = None if key.product is None else _find_range(handlers, manufacturer, product)
        if ranged is not None:
            return ranged
    return None


def _find_range(handlers: Mapping[Key, str], manufacturer: int, product: int) -> str | None:
    for key, path in handlers.items():
        if key.manufacturer != manufacturer or key.product is None or key.last_product is None:
            continue
        if key.product <= product <= key.last_product:
            return path
    return None


def load(path: str) -> type[OEMHandler]:
    """Import a handler from "module:Class"."""
    module, _colon, name = path.partition(":")
    found: type[OEMHandler] = getattr(import_module(module), name)
    return found


def _loaded(path: str) -> type[OEMHandler] | None:
    """Return a handler, None where its module cannot be imported: that is logged, and the BMC is as any other."""
    try:
        return load(path)
    except BROKEN:
        import logging

        logging.getLogger("pyghmi").exception("OEM handler %s cannot be loaded", path)
    return None


def anybody_has(hooks: tuple[str, ...]) -> bool:
    """Whether any handler that could be chosen does one of these things its own way."""
    for module in oemmap.values():
        handler = getattr(module, "OEMHandler", None)
        if not _is_plain(handler):
            return True
        if any(getattr(handler, hook, None) is not getattr(OEMHandler, hook, None) for hook in hooks):
            return True
    for path in _all_handlers().values():
        known = OVERRIDES.get(path)
        if known is None or not known.isdisjoint(hooks):
            return True
    return False


def _is_plain(handler: Any) -> bool:
    """Whether the class of a handler shows all that it has: nothing is added when one is made, or looked up later."""
    if not (isinstance(handler, type) and issubclass(handler, OEMHandler)):
        return False
    makers = ("__new__", "__init__", "__getattribute__", "__getattr__")
    return all(getattr(handler, name, None) is getattr(OEMHandler, name, None) for name in makers)


def _all_handlers() -> dict[Key, str]:
    """Return the table with what other packages have added.  Raises ValueError where two claim one key."""
    global _added
    if _added is None:
        found = dict(HANDLERS)
        for name, path in _entry_points():
            key = _key_of(name)
            if key is None:
                continue
            if found.get(key, path) != path:
                raise ValueError(f"two OEM handlers claim {name}: {found[key]} and {path}")
            found[key] = path
        _added = found
    return _added


def _entry_points() -> list[tuple[str, str]]:
    """Return (name, value) of what installed packages offer, without importing any of them."""
    from pyghmi.ipmi.oem.plugins import installed

    return installed(ENTRY_POINTS)


def _key_of(name: str) -> Key | None:
    """Return whom an entry point is for; None: its name does not say so, which is logged."""
    manufacturer, _dot, products = name.partition(".")
    first, _dash, last = products.partition("-")
    try:
        return Key(int(manufacturer), int(first) if products else None, int(last) if last else None)
    except ValueError:
        import logging

        logging.getLogger("pyghmi").warning("entry point %s of %s left out: its name is no number", name, ENTRY_POINTS)
    return None
