# SPDX-License-Identifier: Apache-2.0
"""Section C: how a serial console is opened and closed."""
from __future__ import annotations
