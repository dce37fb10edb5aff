# SPDX-License-Identifier: Apache-2.0
"""The modules that reach the system, where programs can put green ones in their place."""
from __future__ import annotations

import select as _select
import socket as _socket
import threading as _threading
from types import ModuleType
from typing import Any, Callable

_getaddrinfo = _socket.getaddrinfo

socket: Any = _socket
select: Any = _select
threading: Any = _threading

replaced: list[Callable[[str], object]] = []
"""Whom to tell which of them was replaced."""


def replace(name: str, module: ModuleType) -> None:
    """Use `module` for "socket", "select" or "threading" from now on; `replaced` are told."""
    if name not in ("socket", "select", "threading"):
        raise ValueError(f"there is nothing to replace under the name {name!r}")
    globals()[name] = module
    for told in replaced:
        told(name)


def select_is_standard() -> bool:
    """Whether nobody replaced the select module."""
    return select is _select


def names_are_standard() -> bool:
    """Whether names are looked up by the standard library's own function, in threads of the system."""
    return threading is _threading and socket.getaddrinfo is _getaddrinfo
