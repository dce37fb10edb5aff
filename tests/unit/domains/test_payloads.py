# SPDX-License-Identifier: Apache-2.0
"""How the serial console is taken: each step answered by a BMC out of a table."""
from __future__ import annotations

from typing import Any, Callable

import pytest

from pyghmi.exceptions import ConsoleError, ConsoleHeld, ConsoleRefused
from pyghmi.ipmi.domains.payloads import Activated, Holder, Own, activation, whose
from pyghmi.ipmi.domains.requester import Ask, Pause

OWN = Own(True, True, frozenset((0x11223344, 0x55667788)), 623, 4)
GOOD = (0, bytes.fromhex("00000000 0001 0001 6f02 ffff"))
ACTIVATE, DEACTIVATE, INFO, PRIVILEGE = 0x48, 0x49, 0x4B, 0x3B


class Scripted:
    """Carry steps out against `answer(command, data, number of that command so far)`."""

    def __init__(self, answer: Callable[[int, bytes, int], Any]) -> None:
        self.answer = answer
        self.asked: list[tuple[int, bytes]] = []
        self.paused = 0.0

    def run(self, steps: Any) -> Any:
        reply = None
        for _step in range(50):
            try:
                step = steps.send(reply)
            except StopIteration as end:
                return end.value
            if isinstance(step, Pause):
                self.paused += step.seconds
                reply = None
                continue
            assert isinstance(step, Ask)
            cmd, data = step.request.cmd, step.request.encode()
            number = sum(each == cmd for each, _data in self.asked)
            self.asked.append((cmd, data))
            reply = self.answer(cmd, data, number)
        raise AssertionError("no end")

    def commands(self) -> list[int]:
        return [cmd for cmd, _data in self.asked]


def take(answer: Callable[[int, bytes, int], Any], own: Own = OWN, **options: Any) -> tuple[Any, Scripted]:
    bmc = Scripted(answer)
    options.setdefault("force", False)
    return bmc.run(activation(own, **options)), bmc


def accepting(*auxiliary: int) -> Callable[[int, bytes, int], Any]:
    """Take Activate Payload with these values of the auxiliary byte only."""
    return lambda cmd, data, _number: GOOD if data[2] in auxiliary else (0xCC, b"")


def test_one_request_where_nothing_is_odd() -> None:
    found, bmc = take(lambda *_: GOOD)
    assert found == Activated(252, 252, None, True, True, "")
    assert bmc.asked == [(ACTIVATE, bytes.fromhex("0101c4000000"))]


@pytest.mark.parametrize(
    ("size", "characters"),
    [("0001", 252), ("0301", 255), ("c800", 196), ("0100", 252), ("0000", 16), ("ffff", 16), ("0400", 16), ("0500", 1)],
)
def test_C01_sizes_that_cannot_be(size: str, characters: int) -> None:
    found, _bmc = take(lambda *_: (0, bytes.fromhex(f"00000000 {size} {size} 6f02 ffff")))
    assert (found.inbound, found.outbound) == (characters, characters)


@pytest.mark.parametrize(("port", "found"), [("6f02", None), ("026f", None), ("0000", None), ("bc02", 700)])
def test_C02_C03_ports(port: str, found: Any) -> None:
    assert take(lambda *_: (0, bytes.fromhex(f"00000000 0001 0001 {port} ffff")))[0].port == found


def test_C04_C05_C06_nothing_is_asked_before() -> None:
    assert take(lambda cmd, *_: GOOD if cmd == ACTIVATE else (0xC1, b""))[1].commands() == [ACTIVATE]


def test_C07_active_and_not_active_at_once() -> None:
    def loop(cmd: int, _data: bytes, _number: int) -> Any:
        return (0x80, b"") if cmd in (ACTIVATE, DEACTIVATE) else (0xC1, b"")

    bmc = Scripted(loop)
    with pytest.raises(ConsoleHeld) as caught:
        bmc.run(activation(OWN, force=True))
    assert caught.value.text == "SOL Session active for another client"
    assert "deactivated" in caught.value.hint
    assert bmc.commands().count(ACTIVATE) == 4
    assert bmc.commands().count(DEACTIVATE) == 3


def test_C08_deactivated_and_still_active() -> None:
    bmc = Scripted(lambda cmd, *_: {ACTIVATE: (0x80, b""), DEACTIVATE: (0, b""), INFO: (0xC1, b"")}[cmd])
    with pytest.raises(ConsoleHeld):
        bmc.run(activation(OWN, force=True))
    assert len(bmc.asked) <= 12


def test_C10_deactivate_is_not_answered() -> None:
    def silent(cmd: int, _data: bytes, number: int) -> Any:
        return {ACTIVATE: GOOD if number else (0x80, b""), DEACTIVATE: None, INFO: None}[cmd]

    assert take(silent, force=True)[0].inbound == 252


def test_C11_held_by_another_session_is_not_taken_unasked() -> None:
    bmc = Scripted(lambda cmd, *_: (0, bytes.fromhex("99000000") + bytes(8)) if cmd == INFO else (0x80, b""))
    with pytest.raises(ConsoleHeld) as caught:
        bmc.run(activation(OWN, force=False))
    assert DEACTIVATE not in bmc.commands()
    assert "force=True" in str(caught.value)


def test_held_by_a_session_of_our_own_is_taken_without_force() -> None:
    def own(cmd: int, _data: bytes, number: int) -> Any:
        info = (0, bytes.fromhex("44332211") + bytes(8))
        return {ACTIVATE: GOOD if number else (0x80, b""), DEACTIVATE: (0, b""), INFO: info}[cmd]

    found, bmc = take(own)
    assert found.inbound == 252
    assert bmc.commands() == [ACTIVATE, INFO, DEACTIVATE, ACTIVATE]


def test_C12_the_other_handshake() -> None:
    found, bmc = take(accepting(0xC2, 0xC6))
    assert found.encrypted
    assert bmc.asked[-1][1][2] in (0xC2, 0xC6)


def test_C13_alerts_deferred_first_and_then_not() -> None:
    assert len(take(accepting(0xC4))[1].asked) == 1
    assert len(take(accepting(0xC0))[1].asked) == 2


def test_C14_no_protection_as_the_last_way() -> None:
    found, bmc = take(accepting(0x08))
    assert (found.encrypted, found.authenticated) == (False, False)
    assert found.weaker == "without encryption and authentication"
    assert bmc.asked[-1] == (ACTIVATE, bytes.fromhex("010108000000"))


def test_C15_no_encryption_and_it_is_said() -> None:
    found, _bmc = take(accepting(0x44, 0x40))
    assert (found.encrypted, found.authenticated, found.weaker) == (False, True, "without encryption")


def test_C15_83h_goes_on_without_encryption_at_once() -> None:
    found, bmc = take(lambda _cmd, data, _number: (0x83, b"") if data[2] >= 0x80 else GOOD)
    assert found.weaker == "without encryption"
    assert len(bmc.asked) == 2


@pytest.mark.parametrize("code", [0x83, 0xCC])
def test_never_weaker_than_is_required(code: int) -> None:
    bmc = Scripted(lambda _cmd, data, _number: (code, b"") if data[2] >= 0x80 else GOOD)
    with pytest.raises(ConsoleRefused):
        bmc.run(activation(OWN, force=False, require_encryption=True))
    assert all(data[2] & 0xC0 == 0xC0 for _cmd, data in bmc.asked)


def test_84h_in_a_session_without_encryption() -> None:
    own = OWN._replace(encrypts=False)
    with pytest.raises(ConsoleRefused) as caught:
        take(lambda *_: (0x84, b""), own)
    assert caught.value.text == "Cannot activate payload without encryption"
    assert "cipher suite" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0x81, "SOL is disabled"),
        (0x82, "Maximum SOL session count reached"),
        (0xC1, "Invalid command"),
        (0x9F, "SOL encountered Unrecognized error code 159"),
    ],
)
def test_C16_refusals_say_what_and_what_to_do(code: int, text: str) -> None:
    with pytest.raises(ConsoleRefused) as caught:
        take(lambda *_: (code, b""))
    assert caught.value.text == text
    assert caught.value.ipmicode == code


def test_C28_a_higher_privilege_is_asked_for() -> None:
    def admins_only(cmd: int, _data: bytes, number: int) -> Any:
        return (0, b"\x04") if cmd == PRIVILEGE else GOOD if number else (0xD4, b"")

    found, bmc = take(admins_only, OWN._replace(privilege=3))
    assert found.inbound == 252
    assert bmc.commands() == [ACTIVATE, PRIVILEGE, ACTIVATE]
    with pytest.raises(ConsoleRefused):
        take(lambda *_: (0xD4, b""))


def test_no_answer_at_all() -> None:
    with pytest.raises(ConsoleError, match="in time"):
        take(lambda *_: None)


@pytest.mark.parametrize(
    ("answer", "holder"),
    [
        ((0, bytes.fromhex("44332211") + bytes(8)), Holder.OURS),
        ((0, bytes.fromhex("11223344") + bytes(8)), Holder.OURS),
        ((0, bytes.fromhex("01000000") + bytes(8)), Holder.OTHER),
        ((0, bytes(12)), Holder.NOBODY),
        ((0, b"\x01"), Holder.UNKNOWN),
        ((0xC1, b""), Holder.UNKNOWN),
        (None, Holder.UNKNOWN),
    ],
)
def test_whose_it_is(answer: Any, holder: Holder) -> None:
    assert Scripted(lambda *_: answer).run(whose(OWN)) is holder
