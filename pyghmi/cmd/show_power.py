# SPDX-License-Identifier: Apache-2.0
"""power, bootdev, identify."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.jobs import Job, Run, columns
from pyghmi.cmd.options import whole_number
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import Words
from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.tables import power_states

_POWER = Table(columns(("powerstate", "Power"), ("pendingpowerstate", "Asked for")), upright=True)
_BOOT = Table(
    columns(("bootdev", "Boot device"), ("persistent", "Persistent"), ("uefimode", "UEFI mode")),
    upright=True,
)
_IDENTIFY = Table(columns(("identify", "Identify")), upright=True)
_POWER_WORDS = {*power_states, "cycle"}
_BOOT_WORDS = {"persist", "uefi"}


def power(words: Words) -> Job:
    """Read or change the power state."""
    state = words.take("power state") if words else None
    if state is not None and state not in _POWER_WORDS:
        raise InvalidParameterValue(f"Unknown power state {state} requested")

    def ask(run: Run) -> dict[str, str]:
        return run.command.get_power() if state is None else run.command.set_power(state, wait=True)

    def rows(run: Run) -> Iterator[Row]:
        yield ask(run)

    def lines(run: Run) -> Iterator[str]:
        found = ask(run)
        yield f"{run.bmc}: {found['powerstate'] if state is None else found}"

    return Job(_POWER, rows, lines, on_terminals=True)


def bootdev(words: Words) -> Job:
    """Read or set the boot device."""
    device = words.take("device") if words else None
    options = words.rest()
    unknown = set(options) - _BOOT_WORDS
    if unknown:
        raise UsageError(f"behind the device stand {' or '.join(sorted(_BOOT_WORDS))}, not {sorted(unknown)}")

    def ask(run: Run) -> dict[str, Any]:
        if device is None:
            return dict(run.command.get_bootdev())
        found = run.command.set_bootdev(device, persist="persist" in options, uefiboot="uefi" in options)
        if "error" in found:
            raise InvalidParameterValue(str(found["error"]))
        return dict(found)

    def rows(run: Run) -> Iterator[Row]:
        yield ask(run)

    def lines(run: Run) -> Iterator[str]:
        yield f"{run.bmc}: {ask(run)}"

    return Job(_BOOT, rows, lines, on_terminals=device is not None)


def identify(words: Words) -> Job:
    """Light the lamp."""
    word = words.take("state") if words else "on"
    seconds = whole_number(word)
    if seconds is None and word not in ("on", "off", "blink"):
        raise words.wrong(f"not {word!r}")

    def act(run: Run) -> str:
        if seconds is not None:
            run.command.set_identify(True, seconds)
        else:
            run.command.set_identify(word != "off", blink=word == "blink")
        return word

    def rows(run: Run) -> Iterator[Row]:
        yield {"identify": act(run)}

    def lines(run: Run) -> Iterator[str]:
        yield f"{run.bmc}: identify {act(run)}"

    return Job(_IDENTIFY, rows, lines, on_terminals=True)
