# SPDX-License-Identifier: Apache-2.0
"""Inventory in the long-standing dictionaries."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

from pyghmi.ipmi.domains.fru_image import FruKind, made
from pyghmi.ipmi.domains.spd import looks_like_spd, parse_spd
from pyghmi.ipmi.spec.fru import BOARD_FIELDS, CHASSIS_FIELDS, PRODUCT_FIELDS
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyghmi.ipmi.domains.fru_fields import FruField
    from pyghmi.ipmi.domains.fru_image import Area, FruImage
    from pyghmi.ipmi.domains.spd import Spd

Value = Union[str, bytearray, None]
"""Text, binary data, None: empty or missing."""

Inventory = TypedDict(
    "Inventory",
    {
        "Chassis type": str,
        "Chassis part number": Value,
        "Chassis serial number": Value,
        "chassis_extra": list[Value],
        "Board manufacture date": Optional[str],
        "Board manufacturer": Value,
        "Board product name": Value,
        "Board serial number": Value,
        "Board model": Value,
        "Board FRU Id": Value,
        "board_extra": list[Value],
        "Manufacturer": Value,
        "Product name": Value,
        "Model": Value,
        "Hardware Version": Value,
        "Serial Number": Value,
        "Asset Number": Value,
        "FRU ID": Value,
        "product_extra": list[Value],
        "oem_parser": Optional[str],
        "firmware_version": str,
        "Device ID": int,
        "Device Revision": int,
        "Manufacturer ID": int,
        "Product ID": int,
        "UUID": str,
        "memory_type": str,
        "speed": Union[int, str],
        "ecc": bool,
        "module_type": str,
        "capacity_mb": int,
        "manufacturer": str,
        "manufacture_location": int,
        "manufacture_date": str,
        "serial": str,
        "model": bytes,
    },
    total=False,
)
"""The facts of a part, in the order they come; a vendor's handler may add others.

Dates: 'YYYY-MM-DDTHH:MM', UTC.  From 'firmware_version' to 'UUID': only of the machine.  From 'memory_type' on: only of
memory modules; 'speed': the class that they are sold by, MB/s; 'manufacture_date': 'YYYY-Www'.
"""

_CHASSIS_KEYS = ("Chassis part number", "Chassis serial number")
_BOARD_KEYS = (
    "Board manufacturer",
    "Board product name",
    "Board serial number",
    "Board model",
    "Board FRU Id",
)
_PRODUCT_KEYS = (
    "Manufacturer",
    "Product name",
    "Model",
    "Hardware Version",
    "Serial Number",
    "Asset Number",
    "FRU ID",
)
_FIRST_DATE = 800
"""Minutes below which a date has always counted as unspecified."""
_PER_MODULE_BYTES, _RATE_STEP = 8, 100


def fru_info(image: FruImage, is_memory_module: bool = False) -> dict[str, Any]:
    """Return what an inventory says; {}: it is no inventory, or blank.

    Chassis, board and product keys in this order, each area only if there is one; a memory module, which a record calls
    so or which looks like one: see `spd_info`.
    """
    if image.kind is FruKind.OTHER and (is_memory_module or looks_like_spd(image.raw)):
        return spd_info(parse_spd(image.raw))
    info: dict[str, Any] = {}
    if image.chassis is not None:
        name = image.chassis.type_name
        if name is not None:
            info["Chassis type"] = name
        info.update(_fields(image.chassis, CHASSIS_FIELDS, _CHASSIS_KEYS, "chassis_extra"))
    if image.board is not None:
        info["Board manufacture date"] = date_text(image.board.minutes)
        info.update(_fields(image.board, BOARD_FIELDS, _BOARD_KEYS, "board_extra"))
    if image.product is not None:
        info.update(_fields(image.product, PRODUCT_FIELDS, _PRODUCT_KEYS, "product_extra"))
    return info


def _fields(area: Area, names: Sequence[str], keys: Sequence[str], extra: str) -> dict[str, Any]:
    found: dict[str, Any] = {key: _value(getattr(area, name)) for name, key in zip(names, keys)}
    found[extra] = [_value(field) for field in area.custom]
    return found


def _value(field: FruField | None) -> Value:
    value = None if field is None else field.value
    return bytearray(value) if isinstance(value, bytes) else value


def date_text(minutes: int) -> str | None:
    """Return 'YYYY-MM-DDTHH:MM' (UTC) of a manufacturing date; None: unspecified."""
    date = made(minutes)
    if date is None or minutes < _FIRST_DATE:
        return None
    return date.strftime("%Y-%m-%dT%H:%M")


def spd_info(spd: Spd) -> dict[str, Any]:
    """Return what a memory module says: {'memory_type'} and, of DDR3, DDR4 and DDR5, all the rest."""
    info: dict[str, Any] = {"memory_type": spd.memory_name}
    facts = spd.facts
    if facts is None:
        return info
    info["speed"] = speed_from_rate(facts.data_rate)
    info["ecc"] = facts.ecc
    info["module_type"] = facts.module_type or "Unknown"
    info["capacity_mb"] = facts.capacity_mb
    info["manufacturer"] = facts.manufacturer
    info["manufacture_location"] = facts.location
    info["manufacture_date"] = facts.made or "Unknown"
    info["serial"] = facts.serial
    info["model"] = facts.part_number
    return info


def speed_from_rate(rate: float) -> Union[int, str]:
    """Return the speed class that modules are sold by, rounded down to 100: MB/s, eight bytes a transfer.

    That is what stood in 'speed' ever since: 21300 for DDR4-2666.
    """
    if rate <= 0:
        return "Unknown"
    speed = int(rate * _PER_MODULE_BYTES)
    return speed - speed % _RATE_STEP
