# SPDX-License-Identifier: Apache-2.0
"""The settings of serial over LAN.  IPMI 2.0 §26.2, §26.3."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.exceptions import CompletionCodeError, Malformed
from pyghmi.ipmi.domains.parameters import Parameters
from pyghmi.ipmi.spec.sol import (
    GetSolParameter,
    SetSolParameter,
    SolAccumulate,
    SolAuthentication,
    SolBitRate,
    SolEnable,
    SolPayloadChannel,
    SolPayloadPort,
    SolRetry,
    SolVolatileBitRate,
)
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from typing import TypeVar

    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.spec.answers import Done
    from pyghmi.ipmi.spec.parameters import Parameter, ParameterData
    from pyghmi.ipmi.spec.request import Request

    P = TypeVar("P", bound=Parameter)


class SolSettings(NamedTuple):
    """All settings; None: the BMC has no such parameter."""

    enable: SolEnable | None
    authentication: SolAuthentication | None
    accumulate: SolAccumulate | None
    retry: SolRetry | None
    bit_rate: SolBitRate | None
    volatile_bit_rate: SolVolatileBitRate | None
    payload_channel: SolPayloadChannel | None
    payload_port: SolPayloadPort | None


class SolConfig(Parameters):
    """The settings for one channel.  `get` reads one of them, `write` writes some."""

    def __init__(self, bmc: Requester, channel: int) -> None:
        super().__init__(bmc)
        self.channel = channel

    def _reading(self, number: int, set_selector: int, block_selector: int) -> Request[ParameterData]:
        return GetSolParameter(
            channel=self.channel, parameter=number, set_selector=set_selector, block_selector=block_selector
        )

    def _writing(self, number: int, data: bytes) -> Request[Done]:
        return SetSolParameter(channel=self.channel, parameter=number, data=data)

    def settings(self) -> SolSettings:
        """Return all settings.  One that cannot be read is None; where none can, the error is raised."""
        return SolSettings(
            self.get(SolEnable),
            self._one(SolAuthentication),
            self._one(SolAccumulate),
            self._one(SolRetry),
            self._one(SolBitRate),
            self._one(SolVolatileBitRate),
            self._one(SolPayloadChannel),
            self._one(SolPayloadPort),
        )

    def _one(self, kind: type[P]) -> P | None:
        try:
            return self.get(kind)
        except (CompletionCodeError, Malformed):
            return None
