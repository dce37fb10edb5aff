# SPDX-License-Identifier: Apache-2.0
"""Section N: what sensors say."""
from __future__ import annotations
