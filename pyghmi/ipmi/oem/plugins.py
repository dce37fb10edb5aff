# SPDX-License-Identifier: Apache-2.0
"""Find the handlers that other installed packages offer."""
from __future__ import annotations

import sys


def installed(group: str) -> list[tuple[str, str]]:
    """Return (name, value) of the entry points of a group, without importing any of them."""
    from importlib.metadata import entry_points  # here: it is heavy, and many programs never come here

    if sys.version_info >= (3, 10):
        return [(entry.name, entry.value) for entry in entry_points(group=group)]
    return [(entry.name, entry.value) for entry in entry_points().get(group, ())]
