# SPDX-License-Identifier: Apache-2.0
"""Find and import handlers by the folder in which they lie."""
from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

BROKEN = (ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError, LookupError, OSError)
"""What the import of somebody else's module may come to."""

_FILE = "handler.py"


def find_handlers(folder: str) -> Iterator[str]:
    """Yield this folder and those inside, where they have a `handler.py`."""
    for path, _folders, files in os.walk(folder):
        if _FILE in files:
            yield path


def make_plugin_name(base_dir: str, cur_dir: str) -> str:
    """Return the name of the module `handler.py` in a folder below `base_dir`, the folder of this package."""
    return ".".join(("pyghmi.ipmi.oem", *os.path.relpath(cur_dir, base_dir).split(os.sep), "handler"))


def imported(name: str) -> ModuleType | None:
    """Import a module that may name its BMCs; None where that fails, which is logged."""
    import logging

    logger = logging.getLogger("pyghmi")
    try:
        module = import_module(name)
    except BROKEN:
        logger.exception("OEM handler %s cannot be loaded", name)
        return None
    if not hasattr(module, "device_type_supported"):
        logger.debug("OEM handler %s has no device_type_supported", name)
    return module
