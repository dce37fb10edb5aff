# SPDX-License-Identifier: Apache-2.0
"""Where alerts go, and what the BMC does about events."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from pyghmi.ipmi.facade.lanchannel import LanChannelApi
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.alerts import Alerts
    from pyghmi.ipmi.domains.pef import Pef
    from pyghmi.ipmi.spec.pef import AlertPolicy

_NOWHERE = "0.0.0.0"
_ANY, _ALL_OFFSETS = 0xFF, 0xFFFF
_ACTIONS = ("alert", "power_down", "reset", "power_cycle", "oem_action", "diagnostic_interrupt")


class AlertDestination(TypedDict, total=False):
    """Where alerts go.  'acknowledge_timeout': seconds, only where an acknowledgement is required."""

    acknowledge_required: bool
    acknowledge_timeout: int
    retries: int
    address_format: str
    address: Optional[str]


class AlertsApi(LanChannelApi):
    """Where alerts go, and what the BMC does about events."""

    def _alerts(self, channel: Optional[int], *hooks: str) -> Alerts:
        vendor = self._vendor_if_it_has("alerts", *hooks)
        found: Alerts = vendor.alerts(self._call(), self._channel(channel))
        return found

    def _pef(self) -> Pef:
        found: Pef = self._vendor_if_it_has("pef").pef(self._call())
        return found

    def get_alert_destination_count(self, channel: Optional[int] = None) -> int:
        """Return the number of alert destinations of a channel, None: of the LAN channel.

        Destination 0 comes on top: it is forgotten at restart.  Raises IpmiException.
        """
        found = self._alerts(channel).count() or 0
        vendor = self._vendor_if_it_has("get_alert_destination_count")
        if hasattr(vendor, "get_alert_destination_count"):
            found = int(vendor.get_alert_destination_count(found))
        return found

    def get_alert_destination(self, destination: int = 0, channel: Optional[int] = None) -> AlertDestination:
        """Return where alerts go and how.

        {'acknowledge_required': bool, 'acknowledge_timeout': seconds, only if so, 'retries': int, 'address_format':
        'ipv4' | 'ipv6', 'address': text}.  Raises IpmiException, also where there is no such destination.
        """
        vendor = self._vendor_if_it_has("get_alert_destination")
        if hasattr(vendor, "get_alert_destination"):
            given: Optional[AlertDestination] = vendor.get_alert_destination(destination, channel)
            if given:
                return given
        alerts = self._alerts(channel)
        how, where = alerts.destination(destination), alerts.address(destination)
        found: AlertDestination = {"acknowledge_required": how.acknowledge}
        if how.acknowledge:
            found["acknowledge_timeout"] = how.timeout_s
        found["retries"] = how.retries
        found["address_format"] = where.format.name.lower()
        found["address"] = _text(where.address)
        return found

    def set_alert_destination(
        self,
        ip: Optional[str] = None,
        acknowledge_required: Optional[bool] = None,
        acknowledge_timeout: Optional[int] = None,
        retries: Optional[int] = None,
        destination: int = 0,
        channel: Optional[int] = None,
    ) -> None:
        """Say where alerts go and how; what is None stays as it is.  A policy that sends them there is seen to.

        ip: IPv4 or IPv6 address, '0.0.0.0': nowhere; acknowledge_timeout: seconds; retries: 0 to 7.
        Raises InvalidParameterValue, NotFound ('No available alert policy entry'), IpmiException.
        """
        vendor = self._vendor_if_it_has("set_alert_destination", "set_alert_ipv6_destination")
        if hasattr(vendor, "set_alert_destination") and ip is not None:
            vendor.set_alert_destination(ip)
        alerts = self._alerts(channel)
        address = None if ip is None else _address(ip)
        changes = {"acknowledge": acknowledge_required, "timeout_s": acknowledge_timeout, "retries": retries}
        wanted = {name: value for name, value in changes.items() if value is not None}
        if wanted:
            _change(alerts, destination, wanted)
        if ip is not None and address is not None:
            from pyghmi.ipmi.domains.addresses import is_ipv6

            done = is_ipv6(ip) and vendor.set_alert_ipv6_destination(ip, destination, alerts.channel)
            if not done:
                alerts.set_address(destination, address)
        if ip != _NOWHERE:
            alerts.ensure_policy(destination)

    def clear_alert_destination(self, destination: int = 0, channel: Optional[int] = None) -> None:
        """Send no alerts to a destination any more.  Raises IpmiException."""
        self.set_alert_destination(_NOWHERE, False, 0, 0, destination, channel)

    def get_alert_community(self, channel: Optional[int] = None) -> str:
        """Return the community of SNMP traps.  Raises IpmiException."""
        return self._alerts(channel).community()

    def set_alert_community(self, community: str, channel: Optional[int] = None) -> None:
        """Set the community of SNMP traps, at most 18 bytes.  Raises InvalidParameterValue, IpmiException."""
        self._alerts(channel).set_community(community)

    def get_alert_policies(self) -> list[dict[str, Any]]:
        """Return the rows of the alert policy table, used or not: 'number' of the row, 'policy', 'enabled', 'rule',
        'channel', 'destination', 'event_specific', 'string'.  Raises IpmiException.
        """
        return [_policy(row) for row in self._pef().policies()]

    def get_pef(self) -> dict[str, Any]:
        """Return what the BMC does about events.

        {'version', 'supported_actions': [names], 'control': {'enabled', ...}, 'enabled_actions': [names],
        'startup_delay', 'alert_startup_delay': seconds, 'last_processed': {...}, 'filters': [...], 'policies': [...],
        'strings': [...]}; None where the BMC does not say.  Raises IpmiException where it has nothing of it.
        """
        from pyghmi.ipmi.facade.lantable import plain, tolerated
        from pyghmi.ipmi.spec import pef as spec

        pef = self._pef()
        able = pef.capabilities()
        actions = tolerated(pef.action_control)
        last = tolerated(pef.last_processed)
        return {
            "version": f"{able.version % 16}.{able.version // 16}",
            "supported_actions": _actions(able),
            "control": tolerated(lambda: plain(pef.control())),
            "enabled_actions": None if actions is None else _actions(actions),
            "startup_delay": tolerated(lambda: plain(pef.get(spec.StartupDelay))),
            "alert_startup_delay": tolerated(lambda: plain(pef.get(spec.AlertStartupDelay))),
            "last_processed": None if last is None else plain(last),
            "filters": tolerated(lambda: [_filter(plain(row)) for row in pef.filters()]),
            "policies": tolerated(lambda: [_policy(row) for row in pef.policies()]),
            "strings": tolerated(lambda: [{**_numbered(plain(keys)), "text": text} for keys, text in pef.strings()]),
        }


def _address(ip: str) -> bytes:
    from pyghmi.ipmi.domains.addresses import is_ipv6, parse_ipv4, parse_ipv6

    return (parse_ipv6(ip) if is_ipv6(ip) else parse_ipv4(ip)).address


def _text(address: Optional[bytes]) -> Optional[str]:
    from pyghmi.ipmi.domains.addresses import IPV4_BYTES, ipv4_text, ipv6_text

    if address is None:
        return None
    return ipv4_text(address) if len(address) == IPV4_BYTES else ipv6_text(address)


def _change(alerts: Alerts, number: int, wanted: dict[str, Any]) -> None:
    """Change some parts of a destination, keeping the others."""
    how = alerts.destination(number)
    for name, value in wanted.items():
        setattr(how, name, value)
    alerts.set_destination(how)


def _actions(found: Any) -> list[str]:
    return [name for name in _ACTIONS if getattr(found, name)]


def _numbered(row: dict[str, Any]) -> dict[str, Any]:
    return {"number": row.pop("set_selector"), **row}


def _policy(row: AlertPolicy) -> dict[str, Any]:
    from pyghmi.ipmi.facade.lantable import plain

    return _numbered(plain(row))


def _offset_names(sensor_type: int, trigger: int, offsets: int) -> list[str]:
    """Return the states that a filter is about; those that have no words by number."""
    from pyghmi.ipmi.spec.eventtext import text_of
    from pyghmi.ipmi.wire.numbers import bits_set

    if offsets == _ALL_OFFSETS:
        return ["any"]
    texts = [(offset, text_of(trigger, sensor_type, offset)) for offset in bits_set(offsets)]
    return [str(offset) if text is None else text.desc for offset, text in texts]


def _filter(row: dict[str, Any]) -> dict[str, Any]:
    """Return a filter with its actions as a list, the tests of event data as numbers, and words beside its numbers."""
    from pyghmi.ipmi.spec.eventtext import trigger_name
    from pyghmi.ipmi.spec.tables import sensor_type_name

    found = _numbered(row)
    kind, trigger = found["sensor_type"], found["trigger"]
    found["sensor_type_name"] = "any" if kind == _ANY else sensor_type_name(kind)
    found["trigger_name"] = "any" if trigger == _ANY else trigger_name(trigger)
    found["offset_names"] = _offset_names(kind, trigger, found["offsets"])
    found["actions"] = [name for name in (*_ACTIONS, "group_control") if found.pop(name)]
    for name in ("data1", "data2", "data3"):
        found[name] = list(found[name])
    return found
