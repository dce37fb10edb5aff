# SPDX-License-Identifier: Apache-2.0
"""alert: where a BMC sends alerts, and at which events."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable, Optional

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.jobs import Job, Run, columns, doing
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.values import flat, plain
from pyghmi.cmd.words import CHANNELS, ON_OFF, Words
from pyghmi.exceptions import CompletionCodeError, UnsupportedFunctionality
from pyghmi.ipmi.domains.addresses import is_ipv6, parse_ipv4, parse_ipv6

_DESTINATIONS = Table(
    columns(
        ("destination", "Destination", True),
        ("address", "Address"),
        ("address_format", "Format"),
        ("acknowledge_required", "Acknowledged"),
        ("acknowledge_timeout", "Timeout", True),
        ("retries", "Retries", True),
    )
)
_COMMUNITY = Table(columns(("community", "Community")), upright=True)
_POLICIES = Table(
    columns(
        ("number", "Row", True),
        ("policy", "Policy", True),
        ("enabled", "Enabled"),
        ("rule", "Rule"),
        ("channel", "Channel", True),
        ("destination", "Destination", True),
        ("event_specific", "By event"),
        ("string", "String", True),
    )
)
_ANY = 0xFF


def _numbered(number: int) -> str:
    return "any" if number == _ANY else f"0x{number:02x}"


_PEF = Table(columns(("setting", "Setting"), ("value", "Value")))
_FILTERS = Table(
    columns(
        ("number", "Filter", True),
        ("enabled", "Enabled"),
        ("kind", "Made by"),
        ("actions", "Actions"),
        ("policy", "Policy", True),
        ("severity", "Severity"),
        ("generator", "Generator", True, _numbered),
        ("generator_channel",),
        ("sensor_type",),
        ("sensor_type_name", "Sensor type"),
        ("sensor_number", "Sensor", True, _numbered),
        ("trigger",),
        ("trigger_name", "Trigger"),
        ("offsets",),
        ("offset_names", "States"),
        ("group",),
        ("data1",),
        ("data2",),
        ("data3",),
    )
)
_ABSENT = (0x80, 0xC9, 0xCB, 0xCC)
"""Parameter not supported, out of range, not present, invalid field: the BMC has no such destination."""
_MOST_DESTINATION, _MOST_S, _MOST_RETRIES = 15, 255, 7


def alert(words: Words) -> Job:
    """Tell where alerts go, or change it."""
    text = words.option("--channel")
    channel = None if text is None else words.as_number(text, "channel", *CHANNELS)
    if words:
        return words.one_of("subject", _SUBJECTS)(words, channel)

    def rows(run: Run) -> Iterator[Row]:
        for number in range(run.command.get_alert_destination_count(channel) + 1):
            try:
                found = run.command.get_alert_destination(number, channel)
            except UnsupportedFunctionality:
                continue
            except CompletionCodeError as error:
                if error.code not in _ABSENT:
                    run.fail(error, f"destination {number}")
                continue
            yield {"destination": number, **found}

    return Job(_DESTINATIONS, rows)


def _set(words: Words, channel: Optional[int]) -> Job:
    number = words.number("destination", 0, _MOST_DESTINATION)
    address = words.take("address")
    words.checked(parse_ipv6 if is_ipv6(address) else parse_ipv4, address)
    wanted: dict[str, Any] = {}
    while words:
        name = words.take("setting")
        if name == "ack":
            wanted["acknowledge_required"] = words.one_of(name, ON_OFF)
        elif name == "timeout":
            wanted["acknowledge_timeout"] = words.number(name, 0, _MOST_S)
        elif name == "retries":
            wanted["retries"] = words.number(name, 0, _MOST_RETRIES)
        else:
            raise UsageError(f"behind the address stand ack, timeout, retries, not {name!r}")

    def act(run: Run) -> None:
        run.command.set_alert_destination(address, destination=number, channel=channel, **wanted)

    return doing(act, f"alerts go to {address}, destination {number}")


def _clear(words: Words, channel: Optional[int]) -> Job:
    number = words.number("destination", 0, _MOST_DESTINATION)
    return doing(lambda run: run.command.clear_alert_destination(number, channel), f"destination {number} cleared")


def _community(words: Words, channel: Optional[int]) -> Job:
    if words:
        text = words.take("community")
        return doing(lambda run: run.command.set_alert_community(text, channel), "community set")

    def rows(run: Run) -> Iterator[Row]:
        yield {"community": run.command.get_alert_community(channel)}

    return Job(_COMMUNITY, rows)


def _policies(_words: Words, _channel: Optional[int]) -> Job:
    return Job(_POLICIES, lambda run: [plain(row) for row in run.command.get_alert_policies()])


def _filters(_words: Words, _channel: Optional[int]) -> Job:
    return Job(_FILTERS, lambda run: [plain(row) for row in run.command.get_pef()["filters"] or ()])


def _pef(_words: Words, _channel: Optional[int]) -> Job:
    def rows(run: Run) -> Iterator[Row]:
        found = run.command.get_pef()
        for name, value in flat({name: value for name, value in found.items() if name not in _TABLES}):
            yield {"setting": name, "value": value}
        for name in _TABLES:
            if found[name] is not None:
                yield {"setting": name, "value": len(found[name])}

    return Job(_PEF, rows)


_TABLES = ("filters", "policies", "strings")
_SUBJECTS: dict[str, Callable[[Words, Optional[int]], Job]] = {
    "set": _set,
    "clear": _clear,
    "community": _community,
    "policies": _policies,
    "filters": _filters,
    "pef": _pef,
}
