# SPDX-License-Identifier: Apache-2.0
"""The file that holds what a BMC answered, and what was read from it."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.wire.shapes import NamedTuple

FORMAT = 1
WORDS = "pyghmi recorded BMC"
SENSOR_REPLIES = ("reading", "thresholds", "hysteresis", "events", "status", "factors")
"""What is known of a sensor, by name: a completion code, or the data of the answer."""
RECORD_HEADER, LOG_RECORD = 5, 16
_MOST_DATA, _MOST_RECORD, _MOST_FRU = 1024, 260, 0x10000

Reply = tuple[int, bytes]
"""Completion code, and the data behind it."""
Answers = dict[tuple[int, int], dict[bytes, Reply]]
"""(network function, command) -> data of the request -> what came."""


class RecordedSensor(NamedTuple):
    """What is known of a sensor.  replies: by the names of `SENSOR_REPLIES`."""

    lun: int
    number: int
    replies: dict[str, Reply]


class RecordedController(NamedTuple):
    """A controller behind the BMC.  records: its own sensor data records; device_sdrs: they are no repository."""

    address: int
    channel: int
    answers: Answers
    records: list[bytes]
    device_sdrs: bool
    sensors: list[RecordedSensor]
    frus: dict[int, bytes]


class Recording(NamedTuple):
    """All that a BMC answered.  time: of our clock when that was, in seconds since 1970, None: not known."""

    answers: Answers
    records: list[bytes]
    device_sdrs: bool
    sensors: list[RecordedSensor]
    frus: dict[int, bytes]
    controllers: list[RecordedController]
    log: list[bytes]
    time: int | None


def is_recording(content: Any) -> bool:
    """Whether a file holds what a BMC answered."""
    return isinstance(content, dict) and content.get("what") == WORDS


def read_recording(content: Mapping[str, Any], path: str) -> Recording:
    """Return what such a file holds.  Raises InvalidParameterValue that names what is wrong in it, and where."""
    if content.get("format") != FORMAT:
        raise InvalidParameterValue(f"{path} has format {content.get('format')}; format {FORMAT} is understood")
    try:
        return _read(content)
    except _DamageError as error:
        raise InvalidParameterValue(f"{path} is damaged: {error}") from error


def as_rows(answers: Answers) -> list[dict[str, Any]]:
    """Return answers as the file has them."""
    return [
        {"netfn": netfn, "command": cmd, "data": data.hex(), "code": code, "answer": answer.hex()}
        for (netfn, cmd), by_data in answers.items()
        for data, (code, answer) in by_data.items()
    ]


def as_json(found: Reply) -> int | str:
    """Return a reply as the file has that of a sensor."""
    code, data = found
    return code or data.hex()


class _DamageError(Exception):
    """Something in the file is not what it should be."""


def _read(content: Mapping[str, Any]) -> Recording:
    at_time = content.get("time")
    return Recording(
        _answers(content, ""),
        _records(content, ""),
        content.get("device_sdrs") is True,
        _sensors(content, ""),
        _frus(content, ""),
        [_controller(each, where) for where, each in _rows(content, "controllers")],
        [_octets(each, where, LOG_RECORD, LOG_RECORD) for where, each in _rows(content, "log")],
        None if at_time is None else _number(at_time, "time", 2**40),
    )


def _controller(row: Any, where: str) -> RecordedController:
    fields = _fields(row, where)
    return RecordedController(
        _number(fields.get("address"), f"{where}.address", 0xFF),
        _number(fields.get("channel"), f"{where}.channel", 0x0F),
        _answers(fields, where),
        _records(fields, where) if "records" in fields else [],
        fields.get("device_sdrs") is True,
        _sensors(fields, where),
        _frus(fields, where),
    )


def _answers(fields: Mapping[str, Any], where: str) -> Answers:
    found: Answers = {}
    for at, row in _rows(fields, "answers", where):
        each = _fields(row, at)
        key = _number(each.get("netfn"), f"{at}.netfn", 0x3F), _number(each.get("command"), f"{at}.command", 0xFF)
        data = _octets(each.get("data"), f"{at}.data", 0, _MOST_DATA)
        code = _number(each.get("code"), f"{at}.code", 0xFF)
        found.setdefault(key, {})[data] = code, _octets(each.get("answer"), f"{at}.answer", 0, _MOST_DATA)
    return found


def _records(fields: Mapping[str, Any], where: str) -> list[bytes]:
    return [_octets(each, at, RECORD_HEADER, _MOST_RECORD) for at, each in _rows(fields, "records", where)]


def _sensors(fields: Mapping[str, Any], where: str) -> list[RecordedSensor]:
    found = []
    for at, row in _rows(fields, "sensors", where):
        each = _fields(row, at)
        replies = {name: _reply(each[name], f"{at}.{name}") for name in SENSOR_REPLIES if name in each}
        lun, number = _number(each.get("lun"), f"{at}.lun", 3), _number(each.get("number"), f"{at}.number", 0xFF)
        found.append(RecordedSensor(lun, number, replies))
    return found


def _reply(value: Any, where: str) -> Reply:
    if isinstance(value, int):
        return _number(value, where, 0xFF), b""
    return 0, _octets(value, where, 0, _MOST_DATA)


def _frus(fields: Mapping[str, Any], where: str) -> dict[int, bytes]:
    at = f"{where}.frus" if where else "frus"
    found = {}
    for name, image in _fields(fields.get("frus"), at).items():
        if not name.isdecimal():
            raise _DamageError(f"{at} has {name!r} where the number of a FRU belongs")
        found[_number(int(name), at, 0xFF)] = _octets(image, f"{at}.{name}", 0, _MOST_FRU)
    return found


# --- values


def _rows(fields: Mapping[str, Any], name: str, where: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what is in a list, and where that is."""
    at = f"{where}.{name}" if where else name
    rows = fields.get(name)
    if not isinstance(rows, list):
        raise _DamageError(f"{at} is {_shown(rows)}, and should be a list")
    for number, row in enumerate(rows):
        yield f"{at}[{number}]", row


def _fields(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _DamageError(f"{where} is {_shown(value)}, and should have names and values")
    return value


def _number(value: Any, where: str, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise _DamageError(f"{where} is {_shown(value)}, and should be a number from 0 to {most}")
    return value


def _octets(value: Any, where: str, least: int, most: int) -> bytes:
    """Return bytes that are given in hexadecimal."""
    try:
        found = bytes.fromhex(value)
    except (TypeError, ValueError):
        raise _DamageError(f"{where} is {_shown(value)}, and should be bytes in hexadecimal") from None
    if not least <= len(found) <= most:
        sizes = str(least) if least == most else f"{least} to {most}"
        raise _DamageError(f"{where} has {len(found)} bytes, and should have {sizes}")
    return found


def _shown(value: Any) -> str:
    if value is None:
        return "missing"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
