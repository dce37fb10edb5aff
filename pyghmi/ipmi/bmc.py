# SPDX-License-Identifier: Apache-2.0
"""`Bmc`: a BMC to subclass.  Whatever it can do is a method to override."""
from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from typing import Any, Callable, Union

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.facade.tables import boot_devices
from pyghmi.ipmi.private import serversession
from pyghmi.ipmi.private.bmcserial import PAYLOAD_REQUESTS, SerialOverLan
from pyghmi.ipmi.private.serversession import IpmiServer, Request, ServerSession
from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.boot import BootFlags, BootOptionData, BootParameter, GetSystemBootOptions, SetSystemBootOptions
from pyghmi.ipmi.spec.chassis import ChassisControl, ChassisStatus, PowerAction, RestorePolicy
from pyghmi.ipmi.spec.codes import INVALID_COMMAND, INVALID_FIELD, INVALID_LENGTH, OK, UNSPECIFIED

__all__ = ["Bmc", "refusal", "serversession"]

_NO_SUCH_PARAMETER = 0x80
_NOT_AT_THIS_LUN, _NO_SUCH_DESTINATION = 0xC2, 0xD3
_POWERED = {"on": True, "off": False, 1: True, 0: False}
_LATER = {
    "ipmicommand": "pyghmi.ipmi.command",
    "console": "pyghmi.ipmi.console",
    "ipmisession": "pyghmi.ipmi.private.session",
}


def __getattr__(name: str) -> Any:
    """Import the modules that programs reach through this one when they are first asked for."""
    if name in _LATER:
        from importlib import import_module

        return import_module(_LATER[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def refusal(request: Request, *, without_data: Container[tuple[int, int]]) -> int | None:
    """Return the completion code for a request that is not for LUN 0 of the BMC, or that has data and must not."""
    if "address" in request:
        return _NO_SUCH_DESTINATION
    if "lun" in request:
        return _NOT_AT_THIS_LUN
    return INVALID_LENGTH if request["data"] and (request["netfn"], request["command"]) in without_data else None


class Bmc(SerialOverLan, IpmiServer):
    """A BMC; see `IpmiServer` for the constructor.

    What is not overridden is answered as a BMC answers that lacks it.  With an `iohandler`, there is a serial console.
    """

    # --- to override

    def cold_reset(self) -> int | None:
        """Restart the BMC; returns a completion code, None for success."""
        raise NotImplementedError

    def power_off(self) -> int | None:
        """Switch off at once."""
        raise NotImplementedError

    def power_on(self) -> int | None:
        """Switch on."""
        raise NotImplementedError

    def power_cycle(self) -> int | None:
        """Switch off and on."""
        raise NotImplementedError

    def power_reset(self) -> int | None:
        """Reset."""
        raise NotImplementedError

    def pulse_diag(self) -> int | None:
        """Raise a diagnostic interrupt."""
        raise NotImplementedError

    def power_shutdown(self) -> int | None:
        """Have the operating system shut down."""
        raise NotImplementedError

    def get_power_state(self) -> Union[str, int]:
        """Return 'on' or 'off', or 1 or 0."""
        raise NotImplementedError

    def is_active(self) -> bool:
        """Return whether there is a console to connect with."""
        raise NotImplementedError

    def get_boot_device(self) -> Union[str, int]:
        """Return a name out of `boot_devices`, or its number."""
        raise NotImplementedError

    def set_boot_device(self, bootdevice: str) -> Any:
        """Set the boot device, by its canonical name; an int that is returned is the completion code."""
        raise NotImplementedError

    # --- requests

    def handle_raw_request(self, request: Request, session: ServerSession) -> None:
        """Answer a request; the strongest method to override."""
        code = refusal(request, without_data=_WITHOUT_DATA)
        if code is not None:
            session.send_ipmi_response(code=code)
            return
        method = _REQUESTS.get((request["netfn"], request["command"]))
        if method is None:
            if not self.answer_by_the_book(session):
                self.handle_missing_command(session)
            return
        try:
            method(self, request, session)
        except Malformed:
            session.send_ipmi_response(code=INVALID_LENGTH)

    @staticmethod
    def handle_missing_command(session: ServerSession) -> None:
        """Answer that there is no such command."""
        session.send_ipmi_response(code=INVALID_COMMAND)

    def _device_id(self, _request: Request, session: ServerSession) -> None:
        self.send_device_id(session)

    def _cold_reset(self, _request: Request, session: ServerSession) -> None:
        session.send_ipmi_response(code=self.cold_reset() or OK)

    def _system_guid(self, _request: Request, session: ServerSession) -> None:
        session.send_ipmi_response(data=list(self.get_system_guid().bytes_le))

    def get_chassis_status(self, session: ServerSession) -> None:
        """Answer Get Chassis Status."""
        state = _POWERED.get(self.get_power_state())
        if state is None:
            session.send_ipmi_response(code=UNSPECIFIED)
            return
        session.send_ipmi_response(data=list(_status(power_on=state)))

    def _chassis_status(self, _request: Request, session: ServerSession) -> None:
        self.get_chassis_status(session)

    def control_chassis(self, request: Request, session: ServerSession) -> None:
        """Answer Chassis Control."""
        method = DIRECTIVES.get(exact(ChassisControl, bytes(request["data"])).action, _no_such_directive)
        try:
            code = method(self)
        except NotImplementedError:
            code = INVALID_FIELD
        session.send_ipmi_response(code=code or OK)

    def get_system_boot_options(self, request: Request, session: ServerSession) -> None:
        """Answer Get System Boot Options."""
        data = bytes(request["data"])
        asked = exact(GetSystemBootOptions, data.ljust(3, b"\0") if data else data)  # selectors may be left out
        if asked.parameter != BootParameter.BOOT_FLAGS:
            session.send_ipmi_response(code=_NO_SUCH_PARAMETER)
            return
        try:
            device = self.get_boot_device()
        except NotImplementedError:
            flags = bytes(5)
        else:
            number = boot_devices[device] if isinstance(device, str) else device
            flags = bytes((BootFlags().encode()[0], int(number), 0, 0, 0))
        answer = BootOptionData(version=1, invalid=False, parameter=asked.parameter, data=flags)
        session.send_ipmi_response(data=list(answer.encode()))

    def set_system_boot_options(self, request: Request, session: ServerSession) -> None:
        """Answer Set System Boot Options."""
        asked = SetSystemBootOptions.decode(bytes(request["data"]))
        if asked.parameter in _ACKNOWLEDGED:
            fits = len(asked.data) <= _ACKNOWLEDGED[asked.parameter]
            session.send_ipmi_response(code=OK if fits else INVALID_LENGTH)
            return
        if asked.parameter != BootParameter.BOOT_FLAGS:
            self.handle_missing_command(session)
            return
        flags = exact(BootFlags, asked.data)
        device = boot_devices.get(int(flags.device))
        if not isinstance(device, str):
            session.send_ipmi_response(code=INVALID_FIELD)
            return
        code = self.set_boot_device(device)
        session.send_ipmi_response(code=code if isinstance(code, int) else OK)

    @classmethod
    def listen(cls, timeout: float = 30) -> None:
        """Serve all BMCs of the process for ever."""
        from pyghmi.ipmi.private.session import Session

        while True:
            Session.wait_for_rsp(timeout)


@lru_cache(maxsize=2)
def _status(*, power_on: bool) -> bytes:
    """Return the answer to Get Chassis Status: the command that comes most, and nothing else changes in it."""
    answer = ChassisStatus(
        restore_policy=RestorePolicy.ALWAYS_OFF,
        control_fault=False,
        power_fault=False,
        interlock=False,
        overload=False,
        power_on=power_on,
        on_by_command=False,
        identify_supported=False,
    )
    return answer.encode().ljust(3, b"\0")


_ACKNOWLEDGED: dict[int, int] = {
    BootParameter.SET_IN_PROGRESS: 1,
    BootParameter.VALID_BIT_CLEARING: 1,
    BootParameter.INFO_ACKNOWLEDGE: 2,
}
"""Parameter -> its bytes."""

Method = Callable[[Bmc, Request, ServerSession], None]

_REQUESTS: dict[tuple[int, int], Method] = {
    (0x06, 0x01): Bmc._device_id,
    (0x06, 0x02): Bmc._cold_reset,
    (0x06, 0x37): Bmc._system_guid,
    **PAYLOAD_REQUESTS,
    (0x00, 0x01): Bmc._chassis_status,
    (0x00, 0x02): lambda bmc, request, session: bmc.control_chassis(request, session),
    (0x00, 0x08): lambda bmc, request, session: bmc.set_system_boot_options(request, session),
    (0x00, 0x09): lambda bmc, request, session: bmc.get_system_boot_options(request, session),
}

_WITHOUT_DATA = frozenset(((0x06, 0x01), (0x06, 0x02), (0x06, 0x37), (0x00, 0x01)))


def _no_such_directive(_bmc: Bmc) -> int:
    return INVALID_FIELD


DIRECTIVES: dict[int, Callable[[Bmc], "int | None"]] = {
    PowerAction.POWER_DOWN: lambda bmc: bmc.power_off(),
    PowerAction.POWER_UP: lambda bmc: bmc.power_on(),
    PowerAction.POWER_CYCLE: lambda bmc: bmc.power_cycle(),
    PowerAction.HARD_RESET: lambda bmc: bmc.power_reset(),
    PowerAction.DIAGNOSTIC_INTERRUPT: lambda bmc: bmc.pulse_diag(),
    PowerAction.SOFT_SHUTDOWN: lambda bmc: bmc.power_shutdown(),
}
