# SPDX-License-Identifier: Apache-2.0
"""Find out, layer by layer, what works between here and a BMC, and what the BMC offers."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.cmd.options import Options
from pyghmi.exceptions import IpmiException, PyghmiException, SessionError, TimedOut
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.sessions import Sessions
from pyghmi.ipmi.net.resolve import resolve
from pyghmi.ipmi.net.sessionless import Sessionless

Say = Callable[[str], object]

_UNPROTECTED = (0, 1, 2, 6, 7, 11, 15, 16)
"""Cipher suites without encryption, or without integrity."""


class _Report:
    """Lines about one BMC; `ok` while nothing has failed that matters."""

    def __init__(self, bmc: str, say: Say) -> None:
        self._bmc = bmc
        self._say = say
        self.ok = True

    def good(self, layer: str, text: str) -> None:
        """Say what works."""
        self._say(f"{self._bmc}: [ ok ] {layer}: {text}")

    def note(self, layer: str, text: str) -> None:
        """Say what is missing and may be."""
        self._say(f"{self._bmc}: [note] {layer}: {text}")

    def bad(self, layer: str, error: Exception) -> None:
        """Say what fails."""
        self.ok = False
        self._say(f"{self._bmc}: [FAIL] {layer}: {error or type(error).__name__}")


def diagnose(bmc: str, options: Options, observer: Any, say: Say) -> bool:
    """Report on one BMC; False when it cannot be used."""
    report = _Report(bmc, say)
    try:
        addresses = resolve(bmc, options.port)
    except SessionError as error:
        report.bad("name", error)
        return False
    report.good("name", ", ".join(str(address[0]) for _family, address in addresses))
    try:
        with Sessionless(bmc, options.port) as way:
            _without_session(way, report)
    except PyghmiException as error:
        report.bad("reachability", error)
    _login(bmc, options, observer, report)
    return report.ok


def _without_session(way: Sessionless, report: _Report) -> None:
    try:
        found = way.ping()
        report.good("presence ping", f"answered in {found.seconds * 1000:.1f} ms")
    except TimedOut:
        report.note("presence ping", "not answered; many BMCs do not")
    except SessionError as error:
        report.bad("presence ping", error)
        return
    sessions = Sessions(way)
    try:
        capabilities = sessions.auth_capabilities()
    except IpmiException as error:
        report.note("authentication capabilities", f"{error}")
    else:
        versions = [name for has, name in ((capabilities.speaks_20, "2.0"), (_has_15(capabilities), "1.5")) if has]
        report.good("versions", f"IPMI {' and '.join(versions) or '1.5'}")
        types = ", ".join(kind.name for kind in capabilities.auth_types)
        report.note("IPMI 1.5 authentication", types or "none offered")
        if capabilities.speaks_20:
            report.note("BMC key (Kg)", "set" if capabilities.kg_set else "not set, as far as the BMC says")
    try:
        suites = sessions.cipher_suites()
    except IpmiException as error:
        report.note("cipher suites", f"the BMC does not list them without a session: {error}")
    else:
        report.good("cipher suites", ", ".join(str(record.suite) for record in suites) or "none")


def _has_15(capabilities: Any) -> bool:
    return bool(capabilities.ipmi_15) if capabilities.extended else True


def _login(bmc: str, options: Options, observer: Any, report: _Report) -> None:
    keywords = options.login_keywords()
    if observer is not None:
        keywords["observer"] = observer
    try:
        command = Command(bmc, options.user, options.password, **keywords)
    except PyghmiException as error:
        report.bad("login", error)
        return
    with command:
        agreement = command.agreement
        if agreement is not None:
            report.good("login", agreement.suite_name)
            report.good("privilege", str(agreement.privilege))
            if agreement.suite in _UNPROTECTED:
                report.note("security", f"cipher suite {agreement.suite} leaves something unprotected")
            for quirk in agreement.quirks:
                report.note("deviation", quirk)
        for layer, ask in (("device id", _identity), ("chassis", _power)):
            try:
                report.good(layer, ask(command))
            except PyghmiException as error:
                report.bad(layer, error)


def _identity(command: Command) -> str:
    found = command._get_device_id()
    return (
        f"manufacturer {found['manufacturer_id']}, product {found['product_id']}, firmware {found['firmware_version']}"
    )


def _power(command: Command) -> str:
    return f"power is {command.get_power()['powerstate']}"
