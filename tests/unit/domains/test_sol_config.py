# SPDX-License-Identifier: Apache-2.0
"""Settings of serial over LAN.  Bytes by IPMI 2.0 table 26-5."""
from __future__ import annotations

import pytest
from script import Script

from pyghmi.exceptions import CompletionCodeError
from pyghmi.ipmi.domains.sol_config import SolConfig
from pyghmi.ipmi.spec import sol as spec
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.ipmi.spec.parameters import Parameter


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (spec.SolEnable(enabled=True), "01"),
        (spec.SolAuthentication(force_encryption=True, force_authentication=False, privilege=Privilege.OPERATOR), "83"),
        (spec.SolAccumulate(interval=12, threshold=96), "0c 60"),
        (spec.SolRetry(count=7, interval=50), "07 32"),
        (spec.SolBitRate(rate=spec.BitRate.B115200), "0a"),
        (spec.SolVolatileBitRate(rate=spec.BitRate.AS_SERIAL), "00"),
        (spec.SolPayloadChannel(channel=1), "01"),
        (spec.SolPayloadPort(port=623), "6f 02"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_parameters_are_as_the_table_has_them(value: Parameter, data: str) -> None:
    assert value.encode() == bytes.fromhex(data)
    assert type(value).decode(bytes.fromhex(data)) == value


def test_all_settings() -> None:
    bmc = Script("11 01", "11 c4", 0x80, "11 07 32", "11 0a", "11", 0xC1, "11 6f")
    found = SolConfig(bmc, 1).settings()
    assert found.enable == spec.SolEnable(enabled=True)
    assert found.authentication is not None and found.authentication.privilege is Privilege.ADMINISTRATOR
    assert found.accumulate is None
    assert found.retry == spec.SolRetry(count=7, interval=50)
    assert (found.volatile_bit_rate, found.payload_channel, found.payload_port) == (None, None, None)
    assert bmc.asked[0] == (0x0C, 0x22, b"\1\1\0\0")


def test_where_nothing_can_be_read_the_error_is_told() -> None:
    with pytest.raises(CompletionCodeError):
        SolConfig(Script(0xC1), 1).settings()


def test_a_setting_is_written() -> None:
    bmc = Script("11 00", 0, 0, 0, 0, "11 01")
    SolConfig(bmc, 1).write(spec.SolEnable(enabled=True))
    assert bmc.asked[2] == (0x0C, 0x21, b"\1\1\1")
