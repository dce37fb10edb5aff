# SPDX-License-Identifier: Apache-2.0
"""Images that a BMC presents as drives."""
from __future__ import annotations


class Media:
    """One image: its name, and where it is kept."""

    def __init__(self, name: str, url: str | None = None) -> None:
        self.name = name
        self.url = url
