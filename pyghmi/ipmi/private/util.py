# SPDX-License-Identifier: Apache-2.0
"""Small functions under their long-standing names."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyghmi.ipmi.domains.guid import GuidOrder, read_guid
from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.reactor import shared
from pyghmi.ipmi.spec.codes import meaning


def decode_wireformat_uuid(rawguid: bytes, bigendian: bool = False) -> str:
    """Return a GUID of 16 bytes in upper case with dashes; bigendian: its bytes come as they are printed."""
    return read_guid(bytes(rawguid), GuidOrder.RFC4122 if bigendian else GuidOrder.SMBIOS).text.upper()


def urlsplit(url: str) -> tuple[str, str, str]:
    """Return (protocol, host, rest) of a URL; the rest begins with a slash where there is a protocol."""
    protocol, separator, rest = url.partition("://")
    if not separator:
        return "", "", url
    host, _slash, path = rest.partition("/")
    return protocol, host, "/" + path


def get_ipv4(hostname: str) -> list[str]:
    """Return the IPv4 addresses of a host."""
    socket = modules.socket
    found: list[str] = []
    for row in socket.getaddrinfo(hostname, None, socket.AF_INET, socket.SOCK_DGRAM):
        if row[4][0] not in found:
            found.append(row[4][0])
    return found


def get_ipmi_error(response: Mapping[str, Any], suffix: str = "") -> str | bool:
    """Return what went wrong, False where nothing did."""
    if "error" in response:
        return f"{response['error']}{suffix}"
    code = response["code"]
    if not code:
        return False
    text = meaning(response["netfn"], response["command"], code)
    return text if text.startswith("Unknown code ") else text + suffix


def _monotonic_time() -> float:
    """Return seconds on a clock that never goes back."""
    return shared().clock()


@contextmanager
def protect(lock: Any) -> Iterator[None]:
    """Hold a lock."""
    with lock:
        yield
