# SPDX-License-Identifier: Apache-2.0
"""The network settings of a BMC.  IPMI 2.0 §23."""
from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed, SessionError
from pyghmi.ipmi.domains.addresses import IPV6_BYTES, NO_IPV4, Address, mask_of
from pyghmi.ipmi.domains.channels import LAN_MEDIA, channel_info
from pyghmi.ipmi.domains.parameters import Parameters
from pyghmi.ipmi.spec.codes import THIS_CHANNEL, Privilege
from pyghmi.ipmi.spec.lan import (
    AddressStatus,
    ArpStatus,
    BackupGateway,
    BackupGatewayMac,
    CipherSuiteCount,
    CipherSuitePrivileges,
    CipherSuites,
    DefaultGateway,
    DefaultGatewayMac,
    DynamicRouterAddress,
    DynamicRouterCount,
    DynamicRouterMac,
    DynamicRouterPrefix,
    DynamicRouterPrefixLength,
    GetLanParameter,
    GetLanStatistics,
    IpAddress,
    IpAddressSource,
    IpSource,
    Ipv6DynamicAddress,
    Ipv6StaticAddress,
    Ipv6Status,
    LanParameter,
    LanStatistics,
    SecondRouterAddress,
    SecondRouterMac,
    SecondRouterPrefix,
    SecondRouterPrefixLength,
    SetLanParameter,
    StaticRouterAddress,
    StaticRouterMac,
    StaticRouterPrefix,
    StaticRouterPrefixLength,
    SubnetMask,
    SuspendArps,
    VlanId,
)
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.answers import Done
    from pyghmi.ipmi.spec.parameters import Parameter, ParameterData
    from pyghmi.ipmi.spec.request import Request

_MOST_SUITES = 16
_MOST_IPV6 = 16
"""How many addresses are looked for where the BMC does not say how many there can be."""
_LIKELY: tuple[int, ...] = (*range(1, 12), 0)


class Gateway(NamedTuple):
    """A way out of the network.  None: the BMC has no such parameter."""

    address: bytes | None
    mac: bytes | None


class SuiteLimit(NamedTuple):
    """A cipher suite and the highest privilege level it is good for; None: not known, HIGHEST (0): for none."""

    suite: int
    limit: Privilege | None


class Router(NamedTuple):
    """An IPv6 router.  None: the BMC has no such parameter."""

    address: bytes
    mac: bytes | None
    prefix: bytes | None
    prefix_length: int | None


class Lan(Parameters):
    """The settings of one LAN channel.  `get` reads any parameter of `spec.lan`, `write` writes some."""

    def __init__(self, bmc: Requester, channel: int) -> None:
        super().__init__(bmc)
        self.channel = channel

    def _reading(self, number: int, set_selector: int, block_selector: int) -> Request[ParameterData]:
        return GetLanParameter(
            channel=self.channel, parameter=number, set_selector=set_selector, block_selector=block_selector
        )

    def _writing(self, number: int, data: bytes) -> Request[Done]:
        return SetLanParameter(channel=self.channel, parameter=number, data=data)

    # --- what there is

    def gateway(self, *, with_mac: bool = True) -> Gateway:
        """Return the default gateway."""
        address = self.get(DefaultGateway)
        mac = self.get(DefaultGatewayMac) if with_mac else None
        return Gateway(None if address is None else address.address, None if mac is None else mac.mac)

    def backup_gateway(self, *, with_mac: bool = True) -> Gateway:
        """Return the gateway for when the default one fails."""
        address = self.get(BackupGateway)
        mac = self.get(BackupGatewayMac) if with_mac else None
        return Gateway(None if address is None else address.address, None if mac is None else mac.mac)

    def cipher_suites(self) -> tuple[SuiteLimit, ...] | None:
        """Return the cipher suites with their limits, None where the BMC does not say.

        Count, ids and limits come from three parameters; BMCs are known whose three do not go together.
        """
        found = self.get(CipherSuites)
        if found is None:
            return None
        count, limits = self.get(CipherSuiteCount), self.get(CipherSuitePrivileges)
        ids = found.ids[:_MOST_SUITES]
        ids = ids[:1] + ids[1:].rstrip(b"\0") if count is None else ids[: count.count]
        levels = b"" if limits is None else limits.levels
        nibbles = [nibble for byte in levels for nibble in (byte % 16, byte // 16)]
        return tuple(
            SuiteLimit(suite, None if level is None else Privilege(level))
            for suite, level in zip_longest(ids, nibbles[: len(ids)])
        )

    def ipv6_status(self) -> Ipv6Status | None:
        """Return how many IPv6 addresses there can be, None where the BMC does not say."""
        try:
            return self.get(Ipv6Status)
        except (CompletionCodeError, Malformed):
            return None  # the addresses themselves may be there all the same

    def ipv6_static(self) -> list[Ipv6StaticAddress]:
        """Return all places for static IPv6 addresses, used or not."""
        status = self.ipv6_status()
        return self.sets(Ipv6StaticAddress, range(_MOST_IPV6 if status is None else status.most_static))

    def ipv6_dynamic(self) -> list[Ipv6DynamicAddress]:
        """Return all IPv6 addresses that were not set by hand, and places for such."""
        status = self.ipv6_status()
        return self.sets(Ipv6DynamicAddress, range(_MOST_IPV6 if status is None else status.most_dynamic))

    def static_routers(self) -> list[Router]:
        """Return the two IPv6 routers that can be set by hand, as far as the BMC has them."""
        found = []
        for kinds in (
            (StaticRouterAddress, StaticRouterMac, StaticRouterPrefix, StaticRouterPrefixLength),
            (SecondRouterAddress, SecondRouterMac, SecondRouterPrefix, SecondRouterPrefixLength),
        ):
            address = self.get(kinds[0])
            if address is not None:
                mac, prefix, length = self.get(kinds[1]), self.get(kinds[2]), self.get(kinds[3])
                found.append(_router(address.address, mac, prefix, length))
        return found

    def dynamic_routers(self) -> list[Router]:
        """Return the IPv6 routers that made themselves known."""
        count = self.get(DynamicRouterCount)
        found = []
        for address in self.sets(DynamicRouterAddress, range(0 if count is None else count.count)):
            number = address.set_selector
            mac, prefix = self.get(DynamicRouterMac, number), self.get(DynamicRouterPrefix, number)
            found.append(_router(address.address, mac, prefix, self.get(DynamicRouterPrefixLength, number)))
        return found

    def statistics(self, *, clear: bool = False) -> LanStatistics:
        """Return the counters of IP, UDP and RMCP; on request they begin anew."""
        return self._bmc.request(GetLanStatistics(channel=self.channel, clear=clear))

    def suspend_arps(self, *, responses: bool, gratuitous: bool) -> ArpStatus:
        """Have the BMC be silent about its address while somebody else speaks for it; returns what it does now."""
        request = SuspendArps(channel=self.channel, suspend_responses=responses, suspend_gratuitous=gratuitous)
        return self._bmc.request(request)

    # --- what there is to be

    def configure(
        self,
        address: Address | None = None,
        source: IpSource | None = None,
        gateway: bytes | None = None,
        vlan: int | None = None,
    ) -> tuple[Parameter, ...]:
        """Set IPv4 address (and subnet mask if it has a prefix), its source, gateway and VLAN (0: off).

        The order is what BMCs need: an address is taken only under STATIC, a mask may change the gateway, and a VLAN
        may end the conversation.  An address alone makes the source STATIC.  Returns what `write` does.
        """
        values: list[Parameter] = []
        if source is None and address is not None:
            source = IpSource.STATIC
        if source is not None:
            values.append(IpAddressSource(source=source))
        if address is not None:
            values.append(IpAddress(address=address.address))
            if address.prefix_length is not None:
                values.append(SubnetMask(mask=mask_of(address.prefix_length)))
        kept = None
        if gateway is not None:
            values.append(DefaultGateway(address=gateway))
        elif address is not None and address.prefix_length is not None:
            kept = self.get(DefaultGateway)
        if vlan is not None:
            values.append(VlanId(enabled=vlan != 0, vlan=vlan))
        unsure = self.write(*values)
        if kept is not None and not unsure:
            self._restore(kept)
        return unsure

    def _restore(self, gateway: DefaultGateway) -> None:
        """Put the gateway back where a new subnet mask has changed it; a BMC may well refuse that."""
        if gateway.address == NO_IPV4:
            return
        try:
            if self.get(DefaultGateway) != gateway:
                self.write(gateway)
        except (CompletionCodeError, SessionError):
            pass  # what was asked for is done

    def configure_ipv6(
        self, addresses: list[Address] | None = None, gateway: bytes | None = None
    ) -> tuple[Parameter, ...]:
        """Set the static IPv6 addresses, exactly these, and the router; None: as it is.  Returns what `write` does.

        Raises InvalidParameterValue for more addresses than there are places, ParameterNotWritable.
        """
        values: list[Parameter] = []
        if addresses is not None:
            values += self._ipv6_places(addresses)
        if gateway is not None:
            values.append(StaticRouterAddress(address=gateway))
        return self.write(*values)

    def _ipv6_places(self, addresses: list[Address]) -> list[Parameter]:
        places = self.ipv6_static()
        if places and len(addresses) > len(places):
            raise InvalidParameterValue(f"the BMC has {len(places)} static IPv6 addresses, not {len(addresses)}")
        addresses = list({address.address: address for address in addresses}.values())
        # One that is there keeps its place: written to another one too, a BMC may lose it together with the former.
        held = {place.address: place.set_selector for place in places if place.enabled}
        kept = {held[address.address] for address in addresses if address.address in held}
        free = (number for number in range(len(places) or len(addresses)) if number not in kept)
        found: list[Parameter] = [
            Ipv6StaticAddress(
                set_selector=held[address.address] if address.address in held else next(free),
                enabled=True,
                address=address.address,
                prefix_length=address.prefix_length or 0,
                status=AddressStatus.ACTIVE,
            )
            for address in addresses
        ]
        used = {place.selectors[0] for place in found}
        superfluous = [place for place in places if place.enabled and place.set_selector not in used]
        return found + [
            Ipv6StaticAddress(
                set_selector=place.set_selector, address=bytes(IPV6_BYTES), status=AddressStatus.ACTIVE
            )
            for place in superfluous
        ]


def _router(
    address: bytes,
    mac: StaticRouterMac | DynamicRouterMac | None,
    prefix: StaticRouterPrefix | DynamicRouterPrefix | None,
    length: StaticRouterPrefixLength | DynamicRouterPrefixLength | None,
) -> Router:
    return Router(
        address,
        None if mac is None else mac.mac,
        None if prefix is None else prefix.prefix,
        None if length is None else length.length,
    )


def network_channel(bmc: Requester) -> int | None:
    """Return the number of the LAN channel, None where there is none to be seen.

    That of "this channel", if it leads to a network; else the first one that does and has a MAC.  Some BMCs refuse 0Eh
    in the commands that this is for, and some give it back as if it were a number.
    """
    here = channel_info(bmc, THIS_CHANNEL)
    leads_here = here is not None and here.medium in LAN_MEDIA
    if here is not None and leads_here and here.channel != THIS_CHANNEL:
        return here.channel
    for number in _LIKELY:
        found = channel_info(bmc, number)
        if found is not None and found.medium in LAN_MEDIA and _has_mac(bmc, number):
            return number
    return THIS_CHANNEL if leads_here else None


def _has_mac(bmc: Requester, channel: int) -> bool:
    try:
        return Lan(bmc, channel).parameter(LanParameter.MAC_ADDRESS) is not None
    except CompletionCodeError:
        return False
