# SPDX-License-Identifier: Apache-2.0
"""Watchdog, boot options, chassis and system info: any bytes give a value or Malformed; what is written reads back."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyghmi.exceptions import CompletionCodeError, IpmiException, Malformed
from pyghmi.ipmi.domains.boot import Boot, BootReport
from pyghmi.ipmi.domains.chassis_settings import ChassisSettings
from pyghmi.ipmi.domains.mc_state import ControllerState
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.domains.system_info import SystemInfo
from pyghmi.ipmi.domains.watchdog import USES, Watchdog
from pyghmi.ipmi.facade.boot_words import chosen_flags, flags_in_words, options_in_words, report_in_words
from pyghmi.ipmi.facade.chassis_state import status_in_words
from pyghmi.ipmi.spec.boot import BootFlags
from pyghmi.ipmi.spec.chassis import ChassisStatus
from pyghmi.ipmi.spec.system_info import SystemInfoParameter, TextEncoding
from pyghmi.ipmi.spec.watchdog import PreTimeoutInterrupt, TimeoutAction
from pyghmi.sim.boot import BootOptions
from pyghmi.sim.enables import EnablesPart
from pyghmi.sim.system_info import SystemInfoPart
from pyghmi.sim.watchdog import WatchdogPart

MOST_REQUESTS = 40


class Bmc:
    """Answers from a table, or whatever `answers` yields."""

    def __init__(self, table: Any = (), answers: Any = None) -> None:
        self.table = dict(table)
        self.answers = answers
        self.asked = 0
        self.time = 0.0

    def exchange(self, netfn: int, cmd: int, data: bytes = b"", **_more: Any) -> tuple[int, bytes]:
        self.asked += 1
        return self.table[netfn, cmd](data) if self.answers is None else self.answers()

    def request(self, req: Any, **more: Any) -> Any:
        return answer_of(req, *self.exchange(req.netfn, req.cmd, req.encode(), **more))

    def wait(self, seconds: float) -> None:
        self.time += seconds

    def now(self) -> float:
        return self.time


QUESTIONS = [
    lambda bmc: Watchdog(bmc).get(),
    lambda bmc: Watchdog(bmc).stop(),
    lambda bmc: SystemInfo(bmc).all(),
    lambda bmc: SystemInfo(bmc).set(2, "a name that needs more than one set"),
    lambda bmc: options_in_words(Boot(bmc)),
    lambda bmc: report_in_words(Boot(bmc).apply(BootFlags())),
    lambda bmc: Boot(bmc).mailbox(),
    lambda bmc: ChassisSettings(bmc).restore_policies(),
    lambda bmc: ChassisSettings(bmc).power_on_hours(),
    lambda bmc: ControllerState(bmc).acpi(),
    lambda bmc: ControllerState(bmc).enables(),
]
CODES = st.sampled_from([0, 0, 0, 0, 0x80, 0x81, 0xC1, 0xC9, 0xCC, 0xD4, 0xFF])


@pytest.mark.parametrize("question", QUESTIONS)
@given(data=st.data())
def test_any_answers(question: Any, data: st.DataObject) -> None:
    bmc = Bmc(answers=lambda: (data.draw(CODES), data.draw(st.binary(max_size=20))))
    try:
        question(bmc)
    except (Malformed, CompletionCodeError) as error:
        assert isinstance(error, IpmiException)
    assert bmc.asked <= MOST_REQUESTS


@given(data=st.binary(max_size=8))
def test_any_chassis_status(data: bytes) -> None:
    try:
        found = ChassisStatus.decode(data)
    except Malformed:
        assert not data
        return
    assert status_in_words(found)["power"] == ("on" if data[0] & 1 else "off")


@given(data=st.binary(min_size=5, max_size=5))
def test_boot_flags_there_and_back(data: bytes) -> None:
    """Words to flags and back to words; reserved bits are not carried along."""
    words: Any = flags_in_words(BootFlags.decode(data), valid=True)
    if any("reserved" in str(value) for value in words.values()):
        return
    choices = {"efi" if name == "uefi" else name: value for name, value in words.items() if name != "valid"}
    assert flags_in_words(chosen_flags(None, choices), valid=True) == words


@given(data=st.binary(min_size=5, max_size=5))
def test_what_is_held_is_what_was_asked_for(data: bytes) -> None:
    options = BootOptions(lambda _text: None)
    flags = BootFlags.decode(data)
    report = Boot(Bmc({(0, 8): options.set, (0, 9): options.get})).apply(flags)
    assert isinstance(report, BootReport)
    assert (report.differences, report.acknowledged) == ((), False)


@given(text=st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=120))
def test_names_there_and_back(text: str) -> None:
    if len(text.encode()) > 255:
        return
    info = SystemInfo(Bmc(SystemInfoPart().commands()))
    info.set(SystemInfoParameter.SYSTEM_NAME, text)
    assert info.get(SystemInfoParameter.SYSTEM_NAME) == text
    info.set(SystemInfoParameter.OS_NAME, text, TextEncoding.UTF_8)
    assert info.get(SystemInfoParameter.OS_NAME) == text


@given(
    use=st.sampled_from(USES),
    action=st.sampled_from(list(TimeoutAction)),
    interrupt=st.sampled_from(list(PreTimeoutInterrupt)),
    ticks=st.integers(2560, 0xFFFF),
    early=st.integers(0, 255),
    log=st.booleans(),
)
def test_the_watchdog_there_and_back(use: Any, action: Any, interrupt: Any, ticks: int, early: int, log: bool) -> None:
    bmc = Bmc()
    bmc.table = dict(WatchdogPart(bmc.now).commands())
    timer = Watchdog(bmc)
    timer.set(use, action, ticks / 10, interrupt=interrupt, pre_timeout_s=early, log=log)
    timer.reset()
    found = timer.get()
    assert (found.use, found.action, found.interrupt, found.pre_timeout_s, found.logs) == (use, action, interrupt, early, log)
    assert (round(found.initial_s * 10), found.running) == (ticks, True)


@pytest.mark.parametrize("part", [WatchdogPart(lambda: 0.0), SystemInfoPart(), EnablesPart(lambda: True)], ids=["watchdog", "info", "enables"])
@given(which=st.integers(0, 20), data=st.binary(max_size=24))
def test_the_simulated_parts_take_any_request(part: Any, which: int, data: bytes) -> None:
    handlers = list(part.commands().values())
    try:
        code, answer = handlers[which % len(handlers)](data)
    except Malformed:
        return
    assert 0 <= code <= 0xFF
    assert isinstance(answer, bytes)
