# SPDX-License-Identifier: Apache-2.0
"""Section D: what stands in records of sensors."""
from __future__ import annotations
