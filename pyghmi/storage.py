# SPDX-License-Identifier: Apache-2.0
"""Disks, arrays and volumes of a storage controller."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Union

_UNITS_MB = {"mb": 1, "gb": 1000, "tb": 1000000}


class Disk:
    """A disk."""

    def __init__(
        self,
        name: object,
        description: str | None = None,
        id: Any = None,
        status: str | None = None,
        serial: str | None = None,
        fru: str | None = None,
        stripsize: Any = None,
    ) -> None:
        self.name = str(name)
        self.description = description
        self.id = id
        self.status = status
        self.serial = serial
        self.fru = fru
        self.stripsize = stripsize


class Array:
    """Disks joined to an array."""

    def __init__(
        self,
        disks: Iterable[Disk] | None = None,
        raid: Any = None,
        status: str | None = None,
        volumes: Iterable[Volume] = (),
        id: Any = None,
        spans: Any = None,
        hotspares: Iterable[Disk] = (),
        capacity: Any = None,
        available_capacity: Any = None,
    ) -> None:
        self.disks = disks
        self.raid = raid
        self.status = status
        self.volumes = volumes
        self.id = id
        self.spans = spans
        self.hotspares = hotspares
        self.capacity = capacity
        self.available_capacity = available_capacity


class Volume:
    """A part of an array.  size: MB as a number, text as "10GB" becomes that, other text ("50%") stays."""

    def __init__(
        self,
        name: str | None = None,
        size: Union[int, str, None] = None,
        status: str | None = None,
        id: Any = None,
        stripsize: Any = None,
        read_policy: Any = None,
        write_policy: Any = None,
        default_init: Any = None,
    ) -> None:
        self.name = name
        self.size = _megabytes(size) if isinstance(size, str) else size
        self.status = status
        self.id = id
        self.stripsize = stripsize
        self.read_policy = read_policy
        self.write_policy = write_policy
        self.default_init = default_init


class ConfigSpec:
    """What there is, or what is wanted."""

    def __init__(self, disks: Iterable[Disk] = (), arrays: Iterable[Array] = ()) -> None:
        self.disks = disks
        self.arrays = arrays


def _megabytes(size: str) -> int | str:
    factor = _UNITS_MB.get(size.strip()[-2:].lower())
    if factor is None:
        return size
    try:
        return int(float(size.strip()[:-2]) * factor)
    except ValueError:
        return size
