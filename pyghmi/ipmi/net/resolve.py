# SPDX-License-Identifier: Apache-2.0
"""From a host name to addresses, in one call of the system that takes as long as it likes."""
from __future__ import annotations

from typing import Any

from pyghmi.exceptions import InvalidParameterValue, NameResolutionError
from pyghmi.ipmi.net import modules

Row = tuple[int, tuple[Any, ...]]
"""Address family and socket address."""


def is_address(host: str) -> bool:
    """Whether this is an address, so that nobody need be asked."""
    socket = modules.socket
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except (OSError, ValueError):
            continue
        return True
    return False


def check_port(port: int) -> None:
    """Raise InvalidParameterValue for what is no UDP port."""
    if not 0 < port < 65536:
        raise InvalidParameterValue(f"UDP port must be 1 to 65535, not {port}")


def resolve(host: str, port: int) -> list[Row]:
    """Return (address family, socket address) of all addresses of a host, in the system's order.

    Raises NameResolutionError.
    """
    socket = modules.socket
    try:
        found = socket.getaddrinfo(host, port, 0, socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        failure = NameResolutionError(
            f"The name {host!r} has no address",
            host=host,
            port=port,
            hint="check the spelling and the name server" + (f" ({_reason(error)})" if _reason(error) else ""),
        )
        failure.errno = getattr(error, "errno", None)
        failure.strerror = getattr(error, "strerror", None)
        raise failure from error
    addresses: list[Row] = []
    for family, _kind, _protocol, _name, address in found:
        if family in (socket.AF_INET, socket.AF_INET6) and (family, address) not in addresses:
            addresses.append((family, address))
    if not addresses:
        raise NameResolutionError(f"The name {host!r} has no IP address", host=host, port=port)
    return addresses


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
