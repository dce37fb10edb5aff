# SPDX-License-Identifier: Apache-2.0
"""`IpmiServer` and `ServerSession`: the BMC's side under its long-standing names."""
from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.credentials import as_bytes
from pyghmi.ipmi.net.listener import Listener
from pyghmi.ipmi.private import session as ipmisession
from pyghmi.ipmi.private.authdata import AuthData, AuthDataUsers
from pyghmi.ipmi.private.callbacks import tell
from pyghmi.ipmi.private.facts import Fact
from pyghmi.ipmi.private.identity import device_id_of, uuid_of
from pyghmi.ipmi.private.questions import AUTH_CAPABILITIES, CIPHER_SUITES, MESSAGE_AT, Questions
from pyghmi.ipmi.private.serverfacts import ServerFacts
from pyghmi.ipmi.private.serverlogins import Logins, LoginSteps
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.bmcsession import BmcSession
from pyghmi.ipmi.protocol.login import KG_BYTES
from pyghmi.ipmi.protocol.packet import SessionCipher
from pyghmi.ipmi.protocol.packet15 import parse as parse15
from pyghmi.ipmi.protocol.packet15 import wrap_plain
from pyghmi.ipmi.protocol.rmcp import session_key
from pyghmi.ipmi.protocol.serverconfig import ServerConfig
from pyghmi.ipmi.protocol.sessionless import Reply
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, OK, UNSPECIFIED, PayloadType

if TYPE_CHECKING:
    from uuid import UUID

_ALL_SUITES = b"\x0e\x00\x80"

Request = dict[str, Any]
"""{'netfn': int, 'command': int, 'data': bytearray}; 'lun' and 'address' too where these are not 0 and the BMC's."""


class ServerSession(LoginSteps, ServerFacts):
    """What a program sees of a console's session while it answers a request.

    Programs that read datagrams themselves make one out of an Open Session Request (`request`, without the headers),
    which is answered; what comes then gets an object of its own.  `authdata`, `kg` and `uuid` are those of `bmc`.
    """

    __slots__ = ("_sol_handler", "bmc", "request", "session")
    session: BmcSession

    def __init__(
        self,
        authdata: Any,
        kg: Any,
        clientaddr: Any,
        netsocket: Any,
        request: Iterable[int],
        uuid: Any,
        bmc: IpmiServer,
    ) -> None:
        self._begin(bmc)
        self._begin_login(authdata, clientaddr, bytes(request))

    @classmethod
    def of(cls, session: BmcSession, bmc: IpmiServer) -> ServerSession:
        """Return the object for a session that is open."""
        self = cls.__new__(cls)
        self._begin(bmc)
        self.session = session
        return self

    def _begin(self, bmc: IpmiServer) -> None:
        self.bmc = bmc
        self.request: ipmb.Request | None = None
        self._sol_handler: Any = None

    def send_ipmi_response(self, data: Iterable[int] = (), code: int = 0) -> None:
        """Answer the request that is being handled: once, for a second answer is nobody's."""
        request = self.request
        if request is not None:
            self.session.respond(request, code, bytes(data))
            self.request = None  # not before: what cannot be sent is no answer
            self.bmc.flush()

    def _send_ipmi_net_payload(
        self,
        netfn: int | None = None,
        command: int | None = None,
        data: Iterable[int] = (),
        code: int = 0,
        **_how: Any,
    ) -> None:
        self.send_ipmi_response(data, code)

    # --- serial over LAN

    @property
    def sol_handler(self) -> Any:
        """What is called with each payload of the serial console, and its `session_ended()` at the end, if it has one.

        A program may put something of its own there.  What has a `carrier` is told there who calls it.
        """
        return self._sol_handler

    @sol_handler.setter
    def sol_handler(self, handler: Any) -> None:
        self._sol_handler = handler
        if hasattr(handler, "carrier"):
            handler.carrier = self
        session: BmcSession | None = getattr(self, "session", None)
        if session is not None:
            session.on_payload = self._payload

    def _payload(self, kind: int, payload: bytes) -> None:
        if kind == PayloadType.SOL and self._sol_handler is not None:
            tell(self._sol_handler, payload)

    def send_sol(self, payload: bytes) -> None:
        """Send a payload of the serial console."""
        self.session.send_payload(PayloadType.SOL, payload)
        self.bmc.flush()

    def protect_sol(self, *, encrypted: bool, authenticated: bool) -> bool:
        """Protect the serial console's packets like this, as far as the session can; False: it carries none.

        ipmitool and ipmiconsole ask for encryption in sessions that have none, too.
        """
        cipher = self.session.cipher
        if not isinstance(cipher, SessionCipher):
            return False
        cipher.protect_less(PayloadType.SOL, encrypted=encrypted, authenticated=authenticated)
        return True

    def ended(self) -> None:
        """Tell the serial console that the session has come to its end."""
        ended = getattr(self._sol_handler, "session_ended", None)
        if ended is not None:
            self.bmc.reactor.call_soon(ended)

    def close_server_session(self) -> None:
        """End the session, if it has come to one."""
        session: BmcSession | None = getattr(self, "session", None)
        if session is not None:
            self.bmc.core.drop(session)


_RAKP1, _INIT = ServerSession._got_rakp1, ServerSession.__init__
"""What a class has that a program has put in the place of ours, and that has no say in logins."""


class IpmiServer:
    """A BMC on a UDP port.

    authdata: passwords by user name, anything with get(name); bmcuuid: uuid.UUID, its text or its 16 bytes, random when
    None; address: '::' for all addresses, or a sequence of several.  Keywords of ours: suites, auth_types (of IPMI
    1.5), max_sessions, idle_s and so on, see `ServerConfig`; reactor: who serves it, the process's unless told
    otherwise; and authdata may be a `UserList`, whose accounts have a privilege each and can be disabled.
    """

    def __init__(
        self,
        authdata: Any,
        port: int = 623,
        bmcuuid: UUID | str | bytes | None = None,
        address: str | Sequence[str] = "::",
        **options: Any,
    ) -> None:
        self.revision = 0
        self.deviceid = 0
        self.firmwaremajor = 1
        self.firmwareminor = 0
        self.ipmiversion = 2
        self.additionaldevices = 0
        self.mfgid = 0
        self.prodid = 0
        self.uuid = uuid_of(bmcuuid)
        self.authdata = authdata
        self.kg: bytes | None = None
        self.timeout = 60
        self.port = port
        self.pktqueue: list[Any] = []
        self.reactor = options.pop("reactor", None) or ipmisession.shared()
        users = AuthDataUsers(self)
        self._config = ServerConfig(users, guid=self.uuid.bytes, **options)
        self._config.nameless = users.nameless
        self._listener = Listener(
            self._config,
            self._handle,
            address=address,
            port=port,
            reactor=self.reactor,
            received=self._received,
        )
        self.core = self._listener.core
        self.core.handler_first = True
        self.serversocket = self._listener.socket
        self._questions = Questions(self, self.core.sessionless)
        self._logins = Logins()
        ipmisession.Session.bmc_handlers[self.serversocket] = {0: self}

    @property
    def authcap(self) -> bytes:
        """The answer to Get Channel Authentication Capabilities, with its completion code; can be set."""
        return self._questions.authcap

    @authcap.setter
    def authcap(self, answer: bytes) -> None:
        self._questions.own_authcap = bytes(answer)

    def overrides(self, name: str) -> bool:
        """Whether a program has put its own method, on its class, on ours or on the object."""
        return getattr(getattr(self, name), "__func__", None) is not _OURS[name]

    def guid_reply(self) -> Reply:
        """Return (completion code, data) for Get System GUID."""
        try:
            return OK, self.get_system_guid().bytes_le
        except NotImplementedError:
            return INVALID_COMMAND, b""
        except Exception:  # a program's own code
            traceback.print_exc()
            return UNSPECIFIED, b""

    # --- what programs override

    def get_system_guid(self) -> UUID:
        """Return the GUID of the machine."""
        raise NotImplementedError

    def handle_raw_request(self, request: Request, session: ServerSession) -> None:
        """Answer a request with `session.send_ipmi_response`, exactly once."""
        if not self.answer_by_the_book(session):
            session.send_ipmi_response(code=INVALID_COMMAND)

    def answer_by_the_book(self, session: ServerSession) -> bool:
        """Answer a request about sessions and channels as the interface itself does; False: it is about others."""
        request: ipmb.Request | None = getattr(session, "request", None)
        if request is None or not self.core.answer(request, session.session):
            return False
        session.request = None
        self.flush()
        return True

    def sessionless_data(self, data: bytes, sockaddr: Any) -> None:
        """Take a datagram that belongs to no session and to no login under way."""
        self.feed(bytes(data), sockaddr)

    def send_auth_cap(
        self, myaddr: int, mylun: int, clientaddr: int, clientlun: int, clientseq: int, sockaddr: Any
    ) -> None:
        """Answer Get Channel Authentication Capabilities with `authcap`, in the framing of IPMI 1.5."""
        request = ipmb.Request(*AUTH_CAPABILITIES, clientseq, b"", myaddr, mylun, clientaddr, clientlun)
        self._send_plain(ipmb.build_response(request, self.authcap[0], self.authcap[1:]), sockaddr)

    def send_cipher_suites(
        self, myaddr: int, mylun: int, clientaddr: int, clientlun: int, clientseq: int, data: bytes, sockaddr: Any
    ) -> None:
        """Answer Get Channel Cipher Suites.  data: the datagram that asks, of RMCP+ without its first two bytes."""
        packet = parse15(bytes(data))
        asked = ipmb.parse_request(bytes(data[MESSAGE_AT:]) if packet is None else packet.message)
        question = _ALL_SUITES if asked is None else asked.data
        request = ipmb.Request(*CIPHER_SUITES, clientseq, question, myaddr, mylun, clientaddr, clientlun)
        reply = self.core.sessionless.reply(request._replace(rs_lun=0))
        if reply is not None:
            self._send_plain(ipmb.build_response(request, *reply), sockaddr)

    def _send_plain(self, message: bytes, sockaddr: Any) -> None:
        self.core.send(wrap_plain(message), sockaddr)
        self.flush()

    def set_kg(self, kg: str | bytes) -> None:
        """Set the BMC key, at most 20 bytes."""
        found = as_bytes(kg, "kg")
        if len(found) > KG_BYTES:
            raise InvalidParameterValue(f"the BMC key has at most {KG_BYTES} bytes, this one has {len(found)}")
        self.kg = found

    def send_device_id(self, session: ServerSession) -> None:
        """Answer Get Device ID out of the attributes, of each as many bits as there are.

        Bit 7 of `revision`: the device provides SDRs; of `firmwaremajor`: an update is under way.
        """
        session.send_ipmi_response(data=list(device_id_of(self)))

    # --- how it runs

    def _received(self, datagram: bytes, peer: Any) -> bool:
        """Let the program see what belongs to no session; True: it was taken care of."""
        self._config.kg = self.kg
        self._config.guid = self.uuid.bytes
        if (ServerSession._got_rakp1 is not _RAKP1 or ServerSession.__init__ is not _INIT) and self._by_program(
            datagram, peer
        ):
            return True
        key = session_key(datagram)
        if isinstance(key, int) or (key is not None and key[0] == "1.5"):
            return False
        try:
            self.sessionless_data(datagram, peer)
        except Exception:  # a program's own code: anybody can send what it does not expect, and must not end the BMC
            traceback.print_exc()
        return True

    def _by_program(self, datagram: bytes, peer: Any) -> bool:
        """Let the class that a program has put in the place of `ServerSession` take a step of a login."""
        try:
            return self._logins.takes(datagram, peer, self, ServerSession)
        except Exception:  # a program's own code
            traceback.print_exc()
            return True

    def _handle(self, request: ipmb.Request, session: BmcSession) -> None:
        facade: ServerSession | None = session.program
        if facade is None:
            facade = session.program = self._logins.take(session.peer) or ServerSession.of(session, self)
            facade.session = session
        facade.request = request
        asked: Request = {"netfn": request.netfn, "command": request.cmd, "data": bytearray(request.data)}
        if request.rs_lun:
            asked["lun"] = request.rs_lun
        if request.rs_address != ipmb.BMC_ADDRESS:
            asked["address"] = request.rs_address
        try:
            self.handle_raw_request(asked, facade)
        except NotImplementedError:
            facade.send_ipmi_response(code=INVALID_COMMAND)
        except Exception:  # a program's own code: whatever it is, the BMC goes on, and the program hears of it
            traceback.print_exc()
            facade.send_ipmi_response(code=UNSPECIFIED)

    def feed(self, datagram: bytes, peer: Any) -> None:
        """Take a datagram as if it had come from `peer`."""
        self._questions.asking = (datagram, peer)
        self._listener.feed(datagram, peer)

    def flush(self) -> None:
        """Send what is to be sent."""
        self._listener.flush()

    @property
    def listening(self) -> Any:
        """The socket that is listened on, or what stands before it."""
        return self._listener.socket

    def talk_through(self, make: Callable[[Any, Callable[[float], None]], Any]) -> None:
        """Put something before the socket that looks like one; see `Listener.talk_through`."""
        self._listener.talk_through(make)

    def process_pktqueue(self) -> None:
        """Do nothing: datagrams are handled as they come."""

    def logout(self) -> Mapping[str, bool]:
        """Stop serving: the port is free again."""
        ipmisession.Session.bmc_handlers.pop(self.serversocket, None)
        self._listener.close()
        return {"success": True}

    close = logout

    def __enter__(self) -> IpmiServer:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.logout()

    @Fact
    def address(self) -> tuple[Any, ...]:
        """The address that is listened on; its second part is the port."""
        return self._listener.address


_OURS: dict[str, Callable[..., None]] = {
    "send_auth_cap": IpmiServer.send_auth_cap,
    "send_cipher_suites": IpmiServer.send_cipher_suites,
}


__all__ = ["OK", "AuthData", "IpmiServer", "ServerSession"]
