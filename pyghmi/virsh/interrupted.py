# SPDX-License-Identifier: Apache-2.0
"""What a connection that was lost in the middle of something has left undone."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyghmi.virsh.bindings import DomainError

START, RESUME = "start", "resume"


class Interrupted:
    """Remember whether a domain is to be started still, or to go on."""

    def __init__(self, libvirt: Any) -> None:
        self._libvirt = libvirt
        self._owed: str | None = None

    @contextmanager
    def noting(self, domain: Any, what: str) -> Iterator[None]:
        """Note that this is owed where the connection is lost meanwhile; what begins outermost counts."""
        before = self._owed
        self._owed = before or what
        try:
            yield
        except (self._libvirt.libvirtError, DomainError):
            if self._is_alive(domain):
                self._owed = before
            raise
        self._owed = before

    @property
    def is_something_owed(self) -> bool:
        """Whether anything is."""
        return self._owed is not None

    def take(self) -> str | None:
        """Return what is owed, START, RESUME or None, and forget it."""
        owed, self._owed = self._owed, None
        return owed

    def _is_alive(self, domain: Any) -> bool:
        """Whether the connection is there that the domain was found by."""
        try:
            return bool(domain.connect().isAlive())
        except self._libvirt.libvirtError:
            return False
