# SPDX-License-Identifier: Apache-2.0
"""A simulated server: power, boot options, identification, identity, and a controller behind its BMC."""
from __future__ import annotations

from functools import partial
from time import monotonic
from typing import Any, Callable, Optional
from uuid import UUID

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.bmc import DIRECTIVES, Bmc, refusal
from pyghmi.ipmi.oem.simulated.identity import MANUFACTURER_ID, PRODUCT_ID, SET_BLINK
from pyghmi.ipmi.private.serversession import Request, ServerSession
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.app import DeviceId, Guid, SelfTestCode, SelfTestResults
from pyghmi.ipmi.spec.chassis import (
    ChassisControl,
    ChassisIdentify,
    ChassisStatus,
    IdentifyState,
    PohCounter,
    RestartCause,
    RestorePolicy,
    SetPowerRestorePolicy,
    SupportedRestorePolicies,
    SystemRestartCause,
)
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, INVALID_LENGTH, OK, WRONG_STATE
from pyghmi.ipmi.spec.watchdog import TimeoutAction
from pyghmi.sim.boot import BootOptions, Reply, Say
from pyghmi.sim.enables import EnablesPart
from pyghmi.sim.parts import make_parts
from pyghmi.sim.watchdog import WatchdogPart

SATELLITE_ADDRESS, SATELLITE_CHANNEL = 0x82, 0
_NAK_ON_WRITE = 0x83
_DEFAULT_GUID = UUID("5a1d0c77-5053-4f6e-9b1e-0200005e0001")


class SimulatedBmc(Bmc):
    """The BMC of a simulated server.

    say: told of what happens to the server, in words; bmcuuid: its GUID.  Everything else: see `Bmc`.
    """

    def __init__(
        self,
        authdata: Any,
        port: int = 623,
        bmcuuid: Optional[UUID] = None,
        address: str = "127.0.0.1",
        *,
        say: Say | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("refusal_wait_s", 0.0)  # nothing is guarded here, and tests fail logins by the thousand
        super().__init__(authdata, port, bmcuuid or _DEFAULT_GUID, address, **options)
        self.deviceid = 0x20
        self.revision = 1
        self.firmwaremajor, self.firmwareminor = 2, 0x10
        self.additionaldevices = 0x80
        self.mfgid, self.prodid = MANUFACTURER_ID, PRODUCT_ID
        self.power_is_on = False
        self.restore_policy = RestorePolicy.ALWAYS_OFF
        self.restart_cause = RestartCause.UNKNOWN
        self.identify = IdentifyState.OFF
        self.blinking_s = 0
        self.executed: list[tuple[int, int, bytes]] = []
        self.restarting = False
        self._say: Say = say or (lambda text: None)
        self.boot = BootOptions(self._say)
        self.watchdog = WatchdogPart(monotonic, self.watchdog_expired)
        self.enables = EnablesPart(lambda: self.power_is_on)
        self.parts = make_parts(self)
        self._of_parts = {key: answer for part in self.parts.values() for key, answer in part.commands().items()}

    def handle_raw_request(self, request: Request, session: ServerSession) -> None:
        """Answer a request out of the table of commands."""
        netfn, command, data = request["netfn"], request["command"], bytes(request["data"])
        self.executed.append((netfn, command, data))
        del self.executed[:-1000]
        self.watchdog.look()
        method = _COMMANDS.get((netfn, command))
        answered_by = partial(method, self) if method is not None else self._of_parts.get((netfn, command))
        if answered_by is None:
            super().handle_raw_request(request, session)
            return
        code, answer = refusal(request, without_data=_WITHOUT_DATA), b""
        if code is None:
            try:
                code, answer = answered_by(data)
            except Malformed:
                code = INVALID_LENGTH
        session.send_ipmi_response(data=answer, code=code)

    # --- power

    def get_power_state(self) -> str:
        """Return 'on' or 'off'."""
        return "on" if self.power_is_on else "off"

    def power_off(self) -> int | None:
        """Switch off at once."""
        self.power_is_on = False
        self._say("abruptly remove power")
        return None

    def power_on(self) -> int | None:
        """Switch on."""
        self.power_is_on = True
        self.restart_cause = RestartCause.CHASSIS_CONTROL
        self._say("powered on")
        return None

    def power_cycle(self) -> int | None:
        """Switch off and on; refused while it is off."""
        return self._restart("power cycled")

    def power_reset(self) -> int | None:
        """Reset; refused while it is off."""
        return self._restart("reset")

    def pulse_diag(self) -> int | None:
        """Raise a diagnostic interrupt; refused while it is off."""
        return self._restart("diagnostic interrupt")

    def _restart(self, what: str) -> int | None:
        if not self.power_is_on:
            return WRONG_STATE
        self.restart_cause = RestartCause.CHASSIS_CONTROL
        self._say(what)
        return None

    def power_shutdown(self) -> int | None:
        """Have the operating system shut down: it does at once."""
        self.power_is_on = False
        self._say("politely shut down the system")
        return None

    def watchdog_expired(self, action: TimeoutAction) -> None:
        """Do what the watchdog is set to do; nothing to a machine that is off."""
        if not self.power_is_on:
            return
        self.power_is_on = action is not TimeoutAction.POWER_DOWN
        if action is not TimeoutAction.NONE:
            self.restart_cause = RestartCause.WATCHDOG
        self._say(f"watchdog expired: {action.name.lower().replace('_', ' ')}")

    def cold_reset(self) -> int | None:
        """Restart the BMC: its sessions are gone."""
        self._say("shutting down in response to BMC cold reset request")
        self.restarting = True
        self.core.close_all()
        return None

    def get_system_guid(self) -> UUID:
        """Return the GUID of the machine."""
        return self.uuid

    # --- commands

    def _status(self, _data: bytes) -> Reply:
        answer = ChassisStatus(
            restore_policy=self.restore_policy,
            control_fault=False,
            power_fault=False,
            interlock=False,
            overload=False,
            power_on=self.power_is_on,
            on_by_command=self.restart_cause is RestartCause.CHASSIS_CONTROL,
            identify_supported=True,
            identify=self.identify,
            front_panel=self.enables.front_panel,
        )
        return OK, answer.encode()

    def _control(self, data: bytes) -> Reply:
        action = exact(ChassisControl, data).action
        method = DIRECTIVES.get(action)
        return (INVALID_FIELD, b"") if method is None else (method(self) or OK, b"")

    def _identify(self, data: bytes) -> Reply:
        asked = exact(ChassisIdentify, data)
        if asked.force_on:
            self.identify = IdentifyState.INDEFINITE
        else:
            self.identify = IdentifyState.OFF if asked.seconds == 0 else IdentifyState.TEMPORARY
        self._say(f"identify {self.identify.name.lower()}")
        return OK, b""

    def _set_restore_policy(self, data: bytes) -> Reply:
        policy = exact(SetPowerRestorePolicy, data).policy
        if policy > RestorePolicy.UNKNOWN:
            return INVALID_FIELD, b""
        if policy is not RestorePolicy.UNKNOWN:
            self.restore_policy = policy
        return OK, SupportedRestorePolicies(always_on=True, previous=True, always_off=True).encode()

    def _restart_cause(self, _data: bytes) -> Reply:
        return OK, SystemRestartCause(cause=self.restart_cause, channel=1).encode()

    def _poh_counter(self, _data: bytes) -> Reply:
        return OK, PohCounter(minutes_per_count=60, count=1234).encode()

    def _get_boot_options(self, data: bytes) -> Reply:
        return self.boot.get(data)

    def _set_boot_options(self, data: bytes) -> Reply:
        return self.boot.set(data)

    def get_boot_device(self) -> int:
        """Return the number of the boot device."""
        return self.boot.device

    def _self_test(self, _data: bytes) -> Reply:
        return OK, SelfTestResults(code=SelfTestCode.PASSED, detail=0).encode()

    def _device_guid(self, _data: bytes) -> Reply:
        return OK, Guid(guid=self.uuid.bytes_le).encode()

    def _warm_reset(self, _data: bytes) -> Reply:
        self._say("BMC warm reset")
        return OK, b""

    def _blink(self, data: bytes) -> Reply:
        if len(data) != 4 or int.from_bytes(data[:3], "little") != MANUFACTURER_ID:
            return INVALID_FIELD, b""
        self.blinking_s = data[3]
        self._say(f"blink for {data[3]} s")
        return OK, data[:3]

    # --- the controller behind the BMC

    def _send_message(self, data: bytes) -> Reply:
        """Deliver a message to the satellite; its answer comes in the data of ours."""
        if len(data) < 8:
            return INVALID_LENGTH, b""
        channel, message = data[0] % 16, data[1:]
        inner = ipmb.parse_request(message)
        if inner is None:
            return INVALID_FIELD, b""
        if channel != SATELLITE_CHANNEL or inner.rs_address != SATELLITE_ADDRESS:
            return _NAK_ON_WRITE, b""
        return OK, ipmb.build_response(inner, *self._satellite(inner))

    def _satellite(self, request: ipmb.Request) -> Reply:
        """Answer as a small controller: it has an identity and a self test, and passes messages on to itself."""
        if (request.netfn, request.cmd) == (0x06, 0x34):
            return self._send_message(request.data)
        if (request.netfn, request.cmd) == (0x06, 0x04):
            return self._self_test(b"")
        if (request.netfn, request.cmd) != (0x06, 0x01):
            return INVALID_COMMAND, b""
        answer = DeviceId(
            device_id=0x82,
            provides_sdrs=False,
            device_revision=1,
            updating=False,
            firmware_major=1,
            firmware_minor=0x05,
            ipmi_minor=0,
            ipmi_major=2,
            chassis_device=False,
            bridge=False,
            event_generator=True,
            event_receiver=False,
            fru_inventory=False,
            sel_device=False,
            sdr_repository=False,
            sensor_device=False,
            manufacturer_id=MANUFACTURER_ID,
            product_id=PRODUCT_ID + 1,
        )
        return OK, answer.encode()


_COMMANDS: dict[tuple[int, int], Callable[[SimulatedBmc, bytes], Reply]] = {
    (0x00, 0x01): SimulatedBmc._status,
    (0x00, 0x02): SimulatedBmc._control,
    (0x00, 0x04): SimulatedBmc._identify,
    (0x00, 0x06): SimulatedBmc._set_restore_policy,
    (0x00, 0x07): SimulatedBmc._restart_cause,
    (0x00, 0x08): SimulatedBmc._set_boot_options,
    (0x00, 0x09): SimulatedBmc._get_boot_options,
    (0x00, 0x0F): SimulatedBmc._poh_counter,
    (0x06, 0x03): SimulatedBmc._warm_reset,
    (0x06, 0x04): SimulatedBmc._self_test,
    (0x06, 0x08): SimulatedBmc._device_guid,
    (0x06, 0x34): SimulatedBmc._send_message,
    SET_BLINK: SimulatedBmc._blink,
}

_WITHOUT_DATA = frozenset(
    (
        (0x00, 0x00),
        (0x00, 0x01),
        (0x00, 0x07),
        (0x00, 0x0F),
        (0x06, 0x03),
        (0x06, 0x04),
        (0x06, 0x07),
        (0x06, 0x08),
        (0x06, 0x22),
        (0x06, 0x25),
        (0x06, 0x2F),
    )
)
