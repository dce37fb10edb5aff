# SPDX-License-Identifier: Apache-2.0
"""What rows do with the datagrams of a login: change, lose, refuse, delay."""
from __future__ import annotations

from collections.abc import Container
from typing import Any, Callable, Optional

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.handshake import refuse
from pyghmi.ipmi.protocol.packet import unwrap_setup, wrap_setup
from pyghmi.ipmi.protocol.packet15 import auth_code, build, parse, wrap_plain
from pyghmi.ipmi.protocol.serverconfig import User, Users
from pyghmi.ipmi.spec.codes import PayloadType, Privilege, RmcpStatus
from pyghmi.ipmi.spec.session_setup import OpenSessionRequest
from pyghmi.sim.quirks.hooks import Misbehaviour

OPEN, OPENED = PayloadType.OPEN_REQUEST, PayloadType.OPEN_RESPONSE
RAKP1, RAKP2, RAKP3, RAKP4 = PayloadType.RAKP1, PayloadType.RAKP2, PayloadType.RAKP3, PayloadType.RAKP4
STATUS_AT, SID_AT = 1, slice(4, 8)
SHA1, MD5, SHA256 = 1, 2, 3
_ANSWER_OF = {OPEN: OPENED, RAKP1: RAKP2, RAKP3: RAKP4}

Change = Callable[[bytes], Optional[bytes]]
"""Payload -> what becomes of it, None: it is lost."""


def sending(odd: Misbehaviour, kind: PayloadType, change: Change) -> None:
    """Have `change` look at each setup message of one type that the BMC sends."""

    def hook(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        found = unwrap_setup(datagram)
        if found is None or found[0] != kind:
            return [(0.0, datagram)]
        payload = change(found[1])
        return [] if payload is None else [(0.0, wrap_setup(kind, payload))]

    odd.network.outgoing.append(hook)


def taking(odd: Misbehaviour, kind: PayloadType, take: Callable[[bytes, Any], bytes | None]) -> None:
    """Have `take(payload, peer)` look at each setup message of one type that comes."""

    def hook(datagram: bytes, peer: Any) -> bytes | None:
        found = unwrap_setup(datagram)
        if found is None or found[0] != kind:
            return datagram
        payload = take(found[1], peer)
        return None if payload is None else wrap_setup(kind, payload)

    odd.network.incoming.append(hook)


def refusal(kind: PayloadType, payload: bytes, status: int) -> bytes:
    """Return the datagram that refuses a message which carries the console's id (Open Session)."""
    return refuse(_ANSWER_OF[kind], payload[0], RmcpStatus(status), payload[SID_AT])


def refusing_suites(
    odd: Misbehaviour,
    status: int | None,
    keep: Container[int],
    shape: Callable[[bytes], bytes] = lambda answer: answer,
) -> None:
    """Refuse Open Session with this status (None: silently) for all authentication algorithms but `keep`.

    shape: what the payload of the refusal becomes.
    """

    def take(payload: bytes, peer: Any) -> bytes | None:
        try:
            asked = OpenSessionRequest.decode(payload)
        except Malformed:
            return payload
        if int(asked.authentication) in keep:
            return payload
        if status is not None:
            answer = bytes((asked.tag, status, 0, 0)) + asked.console_id
            odd.network.send(wrap_setup(OPENED, shape(answer)), peer)
        return None

    taking(odd, OPEN, take)


def plain_request(datagram: bytes) -> ipmb.Request | None:
    """Return a request outside of sessions, in the framing of IPMI 1.5; None: it is none."""
    packet = parse(datagram)
    return None if packet is None or packet.session_id else ipmb.parse_request(packet.message)


def plain_answer(request: ipmb.Request, code: int, data: bytes = b"") -> bytes:
    """Return the datagram that answers it."""
    return wrap_plain(ipmb.build_response(request, code, data))


class OddUsers:
    """The accounts of a BMC, each changed when it is looked up; `last`: the one that was found last."""

    def __init__(self, users: Users, change: Callable[[User], User] = lambda user: user) -> None:
        self._users = users
        self._change = change
        self.last: User | None = None

    def find(self, name: bytes, privilege: Privilege | None) -> User | None:
        """Return the account of this name."""
        found = self._users.find(name, privilege)
        if found is not None:
            found = self._change(found)
            self.last = found
        return found


def changing_users(odd: Misbehaviour, change: Callable[[User], User] = lambda user: user) -> OddUsers:
    """Put something before the accounts."""
    config = odd.machine.core.config
    users = OddUsers(config.users, change)
    config.users = users
    return users


def limited(user: User, privilege: Privilege) -> User:
    """Return an account with this limit, or its own where that is lower."""
    limit = min(user.privilege, privilege)
    return User(user.name, user.password, limit, enabled=user.enabled, user_id=user.user_id)


def resealing15(
    odd: Misbehaviour,
    change: Callable[[int, int, bytes], tuple[int, int, bytes]],
    password: Callable[[], bytes] | None = None,
) -> None:
    """Have packets of IPMI 1.5 sessions sent with another (sequence, session id, message), and the code for that.

    password: what their codes are made with, None: that of the user who was looked up last.
    """
    users = changing_users(odd)

    def hook(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        packet = parse(datagram)
        if packet is None or not packet.session_id or users.last is None:
            return [(0.0, datagram)]
        sequence, session_id, message = change(packet.sequence, packet.session_id, packet.message)
        key = users.last.password if password is None else password()
        code = auth_code(packet.auth_type, key, session_id, message, sequence)
        return [(0.0, build(packet.auth_type, sequence, session_id, code, message))]

    odd.network.outgoing.append(hook)


def recoding15(odd: Misbehaviour, code: Callable[[bytes], bytes]) -> None:
    """Have packets of IPMI 1.5 sessions sent with another code: `code(the right one)`."""

    def hook(datagram: bytes, _peer: Any) -> list[tuple[float, bytes]]:
        packet = parse(datagram)
        if packet is None or not packet.session_id or not packet.code:
            return [(0.0, datagram)]
        return [
            (0.0, build(packet.auth_type, packet.sequence, packet.session_id, code(packet.code), packet.message))
        ]

    odd.network.outgoing.append(hook)
