# SPDX-License-Identifier: Apache-2.0
"""What BMCs do wrong at discovery and in the key exchange, each row by its name in doc/quirks.md."""
from __future__ import annotations

from typing import Any, Callable

import pytest
from lab import DELAY, GET_STATUS, GUID, TO_BMC, TO_CLIENT, Lab, Plan, perfect, users

from pyghmi.exceptions import (
    AuthenticationFailed,
    CipherSuiteRefused,
    NoFreeSession,
    PrivilegeRefused,
    TimedOut,
    UnreadableAnswer,
    UserRejected,
    WrongKg,
    WrongPassword,
)
from pyghmi.ipmi.protocol import handshake, ipmb, rakp
from pyghmi.ipmi.protocol.events import Noticed
from pyghmi.ipmi.protocol.handshake import refuse
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.protocol.packet import unwrap, wrap_setup
from pyghmi.ipmi.protocol.packet15 import parse
from pyghmi.ipmi.protocol.rakp import RoleRule, RoleVariant
from pyghmi.ipmi.protocol.serverconfig import ServerConfig
from pyghmi.ipmi.spec.codes import PayloadType, Privilege, RmcpStatus
from pyghmi.ipmi.spec.session_setup import OpenSessionRequest

OPEN, OPENED, RAKP1, RAKP2, RAKP3, RAKP4 = range(0x10, 0x16)


def kind_of(datagram: bytes) -> int:
    """Return the payload type of an RMCP+ setup message, -1 for anything else."""
    found = unwrap(datagram)
    return -1 if found is None or found.session_id else found.kind


def changing(kind: int, change: Callable[[bytes], bytes | None], times: int = 10**6) -> Plan:
    """Return a plan that changes the payload of setup messages of one type; None: loses them."""
    left = [times]

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        if kind_of(datagram) != kind or not left[0]:
            return perfect(way, number, datagram)
        left[0] -= 1
        found = unwrap(datagram)
        assert found is not None
        payload = change(found.payload)
        return [] if payload is None else [(DELAY, wrap_setup(kind, payload))]

    return plan


def refusing_suites(status: int, keep: tuple[int, ...], *, payload: bytes | None = None) -> Callable[[Lab], Plan]:
    """Return a plan in which the BMC refuses Open Session, with this status, for all authentication but `keep`."""

    def make(lab: Lab) -> Plan:
        def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
            if kind_of(datagram) != OPEN:
                return perfect(way, number, datagram)
            found = unwrap(datagram)
            assert found is not None
            request = OpenSessionRequest.decode(found.payload)
            if request.authentication in keep:
                return perfect(way, number, datagram)
            answer = refuse(PayloadType.OPEN_RESPONSE, request.tag, RmcpStatus(status), request.console_id)
            if payload is not None:
                answer = wrap_setup(OPENED, payload)
            lab.answer(answer)
            return []

        return plan

    return make


def logged_in(lab: Lab) -> Lab:
    error = lab.log_in()
    assert error is None, error
    assert lab.ask(*GET_STATUS).code == 0
    return lab


def quirks(lab: Lab) -> set[str]:
    return {event.quirk for event in lab.events if isinstance(event, Noticed)}


# --- discovery


@pytest.mark.parametrize("status", [0x04, 0x05, 0x10, 0x11, 0x12, 0x09, 0x0A, 0x01])
def test_A12_A13_A14_A15_a_refused_suite_is_followed_by_the_next(status: int) -> None:
    lab = Lab()
    lab.plan = refusing_suites(status, (1,))(lab)
    logged_in(lab)
    assert lab.client.agreement is not None
    assert lab.client.agreement.suite == 3
    assert lab.sent[TO_BMC] == 6  # one more than by the book, without the logout


def test_A12_what_a_bmc_took_is_remembered() -> None:
    memory = BmcMemory()
    first = Lab(memory=memory)
    first.plan = refusing_suites(0x11, (1,))(first)
    logged_in(first).close()
    assert first.sent[TO_BMC] == 7
    second = Lab(memory=memory, seed=5)
    second.plan = refusing_suites(0x11, (1,))(second)
    logged_in(second).close()
    assert second.sent[TO_BMC] == 6


def test_A13_only_17_works_and_others_get_no_free_slot() -> None:
    lab = Lab(login=Login(b"admin", b"secret", suites=[3, 17]))
    lab.plan = refusing_suites(0x01, (3,))(lab)
    assert logged_in(lab).client.agreement.suite == 17  # type: ignore[union-attr]


@pytest.mark.parametrize("payload", [b"\x11", b"\xc7"])
def test_A17_a_refusal_of_one_byte(payload: bytes) -> None:
    lab = Lab()
    lab.plan = refusing_suites(0x11, (1,), payload=payload)(lab)
    assert logged_in(lab).client.agreement.suite == 3  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [OPENED, RAKP2, RAKP4])
def test_A17_an_answer_without_a_payload_is_ignored(kind: int) -> None:
    """Anybody can send one; it once came out as IndexError, of whoever turned the loop."""
    lab = Lab()

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        empty = [(DELAY / 2, wrap_setup(kind, b""))] if way == TO_CLIENT and kind_of(datagram) == kind else []
        return empty + perfect(way, number, datagram)

    lab.plan = plan
    logged_in(lab)


def test_A18_a_refusal_with_tag_and_session_id_zero() -> None:
    lab = Lab()
    lab.plan = refusing_suites(0x11, (1,), payload=bytes((0, 0x11, 0, 0, 0, 0, 0, 0)))(lab)
    assert logged_in(lab).client.agreement.suite == 3  # type: ignore[union-attr]


def test_A16_unknown_suites_are_dropped_silently() -> None:
    lab = Lab()

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        found = unwrap(datagram)
        if kind_of(datagram) == OPEN and found is not None and OpenSessionRequest.decode(found.payload).authentication == 3:
            return []
        return perfect(way, number, datagram)

    lab.plan = plan
    assert logged_in(lab).client.agreement.suite == 3  # type: ignore[union-attr]


def test_A16_a_late_answer_to_the_first_suite_still_counts() -> None:
    late = [2.3]

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        if kind_of(datagram) == OPENED and late:
            return [(late.pop(), datagram)]
        return perfect(way, number, datagram)

    logged_in(Lab(plan))


def test_A19_the_privilege_in_the_answer_may_be_zero() -> None:
    logged_in(Lab(changing(OPENED, lambda payload: payload[:2] + b"\0" + payload[3:])))


def test_A20_the_bmc_chooses_what_is_acceptable() -> None:
    lab = Lab()
    lab.config.suites = (3,)
    lab.plan = changing(OPEN, lambda p: p[:12] + b"\1" + p[13:20] + b"\1" + p[21:])
    logged_in(lab)
    assert lab.client.agreement is not None
    assert lab.client.agreement.suite == 3
    assert "A20" in quirks(lab)


def test_A20_the_bmc_insists_on_what_is_not_acceptable() -> None:
    lab = Lab(login=Login(b"admin", b"secret", suites=[17]))
    lab.plan = changing(OPEN, lambda p: p[:12] + b"\1" + p[13:20] + b"\1" + p[21:])
    error = lab.log_in()
    assert isinstance(error, CipherSuiteRefused)
    assert "BMC insists on cipher suite 3" in str(error)


def test_A21_set_session_privilege_is_never_answered() -> None:
    lab = Lab()

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        return [] if way == TO_CLIENT and 3 <= number < 12 and not lab.executed else perfect(way, number, datagram)

    lab.plan = plan
    assert lab.log_in() is None
    assert "A21" in quirks(lab)


def test_A21_a_level_that_was_never_confirmed_is_asked_for_again() -> None:
    """The request itself was lost, twice: the session is at user level, and the first real command finds out."""
    lab = Lab()
    lab.plan = lambda way, number, datagram: [] if way == TO_BMC and 3 <= number < 12 else perfect(way, number, datagram)
    assert lab.log_in() is None
    lab.plan = perfect
    ticket = lab.ask(0, 2, b"\2", repeatable=False)
    assert (ticket.error, ticket.code) == (None, 0)
    assert lab.executed == [(0, 2, b"\2")]


def test_A22_a_suite_wants_the_highest_level() -> None:
    def change(payload: bytes) -> bytes | None:
        return payload

    lab = Lab(changing(OPEN, change))

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        found = unwrap(datagram)
        if kind_of(datagram) == OPEN and found is not None and found.payload[1]:
            answer = refuse(PayloadType.OPEN_RESPONSE, found.payload[0], RmcpStatus(0x0A), found.payload[4:8])
            lab.answer(answer)
            return []
        return perfect(way, number, datagram)

    lab.plan = plan
    logged_in(lab)


def test_A24_only_sha256() -> None:
    config = ServerConfig(users(), guid=GUID, suites=(17,))
    assert logged_in(Lab(config=config)).sent[TO_BMC] == 5


def test_A25_the_first_authentication_error_is_kept() -> None:
    lab = Lab(login=Login(b"nobody", b"x"))
    lab.plan = refusing_suites(0x11, (1,))(lab)
    error = lab.log_in()
    assert isinstance(error, UserRejected)
    assert error.text == "Unauthorized name in RAKP2"
    assert lab.sent[TO_BMC] <= 6  # no probing of further suites after that


def _only_15(lab: Lab, *, refuse_extended: bool = False) -> Plan:
    """A BMC without RMCP+; `refuse_extended`: CCh for the 2.0 form of Get Channel Authentication Capabilities."""

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        if kind_of(datagram) == OPEN:
            return []
        packet = parse(datagram)
        if packet is not None and not packet.session_id:
            request = ipmb.parse_request(packet.message)
            if request is not None and request.cmd == 0x38:
                return _capabilities(lab, request, refuse_extended)
        return perfect(way, number, datagram)

    return plan


def _capabilities(lab: Lab, request: ipmb.Request, refuse_extended: bool) -> list[tuple[float, bytes]]:
    from pyghmi.ipmi.protocol.packet15 import wrap_plain

    if request.data[0] & 0x80 and refuse_extended:
        answer = ipmb.build_response(request, 0xCC)
    else:
        answer = ipmb.build_response(request, 0, bytes((1, 0x16, 4, 0, 0, 0, 0, 0)))
    lab.answer(wrap_plain(answer))
    return []


def test_A01_a_15_bmc_refuses_the_20_question() -> None:
    lab = Lab()
    lab.plan = _only_15(lab, refuse_extended=True)
    assert logged_in(lab).client.agreement.version == "1.5"  # type: ignore[union-attr]


def test_A04_no_fall_back_to_15_when_20_was_asked_for() -> None:
    lab = Lab(login=Login(b"admin", b"secret", version="2.0"))
    lab.plan = _only_15(lab)
    error = lab.log_in()
    assert isinstance(error, CipherSuiteRefused)
    assert "speaks IPMI 1.5 only" in str(error)


def test_A04_no_fall_back_to_15_below_a_named_floor() -> None:
    lab = Lab(login=Login(b"admin", b"secret", minimum_suite=3))
    lab.plan = _only_15(lab)
    assert isinstance(lab.log_in(), CipherSuiteRefused)


def test_A04_no_fall_back_to_15_after_20_was_spoken() -> None:
    memory = BmcMemory()
    logged_in(Lab(memory=memory)).close()
    lab = Lab(memory=memory, seed=9)
    lab.plan = _only_15(lab)
    assert "spoken 2.0 before" in str(lab.log_in())


def test_A05_A06_A07_no_ping_and_no_list_of_suites_before_a_login() -> None:
    lab = logged_in(Lab())
    kinds = [kind_of(datagram) for way, datagram in lab.wire if way == TO_BMC]
    assert kinds[:3] == [OPEN, RAKP1, RAKP3]
    assert all(datagram[3] == 7 for _way, datagram in lab.wire)  # class IPMI: no ASF


# --- the key exchange


def _server_reads(monkeypatch: pytest.MonkeyPatch, variant: RoleVariant, *, name_in_3: bool = False) -> None:
    """Have the BMC hash by another reading."""
    original2, original3 = rakp.rakp2_code, rakp.rakp3_code

    def code2(authentication: Any, password: bytes, said: Any, _variant: Any = None) -> bytes:
        return original2(authentication, password, said, variant)

    def check3(authentication: Any, password: bytes, said: Any, code: bytes) -> Any:
        due = original3(authentication, password, said, variant)
        return variant if code[: len(due)] == due else None

    def keys(authentication: Any, password: bytes, said: Any, *, kg: bytes | None = None) -> Any:
        return rakp.derive_keys(authentication, password, said, variant, kg)

    monkeypatch.setattr(handshake, "rakp2_code", code2)
    monkeypatch.setattr(handshake, "check_rakp3", check3)
    monkeypatch.setattr(handshake, "derive_keys", keys)


@pytest.mark.parametrize("rule", list(RoleRule))
@pytest.mark.parametrize("suite", [17, 3, 8])
def test_R01_R08_R10_other_readings_of_the_role(monkeypatch: pytest.MonkeyPatch, rule: RoleRule, suite: int) -> None:
    _server_reads(monkeypatch, RoleVariant(rule, False, 20))
    logged_in(Lab(login=Login(b"admin", b"secret", suites=[suite])))


def test_R06_the_padded_name(monkeypatch: pytest.MonkeyPatch) -> None:
    _server_reads(monkeypatch, RoleVariant(RoleRule.AS_SENT, True, 20))
    memory = BmcMemory()
    logged_in(Lab(memory=memory)).close()
    assert "R06" in memory.quirks


def test_R07_a_password_cut_to_16_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    _server_reads(monkeypatch, RoleVariant(RoleRule.AS_SENT, False, 16))
    logged_in(Lab(login=Login(b"long", b"a20BytePasswordXYZ!!", suites=[8])))


def test_R24_a_password_cut_to_19_bytes_is_only_diagnosed(monkeypatch: pytest.MonkeyPatch) -> None:
    _server_reads(monkeypatch, RoleVariant(RoleRule.AS_SENT, False, 19))
    error = Lab(login=Login(b"long", b"a20BytePasswordXYZ!!")).log_in()
    assert isinstance(error, WrongPassword)
    assert "first 19 bytes" in str(error)


def test_R02_a_code_one_byte_too_long() -> None:
    logged_in(Lab(changing(RAKP2, lambda payload: payload + b"\x5a")))


def test_R03_a_code_too_short_is_refused() -> None:
    error = Lab(changing(RAKP2, lambda payload: payload[:-1])).log_in()
    assert isinstance(error, UnreadableAnswer)
    assert "31 bytes where 32 are due" in str(error)


def test_R04_junk_behind_rakp_2_and_4() -> None:
    logged_in(Lab(changing(RAKP2, lambda payload: payload + b"junk")))
    logged_in(Lab(changing(RAKP4, lambda payload: payload + b"junk")))


def test_R05_an_error_with_a_pad_behind_the_payload() -> None:
    lab = Lab()

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        if kind_of(datagram) == RAKP2 and way == TO_CLIENT:
            return [(DELAY, wrap_setup(RAKP2, bytes((0, 0x12, 0, 0, 0, 0, 0, 0))) + b"\xff\xff\x02\x07")]
        return perfect(way, number, datagram)

    lab.plan = plan
    error = lab.log_in()
    assert isinstance(error, AuthenticationFailed)
    assert error.text == "Illegal or unrecognized parameter in RAKP2"


def test_R08_rakp_3_is_checked_without_the_name_only_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    original = rakp.rakp3_code

    def check3(authentication: Any, password: bytes, said: Any, code: bytes) -> Any:
        variant = RoleVariant(RoleRule.PRIVILEGE_ONLY, False, 20)
        due = original(authentication, password, said, variant)
        return variant if code[: len(due)] == due else None

    monkeypatch.setattr(handshake, "check_rakp3", check3)
    memory = BmcMemory()
    logged_in(Lab(memory=memory)).close()
    assert "R08" in memory.quirks
    again = Lab(memory=memory, seed=4)
    logged_in(again).close()
    assert again.sent[TO_BMC] == 6


def test_R10_a_short_rakp_1_is_dropped() -> None:
    memory = BmcMemory()
    lab = Lab(changing(RAKP1, lambda payload: payload if len(payload) >= 44 else None), memory=memory)
    logged_in(lab)
    assert "R10" in memory.quirks
    again = Lab(changing(RAKP1, lambda payload: payload if len(payload) >= 44 else None), memory=memory, seed=3)
    logged_in(again).close()
    assert again.sent[TO_BMC] == 6


def test_R11_suite_0_with_a_code_in_rakp_4() -> None:
    lab = Lab(changing(RAKP4, lambda payload: payload + bytes(range(12))), login=Login(b"admin", b"secret", suites=[0]))
    logged_in(lab)


@pytest.mark.parametrize("suite", [1, 15])
def test_R12_no_code_in_rakp_4_without_integrity(suite: int) -> None:
    lab = Lab(changing(RAKP4, lambda payload: payload[:8]), login=Login(b"admin", b"secret", suites=[suite]))
    logged_in(lab)


def test_R12_no_code_in_rakp_4_with_integrity_is_refused() -> None:
    assert isinstance(Lab(changing(RAKP4, lambda payload: payload[:8])).log_in(), WrongKg)


def test_R15_R16_nothing_of_the_key_exchange_is_repeated() -> None:
    """A lost answer leads to a new login with a new session id, tag and random number."""
    lab = Lab(changing(RAKP2, lambda payload: None, times=1))
    logged_in(lab)
    sent = [unwrap(datagram) for way, datagram in lab.wire if way == TO_BMC and kind_of(datagram) in (OPEN, RAKP1)]
    opens = [found.payload for found in sent if found is not None and found.kind == OPEN]
    rakp1s = [found.payload for found in sent if found is not None and found.kind == RAKP1]
    assert (len(opens), len(rakp1s)) == (2, 2)
    assert opens[0][4:8] != opens[1][4:8]
    assert rakp1s[0][8:24] != rakp1s[1][8:24]
    assert opens[0][0] != opens[1][0]


def test_R16_a_late_rakp_2_carries_the_first_attempt_on() -> None:
    late = [1.2]

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        if kind_of(datagram) == RAKP2 and late:
            return [(late.pop(), datagram)]
        return perfect(way, number, datagram)

    logged_in(Lab(plan))


@pytest.mark.parametrize("status", [0x02, 0x08])
def test_R17_R19_a_forgotten_login_is_begun_anew(status: int) -> None:
    logged_in(Lab(changing(RAKP4, lambda p: bytes((p[0], status, 0, 0)) + p[4:8], times=1)))
    logged_in(Lab(changing(RAKP2, lambda p: bytes((p[0], status, 0, 0)) + p[4:8], times=1)))


def test_R19_a_wrong_code_now_and_then() -> None:
    logged_in(Lab(changing(RAKP2, lambda p: p[:-1] + bytes((p[-1] ^ 1,)), times=1)))


@pytest.mark.parametrize("login", [Login(b"nobody", b"x"), Login(b"gone", b"x")])
def test_R20_unknown_and_disabled_users(login: Login) -> None:
    error = Lab(login=login).log_in()
    assert isinstance(error, UserRejected)
    assert "unknown, disabled or locked" in str(error)


def test_R21_a_lower_level_is_taken_when_none_was_named() -> None:
    lab = logged_in(Lab(login=Login(b"oper", b"op-pass")))
    assert lab.client.agreement is not None
    assert lab.client.agreement.privilege == Privilege.OPERATOR


def test_R21_a_named_level_is_insisted_on() -> None:
    assert isinstance(Lab(login=Login(b"oper", b"op-pass", privilege=4)).log_in(), PrivilegeRefused)


def test_R22_a_guid_of_zeros() -> None:
    logged_in(Lab(config=ServerConfig(users(), guid=bytes(16))))


def test_R26_a_wrong_password_is_tried_twice_at_most() -> None:
    lab = Lab(login=Login(b"admin", b"wrong"))
    assert isinstance(lab.log_in(), WrongPassword)
    assert sum(kind_of(datagram) == RAKP1 for _way, datagram in lab.wire) == 2


def test_R28_silence_after_rakp_1_is_not_called_a_dead_host() -> None:
    error = Lab(changing(RAKP1, lambda payload: None)).log_in(deadline_s=8.0)
    assert isinstance(error, TimedOut)
    assert error.stage == "RAKP 1"
    assert "wrong user name or privilege" in str(error)


def test_R28_silence_after_rakp_3() -> None:
    error = Lab(changing(RAKP3, lambda payload: None)).log_in(deadline_s=8.0)
    assert isinstance(error, TimedOut)
    assert error.stage == "RAKP 3"
    assert "wrong password" in str(error)


def test_R30_no_slot_for_some_seconds() -> None:
    lab = Lab()

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        found = unwrap(datagram)
        if kind_of(datagram) == OPEN and found is not None and lab.now < 103.0:
            answer = refuse(PayloadType.OPEN_RESPONSE, found.payload[0], RmcpStatus(1), found.payload[4:8])
            lab.answer(answer)
            return []
        return perfect(way, number, datagram)

    lab.plan = plan
    logged_in(lab)


def test_R30_no_slot_at_all() -> None:
    error = Lab(config=ServerConfig(users(), guid=GUID, max_sessions=0)).log_in(deadline_s=9.0)
    assert isinstance(error, NoFreeSession)
    assert "session slots" in str(error)


def test_wrong_kg() -> None:
    lab = Lab(login=Login(b"admin", b"secret", kg=b"one"), config=ServerConfig(users(), guid=GUID, kg=b"other"))
    error = lab.log_in()
    assert isinstance(error, WrongKg)
    assert error.text == "Invalid RAKP4 integrity code (wrong Kg?)"


def test_right_kg_of_twenty_bytes() -> None:
    kg = b"20-byte-BMC-key-here"
    logged_in(Lab(login=Login(b"admin", b"secret", kg=kg), config=ServerConfig(users(), guid=GUID, kg=kg)))


# --- silence after the proof of the password


def silent_after(kind: int) -> Plan:
    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        return [] if kind_of(datagram) == kind else perfect(way, number, datagram)

    return plan


def test_R26_R28_silence_on_rakp_3_ends_after_four_tries() -> None:
    """A BMC that is silent on a wrong password counts each of them."""
    lab = Lab(silent_after(RAKP3))
    error = lab.log_in(deadline_s=60.0)
    assert isinstance(error, TimedOut)
    assert (error.stage, error.tries) == ("RAKP 3", 4)
    assert "wrong password" in error.hint
    assert lab.now - 100.0 < 20.0


def test_R26_losses_elsewhere_leave_more_tries() -> None:
    """Where other datagrams are lost too, silence on RAKP 3 may be loss."""
    lost = [4, 6]  # Open Sessions, RAKP 3s

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        for place, kind in enumerate((OPEN, RAKP3)):
            if kind_of(datagram) == kind and lost[place]:
                lost[place] -= 1
                return []
        return perfect(way, number, datagram)

    assert Lab(plan).log_in(deadline_s=60.0) is None


def test_tries_count_what_the_stage_names() -> None:
    error = Lab(silent_after(RAKP1)).log_in(deadline_s=4.0)
    assert isinstance(error, TimedOut)
    assert error.stage == "RAKP 1"
    assert error.tries == 3  # after 1, 2 and 4 seconds; the Open Sessions between them do not count


@pytest.mark.parametrize(("status", "privilege", "kind"), [
    (0x12, 5, PrivilegeRefused), (0x12, 4, CipherSuiteRefused), (0x12, None, CipherSuiteRefused), (0x09, 4, PrivilegeRefused),
])
def test_A14_A15_what_a_refusal_of_all_suites_means(status: int, privilege: int | None, kind: type[Exception]) -> None:
    memory = BmcMemory()
    logged_in(Lab(memory=memory)).close()
    lab = Lab(memory=memory, login=Login(b"admin", b"secret", privilege=privilege))
    lab.plan = refusing_suites(status, ())(lab)
    assert isinstance(lab.log_in(), kind)
    third = logged_in(Lab(memory=memory, seed=9))
    assert third.sent[TO_BMC] == 5, "the refused level says nothing of the suite that works"


def test_callback_level_is_not_asked_for_in_the_session() -> None:
    """It is reserved in Set Session Privilege Level; the level in force is asked for instead.  IPMI 2.0 table 22-23."""
    lab = Lab(login=Login(b"admin", b"secret", privilege=1, suites=[0]), config=ServerConfig(users(), guid=GUID, suites=(0,)))
    assert lab.log_in() is None
    found = [unwrap(datagram) for way, datagram in lab.wire if way == TO_BMC]
    first = next(each for each in found if each is not None and each.session_id)
    request = ipmb.parse_request(first.payload)
    assert request is not None
    assert (request.cmd, request.data) == (0x3B, b"\0")
