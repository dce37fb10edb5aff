# SPDX-License-Identifier: Apache-2.0
"""How a component does, in a word."""
from __future__ import annotations

from pyghmi.constants import Health

_WORDS = ((Health.Failed, "failed"), (Health.Critical, "critical"), (Health.Warning, "warning"))


def word_of(health: int) -> str:
    """Return the worst of some `Health` bits: ok, warning, critical or failed."""
    return next((word for bit, word in _WORDS if health & bit), "ok")
