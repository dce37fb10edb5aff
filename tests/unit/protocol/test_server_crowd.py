# SPDX-License-Identifier: Apache-2.0
"""Many at once: floods, thousands of sessions, those who have to wait.  Whoever means well gets through."""
from __future__ import annotations

import gc
import tracemalloc

import pytest
from by_hand import OPEN, PASSWORD, PEER, RAKP1, Bmc, Console, open_session, outside

from pyghmi.ipmi.protocol.serverheld import Held
from pyghmi.ipmi.protocol.serverrefusals import Refusals, source_of

FORGED = [(f"198.51.{number // 256}.{number % 256}", 623) for number in range(3000)]
CLOSE, INFO = (0x06, 0x3C), (0x06, 0x3D)
SUITE_3 = (1, 1, 1)


def flood(bmc: Bmc, peers: list[tuple[str, int]], start: int = 0) -> None:
    """Open Session from each of them."""
    for number, peer in enumerate(peers, start):
        bmc.core.datagram_received(outside(OPEN, open_session(SUITE_3, console_id=number.to_bytes(4, "little"))), peer, bmc.now)
    bmc.core.datagrams_to_send()


# --- half-open logins


def test_forged_logins_between_any_two_steps() -> None:
    """Nearly as many as there is room for between our answer and RAKP 1; as many as they like after that."""
    bmc = Bmc()
    console = Console(bmc)
    console.open()
    flood(bmc, FORGED[: bmc.config.max_half_open - 1])
    found = console.rakp1()
    assert found is not None
    assert found.status == 0
    flood(bmc, FORGED)
    assert bmc.core.half_open <= bmc.config.max_half_open
    fourth = console.rakp3()
    assert fourth is not None
    console.start_session(fourth)
    assert console.ask(0x06, 0x3B, b"\x04") == (0, b"\x04")


def test_a_flood_from_one_console_takes_nobodys_place() -> None:
    bmc = Bmc()
    console = Console(bmc)
    console.open()
    flood(bmc, [("198.51.100.1", 623)] * 5000)
    assert bmc.core.half_open <= 100
    assert console.rakp1() is not None
    flood(bmc, [("198.51.100.1", 623)] * 5000, 5000)
    fourth = console.rakp3()
    assert fourth is not None
    assert fourth.status == 0


def test_the_oldest_of_the_more_numerous_stage_gives_way() -> None:
    bmc = Bmc(max_half_open=4)
    consoles = [Console(bmc, console_id=b"%04d" % number, peer=("192.0.2.1", number)) for number in range(6)]
    for console in consoles[:4]:
        console.open()
        console.rakp1()
    consoles[4].open()
    found = consoles[0].rakp3()
    assert found is not None
    assert found.status == 2, "the login that has been proving for longest has gone"
    consoles[5].open()
    for console in consoles[1:4]:
        found = console.rakp3()
        assert found is not None
        assert found.status in (0, 2)
    assert bmc.core.half_open <= 4


def test_a_flood_leaves_nothing_behind() -> None:
    bmc = Bmc()
    tracemalloc.start()
    held = []
    for _time in range(4):
        flood(bmc, FORGED)
        bmc.wait(12)
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert bmc.core.half_open == 0
    assert held[-1] - held[0] < 20_000
    assert bmc.core.next_timer() is None


# --- sessions


@pytest.fixture(scope="module")
def crowd() -> tuple[Bmc, list[Console]]:
    bmc = Bmc(max_sessions=400, idle_s=600.0)
    consoles = [Console(bmc, console_id=(number + 1).to_bytes(4, "little")) for number in range(300)]
    for console in consoles:
        console.log_in()
    return bmc, consoles


def test_more_sessions_than_handles(crowd: tuple[Bmc, list[Console]]) -> None:
    """Handles are one byte; FFh is reserved, and says here that a session has none.  IPMI 2.0 table 22-25."""
    _bmc, consoles = crowd
    handles = [console.ask(*INFO, b"\x00")[1][0] for console in consoles]
    assert sorted(handles[:254]) == list(range(1, 255))
    assert set(handles[254:]) == {0xFF}
    assert consoles[0].ask(*INFO, b"\xfe\xff") == (0xCB, b"")
    assert consoles[0].ask(*CLOSE, bytes(4) + b"\xff") == (0x88, b"")
    assert consoles[299].ask(*INFO, b"\xff" + consoles[299].bmc_id)[1][0] == 0xFF


def test_sessions_by_index_are_in_the_order_of_their_handles(crowd: tuple[Bmc, list[Console]]) -> None:
    """Whoever was heard last: a console that goes through them asks between."""
    _bmc, consoles = crowd
    assert [consoles[7].ask(*INFO, bytes((index,)))[1][0] for index in range(1, 6)] == [1, 2, 3, 4, 5]
    assert consoles[7].ask(*INFO, b"\xfd")[1][0] == 0xFD


def test_a_handle_that_was_given_back_rests() -> None:
    bmc = Bmc(max_sessions=400)
    one = Console(bmc, console_id=b"CON1").log_in()
    first = one.ask(*INFO, b"\x00")[1][0]
    one.ask(*CLOSE, one.bmc_id)
    other = Console(bmc, console_id=b"CON2").log_in()
    assert other.ask(*INFO, b"\x00")[1][0] != first
    assert other.ask(*INFO, bytes((0xFE, first))) == (0xCB, b"")


def test_each_session_has_its_own_time() -> None:
    bmc = Bmc(idle_s=60.0, max_sessions=100)
    consoles = []
    for number in range(50):
        consoles.append(Console(bmc, console_id=b"%04d" % number).log_in())
        bmc.wait(1)
    for _time in range(30):
        consoles[0].ask(0x06, 0x01)
        bmc.wait(3)
    assert [each.console_id for each in bmc.core.sessions.values()] == [int.from_bytes(b"0000", "little")]
    bmc.wait(62)
    assert not bmc.core.sessions


def test_timers_are_few() -> None:
    """A BMC at rest with a thousand sessions has little to do: a process may have a thousand of those."""
    bmc = Bmc(idle_s=60.0, max_sessions=2000)
    for number in range(200):
        Console(bmc, console_id=b"%04d" % number).log_in()
        bmc.now += 0.01
    fired = 0
    while bmc.now < 150.0:
        due = bmc.core.next_timer()
        assert due is not None
        bmc.now = max(due, bmc.now)
        bmc.core.timer_fired(bmc.now)
        fired += 1
        assert fired <= 6


# --- those who wait


def test_consoles_that_wait_have_their_turns() -> None:
    """One that sends much does not keep another one, of the same address, from its turn."""
    held = Held()
    for number in range(100):
        held.add(0x12, b"much %d" % number, "loud")
    for peer in ("one", "other"):
        held.add(0x12, b"little", peer)
        held.add(0x12, b"little", peer)
    assert len(held) == 64
    assert held.peers == ["loud", "one", "other"]
    assert held.pop("loud") == (0x12, b"much 0")
    assert held.peers == ["one", "other", "loud"]
    assert held.pop("one") == (0x12, b"little")
    assert held.peers == ["other", "loud"]
    held.clear()
    assert (len(held), held.peers) == (0, [])


def test_a_hundred_consoles_that_wait_are_bounded() -> None:
    held = Held()
    for number in range(1000):
        held.add(0x12, b"one each", number)
    assert len(held) == len(held.peers) == 64


def test_a_good_login_from_the_address_of_a_guesser() -> None:
    """It takes turns with the guesses, however many wait."""
    bmc = Bmc(refusal_wait_s=0.25)
    for number in range(40):
        guesser = Console(bmc, b"nobody", console_id=b"%04d" % number, peer=(PEER[0], 40000))
        guesser.open()
        guesser.rakp1()
    console = Console(bmc)
    console.open()
    datagram = outside(RAKP1, console.rakp1_payload())
    bmc.core.datagram_received(datagram, PEER, bmc.now)
    began = bmc.now
    answered: list[bytes] = []
    while not answered:
        bmc.wait(0.05)
        answered = [found for found, peer in bmc.core.datagrams_to_send() if peer == PEER]
        assert bmc.now < began + 2.0
    assert answered[0][17] == 0


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
        ("2001:db8:1:2::6", "2001:db8:1:2"),
        ("2001:db8::6", "2001:db8:0:0"),
        ("::1", "0:0:0:0"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_a_source_is_what_a_guesser_cannot_change(address: str, source: str) -> None:
    """Of IPv6 a host has as many addresses as it likes, of one network."""
    assert source_of((address, 1234)) == source
    assert source_of((address, 1, 0, 0)) == source_of((address, 2, 0, 0))
    assert source_of("a name") == "a name"


def test_sources_are_forgotten_and_bounded() -> None:
    refusals = Refusals(1.0)
    for number in range(5000):
        refusals.add((f"2001:db8:{number:x}::1", 1), float(number) / 1000)
    assert len(refusals) <= 1024
    due = refusals.expire(5.0)
    while due is not None:
        due = refusals.expire(due)
    assert len(refusals) == 0


# --- sizes


def test_answers_to_strangers_are_hardly_larger_than_questions() -> None:
    """IPMI asks for what is there: two thirds more for a RAKP 1, which only the one who asked can send."""
    console = Console(Bmc(), suite=17)
    datagram = outside(OPEN, console.open_payload())
    (answer,) = console.bmc.give(datagram)
    assert len(answer) - len(datagram) == 4
    console.bmc_id = answer[24:28]
    datagram = outside(RAKP1, console.rakp1_payload())
    (answer,) = console.bmc.give(datagram)
    assert len(answer) <= 1.9 * len(datagram)


def test_a_good_password_after_all() -> None:
    """Guesses of others at other addresses do not slow anybody down."""
    bmc = Bmc(refusal_wait_s=10.0)
    for number in range(40):
        guesser = Console(bmc, password=b"guess", console_id=b"%04d" % number, peer=(f"192.0.2.{number % 8}", number))
        guesser.open()
        guesser.rakp1()
        guesser.rakp3()
    assert Console(bmc, password=PASSWORD).log_in().ask(0x06, 0x01)[0] == 0
