# SPDX-License-Identifier: Apache-2.0
"""What holds where the caller says nothing."""

DEADLINE_S = 30.0
"""Seconds for a call with everything that happens inside."""

PATIENCE_S = 10.0
"""Seconds without a single answer after which a login is given up, unless the caller names a deadline."""
