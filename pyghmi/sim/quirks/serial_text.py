# SPDX-License-Identifier: Apache-2.0
"""Section C: packets with text."""
from __future__ import annotations
