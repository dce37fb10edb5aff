# SPDX-License-Identifier: Apache-2.0
"""What a BMC does in an open session, and without one.  IPMI 2.0 §6.12, §13.1, §22.13 to §22.20."""
from __future__ import annotations

import pytest
from by_hand import GUID, PEER, USER, Bmc, Console, outside

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.packet15 import Session15
from pyghmi.ipmi.protocol.serverconfig import ServerConfig, User, UserList
from pyghmi.ipmi.spec.app import GetSystemGuid

APP, CHASSIS, OEM = 0x06, 0x00, 0x2E
STATUS, CYCLE = (CHASSIS, 0x01, b""), (CHASSIS, 0x02, b"\x02")
OTHER = ("127.0.0.1", 50001)


# --- without a session


def test_presence_ping() -> None:
    """DMTF ASF 2.0 §3.2.4.2 and .3: the tag comes back; IPMI is supported, ASF 1.0."""
    ping = bytes.fromhex("0600ff06 000011be 80420000".replace(" ", ""))
    pong = bytes.fromhex("0600ff06 000011be 40420010 000011be 00000000 81 00 000000000000".replace(" ", ""))
    assert Bmc().give(ping) == [pong]


def test_rmcp_acknowledgements_are_ignored() -> None:
    assert Bmc().give(b"\x06\x00\x05\x87") == []
    assert Bmc().give(b"\x06\x00\x05\x86") == []


@pytest.mark.parametrize("plus", [False, True])
def test_authentication_capabilities(plus: bool) -> None:
    """IPMI 2.0 table 22-15; asked with the bit for IPMI 2.0, and without."""
    bmc = Bmc()
    assert bmc.plain(APP, 0x38, b"\x8e\x04", plus=plus) == (0, bytes.fromhex("01 80 06 02 00 00 00 00"))
    assert bmc.plain(APP, 0x38, b"\x0e\x04", plus=plus) == (0, bytes.fromhex("01 00 06 00 00 00 00 00"))
    assert bmc.plain(APP, 0x38, b"\x81\x04", plus=plus) == (0, bytes.fromhex("01 80 06 02 00 00 00 00"))


def test_authentication_capabilities_with_a_key_and_with_ipmi_15() -> None:
    assert Bmc(kg=b"k").plain(APP, 0x38, b"\x8e\x04") == (0, bytes.fromhex("01 80 26 02 00 00 00 00"))
    # none, MD2, MD5, password: bits 0, 1, 2, 4; then both versions are spoken
    assert Bmc(auth_types=(0, 1, 2, 4)).plain(APP, 0x38, b"\x8e\x04") == (0, bytes.fromhex("01 97 06 03 00 00 00 00"))


def test_a_nameless_account_without_a_password_is_anonymous_login() -> None:
    """Bit 1: names may be empty; bit 0: and so may the password.  IPMI 2.0 table 22-15."""
    account = User(b"", b"")
    config = ServerConfig(UserList([account]), guid=GUID)
    assert Bmc(config).plain(APP, 0x38, b"\x8e\x04") == (0, bytes.fromhex("01 80 05 02 00 00 00 00"))
    account.enabled = False
    assert Bmc(config).plain(APP, 0x38, b"\x8e\x04") == (0, bytes.fromhex("01 80 04 02 00 00 00 00"))


def test_configurations_that_are_wrong() -> None:
    for wrong in (
        {"kg": bytes(21)},
        {"suites": (4,)},
        {"auth_types": (5,)},
    ):
        with pytest.raises(InvalidParameterValue):
            ServerConfig(UserList(), guid=GUID, **wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterValue, match="user name has at most 16 bytes, this one has 17"):
        User(b"n" * 17, b"")
    with pytest.raises(InvalidParameterValue, match="password has at most 20 bytes, this one has 21"):
        User(b"", b"p" * 21)


def test_answers_that_nobody_fetches_do_not_pile_up() -> None:
    bmc = Bmc()
    for _number in range(5000):
        bmc.core.datagram_received(bytes.fromhex("0600ff06000011be80420000"), PEER, bmc.now)
    assert len(bmc.sent()) <= 4096


@pytest.mark.parametrize(("data", "code"), [(b"\x8e", 0xC7), (b"", 0xC7), (b"\x82\x04", 0xCC), (b"\x8e\x0f", 0xCC)])
def test_wrong_questions_about_capabilities(data: bytes, code: int) -> None:
    assert Bmc().plain(APP, 0x38, data) == (code, b"")


def test_cipher_suites() -> None:
    """Records of IPMI 2.0 table 22-18, 16 bytes at a time; the last block is shorter."""
    bmc = Bmc(suites=(17, 3, 16, 15, 1))
    first = bmc.plain(APP, 0x54, b"\x0e\x00\x80")
    second = bmc.plain(APP, 0x54, b"\x0e\x00\x81")
    assert first is not None
    assert second is not None
    assert (first[0], second[0]) == (0, 0)
    assert len(first[1]) == 17
    assert (first[1][0], second[1][0]) == (1, 1)
    records = first[1][1:] + second[1][1:]
    assert records == bytes.fromhex("c001014080 c003014181 c00f034080 c010034480 c011034481".replace(" ", ""))


def test_algorithms_instead_of_suites() -> None:
    """Bit 7 of the third byte is 0: each algorithm once, with its tag.  IPMI 2.0 §22.15; the order is free."""
    bmc = Bmc(suites=(17, 3, 12, 1))
    assert bmc.plain(APP, 0x54, b"\x0e\x00\x00") == (0, bytes.fromhex("01 01 02 03 40 41 43 44 80 81"))
    assert bmc.plain(APP, 0x54, b"\x0e\x00\x01") == (0, b"\x01")


@pytest.mark.parametrize(("cmd", "data"), [(0x38, b"\x8e\x04"), (0x54, b"\x0e\0\x80"), (0x37, b"")])
def test_questions_that_are_too_long(cmd: int, data: bytes) -> None:
    bmc = Bmc()
    assert bmc.plain(APP, cmd, data + b"\0") == (0xC7, b"")
    answer = bmc.plain(APP, cmd, data)
    assert answer is not None
    assert answer[0] == 0


def test_questions_to_another_lun_are_not_answered() -> None:
    message = ipmb.build_request(APP, 0x38, b"\x8e\x04", 5, 1)
    assert Bmc().give(bytes((6, 0, 0xFF, 7)) + bytes(9) + bytes((len(message),)) + message) == []


def test_answers_outside_of_a_session_can_be_others() -> None:
    bmc = Bmc()
    bmc.core.sessionless.outside[APP, 0x37] = lambda request: (0xC1, b"")
    assert bmc.plain(APP, 0x37) == (0xC1, b"")
    assert Console(bmc).log_in().ask(APP, 0x37) == (0, GUID)
    bmc.core.sessionless.outside[APP, 0x37] = lambda request: None
    assert bmc.plain(APP, 0x37) is None


def test_system_guid_without_a_session() -> None:
    assert Bmc().plain(APP, GetSystemGuid.cmd) == (0, GUID)


def test_nothing_else_is_answered_without_a_session() -> None:
    bmc = Bmc()
    for netfn, cmd in ((APP, 0x01), (CHASSIS, 0x01), (CHASSIS, 0x02), (APP, 0x39), (APP, 0x3A), (APP, 0x3C)):
        assert bmc.plain(netfn, cmd, bytes(20)) is None
        assert bmc.plain(netfn, cmd, bytes(20), plus=True) is None
    assert not bmc.executed


# --- the session itself


def test_a_session_begins_as_user() -> None:
    """IPMI 2.0 §22.18: at its start a session has the level of a user."""
    console = Console(Bmc()).log_in(privilege=None)
    assert console.ask(APP, 0x3B, b"\x00") == (0, b"\x02")
    assert console.ask(*CYCLE) == (0xD4, b"")
    assert not console.bmc.executed
    assert console.ask(APP, 0x3B, b"\x03") == (0, b"\x03")
    assert console.ask(*CYCLE)[0] == 0
    assert console.ask(APP, 0x02)[0] == 0xD4  # Cold Reset is for administrators
    assert console.ask(APP, 0x3B, b"\x04") == (0, b"\x04")
    assert console.ask(APP, 0x02)[0] == 0


def test_levels_that_are_refused() -> None:
    console = Console(Bmc(), b"oper", b"op-pass", role=0x13).log_in(privilege=3)
    assert console.ask(APP, 0x3B, b"\x04") == (0x81, b"")
    assert console.ask(APP, 0x3B, b"\x05") == (0x81, b"")
    assert console.ask(APP, 0x3B, b"\x0f") == (0xCC, b"")
    assert console.ask(APP, 0x3B, b"\x01") == (0x80, b"")  # reserved
    assert console.ask(APP, 0x3B, b"") == (0xC7, b"")
    assert console.ask(APP, 0x3B, b"\x02\x00") == (0xC7, b"")
    assert console.ask(APP, 0x3B, b"\x00") == (0, b"\x03")


def test_close() -> None:
    bmc = Bmc()
    console, other = Console(bmc).log_in(), Console(bmc, console_id=b"CON2").log_in()
    assert console.ask(APP, 0x3C, b"\x99\x99\x99\x99") == (0x87, b"")
    assert console.ask(APP, 0x3C, b"\x99") == (0xC7, b"")
    assert console.ask(APP, 0x3C, console.bmc_id) == (0, b"")
    assert console.send(*STATUS) == []
    assert other.ask(*STATUS)[0] == 0
    assert len(bmc.core.sessions) == 1


def test_closing_others() -> None:
    """An administrator may, by id or by handle; others cannot even see that it is there.  IPMI 2.0 §22.19."""
    bmc = Bmc()
    admin = Console(bmc).log_in()
    oper = Console(bmc, b"oper", b"op-pass", role=0x13, console_id=b"CON2").log_in(privilege=3)
    third = Console(bmc, console_id=b"CON3").log_in()
    assert oper.ask(APP, 0x3C, admin.bmc_id) == (0x87, b"")
    assert admin.ask(APP, 0x3C, oper.bmc_id) == (0, b"")
    assert oper.send(*STATUS) == []
    handle = third.ask(APP, 0x3D, b"\x00")[1][:1]
    assert admin.ask(APP, 0x3C, bytes(4) + b"\xf0") == (0x88, b"")
    assert admin.ask(APP, 0x3C, bytes(4)) == (0x87, b"")
    assert admin.ask(APP, 0x3C, bytes(4) + handle) == (0, b"")
    assert third.send(*STATUS) == []
    assert list(bmc.core.sessions) == [int.from_bytes(admin.bmc_id, "little")]


def test_session_info() -> None:
    """IPMI 2.0 table 22-27: handle, slots, active, user, level, channel; then the address of the console."""
    bmc = Bmc(max_sessions=5)
    console = Console(bmc).log_in()
    Console(bmc, b"oper", b"op-pass", role=0x13, console_id=b"CON2", peer=OTHER).log_in(privilege=3)
    code, data = console.ask(APP, 0x3D, b"\x00")
    assert (code, data[:3]) == (0, b"\x01\x05\x02")
    assert data[3:6] == b"\x02\x04\x11"  # user 2, administrator, IPMI 2.0 on channel 1
    assert data[6:10] == bytes((127, 0, 0, 1))
    assert int.from_bytes(data[16:18], "little") == PEER[1]
    assert console.ask(APP, 0x3D, b"\x02")[1][3:5] == b"\x03\x03"
    assert console.ask(APP, 0x3D, b"\xfe\x02")[1][3:5] == b"\x03\x03"
    assert console.ask(APP, 0x3D, b"\xff" + console.bmc_id)[1][3:5] == b"\x02\x04"
    assert console.ask(APP, 0x3D, b"\x05") == (0, b"\x00\x05\x02")
    assert console.ask(APP, 0x3D, b"\xfe\x09") == (0xCB, b"")
    assert console.ask(APP, 0x3D, b"\x06") == (0xC9, b"")
    assert console.ask(APP, 0x3D, b"") == (0xC7, b"")


def test_no_two_sessions_have_one_handle() -> None:
    bmc = Bmc(max_sessions=100, max_half_open=400)
    stays = Console(bmc).log_in()
    handle = stays.ask(APP, 0x3D, b"\x00")[1][0]
    for number in range(300):
        console = Console(bmc, console_id=b"%04d" % number).log_in()
        assert console.ask(APP, 0x3D, b"\x00")[1][0] not in (0, handle)
        console.ask(APP, 0x3C, console.bmc_id)


def test_channel_info() -> None:
    """IPMI 2.0 table 22-29: 802.3 LAN, IPMB protocol, many sessions, vendor IPMI."""
    console = Console(Bmc()).log_in()
    assert console.ask(APP, 0x42, b"\x0e") == (0, bytes.fromhex("01 04 01 81 f2 1b 00 00 00"))
    # The channel to the IPMB, the system interface; another one has a reserved medium, for some consoles want an answer.
    assert console.ask(APP, 0x42, b"\x00")[1][:4] == bytes.fromhex("00 01 01 00")
    assert console.ask(APP, 0x42, b"\x0f")[1][:4] == bytes.fromhex("0f 0c 05 00")
    assert console.ask(APP, 0x42, b"\x03")[1][:4] == bytes.fromhex("03 00 00 00")
    assert console.ask(APP, 0x42, b"")[0] == 0xC7
    assert console.ask(APP, 0x42, b"\x0e\x00")[0] == 0xC7


@pytest.mark.parametrize("data", [b"\x00\x00", b"\x01\x00", b"\xfe", b"\xfe\x01\x00", b"\xff", b"\xff\0\0", b"\xff\0\0\0\0\0"])
def test_session_info_of_a_wrong_length(data: bytes) -> None:
    assert Console(Bmc()).log_in().ask(APP, 0x3D, data) == (0xC7, b"")


def test_a_close_that_is_too_long_closes_nothing() -> None:
    console = Console(Bmc()).log_in()
    assert console.ask(APP, 0x3C, console.bmc_id + b"\0\0") == (0xC7, b"")
    assert console.ask(APP, 0x3C, console.bmc_id) == (0, b"")


def test_commands_of_the_lan_interface_in_a_session() -> None:
    console = Console(Bmc()).log_in()
    assert console.ask(APP, 0x38, b"\x8e\x04") == (0, bytes.fromhex("01 80 06 02 00 00 00 00"))
    assert console.ask(APP, 0x54, b"\x0e\x00\x80")[0] == 0
    assert not console.bmc.executed


def test_idle_sessions_end() -> None:
    bmc = Bmc(idle_s=60.0)
    closed: list[str] = []
    console, busy = Console(bmc).log_in(), Console(bmc, console_id=b"CON2").log_in()
    for session in bmc.core.sessions.values():
        session.on_close = lambda name=session.console_id: closed.append(name)  # type: ignore[misc]
    for _minute in range(3):
        bmc.wait(30)
        assert busy.ask(*STATUS)[0] == 0
    assert console.send(*STATUS) == []
    assert len(bmc.core.sessions) == 1
    assert closed == [int.from_bytes(b"CON1", "little")]
    bmc.wait(62)
    assert not bmc.core.sessions
    bmc.wait(62)
    assert bmc.core.next_timer() is None


def test_noise_does_not_keep_a_session_open() -> None:
    bmc = Bmc(idle_s=60.0)
    console = Console(bmc).log_in()
    packet = console.sealed(*STATUS, 9)
    bmc.give(packet)
    for _minute in range(7):
        bmc.wait(10)
        bmc.give(packet)  # a replay
        bmc.give(packet[:-1] + bytes((packet[-1] ^ 1,)))
    assert not bmc.core.sessions


def test_answers_go_where_the_last_request_came_from() -> None:
    console = Console(Bmc()).log_in()
    console.peer = OTHER  # its address was translated anew
    assert console.ask(*STATUS)[0] == 0


# --- once


def test_a_repeated_request_is_executed_once() -> None:
    """Same rqSeq, command and data under a new session sequence number: the first answer comes again."""
    bmc = Bmc()
    console = Console(bmc).log_in()
    for request in (CYCLE, (OEM, 0x55, b"\x01")):
        executed = len(bmc.executed)
        first = console.send(*request, rq_seq=7)
        assert len(first) == 1
        assert console.send(*request, rq_seq=7) == first
        assert console.send(*request, rq_seq=7) == first
        assert len(bmc.executed) == executed + 1


def test_a_harmless_request_is_executed_again() -> None:
    """A console that never changes its rqSeq gets the state of now, not that of before."""
    bmc = Bmc()
    console = Console(bmc).log_in()
    assert console.send(*STATUS, rq_seq=7) != console.send(*STATUS, rq_seq=7)
    assert len(bmc.executed) == 2


def test_a_request_that_is_being_executed_is_not_begun_again() -> None:
    bmc = Bmc()
    console = Console(bmc).log_in()
    bmc.hold = True
    assert console.send(*CYCLE, rq_seq=7) == []
    assert console.send(*CYCLE, rq_seq=7) == []
    ((request, session),) = bmc.held
    session.respond(request, 0, b"done")
    assert console.answers(bmc.sent()) == [(0, b"done")]
    assert console.send(*CYCLE, rq_seq=7) == [(0, b"done")]
    assert len(bmc.executed) == 1


@pytest.mark.parametrize("other", [(CHASSIS, 0x02, b"\x03", 7), (CHASSIS, 0x03, b"\x02", 7), (*CYCLE, 8)])
def test_another_request_is_executed(other: tuple[int, int, bytes, int]) -> None:
    bmc = Bmc()
    console = Console(bmc).log_in()
    console.send(*CYCLE, rq_seq=7)
    assert console.send(*other[:3], rq_seq=other[3]) == [(0, b"\x02")]


def test_what_may_do_harm_is_recognised_after_others_too() -> None:
    """A console with several requests outstanding repeats one of them."""
    bmc = Bmc()
    console = Console(bmc).log_in()
    first = console.send(*CYCLE, rq_seq=7)
    console.send(*STATUS, rq_seq=8)
    console.send(OEM, 0x55, rq_seq=9)
    assert console.send(*CYCLE, rq_seq=7) == first
    assert len(bmc.executed) == 3


def test_a_question_asked_anew_is_answered_anew() -> None:
    """Also by a console that never changes its rqSeq: what it asks after something else is not a repetition."""
    bmc = Bmc()
    console = Console(bmc).log_in()
    before = console.send(*STATUS, rq_seq=0)
    console.send(CHASSIS, 0x02, b"\x01", rq_seq=0)
    assert console.send(*STATUS, rq_seq=0) != before


def test_much_later_it_is_another_request() -> None:
    bmc = Bmc()
    console = Console(bmc).log_in()
    console.send(*CYCLE, rq_seq=7)
    bmc.wait(11)
    console.send(*CYCLE, rq_seq=7)
    assert len(bmc.executed) == 2


def test_little_is_remembered() -> None:
    bmc = Bmc()
    console = Console(bmc).log_in()
    for number in range(200):
        console.send(OEM, 0x55, bytes((number,)))
    (session,) = bmc.core.sessions.values()
    assert len(session._recent) <= 8


def test_a_replayed_packet_is_not_answered() -> None:
    bmc = Bmc()
    console = Console(bmc).log_in()
    packet = console.sealed(*CYCLE, 7)
    assert len(bmc.give(packet)) == 1
    assert bmc.give(packet) == []
    assert len(bmc.executed) == 1


def test_packets_of_a_closed_session_are_not_answered() -> None:
    bmc = Bmc()
    console = Console(bmc).log_in()
    bmc.hold = True
    console.send(*CYCLE)
    console.ask(APP, 0x3C, console.bmc_id)
    ((request, session),) = bmc.held
    session.respond(request, 0)  # too late
    assert bmc.sent() == []


@pytest.mark.parametrize("kind", [0x00, 0x40, 0x80])
def test_packets_with_less_protection_than_agreed_are_dropped(kind: int) -> None:
    console = Console(Bmc(), suite=3).log_in()
    message = ipmb.build_request(*STATUS, 9)
    head = bytes((6, 0, 0xFF, 7, 6, kind)) + console.bmc_id + (99).to_bytes(4, "little")
    assert console.bmc.give(head + len(message).to_bytes(2, "little") + message) == []
    assert not console.bmc.executed


def test_responses_and_other_payloads_are_not_requests() -> None:
    bmc = Bmc()
    console = Console(bmc).log_in()
    response = ipmb.build_response(ipmb.Request(CHASSIS, 0x01, 3, b""), 0, b"\x01")
    assert bmc.give(console.cipher.seal(0, response)) == []
    assert bmc.give(console.cipher.seal(1, b"\x01\x00\x00\x00hello")) == []
    taken: list[tuple[int, bytes]] = []
    (session,) = bmc.core.sessions.values()
    session.on_payload = lambda kind, payload: taken.append((kind, payload))
    bmc.give(console.cipher.seal(1, b"\x01\x00\x00\x00hello"))
    assert taken == [(1, b"\x01\x00\x00\x00hello")]


def test_other_luns_are_for_the_handler() -> None:
    bmc = Bmc()
    console = Console(bmc).log_in()
    message = ipmb.build_request(APP, 0x3B, b"\x04", 9, 2)
    bmc.give(console.cipher.seal(0, message))
    assert [request.rs_lun for request in bmc.executed] == [2]


# --- IPMI 1.5


def _ipmi15(bmc: Bmc, kind: int, user: bytes = USER, password: bytes = b"secret", level: int = 4) -> tuple[int, Session15]:
    """Log in over IPMI 1.5; return the completion code (-1: silence) and the session.  IPMI 2.0 §22.16, §22.17."""
    found = bmc.plain(APP, 0x39, bytes((kind,)) + user.ljust(16, b"\0"))
    assert found is not None
    if found[0]:
        return found[0], Session15(b"", session_id=0, send_type=0)
    temporary = int.from_bytes(found[1][:4], "little")
    asking = Session15(password, session_id=temporary, send_type=kind)
    message = ipmb.build_request(APP, 0x3A, bytes((kind, level)) + found[1][4:20] + (100).to_bytes(4, "little"), 6)
    packet = bytearray(asking.seal(message))
    if kind != 0:
        # Outside of a session the sequence number is 0.
        from pyghmi.ipmi.protocol.packet15 import auth_code, build

        packet = bytearray(build(kind, 0, temporary, auth_code(kind, password, temporary, message, 0), message))
    answers = bmc.give(bytes(packet))
    if not answers:
        return -1, asking
    opened = asking.open_first(answers[0])
    assert opened is not None
    response = ipmb.parse_response(opened)
    assert response is not None
    if response[3]:
        return response[3], asking
    data = response[4]
    session_id, sequence = int.from_bytes(data[1:5], "little"), int.from_bytes(data[5:9], "little")
    return 0, Session15(password, session_id=session_id, send_type=data[0] & 15, send_from=sequence, receive_from=100)


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
def test_ipmi_15(kind: int) -> None:
    bmc = Bmc(auth_types=(0, 1, 2, 4))
    code, session = _ipmi15(bmc, kind)
    assert code == 0
    for number, (request, expected) in enumerate(
        [((APP, 0x3B, b"\x04"), b"\x04"), (STATUS, b"\x01"), ((APP, 0x3C, session.session_id.to_bytes(4, "little")), b"")]
    ):
        (answer,) = bmc.give(session.seal(ipmb.build_request(*request, number)))
        opened = session.open(answer)
        assert opened is not None
        response = ipmb.parse_response(opened)
        assert response is not None
        assert response[3:] == (0, expected)
    assert not bmc.core.sessions


def test_ipmi_15_is_off_unless_asked_for() -> None:
    assert Bmc().plain(APP, 0x39, b"\x02" + USER.ljust(16, b"\0")) is None
    bmc = Bmc(auth_types=(2,))
    assert bmc.plain(APP, 0x39, b"\x00" + USER.ljust(16, b"\0")) == (0xCC, b"")


def test_ipmi_15_refusals() -> None:
    bmc = Bmc(auth_types=(2,), max_sessions=1)
    assert _ipmi15(bmc, 2, b"nobody")[0] == 0x81
    assert _ipmi15(bmc, 2, b"gone")[0] == 0x81
    assert _ipmi15(bmc, 2, b"oper", b"op-pass")[0] == 0x86
    assert _ipmi15(bmc, 2, password=b"wrong")[0] == -1
    assert bmc.core.refusals.count(PEER) == 1
    assert _ipmi15(bmc, 2)[0] == 0
    assert _ipmi15(bmc, 2)[0] == 0x81
    assert bmc.plain(APP, 0x39, b"\x02abc") == (0xC7, b"")


def test_a_wrong_ipmi_15_password_ends_that_login() -> None:
    """One challenge, one try: more tries must ask for a challenge each."""
    bmc = Bmc(auth_types=(2,))
    _ipmi15(bmc, 2, password=b"wrong")
    assert bmc.core.half_open == 0


def test_ipmi_15_guesses_are_slowed_down_too() -> None:
    bmc = Bmc(auth_types=(2,), refusal_wait_s=0.5)
    for _try in range(6):
        assert _ipmi15(bmc, 2, password=b"wrong")[0] == -1
    assert _ipmi15(bmc, 2)[0] == -1, "not looked at"
    bmc.wait(0.5)
    assert _ipmi15(bmc, 2)[0] == 0


def test_the_begin_of_a_long_password_does_not_do() -> None:
    bmc = Bmc(auth_types=(2,))
    assert _ipmi15(bmc, 2, b"0123456789abcdef", b"a20BytePasswordXYZ!!")[0] == 0x81


def test_ipmi_15_logins_are_few_and_short() -> None:
    bmc = Bmc(auth_types=(2,), max_half_open=4)
    for _try in range(20):
        bmc.plain(APP, 0x39, b"\x02" + USER.ljust(16, b"\0"))
    assert bmc.core.half_open == 4
    bmc.wait(11.5)
    assert bmc.core.half_open == 0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x04\x04" + b"C" * 16 + bytes(4), 0x85),  # another challenge
        (b"\x04\x06" + b"!" * 16 + bytes(4), 0xCC),  # no such level
        (b"\x02\x04" + b"!" * 16 + bytes(4), 0xCC),  # another type than the challenge was for
        (b"\x04\x04", 0xC7),
    ],
)
def test_ipmi_15_activations_that_are_wrong(data: bytes, code: int) -> None:
    bmc = Bmc(auth_types=(2, 4))
    found = bmc.plain(APP, 0x39, b"\x04" + USER.ljust(16, b"\0"))
    assert found is not None
    temporary = int.from_bytes(found[1][:4], "little")
    asking = Session15(b"secret", session_id=temporary, send_type=4)
    (answer,) = bmc.give(asking.seal(ipmb.build_request(APP, 0x3A, data.replace(b"!" * 16, found[1][4:20]), 6)))
    opened = asking.open_first(answer)
    assert opened is not None
    response = ipmb.parse_response(opened)
    assert response is not None
    assert response[3] == code
    assert not bmc.core.sessions


def test_under_a_temporary_id_there_is_nothing_but_activation() -> None:
    bmc = Bmc(auth_types=(4,))
    found = bmc.plain(APP, 0x39, b"\x04" + USER.ljust(16, b"\0"))
    assert found is not None
    asking = Session15(b"secret", session_id=int.from_bytes(found[1][:4], "little"), send_type=4)
    assert bmc.give(asking.seal(ipmb.build_request(*STATUS, 6))) == []
    assert bmc.give(asking.seal(b"\x00" * 9)) == []
    assert not bmc.executed


def test_a_challenge_is_answered_by_who_asked_for_it() -> None:
    """Or a guesser could have another address blamed for his failures."""
    bmc = Bmc(auth_types=(4,))
    found = bmc.plain(APP, 0x39, b"\x04" + USER.ljust(16, b"\0"))
    assert found is not None
    temporary = int.from_bytes(found[1][:4], "little")
    asking = Session15(b"wrong", session_id=temporary, send_type=4)
    packet = asking.seal(ipmb.build_request(APP, 0x3A, b"\x04\x04" + found[1][4:20] + bytes(4), 6))
    victim = ("192.0.2.1", 623)
    assert bmc.give(packet, victim) == []
    assert bmc.core.refusals.count(victim) == 0
    bmc.give(packet)
    assert bmc.core.refusals.count(PEER) == 1


# --- noise


def test_short_and_foreign_datagrams() -> None:
    bmc = Bmc()
    for data in (b"", b"\x06", b"\x06\x00\xff\x07", b"\x06\x00\xff\x07\x06", b"GET / HTTP/1.0\r\n\r\n", bytes(1500)):
        assert bmc.give(data) == []
    for kind in (0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x20, 0x3F):
        for size in range(40):
            for datagram in bmc.give(outside(kind, bytes(size))):
                assert len(datagram) <= 16 + 36


# --- what is allowed


SEND = (APP, 0x34)


def _sent_on(netfn: int, cmd: int, data: bytes = b"", channel: int = 0) -> bytes:
    """Return the data of Send Message with this inside.  IPMI 2.0 table 22-9."""
    message = ipmb.build_ipmb_request(ipmb.Request(netfn, cmd, 1, data, 0x82, 0, 0x20))
    return bytes((0x40 | channel,)) + message


@pytest.mark.parametrize(
    ("data", "level"),
    [
        (_sent_on(0x04, 0x2D, b"\x01"), 2),  # Get Sensor Reading
        (_sent_on(CHASSIS, 0x02, b"\x00"), 3),  # Chassis Control
        (_sent_on(APP, 0x02), 4),  # Cold Reset
        (_sent_on(APP, 0x34, _sent_on(APP, 0x02)), 4),
        (_sent_on(APP, 0x33), 6),  # Get Message: for the system interface alone
        (b"", 2),  # its length is for whoever answers to judge
        (_sent_on(APP, 0x34, _sent_on(APP, 0x34, _sent_on(APP, 0x34, _sent_on(APP, 0x34, _sent_on(APP, 0x01))))), 6),
    ],
)
def test_a_message_to_be_sent_on_needs_what_its_inside_needs(data: bytes, level: int) -> None:
    bmc = Bmc()
    for have in (2, 3, 4):
        console = Console(bmc, console_id=b"CON%d" % have).log_in(privilege=have)
        assert (console.ask(*SEND, data)[0] == 0) == (have >= level)


def test_levels_of_commands() -> None:
    """IPMI 2.0 table G-1: a few of each net function; what it does not name needs a user."""
    bmc = Bmc()
    consoles = {have: Console(bmc, console_id=b"CON%d" % have).log_in(privilege=have) for have in (2, 3, 4)}
    for netfn, cmd, level in (
        (0x00, 0x01, 2), (0x00, 0x02, 3), (0x00, 0x05, 4), (0x00, 0x09, 3), (0x02, 0x05, 2), (0x02, 0x08, 3),
        (0x04, 0x12, 4), (0x04, 0x13, 3), (0x04, 0x26, 3), (0x04, 0x2D, 2), (0x06, 0x01, 2), (0x06, 0x02, 4),
        (0x06, 0x24, 3), (0x06, 0x2E, 6), (0x06, 0x43, 4), (0x06, 0x44, 3), (0x06, 0x52, 3), (0x06, 0x57, 2),
        (0x0A, 0x11, 2), (0x0A, 0x12, 3), (0x0A, 0x5B, 4), (0x0C, 0x01, 4), (0x0C, 0x02, 3), (0x0C, 0x18, 6),
        (0x0C, 0x22, 2), (0x2C, 0x01, 2), (0x2C, 0x04, 3), (0x2C, 0x0A, 4), (0x30, 0x77, 2),
    ):  # fmt: skip
        for have, console in consoles.items():
            assert console.ask(netfn, cmd, b"\xdc\x01")[0] == (0 if have >= level else 0xD4), (netfn, cmd, have)


@pytest.mark.parametrize("cmd", [0x48, 0x49, 0x55])
def test_payloads_are_not_for_ipmi_15(cmd: int) -> None:
    """Its packets have no payload type.  IPMI 2.0 §24."""
    bmc = Bmc(auth_types=(2,))
    _code, session = _ipmi15(bmc, 2)
    (answer,) = bmc.give(session.seal(ipmb.build_request(APP, cmd, b"\x01\x01\0\0\0\0", 7)))
    opened = session.open(answer)
    assert opened is not None
    response = ipmb.parse_response(opened)
    assert response is not None
    assert response[3] == 0xD5
    assert not bmc.executed
    assert Console(bmc).log_in().ask(APP, cmd, b"\x01\x01\0\0\0\0")[0] == 0


def test_nothing_secret_is_shown() -> None:
    """Whatever of a BMC somebody prints, at every stage of a login."""
    secret, kg = b"TopSecretWord", b"KeyOfTheBmc"
    account = User(b"admin", secret)
    config = ServerConfig(UserList([account]), guid=GUID, kg=kg, auth_types=(2, 4))
    bmc = Bmc(config)
    bmc.plain(APP, 0x39, b"\x02" + USER.ljust(16, b"\0"))
    console = Console(bmc, password=secret, kg=kg)
    shown: list[str] = []

    def show() -> None:
        core = bmc.core
        logins = [*core._logins20._opened.values(), *core._logins20._proving.values(), *core._logins20._over.values()]
        shown.extend(repr(each) for each in (core, config, account, config.users, core._logins20, *logins))
        shown.extend(repr((each.agreed, each._said, each._user, each._suite)) for each in logins)
        shown.extend(repr(each) for each in core._logins15._pending.values())
        shown.extend(repr((each, each.cipher, each.user)) for each in core.sessions.values())

    console.open()
    show()
    console.rakp1()
    show()
    fourth = console.rakp3()
    assert fourth is not None
    console.start_session(fourth)
    console.ask(0x06, 0x01)
    show()
    text = "".join(shown)
    for each in (secret, kg):
        assert each.decode() not in text
        assert each.hex() not in text
    assert len(shown) > 20
