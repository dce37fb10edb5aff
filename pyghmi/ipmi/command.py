# SPDX-License-Identifier: Apache-2.0
"""`Command`: everything a BMC can be asked."""
from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Any, Callable, Optional

import pyghmi.exceptions as exc
from pyghmi.ipmi.domains.bounded import Bounded
from pyghmi.ipmi.domains.requester import completion_error
from pyghmi.ipmi.facade.alerts import AlertsApi
from pyghmi.ipmi.facade.api import BridgeRequest
from pyghmi.ipmi.facade.boot import BootApi
from pyghmi.ipmi.facade.channels import ChannelsApi
from pyghmi.ipmi.facade.chassis import ChassisApi
from pyghmi.ipmi.facade.dcmi import DcmiApi
from pyghmi.ipmi.facade.events import EventsApi
from pyghmi.ipmi.facade.inventory import InventoryApi
from pyghmi.ipmi.facade.mc import McApi
from pyghmi.ipmi.facade.network import NetworkApi
from pyghmi.ipmi.facade.power import PowerApi
from pyghmi.ipmi.facade.sol import SolApi
from pyghmi.ipmi.facade.system import SystemApi
from pyghmi.ipmi.facade.tables import boot_devices, power_states
from pyghmi.ipmi.facade.thresholds import ThresholdsApi
from pyghmi.ipmi.facade.users import UsersApi
from pyghmi.ipmi.facade.vendor import ConsoleApi, MaintenanceApi, SettingsApi
from pyghmi.ipmi.net.defaults import DEADLINE_S
from pyghmi.ipmi.net.housekeeper import HousekeeperThread
from pyghmi.ipmi.oem import generic as genericoem
from pyghmi.ipmi.oem import lookup
from pyghmi.ipmi.oem.lookup import get_oem_handler
from pyghmi.ipmi.private import session
from pyghmi.ipmi.private.options import deadline_of, finite
from pyghmi.ipmi.private.responses import meaning_of

if TYPE_CHECKING:
    from types import TracebackType

    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.protocol.events import Agreement
    from pyghmi.ipmi.spec.app import DeviceId

__all__ = [
    "Command",
    "Housekeeper",
    "boot_devices",
    "exc",
    "genericoem",
    "get_oem_handler",
    "power_states",
    "select_simplesession",
    "session",
]

Response = dict[str, Any]

_LATER = {
    "localsession": "pyghmi.ipmi.private.localsession",
    "sdr": "pyghmi.ipmi.sdr",
    "fru": "pyghmi.ipmi.fru",
    "sel": "pyghmi.ipmi.events",
    "const": "pyghmi.ipmi.private.constants",
    "util": "pyghmi.ipmi.private.util",
}
_simple = False


def __getattr__(name: str) -> Any:
    """Import the modules that programs reach through this one when they are first asked for."""
    if name in _LATER:
        from importlib import import_module

        return import_module(_LATER[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def select_simplesession() -> None:
    """Give each `Command` made from now on a socket and a loop of its own."""
    global _simple
    _simple = True


class Housekeeper(HousekeeperThread):
    """A thread that runs the event loop: `Housekeeper().start()`, and `stop()` when it is to end."""

    def run(self) -> None:
        """Run the loop until `stop`."""
        self.serve(Command.wait_for_rsp)


class Command(
    PowerApi,
    BootApi,
    ChassisApi,
    McApi,
    SystemApi,
    ThresholdsApi,
    InventoryApi,
    EventsApi,
    NetworkApi,
    ChannelsApi,
    UsersApi,
    AlertsApi,
    DcmiApi,
    SolApi,
    ConsoleApi,
    SettingsApi,
    MaintenanceApi,
):
    """A BMC, by host name or address; without one, that of this machine (`/dev/ipmi0`).

    userid, password, kg: str or bytes; onlogon: called as onlogon(response, command) when the login has ended, its
    presence makes the login asynchronous; privlevel: 1 callback, 2 user, 3 operator, 4 administrator, 5 OEM, None: the
    highest that the account has; verifycallback: called with a DER certificate, says whether it is trusted;
    keepalive: False: an idle session is closed rather than kept alive.

    Keywords of ours: deadline (seconds for each call, 30), suites (cipher suites in order of preference),
    minimum_suite (the weakest acceptable), version ('1.5' or '2.0'), auth_types (of IPMI 1.5), reopen (False: a lost
    session is not opened again), min_interval_s (least time between two requests), observer (sees all datagrams).

    Raises IpmiException and its kin when a synchronous login fails; socket.gaierror for a name without address.
    """

    _until: float | None = None
    _deadline_s = DEADLINE_S
    _known_device_id: DeviceId | None = None
    _learned_here: Learned | None = None
    """These are here for programs that make their own constructor, with the attributes that they know."""

    def __init__(
        self,
        bmc: Optional[str] = None,
        userid: Any = None,
        password: Any = None,
        port: int = 623,
        onlogon: Optional[Callable[[Response, Command], object]] = None,
        kg: Any = None,
        privlevel: Optional[int] = None,
        verifycallback: Optional[Callable[[bytes], object]] = None,
        keepalive: bool = True,
        **kwargs: Any,
    ) -> None:
        self.onlogon = onlogon
        self.bmc = bmc
        self.certverify = verifycallback
        self.kwargs = kwargs
        self._sdrcachedir: str | None = None
        self._sdr: Any = None
        self._oem: Any = None
        self._oemknown = False
        self._netchannel: int | None = None
        self._ipv6support: bool | None = None
        deadline = deadline_of(kwargs.get("deadline"))
        self._deadline_s = DEADLINE_S if deadline is None else deadline
        self._deadline_named = deadline is not None
        self.ipmi_session: Any
        if bmc is None:
            from pyghmi.ipmi.private import localsession

            self.ipmi_session = localsession.Session()
            if onlogon is not None:
                self.logged({"success": True})
            return
        if userid is None or password is None:
            raise TypeError("userid and password are needed to log in to a BMC")
        login = self.logged if onlogon is not None else None
        self.ipmi_session = _session_class()(
            bmc, userid, password, port=port, kg=kg, onlogon=login, privlevel=privlevel, keepalive=keepalive, **kwargs
        )
        if onlogon is not None:
            session.shared().run_once(0.0)

    def __repr__(self) -> str:
        return f"<Command on {self.bmc or 'this machine'}>"

    def __enter__(self) -> Command:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.logout()

    def logged(self, response: Response) -> None:
        """Pass the outcome of the login on to `onlogon`, once."""
        onlogon, self.onlogon = self.onlogon, None
        if onlogon is not None:
            onlogon(response, self)

    def logout(self) -> Response:
        """Close the session.  Returns {'success': True}."""
        found: Response = self.ipmi_session.logout()
        return found

    @property
    def agreement(self) -> Agreement | None:
        """What both sides agreed on at the login: version, cipher suite, privilege; None in-band."""
        found: Agreement | None = self.ipmi_session.link.agreement
        return found

    def within(self, seconds: float) -> Command:
        """Return this BMC with another deadline: `bmc.within(5).set_power('on', wait=True)` ends in 5 seconds."""
        other = copy(self)
        other._until = self._requester.now() + finite(seconds)
        other._deadline_s = seconds
        other._deadline_named = True
        return other

    # --- what the parts of the facade need

    @property
    def _requester(self) -> Requester:
        way: Requester = self.ipmi_session.link
        if self._has_own_raw:
            from pyghmi.ipmi.private.ownraw import OwnRawCommand

            way = OwnRawCommand(self, way)
        return way if self._until is None else Bounded(way, self._until)

    @property
    def _has_own_raw(self) -> bool:
        """Whether a program has put its own `raw_command` in the place of ours."""
        return getattr(self.raw_command, "__func__", None) is not _RAW_COMMAND

    @property
    def _learned(self) -> Learned:
        from pyghmi.ipmi.domains.learned import Learned, learned_of

        if self._has_own_raw:  # who knows to whom it goes
            self._learned_here = self._learned_here or Learned()
            return self._learned_here
        return learned_of(self.bmc or "", getattr(self.ipmi_session, "port", 0) or 0)

    def _is_15(self) -> bool:
        agreement = self.agreement
        return agreement is not None and agreement.version == "1.5"

    def _vendor(self) -> genericoem.OEMHandler:
        self.oem_init()
        found: genericoem.OEMHandler = genericoem.usable(self._oem, self)
        return found

    def _vendor_if_it_has(self, *hooks: str) -> Any:
        if self._oem is not None:
            return genericoem.usable(self._oem, self)
        if self.bmc is not None and lookup.anybody_has(hooks):
            return self._vendor()
        return _GENERIC

    def oem_init(self) -> None:
        """Find out whose BMC this is, and load the vendor's handler; done once."""
        if self._oem is not None:
            return
        if self.bmc is None:
            self._oem = genericoem.OEMHandler({}, self)
            return
        self._oem, self._oemknown = get_oem_handler(self._get_device_id(), self)

    def get_event_constants(self) -> Any:
        """Return the module with the tables of event texts."""
        return self._vendor().get_oem_event_const()

    def set_sdr_cachedir(self, path: str) -> None:
        """Keep what is read of sensors in files there."""
        self._sdrcachedir = path

    def register_key_handler(self, callback: Callable[[bytes], object], type: str = "tls") -> None:
        """Have `callback` say whether a certificate is trusted."""
        if type == "tls":
            self.certverify = callback

    # --- raw commands

    def raw_command(
        self,
        netfn: int,
        command: int,
        bridge_request: BridgeRequest | tuple[()] = (),
        data: Iterable[int] = (),
        delay_xmit: Optional[float] = None,
        retry: bool = True,
        timeout: Optional[float] = None,
        rslun: int = 0,
        deadline: Optional[float] = None,
    ) -> Any:
        """Send a command; returns {'netfn', 'command', 'code', 'data': bytearray}, with 'error' if the code is not 0.

        bridge_request: {'addr', 'channel'} of a controller behind the BMC; delay_xmit: seconds to wait before sending;
        retry=False: send once and return None at once; timeout: seconds before the first repetition; rslun: LUN of the
        responder; deadline: seconds for all of it.  Raises IpmiException where there is no answer.
        """
        response = self.ipmi_session.raw_command(
            netfn=netfn,
            command=command,
            bridge_request=bridge_request,
            data=data,
            delay_xmit=delay_xmit,
            retry=retry,
            timeout=timeout,
            rslun=rslun,
            deadline=self._deadline_s if deadline is None else finite(deadline),
        )
        if response is not None and response.get("code"):
            text = meaning_of(netfn, command, response["code"], bridged=bool(bridge_request))
            response.setdefault("error", text)
        return response

    def xraw_command(
        self,
        netfn: int,
        command: int,
        bridge_request: BridgeRequest | tuple[()] = (),
        data: Iterable[int] = (),
        delay_xmit: Optional[float] = None,
        retry: bool = True,
        timeout: Optional[float] = None,
        rslun: int = 0,
        deadline: Optional[float] = None,
    ) -> Any:
        """Do the same, but raise IpmiException for a code other than 0; 'data' is a memoryview.

        retry=False: send once, and wait for the answer all the same.
        """
        if delay_xmit:
            self._requester.wait(delay_xmit)
        code, answer = self._call(bridge_request).exchange(
            netfn,
            command,
            bytes(data),
            lun=rslun,
            deadline_s=None if deadline is None else finite(deadline),
            repeatable=None if retry else False,
            first_wait=timeout,
        )
        if code:
            error = completion_error(netfn, command, code)
            error.text = meaning_of(netfn, command, code, bridged=bool(bridge_request))
            error.stage = ""  # the caller knows what was sent, and the bare sentence is what programs have always seen
            raise error
        return {"netfn": netfn + 1, "command": command, "code": 0, "data": memoryview(bytearray(answer))}

    # --- the loop

    @classmethod
    def wait_for_rsp(cls, timeout: float | None) -> int:
        """Serve all sessions until something happens, at most `timeout` seconds; the number of sessions that wait."""
        return session.Session.wait_for_rsp(timeout=timeout)

    @classmethod
    def eventloop(cls) -> None:
        """Serve all sessions for ever."""
        session.Session.run_for_ever()


_RAW_COMMAND = Command.raw_command


def _session_class() -> Any:
    if _simple:
        from pyghmi.ipmi.private import simplesession

        return simplesession.Session
    return session.Session


_GENERIC = genericoem.OEMHandler({}, None)
