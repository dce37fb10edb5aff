# SPDX-License-Identifier: Apache-2.0
"""Section N: how sensors answer."""
from __future__ import annotations
