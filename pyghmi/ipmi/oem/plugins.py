# SPDX-License-Identifier: Apache-2.0
"""Find the handlers that other installed packages offer."""
from __future__ import annotations

import os
import sys

_DESCRIPTIONS = (".dist-info", ".egg-info", "EGG-INFO")


def installed(group: str) -> list[tuple[str, str]]:
    """Return (name, value) of the entry points of a group, without importing any of them."""
    if not _is_offered(group):
        return []
    from importlib.metadata import entry_points  # here: it takes 20 ms, and nearly all programs never come here

    if sys.version_info >= (3, 10):
        return [(entry.name, entry.value) for entry in entry_points(group=group)]
    return [(entry.name, entry.value) for entry in entry_points().get(group, ())]


def _is_offered(group: str) -> bool:
    """Whether any package on the path seems to have entry points of that group."""
    heading = f"[{group}]".encode()
    for folder in sys.path:
        try:
            entries = os.scandir(folder or ".")
        except NotADirectoryError:
            return True  # an archive: who knows how to look into it may do so
        except OSError:
            continue
        with entries:
            for entry in entries:
                if entry.name.endswith(_DESCRIPTIONS) and heading in _entry_points(entry.path):
                    return True
    return False


def _entry_points(folder: str) -> bytes:
    try:
        with open(os.path.join(folder, "entry_points.txt"), "rb") as file:
            return file.read()
    except OSError:
        return b""
