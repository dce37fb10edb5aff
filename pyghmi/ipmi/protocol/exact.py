# SPDX-License-Identifier: Apache-2.0
"""Requests whose length must be right."""
from __future__ import annotations

from typing import TypeVar

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.wire.layout import Message

M = TypeVar("M", bound=Message)


def exact(kind: type[M], data: bytes) -> M:
    """Decode a request that has no bytes behind its fields.  Raises Malformed."""
    found = kind.decode(data)
    if len(found.encode()) != len(data):
        raise Malformed(kind.__name__, data, "it is longer than its fields")
    return found
