# SPDX-License-Identifier: Apache-2.0
"""Public enumerations."""


class Health:
    """How a component does, as bits that can be joined."""

    Ok = 0
    Warning = 1
    Critical = 2
    Failed = 4
