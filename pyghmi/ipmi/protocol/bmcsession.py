# SPDX-License-Identifier: Apache-2.0
"""The BMC's end of an open session: opens requests, keeps the order of privileges, answers."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Callable, Protocol, Union

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.packet import SessionCipher
from pyghmi.ipmi.protocol.packet15 import Session15
from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, Privilege
from pyghmi.ipmi.spec.commands import repeatable, required_privilege

_IPMI = 0
_ANSWERED_AGAIN_S = 10.0
_REMEMBERED = 8
_OPEN_TO_ALL = (Privilege.HIGHEST,)
_NOT_OVER_LAN = (Privilege.OEM,)


class Replies(Protocol):
    """Where a session's datagrams go."""

    def send(self, datagram: bytes, peer: Hashable) -> None: ...


class _Executed:
    """A request that was handed on: when, and its answer once there is one."""

    __slots__ = ("answer", "came")

    def __init__(self, came: float) -> None:
        self.came = came
        self.answer: bytes | None = None


class BmcSession:
    """One open session.

    id: ours, in packets to us; peer: where answers go; limit: the highest level the console may raise itself to;
    privilege: the level in force; on_payload: takes payloads other than IPMI messages (type, bytes).
    """

    def __init__(
        self,
        cipher: Union[SessionCipher, Session15],
        user: User,
        replies: Replies,
        peer: Hashable,
        *,
        session_id: int,
        console_id: int,
        handle: int,
        limit: Privilege,
        now: float,
    ) -> None:
        self.cipher = cipher
        self.user = user
        self.peer = peer
        self.id = session_id
        self.console_id = console_id
        self.handle = handle
        self.limit = limit
        self.privilege = min(limit, Privilege.USER)
        self.last_heard = now
        self.closed = False
        self.on_payload: Callable[[int, bytes], None] | None = None
        self.on_close: Callable[[], None] | None = None
        self._replies = replies
        self._may_detect = isinstance(cipher, SessionCipher)
        self._recent: OrderedDict[ipmb.Request, _Executed] = OrderedDict()

    def __repr__(self) -> str:
        return f"<BmcSession {self.id:08X}h of {self.user.name!r}>"

    @property
    def version(self) -> str:
        """"2.0" or "1.5"."""
        return "2.0" if isinstance(self.cipher, SessionCipher) else "1.5"

    # --- from the console

    def open(self, datagram: bytes) -> tuple[int, bytes] | None:
        """Return (payload type, payload) of an authentic new packet, None for any other."""
        cipher = self.cipher
        if isinstance(cipher, Session15):
            message = cipher.open(datagram)
            return None if message is None else (_IPMI, message)
        if self._may_detect:
            # Some consoles read the key derivation differently; the first packet shows how.  It is looked at before it
            # is opened: a wrong key may give what looks like a pad, and a packet is opened once.
            variant = cipher.detect(datagram)
            if variant is not None:
                self._may_detect = False
                cipher.use(variant)
        return cipher.open(datagram)

    def is_repetition(self, request: ipmb.Request, now: float) -> bool:
        """Whether a request came before and must not be executed again; its answer is sent again if there is one.

        That is one with the same rqSeq, command and data, directly after it or a few requests later.  Commands that
        do no harm twice are executed again: an answer of theirs from before may be stale, for consoles that never
        change their rqSeq.
        """
        if _is_harmless(request):
            return False
        recent = self._recent
        before = recent.get(request)
        if before is not None and now - before.came < _ANSWERED_AGAIN_S:
            if before.answer is not None:
                self.send_message(before.answer)
            return True
        recent.pop(request, None)
        recent[request] = _Executed(now)
        if len(recent) > _REMEMBERED:
            recent.popitem(last=False)
        return False

    def refusal(self, request: ipmb.Request) -> int | None:
        """Return the completion code for a command above the level in force, None when it is allowed."""
        needed = required_privilege(request.netfn, request.cmd)
        if needed is None:
            needed = Privilege.USER
        if needed in _OPEN_TO_ALL or (needed not in _NOT_OVER_LAN and self.privilege >= needed):
            return None
        return INSUFFICIENT_PRIVILEGE

    # --- to the console

    def respond(self, request: ipmb.Request, code: int, data: bytes = b"") -> None:
        """Answer a request."""
        message = ipmb.build_response(request, code, data)
        executed = self._recent.get(request)
        if executed is not None:
            executed.answer = message
        self.send_message(message)

    def send_message(self, message: bytes) -> None:
        """Send an IPMI message."""
        self.send_payload(_IPMI, message)

    def send_payload(self, payload_type: int, payload: bytes) -> None:
        """Send a payload; IPMI 1.5 has messages only."""
        if self.closed:
            return
        cipher = self.cipher
        if isinstance(cipher, SessionCipher):
            self._replies.send(cipher.seal(payload_type, payload), self.peer)
        elif payload_type == _IPMI:
            self._replies.send(cipher.seal(payload), self.peer)

    def close(self) -> None:
        """End it, and tell who wants to know."""
        if not self.closed:
            self.closed = True
            if self.on_close is not None:
                self.on_close()


def _is_harmless(request: ipmb.Request) -> bool:
    """Whether it is known that a command may be executed twice; of vendors' commands it is not."""
    known = required_privilege(request.netfn, request.cmd) is not None
    return known and repeatable(request.netfn, request.cmd, request.data)
