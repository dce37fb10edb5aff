# SPDX-License-Identifier: Apache-2.0
"""From a host name to addresses."""
from __future__ import annotations

from typing import Any

from pyghmi.exceptions import InvalidParameterValue, NameResolutionError
from pyghmi.ipmi.net import modules


def resolve(host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
    """Return (address family, socket address) of all addresses of a host, in the system's order.

    Raises NameResolutionError; InvalidParameterValue for what is no port.
    """
    if not 0 < port < 65536:
        raise InvalidParameterValue(f"UDP port must be 1 to 65535, not {port}")
    socket = modules.socket
    try:
        found = socket.getaddrinfo(host, port, 0, socket.SOCK_DGRAM)
    except (socket.gaierror, UnicodeError) as error:
        failure = NameResolutionError(
            f"The name {host!r} has no address",
            host=host,
            port=port,
            stage="name resolution",
            hint="check the spelling and the name server" + (f" ({_reason(error)})" if _reason(error) else ""),
        )
        failure.errno = getattr(error, "errno", None)
        failure.strerror = getattr(error, "strerror", None)
        raise failure from error
    addresses: list[tuple[int, tuple[Any, ...]]] = []
    for family, _kind, _protocol, _name, address in found:
        if family in (socket.AF_INET, socket.AF_INET6) and (family, address) not in addresses:
            addresses.append((family, address))
    if not addresses:
        raise NameResolutionError(
            f"The name {host!r} has no IP address", host=host, port=port, stage="name resolution"
        )
    return addresses


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
