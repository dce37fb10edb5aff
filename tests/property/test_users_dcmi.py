# SPDX-License-Identifier: Apache-2.0
"""Users and DCMI: whatever a BMC answers gives a value or one of our errors, soon; what is written is read back."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from memory_bmc import MemoryBmc, command_over
from user_part import UserBmc

from pyghmi.exceptions import Malformed, PyghmiException
from pyghmi.ipmi.command import Command
from pyghmi.sim.dcmi import DcmiPart

CODES = st.sampled_from([0, 0, 0, 0, 0x80, 0x81, 0x82, 0xC1, 0xC7, 0xC9, 0xCC, 0xFF])
REPLIES = st.lists(st.tuples(CODES, st.binary(max_size=24)), min_size=1, max_size=12)
GROUPED = st.lists(st.tuples(CODES, st.binary(max_size=23).map(b"\xdc".__add__)), min_size=1, max_size=12)
MOST_REQUESTS = 3 * 2 * 256
QUESTIONS: list[Callable[[Command], Any]] = [
    lambda command: command.get_users(channel=1),
    lambda command: command.get_name_uids("x", channel=1),
    lambda command: command.create_user(3, "x", "y", channel=1),
    lambda command: command.ensure_user("x", "y", channel=1, sol=True),
    lambda command: command.user_delete(3, channel=1),
    lambda command: command.set_user_password(3, "enable"),
]
DCMI: list[Callable[[Command], Any]] = [
    lambda command: command.get_dcmi_capabilities(),
    lambda command: command.get_power_reading(),
    lambda command: command.get_power_reading(5),
    lambda command: command.get_power_limit(),
    lambda command: command.set_power_limit(5),
    lambda command: command.get_asset_tag(),
    lambda command: command.set_asset_tag("x" * 40),
    lambda command: command.get_mci(),
    lambda command: command.get_dcmi_temperatures(),
    lambda command: command.get_dcmi_sensor_records(),
    lambda command: command.get_thermal_limit(),
    lambda command: command.get_dcmi_configuration(),
]


class Babbler(MemoryBmc):
    """Answers everything with one of a few replies, in turn."""

    def __init__(self, replies: list[tuple[int, bytes]]) -> None:
        super().__init__()
        self.replies = replies

    def exchange(self, netfn: int, cmd: int, data: bytes = b"", **more: Any) -> tuple[int, bytes]:
        self.asked.append((netfn, cmd, bytes(data)))
        return self.replies[len(self.asked) % len(self.replies)]


def holds(ask: Callable[[Command], Any], replies: list[tuple[int, bytes]]) -> None:
    bmc = Babbler(replies)
    try:
        ask(command_over(bmc))
    except PyghmiException:
        pass
    assert len(bmc.asked) <= MOST_REQUESTS
    assert bmc.time < 1060


@pytest.mark.parametrize("ask", QUESTIONS)
@settings(max_examples=60, deadline=None)
@given(replies=REPLIES)
def test_any_answers_about_users(ask: Callable[[Command], Any], replies: list[tuple[int, bytes]]) -> None:
    holds(ask, replies)


@pytest.mark.parametrize("ask", DCMI)
@settings(max_examples=60, deadline=None)
@given(replies=st.one_of(REPLIES, GROUPED))
def test_any_answers_of_dcmi(ask: Callable[[Command], Any], replies: list[tuple[int, bytes]]) -> None:
    holds(ask, replies)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=63))
def test_any_asset_tag(tag: bytes) -> None:
    part = DcmiPart()
    command = command_over(MemoryBmc(part))
    command.set_asset_tag(tag)
    assert part.tag.text == tag
    assert isinstance(command.get_asset_tag(), str)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=15))
def test_any_identifier_and_tag_as_text(text: str) -> None:
    command = command_over(MemoryBmc(DcmiPart()))
    command.set_mci(text)
    assert command.get_mci() == text
    command.set_asset_tag(text)
    assert command.get_asset_tag() == text


@settings(max_examples=100, deadline=None)
@given(
    st.binary(min_size=1, max_size=16).filter(lambda name: name.rstrip(b"\0") == name and name != b"\xff" * 16),
    st.binary(min_size=1, max_size=20).filter(lambda word: word.rstrip(b"\0") == word),
    st.sampled_from(["callback", "user", "operator", "administrator", "proprietary"]),
)
def test_any_account(name: bytes, password: bytes, level: str) -> None:
    bmc = UserBmc()
    command = command_over(bmc)
    uid = command.ensure_user(name, password, privilege_level=level)["uid"]
    assert bmc.admits(name, password)
    assert command.get_user_access(uid)["access"]["privilege_level"] == level or name in (b"admin", b"oper")
    assert command.ensure_user(name, password, privilege_level=level)["changed"] == []


@pytest.mark.parametrize("part", [DcmiPart(), UserBmc().part])
@settings(max_examples=100, deadline=None)
@given(data=st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(b"\xdc".__add__)))
def test_any_request_to_the_simulated_bmc(part: Any, data: bytes) -> None:
    for answer in part.commands().values():
        try:
            code, reply = answer(data)
        except Malformed:
            continue
        assert 0 <= code <= 255
        assert isinstance(reply, bytes)
