# SPDX-License-Identifier: Apache-2.0
"""Where a BMC sends its alerts.  IPMI 2.0 §17.11, table 23-4."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.domains.addresses import IPV4_BYTES, MAC_BYTES
from pyghmi.ipmi.domains.lan import Lan
from pyghmi.ipmi.domains.pef import Pef
from pyghmi.ipmi.spec.lan import (
    AddressFormat,
    Community,
    Destination,
    DestinationAddress,
    DestinationCount,
    Ipv4Destination,
    Ipv6Destination,
)
from pyghmi.ipmi.spec.parameters import Parameter
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.ipmi.wire.text import decode_eight_bit

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.pef import AlertPolicy

_COMMUNITY_BYTES = 18


class DestinationTo(NamedTuple):
    """The address of a destination: 4 or 16 bytes; None: in a format that we do not know."""

    format: AddressFormat
    address: bytes | None
    mac: bytes | None
    backup_gateway: bool


class _WrittenAddress(DestinationAddress):
    """A destination address that was written without the MAC, which BMCs find out: only the rest can be compared."""

    def agrees_with(self, other: Parameter) -> bool:
        """Whether format and address are those that were written."""
        if not isinstance(other, DestinationAddress) or self.format != other.format:
            return False
        end = 1 + IPV4_BYTES if self.format == AddressFormat.IPV4 else None
        return self.set_selector == other.set_selector and self.data[1:end] == other.data[1:end]


class Alerts:
    """The alert destinations of one channel."""

    def __init__(self, bmc: Requester, channel: int) -> None:
        self.channel = channel
        self._lan = Lan(bmc, channel)
        self._pef = Pef(bmc)

    def count(self) -> int | None:
        """Return the number of destinations that are kept (number 0 comes on top), None where there are no alerts."""
        found = self._lan.get(DestinationCount)
        return None if found is None else found.count

    def destination(self, number: int) -> Destination:
        """Return how alerts are sent to a destination.  Raises CompletionCodeError where there is no such."""
        return self._lan.need(Destination, number)

    def address(self, number: int) -> DestinationTo:
        """Return where a destination is.  Raises CompletionCodeError where there is no such."""
        found = self._lan.need(DestinationAddress, number)
        if found.format == AddressFormat.IPV4:
            ipv4 = Ipv4Destination.decode(found.data)
            return DestinationTo(found.format, ipv4.address, ipv4.mac, ipv4.backup_gateway)
        if found.format == AddressFormat.IPV6:
            return DestinationTo(found.format, Ipv6Destination.decode(found.data).address, None, False)
        return DestinationTo(found.format, None, None, False)

    def set_destination(self, destination: Destination) -> None:
        """Say how alerts are sent to a destination."""
        self._lan.write(destination)

    def set_address(self, number: int, address: bytes) -> None:
        """Say where a destination is: an address of 4 or 16 bytes.  The BMC finds out the MAC itself."""
        if len(address) == IPV4_BYTES:
            data = Ipv4Destination(address=address, mac=bytes(MAC_BYTES)).encode()
            value = _WrittenAddress(set_selector=number, format=AddressFormat.IPV4, data=data)
        else:
            data = Ipv6Destination(address=address).encode()
            value = _WrittenAddress(set_selector=number, format=AddressFormat.IPV6, data=data)
        self._lan.write(value)

    def ensure_policy(self, number: int) -> AlertPolicy:
        """See to it that events are sent to a destination.  Raises NotFound where the table of policies is full."""
        return self._pef.ensure_policy(self.channel, number)

    def community(self) -> str:
        """Return the community of SNMP traps.  Raises CompletionCodeError where the BMC has none."""
        return decode_eight_bit(self._lan.need(Community).text.split(b"\0")[0])

    def set_community(self, community: str) -> None:
        """Set the community of SNMP traps, at most 18 bytes.  Raises InvalidParameterValue."""
        if not isinstance(community, str):
            raise InvalidParameterValue(f"a community must be text, not {community!r}")
        data = community.encode("utf-8")
        if len(data) > _COMMUNITY_BYTES:
            raise InvalidParameterValue(f"a community has at most {_COMMUNITY_BYTES} bytes, this one has {len(data)}")
        self._lan.write(Community(text=data.ljust(_COMMUNITY_BYTES, b"\0")))
