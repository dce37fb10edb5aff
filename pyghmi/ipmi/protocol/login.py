# SPDX-License-Identifier: Apache-2.0
"""Who logs in, and what the caller accepts."""
from __future__ import annotations

from collections.abc import Sequence

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.protocol.suites import PREFERRED, SUPPORTED, acceptable
from pyghmi.ipmi.spec.codes import AuthType, Privilege

NAME_BYTES = 16
PASSWORD_BYTES = 20
PASSWORD_BYTES_15 = 16
KG_BYTES = 20

_AUTH_TYPES_15 = (AuthType.MD5, AuthType.MD2, AuthType.PASSWORD, AuthType.NONE)
_KNOWN_AUTH_TYPES = "these are: " + ", ".join(f"{kind.name.lower()} ({int(kind)})" for kind in _AUTH_TYPES_15)
LOWERED = (Privilege.ADMINISTRATOR, Privilege.OPERATOR, Privilege.USER)
"""What is asked for, in this order, where the caller names no privilege."""


class Login:
    """Credentials and conditions of a session.  Shows the user name only.

    user: at most 16 bytes; password: at most 20; kg: the BMC key, at most 20, None where the BMC has none.
    privilege: the level that is insisted on; None: administrator, or what the account has.
    suites: cipher suites in order of preference; None: 17, then 3, as far as `minimum_suite` permits (named alone, it
    admits every suite that is as strong).  version: "2.0", "1.5", or None: 1.5 only where the BMC has no 2.0 and
    no suite of 2.0 is named (`names_suites`).
    auth_types: of IPMI 1.5, by name ("md5", "md2", "password", "none") or number, best first; None: MD5 alone.
    name_only: look the user up by name, whatever the privilege.
    Raises InvalidParameterValue for what no BMC could take; nothing is cut.
    """

    __slots__ = (
        "auth_types",
        "kg",
        "minimum_suite",
        "name_only",
        "names_suites",
        "password",
        "privilege",
        "suites",
        "user",
        "version",
    )

    def __init__(
        self,
        user: bytes,
        password: bytes,
        *,
        kg: bytes | None = None,
        privilege: int | None = None,
        suites: Sequence[int] | None = None,
        minimum_suite: int | None = None,
        version: str | None = None,
        auth_types: Sequence[int | str] | None = None,
        name_only: bool = True,
    ) -> None:
        self.user = user
        if len(user) > NAME_BYTES:
            raise InvalidParameterValue(
                f"Username too long for IPMI, must not exceed {NAME_BYTES} (bytes); this one has {len(user)}"
            )
        if len(password) > PASSWORD_BYTES:
            raise InvalidParameterValue(
                f"Password is too long for IPMI: {len(password)} bytes, at most {PASSWORD_BYTES} are possible"
            )
        if kg is not None and len(kg) > KG_BYTES:
            raise InvalidParameterValue(f"Kg is too long: {len(kg)} bytes, at most {KG_BYTES} are possible")
        if version not in (None, "2.0", "1.5"):
            raise InvalidParameterValue(f"IPMI version must be '2.0', '1.5' or None, not {version!r}")
        if version == "1.5" and len(password) > PASSWORD_BYTES_15:
            raise InvalidParameterValue(
                f"Password is too long for ipmi 1.5: {len(password)} bytes, at most {PASSWORD_BYTES_15} are possible"
            )
        self.password = password
        self.kg = kg if kg and any(kg) else None
        self.privilege = _privilege(privilege)
        self.minimum_suite = _suite_number(minimum_suite)
        self.suites = _suites(suites, self.minimum_suite)
        self.names_suites = suites is not None or minimum_suite is not None
        self.version = version
        self.auth_types = _auth_types(auth_types)
        self.name_only = name_only

    @property
    def privileges(self) -> tuple[Privilege, ...]:
        """The levels to ask for, in order."""
        return LOWERED if self.privilege is None else (self.privilege,)

    def __repr__(self) -> str:
        return f"<Login of {self.user!r}>"


def _privilege(value: int | None) -> Privilege | None:
    if value is None:
        return None
    if not 1 <= value <= 5:
        raise InvalidParameterValue(f"Privilege level must be 1 (callback) to 5 (OEM), not {value}")
    return Privilege(value)


def _suite_number(number: int | None) -> int | None:
    if number is not None and number not in SUPPORTED:
        raise InvalidParameterValue(f"Cipher suite {number} is not supported; these are: {_listed(SUPPORTED)}")
    return number


def _suites(asked: Sequence[int] | None, minimum: int | None) -> tuple[int, ...]:
    """Return what will be offered."""
    if asked is None:
        wanted = acceptable(PREFERRED, minimum)
        return wanted or acceptable((17, 16, 15), minimum)
    if not asked:
        raise InvalidParameterValue("The list of cipher suites is empty; None stands for the usual ones")
    for number in asked:
        _suite_number(number)
    wanted = acceptable(asked, minimum)
    if not wanted:
        raise InvalidParameterValue(f"No cipher suite left: of {_listed(asked)} none is as strong as suite {minimum}")
    return wanted


def _auth_types(asked: Sequence[int | str] | None) -> tuple[AuthType, ...]:
    if asked is None:
        return (AuthType.MD5,)
    if not asked:
        raise InvalidParameterValue(f"auth_types is empty: {_KNOWN_AUTH_TYPES}")
    return tuple(_auth_type(value) for value in asked)


def _auth_type(value: int | str) -> AuthType:
    for kind in _AUTH_TYPES_15:
        if value == kind or (isinstance(value, str) and value.upper() == kind.name):
            return kind
    raise InvalidParameterValue(f"IPMI 1.5 authentication type {value!r} is not supported; {_KNOWN_AUTH_TYPES}")


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"
