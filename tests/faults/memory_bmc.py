# SPDX-License-Identifier: Apache-2.0
"""A BMC in memory for the domains: parts of the simulated machine behind a `Requester`, with knobs for misbehaviour."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, Union

from pyghmi.exceptions import TimedOut
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.learned import forget_all
from pyghmi.ipmi.domains.requester import answer_of

Reply = Union[tuple[int, bytes], None]
"""(completion code, data), or None for silence."""
Handler = Callable[[bytes], tuple[int, bytes]]
Knob = Callable[[bytes, Handler], Reply]
"""(data of the request, what would answer it) -> what happens instead."""

INVALID_COMMAND = 0xC1
SILENCE_S = 5.0


def refuse(_data: bytes) -> tuple[int, bytes]:
    return INVALID_COMMAND, b""


class MemoryBmc:
    """A `Requester`.  `parts`: objects with `commands()`: {(netfn, cmd): bytes -> (code, data)}.

    knobs: {(netfn, cmd): Knob}; asked: what came, as (netfn, cmd, data); others: targets and LUNs with parts of their
    own: {(target address or None, lun): {(netfn, cmd): handler}}.
    """

    def __init__(self, *parts: Any, knobs: dict[tuple[int, int], Knob] | None = None) -> None:
        self.table: dict[tuple[int, int], Handler] = {}
        for part in parts:
            self.table.update(part.commands())
        self.knobs = dict(knobs or {})
        self.others: dict[tuple[int | None, int], dict[tuple[int, int], Handler]] = {}
        self.asked: list[tuple[int, int, bytes]] = []
        self.extra: list[dict[str, Any]] = []
        self.time = 1000.0
        self.agreement = None

    def count(self, netfn: int, cmd: int) -> int:
        return sum((n, c) == (netfn, cmd) for n, c, _data in self.asked)

    def exchange(self, netfn: int, cmd: int, data: bytes = b"", **more: Any) -> tuple[int, bytes]:
        self.asked.append((netfn, cmd, bytes(data)))
        self.extra.append(more)
        self.time += 0.001
        target, lun = more.get("target"), more.get("lun") or 0
        place = (None if target is None else target.address, lun)
        table = self.table if place == (None, 0) else self.others.get(place, {})
        handler = table.get((netfn, cmd), refuse)
        knob = self.knobs.get((netfn, cmd))
        reply = handler(bytes(data)) if knob is None else knob(bytes(data), handler)
        if reply is None:
            deadline = more.get("deadline_s")
            self.time += SILENCE_S if deadline is None else deadline
            raise TimedOut("timeout")
        return reply

    def request(self, req: Any, **more: Any) -> Any:
        return answer_of(req, *self.exchange(req.netfn, req.cmd, req.encode(), **more))

    def wait(self, seconds: float) -> None:
        self.time += seconds

    def now(self) -> float:
        return self.time


def command_over(bmc: MemoryBmc) -> Command:
    """Return a `Command` whose requests go to a BMC in memory, and which knows nothing of it yet."""
    forget_all()
    command = Command.__new__(Command)
    command.onlogon = command.certverify = None
    command.bmc, command.kwargs = "bmc", {}
    command._sdrcachedir = command._sdr = command._oem = None
    command._oemknown = False
    command._netchannel = command._ipv6support = command._known_device_id = command._until = None
    command._deadline_s, command._deadline_named = 30.0, False
    command.ipmi_session = SimpleNamespace(link=bmc, port=623, bmc="bmc", userid=b"admin", logout=lambda: {"success": True})
    return command
