# SPDX-License-Identifier: Apache-2.0
"""Parameters of LAN, serial over LAN and PEF: any bytes are a value or malformed, and what was written reads back."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import IpmiException, Malformed, PyghmiException
from pyghmi.ipmi.domains.alerts import Alerts
from pyghmi.ipmi.domains.lan import Lan
from pyghmi.ipmi.domains.pef import Pef
from pyghmi.ipmi.domains.sol_config import SolConfig
from pyghmi.ipmi.spec import channels, lan, parameters, pef, sol
from pyghmi.ipmi.spec.parameters import Parameter, SetInProgress
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Field, Message
from pyghmi.sim.lan import LanPart
from pyghmi.sim.pef import PefPart

PARAMETERS: list[type[Parameter]] = [
    SetInProgress, *lan.PARAMETERS.values(), *sol.PARAMETERS.values(), *pef.PARAMETERS.values()
]
MESSAGES = [
    *PARAMETERS,
    *(
        value
        for module in (channels, lan, parameters, pef, sol)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Message) and not issubclass(value, Parameter)
        and value not in (Message, Request)
    ),
]


def value_of(field: Field) -> st.SearchStrategy[Any]:
    if field.length == -1:
        return st.binary(max_size=24)
    if field.length is not None:
        return st.binary(min_size=field.length, max_size=field.length)
    if field.is_bool:
        return st.booleans()
    numbers = st.integers(0, (1 << field.width) - 1)
    return numbers if field.enum is None else numbers.map(field.enum)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_decode_is_the_inverse_of_encode(kind: type[Message], data: st.DataObject) -> None:
    made = kind(**{field.name: data.draw(value_of(field)) for field in kind._wire_fields})
    assert kind.decode(made.encode()) == made


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@given(data=st.binary(max_size=40))
def test_any_bytes_are_a_value_or_malformed(kind: type[Message], data: bytes) -> None:
    try:
        found = kind.decode(data)
    except Malformed as error:
        assert error.data == data
        return
    assert kind.decode(found.encode()) == found


def test_every_parameter_of_the_tables_is_declared() -> None:
    """IPMI 2.0 tables 23-4, 26-5 and 30-7."""
    assert set(lan.PARAMETERS) == {*range(1, 27), *range(50, 81)}
    assert set(sol.PARAMETERS) == set(range(1, 9))
    assert set(pef.PARAMETERS) == set(range(1, 16))
    for table in (lan.PARAMETERS, sol.PARAMETERS, pef.PARAMETERS):
        assert all(kind.parameter == number for number, kind in table.items())


COMMANDS = sorted({**LanPart().commands(), **PefPart().commands()})
CALLS = [
    "get_net_configuration", "get_net6_configuration", "get_ipv6_addresses", "get_lan_parameters", "get_channel_info",
    "get_channel_access", "get_channels", "get_channel_payloads", "get_lan_statistics", "get_sol_configuration",
    "get_pef", "get_alert_policies", "get_alert_destination_count", "get_alert_destination", "get_alert_community",
    "get_network_channel",
]


class AnyBmc(MemoryBmc):
    """Answers each request with bytes out of a list, over and over."""

    def __init__(self, replies: list[tuple[int, bytes]]) -> None:
        super().__init__()
        self.replies = replies

    def exchange(self, netfn: int, cmd: int, data: bytes = b"", **more: Any) -> tuple[int, bytes]:
        self.asked.append((netfn, cmd, bytes(data)))
        self.time += 0.001
        return self.replies[len(self.asked) % len(self.replies)]


REPLIES = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 0, 0, 0x80, 0xC1, 0xCC, 0xFF]),
        st.one_of(st.binary(max_size=24), st.binary(max_size=23).map(lambda data: b"\x11" + data)),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("name", CALLS)
@given(replies=REPLIES)
def test_any_answers_give_a_result_or_an_error_of_ours(name: str, replies: list[tuple[int, bytes]]) -> None:
    """In bounded work, whatever counts the BMC gives."""
    bmc = AnyBmc(replies)
    try:
        getattr(command_over(bmc), name)()
    except PyghmiException:
        pass
    assert len(bmc.asked) < 5_000


@given(replies=REPLIES)
def test_any_answers_to_writes(replies: list[tuple[int, bytes]]) -> None:
    for write in (
        lambda bmc: Lan(bmc, 1).write(lan.IpAddress(address=bytes(4)), lan.SubnetMask(mask=bytes(4))),
        lambda bmc: Pef(bmc).ensure_policy(1, 2),
        lambda bmc: SolConfig(bmc, 1).write(sol.SolEnable(enabled=True)),
        lambda bmc: Alerts(bmc, 1).set_address(1, bytes(16)),
    ):
        bmc = AnyBmc(replies)
        try:
            write(bmc)
        except (IpmiException, PyghmiException):
            pass
        assert len(bmc.asked) < 400


@pytest.mark.parametrize("command", COMMANDS, ids=lambda key: f"{key[0]:02X}h/{key[1]:02X}h")
@given(data=st.binary(max_size=30))
def test_the_simulated_bmc_takes_any_bytes(command: tuple[int, int], data: bytes) -> None:
    answer = {**LanPart().commands(), **PefPart().commands()}[command]
    try:
        code, reply = answer(data)
    except Malformed:
        return
    assert 0 <= code < 256
    assert code == 0 or reply == b""
