# SPDX-License-Identifier: Apache-2.0
"""info, reset, graphical, raw: the management controller itself."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.jobs import Job, Run, columns, text_of
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import Words
from pyghmi.exceptions import IpmiException
from pyghmi.ipmi.domains.requester import completion_error

_INFO = Table(
    columns(
        ("device_id", "Device ID"),
        ("device_revision", "Device Revision"),
        ("firmware_version", "Firmware Revision"),
        ("ipmi_version", "IPMI Version"),
        ("manufacturer_id", "Manufacturer ID"),
        ("product_id", "Product ID", False, lambda number: f"{number} (0x{number:04x})"),
        ("available", "Device Available", False, lambda yes: "yes" if yes else "no (updating or starting)"),
        ("auxiliary_firmware", "Aux Firmware Rev Info"),
        ("system_guid", "System GUID"),
        ("device_guid", "Device GUID"),
        ("self_test", "Self Test"),
    ),
    upright=True,
)
_RESET = Table(columns(("done", "Done")))
_GRAPHICAL = Table(columns(("console", "Console")), upright=True)
_RAW = Table(
    columns(
        ("netfn", "Network function"),
        ("command", "Command"),
        ("code", "Completion code"),
        ("data", "Data", False, lambda text: text or "(none)"),
    ),
    upright=True,
)


def info(_words: Words) -> Job:
    """Tell who the BMC is."""

    def rows(run: Run) -> Iterator[Row]:
        yield _identity(run)

    def lines(run: Run) -> Iterator[str]:
        row = _identity(run)
        for column in _INFO.columns:
            if row[column.key] is not None:
                yield f"{run.bmc}: {column.title}: {column.text(row)}"

    return Job(_INFO, rows, lines)


def _identity(run: Run) -> dict[str, Any]:
    command = run.command
    found = command.get_device_id()
    row: dict[str, Any] = {
        "device_id": found.device_id,
        "device_revision": found.device_revision,
        "firmware_version": f"{found.firmware_major}.{found.firmware_minor:02x}",
        "ipmi_version": f"{found.ipmi_major}.{found.ipmi_minor}",
        "manufacturer_id": found.manufacturer_id,
        "product_id": found.product_id,
        "available": not found.updating,
        "auxiliary_firmware": None if found.auxiliary is None else found.auxiliary.hex(" "),
    }

    def self_test() -> str:
        test = command.get_self_test()
        problems = test["problems"]
        return ", ".join(problems) if isinstance(problems, list) and problems else str(test["result"])

    more: tuple[tuple[str, Callable[[], str]], ...] = (
        ("system_guid", command.get_system_guid),
        ("device_guid", command.get_device_guid),
        ("self_test", self_test),
    )
    for name, ask in more:
        try:
            row[name] = ask()
        except IpmiException as error:
            row[name] = f"not available: {text_of(error)}"
    return row


def reset(_words: Words) -> Job:
    """Restart the BMC."""

    def rows(run: Run) -> Iterator[Row]:
        run.command.reset_bmc()
        yield {"done": "BMC reset"}

    def lines(run: Run) -> Iterator[str]:
        run.command.reset_bmc()
        yield f"{run.bmc}: BMC reset"

    return Job(_RESET, rows, lines, on_terminals=True)


def graphical(_words: Words) -> Job:
    """Tell where the graphical console is."""

    def rows(run: Run) -> Iterator[Row]:
        found = run.command.get_graphical_console()
        yield {"console": str(found) if found else None}

    def lines(run: Run) -> Iterator[str]:
        yield str(run.command.get_graphical_console())

    return Job(_GRAPHICAL, rows, lines)


def raw(words: Words) -> Job:
    """Send a command as bytes."""
    netfn, number, data = raw_numbers(words)

    def ask(run: Run) -> dict[str, Any]:
        found: dict[str, Any] = run.command.raw_command(netfn=netfn, command=number, data=data)
        if found["code"]:
            error = completion_error(netfn, number, found["code"])
            error.text = str(found["error"])
            raise error
        return found

    def rows(run: Run) -> Iterator[Row]:
        found = ask(run)
        yield {**found, "data": bytes(found["data"]).hex(" ")}

    def lines(run: Run) -> Iterator[str]:
        yield f"{run.bmc}: {ask(run)}"

    return Job(_RAW, rows, lines, on_terminals=True)


def raw_numbers(words: Words) -> tuple[int, int, bytes]:
    """Return netfn and command, written in decimal or with 0x, and data, in hexadecimal."""
    first = [words.take("network function"), words.take("command")]
    try:
        netfn, number = (int(text, 16 if text[:2] in ("0x", "0X") else 10) for text in first)
        data = bytes(int(text, 16) for text in words.rest())
    except ValueError:
        raise words.wrong() from None
    if not 0 <= netfn < 0x40 or netfn % 2 or not 0 <= number < 0x100:
        raise UsageError("the network function of a request is even and below 64, a command below 256")
    return netfn, number, data
