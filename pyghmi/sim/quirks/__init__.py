# SPDX-License-Identifier: Apache-2.0
"""What BMCs in the field do wrong, to be switched on in a simulated one."""
from __future__ import annotations

from pyghmi.sim.quirks.personalities import PERSONALITIES, misbehave
from pyghmi.sim.quirks.table import all_quirks, described

__all__ = ["PERSONALITIES", "all_quirks", "described", "misbehave"]
