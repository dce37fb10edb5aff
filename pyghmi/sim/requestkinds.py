# SPDX-License-Identifier: Apache-2.0
"""What the data of each command are, as far as the specifications are declared here."""
from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message

_MODULES = (
    "app", "boot", "channels", "chassis", "dcmi", "fru", "lan", "payloads", "pef", "sel", "sensor", "sol",
    "storage", "system_info", "users", "watchdog",
)  # fmt: skip


@lru_cache(maxsize=1)
def request_kinds() -> dict[tuple[int, int], type[Message]]:
    """Return (netfn, command) -> what its data are."""
    for name in _MODULES:
        import_module(f"pyghmi.ipmi.spec.{name}")
    found: dict[tuple[int, int], type[Message]] = {}
    waiting: list[Any] = list(Request.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if isinstance(getattr(kind, "netfn", None), int) and isinstance(getattr(kind, "cmd", None), int):
            found.setdefault((int(kind.netfn), int(kind.cmd)), kind)
    return found
