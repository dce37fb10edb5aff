# SPDX-License-Identifier: Apache-2.0
"""Logging in to a BMC over RMCP+: each step right, wrong, again and never.  IPMI 2.0 §13.15 to §13.24."""
from __future__ import annotations

import pytest
from by_hand import GUID, OPEN, PASSWORD, PEER, RAKP1, RAKP3, USER, Bmc, Console, open_session

SUITES = (0, 1, 2, 3, 6, 7, 8, 11, 12, 15, 16, 17)
# Authentication, integrity, confidentiality.  IPMI 2.0 table 22-20.
ALGORITHMS = {
    0: (0, 0, 0), 1: (1, 0, 0), 2: (1, 1, 0), 3: (1, 1, 1), 6: (2, 0, 0), 7: (2, 2, 0), 8: (2, 2, 1),
    11: (2, 3, 0), 12: (2, 3, 1), 15: (3, 0, 0), 16: (3, 4, 0), 17: (3, 4, 1),
}
CODE_BYTES = {0: 0, 1: 20, 2: 16, 3: 32}
"""Key exchange code of RAKP 2 by authentication algorithm.  IPMI 2.0 §13.28.1."""
CHECK_BYTES = {0: 0, 1: 12, 2: 16, 3: 16}
"""Integrity check value of RAKP 4."""
INSUFFICIENT, BAD_ID, BAD_ROLE, BAD_LENGTH, BAD_NAME, BAD_CHECK = 0x01, 0x02, 0x09, 0x0C, 0x0D, 0x0F


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite(suite: int) -> None:
    console = Console(Bmc(), suite=suite)
    opened = console.open()
    assert opened is not None
    authentication, integrity, confidentiality = ALGORITHMS[suite]
    assert opened.payload[:8] == bytes((0, 0, 4, 0)) + b"CON1"
    assert opened.payload[12:] == bytes(
        (0, 0, 0, 8, authentication, 0, 0, 0, 1, 0, 0, 8, integrity, 0, 0, 0, 2, 0, 0, 8, confidentiality, 0, 0, 0)
    )
    second = console.rakp1()
    assert second is not None
    assert second.payload[:2] == b"\x01\x00"
    assert second.payload[24:40] == GUID
    assert len(second.payload) == 40 + CODE_BYTES[authentication]
    fourth = console.rakp3()
    assert fourth is not None
    assert fourth.payload[:2] == b"\x02\x00"
    assert len(fourth.payload) == 8 + CHECK_BYTES[authentication]
    console.start_session(fourth)
    assert console.ask(0x06, 0x3B, b"\x04") == (0, b"\x04")
    assert console.ask(0x00, 0x01) == (0, b"\x01")


def test_suite_0_must_be_asked_for_by_the_owner() -> None:
    from pyghmi.ipmi.protocol.serverconfig import ServerConfig

    config = ServerConfig(Bmc().config.users, guid=GUID)
    assert 0 not in config.suites
    found = Bmc(config).setup(OPEN, open_session((0, 0, 0)))
    assert found is not None
    assert found.status == 0x04


@pytest.mark.parametrize(
    ("suites", "asked", "status"),
    [
        ((3,), (3, 4, 1), 0x04),  # invalid authentication algorithm
        ((3,), (0x3F, 1, 1), 0x04),
        ((3,), (1, 4, 1), 0x05),  # invalid integrity algorithm
        ((3,), (1, 1, 2), 0x10),  # invalid confidentiality algorithm
        ((3, 17), (3, 1, 1), 0x11),  # each of them is there, but not together
    ],
)
def test_a_suite_that_is_not_offered(suites: tuple[int, ...], asked: tuple[int, int, int], status: int) -> None:
    bmc = Bmc(suites=suites)
    found = bmc.setup(OPEN, open_session(asked, tag=9))
    assert found is not None
    assert found.payload == bytes((9, status, 0, 0)) + b"CON1"
    assert bmc.core.half_open == 0


def test_a_payload_of_length_0_leaves_the_choice_to_the_bmc() -> None:
    bmc = Bmc(suites=(17, 3))
    found = bmc.setup(OPEN, open_session((0, 0, 0), lengths=(0, 0, 0)))
    assert found is not None
    assert (found.status, found.payload[16], found.payload[24], found.payload[32]) == (0, 3, 4, 1)
    found = bmc.setup(OPEN, open_session((1, 0, 0), lengths=(8, 0, 0)))
    assert found is not None
    assert (found.status, found.payload[16], found.payload[24], found.payload[32]) == (0, 1, 1, 1)


def test_an_unknown_privilege_level() -> None:
    found = Bmc().setup(OPEN, open_session((1, 1, 1), privilege=6))
    assert found is not None
    assert found.status == BAD_ROLE


@pytest.mark.parametrize(
    ("user", "role", "status"),
    [
        (b"nobody here", 0x14, BAD_NAME),
        (b"gone", 0x14, BAD_NAME),  # disabled
        (b"ADMIN", 0x14, BAD_NAME),
        (b"\xff\xfe", 0x14, BAD_NAME),
        (b"oper", 0x04, BAD_NAME),  # looked up by name and role: there is none of both
        (b"", 0x03, BAD_NAME),
        (USER, 0x05, BAD_NAME),
        (USER, 0x16, BAD_ROLE),
        (b"seventeen bytes..", 0x14, BAD_LENGTH),
    ],
)
def test_a_name_or_role_that_is_refused(user: bytes, role: int, status: int) -> None:
    bmc = Bmc()
    console = Console(bmc, user, role=role, open_privilege=4)
    console.open()
    found = console.rakp1()
    assert found is not None
    assert found.payload == bytes((1, status, 0, 0)) + b"CON1"
    assert bmc.core.half_open == 0


def test_a_name_that_is_shorter_than_it_says() -> None:
    console = Console(Bmc())
    console.open()
    found = console.bmc.setup(RAKP1, console.rakp1_payload()[:-1])
    assert found is not None
    assert found.status == BAD_LENGTH


def test_the_null_user() -> None:
    assert Console(Bmc(), b"", b"nobody", role=0x12).log_in(privilege=2).ask(0x06, 0x01)[0] == 0


def test_a_name_of_16_and_a_password_of_20_bytes() -> None:
    Console(Bmc(), b"0123456789abcdef", b"a20BytePasswordXYZ!!").log_in()


@pytest.mark.parametrize(("role", "password"), [(0x12, b"low"), (0x14, b"low"), (0x02, b"low"), (0x04, b"high")])
def test_look_up_by_name_or_by_name_and_role(role: int, password: bytes) -> None:
    """With bit 4 the first account of the name counts, without it the first one that reaches the role."""
    console = Console(Bmc(), b"two", password, role=role, open_privilege=2)
    console.open()
    found = console.rakp1()
    assert found is not None
    assert found.status == 0
    assert console.rakp2_is_right(found)


@pytest.mark.parametrize(
    ("user", "password", "role", "limit"), [(b"oper", b"op-pass", 0x14, 3), (b"", b"nobody", 0x13, 2), (USER, PASSWORD, 0x15, 4)]
)
def test_the_account_bounds_a_session_that_was_opened_by_name_alone(user: bytes, password: bytes, role: int, limit: int) -> None:
    """The login succeeds, and the session reaches the lower of both levels."""
    console = Console(Bmc(), user, password, role=role).log_in(privilege=limit)
    assert console.ask(0x06, 0x3B, bytes((limit + 1,))) == (0x81, b"")
    assert console.ask(0x06, 0x3B, b"\x00") == (0, bytes((limit,)))


def test_the_role_of_rakp_1_bounds_the_session() -> None:
    """A session that was opened as operator does not become administrator.  IPMI 2.0 §22.18."""
    console = Console(Bmc(), role=0x13).log_in(privilege=3)
    assert console.ask(0x06, 0x3B, b"\x04")[0] == 0x81
    assert console.ask(0x06, 0x3B, b"\x00") == (0, b"\x03")


def test_the_level_of_open_session_bounds_the_session_too() -> None:
    """Its response says which level the session may reach.  IPMI 2.0 table 13-10."""
    console = Console(Bmc(), role=0x14, open_privilege=2).log_in(privilege=None)
    assert console.ask(0x06, 0x3B, b"\x03")[0] == 0x81


@pytest.mark.parametrize("kg", [b"k", b"a 20 byte long key!!"])
def test_with_a_bmc_key(kg: bytes) -> None:
    Console(Bmc(kg=kg), kg=kg).log_in()


def test_with_a_bmc_key_that_the_console_does_not_have() -> None:
    """RAKP 2 proves the password all the same; RAKP 4 shows that the keys differ."""
    console = Console(Bmc(kg=b"the bmc's key"))
    console.open()
    second = console.rakp1()
    assert second is not None
    assert console.rakp2_is_right(second)
    fourth = console.rakp3()
    assert fourth is not None
    with pytest.raises(AssertionError):
        console.start_session(fourth)


@pytest.mark.parametrize("suite", [suite for suite in SUITES if suite])
def test_a_wrong_password(suite: int) -> None:
    bmc = Bmc()
    console = Console(bmc, password=b"wrong", suite=suite)
    console.open()
    second = console.rakp1()
    assert second is not None
    assert not console.rakp2_is_right(second)
    fourth = console.rakp3()
    assert fourth is not None
    assert fourth.payload == bytes((2, BAD_CHECK, 0, 0)) + b"CON1"
    assert not bmc.core.sessions
    assert bmc.core.half_open == 0


@pytest.mark.parametrize("size", [0, 1, 19])
def test_a_part_of_the_right_code_proves_nothing(size: int) -> None:
    console = Console(Bmc())
    console.open()
    console.rakp1()
    found = console.bmc.setup(RAKP3, console.rakp3_payload()[: 8 + size])
    assert found is not None
    assert found.status == BAD_CHECK
    assert not console.bmc.core.sessions


def test_ids_that_nobody_has() -> None:
    bmc = Bmc()
    for kind, size in ((RAKP1, 28), (RAKP3, 28)):
        found = bmc.setup(kind, bytes((7, 0, 0, 0)) + b"\x99" * 4 + bytes(size - 8))
        assert found is not None
        assert found.payload == bytes((7, BAD_ID, 0, 0, 0, 0, 0, 0))


def test_the_console_may_give_up() -> None:
    """RAKP 3 with an error status ends the login, and is not answered.  IPMI 2.0 §13.22."""
    bmc = Bmc()
    console = Console(bmc)
    console.open()
    console.rakp1()
    assert console.rakp3(status=BAD_CHECK) is None
    assert bmc.core.half_open == 0
    found = console.rakp3()
    assert found is not None
    assert found.status == BAD_ID


def test_giving_up_what_is_not_there_is_not_answered() -> None:
    """Two ends that refuse each other would never stop."""
    assert Bmc().setup(RAKP3, bytes((2, BAD_CHECK, 0, 0)) + b"\x99" * 4) is None


def test_rakp_3_before_rakp_1() -> None:
    console = Console(Bmc())
    console.open()
    found = console.bmc.setup(RAKP3, bytes((2, 0, 0, 0)) + console.bmc_id + bytes(20))
    assert found is not None
    assert found.status == 0x08  # inactive session id
    assert not console.bmc.core.sessions


def test_another_peer_cannot_go_on_with_a_login() -> None:
    console = Console(Bmc())
    console.open()
    console.peer = ("127.0.0.1", 50001)
    found = console.rakp1()
    assert found is not None
    assert found.status == BAD_ID


# --- again


def test_what_comes_again_is_answered_alike_and_allocates_nothing() -> None:
    bmc = Bmc()
    console = Console(bmc)
    opened = console.open()
    assert console.open() == opened
    assert bmc.core.half_open == 1
    second = console.rakp1()
    assert bmc.setup(RAKP1, console.rakp1_payload()) == second
    fourth = console.rakp3()
    assert fourth is not None
    assert console.rakp3() == fourth
    assert len(bmc.core.sessions) == 1
    console.start_session(fourth)
    assert console.ask(0x06, 0x3B, b"\x04") == (0, b"\x04")


def test_a_refusal_that_got_lost_is_said_again() -> None:
    """Without that a console whose RAKP 4 was lost says "invalid session id" for a wrong password."""
    console = Console(Bmc(), password=b"wrong")
    console.open()
    console.rakp1()
    assert console.rakp3() == console.rakp3()
    other = Console(console.bmc, b"nobody", console_id=b"CON2")
    other.open()
    first = other.rakp1()
    assert first is not None
    assert first.status == BAD_NAME
    assert other.rakp1() == first


def test_a_refused_login_stays_refused() -> None:
    bmc = Bmc()
    console = Console(bmc, password=b"wrong")
    console.open()
    console.rakp1()
    console.rakp3()
    console.password = PASSWORD
    found = console.rakp3()
    assert found is not None
    assert found.status == BAD_ID
    found = console.bmc.setup(RAKP1, console.rakp1_payload()[:8] + b"S" * 16 + console.rakp1_payload()[24:])
    assert found is not None
    assert found.status == BAD_ID
    assert not bmc.core.sessions


def test_rakp_1_is_not_taken_after_the_login() -> None:
    """Only its repetition is answered: nothing about an open session changes any more."""
    console = Console(Bmc()).log_in()
    console.random = b"S" * 16
    found = console.bmc.setup(RAKP1, console.rakp1_payload())
    assert found is not None
    assert found.status == BAD_ID
    assert console.ask(0x06, 0x3B, b"\x00") == (0, b"\x04")


@pytest.mark.parametrize("password", [PASSWORD, b"wrong"])
def test_a_console_that_uses_its_id_again(password: bytes) -> None:
    """A program that logs in twice from one port, with the same tag and id, logs in twice."""
    bmc = Bmc()
    first = Console(bmc, password=password)
    first.open()
    first.rakp1()
    first.rakp3()
    second = Console(bmc).log_in()
    assert second.bmc_id != first.bmc_id
    assert len(bmc.core.sessions) == (2 if password == PASSWORD else 1)


# --- bounds


def test_half_open_logins_are_few_and_short() -> None:
    bmc = Bmc(max_half_open=4)
    first = Console(bmc, console_id=b"0000")
    first.open()
    for number in range(1, 5):
        Console(bmc, console_id=b"%04d" % number).open()
    assert bmc.core.half_open == 4
    found = first.rakp1()
    assert found is not None
    assert found.status == BAD_ID  # the oldest has given way
    bmc.wait(11.5)
    assert bmc.core.half_open == 0


def test_many_rakp_1_of_one_login_are_not_kept() -> None:
    console = Console(Bmc())
    console.open()
    import tracemalloc

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(2000):
        console.random = number.to_bytes(16, "big")
        assert console.rakp1() is not None
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 50_000


def test_no_slot() -> None:
    bmc = Bmc(max_sessions=1)
    early = Console(bmc, console_id=b"CON0")
    early.open()
    early.rakp1()
    Console(bmc).log_in()
    late = Console(bmc, console_id=b"CON2").open()
    assert late is not None
    assert late.payload == bytes((0, INSUFFICIENT, 0, 0)) + b"CON2"
    # One that was under way already does not get past the limit either.
    fourth = early.rakp3()
    assert fourth is not None
    assert fourth.payload == bytes((2, INSUFFICIENT, 0, 0)) + b"CON0"
    assert len(bmc.core.sessions) == 1


def test_answers_to_strangers_are_short() -> None:
    bmc = Bmc()
    found = bmc.give(b"\x06\x00\xff\x06\x00\x00\x11\xbe\x80\x05\x00\x00")
    assert [len(each) for each in found] == [28]  # a presence pong is what ASF says
    console = Console(bmc, suite=17)
    opened = console.open()
    assert opened is not None
    assert len(opened.payload) <= 36
    second = console.rakp1()
    assert second is not None
    assert len(second.payload) <= 72


# --- guessing


def test_guesses_are_slowed_down() -> None:
    """Some mistakes are free; then each refusal has its source wait, however many logins it begins at once."""
    bmc = Bmc(refusal_wait_s=0.5, max_half_open=64)
    consoles = [Console(bmc, password=b"wrong", console_id=b"%04d" % number) for number in range(30)]
    for console in consoles:
        console.open()
        console.rakp1()
        bmc.wait(0)
    answered = [console for console in consoles if console.rakp3() is not None]
    assert 3 <= len(answered) <= 10
    began = bmc.now
    later = []
    while len(later) + len(answered) < 15:
        bmc.wait(0.1)
        later += bmc.sent()
        assert bmc.now < began + 60
    assert bmc.now - began >= 0.5 * (len(later) - 1)
    assert not bmc.core.sessions


def test_one_guesser_does_not_hold_up_others() -> None:
    bmc = Bmc(refusal_wait_s=0.5)
    for number in range(20):
        console = Console(bmc, b"nobody", console_id=b"%04d" % number)
        console.open()
        console.rakp1()
    bmc.sent()
    Console(bmc, peer=("127.0.0.2", 50000)).log_in()


def test_who_waits_gets_in_with_the_right_password() -> None:
    bmc = Bmc(refusal_wait_s=0.5)
    for number in range(12):
        console = Console(bmc, b"nobody", console_id=b"%04d" % number)
        console.open()
        console.rakp1()
        bmc.wait(0.5)
        bmc.sent()
    bmc.wait(0.6)
    Console(bmc).log_in()  # after the wait nothing is held up


def test_what_is_held_back_comes_once() -> None:
    bmc = Bmc(refusal_wait_s=0.5)
    for number in range(12):
        console = Console(bmc, b"nobody", console_id=b"%04d" % number)
        console.open()
        console.rakp1()
        bmc.wait(0.5)
        bmc.sent()
    console = Console(bmc)
    console.open()
    console.bmc.setup(RAKP1, bytes((1, 0, 0, 0)) + console.bmc_id + bytes(16) + b"\x14\0\0\x06nobody")
    again = Console(bmc, console_id=b"CON2")
    again.open()
    assert again.rakp1() is None
    assert again.rakp1() is None
    bmc.wait(2.0)
    kinds = [(datagram[5], datagram[17]) for datagram in bmc.sent()]
    assert kinds.count((0x13, 0)) == 1


def test_short_messages_that_are_held_back() -> None:
    """They are looked at by the timer, which must not raise either."""
    bmc = Bmc(refusal_wait_s=0.5)
    for number in range(12):
        console = Console(bmc, b"nobody", console_id=b"%04d" % number)
        console.open()
        console.rakp1()
        bmc.wait(0.5)
        bmc.sent()
    console = Console(bmc, b"nobody")
    console.open()
    assert bmc.setup(RAKP1, console.rakp1_payload()) is not None  # refused, and from now on it waits
    console = Console(bmc, console_id=b"CON2")
    console.open()
    assert console.rakp1() is None
    assert bmc.setup(RAKP1, console.rakp1_payload()[:20]) is None
    bmc.wait(2.0)
    assert [datagram[17] for datagram in bmc.sent()] == [0]


def test_little_is_held_back() -> None:
    bmc = Bmc(refusal_wait_s=0.5)
    for number in range(7):
        console = Console(bmc, b"nobody", console_id=b"%04d" % number)
        console.open()
        console.rakp1()
        bmc.sent()
    console = Console(bmc)
    console.open()
    for number in range(200):
        console.random = number.to_bytes(16, "big")
        assert console.rakp1() is None
    bmc.wait(1.0)
    assert len(bmc.sent()) <= 64


def test_without_a_wait_nothing_is_held_back() -> None:
    bmc = Bmc(refusal_wait_s=0)
    for number in range(50):
        console = Console(bmc, b"nobody", console_id=b"%04d" % number)
        console.open()
        assert console.rakp1() is not None
    Console(bmc).log_in()


def test_refusals_of_long_ago_are_forgotten() -> None:
    bmc = Bmc(refusal_wait_s=0.5)
    for _round in range(3):
        for number in range(5):
            console = Console(bmc, b"nobody", console_id=b"%04d" % number)
            console.open()
            assert console.rakp1() is not None
        Console(bmc).log_in()
        bmc.wait(61)


def test_the_table_of_guessers_is_bounded() -> None:
    bmc = Bmc()
    for number in range(3000):
        peer = (f"10.0.{number >> 8}.{number & 255}", 1)
        console = Console(bmc, b"nobody", console_id=b"CON1", peer=peer)
        console.open()
        console.rakp1()
    assert len(bmc.core.refusals) <= 1024
    assert bmc.core.refusals.count(("10.0.11.183", 9)) == 1
    bmc.wait(120)
    assert bmc.core.next_timer() is None


# --- secrets


def test_nothing_secret_is_shown() -> None:
    bmc = Bmc(kg=b"the bmc's key")
    console = Console(bmc, kg=b"the bmc's key").log_in()
    session = next(iter(bmc.core.sessions.values()))
    shown = [repr(each) for each in (bmc.core, bmc.config, bmc.config.users, session, session.user, session.cipher)]
    shown += [repr(user) for user in bmc.config.users.users]  # type: ignore[attr-defined]
    for secret in ("secret", "the bmc's key", "op-pass", PASSWORD.hex()):
        assert secret not in " ".join(shown)
    assert console.peer == PEER
