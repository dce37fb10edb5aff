# SPDX-License-Identifier: Apache-2.0
"""A simulated server: a `Bmc` put together out of the parts that answer for it."""
from __future__ import annotations

from typing import Any, Callable, Optional, Union
from uuid import UUID

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.bmc import DIRECTIVES, refusal
from pyghmi.ipmi.oem.simulated.identity import MANUFACTURER_ID, PRODUCT_ID
from pyghmi.ipmi.private.serversession import Request, ServerSession
from pyghmi.ipmi.protocol.bmcsession import BmcSession
from pyghmi.ipmi.spec.chassis import IdentifyState, RestartCause
from pyghmi.ipmi.spec.codes import INVALID_FIELD, INVALID_LENGTH, OK, UNSPECIFIED
from pyghmi.ipmi.spec.watchdog import TimeoutAction
from pyghmi.sim.alerts import TRAP_PORT, Alerts
from pyghmi.sim.boot import BootOptions
from pyghmi.sim.chassis import ChassisPart
from pyghmi.sim.clock import Clock, RealClock
from pyghmi.sim.enables import EnablesPart
from pyghmi.sim.events import EventRecorder
from pyghmi.sim.loginguard import LoginGuard
from pyghmi.sim.parts import Answer, Reply, make_parts
from pyghmi.sim.power import Happening, Power, PowerTimes, Say
from pyghmi.sim.powered import PoweredBmc
from pyghmi.sim.profiles import SMALL, Profile, profile_named
from pyghmi.sim.satellite import for_console
from pyghmi.sim.serial import SerialPort
from pyghmi.sim.watchdog import WatchdogPart

_DEFAULT_GUID = UUID("5a1d0c77-5053-4f6e-9b1e-0200005e0001")
_SEND_MESSAGE, _PET_ACKNOWLEDGE = (0x06, 0x34), (0x04, 0x17)
_MOST_REMEMBERED = 1000


class SimulatedBmc(PoweredBmc):
    """The BMC of a simulated server.

    say: told of what happens to the server, in words; bmcuuid: its GUID; profile: what kind of machine it is, by name
    or a `Profile`: the small one, which costs nothing while nobody asks, unless told otherwise; seed: of what varies in
    it; clock: its time, None: the computer's; power_times: how long things take, None: as the profile says;
    watch_request: called with each request and its reply, see `answer`; trap_port: where alerts are sent;
    traps_leave_host: whether also to addresses that are not loopback.  Everything else: see `Bmc`.

    parts: what answers, by subject, each with `state()` and `restore(state)`; table: (netfn, command) -> what answers
    that, to be changed at will; at_luns: the same for its LUNs above 0; executed: the last requests; restarting:
    whether the BMC was reset and is not back; absent: whether it is silent meanwhile.
    """

    def __init__(
        self,
        authdata: Any,
        port: int = 623,
        bmcuuid: Optional[UUID] = None,
        address: str = "127.0.0.1",
        *,
        say: Say | None = None,
        profile: Union[str, Profile] = SMALL,
        seed: int = 1,
        clock: Clock | None = None,
        power_times: PowerTimes | None = None,
        watch_request: Callable[[Request, Optional[Reply]], object] | None = None,
        trap_port: int = TRAP_PORT,
        traps_leave_host: bool = False,
        **options: Any,
    ) -> None:
        options.setdefault("refusal_wait_s", 0.0)  # nothing is guarded here, and tests fail logins by the thousand
        self.profile = profile_named(profile)
        super().__init__(authdata, port, bmcuuid or _DEFAULT_GUID, address, **options)
        self.deviceid = 0x20
        self.revision = 1
        self.firmwaremajor, self.firmwareminor = 2, 0x10
        self.additionaldevices = self.profile.devices
        self.mfgid, self.prodid = MANUFACTURER_ID, PRODUCT_ID
        self.say: Say = say or (lambda _text: None)
        self.seed = seed
        self.clock: Clock = clock or RealClock(getattr(self, "reactor", None))
        self.executed: list[tuple[int, int, bytes]] = []
        self.restarting = self.absent = False
        self._watch_request = watch_request
        self._traps = trap_port, traps_leave_host
        self._build(power_times or self.profile.times)

    def _build(self, times: PowerTimes) -> None:
        """Make the parts, and tell them of one another."""
        clock = self.clock
        self.enables = EnablesPart(lambda: self.power_is_on)
        self.power = Power(clock, times, self._tell, lambda: self.enables.power_cycle_s)
        self.boot = BootOptions(self._tell, clock)
        self.watchdog = WatchdogPart(
            clock.now,
            self.watchdog_expired,
            call_later=clock.call_later,
            log=self._watchdog_event,
        )
        self.chassis = ChassisPart(clock, self.power, self.boot, self.enables, self._control, self._tell)
        self.model = self.profile.model(self)
        self.parts = make_parts(self)
        self.table: dict[tuple[int, int], Answer] = {
            key: answer for part in self.parts.values() for key, answer in part.commands().items()
        }
        self.at_luns: dict[int, dict[tuple[int, int], Answer]] = {}
        port, leave_host = self._traps
        self.alerts = Alerts(self, port, leave_host=leave_host)
        self.core.sessionless.table[_PET_ACKNOWLEDGE] = self.table[_PET_ACKNOWLEDGE]
        self.events = EventRecorder(self)
        self.core.config.rules = LoginGuard(self)
        self.serial = SerialPort(self)
        self.power.watchers += [self._happened, self.model.happened, self.serial.happened, self.events.happened]
        if self.profile.scan_s is not None:
            clock.call_later(self.profile.scan_s, self._scan)

    def _tell(self, text: str) -> None:
        self.say(text)

    def _watchdog_event(self, offset: int, data: int) -> None:
        self.events.watchdog(offset, data)

    # --- requests

    def handle_raw_request(self, request: Request, session: ServerSession) -> None:
        """Answer a request."""
        reply = self.answer(request, session)
        if reply is None:
            return
        code, data = reply
        if (request["netfn"], request["command"]) == _SEND_MESSAGE and data and self._send_alone(data, session):
            return
        session.send_ipmi_response(data=data, code=code)

    def _send_alone(self, answer: bytes, session: ServerSession) -> bool:
        """Send what a controller behind the BMC answers in a packet of its own; False: it is not to be sent so."""
        inside: BmcSession | None = getattr(session, "session", None)
        if inside is None or session.request is None or not self.parts["bridge"].alone:  # type: ignore[attr-defined]
            return False
        asked, session.request = session.request, None
        inside.respond_with(asked, for_console(answer))
        self.flush()
        return True

    def answer(self, request: Request, session: ServerSession | None = None) -> Reply | None:
        """Return (completion code, data) for a request, None: nobody answers, or the session was used for that.

        All requests in sessions pass here: the place to put misbehaviour.
        """
        self.executed.append((request["netfn"], request["command"], bytes(request["data"])))
        del self.executed[:-_MOST_REMEMBERED]
        reply = None if self.absent else self._reply(request, session)
        if self._watch_request is not None:
            self._watch_request(request, reply)
        return reply

    def _reply(self, request: Request, session: ServerSession | None) -> Reply | None:
        key = request["netfn"], request["command"]
        method = self._at_lun(request, key)
        if method is None:
            code = refusal(request, without_data=_WITHOUT_DATA)
            if code is not None:
                return code, b""
            method = self.table.get(key)
        self.watchdog.look()
        if method is None:
            return self._by_bmc(request, None if key in _PLAIN else session)
        try:
            return method(bytes(request["data"]))
        except Malformed:
            return INVALID_LENGTH, b""

    def _at_lun(self, request: Request, key: tuple[int, int]) -> Answer | None:
        """Return what answers for another LUN of the BMC's own, None: nothing does, or it is LUN 0."""
        return self.at_luns.get(request["lun"], {}).get(key) if "lun" in request and "address" not in request else None

    def _by_bmc(self, request: Request, session: ServerSession | None) -> Reply | None:
        """Return what `Bmc` answers, None: it has sent that itself, for it is about the session."""
        if session is not None:
            super().handle_raw_request(request, session)
            return None
        taken: Any = _Taken()
        super().handle_raw_request(request, taken)
        reply: Reply = taken.reply
        return reply

    @property
    def identify(self) -> IdentifyState:
        """How the light is."""
        return self.chassis.identify

    @property
    def blinking_s(self) -> int:
        """What the command of the simulation's own was told last."""
        found: int = self.parts["identity"].blinking_s  # type: ignore[attr-defined]
        return found

    # --- power

    def _control(self, action: int) -> int | None:
        method = DIRECTIVES.get(action)
        return INVALID_FIELD if method is None else method(self)

    def watchdog_expired(self, action: TimeoutAction) -> None:
        """Do what the watchdog is set to do; nothing to a machine that is off."""
        if not self.power.is_on:
            return
        self.say(f"watchdog expired: {action.name.lower().replace('_', ' ')}")
        method = _BY_WATCHDOG.get(action)
        if method is not None:
            method(self.power)

    def lose_mains(self) -> None:
        """Pull the plug: BMC and machine are off."""
        self.restarting = self.absent = True
        self.core.close_all()
        self.power.lose_mains()

    def return_mains(self) -> None:
        """Put it in again: the BMC starts, and the machine as its restore policy says."""
        self.clock.call_later(self.power.times.bmc_s, self._back)
        self.power.return_mains()

    def set_intrusion(self, is_open: bool) -> None:
        """Open or close the lid."""
        self.chassis.intrusion = is_open
        self.scan()

    def _happened(self, happening: Happening, cause: RestartCause) -> None:
        if happening in (Happening.OFF, Happening.RESET, Happening.DIAGNOSTIC):
            self.watchdog.stop()
        if happening in (Happening.ON, Happening.RESET, Happening.DIAGNOSTIC):
            self.boot.machine_started(cause)
        if self.sol is not None and happening in (Happening.ON, Happening.OFF):
            self.sol.poweredon = happening is Happening.ON
        self.enables.forget_acpi()

    # --- the serial console

    def is_active(self) -> bool:
        """Return whether there is a console to connect with: SOL can be switched off by its parameter."""
        enabled: bool = self.parts["lan"].sol_enabled  # type: ignore[attr-defined]
        return enabled

    def iohandler(self, data: Any) -> None:
        """Take what is typed."""
        if isinstance(data, (bytes, bytearray)):
            self.serial.received(bytes(data))

    def serial_break(self) -> None:
        """Take a break."""
        self.serial.break_received()

    def _connect(self, session: ServerSession) -> None:
        super()._connect(session)
        self.sol.poweredon = self.power_is_on
        self.serial.attach(self.sol.send_data)

    def _sol_ended(self) -> None:
        super()._sol_ended()
        self.serial.detach()

    def deactivate_payload(self, request: Request, session: ServerSession) -> None:
        """Answer Deactivate Payload."""
        super().deactivate_payload(request, session)
        if not self.activated:
            self.serial.detach()

    # --- the BMC itself

    def cold_reset(self) -> int | None:
        """Restart the BMC: its sessions are gone, and it is silent for a while.  What was set stays."""
        self.say("shutting down in response to BMC cold reset request")
        self.restarting, self.absent = True, self.power.times.bmc_s > 0
        self.core.close_all()
        self.clock.call_later(self.power.times.bmc_s, self._back)
        return None

    def _back(self) -> None:
        self.restarting = self.absent = False
        for part in self.parts.values():
            started = getattr(part, "bmc_started", None)
            if started is not None:
                started()

    def _received(self, datagram: bytes, peer: Any) -> bool:
        """Hear nothing while the BMC starts."""
        return self.absent or super()._received(datagram, peer)

    def get_system_guid(self) -> UUID:
        """Return the GUID of the machine."""
        return self.uuid

    def get_boot_device(self) -> int:
        """Return the number of the boot device."""
        return self.boot.device

    def scan(self) -> None:
        """Look at all sensors, those behind the BMC too, and raise the events that come of it."""
        if self.absent:
            return
        for name in ("sensors", "bridge"):
            self.parts[name].scan()  # type: ignore[attr-defined]

    def _scan(self) -> None:
        self.scan()
        self.clock.call_later(self.profile.scan_s or 1.0, self._scan)

    # --- state

    def state(self) -> dict[str, Any]:
        """Return all that the machine knows, as values that JSON can hold, passwords too."""
        parts = {name: part.state() for name, part in self.parts.items()}
        return {"profile": self.profile.name, "seed": self.seed, "parts": parts, "model": self.model.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says; parts that it does not name stay as they are."""
        for name, part in self.parts.items():
            if name in state["parts"]:
                part.restore(state["parts"][name])
        self.power_is_on = self.power.is_on
        self.absent = self.restarting = not self.power.has_mains
        self.model.restore(state.get("model", {}))

    def logout(self) -> Any:
        """Stop serving: the port is free again, and nothing happens any more."""
        self.clock.cancel_all()
        return super().logout()

    close = logout


class _Taken:
    """Takes one answer, in the place of a session."""

    def __init__(self) -> None:
        self.reply: Reply = UNSPECIFIED, b""

    def send_ipmi_response(self, data: Any = (), code: int = OK) -> None:
        """Take it."""
        self.reply = code, bytes(data)


_PLAIN = frozenset(((0x06, 0x01), (0x06, 0x02), (0x06, 0x37)))
"""What `Bmc` answers without its session: who it is, and a reset."""


_BY_WATCHDOG: dict[int, Callable[[Power], object]] = {
    TimeoutAction.HARD_RESET: lambda power: power.reset(RestartCause.WATCHDOG),
    TimeoutAction.POWER_DOWN: lambda power: power.off(),
    TimeoutAction.POWER_CYCLE: lambda power: power.cycle(RestartCause.WATCHDOG),
}

_WITHOUT_DATA = frozenset(
    (
        (0x00, 0x00),
        (0x00, 0x01),
        (0x00, 0x07),
        (0x00, 0x0F),
        (0x06, 0x01),
        (0x06, 0x02),
        (0x06, 0x03),
        (0x06, 0x04),
        (0x06, 0x07),
        (0x06, 0x08),
        (0x06, 0x22),
        (0x06, 0x25),
        (0x06, 0x2F),
        (0x06, 0x37),
    )
)

