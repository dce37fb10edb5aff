# SPDX-License-Identifier: Apache-2.0
"""Settings of serial over LAN."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from pyghmi.exceptions import InvalidParameterValue, UnsupportedFunctionality
from pyghmi.ipmi.facade.lanchannel import LanChannelApi
from pyghmi.ipmi.facade.tables import PRIVILEGES
from pyghmi.ipmi.wire.shapes import TypedDict

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.sol_config import SolConfig
    from pyghmi.ipmi.spec.parameters import Parameter

_RATES = {None: 0, 9600: 6, 19200: 7, 38400: 8, 57600: 9, 115200: 0xA}
"""Bits a second -> code; None: as the serial port is set."""
_LEVELS = ("user", "operator", "administrator", "proprietary")
"""The others are reserved.  IPMI 2.0 table 26-5, parameter 2."""


class SolConfiguration(TypedDict):
    """Settings of serial over LAN; None: the BMC does not say.

    Times in ms; 'bit_rate' (kept), 'volatile_bit_rate' (in force): bits a second, 0: as the serial port is set.
    """

    enabled: Optional[bool]
    force_encryption: Optional[bool]
    force_authentication: Optional[bool]
    privilege_level: Optional[str]
    accumulate_interval_ms: Optional[int]
    send_threshold: Optional[int]
    retry_count: Optional[int]
    retry_interval_ms: Optional[int]
    bit_rate: Optional[int]
    volatile_bit_rate: Optional[int]
    payload_channel: Optional[int]
    payload_port: Optional[int]


class SolApi(LanChannelApi):
    """Settings of serial over LAN."""

    def _sol_config(self, channel: Optional[int]) -> SolConfig:
        vendor = self._vendor_if_it_has("sol_config")
        found: SolConfig = vendor.sol_config(self._call(), self._channel(channel))
        return found

    def get_sol_configuration(self, channel: Optional[int] = None) -> SolConfiguration:
        """Return the settings of a channel, None: of the LAN channel; see `SolConfiguration`.  Raises IpmiException."""
        from pyghmi.ipmi.spec.sol import INTERVAL_UNIT_MS, RETRY_UNIT_MS

        found = self._sol_config(channel).settings()
        login, gather, retry = found.authentication, found.accumulate, found.retry
        return {
            "enabled": None if found.enable is None else found.enable.enabled,
            "force_encryption": None if login is None else login.force_encryption,
            "force_authentication": None if login is None else login.force_authentication,
            "privilege_level": None if login is None else _level(login.privilege),
            "accumulate_interval_ms": None if gather is None else gather.interval * INTERVAL_UNIT_MS,
            "send_threshold": None if gather is None else gather.threshold,
            "retry_count": None if retry is None else retry.count,
            "retry_interval_ms": None if retry is None else retry.interval * RETRY_UNIT_MS,
            "bit_rate": None if found.bit_rate is None else _rate(found.bit_rate.rate),
            "volatile_bit_rate": None if found.volatile_bit_rate is None else _rate(found.volatile_bit_rate.rate),
            "payload_channel": None if found.payload_channel is None else found.payload_channel.channel,
            "payload_port": None if found.payload_port is None else found.payload_port.port,
        }

    def set_sol_configuration(
        self,
        *,
        enabled: Optional[bool] = None,
        force_encryption: Optional[bool] = None,
        force_authentication: Optional[bool] = None,
        privilege_level: Optional[str] = None,
        accumulate_interval_ms: Optional[int] = None,
        send_threshold: Optional[int] = None,
        retry_count: Optional[int] = None,
        retry_interval_ms: Optional[int] = None,
        bit_rate: Optional[int] = None,
        volatile_bit_rate: Optional[int] = None,
        payload_port: Optional[int] = None,
        channel: Optional[int] = None,
    ) -> None:
        """Change settings of a channel; what is None stays as it is.  All is read back.

        privilege_level: 'user', 'operator', 'administrator' or 'proprietary'; intervals: multiples of 5 and 10 ms;
        bit rates: 9600, 19200, 38400, 57600, 115200, or 0: as the serial port is set.
        Raises InvalidParameterValue, UnsupportedFunctionality, IpmiException.
        """
        from pyghmi.ipmi.spec import sol as spec

        config = self._sol_config(channel)
        values = [
            _merged(config, spec.SolEnable, enabled=enabled),
            _merged(
                config,
                spec.SolAuthentication,
                force_encryption=force_encryption,
                force_authentication=force_authentication,
                privilege=None if privilege_level is None else _privilege(privilege_level),
            ),
            _merged(
                config,
                spec.SolAccumulate,
                interval=_units(accumulate_interval_ms, spec.INTERVAL_UNIT_MS),
                threshold=send_threshold,
            ),
            _merged(
                config, spec.SolRetry, count=retry_count, interval=_units(retry_interval_ms, spec.RETRY_UNIT_MS)
            ),
            _merged(config, spec.SolBitRate, rate=_rate_code(bit_rate)),
            _merged(config, spec.SolVolatileBitRate, rate=_rate_code(volatile_bit_rate)),
            _merged(config, spec.SolPayloadPort, port=payload_port),
        ]
        config.write(*(value for value in values if value is not None))


def _merged(config: SolConfig, kind: type[Parameter], **parts: Any) -> Optional[Parameter]:
    """Return a parameter with some parts changed, None where none is to be."""
    given = {name: value for name, value in parts.items() if value is not None}
    if not given:
        return None
    if len(given) < len(parts):
        now = config.get(kind)
        if now is None:
            raise UnsupportedFunctionality(f"The BMC has no {kind.__name__} setting")
        given = {name: given.get(name, getattr(now, name)) for name in parts}
    made = kind(**given)
    made.encode()  # what does not fit is found out before anything is written
    return made


def _level(number: int) -> str:
    return next((name for name, known in PRIVILEGES.items() if known == number), f"reserved {int(number):#x}")


def _privilege(name: str) -> int:
    if name not in _LEVELS:
        raise InvalidParameterValue(f"privilege_level must be one of {', '.join(_LEVELS)}, not {name!r}")
    return PRIVILEGES[name]


def _units(milliseconds: Optional[int], unit: int) -> Optional[int]:
    if milliseconds is None:
        return None
    count, left = divmod(milliseconds, unit)
    if left:
        raise InvalidParameterValue(f"{milliseconds} ms is no multiple of {unit} ms")
    return count


def _rate(code: int) -> Optional[int]:
    """Return bits a second, 0: as the serial port is set, None for a code that nobody knows."""
    return next((rate or 0 for rate, known in _RATES.items() if known == code), None)


def _rate_code(rate: Optional[int]) -> Optional[int]:
    if rate is None:
        return None
    found = _RATES.get(rate or None)
    if found is None:
        raise InvalidParameterValue(f"bit rate {rate}: 9600, 19200, 38400, 57600, 115200 or 0 are possible")
    return found
