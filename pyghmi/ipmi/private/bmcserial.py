# SPDX-License-Identifier: Apache-2.0
"""The part of `Bmc` that gives a serial console.  IPMI 2.0 §24."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional

from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.channels import ChannelPayloadSupport, GetChannelPayloadSupport
from pyghmi.ipmi.spec.codes import INVALID_FIELD, PayloadType
from pyghmi.ipmi.spec.payloads import (
    ActivatePayload,
    DeactivatePayload,
    GetPayloadActivationStatus,
    GetPayloadInstanceInfo,
    PayloadActivated,
    PayloadActivationStatus,
    PayloadInstanceInfo,
)

if TYPE_CHECKING:
    from pyghmi.ipmi.private.serverconsole import ServerConsole
    from pyghmi.ipmi.private.serversession import Request, ServerSession

_ALREADY, _DISABLED, _NOT_ENCRYPTED = 0x80, 0x81, 0x83
_HEADER_BYTES = 4
_INSTANCE = 1
_NO_VLAN = 0xFFFF


class SerialOverLan:
    """Give the serial console to one session at a time.

    iohandler: a callable, or a method, that takes bytes that were typed; it makes the console possible.  sol: the
    `ServerConsole` while one is active; `sol.send_data` sends output.
    """

    activated = False
    sol: Any = None
    iohandler: Optional[Callable[[Any], object]] = None
    is_active: Callable[[], bool]
    address: tuple[Any, ...]

    def serial_break(self) -> None:
        """Take a break that the console sends; to be overridden, does nothing."""

    def sol_room(self) -> int:
        """Return how many characters can be taken at the moment; to be overridden, any number."""
        return 1 << 16

    def activate_payload(self, request: Request, session: ServerSession) -> None:
        """Answer Activate Payload: connect the serial line with this session, if it may be."""
        asked = exact(ActivatePayload, bytes(request["data"]))
        if self.iohandler is None or asked.payload_type != PayloadType.SOL or not self.is_active():
            session.send_ipmi_response(code=_DISABLED)
        elif asked.instance != _INSTANCE:
            session.send_ipmi_response(code=INVALID_FIELD)
        elif self._is_taken() and not self._is_holder(session):
            session.send_ipmi_response(code=_ALREADY)
        elif not _protected(session, asked):
            session.send_ipmi_response(code=_NOT_ENCRYPTED)
        else:
            self._connect(session)

    def _connect(self, session: ServerSession) -> None:
        from pyghmi.ipmi.private.serverconsole import MOST_CHARACTERS, ServerConsole

        size = MOST_CHARACTERS + _HEADER_BYTES
        answer = PayloadActivated(
            test_mode=False, inbound_size=size, outbound_size=size, port=int(self.address[1]), vlan=_NO_VLAN
        )
        is_repeated, self.activated = self._is_taken(), True
        session.send_ipmi_response(data=answer.encode())
        if is_repeated:
            return  # the answer to the first one was lost
        console = ServerConsole(
            session, self._typed, on_break=self.serial_break, room=self.sol_room, on_end=lambda: self._forget(console)
        )
        self.sol = console

    def _is_taken(self) -> bool:
        """Whether a session has the serial line, and the program has not closed its console."""
        return self.activated and getattr(self.sol, "activated", True)

    def _is_holder(self, session: ServerSession) -> bool:
        """Whether this session has the serial line; 80h means that another one has it."""
        return self.sol is not None and getattr(self.sol, "ipmi_session", None) is session

    def _typed(self, data: Any) -> None:
        if self.iohandler is not None:
            self.iohandler(data)

    def _forget(self, sol: ServerConsole) -> None:
        """Let go of a console that is over, now that all has been delivered that was typed before."""
        if self.sol is sol:
            if self.activated:
                self._sol_ended()
            self.sol = None

    def _sol_ended(self) -> None:
        self.activated = False
        self.sol = None

    def deactivate_payload(self, request: Request, session: ServerSession) -> None:
        """Answer Deactivate Payload, whoever asks: that is how a console is taken over."""
        asked = exact(DeactivatePayload, bytes(request["data"]))
        if self.iohandler is None or asked.payload_type != PayloadType.SOL:
            session.send_ipmi_response(code=_DISABLED)
        elif asked.instance != _INSTANCE or not self._is_taken():
            session.send_ipmi_response(code=_ALREADY)
        else:
            session.send_ipmi_response()
            sol, self.activated = self.sol, False
            if sol is not None:
                sol.close()

    def get_payload_activation_status(self, request: Request, session: ServerSession) -> None:
        """Answer Get Payload Activation Status."""
        asked = exact(GetPayloadActivationStatus, bytes(request["data"]))
        has = self.iohandler is not None and asked.payload_type == PayloadType.SOL
        active = 1 if has and self._is_taken() else 0
        answer = PayloadActivationStatus(capacity=1 if has else 0, instances=active)
        session.send_ipmi_response(data=answer.encode())

    def get_payload_instance_info(self, request: Request, session: ServerSession) -> None:
        """Answer Get Payload Instance Info."""
        asked = exact(GetPayloadInstanceInfo, bytes(request["data"]))
        sol: Optional[ServerConsole] = self.sol if asked.payload_type == PayloadType.SOL and self._is_taken() else None
        holder = None if sol is None or asked.instance != _INSTANCE else sol.carrier
        number = 0 if holder is None else holder.session.id
        answer = PayloadInstanceInfo(session_id=number, port_number=0 if holder is None else _INSTANCE)
        session.send_ipmi_response(data=answer.encode())

    def get_channel_payload_support(self, request: Request, session: ServerSession) -> None:
        """Answer Get Channel Payload Support: IPMI messages, and SOL where there is a console."""
        exact(GetChannelPayloadSupport, bytes(request["data"]))
        standard = 0x0003 if self.iohandler is not None else 0x0001
        answer = ChannelPayloadSupport(standard=standard, session_setup=0x003F, oem=0, reserved=0)
        session.send_ipmi_response(data=answer.encode())


PAYLOAD_REQUESTS: dict[tuple[int, int], Callable[[Any, Request, ServerSession], None]] = {
    (0x06, 0x48): lambda bmc, request, session: bmc.activate_payload(request, session),
    (0x06, 0x49): lambda bmc, request, session: bmc.deactivate_payload(request, session),
    (0x06, 0x4A): SerialOverLan.get_payload_activation_status,
    (0x06, 0x4B): SerialOverLan.get_payload_instance_info,
    (0x06, 0x4E): SerialOverLan.get_channel_payload_support,
}


def _protected(session: Any, asked: ActivatePayload) -> bool:
    """Have the packets protected as asked; around a session that a program has wrapped they are, as all others."""
    protect = getattr(session, "protect_sol", None)
    return protect is None or bool(protect(encrypted=asked.encrypt, authenticated=asked.authenticate))
