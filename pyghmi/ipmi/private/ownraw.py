# SPDX-License-Identifier: Apache-2.0
"""The `raw_command` of a program's own class: all requests go through it, as programs know it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pyghmi.exceptions import TimedOut
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.net import modules

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.request import Request, Target
    from pyghmi.ipmi.wire.layout import Message

R = TypeVar("R", bound="Message")

_inside: set[tuple[int, int]] = set()
"""(id of the session, thread) of those that are in such a method."""


class OwnRawCommand:
    """Carries requests through `command.raw_command`, which may send them elsewhere (seen: Drydock bridges all so).

    What that method asks by itself goes straight to the BMC.  Of the arguments it gets those that say something.
    """

    def __init__(self, command: Any, link: Requester) -> None:
        self._command = command
        self._link = link

    def request(
        self, req: Request[R], *, target: Target | None = None, lun: int = 0, deadline_s: float | None = None
    ) -> R:
        """Return the decoded answer; see `Requester`."""
        code, data = self.exchange(req.netfn, req.cmd, req.encode(), target=target, lun=lun, deadline_s=deadline_s)
        return answer_of(req, code, data)

    def exchange(
        self,
        netfn: int,
        cmd: int,
        data: bytes = b"",
        *,
        target: Target | None = None,
        lun: int = 0,
        **how: Any,
    ) -> tuple[int, bytes]:
        """Return (completion code, data); see `Requester`.  The deadline is that of `raw_command`."""
        here = id(self._command.ipmi_session), modules.threading.get_ident()
        if here in _inside:
            return self._link.exchange(netfn, cmd, data, target=target, lun=lun, **how)
        more: dict[str, Any] = {}
        if target is not None:
            more["bridge_request"] = _bridge_request(target)
        if lun:
            more["rslun"] = lun
        _inside.add(here)
        try:
            response = self._command.raw_command(netfn=netfn, command=cmd, data=tuple(data), **more)
        finally:
            _inside.discard(here)
        if response is None:
            raise TimedOut("timeout")
        return response.get("code", 0), bytes(response.get("data", b""))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._link.wait(seconds)

    def now(self) -> float:
        """Return the time in seconds on a clock that never goes back."""
        return self._link.now()


def _bridge_request(target: Target) -> dict[str, int]:
    found = {"addr": target.address, "channel": target.channel}
    if target.transit_address is not None:
        found.update(transit_addr=target.transit_address, transit_channel=target.transit_channel)
    return found
