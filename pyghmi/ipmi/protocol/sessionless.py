# SPDX-License-Identifier: Apache-2.0
"""Commands that the LAN interface itself answers: without a session, and about sessions.  IPMI 2.0 §22.13 to 20."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.protocol.serverconfig import ServerConfig
from pyghmi.ipmi.protocol.suites import STANDARD
from pyghmi.ipmi.spec.app import (
    ChannelAuthenticationCapabilities,
    ChannelInfo,
    CipherSuiteData,
    CloseSession,
    GetChannelAuthenticationCapabilities,
    GetChannelCipherSuites,
    GetChannelInfo,
    GetSessionInfo,
    Guid,
    Medium,
    SessionInfo,
    SessionPrivilegeLevel,
    SetSessionPrivilegeLevel,
)
from pyghmi.ipmi.spec.cipher_records import encode_suite_records
from pyghmi.ipmi.spec.codes import (
    INVALID_FIELD,
    INVALID_LENGTH,
    NOT_PRESENT,
    OK,
    OUT_OF_RANGE,
    SYSTEM_INTERFACE,
    THIS_CHANNEL,
    AuthType,
    Privilege,
)

if TYPE_CHECKING:
    from pyghmi.ipmi.protocol.bmcsession import BmcSession
    from pyghmi.ipmi.protocol.server import ServerCore
    from pyghmi.ipmi.protocol.suites import CipherSuite

Reply = tuple[int, bytes]

_APP = 0x06
_SYSTEM_GUID = 0x37
_BLOCK = 16
_LAN_MAC = b"\x02\x00\x00\x00\x00\x01"
_RMCPPLUS_PROTOCOL, _LAN_PROTOCOL = 1, 0
_NO_SUCH_LEVEL, _ABOVE_LIMIT = 0x80, 0x81
_NO_SUCH_SESSION, _NO_SUCH_HANDLE = 0x87, 0x88
_BY_HANDLE, _BY_ID = 0xFE, 0xFF
_KEY_BYTES = {_BY_HANDLE: 1, _BY_ID: 4}
_LIST_BY_SUITE = 0x80
_INTEGRITY_TAG, _CONFIDENTIALITY_TAG = 0x40, 0x80
_IPMI_FORUM = b"\xf2\x1b\x00"
_IPMB_PROTOCOL, _KCS_PROTOCOL, _MULTI_SESSION = 1, 5, 2
_OTHER_CHANNELS = {0: (Medium.IPMB, _IPMB_PROTOCOL), SYSTEM_INTERFACE: (Medium.SYSTEM_INTERFACE, _KCS_PROTOCOL)}
"""Number -> (medium, protocol).  Any other is answered with a reserved medium: FreeIPMI 1.6 prints noise otherwise."""


class Sessionless:
    """The commands that need no session, for who wants to change them.

    table: (netfn, command) -> what answers; outside: what answers in its place without a session, None for silence.
    """

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self.table: dict[tuple[int, int], Callable[[bytes], Reply]] = {
            (_APP, GetChannelAuthenticationCapabilities.cmd): self._auth_capabilities,
            (_APP, GetChannelCipherSuites.cmd): self._cipher_suites,
            (_APP, _SYSTEM_GUID): self._system_guid,
        }
        self.outside: dict[tuple[int, int], Callable[[ipmb.Request], Reply | None]] = {}

    def answer(self, message: bytes) -> bytes | None:
        """Return the answer to a message outside of any session, None for what needs one."""
        request = ipmb.parse_request(message)
        if request is None or request.rs_lun:
            return None
        reply = self.outside.get((request.netfn, request.cmd), self.reply)(request)
        return None if reply is None else ipmb.build_response(request, *reply)

    def reply(self, request: ipmb.Request) -> Reply | None:
        """Return (completion code, data), None for what is not answered here."""
        command = self.table.get((request.netfn, request.cmd))
        if command is None or request.rs_lun:
            return None
        try:
            return command(request.data)
        except Malformed:
            return INVALID_LENGTH, b""

    def _here(self, channel: int) -> bool:
        return channel in (THIS_CHANNEL, self._config.channel)

    def _auth_capabilities(self, data: bytes) -> Reply:
        request = exact(GetChannelAuthenticationCapabilities, data)
        config = self._config
        if not self._here(request.channel) or not Privilege.CALLBACK <= request.privilege <= Privilege.OEM:
            return INVALID_FIELD, b""
        offered = config.auth_types
        found = config.nameless()
        nameless = found if found is not None and found.enabled else None
        answer = ChannelAuthenticationCapabilities(
            channel=config.channel,
            extended=request.extended,
            oem=False,
            password=AuthType.PASSWORD in offered,
            md5=AuthType.MD5 in offered,
            md2=AuthType.MD2 in offered,
            none=AuthType.NONE in offered,
            kg_set=request.extended and config.kg is not None and any(config.kg),
            per_message_disabled=False,
            user_level_disabled=False,
            non_null_users=True,
            null_users=nameless is not None and bool(nameless.password),
            anonymous=nameless is not None and not nameless.password,
            ipmi_20=request.extended,
            ipmi_15=request.extended and bool(offered),
            oem_id=0,
            oem_auxiliary=0,
        )
        return OK, answer.encode()

    def _cipher_suites(self, data: bytes) -> Reply:
        request = exact(GetChannelCipherSuites, data)
        if not self._here(request.channel):
            return INVALID_FIELD, b""
        numbers = sorted(self._config.suites)
        if data[2] < _LIST_BY_SUITE:
            records = _algorithms([STANDARD[number] for number in numbers])
        else:
            records = encode_suite_records([(number, *STANDARD[number][1:]) for number in numbers])
        block = records[request.index * _BLOCK : (request.index + 1) * _BLOCK]
        return OK, CipherSuiteData(channel=self._config.channel, records=block).encode()

    def _system_guid(self, data: bytes) -> Reply:
        return (INVALID_LENGTH, b"") if data else (OK, Guid(guid=self._config.guid).encode())


def _algorithms(suites: list[CipherSuite]) -> bytes:
    """Return the algorithms of some suites, each once, with their tags.  IPMI 2.0 §22.15."""
    return bytes(
        (
            *sorted({suite.authentication for suite in suites}),
            *sorted({_INTEGRITY_TAG + suite.integrity for suite in suites}),
            *sorted({_CONFIDENTIALITY_TAG + suite.confidentiality for suite in suites}),
        )
    )


Own = Callable[["ServerCore", ipmb.Request, "BmcSession"], None]


def _answering(make: Callable[[ServerCore, bytes, BmcSession], Reply]) -> Own:
    """Have an answer sent, and requests of a wrong length refused."""

    def own(core: ServerCore, request: ipmb.Request, session: BmcSession) -> None:
        try:
            reply = make(core, request.data, session)
        except Malformed:
            reply = INVALID_LENGTH, b""
        session.respond(request, *reply)

    return own


def _set_privilege(_core: ServerCore, data: bytes, session: BmcSession) -> Reply:
    wanted = exact(SetSessionPrivilegeLevel, data).privilege
    if wanted > Privilege.OEM:
        return INVALID_FIELD, b""
    if wanted == Privilege.CALLBACK:  # reserved here
        return _NO_SUCH_LEVEL, b""
    if wanted > session.limit:
        return _ABOVE_LIMIT, b""
    if wanted != Privilege.HIGHEST:
        session.privilege = wanted
    return OK, SessionPrivilegeLevel(privilege=session.privilege).encode()


def _close_session(core: ServerCore, request: ipmb.Request, session: BmcSession) -> None:
    try:
        asked = exact(CloseSession, request.data)
    except Malformed:
        session.respond(request, INVALID_LENGTH)
        return
    by_handle = asked.session_id == 0 and asked.handle is not None
    found = core.handles.find(asked.handle or 0) if by_handle else core.sessions.get(asked.session_id)
    if found is None or (found is not session and session.privilege < Privilege.ADMINISTRATOR):
        session.respond(request, _NO_SUCH_HANDLE if by_handle else _NO_SUCH_SESSION)
        return
    session.respond(request, OK)
    core.drop(found)


def _session_info(core: ServerCore, data: bytes, session: BmcSession) -> Reply:
    request = GetSessionInfo.decode(data)
    if len(request.key) != _KEY_BYTES.get(request.index, 0):
        return INVALID_LENGTH, b""
    active = len(core.sessions)
    found: BmcSession | None = None
    if request.index == 0:
        found = session
    elif request.index == _BY_HANDLE:
        found = core.handles.find(request.key[0])
    elif request.index == _BY_ID:
        found = core.sessions.get(int.from_bytes(request.key[:4], "little"))
    elif request.index > core.config.max_sessions:
        return OUT_OF_RANGE, b""
    else:
        found = core.handles.nth(request.index)
    if found is None and request.index in (_BY_HANDLE, _BY_ID):
        return NOT_PRESENT, b""
    return OK, _info(core, found, active)


def _info(core: ServerCore, found: BmcSession | None, active: int) -> bytes:
    slots = min(core.config.max_sessions, 63)
    if found is None:
        return SessionInfo(handle=0, slots=slots, active=min(active, 63)).encode()
    address, port = _ipv4_of(found.peer)
    return SessionInfo(
        handle=found.handle,
        slots=slots,
        active=min(active, 63),
        user_id=found.user.user_id,
        privilege=found.privilege,
        protocol=_RMCPPLUS_PROTOCOL if found.version == "2.0" else _LAN_PROTOCOL,
        channel=core.config.channel,
        address=address,
        mac=_LAN_MAC,
        port=port,
    ).encode()


def _ipv4_of(peer: Any) -> tuple[bytes, int]:
    """Return address and port of a console as they fit into the answer; zero for what is not IPv4."""
    try:
        host, port = str(peer[0]).replace("::ffff:", ""), int(peer[1])
        address = bytes(int(part) for part in host.split("."))
    except (TypeError, ValueError, IndexError):
        return bytes(4), 0
    return (address, port) if len(address) == 4 else (bytes(4), port)


def _channel_info(core: ServerCore, data: bytes, _session: BmcSession) -> Reply:
    channel = exact(GetChannelInfo, data).channel
    if channel == THIS_CHANNEL:
        channel = core.config.channel
    if channel == core.config.channel:
        medium, protocol, support = Medium.LAN_802_3, _IPMB_PROTOCOL, _MULTI_SESSION
        active = min(len(core.sessions), 63)
    else:
        medium, protocol = _OTHER_CHANNELS.get(channel, (Medium.RESERVED, 0))
        support = active = 0
    answer = ChannelInfo(
        channel=channel,
        medium=medium,
        protocol=protocol,
        session_support=support,
        active_sessions=active,
        vendor_id=_IPMI_FORUM,
        auxiliary=bytes(2),
    )
    return OK, answer.encode()


OWN: dict[tuple[int, int], Own] = {
    (_APP, SetSessionPrivilegeLevel.cmd): _answering(_set_privilege),
    (_APP, CloseSession.cmd): _close_session,
    (_APP, GetSessionInfo.cmd): _answering(_session_info),
    (_APP, GetChannelInfo.cmd): _answering(_channel_info),
}
"""What answers the commands about sessions and channels; it has to send the answer."""

OWN_FIRST = {key: OWN[key] for key in ((_APP, SetSessionPrivilegeLevel.cmd), (_APP, CloseSession.cmd))}
"""Those about the very session that asks.  The others a program may want to answer itself."""
