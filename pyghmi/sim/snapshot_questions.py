# SPDX-License-Identifier: Apache-2.0
"""What is asked of a BMC to record it: requests that change nothing on it, the answer to one leading to others."""
from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Optional

from pyghmi.sim.recording import Reply

Question = tuple[int, int, bytes]
"""Network function, command, data."""
Questions = Generator[Question, Optional[Reply], None]
"""Each yields what is asked, and takes what came; None: no answer."""

_OK = 0
_CHANNELS = range(16)
_THIS_CHANNEL, _LAN_CHANNEL = 0x0E, 4
_COMMUNITY, _DESTINATION_COUNT = 16, 17
_LAN_PARAMETERS = (*range(27), *range(50, 89))
_DESTINATIONS = (18, 19, 25)
_LAN_SETS = {56: 4, 59: 4}
"""LAN parameter -> sets that are asked for.  IPMI 2.0 table 23-4."""
_SUITE_LISTS, _MOST_SUITE_PAGES = (0x80, 0x00), 64
_PAYLOADS = (0, 1)
_SYSTEM_INFO, _MOST_SETS = range(1, 8), 8
_KEEP_POLICY = 0x03
"""Of Set Power Restore Policy: nothing is changed, the answer tells what there is.  IPMI 2.0 §28.8."""
_MAILBOX, _MOST_MAILBOX = 7, 16
_READ_KEY, _KEY_KG = 0x00, 0x01
_TEXT_BYTES = 64
_DCMI, _TEMPERATURE, _BLOCK = 0xDC, 0x01, 16
_DCMI_ENTITIES, _DCMI_ROWS = (0x40, 0x41, 0x42, 0x37, 0x03, 0x07, 0x00), 8
"""The last is none: how that is refused."""
_STATISTICS = 5
"""DCMI capability: the periods of power statistics."""

SECURITY_KEYS = (0x06, 0x56)

FIXED: tuple[Question, ...] = (
    *((0x06, cmd, b"") for cmd in (0x01, 0x04, 0x07, 0x08, 0x25, 0x2F, 0x37)),
    *((0x06, 0x4A, b"\x01"), (0x06, 0x4B, b"\x01\x01")),
    *((0x00, cmd, b"") for cmd in (0x00, 0x01, 0x07, 0x0F)),
    (0x00, 0x06, bytes((_KEEP_POLICY,))),
    *((0x00, 0x09, bytes((number, 0, 0))) for number in range(8)),
    *((0x04, 0x10, b""), (0x04, 0x15, b""), (0x04, 0x01, b""), (0x04, 0x20, b""), (0x04, 0x20, b"\x01")),
    *((0x0A, cmd, b"") for cmd in (0x20, 0x21, 0x28, 0x40, 0x41, 0x48, 0x5C)),
)
"""What is asked of every BMC."""
OF_CONTROLLERS: tuple[Question, ...] = (
    *((0x06, cmd, b"") for cmd in (0x01, 0x04, 0x08, 0x37)),
    *((0x04, 0x20, b""), (0x04, 0x20, b"\x01"), (0x0A, 0x20, b"")),
)
"""What is asked of a controller behind it; the first tells whether one is there."""


def fixed() -> Questions:
    """Ask what every BMC is asked."""
    for question in FIXED:
        _found = yield question  # not `yield from`: a tuple takes no answers


def channels() -> Questions:
    """Ask about the channels, and those that are LANs for their settings and users."""
    for channel in _CHANNELS:
        info = yield 0x06, 0x42, bytes((channel,))
        if info is None or info[0] != _OK or len(info[1]) < 2:
            continue
        for access in (0x40, 0x80):
            yield 0x06, 0x41, bytes((channel, access))
        if info[1][1] % 128 == _LAN_CHANNEL:
            yield from _lan(channel)
            if channel != _THIS_CHANNEL:
                yield from _suites(channel)
            yield from _users(channel)
    yield from _suites(_THIS_CHANNEL)


def _lan(channel: int) -> Questions:
    destinations = 0
    for number in _LAN_PARAMETERS:
        sets = destinations + 2 if number in _DESTINATIONS else _LAN_SETS.get(number, 1)
        for each in range(sets):
            found = yield 0x0C, 0x02, bytes((channel, number, each, 0))
            if number == _DESTINATION_COUNT and found is not None and found[0] == _OK:
                destinations = _second(found) % 16
    for number in range(9):
        yield 0x0C, 0x22, bytes((channel, number, 0, 0))
    yield 0x0C, 0x04, bytes((channel, 0))  # the statistics, which are not cleared by that
    yield *SECURITY_KEYS, bytes((channel, _READ_KEY, _KEY_KG))
    if channel != _THIS_CHANNEL:  # OpenIPMI's simulator ends at that
        yield 0x06, 0x4E, bytes((channel,))


def _suites(channel: int) -> Questions:
    for payload in _PAYLOADS:
        for listed in _SUITE_LISTS:
            before = b""
            for page in range(_MOST_SUITE_PAGES):
                found = yield 0x06, 0x54, bytes((channel, payload, listed + page))
                if found is None or found[0] != _OK or len(found[1]) < 2 or found[1] == before:
                    break
                before = found[1]


def _users(channel: int) -> Questions:
    first = yield 0x06, 0x44, bytes((channel, 1))
    count = first[1][0] % 64 if first is not None and first[0] == _OK and first[1] else 0
    for user in range(1, count + 1):
        yield 0x06, 0x44, bytes((channel, user))
        yield 0x06, 0x46, bytes((user,))
        yield 0x06, 0x4D, bytes((channel, user))


def mailbox() -> Questions:
    """Ask for the blocks of the boot initiator's mailbox, until there are no more.  IPMI 2.0 table 28-14."""
    for block in range(1, _MOST_MAILBOX + 1):
        found = yield 0x00, 0x09, bytes((_MAILBOX, block, 0))
        if found is None or found[0] != _OK:
            return


def system_info() -> Questions:
    """Ask for the system info parameters."""
    for number in _SYSTEM_INFO:
        for each in range(_MOST_SETS):
            found = yield 0x06, 0x59, bytes((0, number, each, 0))
            if found is None or found[0] != _OK:
                break


def event_filtering() -> Questions:
    """Ask for filters, policies and strings, as many as there are.  IPMI 2.0 table 30-6."""
    counts = {}
    for number in (*range(6), 8, 10, 11, 14):
        found = yield _pef(number)
        counts[number] = _second(found) % 128 if found is not None and found[0] == _OK else 0
    for tables, count in (((6, 7), counts[5]), ((9,), counts[8])):
        for number in tables:
            for each in range(1, count + 2):  # one more tells how those that are not there are refused
                yield _pef(number, each)
    for each in range(counts[11] + 2):
        yield _pef(12, each)
        for block in range(1, _TEXT_BYTES // _BLOCK + 1):
            found = yield _pef(13, each, block)
            if found is None or found[0] != _OK or b"\0" in found[1][1:]:
                break
    for each in range(1, max(counts[14], 1) + 1):
        yield _pef(15, each)


def _pef(number: int, each: int = 0, block: int = 0) -> Question:
    return 0x04, 0x13, bytes((number, each, block))


def dcmi() -> Questions:
    """Ask about DCMI, if the BMC has it.  DCMI 1.5 §6."""
    statistics = b""
    for number in range(1, 6):
        found = yield _group(0x01, number)
        if number == 1 and (found is None or found[0] != _OK):
            # That it has none is told by each command: some have the one and not the other.
            for cmd in (0x02, 0x03, 0x06, 0x07, 0x09, 0x10, 0x13):
                yield _group(cmd, *_SHORTEST[cmd])
            return
        if number == _STATISTICS and found is not None and found[0] == _OK:
            statistics = found[1][4:]
    yield _group(0x02, 1, 0, 0)
    for period in statistics[1:]:
        yield _group(0x02, 2, period, 0)
    yield _group(0x03, 0, 0)
    yield from _text(0x06)
    yield from _text(0x09)
    for cmd in (0x07, 0x10):
        for entity in _DCMI_ENTITIES:
            yield from _instances(cmd, entity)
    for entity in (0x37, 0x40):
        yield _group(0x0C, entity, 0)
        yield _group(0x0C, entity, 1)
    for number in range(1, 7):  # one more, as for the tables of event filtering
        yield _group(0x13, number, 0)


_SHORTEST = {
    0x02: (1, 0, 0),
    0x03: (0, 0),
    0x06: (0, _BLOCK),
    0x07: (_TEMPERATURE, 0x40, 0, 0),
    0x09: (0, _BLOCK),
    0x10: (_TEMPERATURE, 0x40, 0, 0),
    0x13: (1, 0),
}


def _group(cmd: int, *data: int) -> Question:
    return 0x2C, cmd, bytes((_DCMI, *data))


def _text(cmd: int) -> Questions:
    """Ask for a text in parts; its length comes with each of them."""
    at, total = 0, 1
    while at < min(total, _TEXT_BYTES):
        found = yield _group(cmd, at, min(_BLOCK, _TEXT_BYTES - at))
        if found is None or found[0] != _OK:
            return
        total = _second(found)
        at += _BLOCK


def _instances(cmd: int, entity: int) -> Questions:
    """Ask for the sensors of an entity: in the lists as they come, and each alone."""
    start, total = 0, 1
    while start < total:
        found = yield _group(cmd, _TEMPERATURE, entity, 0, start)
        if found is None or found[0] != _OK:
            return
        total = _second(found)
        start += _DCMI_ROWS
    for instance in range(1, total + 1):
        yield _group(cmd, _TEMPERATURE, entity, instance, 0)


def _second(found: Reply) -> int:
    """Return the byte behind the parameter revision, or the group."""
    return found[1][1] if len(found[1]) > 1 else 0


def without_secrets(question: Question, found: Reply) -> Reply:
    """Return an answer without the community of alerts: a well-known one stands in its place; nor the BMC key."""
    netfn, cmd, data = question
    if (netfn, cmd) == SECURITY_KEYS:
        return found[0], b""
    if (netfn, cmd) == (0x0C, 0x02) and data[1:2] == bytes((_COMMUNITY,)) and found[0] == _OK:
        return _OK, found[1][:1] + b"public".ljust(18, b"\0")
    return found


def everything() -> Iterable[Questions]:
    """Return all that is asked of a BMC itself, but for what has files of its own: records, sensors, FRUs, log."""
    return fixed(), mailbox(), channels(), system_info(), event_filtering(), dcmi()
