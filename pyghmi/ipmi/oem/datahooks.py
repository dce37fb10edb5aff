# SPDX-License-Identifier: Apache-2.0
"""What vendors add to sensors, inventory, events, network and users, and what a BMC without it answers."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyghmi.exceptions import NotFound, UnsupportedFunctionality


class SensorHooks:
    """Sensors and health."""

    ipmicmd: Any

    def get_sensor_data(self) -> Iterable[Any]:
        """Return the `SensorReading` of sensors that no record describes."""
        return ()

    def get_sensor_descriptions(self) -> Iterable[Any]:
        """Return {'name', 'type'} of each of them."""
        return ()

    def get_sensor_reading(self, sensorname: str) -> Any:
        """Return the `SensorReading` of one of them.  Raises NotFound."""
        raise NotFound(f"Sensor not found: {sensorname}")

    def get_health(self, summary: dict[str, Any]) -> list[Any]:
        """Look at the health the vendor's way; returns readings for the case that no sensor is bad.

        summary: {'health', 'badreadings'}, which may be changed.  Raises BypassGenericBehavior if that is all.
        """
        return []

    def get_system_power_watts(self, ipmicmd: Any) -> int:
        """Return the power that the machine draws, in watts."""
        found: int = ipmicmd._generic_power_watts()
        return found

    def get_inlet_temperature(self, ipmicmd: Any) -> Any:
        """Return the `SensorReading` of the air that goes in."""
        return ipmicmd._generic_inlet_temperature()

    def get_average_processor_temperature(self, ipmicmd: Any) -> Any:
        """Return a `SensorReading` of all processors together."""
        return ipmicmd._generic_processor_temperature()


class InventoryHooks:
    """Inventory."""

    def get_oem_inventory_descriptions(self) -> Iterable[str]:
        """Return the names of parts that no record describes."""
        return ()

    def get_oem_inventory(self) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """Yield (name, facts) of each of them; None: not there."""
        for name in self.get_oem_inventory_descriptions():
            yield name, self.get_inventory_of_component(name)

    def get_inventory_of_component(self, component: str) -> dict[str, Any] | None:
        """Return the facts of one of them; None: there is no such part."""
        return None

    def process_fru(self, fru: dict[str, Any] | None, name: str | None = None) -> dict[str, Any] | None:
        """Read the vendor's own fields; 'oem_parser' says who did."""
        if fru is None:
            return None
        fru["oem_parser"] = None
        return fru

    def process_zero_fru(self, zerofru: dict[str, Any] | None) -> dict[str, Any] | None:
        """Do the same with the inventory of the machine itself."""
        return self.process_fru(zerofru)


class EventHooks:
    """Events."""

    def process_event(self, event: dict[str, Any], ipmicmd: Any, seldata: Any) -> None:
        """Add the vendor's reading to an event of the log; seldata: the whole record.

        While this is called, events of sensors have 'event_data_bytes' (three) and 'event_type_byte' too.
        """
        event["oem_handler"] = None
        data = event.get("event_data_bytes", b"\0\0\0")
        if data[0] // 64 == 2:
            event["oem_byte2"] = data[1]
        if data[0] // 16 % 4 == 2:
            event["oem_byte3"] = data[2]


class NetworkHooks:
    """Network and alerts."""

    def add_extra_net_configuration(self, netdata: dict[str, Any], channel: int | None = None) -> None:
        """Add to the result of `get_net_configuration`."""
        return

    def set_alert_ipv6_destination(self, ip: str, destination: int, channel: int) -> bool:
        """Set an IPv6 address alerts go to; False: the standard way is to be taken."""
        return False


class UserHooks:
    """Users."""

    def get_user_expiration(self, uid: int) -> int | None:
        """Return days until the password expires; 0: expired, None: never."""
        return None

    def get_user_privilege_level(self, uid: int) -> str | None:
        """Return the name of the user's level; None: the standard one counts."""
        return None

    def set_oem_extended_privilleges(self, uid: int) -> bool:
        """Give an administrator what the vendor keeps apart."""
        return False

    def is_valid(self, name: str | None) -> bool:
        """Whether a slot with this name holds a user."""
        return name is not None

    def process_password(self, password: bytes, data: list[int]) -> list[int]:
        """Return the data of Set User Password, perhaps changed.  password: padded with 00h to 16 or 20 bytes."""
        return data

    def set_user_access(
        self, uid: int, channel: int, callback: bool, link_auth: bool, ipmi_msg: bool, privilege_level: str
    ) -> Any:
        """Set a level that only the vendor knows."""
        if privilege_level.startswith("custom."):
            raise UnsupportedFunctionality()
