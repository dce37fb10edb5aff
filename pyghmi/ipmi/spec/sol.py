# SPDX-License-Identifier: Apache-2.0
"""Serial-over-LAN configuration parameters.  IPMI 2.0 §26.2, §26.3, table 26-5."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn, Privilege
from pyghmi.ipmi.spec.parameters import Parameter, ParameterData
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import OpenEnum, bit, bits, rest, u8, u16, wire

INTERVAL_UNIT_MS = 5
"""Of the time that characters are gathered."""
RETRY_UNIT_MS = 10


class SolParameter(OpenEnum):
    """Parameter selectors.  IPMI 2.0 table 26-5.  192 to 255 are the vendors' own."""

    SET_IN_PROGRESS = 0
    ENABLE = 1
    AUTHENTICATION = 2
    ACCUMULATE = 3
    RETRY = 4
    BIT_RATE = 5
    VOLATILE_BIT_RATE = 6
    PAYLOAD_CHANNEL = 7
    PAYLOAD_PORT = 8


@wire()
class GetSolParameter(Request[ParameterData]):
    """Get SOL Configuration Parameters.  IPMI 2.0 §26.3."""

    netfn, cmd, answer = NetFn.TRANSPORT, 0x22, ParameterData
    revision_only: bool = bit(1, 7, default=False)
    channel: int = bits(1, 3, 0)
    parameter: int = u8(2)
    set_selector: int = u8(3, default=0)
    block_selector: int = u8(4, default=0)


@wire()
class SetSolParameter(Request[Done]):
    """Set SOL Configuration Parameters.  IPMI 2.0 §26.2."""

    netfn, cmd, answer = NetFn.TRANSPORT, 0x21, Done
    channel: int = bits(1, 3, 0)
    parameter: int = u8(2)
    data: bytes = rest(3)


@wire()
class SolEnable(Parameter):
    """IPMI 2.0 table 26-5, parameter 1."""

    parameter = SolParameter.ENABLE
    enabled: bool = bit(1, 0)


@wire()
class SolAuthentication(Parameter):
    """IPMI 2.0 table 26-5, parameter 2.  `privilege`: the least that may activate the payload."""

    parameter = SolParameter.AUTHENTICATION
    force_encryption: bool = bit(1, 7)
    force_authentication: bool = bit(1, 6)
    privilege: Privilege = bits(1, 3, 0, Privilege)


@wire()
class SolAccumulate(Parameter):
    """IPMI 2.0 table 26-5, parameter 3.  `interval`: in units of 5 ms; `threshold`: characters; 0 is reserved."""

    parameter = SolParameter.ACCUMULATE
    interval: int = u8(1)
    threshold: int = u8(2)


@wire()
class SolRetry(Parameter):
    """IPMI 2.0 table 26-5, parameter 4.  `interval`: in units of 10 ms."""

    parameter = SolParameter.RETRY
    count: int = bits(1, 2, 0)
    interval: int = u8(2)


class BitRate(OpenEnum):
    """IPMI 2.0 table 26-5, parameters 5 and 6."""

    AS_SERIAL = 0
    B9600 = 6
    B19200 = 7
    B38400 = 8
    B57600 = 9
    B115200 = 0xA


@wire()
class SolBitRate(Parameter):
    """IPMI 2.0 table 26-5, parameter 5: the one that is kept."""

    parameter = SolParameter.BIT_RATE
    rate: BitRate = bits(1, 3, 0, BitRate)


@wire()
class SolVolatileBitRate(Parameter):
    """IPMI 2.0 table 26-5, parameter 6: the one in force."""

    parameter = SolParameter.VOLATILE_BIT_RATE
    rate: BitRate = bits(1, 3, 0, BitRate)


@wire()
class SolPayloadChannel(Parameter):
    """IPMI 2.0 table 26-5, parameter 7.  Read only."""

    parameter = SolParameter.PAYLOAD_CHANNEL
    channel: int = bits(1, 3, 0)


@wire()
class SolPayloadPort(Parameter):
    """IPMI 2.0 table 26-5, parameter 8."""

    parameter = SolParameter.PAYLOAD_PORT
    port: int = u16(1)


PARAMETERS: dict[int, type[Parameter]] = {
    int(kind.parameter): kind
    for kind in (
        SolEnable,
        SolAuthentication,
        SolAccumulate,
        SolRetry,
        SolBitRate,
        SolVolatileBitRate,
        SolPayloadChannel,
        SolPayloadPort,
    )
}
"""Parameter selector -> what its data are.  Parameter 0 is the same everywhere: `SetInProgress`."""

READ_ONLY_PARAMETERS = frozenset((7,))
"""What no write can change.  IPMI 2.0 table 26-5."""
