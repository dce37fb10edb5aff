# SPDX-License-Identifier: Apache-2.0
"""Find out, layer by layer, what works between here and a BMC, and what the BMC offers."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.cmd.options import Options
from pyghmi.exceptions import IpmiException, PyghmiException, SessionError, TimedOut
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.sessions import Sessions
from pyghmi.ipmi.net.defaults import DEADLINE_S
from pyghmi.ipmi.net.names import find
from pyghmi.ipmi.net.reactor import shared
from pyghmi.ipmi.net.sessionless import Sessionless
from pyghmi.ipmi.protocol.events import Agreement
from pyghmi.ipmi.protocol.refusals import privilege_name
from pyghmi.ipmi.spec.app import ChannelAuthenticationCapabilities
from pyghmi.ipmi.spec.codes import AuthType

Tell = Callable[[dict[str, str]], object]

_UNPROTECTED = (0, 1, 2, 6, 7, 11, 15, 16)
"""Cipher suites without encryption, or without integrity."""

_AUTH_NAMES = {AuthType.PASSWORD: "straight password", AuthType.NONE: "none (no authentication)"}


class _Report:
    """Rows about one BMC; `ok` while nothing has failed that matters."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.ok = True

    def good(self, layer: str, text: str) -> None:
        """Say what works."""
        self._tell({"layer": layer, "state": "ok", "text": text})

    def note(self, layer: str, text: str) -> None:
        """Say what is missing and may be."""
        self._tell({"layer": layer, "state": "note", "text": text})

    def bad(self, layer: str, error: Exception) -> None:
        """Say what fails."""
        self.ok = False
        self._tell({"layer": layer, "state": "FAIL", "text": str(error) or type(error).__name__})


def diagnose(bmc: str, options: Options, observer: Any, tell: Tell) -> bool:
    """Report on one BMC; False when it cannot be used.

    tell: takes {'layer', 'state': 'ok', 'note' or 'FAIL', 'text'}.
    """
    report = _Report(tell)
    try:
        reactor = shared()
        deadline = reactor.clock() + (DEADLINE_S if options.deadline is None else options.deadline)
        addresses = find(reactor, bmc, options.port, deadline)
    except SessionError as error:
        report.bad("name", error)
        return False
    report.good("name", ", ".join(str(address[0]) for _family, address in addresses))
    try:
        with Sessionless(bmc, options.port, observer=observer) as way:
            _without_session(way, report)
    except PyghmiException as error:
        report.bad("reachability", error)
    _login(bmc, options, observer, report)
    return report.ok


def _without_session(way: Sessionless, report: _Report) -> None:
    try:
        found = way.ping()
        report.good("presence ping", f"answered in {found.seconds * 1000:.1f} ms")
    except TimedOut as error:
        report.note("presence ping", f"no pong; many BMCs send none: {error}")
    except SessionError as error:
        report.bad("presence ping", error)
        return
    sessions = Sessions(way)
    try:
        capabilities = sessions.auth_capabilities()
    except SessionError as error:
        report.bad("authentication capabilities", error)
        return
    except IpmiException as error:
        report.note("authentication capabilities", f"{error}")
    else:
        _tell_capabilities(capabilities, report)
        if not capabilities.speaks_20:
            return
    try:
        suites = sessions.cipher_suites()
    except IpmiException as error:
        report.note("cipher suites", f"the BMC does not list them without a session: {error}")
    else:
        report.good("cipher suites", ", ".join(str(record.suite) for record in suites) or "none")


def _tell_capabilities(found: ChannelAuthenticationCapabilities, report: _Report) -> None:
    versions = [name for has, name in ((found.speaks_20, "2.0"), (found.offers_15, "1.5")) if has]
    if versions:
        report.good("versions", f"IPMI {' and '.join(versions)}")
    else:
        report.note("versions", "the BMC says that it takes sessions of neither IPMI 2.0 nor 1.5")
    types = ", ".join(_AUTH_NAMES.get(kind, kind.name) for kind in found.auth_types)
    report.note("IPMI 1.5 authentication", types or "none of the types is offered")
    if found.speaks_20:
        report.note("BMC key (Kg)", "set" if found.kg_set else "not set, as far as the BMC says")


def _login(bmc: str, options: Options, observer: Any, report: _Report) -> None:
    try:
        command = Command(bmc, options.user, options.password, observer=observer, **options.login_keywords())
    except PyghmiException as error:
        report.bad("login", error)
        return
    with command:
        agreement = command.agreement
        if agreement is not None:
            _tell_agreement(agreement, report)
        for layer, ask in (("device id", _identity), ("chassis", _power)):
            try:
                report.good(layer, ask(command))
            except PyghmiException as error:
                report.bad(layer, error)


def _tell_agreement(agreement: Agreement, report: _Report) -> None:
    report.good("login", agreement.suite_name)
    report.good("privilege", privilege_name(agreement.privilege))
    if agreement.version == "1.5":
        report.note("security", "IPMI 1.5 encrypts nothing")
    elif agreement.suite in _UNPROTECTED:
        report.note("security", f"cipher suite {agreement.suite} leaves something unprotected")
    for name, text in agreement.quirks.items():
        report.note("deviation", f"{text} ({name})")


def _identity(command: Command) -> str:
    found = command._get_device_id()
    return (
        f"manufacturer {found['manufacturer_id']}, product {found['product_id']}, firmware {found['firmware_version']}"
    )


def _power(command: Command) -> str:
    return f"power is {command.get_power()['powerstate']}"
