# SPDX-License-Identifier: Apache-2.0
"""The commands of pyghmiutil inside a session: what each asks of a BMC, and the lines that it prints."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Callable

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.options import whole_number
from pyghmi.exceptions import InvalidParameterValue, IpmiException
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.facade.tables import power_states

Lines = Iterable[str]
Task = Callable[[Command, str, Sequence[str]], Lines]


def check_arguments(command: str, arguments: Sequence[str]) -> None:
    """Refuse what no BMC is to be bothered with.  Raises UsageError, InvalidParameterValue."""
    least, most = _ARGUMENTS.get(command, (0, 0))
    if not least <= len(arguments) <= most:
        raise UsageError(f"{command} takes {USES.get(command, 'nothing')}")
    if command == "power" and arguments and arguments[0] not in _POWER_WORDS:
        raise InvalidParameterValue(f"Unknown power state {arguments[0]} requested")
    if command == "raw":
        raw_numbers(arguments)


def text_of(error: Exception) -> str:
    """Return a message; never an empty one."""
    text = str(error) or type(error).__name__
    code = error.ipmicode if isinstance(error, IpmiException) else 0
    return f"{text} (completion code {code:02X}h)" if 0 < code < 0x100 and "(" not in text else text


def _power(command: Command, bmc: str, arguments: Sequence[str]) -> Lines:
    if not arguments:
        return [f"{bmc}: {command.get_power()['powerstate']}"]
    return [f"{bmc}: {command.set_power(arguments[0], wait=True)}"]


def _bootdev(command: Command, bmc: str, arguments: Sequence[str]) -> Lines:
    if not arguments:
        return [f"{bmc}: {command.get_bootdev()}"]
    device, *words = arguments
    unknown = set(words) - {"persist", "uefi"}
    if unknown:
        raise InvalidParameterValue(f"bootdev takes {USES['bootdev']}, not {sorted(unknown)}")
    found: dict[str, Any] = dict(command.set_bootdev(device, persist="persist" in words, uefiboot="uefi" in words))
    if "error" in found:
        raise InvalidParameterValue(str(found["error"]))
    return [f"{bmc}: {found}"]


def _identify(command: Command, bmc: str, arguments: Sequence[str]) -> Lines:
    word = arguments[0] if arguments else "on"
    seconds = whole_number(word)
    if seconds is not None:
        command.set_identify(True, seconds)
    elif word in ("on", "off"):
        command.set_identify(word == "on")
    elif word == "blink":
        command.set_identify(True, blink=True)
    else:
        raise InvalidParameterValue(f"identify takes {USES['identify']}, not {word!r}")
    return [f"{bmc}: identify {word}"]


def _info(command: Command, bmc: str, _arguments: Sequence[str]) -> Lines:
    found = command.get_device_id()
    rows: list[tuple[str, object]] = [
        ("Device ID", found.device_id),
        ("Device Revision", found.device_revision),
        ("Firmware Revision", f"{found.firmware_major}.{found.firmware_minor:02x}"),
        ("IPMI Version", f"{found.ipmi_major}.{found.ipmi_minor}"),
        ("Manufacturer ID", found.manufacturer_id),
        ("Product ID", f"{found.product_id} (0x{found.product_id:04x})"),
        ("Device Available", "no (updating or starting)" if found.updating else "yes"),
    ]
    if found.auxiliary is not None:
        rows.append(("Aux Firmware Rev Info", found.auxiliary.hex(" ")))
    for name, ask in (("System GUID", command.get_system_guid), ("Device GUID", command.get_device_guid)):
        try:
            rows.append((name, ask()))
        except IpmiException as error:
            rows.append((name, f"not available: {text_of(error)}"))
    try:
        test = command.get_self_test()
        problems = test["problems"]
        shown = ", ".join(problems) if isinstance(problems, list) and problems else str(test["result"])
        rows.append(("Self Test", shown))
    except IpmiException as error:
        rows.append(("Self Test", f"not available: {text_of(error)}"))
    return [f"{bmc}: {name}: {value}" for name, value in rows]


def _reset(command: Command, bmc: str, _arguments: Sequence[str]) -> Lines:
    command.reset_bmc()
    return [f"{bmc}: BMC reset"]


def _raw(command: Command, bmc: str, arguments: Sequence[str]) -> Lines:
    netfn, number, data = raw_numbers(arguments)
    found = command.raw_command(netfn=netfn, command=number, data=data)
    if found["code"]:
        raise IpmiException(str(found["error"]), found["code"])
    return [f"{bmc}: {found}"]


def raw_numbers(arguments: Sequence[str]) -> tuple[int, int, bytes]:
    """Return netfn and command, written in decimal or with 0x, and data, in hexadecimal."""
    try:
        netfn, number = (int(text, 16 if text[:2] in ("0x", "0X") else 10) for text in arguments[:2])
        data = bytes(int(text, 16) for text in arguments[2:])
    except ValueError:
        raise UsageError(f"raw takes {USES['raw']}") from None
    if not 0 <= netfn < 0x40 or netfn % 2 or not 0 <= number < 0x100:
        raise UsageError("the network function of a request is even and below 64, a command below 256")
    return netfn, number, data


TASKS: dict[str, Task] = {
    "power": _power,
    "bootdev": _bootdev,
    "identify": _identify,
    "info": _info,
    "reset": _reset,
    "raw": _raw,
}
_MANY = 1000
_POWER_WORDS = {*power_states, "cycle"}
_ARGUMENTS = {
    "power": (0, 1),
    "bootdev": (0, 3),
    "identify": (0, 1),
    "info": (0, 0),
    "reset": (0, 0),
    "raw": (2, _MANY),
}
USES = {
    "power": "nothing, or one of on, off, shutdown, reset, cycle, boot, diag",
    "bootdev": "nothing, or a device (network, hd, optical, setup, floppy, safe, default) and then persist, uefi",
    "identify": "nothing, on, off, a number of seconds, or blink",
    "info": "nothing",
    "reset": "nothing",
    "raw": "a network function and a command (decimal, or 0x...), then data bytes (hexadecimal)",
}
