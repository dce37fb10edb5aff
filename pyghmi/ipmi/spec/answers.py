# SPDX-License-Identifier: Apache-2.0
"""Answers that many commands share."""
from __future__ import annotations

from pyghmi.ipmi.wire.layout import Message, wire


@wire(first=2)
class Done(Message):
    """An answer that is a completion code and nothing more."""
