# SPDX-License-Identifier: Apache-2.0
"""Turn what a BMC refused, or left unanswered, into the error that says so."""
from __future__ import annotations

from pyghmi.exceptions import (
    AuthenticationFailed,
    CapabilitiesRefused,
    CipherSuiteRefused,
    NoFreeSession,
    PrivilegeRefused,
    SessionError,
    SilentlyRejected,
    TimedOut,
    UnreadableAnswer,
    UserRejected,
    WrongKg,
    WrongPassword,
)
from pyghmi.ipmi.spec.codes import INSUFFICIENT_PRIVILEGE, Privilege, RmcpStatus, meaning, rmcp_meaning

NO_SLOT = frozenset((RmcpStatus.INSUFFICIENT_RESOURCES, RmcpStatus.INSUFFICIENT_RESOURCES_AT_ROLE))
STALE = frozenset((RmcpStatus.INVALID_SESSION_ID, RmcpStatus.INACTIVE_SESSION_ID))
NAME = frozenset((RmcpStatus.UNAUTHORIZED_NAME, RmcpStatus.INVALID_NAME_LENGTH))
ROLE = frozenset((RmcpStatus.INVALID_ROLE, RmcpStatus.UNAUTHORIZED_ROLE))
ROLE_OR_SUITE = ROLE | {RmcpStatus.ILLEGAL_PARAMETER}
"""What Open Session is refused with where the BMC means the privilege level, or a suite that is switched off."""

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
_FORGOTTEN_HINT = "the BMC forgets logins before they are done: too many at once, or it is overloaded"
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


def open_refused(status: int, refused: str, insisted: int | None) -> SessionError:
    """Return the error for an Open Session Response that ends the login.

    `refused`: what was offered; `insisted`: the privilege level that the caller insists on.
    """
    text = rmcp_meaning(status)
    if status in NO_SLOT:
        return NoFreeSession(text, stage="Open Session", hint=_SLOT_HINT)
    if status in ROLE or (status == RmcpStatus.ILLEGAL_PARAMETER and insisted == Privilege.OEM):
        return PrivilegeRefused(
            text, stage="Open Session", hint=f"{_PRIVILEGE_HINT}; or these suites are switched off: {refused}"
        )
    if status in NAME:
        return UserRejected(text, stage="Open Session", hint=_USER_HINT)
    if status in SUITE:
        hint = f"offered: {refused}; name one that the BMC has, or enable one of these"
        return CipherSuiteRefused(text, stage="Open Session", hint=hint)
    return SessionError(text, stage="Open Session", hint=f"the BMC refuses to open a session; offered: {refused}")


def insists(suite: str | None) -> SessionError:
    """Return the error for a BMC that chose algorithms which the caller does not accept.  None: unknown ones."""
    if suite is None:
        return UnreadableAnswer(
            "The BMC's answer cannot be read", stage="Open Session", hint="it chose algorithms that do not exist"
        )
    return CipherSuiteRefused(
        f"BMC insists on {suite}", stage="Open Session", hint="this is weaker than what the caller accepts"
    )


def wrong_codes(suite: int) -> SessionError:
    """Return the error for a BMC that cannot make the codes of the only suite that may be used."""
    return CipherSuiteRefused(
        f"The BMC's packets of cipher suite {suite} have wrong codes, or none",
        stage="Set Session Privilege Level",
        hint="its firmware has this suite wrong: name another one",
    )


def rakp2_refused(status: int, level: int = Privilege.ADMINISTRATOR) -> SessionError:
    """Return the error for a RAKP 2 with this status; `level`: the privilege that was asked for."""
    text = f"{rmcp_meaning(status)} in RAKP2"
    if status in NO_SLOT:
        return NoFreeSession(text, stage="RAKP 1", hint=_SLOT_HINT)
    if status in STALE:
        return NoFreeSession(text, stage="RAKP 1", hint=_FORGOTTEN_HINT)
    if status in ROLE or (status == RmcpStatus.ILLEGAL_PARAMETER and level == Privilege.OEM):
        return PrivilegeRefused(text, stage="RAKP 1", hint=f"{_PRIVILEGE_HINT}; or {_USER_HINT}")
    if status in NAME:
        return UserRejected(text, stage="RAKP 1", hint=_USER_HINT)
    return AuthenticationFailed(text, stage="RAKP 1", hint="the BMC broke the key exchange off")


def rakp4_refused(status: int) -> SessionError:
    """Return the error for a RAKP 4 with this status."""
    text = f"{rmcp_meaning(status)} reported in RAKP4"
    if status in NO_SLOT:
        return NoFreeSession(text, stage="RAKP 3", hint=_SLOT_HINT)
    if status in STALE:
        return NoFreeSession(text, stage="RAKP 3", hint=_FORGOTTEN_HINT)
    if status in ROLE:
        return PrivilegeRefused(text, stage="RAKP 3", hint=_PRIVILEGE_HINT)
    if status in NAME:
        return UserRejected(text, stage="RAKP 3", hint=_USER_HINT)
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
    hint = (
        "the password is right, the BMC key given is not"
        if given
        else "the password is right: a BMC key (Kg) seems to be set, and none was given"
    )
    return WrongKg("Invalid RAKP4 integrity code (wrong Kg?)", stage="RAKP 3", hint=hint)


def malformed_setup(stage: str, error: Exception) -> SessionError:
    """Return the error for a BMC whose answers during the login cannot be read."""
    found = UnreadableAnswer("The BMC's answer cannot be read", stage=stage, hint=str(error))
    found.__cause__ = error
    return found


def unreadable(data: bytes, stage: str) -> SessionError:
    """Return the error for a login in which nothing came but this, which is no IPMI."""
    return UnreadableAnswer(
        "Something answers, but not as a BMC does",
        stage=stage,
        hint=f"its first answer begins with the bytes {data.hex(' ')}; check the port",
    )


def privilege_refused(code: int, level: int, user: bytes) -> SessionError:
    """Return the error for Set Session Privilege Level with this completion code."""
    text = f"{meaning(0x06, 0x3B, code)} while requesting privelege level {int(level)} for {user!r}"
    hint = _PRIVILEGE_HINT
    if level <= Privilege.USER:
        hint += "; it may be restricted to callback"
    return PrivilegeRefused(text, stage="Set Session Privilege Level", hint=hint, code=code)


def challenge_refused(code: int) -> SessionError:
    """Return the error for Get Session Challenge with this completion code."""
    text = f"{meaning(0x06, 0x39, code)} while getting session challenge"
    if code in (0x81, 0x82):
        return UserRejected(text, stage="Get Session Challenge", hint=_USER_HINT, code=code)
    return CipherSuiteRefused(
        text,
        stage="Get Session Challenge",
        hint="sessions of IPMI 1.5, or this authentication type, are switched off or not there",
        code=code,
    )


def activation_refused(code: int) -> SessionError:
    """Return the error for Activate Session with this completion code."""
    text = f"{meaning(0x06, 0x3A, code)} while activating the session"
    if code in (0x81, 0x82, 0x83):
        return NoFreeSession(text, stage="Activate Session", hint=_SLOT_HINT, code=code)
    if code in (0x86, INSUFFICIENT_PRIVILEGE):
        return PrivilegeRefused(text, stage="Activate Session", hint=_PRIVILEGE_HINT, code=code)
    hint = f"the BMC does not accept the activation; check the password; {_LOCK_HINT}"
    return AuthenticationFailed(text, stage="Activate Session", hint=hint, code=code)


def no_auth_type(wanted: str, offered: str, *, only_15: bool) -> SessionError:
    """Return the error for a BMC that offers no authentication type of IPMI 1.5 which the caller accepts."""
    speaks = "the BMC speaks IPMI 1.5 only and" if only_15 else "for IPMI 1.5 the BMC"
    return CipherSuiteRefused(
        f"{wanted} required but not enabled/available on target BMC",
        stage="Get Channel Authentication Capabilities",
        hint=f"{speaks} offers: {offered}; name weaker types if they are acceptable (on some BMCs MD5 works only while"
        " the OEM type is enabled too)",
    )


def only_15(reason: str) -> SessionError:
    """Return the error for a BMC without IPMI 2.0 where the caller's conditions rule 1.5 out."""
    return CipherSuiteRefused(
        "The BMC speaks IPMI 1.5 only", stage="Get Channel Authentication Capabilities", hint=reason
    )


def no_capabilities(code: int) -> SessionError:
    """Return the error for Get Channel Authentication Capabilities with this completion code."""
    text = f"{meaning(0x06, 0x38, code)} while trying to get channel authentication capabalities"
    return CapabilitiesRefused(
        text,
        stage="Get Channel Authentication Capabilities",
        hint="and Open Session is not answered: IPMI over LAN may be switched off for this channel",
        code=code,
    )


def silent(stage: str, *, heard: bool) -> SessionError:
    """Return the error for a login whose deadline passed at this stage.  `heard`: whether the BMC said anything."""
    hint = _SILENCE_HINTS.get(stage, "")
    if heard and stage == "Open Session":
        hint = "the BMC answers other questions but not Open Session: IPMI 2.0 may be disabled, or all slots taken"
    return TimedOut("timeout", stage=stage, hint=hint, code=0xFFFF)


def silent_15(stage: str, *, heard: bool, offered: bool) -> SessionError:
    """Return the same for IPMI 1.5.  `offered`: whether the BMC says that it takes it, as far as is known."""
    error = silent(stage, heard=heard)
    if not offered:
        error.hint = "the BMC says that it has no IPMI 1.5, and does not answer it"
    return error


def silently_rejected(stage: str) -> SessionError:
    """Return the error for a BMC that answers all but this stage, time and again."""
    hint = f"{_SILENCE_HINTS.get(stage, '')}; no more was tried, for {_LOCK_HINT}"
    return SilentlyRejected("timeout", stage=stage, hint=hint, code=0xFFFF)
