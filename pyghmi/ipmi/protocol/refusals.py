# SPDX-License-Identifier: Apache-2.0
"""Turn what a BMC refused, or left unanswered, into the error that says so."""
from __future__ import annotations

from pyghmi.exceptions import (
    AuthenticationFailed,
    BmcErrorException,
    CipherSuiteRefused,
    NoFreeSession,
    PrivilegeRefused,
    SessionError,
    TimedOut,
    UserRejected,
    WrongKg,
    WrongPassword,
)
from pyghmi.ipmi.spec.codes import Privilege, RmcpStatus, meaning, rmcp_meaning

NO_SLOT = frozenset((RmcpStatus.INSUFFICIENT_RESOURCES, RmcpStatus.INSUFFICIENT_RESOURCES_AT_ROLE))
STALE = frozenset((RmcpStatus.INVALID_SESSION_ID, RmcpStatus.INACTIVE_SESSION_ID))
ROLE = frozenset((RmcpStatus.INVALID_ROLE, RmcpStatus.UNAUTHORIZED_ROLE))
SUITE = frozenset(
    (
        RmcpStatus.INVALID_AUTHENTICATION,
        RmcpStatus.INVALID_INTEGRITY,
        RmcpStatus.NO_MATCHING_AUTHENTICATION,
        RmcpStatus.NO_MATCHING_INTEGRITY,
        RmcpStatus.INVALID_CONFIDENTIALITY,
        RmcpStatus.NO_SUITE_MATCH,
        RmcpStatus.ILLEGAL_PARAMETER,
        RmcpStatus.INVALID_PAYLOAD_TYPE,
    )
)

_USER_HINT = "the user is unknown, disabled or locked, or has no access over this channel"
_LOCK_HINT = "many BMCs lock an account for minutes after a few failures"
_PRIVILEGE_HINT = "ask for a lower privilege level, or raise the user's limit on this channel"
_SLOT_HINT = "all session slots are taken; abandoned sessions end after about 60 s"
_SILENCE_HINTS = {
    "Open Session": "nothing was heard: check address and port, the network, and that IPMI over LAN is enabled",
    "RAKP 1": "the BMC took Open Session and then kept silent; some do so for a wrong user name or privilege level",
    "RAKP 3": "the BMC kept silent after our proof of the password; some do so for a wrong password",
    "Get Session Challenge": "the BMC kept silent on the user name",
    "Activate Session": "the BMC kept silent; some do so for a wrong password",
    "Set Session Privilege Level": "the login itself was accepted, the first command in the session was not answered",
}


def privilege_name(level: int) -> str:
    """Return the name of a privilege level in lower case."""
    return Privilege(level).name.lower()


def open_refused(status: int, refused: str) -> SessionError:
    """Return the error for an Open Session Response that ends the login.  `refused`: what was offered."""
    text = rmcp_meaning(status)
    if status in NO_SLOT:
        return NoFreeSession(text, stage="Open Session", hint=_SLOT_HINT)
    if status in ROLE:
        return PrivilegeRefused(text, stage="Open Session", hint=f"{_PRIVILEGE_HINT}; offered: {refused}")
    return CipherSuiteRefused(
        text, stage="Open Session", hint=f"offered: {refused}; name one that the BMC has, or enable one of these"
    )


def insists(suite: str) -> SessionError:
    """Return the error for a BMC that chose algorithms which the caller does not accept."""
    return CipherSuiteRefused(
        f"BMC insists on {suite}", stage="Open Session", hint="this is weaker than what the caller accepts"
    )


def rakp2_refused(status: int) -> SessionError:
    """Return the error for a RAKP 2 with this status."""
    text = f"{rmcp_meaning(status)} in RAKP2"
    if status in NO_SLOT:
        return NoFreeSession(text, stage="RAKP 1", hint=_SLOT_HINT)
    if status in ROLE:
        return PrivilegeRefused(text, stage="RAKP 1", hint=f"{_PRIVILEGE_HINT}; or {_USER_HINT}")
    if status in (RmcpStatus.UNAUTHORIZED_NAME, RmcpStatus.INVALID_NAME_LENGTH):
        return UserRejected(text, stage="RAKP 1", hint=_USER_HINT)
    return AuthenticationFailed(text, stage="RAKP 1", hint="the BMC broke the key exchange off")


def rakp4_refused(status: int) -> SessionError:
    """Return the error for a RAKP 4 with this status."""
    text = f"{rmcp_meaning(status)} reported in RAKP4"
    if status in NO_SLOT:
        return NoFreeSession(text, stage="RAKP 3", hint=_SLOT_HINT)
    if status in ROLE:
        return PrivilegeRefused(text, stage="RAKP 3", hint=_PRIVILEGE_HINT)
    if status == RmcpStatus.INVALID_INTEGRITY_CHECK:
        return AuthenticationFailed(
            text, stage="RAKP 3", hint=f"the BMC refused our proof of the password; {_LOCK_HINT}"
        )
    return AuthenticationFailed(text, stage="RAKP 3", hint="the BMC broke the key exchange off")


def wrong_password(*, only_19_bytes: bool = False) -> SessionError:
    """Return the error for a RAKP 2 whose code no reading of the specification explains."""
    hint = f"check user name and password; {_LOCK_HINT}"
    if only_19_bytes:
        hint = "this BMC compares only the first 19 bytes: set a password of at most 19"
    return WrongPassword("Incorrect password provided", stage="RAKP 1", hint=hint)


def wrong_kg(*, given: bool) -> SessionError:
    """Return the error for a RAKP 4 whose check value is wrong although the password was right."""
    hint = "the password is right, the BMC key given is not" if given else "the password is right; a BMC key is set"
    return WrongKg("Invalid RAKP4 integrity code (wrong Kg?)", stage="RAKP 3", hint=hint)


def malformed_setup(stage: str, error: Exception) -> SessionError:
    """Return the error for a BMC whose answers during the login cannot be read."""
    found = AuthenticationFailed("The BMC's answer cannot be read", stage=stage, hint=str(error))
    found.__cause__ = error
    return found


def privilege_refused(code: int, level: int, user: bytes) -> SessionError:
    """Return the error for Set Session Privilege Level with this completion code."""
    text = f"{meaning(0x06, 0x3B, code)} while requesting privelege level {int(level)} for {user!r}"
    return PrivilegeRefused(text, stage="Set Session Privilege Level", hint=_PRIVILEGE_HINT, code=code)


def challenge_refused(code: int) -> SessionError:
    """Return the error for Get Session Challenge with this completion code."""
    text = f"{meaning(0x06, 0x39, code)} while getting session challenge"
    kind = UserRejected if code in (0x81, 0x82) else AuthenticationFailed
    return kind(text, stage="Get Session Challenge", hint=_USER_HINT, code=code)


def activation_refused(code: int) -> SessionError:
    """Return the error for Activate Session with this completion code."""
    text = f"{meaning(0x06, 0x3A, code)} while activating the session"
    if code in (0x81, 0x82, 0x83):
        return NoFreeSession(text, stage="Activate Session", hint=_SLOT_HINT, code=code)
    if code == 0x86:
        return PrivilegeRefused(text, stage="Activate Session", hint=_PRIVILEGE_HINT, code=code)
    return WrongPassword(text, stage="Activate Session", hint=f"check the password; {_LOCK_HINT}", code=code)


def no_auth_type(offered: str) -> SessionError:
    """Return the error for an IPMI 1.5 BMC that offers no authentication type which the caller accepts."""
    return CipherSuiteRefused(
        "MD5 required but not enabled/available on target BMC",
        stage="Get Channel Authentication Capabilities",
        hint=f"the BMC speaks IPMI 1.5 only and offers: {offered}; name weaker types if they are acceptable (on some"
        " BMCs MD5 works only while the OEM type is enabled too)",
    )


def only_15(reason: str) -> SessionError:
    """Return the error for a BMC without IPMI 2.0 where the caller's conditions rule 1.5 out."""
    return CipherSuiteRefused(
        "The BMC speaks IPMI 1.5 only", stage="Get Channel Authentication Capabilities", hint=reason
    )


def no_capabilities(code: int) -> SessionError:
    """Return the error for Get Channel Authentication Capabilities with this completion code."""
    text = f"{meaning(0x06, 0x38, code)} while trying to get channel authentication capabalities"
    found: SessionError = _Capabilities(text, stage="Get Channel Authentication Capabilities", code=code)
    return found


class _Capabilities(SessionError, BmcErrorException):
    """The BMC refuses to say how it can be logged in to."""


def silent(stage: str, *, heard: bool) -> SessionError:
    """Return the error for a login whose deadline passed at this stage.  `heard`: whether the BMC said anything."""
    hint = _SILENCE_HINTS.get(stage, "")
    if heard and stage == "Open Session":
        hint = "the BMC answers other questions but not Open Session: IPMI 2.0 may be disabled, or all slots taken"
    return TimedOut("timeout", stage=stage, hint=hint, code=0xFFFF)
