# SPDX-License-Identifier: Apache-2.0
"""The BMC's end of an open session: opens requests, keeps the order of privileges, answers."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Callable, Protocol, Union

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.packet import SessionCipher
from pyghmi.ipmi.protocol.packet15 import Session15
from pyghmi.ipmi.protocol.serverconfig import User
from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, OK, WRONG_STATE, Privilege
from pyghmi.ipmi.spec.commands import COMMANDS, repeatable, required_privilege

_IPMI = 0
_ANSWERED_AGAIN_S = 10.0
_REMEMBERED = 8
_OPEN_TO_ALL = (Privilege.HIGHEST,)
_NOT_OVER_LAN = (Privilege.OEM,)
_ONLY_20 = frozenset(((0x06, 0x48), (0x06, 0x49), (0x06, 0x55)))
"""Activate and Deactivate Payload, Suspend/Resume Payload Encryption: IPMI 1.5 has no payloads.  IPMI 2.0 §24."""
_CHASSIS_CONTROL, _SEND_MESSAGE = (0x00, 0x02), (0x06, 0x34)
_INNER_NETFN_AT, _INNER_CMD_AT, _MOST_LAYERS = 2, 6, 4
_PLAIN = {
    key: int(needed)
    for key, (_name, needed) in COMMANDS.items()
    if needed in range(1, Privilege.OEM) and key not in {_CHASSIS_CONTROL, *_ONLY_20} and repeatable(*key)
}
"""Command -> least privilege, of those that may be executed twice whatever their data: nearly all that come."""


class Replies(Protocol):
    """Where a session's datagrams go."""

    def send(self, datagram: bytes, peer: Hashable) -> None: ...


class _Executed:
    """A request that was handed on: when, its answer once there is one, and a message that goes with that."""

    __slots__ = ("answer", "came", "more")

    def __init__(self, came: float) -> None:
        self.came = came
        self.answer: bytes | None = None
        self.more: bytes | None = None


class BmcSession:
    """One open session.

    id: ours, in packets to us; peer: where answers go; limit: the highest level the console may raise itself to;
    privilege: the level in force; on_payload: takes payloads other than IPMI messages (type, bytes); program: what
    the one who executes the commands keeps with it, told when it has ended.

    A server may hold thousands: what not every session needs is made when it is needed.
    """

    __slots__ = (
        "__weakref__",
        "_may_detect",
        "_recent",
        "_replies",
        "cipher",
        "closed",
        "console_id",
        "handle",
        "id",
        "last_heard",
        "limit",
        "on_close",
        "on_payload",
        "peer",
        "privilege",
        "program",
        "user",
    )

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
        self.program: Any = None  # has a method `ended`
        self._replies = replies
        self._may_detect = isinstance(cipher, SessionCipher)
        self._recent: OrderedDict[ipmb.Request, _Executed] | None = None

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
            self._may_detect = not self._detected(cipher, datagram)
        return cipher.open(datagram)

    @staticmethod
    def _detected(cipher: SessionCipher, datagram: bytes) -> bool:
        if cipher.settles(datagram):
            return True
        variant = cipher.detect(datagram)
        if variant is not None:
            cipher.use(variant)
        return variant is not None

    def is_repetition(self, request: ipmb.Request, now: float) -> bool:
        """Whether a request came before and must not be executed again; its answer is sent again if there is one.

        That is one with the same rqSeq, command and data, directly after it or a few requests later.  Commands that
        do no harm twice are executed again: an answer of theirs from before may be stale, for consoles that never
        change their rqSeq.
        """
        if _is_harmless(request):
            return False
        if self._recent is None:
            self._recent = OrderedDict()
        recent = self._recent
        before = recent.get(request)
        if before is not None and now - before.came < _ANSWERED_AGAIN_S:
            if before.answer is not None:
                self.send_message(before.answer)
                if before.more is not None:
                    self.send_message(before.more)
            return True
        recent.pop(request, None)
        recent[request] = _Executed(now)
        if len(recent) > _REMEMBERED:
            recent.popitem(last=False)
        return False

    def is_plain(self, request: ipmb.Request) -> bool:
        """Whether nothing stands against executing a request, for the two questions below cost time."""
        return _PLAIN.get(request[:2], Privilege.NO_ACCESS) <= self.privilege

    def refusal(self, request: ipmb.Request) -> int | None:
        """Return the completion code for a command that is not allowed at this level or in this session, or None."""
        if not self._is_allowed(request.netfn, request.cmd, request.data):
            return INSUFFICIENT_PRIVILEGE
        return WRONG_STATE if request[:2] in _ONLY_20 and self.version == "1.5" else None

    def _is_allowed(self, netfn: int, cmd: int, data: bytes) -> bool:
        """Whether the level in force is enough; for a message to be sent on, it must be for what is inside too.

        The specification has operators alone send to other channels, which would keep users from the sensors of
        satellites; what is inside is looked at instead, as OpenIPMI's simulator does.
        """
        for _layer in range(_MOST_LAYERS):
            needed = required_privilege(netfn, cmd)
            if needed is None:
                needed = Privilege.USER
            if needed not in _OPEN_TO_ALL and (needed in _NOT_OVER_LAN or self.privilege < needed):
                return False
            if (netfn, cmd) != _SEND_MESSAGE or len(data) <= _INNER_CMD_AT:
                return True
            netfn, cmd, data = data[_INNER_NETFN_AT] >> 2, data[_INNER_CMD_AT], data[_INNER_CMD_AT + 1 : -1]
        return False

    # --- to the console

    def respond(self, request: ipmb.Request, code: int, data: bytes = b"") -> None:
        """Answer a request."""
        message = ipmb.build_response(request, code, data)
        if self._recent:
            executed = self._recent.get(request)
            if executed is not None:
                executed.answer = message
        self.send_payload(_IPMI, message)

    def respond_with(self, request: ipmb.Request, message: bytes) -> None:
        """Answer a request with nothing but success, and send a message behind that; each time that it is repeated."""
        self.respond(request, OK)
        executed = None if self._recent is None else self._recent.get(request)
        if executed is not None:
            executed.more = message
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
            if self.program is not None:
                self.program.ended()
            if self.on_close is not None:
                self.on_close()
            self.on_close = self.on_payload = self.program = None  # these hold on to us


def _is_harmless(request: ipmb.Request) -> bool:
    """Whether it is known that a command may be executed twice; of vendors' commands it is not."""
    known = required_privilege(request.netfn, request.cmd) is not None
    return known and repeatable(request.netfn, request.cmd, request.data)
