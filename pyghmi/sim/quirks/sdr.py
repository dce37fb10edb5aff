# SPDX-License-Identifier: Apache-2.0
"""Section D: how records of sensors are read."""
from __future__ import annotations
