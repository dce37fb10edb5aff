# SPDX-License-Identifier: Apache-2.0
"""DCMI: names, power, thermal limits."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, IpmiException, UnsupportedFunctionality
from pyghmi.ipmi.facade.api import Api
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.dcmi import Dcmi
    from pyghmi.ipmi.spec.dcmi import PowerReading, TemperatureEntity

_ACTIONS = {"none": 0x00, "power_off": 0x01, "log": 0x11}
_ENTITIES = {"inlet": 0x40, "processor": 0x41, "baseboard": 0x42}
_NO_TIME = 0xFFFFFFFF
_BOM = b"\xef\xbb\xbf"
_MOST_NUMBER = 0xFF


class PowerStatistics(TypedDict):
    """Power in watts; `timestamp`: seconds of the BMC's clock, None: not told; `period_ms`: what it is over."""

    current: int
    minimum: int
    maximum: int
    average: int
    timestamp: Optional[int]
    period_ms: int
    active: Optional[bool]


class PowerLimit(TypedDict):
    """A limit in watts; all but `active` None: there is none.  `action`: 'none', 'power_off', 'log', or a number."""

    active: bool
    limit: Optional[int]
    action: Union[str, int, None]
    correction_ms: Optional[int]
    sampling_s: Optional[int]


class EntityTemperature(TypedDict):
    """`entity`: 'inlet', 'processor' or 'baseboard'; `temperature`: degrees Celsius."""

    entity: str
    instance: int
    temperature: int


class ThermalLimit(TypedDict):
    """A limit in the units of the sensor, and what happens when it is exceeded for so many seconds."""

    limit: int
    exception_s: int
    power_off: bool
    log: bool


class DcmiApi(Api):
    """DCMI: names, power, thermal limits."""

    def _dcmi(self) -> Dcmi:
        found: Dcmi = self._vendor_if_it_has("dcmi").dcmi(self._call())
        return found

    # --- names

    def get_mci(self) -> str:
        """Return the identifier of the management controller.  Raises IpmiException."""
        found = self._vendor_if_it_has("get_oem_identifier").get_oem_identifier()
        if found:
            return str(found)
        from pyghmi.ipmi.wire.text import decode_eight_bit

        return decode_eight_bit(self._dcmi().controller_id())

    def set_mci(self, mci: Union[str, bytes]) -> None:
        """Set the identifier of the management controller: at most 63 bytes.

        Raises InvalidParameterValue, IpmiException.
        """
        identifier = _text_bytes(mci, "mci")
        if not self._vendor_if_it_has("set_oem_identifier").set_oem_identifier(identifier):
            self._dcmi().set_controller_id(identifier)

    def get_hostname(self) -> str:
        """Return the name of the BMC; where the vendor keeps none, the identifier.  Raises IpmiException."""
        try:
            found: str = self._vendor_if_it_has("get_hostname").get_hostname()
        except UnsupportedFunctionality:
            return self.get_mci()
        return found

    def set_hostname(self, hostname: str) -> Any:
        """Set the name of the BMC; where the vendor keeps none, the identifier.  Raises IpmiException."""
        try:
            return self._vendor_if_it_has("set_hostname").set_hostname(hostname)
        except UnsupportedFunctionality:
            return self.set_mci(hostname)

    def get_asset_tag(self) -> str:
        """Return the asset tag.  Raises IpmiException."""
        vendor = self._vendor_if_it_has("get_asset_tag")
        if hasattr(vendor, "get_asset_tag"):
            found: str = vendor.get_asset_tag()
            return found
        return self._dcmi().asset_tag().text

    def set_asset_tag(self, tag: Union[str, bytes]) -> Any:
        """Set the asset tag: at most 63 bytes; text beyond ASCII is marked as UTF-8.

        Raises InvalidParameterValue, IpmiException.
        """
        vendor = self._vendor_if_it_has("set_asset_tag")
        if hasattr(vendor, "set_asset_tag"):
            return vendor.set_asset_tag(tag)
        mark = _BOM if isinstance(tag, str) and not tag.isascii() else b""
        self._dcmi().set_asset_tag(mark + _text_bytes(tag, "tag"))
        return None

    def get_domain_name(self) -> Any:
        """Return the domain name of the BMC; () where the vendor keeps none."""
        return self._vendor_if_it_has("get_oem_domain_name").get_oem_domain_name()

    def set_domain_name(self, name: str) -> None:
        """Set the domain name of the BMC, where the vendor keeps one."""
        self._vendor_if_it_has("set_oem_domain_name").set_oem_domain_name(name)

    # --- capabilities and configuration

    def get_dcmi_capabilities(self) -> dict[str, Any]:
        """Return what the BMC has of DCMI; None for what it does not tell.

        {'version': 'M.m', 'power_management', 'in_band', 'serial_tmode', 'secondary_lan': bool, 'sel_entries': int,
        'sel_rollover', 'sel_flushed', 'sel_records_flushed': bool, 'identification', 'temperatures': [names],
        'temperature_sampling_s': int, 'power_controller': 8-bit slave address, 'power_controller_channel',
        'power_controller_revision', 'primary_lan_channel', 'secondary_lan_channel', 'serial_channel': int,
        'power_periods_s': [seconds]}.
        Raises IpmiException, UnsupportedFunctionality where the BMC has no DCMI.
        """
        from pyghmi.ipmi.facade.dcmi_words import capabilities_in_words

        return capabilities_in_words(self._dcmi().capabilities())

    def get_dcmi_configuration(self) -> dict[str, Any]:
        """Return how the BMC is found by DHCP; None for what it does not have.

        {'random_back_off', 'vendor_class', 'controller_id': bool, 'initial_timeout', 'contact_timeout',
        'retry_interval': seconds}.
        """
        from pyghmi.ipmi.spec.dcmi import Discovery, Parameter
        from pyghmi.ipmi.wire.numbers import number

        dcmi = self._dcmi()
        data = dcmi.configuration(Parameter.DISCOVERY)
        discovery = Discovery.decode(data) if data else None
        found: dict[str, Any] = {
            name: None if discovery is None else getattr(discovery, name) for name in _DISCOVERY
        }
        for name, (parameter, size) in _TIMES.items():
            data = dcmi.configuration(Parameter(parameter))
            found[name] = number(data[:size]) if data else None
        return found

    def set_dcmi_configuration(
        self,
        *,
        random_back_off: Optional[bool] = None,
        vendor_class: Optional[bool] = None,
        controller_id: Optional[bool] = None,
        initial_timeout: Optional[int] = None,
        contact_timeout: Optional[int] = None,
        retry_interval: Optional[int] = None,
        activate_dhcp: bool = False,
    ) -> None:
        """Change how the BMC is found by DHCP; None: left as it is.  activate_dhcp: have DHCP begin anew.

        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.spec.dcmi import Discovery, Parameter

        dcmi = self._dcmi()
        flags = {"random_back_off": random_back_off, "vendor_class": vendor_class, "controller_id": controller_id}
        changes = {name: value for name, value in flags.items() if value is not None}
        if changes:
            discovery = Discovery.decode(dcmi.configuration(Parameter.DISCOVERY) or b"\0")
            for name, value in changes.items():
                setattr(discovery, name, bool(value))
            dcmi.configure(Parameter.DISCOVERY, discovery.encode())
        times = {
            "initial_timeout": initial_timeout,
            "contact_timeout": contact_timeout,
            "retry_interval": retry_interval,
        }
        for name, seconds in times.items():
            if seconds is not None:
                parameter, size = _TIMES[name]
                dcmi.configure(Parameter(parameter), _seconds(name, seconds, size))
        if activate_dhcp:
            dcmi.configure(Parameter.ACTIVATE_DHCP, b"\1")

    # --- power

    def get_power_reading(self, seconds: Optional[int] = None) -> PowerStatistics:
        """Return the power that the machine draws, and its minimum, maximum and average.

        seconds: over a rolling period, one of 'power_periods_s' in the capabilities; None: as the BMC does.
        Raises IpmiException, UnsupportedFunctionality, InvalidParameterValue.
        """
        dcmi = self._dcmi()
        if seconds is None:
            found = dcmi.power_reading()
            return _statistics(found, found.period)
        return _statistics(dcmi.average_power(seconds), seconds * 1000)

    def get_power_limit(self) -> PowerLimit:
        """Return the power limit, and whether it is in force.  Raises IpmiException, UnsupportedFunctionality."""
        found = self._dcmi().power_limit()
        if found is None:
            return {"active": False, "limit": None, "action": None, "correction_ms": None, "sampling_s": None}
        return {
            "active": found.active,
            "limit": found.limit_w,
            "action": _named(_ACTIONS, found.action),
            "correction_ms": found.correction_ms,
            "sampling_s": found.sampling_s,
        }

    def set_power_limit(
        self,
        limit: int,
        action: Union[str, int, None] = None,
        correction_ms: Optional[int] = None,
        sampling_s: Optional[int] = None,
    ) -> None:
        """Set the power limit in watts; `activate_power_limit` puts it in force.

        action: 'none', 'power_off' or 'log', or a number of the vendor's: when more is drawn for longer than
        `correction_ms`.  None: as it was.  Raises InvalidParameterValue, IpmiException, UnsupportedFunctionality.
        """
        from pyghmi.ipmi.spec.dcmi import LimitAction

        dcmi = self._dcmi()
        if None in (action, correction_ms, sampling_s):
            held = dcmi.power_limit()
            action = (0 if held is None else int(held.action)) if action is None else action
            correction_ms = (0 if held is None else held.correction_ms) if correction_ms is None else correction_ms
            sampling_s = (0 if held is None else held.sampling_s) if sampling_s is None else sampling_s
        number = _number(_ACTIONS, action, "action")
        dcmi.set_power_limit(LimitAction(number), limit, correction_ms or 0, sampling_s or 0)

    def activate_power_limit(self, on: bool = True) -> None:
        """Put the power limit in force, or out of it.  Raises IpmiException."""
        self._dcmi().activate_power_limit(bool(on))

    # --- temperatures

    def get_dcmi_temperatures(self) -> list[EntityTemperature]:
        """Return the temperatures of inlets, processors and baseboards.

        Raises IpmiException where the BMC has none of the three.
        """
        from pyghmi.ipmi.spec.dcmi import TemperatureEntity

        dcmi = self._dcmi()
        found: list[EntityTemperature] = []
        refused: list[IpmiException] = []
        for name, number in _ENTITIES.items():
            try:
                rows = dcmi.temperatures(TemperatureEntity(number))
            except CompletionCodeError as error:
                refused.append(error)
                continue
            found += [{"entity": name, "instance": row.instance, "temperature": row.celsius} for row in rows]
        if len(refused) == len(_ENTITIES):
            raise refused[0]
        return found

    def get_dcmi_sensor_records(self) -> dict[str, list[int]]:
        """Return {'inlet' | 'processor' | 'baseboard': [numbers of sensor data records]}; none where there are none."""
        dcmi = self._dcmi()
        found: dict[str, list[int]] = {}
        for name in _ENTITIES:
            try:
                found[name] = dcmi.sensor_records(_entity(name))
            except CompletionCodeError:
                found[name] = []
        return found

    def get_thermal_limit(self, instance: int = 1, entity: Union[str, int] = "inlet") -> ThermalLimit:
        """Return the limit of a temperature.  Raises InvalidParameterValue, IpmiException."""
        found = self._dcmi().thermal_limit(_entity(entity), instance)
        return {
            "limit": found.limit,
            "exception_s": found.exception_s,
            "power_off": found.power_off,
            "log": found.log,
        }

    def set_thermal_limit(
        self,
        limit: int,
        exception_s: int,
        power_off: bool = False,
        log: bool = False,
        instance: int = 1,
        entity: Union[str, int] = "inlet",
    ) -> None:
        """Set the limit of a temperature; without power_off and log it is off.

        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.spec.dcmi import SetThermalLimit

        request = SetThermalLimit(
            entity=_entity(entity),
            instance=instance,
            power_off=bool(power_off),
            log=bool(log),
            limit=limit,
            exception_s=exception_s,
        )
        self._dcmi().set_thermal_limit(request)


_DISCOVERY = ("random_back_off", "vendor_class", "controller_id")
_TIMES = {"initial_timeout": (3, 1), "contact_timeout": (4, 2), "retry_interval": (5, 2)}
"""Name -> (parameter, bytes)."""


def _text_bytes(value: Union[str, bytes], what: str) -> bytes:
    """Return what is to be written.  Raises TypeError where it is neither text nor bytes, InvalidParameterValue."""
    from pyghmi.ipmi.facade.credentials import as_bytes

    return as_bytes(bytes(value) if isinstance(value, (bytearray, memoryview)) else value, what)


def _seconds(name: str, value: int, size: int) -> bytes:
    if not 0 <= value < 256**size or value != int(value):
        raise InvalidParameterValue(f"{name} must be 0 to {256**size - 1} s, not {value}")
    from pyghmi.ipmi.wire.numbers import words

    return words(int(value), size)


def _named(names: dict[str, int], number: int) -> Union[str, int]:
    for name, known in names.items():
        if known == number:
            return name
    return int(number)


def _number(names: dict[str, int], value: Union[str, int, None], what: str) -> int:
    if isinstance(value, int) and 0 <= value <= _MOST_NUMBER:
        return value
    if not isinstance(value, str) or value not in names:
        raise InvalidParameterValue(f"{what} must be one of {', '.join(names)}, not {value!r}")
    return names[value]


def _entity(value: Union[str, int]) -> TemperatureEntity:
    from pyghmi.ipmi.spec.dcmi import TemperatureEntity

    return TemperatureEntity(_number(_ENTITIES, value, "entity"))


def _statistics(found: PowerReading, period_ms: int) -> PowerStatistics:
    return {
        "current": found.current,
        "minimum": found.minimum,
        "maximum": found.maximum,
        "average": found.average,
        "timestamp": None if found.timestamp == _NO_TIME else found.timestamp,
        "period_ms": period_ms,
        "active": found.active,
    }
