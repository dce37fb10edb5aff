# SPDX-License-Identifier: Apache-2.0
"""What BMCs do wrong in IPMI 1.5, inside sessions and in bridging, each row by its name in doc/quirks.md."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import DELAY, GET_STATUS, GUID, POWER_CYCLE, TO_BMC, TO_CLIENT, Lab, perfect, users

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, SessionLost, TimedOut
from pyghmi.ipmi.protocol import ipmb, packet
from pyghmi.ipmi.protocol.bmcsession import BmcSession
from pyghmi.ipmi.protocol.events import Lost, Reopened, State
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.ipmb import Request
from pyghmi.ipmi.protocol.keying import key_variants
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.protocol.packet15 import Session15, parse
from pyghmi.ipmi.protocol.serverconfig import ServerConfig
from pyghmi.ipmi.protocol.suites import STANDARD
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.ipmi.spec.request import Target

LOGIN_15 = Login(b"admin", b"secret", version="1.5")
Execute = Callable[[Request, BmcSession], None]


def logged_in(lab: Lab) -> Lab:
    error = lab.log_in()
    assert error is None, error
    return lab


def works(lab: Lab) -> Lab:
    assert logged_in(lab).ask(*GET_STATUS).code == 0
    return lab


def answering(change: Callable[[bytes], bytes]) -> Execute:
    """Return a handler whose answers are changed as messages."""

    def execute(request: Request, session: BmcSession) -> None:
        session.send_message(change(ipmb.build_response(request, 0, b"\x01")))

    return execute


def with_codes(codes: list[int]) -> Execute:
    """Return a handler that answers with these completion codes in turn, then with success."""

    def execute(request: Request, session: BmcSession) -> None:
        code = codes.pop(0) if codes else 0
        session.respond(request, code, b"" if code else b"\x01")

    return execute


# --- IPMI 1.5


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
def test_every_authentication_type(kind: int) -> None:
    lab = works(Lab(login=Login(b"admin", b"secret", version="1.5", auth_types=[kind])))
    assert lab.client.agreement is not None
    assert (lab.client.agreement.version, lab.client.agreement.auth_type) == ("1.5", kind)
    lab.close()


@pytest.mark.parametrize("losses", [1, 2, 3])
def test_L01_a_repeated_challenge_is_answered_once_a_port(losses: int) -> None:
    """The BMC keeps silent on the second challenge from a port, and answers get lost."""
    lab = Lab(login=LOGIN_15)
    left = [losses]
    asked: set[str] = set()
    fly = lab._fly

    def flying(way: str, datagram: bytes, peer: str = "console") -> None:
        found = parse(datagram)
        message = b"" if found is None else found.message
        request, response = ipmb.parse_request(message), ipmb.parse_response(message)
        if way == TO_BMC and request is not None and request.cmd == 0x39:
            if peer in asked:
                return
            asked.add(peer)
        if way == TO_CLIENT and response is not None and response[1] == 0x39 and left[0]:
            left[0] -= 1
            return
        fly(way, datagram, peer)

    lab._fly = flying  # type: ignore[method-assign]
    works(lab)
    assert len(asked) == losses + 1


@pytest.mark.parametrize("offset", [-1, 1, 3])
def test_L02_the_first_sequence_number_is_off(offset: int) -> None:
    lab = Lab(login=LOGIN_15)
    logged_in(lab)
    session = next(iter(lab.server.sessions.values())).cipher
    assert isinstance(session, Session15)
    session._sequence += offset
    assert lab.ask(*GET_STATUS).code == 0


def test_L05_session_id_zero_in_answers() -> None:
    lab = Lab(login=LOGIN_15)
    logged_in(lab)
    session = next(iter(lab.server.sessions.values())).cipher
    assert isinstance(session, Session15)
    session.session_id = 0
    assert lab.ask(*GET_STATUS).code == 0


def _sessions15(monkeypatch: pytest.MonkeyPatch, *, says: int, sends: int, takes_plain: bool) -> None:
    """Have the BMC say one thing about codes after the activation, and do another."""
    from pyghmi.ipmi.protocol import server15

    activated, session15 = server15.ActivatedSession, server15.Session15
    monkeypatch.setattr(server15, "ActivatedSession", lambda **fields: activated(**{**fields, "auth_type": says}))

    def made(password: bytes, **fields: object) -> Session15:
        fields["send_type"] = sends
        return session15(password, activation_type=2, accept_plain=takes_plain, **fields)  # type: ignore[arg-type]

    monkeypatch.setattr(server15, "Session15", made)


def test_L10_no_codes_after_the_activation(monkeypatch: pytest.MonkeyPatch) -> None:
    _sessions15(monkeypatch, says=0, sends=0, takes_plain=True)
    lab = works(Lab(login=LOGIN_15))
    assert parse(lab.wire[-1][1]).auth_type == 0  # type: ignore[union-attr]


def test_L06_codes_although_there_should_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    _sessions15(monkeypatch, says=0, sends=2, takes_plain=True)
    works(Lab(login=LOGIN_15))


def test_L07_codes_are_wanted_although_the_bmc_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    _sessions15(monkeypatch, says=0, sends=2, takes_plain=False)
    works(Lab(login=LOGIN_15))


def test_L11_sequence_numbers_begin_with_zero() -> None:
    """Zero in the answer stands for one."""
    session = Session15(b"secret", session_id=7, send_type=2, send_from=0)
    first = parse(session.seal(ipmb.build_request(6, 1, b"", 1)))
    assert first is not None
    assert first.sequence == 1


def test_L19_activation_at_a_level_above_the_limit() -> None:
    lab = works(Lab(login=Login(b"oper", b"op-pass", version="1.5")))
    assert lab.client.agreement is not None
    assert lab.client.agreement.privilege == Privilege.OPERATOR


def test_oem_authentication_alone_is_refused_clearly() -> None:
    with pytest.raises(InvalidParameterValue, match="authentication type 5 is not supported"):
        Login(b"admin", b"secret", version="1.5", auth_types=[5])


# --- framing


def test_S01_wrong_checksums_under_integrity() -> None:
    def change(message: bytes) -> bytes:
        return message[:2] + bytes((message[2] + 1 & 0xFF,)) + message[3:-1] + bytes((message[-1] + 1 & 0xFF,))

    works(Lab(execute=answering(change)))


def test_S01_wrong_checksums_without_integrity_are_dropped() -> None:
    lab = Lab(execute=answering(lambda m: m[:-1] + bytes((m[-1] ^ 1,))), login=Login(b"admin", b"secret", suites=[1]))
    logged_in(lab)
    assert isinstance(lab.ask(*GET_STATUS, deadline_s=5.0).error, (TimedOut, SessionLost))


def test_S02_a_pad_of_a_whole_block(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = logged_in(Lab())
    cipher = next(iter(lab.server.sessions.values())).cipher
    assert isinstance(cipher, packet.SessionCipher)
    pads = list(packet._PADS)
    monkeypatch.setattr(packet, "_PADS", [pads[16] if index == 0 else pad for index, pad in enumerate(pads)] )
    message = bytes(15)
    opened = lab.client._channel.cipher.open(cipher.seal(0, message))  # type: ignore[union-attr]
    assert opened == (0, message)


def test_S03_bytes_behind_the_code() -> None:
    lab = Lab(lambda way, number, datagram: [(DELAY, datagram + b"\0\0\0\0" if way == TO_CLIENT else datagram)])
    works(lab).close()


def test_S04_the_first_answer_comes_unprotected() -> None:
    lab = Lab()

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        if (way, number) != (TO_CLIENT, 3):
            return perfect(way, number, datagram)
        client_id = datagram[6:10]
        request = Request(6, 0x3B, 1, b"\x04")
        message = ipmb.build_response(request, 0, b"\x04")
        head = b"\x06\0\xff\x07\x06\0" + client_id + bytes(4) + len(message).to_bytes(2, "little")
        return [(DELAY, head + message)]

    lab.plan = plan
    works(lab)
    assert "S04" in lab.memory.quirks


def test_S04_nothing_else_is_taken_unprotected() -> None:
    lab = works(Lab())
    ticket_seq = []

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        if way == TO_BMC:
            return perfect(way, number, datagram)
        request = Request(0, 1, ticket_seq[0] if ticket_seq else 3, b"")
        message = ipmb.build_response(request, 0, b"\xff")
        return [(DELAY, b"\x06\0\xff\x07\x06\0" + datagram[6:10] + bytes(4) + bytes((len(message), 0)) + message)]

    lab.plan = plan
    for number in range(64):
        ticket_seq[:] = [number]
    ticket = lab.ask(*GET_STATUS, deadline_s=2.0)
    assert ticket.error is not None


def test_S05_sequence_numbers_grow_by_two() -> None:
    lab = works(Lab())
    cipher = next(iter(lab.server.sessions.values())).cipher
    for _round in range(5):
        cipher._sequence += 1
        assert lab.ask(*GET_STATUS).code == 0


def test_S06_every_answer_comes_twice() -> None:
    lab = Lab(lambda way, number, datagram: [(DELAY, datagram)] * (2 if way == TO_CLIENT else 1))
    works(lab)
    for _round in range(70):
        assert lab.ask(*GET_STATUS).code == 0


def test_S07_rq_seq_is_not_echoed() -> None:
    works(Lab(execute=answering(lambda m: _resealed(m, rq_seq=0))))


def _resealed(message: bytes, *, rq_seq: int) -> bytes:
    changed = message[:4] + bytes((rq_seq << 2 | message[4] & 3,)) + message[5:-1]
    return changed + bytes((ipmb.checksum(changed[3:]),))


def test_S08_addresses_are_not_swapped() -> None:
    def change(message: bytes) -> bytes:
        head = bytes((0x20, message[1]))
        body = bytes((0x81,)) + message[4:-1]
        return head + bytes((ipmb.checksum(head),)) + body + bytes((ipmb.checksum(body),))

    works(Lab(execute=answering(change)))


def test_S09_duplicated_request_while_the_first_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    # Our own BMC keeps silent on a repetition until the first is done; such BMCs answer it.
    monkeypatch.setattr(BmcSession, "is_repetition", lambda self, request, now: False)
    waiting: list[tuple[Request, BmcSession]] = []
    lab = Lab()

    def execute(request: Request, session: BmcSession) -> None:
        if waiting:
            session.respond(request, 0xCF)
            lab.wait_then = (request, session)  # type: ignore[attr-defined]
            original, owner = waiting[0]
            owner.respond(original, 0, b"\x01")
        else:
            waiting.append((request, session))

    lab._execute_with = execute
    assert logged_in(lab).ask(*GET_STATUS).answer == b"\x01"


def test_S10_one_request_at_a_time() -> None:
    from pyghmi.ipmi.protocol.inflight import Ticket

    outstanding = [0, 0]
    lab = Lab()

    def execute(request: Request, session: BmcSession) -> None:
        outstanding[0] += 1
        outstanding[1] = max(outstanding)
        assert len(lab.client.requests.inflight) <= 1
        session.respond(request, 0, b"\x01")
        outstanding[0] -= 1

    lab._execute_with = execute
    logged_in(lab)
    tickets = [Ticket(0, 1, b"", lab.now + 20.0) for _each in range(30)]
    for ticket in tickets:
        lab.client.submit(ticket, lab.now)
    lab.run(lambda: all(ticket.done for ticket in tickets))
    assert all(ticket.code == 0 for ticket in tickets)


def test_S11_the_first_repetition_waits() -> None:
    """At least a second where nothing was measured; later at least a quarter, and three round trips."""
    slow = Lab(lambda way, number, datagram: [(0.4, datagram)])
    logged_in(slow)
    sent = slow.sent[TO_BMC]
    assert slow.ask(*GET_STATUS).code == 0
    assert slow.sent[TO_BMC] == sent + 1
    memory = BmcMemory()
    assert memory.first_wait_s == 1.0
    memory.measured(0.5)
    assert memory.first_wait_s >= 1.5


@pytest.mark.parametrize("code", [0xC0, 0xC3, 0xCE, 0xD2, 0xD5, 0xFF])
def test_S12_passing_trouble(code: int) -> None:
    times = 1 if code in (0xD5, 0xFF) else 2
    lab = logged_in(Lab(execute=with_codes([code] * times)))
    assert lab.ask(*GET_STATUS).code == 0


@pytest.mark.parametrize(("code", "again"), [(0xC0, True), (0xD2, True), (0xC3, False), (0xCE, False), (0xD5, False), (0xFF, False)])
def test_S12_what_may_have_run_is_not_repeated(code: int, again: bool) -> None:
    lab = logged_in(Lab(execute=with_codes([code])))
    ticket = lab.ask(*POWER_CYCLE, repeatable=False)
    assert ticket.code == (0 if again else code)
    assert lab.executed.count(POWER_CYCLE) == (2 if again else 1)


def test_S13_initialising_for_five_seconds() -> None:
    lab = Lab()
    lab._execute_with = lambda request, session: session.respond(
        request, 0xD2 if lab.now < 105.0 else 0, b"" if lab.now < 105.0 else b"\x01"
    )
    assert logged_in(lab).ask(*GET_STATUS).code == 0
    assert lab.ask(*GET_STATUS).code == 0


def test_S14_S15_S23_a_session_that_was_closed_for_idleness_is_opened_again() -> None:
    lab = works(Lab())
    lab.wait(70.0)
    assert not lab.server.sessions
    assert lab.ask(*GET_STATUS).code == 0
    assert any(isinstance(event, Lost) for event in lab.events)
    assert any(isinstance(event, Reopened) for event in lab.events)


def test_S23_a_restarted_bmc_forgot_the_session() -> None:
    lab = works(Lab())
    lab.server.close_all()
    ticket = lab.ask(*GET_STATUS)
    assert (ticket.error, ticket.code) == (None, 0)


def test_S23_a_command_that_must_not_run_twice_is_preceded_by_a_harmless_one() -> None:
    lab = works(Lab())
    lab.wait(70.0)
    ticket = lab.ask(*POWER_CYCLE, repeatable=False)
    assert (ticket.error, ticket.code) == (None, 0)
    assert lab.executed.count(POWER_CYCLE) == 1


def test_S23_a_command_that_was_sent_into_a_dead_session_is_not_repeated() -> None:
    lab = works(Lab())
    lab.server.close_all()
    ticket = lab.ask(*POWER_CYCLE, repeatable=False, deadline_s=10.0)
    assert isinstance(ticket.error, TimedOut)
    assert ticket.error.maybe_done
    assert lab.executed.count(POWER_CYCLE) == 0


def test_a_lost_session_is_opened_again_only_when_that_is_allowed() -> None:
    lab = works(Lab())
    lab.server.close_all()
    ticket = lab.ask(*GET_STATUS, reopen=False, deadline_s=20.0)
    assert isinstance(ticket.error, (TimedOut, SessionLost))
    assert not any(isinstance(event, Reopened) for event in lab.events)


def test_a_session_is_opened_again_once_for_each_call() -> None:
    lab = works(Lab())

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        return [] if way == TO_BMC else perfect(way, number, datagram)

    lab.plan = plan
    ticket = lab.ask(*GET_STATUS, deadline_s=25.0)
    assert ticket.error is not None
    assert sum(isinstance(event, Lost) for event in lab.events) == 1
    lab.plan = perfect
    assert lab.ask(*GET_STATUS).code == 0


def test_a_late_answer_of_the_old_session_counts() -> None:
    lab = works(Lab())
    late = [7.5]

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        if way == TO_CLIENT:
            return [(late.pop(), datagram)] if late else []
        return perfect(way, number, datagram)

    lab.plan = plan
    ticket = lab.ask(*GET_STATUS, deadline_s=20.0)
    assert (ticket.error, ticket.code) == (None, 0)
    assert lab.client.state is State.ACTIVE


def test_a_late_answer_to_another_request_thaws_the_one_that_waits() -> None:
    """The session was thought lost; it is not, and what waits is sent again at once."""
    lab = works(Lab())
    late = [2.6]
    lab.plan = lambda way, number, datagram: (
        [(late.pop(), datagram)] if late and way == TO_CLIENT else perfect(way, number, datagram)
    )
    assert lab.ask(6, 1).code == 0  # its first answer is still on the way
    outage = [lab.now + 2.4]
    lab.plan = lambda way, number, datagram: [] if lab.now < outage[0] else perfect(way, number, datagram)
    began = lab.now
    ticket = lab.ask(*GET_STATUS)
    assert (ticket.error, ticket.code) == (None, 0)
    assert lab.now - began < 4.0
    for _time in range(3):
        assert lab.ask(*GET_STATUS).code == 0
    assert lab.client.state is State.ACTIVE


def test_S18_close_session_is_not_answered() -> None:
    lab = works(Lab())
    lab.plan = lambda way, number, datagram: []
    began = lab.now
    lab.close()
    assert lab.now - began < 0.5


def test_S19_a_short_packet_in_the_session() -> None:
    lab = works(Lab())
    cipher = next(iter(lab.server.sessions.values())).cipher
    assert isinstance(cipher, packet.SessionCipher)
    lab.client.datagram_received(cipher.seal(0, b"\x20\x1c\xc4\x81\x00"), lab.now)
    assert lab.ask(*GET_STATUS).code == 0


@pytest.mark.parametrize("suite", [3, 17, 8, 12, 11])
def test_R13_R14_other_keys_and_pads(suite: int) -> None:
    """The BMC answers only what is keyed and padded in its own way."""
    for variant in key_variants(STANDARD[suite]):
        memory = BmcMemory()
        for seed in (1, 2):
            lab = Lab(login=Login(b"admin", b"secret", suites=[suite]), memory=memory, seed=seed)
            original = lab.server._establish

            def establish(*arguments: object, lab: Lab = lab, original: Callable[..., None] = original) -> None:
                original(*arguments)
                for session in lab.server.sessions.values():
                    session.cipher.use(variant)  # type: ignore[union-attr]  # noqa: B023
                    session._may_detect = False

            lab.server._establish = establish  # type: ignore[method-assign,assignment]
            works(lab)
            if seed == 2:
                assert lab.sent[TO_BMC] == 5


# --- bridging


def _satellite(request: Request) -> bytes | None:
    """Return the answer of the controller 82h on channel 0 to what is inside Send Message."""
    inner = ipmb.parse_request(request.data[1:])
    if inner is None or inner.rs_address != 0x82:
        return None
    return ipmb.build_response(inner, 0, b"\x82")


def _bridge(request: Request, session: BmcSession, mode: str) -> None:
    if (request.netfn, request.cmd) != (6, 0x34):
        session.respond(request, 0, b"\x01")
        return
    answer = _satellite(request)
    assert answer is not None
    if mode == "inside":
        session.respond(request, 0, answer)
        return
    ack = ipmb.build_response(request, 0)
    inner = ipmb.parse_response(answer)
    assert inner is not None
    alone = ipmb.build_response(Request(0x06, inner[1], inner[2], b"", 0x20 if "20h" in mode else 0x82), 0, inner[4])
    for message in (alone, ack) if "before" in mode else (ack, alone):
        session.send_message(message)


@pytest.mark.parametrize("mode", ["inside", "after", "before", "after from 20h"])
def test_B01_B02_B03_where_a_bridged_answer_comes(mode: str) -> None:
    lab = logged_in(Lab(execute=lambda request, session: _bridge(request, session, mode)))
    ticket = lab.ask(6, 1, target=Target(0x82, 0))
    assert (ticket.error, ticket.code, ticket.answer) == (None, 0, b"\x82")
    assert lab.ask(*GET_STATUS).code == 0


@pytest.mark.parametrize("code", [0x83, 0xD3, 0x82])
def test_B04_an_absent_controller(code: int) -> None:
    lab = logged_in(Lab(execute=lambda request, session: session.respond(request, code)))
    ticket = lab.ask(6, 1, target=Target(0x84, 0))
    assert (ticket.error, ticket.code) == (None, code)


def test_B07_a_bmc_without_tracking(monkeypatch: pytest.MonkeyPatch) -> None:
    queue: list[bytes] = []
    polls = [0]

    def execute(request: Request, session: BmcSession) -> None:
        if request.cmd == 0x34:
            if request.data[0] & 0xC0:
                session.respond(request, 0xCC)
                return
            answer = _satellite(request)
            assert answer is not None
            queue.append(b"\x00" + answer[1:])
            session.respond(request, 0)
        elif request.cmd == 0x33:
            polls[0] += 1
            if polls[0] < 3 or not queue:
                session.respond(request, 0x80)
            else:
                session.respond(request, 0, queue.pop(0))

    monkeypatch.setattr(BmcSession, "refusal", lambda self, request: None)  # such BMCs allow Get Message over LAN
    lab = logged_in(Lab(execute=execute))
    ticket = lab.ask(6, 1, target=Target(0x82, 0))
    assert (ticket.error, ticket.code, ticket.answer) == (None, 0, b"\x82")
    assert "B07" in lab.memory.quirks
    sent = lab.sent[TO_BMC]
    assert lab.ask(6, 1, target=Target(0x82, 0)).answer == b"\x82"
    assert lab.sent[TO_BMC] == sent + 2  # known now: no try with tracking


def test_B09_software_is_not_bridged_to() -> None:
    lab = works(Lab())
    ticket = lab.ask(6, 1, target=Target(0xB1, 0))
    assert isinstance(ticket.error, InvalidParameterValue)
    assert all(netfn_cmd[:2] != (6, 0x34) for netfn_cmd in lab.executed)


def test_double_bridging() -> None:
    def execute(request: Request, session: BmcSession) -> None:
        transit = ipmb.parse_request(request.data[1:])
        assert transit is not None
        assert (transit.rs_address, transit.cmd) == (0x82, 0x34)
        answer = _satellite(Request(6, 0x34, 0, transit.data))
        assert answer is not None
        session.respond(request, 0, ipmb.build_response(transit, 0, answer))

    lab = logged_in(Lab(execute=execute))
    ticket = lab.ask(6, 1, target=Target(0x82, 7, 0x82, 0))
    assert (ticket.error, ticket.code, ticket.answer) == (None, 0, b"\x82")


# --- the BMC's own side


def test_privileges_are_enforced() -> None:
    lab = logged_in(Lab(login=Login(b"oper", b"op-pass", privilege=2)))
    assert lab.ask(*GET_STATUS).code == 0
    assert lab.ask(*POWER_CYCLE, repeatable=False).code == 0xD4
    assert lab.ask(6, 0x3B, b"\x03").code == 0x81
    assert POWER_CYCLE not in lab.executed


def test_sessions_are_limited() -> None:
    lab = works(Lab(config=ServerConfig(users(), guid=GUID, max_sessions=1)))
    second = Lab(config=lab.config, seed=7)
    second.server.sessions.update(lab.server.sessions)
    assert second.log_in(deadline_s=3.0) is not None


def test_a_half_open_flood_does_not_grow() -> None:
    lab = works(Lab())
    for number in range(2000):
        request = packet.wrap_setup(
            0x10, bytes((1, 4, 0, 0)) + number.to_bytes(4, "little") + bytes.fromhex("000000080100000001000008010000000200000801000000")
        )
        lab.server.datagram_received(request, ("10.0.0.1", number), lab.now)
        lab.server.datagrams_to_send()
    assert lab.server.half_open <= lab.config.max_half_open
    assert lab.ask(*GET_STATUS).code == 0
    lab.wait(15.0)
    assert lab.server.half_open == 0


def test_answers_before_a_session_are_small() -> None:
    """An Open Session of 48 bytes gets 52, a RAKP 1 at most 76 plus the code: nothing to amplify with."""
    lab = logged_in(Lab())
    sizes = [len(datagram) for way, datagram in lab.wire if way == TO_CLIENT]
    assert max(sizes[:3]) <= 88


def test_completion_codes_are_errors_with_a_meaning() -> None:
    from pyghmi.ipmi.domains.requester import completion_error

    error = completion_error(6, 1, 0xC1)
    assert isinstance(error, CompletionCodeError)
    assert (str(error), error.ipmicode, error.retryable) == ("Invalid command", 0xC1, False)


# --- what nobody waits for any more


def test_a_queued_command_that_was_withdrawn_is_never_sent() -> None:
    """Interrupted in the program, a power cycle must not run when the one before it has ended."""
    lab = works(Lab())
    lab.plan = lambda way, number, datagram: []
    first = Ticket(*GET_STATUS, lab.now + 20)
    cycle = Ticket(*POWER_CYCLE, lab.now + 20, False)
    for ticket in (first, cycle):
        lab.client.submit(ticket, lab.now)
    lab.client.requests.withdraw(cycle, lab.now)
    lab.plan = perfect
    lab.run(lambda: first.done)
    lab.wait(5.0)
    assert POWER_CYCLE not in lab.executed
    assert not cycle.done


def test_a_command_behind_its_proof_is_withdrawn() -> None:
    lab = works(Lab())
    lab.wait(20.0)
    lab.plan = lambda way, number, datagram: []
    cycle = Ticket(*POWER_CYCLE, lab.now + 25, False)
    lab.client.submit(cycle, lab.now)
    lab.wait(0.5)
    lab.client.requests.withdraw(cycle, lab.now)
    lab.plan = perfect
    assert lab.ask(*GET_STATUS).code == 0
    lab.wait(10.0)
    assert POWER_CYCLE not in lab.executed


def test_a_withdrawn_command_makes_way_at_once() -> None:
    lab = works(Lab())
    lab.plan = lambda way, number, datagram: [] if way == TO_CLIENT else perfect(way, number, datagram)
    cycle = Ticket(*POWER_CYCLE, lab.now + 25, False)
    lab.client.submit(cycle, lab.now)
    lab.wait(0.5)
    lab.client.requests.withdraw(cycle, lab.now)
    lab.plan = perfect
    began = lab.now
    assert lab.ask(*GET_STATUS).code == 0
    assert lab.now - began < 0.1
    assert lab.executed.count(POWER_CYCLE) == 1


def test_a_level_that_was_set_back_is_asked_for_again_once() -> None:
    """OpenIPMI's simulator sets it back when RAKP 1 arrives a second time."""
    lab = works(Lab())
    session = next(iter(lab.server.sessions.values()))
    session.privilege = Privilege.USER
    ticket = lab.ask(*POWER_CYCLE, repeatable=False)
    assert (ticket.error, ticket.code) == (None, 0)
    session.privilege = Privilege.USER
    assert lab.ask(*POWER_CYCLE, repeatable=False).code == 0xD4, "not for ever"


def test_a_level_that_is_not_enough_is_no_reason_to_ask_again() -> None:
    lab = works(Lab(login=Login(b"admin", b"secret", privilege=2)))
    before = lab.sent[TO_BMC]
    assert lab.ask(*POWER_CYCLE, repeatable=False).code == 0xD4
    assert lab.sent[TO_BMC] == before + 1


@pytest.mark.parametrize("suite", [8, 12, 17])
def test_the_bmc_finds_every_reading_with_the_first_packet(suite: int) -> None:
    """One wrong key in sixteen gives what looks like a pad; OpenIPMI's client makes its keys in a way of its own."""
    for variant in key_variants(STANDARD[suite]):
        for seed in range(40):
            memory = BmcMemory()
            memory.key_variants[suite] = variant
            lab = Lab(login=Login(b"admin", b"secret", suites=[suite]), memory=memory, seed=seed)
            assert works(lab).sent[TO_BMC] == 5, (variant, seed)


def test_S11_a_bmc_that_is_slower_than_it_was_is_not_asked_everything_twice() -> None:
    """It was quick at the login, and reading its sensors takes 0.3 s each."""
    lab = Lab()
    assert lab.log_in() is None
    for _number in range(20):
        lab.ask(*GET_STATUS)
    quick = lab.memory.first_wait_s
    assert quick < 0.3

    def slow(way: str, _index: int, datagram: bytes) -> list[tuple[float, bytes]]:
        return [(0.3 if way == TO_CLIENT else 0.0, datagram)]

    lab.plan = slow
    before = lab.sent[TO_BMC]
    for _number in range(20):
        assert lab.ask(*GET_STATUS).code == 0
    assert lab.sent[TO_BMC] - before <= 24
