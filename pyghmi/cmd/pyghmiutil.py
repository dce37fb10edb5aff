# SPDX-License-Identifier: Apache-2.0
"""pyghmiutil: ask and command BMCs."""
from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, Callable

from pyghmi.cmd import diagnose
from pyghmi.cmd.options import Options, UsageError, parse
from pyghmi.exceptions import InvalidParameterValue, IpmiException, PyghmiException
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.facade.credentials import as_bytes, kg_as_bytes
from pyghmi.ipmi.facade.tables import power_states
from pyghmi.ipmi.net.pcap import PcapWriter
from pyghmi.ipmi.net.sessionless import Sessionless
from pyghmi.ipmi.net.trace import Tracer
from pyghmi.ipmi.private.session import Session
from pyghmi.ipmi.protocol.login import Login

_MOST_AT_ONCE = 64
_INTERRUPTED = 130
Lines = Iterable[str]
Task = Callable[[Command, str, Sequence[str]], Lines]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments, list(_ALL), list(_WITHOUT_LOGIN))
        _check_arguments(options)
    except (UsageError, InvalidParameterValue) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        if options.pcap is None:
            return _run(options, None)
        with open(options.pcap, "wb") as capture:
            return _run(options, capture)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except OSError as error:
        print(f"{options.pcap}: {error.strerror or error}", file=sys.stderr)
        return 1
    finally:
        Session._cleanup()


def _check_arguments(options: Options) -> None:
    """Refuse what no BMC is to be bothered with."""
    least, most = _ARGUMENTS[options.command]
    if not least <= len(options.arguments) <= most:
        raise UsageError(f"{options.command} takes {_USES[options.command]}")
    if not options.bmcs:
        raise UsageError("the name or address of a BMC is needed")
    if options.command == "power" and options.arguments and options.arguments[0] not in _POWER_WORDS:
        raise InvalidParameterValue(f"Unknown power state {options.arguments[0]} requested")
    if options.command == "raw":
        _raw_numbers(options.arguments)


def _run(options: Options, capture: IO[bytes] | None) -> int:
    writer = PcapWriter(capture) if capture is not None else None

    def one(bmc: str) -> bool:
        return _one(bmc, options, writer)

    if len(options.bmcs) == 1:
        return 0 if one(options.bmcs[0]) else 1
    pool = ThreadPoolExecutor(min(len(options.bmcs), _MOST_AT_ONCE))
    try:
        return 0 if all(list(pool.map(one, options.bmcs))) else 1
    except KeyboardInterrupt:
        Session._cleanup()  # ends what the other threads wait for
        raise
    finally:
        pool.shutdown()


def _one(bmc: str, options: Options, writer: PcapWriter | None) -> bool:
    """Do it with one BMC; False when it failed, and stderr says why."""
    try:
        if options.command in _WITHOUT_LOGIN:
            _print(_WITHOUT_LOGIN[options.command](bmc, options))
            return True
        if options.command == "diagnose":
            return diagnose.diagnose(bmc, options, _observer(options, writer), print)
        command = Command(bmc, options.user, options.password, **_keywords(options, writer))
        try:
            _print([f"Logged into {bmc}"])
            _print(_TASKS[options.command](command, bmc, options.arguments))
        finally:
            command.logout()
    except (PyghmiException, OSError) as error:
        print(f"{bmc}: {_text(error)}", file=sys.stderr, flush=True)
        return False
    return True


def _keywords(options: Options, writer: PcapWriter | None) -> dict[str, Any]:
    found = options.login_keywords()
    observer = _observer(options, writer)
    if observer is not None:
        found["observer"] = observer
    return found


def _observer(options: Options, writer: PcapWriter | None) -> Any:
    """Return what looks at the packets, None where nobody wants to."""
    watchers: list[Any] = [] if writer is None else [writer]
    if options.verbose:
        login = Login(
            as_bytes(options.user, "user"), as_bytes(options.password, "password"), kg=kg_as_bytes(options.kg)
        )
        watchers.append(Tracer(login, lambda line: print(line, file=sys.stderr, flush=True)))
    if not watchers:
        return None

    def observe(sent: bool, datagram: bytes, address: Any) -> None:
        for watcher in watchers:
            watcher(sent, datagram, address)

    return observe


def _text(error: Exception) -> str:
    """Return a message; never an empty one."""
    text = str(error) or type(error).__name__
    code = error.ipmicode if isinstance(error, IpmiException) else 0
    return f"{text} (completion code {code:02X}h)" if 0 < code < 0x100 and "(" not in text else text


def _print(lines: Lines) -> None:
    for line in lines:
        print(line, flush=True)


# --- commands


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
        raise InvalidParameterValue(f"bootdev takes {_USES['bootdev']}, not {sorted(unknown)}")
    found: dict[str, Any] = dict(command.set_bootdev(device, persist="persist" in words, uefiboot="uefi" in words))
    if "error" in found:
        raise InvalidParameterValue(str(found["error"]))
    return [f"{bmc}: {found}"]


def _identify(command: Command, bmc: str, arguments: Sequence[str]) -> Lines:
    word = arguments[0] if arguments else "on"
    if word.isdigit():
        command.set_identify(True, int(word))
    elif word in ("on", "off"):
        command.set_identify(word == "on")
    elif word == "blink":
        command.set_identify(True, blink=True)
    else:
        raise InvalidParameterValue(f"identify takes {_USES['identify']}, not {word!r}")
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
            rows.append((name, f"not available: {_text(error)}"))
    try:
        test = command.get_self_test()
        problems = test["problems"]
        shown = ", ".join(problems) if isinstance(problems, list) and problems else str(test["result"])
        rows.append(("Self Test", shown))
    except IpmiException as error:
        rows.append(("Self Test", f"not available: {_text(error)}"))
    return [f"{bmc}: {name}: {value}" for name, value in rows]


def _reset(command: Command, bmc: str, _arguments: Sequence[str]) -> Lines:
    command.reset_bmc()
    return [f"{bmc}: BMC reset"]


def _raw(command: Command, bmc: str, arguments: Sequence[str]) -> Lines:
    netfn, number, data = _raw_numbers(arguments)
    found = command.raw_command(netfn=netfn, command=number, data=data)
    if found["code"]:
        raise IpmiException(str(found["error"]), found["code"])
    return [f"{bmc}: {found}"]


def _raw_numbers(arguments: Sequence[str]) -> tuple[int, int, bytes]:
    """Return netfn and command, written in decimal or with 0x, and data, in hexadecimal."""
    try:
        netfn, number = (int(text, 0) for text in arguments[:2])
        data = bytes(int(text, 16) for text in arguments[2:])
    except ValueError:
        raise UsageError(f"raw takes {_USES['raw']}") from None
    if not 0 <= netfn < 0x40 or netfn % 2 or not 0 <= number < 0x100:
        raise UsageError("the network function of a request is even and below 64, a command below 256")
    return netfn, number, data


def _ping(bmc: str, options: Options) -> Lines:
    with Sessionless(bmc, options.port) as way:
        found = way.ping(2.0 if options.deadline is None else options.deadline)
    speaks = "IPMI supported" if found.ipmi else "IPMI not announced"
    return [f"{bmc}: presence pong in {found.seconds * 1000:.1f} ms, {speaks}"]


_TASKS: dict[str, Task] = {
    "power": _power,
    "bootdev": _bootdev,
    "identify": _identify,
    "info": _info,
    "reset": _reset,
    "raw": _raw,
}
_WITHOUT_LOGIN: dict[str, Callable[[str, Options], Lines]] = {"ping": _ping}
_ALL = (*_TASKS, "ping", "diagnose")
_MANY = 1000
_POWER_WORDS = {*power_states, "cycle"}
_ARGUMENTS = {
    "power": (0, 1),
    "bootdev": (0, 3),
    "identify": (0, 1),
    "info": (0, 0),
    "reset": (0, 0),
    "raw": (2, _MANY),
    "ping": (0, 0),
    "diagnose": (0, 0),
}
_USES = {
    "power": "nothing, or one of on, off, shutdown, reset, cycle, boot, diag",
    "bootdev": "nothing, or a device (network, hd, optical, setup, floppy, safe, default) and then persist, uefi",
    "identify": "nothing, on, off, a number of seconds, or blink",
    "info": "nothing",
    "reset": "nothing",
    "raw": "a network function and a command (decimal, or 0x...), then data bytes (hexadecimal)",
    "ping": "nothing",
    "diagnose": "nothing",
}

if __name__ == "__main__":
    sys.exit(main())
