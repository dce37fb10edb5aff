# SPDX-License-Identifier: Apache-2.0
"""Every way in which a login or a request can fail, and the error that says so."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import GET_STATUS, GUID, POWER_CYCLE, TO_BMC, Lab, Plan, perfect, users
from test_quirks_login import changing

from pyghmi.exceptions import (
    CipherSuiteRefused,
    InvalidParameterValue,
    NoFreeSession,
    PrivilegeRefused,
    SessionError,
    SessionLost,
    TimedOut,
    Unreachable,
    UserRejected,
    WrongPassword,
)
from pyghmi.ipmi.protocol import ipmb, refusals, sessionless
from pyghmi.ipmi.protocol.events import Closed, State
from pyghmi.ipmi.protocol.inflight import Ticket
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.packet15 import parse, wrap_plain
from pyghmi.ipmi.protocol.serverconfig import ServerConfig
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.ipmi.spec.request import Target

LOGIN_15 = Login(b"admin", b"secret", version="1.5")


# --- what makes no sense is refused before anything is sent


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"user": b"x" * 17}, "must not exceed 16"),
        ({"password": b"x" * 21}, "Password is too long"),
        ({"kg": b"x" * 21}, "Kg is too long"),
        ({"version": "3.0"}, "version must be"),
        ({"version": "1.5", "password": b"x" * 17}, "Password is too long for ipmi 1.5"),
        ({"privilege": 9}, "Privilege level must be"),
        ({"suites": [4]}, "Cipher suite 4 is not supported"),
        ({"minimum_suite": 99}, "Cipher suite 99 is not supported"),
        ({"suites": [1, 2], "minimum_suite": 17}, "none is as strong as suite 17"),
        ({"suites": []}, "list of cipher suites is empty"),
        ({"auth_types": [5]}, "authentication type 5 is not supported; these are: md5"),
        ({"auth_types": ["md4"]}, "authentication type 'md4' is not supported"),
        ({"auth_types": []}, "auth_types is empty: these are: md5"),
    ],
)
def test_logins_that_make_no_sense(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidParameterValue, match=words):
        Login(**{"user": b"admin", "password": b"secret", **arguments})  # type: ignore[arg-type]


def test_authentication_types_have_names() -> None:
    login = Login(b"a", b"b", auth_types=["md5", "password", 1, "None"])
    assert [int(kind) for kind in login.auth_types] == [2, 4, 1, 0]


def test_a_login_shows_no_secrets() -> None:
    login = Login(b"admin", b"topsecret", kg=b"keysecret")
    assert "topsecret" not in repr(login) and "keysecret" not in repr(login)
    assert Login(b"a", b"b", kg=bytes(20)).kg is None
    assert Login(b"a", b"b", minimum_suite=17).suites == (17,)
    assert Login(b"a", b"b", minimum_suite=3).suites == (17, 3)


# --- 1.5


def answering(lab: Lab, cmd: int, code: int, times: int = 100) -> Plan:
    """Return a plan in which the BMC answers one session-less command with a code."""
    left = [times]

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        packet = parse(datagram) if way == TO_BMC else None
        request = ipmb.parse_request(packet.message) if packet is not None else None
        if request is None or request.cmd != cmd or not left[0]:
            return perfect(way, number, datagram)
        left[0] -= 1
        lab.answer(wrap_plain(ipmb.build_response(request, code)))
        return []

    return plan


@pytest.mark.parametrize(("code", "kind"), [(0x81, UserRejected), (0x82, UserRejected), (0xC1, CipherSuiteRefused)])
def test_a_challenge_is_refused(code: int, kind: type[Exception]) -> None:
    lab = Lab(login=LOGIN_15)
    lab.plan = answering(lab, 0x39, code)
    error = lab.log_in()
    assert isinstance(error, kind)
    assert "while getting session challenge" in str(error)


def test_a_challenge_while_the_bmc_is_busy() -> None:
    lab = Lab(login=LOGIN_15)
    lab.plan = answering(lab, 0x39, 0xC0, times=2)
    assert lab.log_in() is None


def test_wrong_user_and_password_in_15() -> None:
    error = Lab(login=Login(b"nobody", b"x", version="1.5")).log_in()
    assert isinstance(error, UserRejected)
    error = Lab(login=Login(b"admin", b"wrong", version="1.5")).log_in(deadline_s=60.0)
    assert isinstance(error, TimedOut)
    assert (error.stage, error.tries) == ("Activate Session", 4)
    assert "wrong password" in str(error)


def test_a_level_above_the_limit_in_15() -> None:
    error = Lab(login=Login(b"oper", b"op-pass", version="1.5", privilege=4)).log_in()
    assert isinstance(error, PrivilegeRefused)


def test_no_slot_in_15() -> None:
    lab = Lab(login=LOGIN_15, config=ServerConfig(users(), guid=GUID, auth_types=(2,), max_sessions=0))
    error = lab.log_in(deadline_s=7.0)
    assert isinstance(error, NoFreeSession)


def test_only_other_types_are_offered() -> None:
    lab = Lab(login=Login(b"admin", b"secret"), config=ServerConfig(users(), guid=GUID, suites=(17,), auth_types=(4,)))

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        return [] if datagram[4] == 6 else perfect(way, number, datagram)

    lab.plan = plan
    extended = sessionless.ChannelAuthenticationCapabilities
    lab.server.sessionless.table[6, 0x38] = lambda data: (0, bytes((1, 0x10, 4, 0, 0, 0, 0, 0)))
    error = lab.log_in()
    assert extended is not None
    assert error is not None
    assert str(error).startswith("MD5 required but not enabled/available on target BMC")


def test_a_long_password_cannot_go_over_15() -> None:
    lab = Lab(login=Login(b"long", b"a20BytePasswordXYZ!!"))
    lab.plan = lambda way, number, datagram: [] if datagram[4] == 6 else perfect(way, number, datagram)
    lab.server.sessionless.table[6, 0x38] = lambda data: (0, bytes((1, 0x14, 4, 0, 0, 0, 0, 0)))
    error = lab.log_in()
    assert "at most 16 bytes" in str(error)


def test_capabilities_are_refused() -> None:
    lab = Lab()
    lab.plan = lambda way, number, datagram: [] if datagram[4] == 6 else perfect(way, number, datagram)
    lab.server.sessionless.table[6, 0x38] = lambda data: (0xD5, b"")
    error = lab.log_in(deadline_s=4.0)
    assert str(error).startswith("Command not supported in present state while trying to get channel authentication capabalities")


# --- Set Session Privilege Level


def privileged(lab: Lab, answers: Callable[[int], int]) -> None:
    """Have the BMC answer that command with the code for each level, at most once each."""
    original = sessionless.OWN_FIRST[6, 0x3B]

    def own(core: object, request: ipmb.Request, session: object) -> None:
        code = answers(request.data[0])
        if code:
            session.respond(request, code)  # type: ignore[attr-defined]
        else:
            original(core, request, session)  # type: ignore[arg-type]

    lab.monkeypatch.setitem(sessionless.OWN_FIRST, (6, 0x3B), own)  # type: ignore[attr-defined]


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    found = Lab()
    found.monkeypatch = monkeypatch  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("code", [0x80, 0x81])
def test_R21_a_level_that_is_refused_at_the_end(lab: Lab, code: int) -> None:
    privileged(lab, lambda level: code if level > 2 else 0)
    assert lab.log_in() is None
    assert lab.client.agreement is not None
    assert lab.client.agreement.privilege == Privilege.USER


def test_R21_no_level_at_all(lab: Lab) -> None:
    privileged(lab, lambda level: 0x80)
    error = lab.log_in()
    assert isinstance(error, PrivilegeRefused)
    assert "while requesting privelege level 2 for b'admin'" in str(error)


def test_R23_the_level_must_be_the_users_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(login=Login(b"admin", b"secret", privilege=3))
    lab.monkeypatch = monkeypatch  # type: ignore[attr-defined]
    lab.config.users.find(b"admin", None)
    privileged(lab, lambda level: 0 if level == 4 else 0xD4)
    error = lab.log_in()
    # The BMC of the laboratory bounds the session at what RAKP 1 asked for, so 4 is refused there.
    assert error is None or isinstance(error, PrivilegeRefused)


def test_a_busy_bmc_at_the_first_command(lab: Lab) -> None:
    codes = [0xC0, 0xD2]
    privileged(lab, lambda level: codes.pop(0) if codes else 0)
    assert lab.log_in() is None


def test_an_odd_code_at_the_first_command_is_no_failure(lab: Lab) -> None:
    privileged(lab, lambda level: 0xC1)
    assert lab.log_in() is None
    assert lab.ask(*GET_STATUS).code == 0


def test_oem_level_may_be_no_parameter_to_a_bmc() -> None:
    """As ipmi_sim has it: status 12h for the level, in Open Session and in RAKP 2."""
    lab = Lab(login=Login(b"admin", b"secret", privilege=5))
    lab.plan = changing(0x13, lambda payload: bytes((payload[0], 0x12, 0, 0)) + payload[4:8])
    assert isinstance(lab.log_in(), PrivilegeRefused)
    lab = Lab()
    lab.plan = changing(0x13, lambda payload: bytes((payload[0], 0x12, 0, 0)) + payload[4:8])
    assert not isinstance(lab.log_in(), PrivilegeRefused)


# --- ends


def test_nothing_listens_on_the_port() -> None:
    lab = Lab(lambda way, number, datagram: [])
    lab.client.start(lab.now, lab.now + 30)
    lab.wait(0.4)
    for _refusal in range(3):
        lab.client.peer_refused(lab.now)
    assert lab.client.state is State.DEAD
    lab.wait(0)
    error = lab.events[-1].error  # type: ignore[union-attr]
    assert isinstance(error, Unreachable)
    assert not error.retryable or error.retryable is True


def test_one_refusal_is_not_enough() -> None:
    """A BMC that restarts refuses now and then."""
    lab = Lab(lambda way, number, datagram: perfect(way, number, datagram) if lab.now > 101 else [])
    lab.client.start(lab.now, lab.now + 30)
    lab.wait(0.4)
    lab.client.peer_refused(lab.now)
    lab.run(lambda: lab.client.state is not State.OPENING)
    assert lab.client.state is State.ACTIVE


def test_the_port_closes_under_an_open_session() -> None:
    lab = Lab()
    assert lab.log_in() is None
    lab.plan = lambda way, number, datagram: []
    ticket = Ticket(*POWER_CYCLE, lab.now + 30, False)
    lab.client.submit(ticket, lab.now)
    lab.wait(2.0)
    assert not ticket.done
    for _refusal in range(3):
        lab.client.peer_refused(lab.now)
    assert isinstance(ticket.error, SessionLost)
    assert "may have been executed" in str(ticket.error)
    assert lab.client.state is State.DEAD
    lab.plan = perfect
    assert lab.ask(*GET_STATUS).code == 0


def test_it_cannot_be_sent() -> None:
    lab = Lab()
    lab.client.start(lab.now, lab.now + 30)
    lab.client.cannot_send(Unreachable("Unable to transmit to specified address"), lab.now)
    assert lab.client.state is State.DEAD
    other = Lab()
    assert other.log_in() is None
    other.client.cannot_send(Unreachable("no route"), other.now)
    assert other.ask(*GET_STATUS).code == 0


def test_closing_fails_what_waits() -> None:
    lab = Lab()
    assert lab.log_in() is None
    lab.plan = lambda way, number, datagram: []
    tickets = [Ticket(*GET_STATUS, lab.now + 30) for _each in range(3)]
    for ticket in tickets:
        lab.client.submit(ticket, lab.now)
    lab.client.close(lab.now)
    lab.client.close(lab.now)
    assert all(isinstance(ticket.error, SessionLost) for ticket in tickets)
    late = Ticket(*GET_STATUS, lab.now + 5)
    lab.client.submit(late, lab.now)
    assert "the session was closed" in str(late.error)
    lab.run(lambda: lab.client.state is State.CLOSED)
    lab.wait(0)
    assert isinstance(lab.events[-1], Closed)


def test_a_login_that_is_closed() -> None:
    lab = Lab(lambda way, number, datagram: [])
    lab.client.start(lab.now, lab.now + 30)
    lab.client.close(lab.now)
    assert lab.client.state is State.CLOSED


def test_a_request_begins_the_login() -> None:
    lab = Lab()
    assert lab.ask(*GET_STATUS).code == 0
    assert lab.client.state is State.ACTIVE
    lost = Lab(lambda way, number, datagram: [])
    ticket = lost.ask(*GET_STATUS, deadline_s=3.0)
    assert isinstance(ticket.error, SessionError)
    again = lost.ask(*GET_STATUS, deadline_s=3.0, reopen=False)
    assert "not allowed" in str(again.error)


def test_too_many_requests_wait() -> None:
    from pyghmi.ipmi.protocol import requests

    lab = Lab()
    assert lab.log_in() is None
    lab.plan = lambda way, number, datagram: []
    lab.client.requests.queue.extend(Ticket(*GET_STATUS, lab.now + 5) for _each in range(requests._MAX_QUEUE))
    ticket = Ticket(6, 1, b"", lab.now + 5, target=Target(0x82))
    lab.client.submit(ticket, lab.now)
    assert "are waiting already" in str(ticket.error)


def test_more_than_one_at_a_time_when_the_caller_asks_for_it() -> None:
    lab = Lab()
    assert lab.log_in() is None
    lab.client.requests.max_outstanding = 4
    tickets = [Ticket(*GET_STATUS, lab.now + 5) for _each in range(10)]
    for ticket in tickets:
        lab.client.submit(ticket, lab.now)
    assert len(lab.client.requests.inflight) == 4
    lab.run(lambda: all(ticket.done for ticket in tickets))
    assert all(ticket.code == 0 for ticket in tickets)


def test_abandoned_after_a_fork() -> None:
    lab = Lab()
    assert lab.log_in() is None
    lab.client.abandon()
    assert lab.client.state is State.CLOSED
    assert lab.client.datagrams_to_send() == []
    assert lab.client.local_ids() == []


def test_representations_tell_no_secrets() -> None:
    lab = Lab(only_silence)
    assert "b'admin'" in repr(lab.client)
    ticket = Ticket(*GET_STATUS, 5.0)
    assert "waiting" in repr(ticket)
    ticket.answered(0xC1, b"")
    assert "C1h" in repr(ticket)
    ticket.failed(WrongPassword("x"))
    assert "WrongPassword" in repr(ticket)


def only_silence(_way: str, _number: int, _datagram: bytes) -> list[tuple[float, bytes]]:
    return []


@pytest.mark.parametrize("status", range(1, 0x14))
def test_every_status_has_its_error(status: int) -> None:
    for error in (refusals.open_refused(status, "suite 17", None), refusals.rakp2_refused(status), refusals.rakp4_refused(status)):
        assert isinstance(error, SessionError)
        assert error.text and error.hint and error.stage


@pytest.mark.parametrize("code", [0x81, 0x82, 0x83, 0x85, 0x86, 0xC1])
def test_every_refusal_of_15_has_its_error(code: int) -> None:
    for error in (refusals.challenge_refused(code), refusals.activation_refused(code)):
        assert error.ipmicode == code
        assert error.text and error.hint
