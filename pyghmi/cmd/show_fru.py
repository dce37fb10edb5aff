# SPDX-License-Identifier: Apache-2.0
"""fru: one inventory device, its checksums, its content as it is; and a field of it written anew."""
from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Optional, Union

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.values import flat, plain
from pyghmi.cmd.words import CHANNELS, Words
from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.domains.fru_image import FruImage, FruKind
from pyghmi.ipmi.facade.fru_dicts import fru_info
from pyghmi.ipmi.spec.fru import AREA_FIELDS

_FRU = Table(columns(("area", "Area"), ("field", "Field"), ("value", "Value")))
_AREAS = {name: name for name in AREA_FIELDS}
_VOLTAGES = frozenset(
    (
        "low_input_1",
        "high_input_1",
        "low_input_2",
        "high_input_2",
        "nominal",
        "max_negative",
        "max_positive",
        "min_voltage",
        "max_voltage",
    )
)
_CURRENTS = frozenset(("min_current", "max_current"))
_VOLTAGE_UNIT_MV = 10
_MOST_ID, _MOST_CUSTOM, _MOST_ADDRESS = 254, 99, 0xFE

Which = tuple[Union[int, str], Optional[dict[str, int]]]
"""Number or name of a FRU, and the controller that it lies behind."""


def fru(words: Words) -> Job:
    """Tell all areas and records of a device, write one field, or save its bytes."""
    which = _which(words)
    backup, create = words.option("--backup"), words.option("--create") is not None
    if words.take_if("set"):
        return _set(words, which, backup, create)
    if backup is not None or create:
        raise words.wrong("--backup and --create go with set")
    if words.take_if("dump"):
        return _dump(which, _new_file(words.take("file")))

    def rows(run: Run) -> Iterator[Row]:
        image = run.command.read_fru(*which)
        yield {"area": "memory", "field": "holds", "value": image.kind.value}
        for name in AREA_FIELDS:
            yield from _area(name, image)
        for index, record in enumerate(image.records):
            yield from _record(index, record)
        yield from _module(image)
        for area in image.unsupported:
            yield {"area": area, "field": "format", "value": "unknown"}
        for text in image.warnings:
            yield {"area": "warning", "field": None, "value": text}

    return Job(_FRU, rows)


def _which(words: Words) -> Which:
    """Return what names the device, by its number where it is one, and the controller that it lies behind."""
    fru_id = words.take("ID or name of a FRU")
    by_number = fru_id.isdigit() or fru_id[:2] in ("0x", "0X")
    number = words.as_number(fru_id, "ID of a FRU", 0, _MOST_ID) if by_number else fru_id
    behind: dict[str, int] = {}
    for option, key, most in (("--address", "addr", _MOST_ADDRESS), ("--channel", "channel", CHANNELS[1])):
        given = words.option(option)
        if given is not None:
            behind[key] = words.as_number(given, option, 0, most)
    if behind and (isinstance(number, str) or "addr" not in behind):
        raise words.wrong("--channel goes with --address, and both with an ID")
    return number, behind or None


def _area(name: str, image: FruImage) -> Iterator[Row]:
    found: Any = image.area(name)
    if found is None:
        return
    facts: dict[str, Any] = {"chassis": ("type", "type_name"), "board": ("made", "made")}
    if name in facts:
        field, attribute = facts[name]
        value = getattr(found, attribute)
        if value is not None:
            yield {"area": name, "field": field, "value": plain(value)}
    for field in AREA_FIELDS[name]:
        text = getattr(found, field)
        if text is not None and text.raw:
            yield {"area": name, "field": field, "value": text.text}
    for index, text in enumerate(found.custom):
        yield {"area": name, "field": f"custom {index}", "value": text.text}


def _module(image: FruImage) -> Iterator[Row]:
    """Yield what a memory module says that is described in the memory instead of an inventory."""
    if image.kind is FruKind.OTHER:
        for field, value in fru_info(image).items():
            yield {"area": "module", "field": field, "value": plain(value)}


def _record(index: int, record: Any) -> Iterator[Row]:
    area = f"record {index}"
    yield {"area": area, "field": "type", "value": record.type.name.lower().replace("_", " ")}
    if record.value is None:
        yield {"area": area, "field": "data", "value": record.data.hex(" ")}
        return
    names = [field.name for field in record.value._wire_fields]
    for name, value in flat({name: getattr(record.value, name) for name in names}):
        if name in _VOLTAGES:
            yield {"area": area, "field": f"{name}_mv", "value": value * _VOLTAGE_UNIT_MV}
        elif name in _CURRENTS:
            yield {"area": area, "field": f"{name}_ma", "value": value * record.value.current_unit_ma}
        else:
            yield {"area": area, "field": name, "value": value}


def _set(words: Words, which: Which, backup: str | None, create: bool) -> Job:
    area = words.one_of("area", _AREAS)
    field = words.take("field")
    wanted: str | int = field
    if field not in AREA_FIELDS[area]:
        if not field.isdigit():
            names = ", ".join(AREA_FIELDS[area])
            raise UsageError(f"a field of the {area} area is one of {names}, or the number of a custom field")
        wanted = words.as_number(field, "custom field", 0, _MOST_CUSTOM)
    text = words.take("text")
    if not backup:
        raise words.wrong("--backup FILE is needed: the whole content from before is saved there")
    path = _new_file(backup)

    def act(run: Run) -> str:
        fru_id, behind = which
        _save(path, run.command.dump_fru(fru_id, behind))
        try:
            run.command.write_fru_field(fru_id, area, wanted, text, behind, create)
        except InvalidParameterValue:
            os.remove(path)
            raise
        return f"FRU {fru_id}, {area} {field}: written; what was there before is in {path}"

    return doing(act, one_bmc=True)


def _dump(which: Which, path: str) -> Job:
    def act(run: Run) -> str:
        data = run.command.dump_fru(*which)
        _save(path, data)
        return f"FRU {which[0]}: {len(data)} bytes in {path}"

    return doing(act, one_bmc=True)


def _new_file(path: str) -> str:
    """Refuse a file that is there already: it may be the only copy of something.  Raises UsageError."""
    if os.path.exists(path):
        raise UsageError(f"{path} is there already, and is not written over")
    return path


def _save(path: str, data: bytes) -> None:
    """Write a file, and have it on the disk: what follows may spoil the original."""
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
