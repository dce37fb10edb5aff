# SPDX-License-Identifier: Apache-2.0
"""What is remembered of a BMC for the next login in the process, and what must not be."""
from __future__ import annotations

import pytest
from lab import DELAY, GET_STATUS, GUID, TO_BMC, TO_CLIENT, Lab, perfect, users
from test_errors import privileged
from test_quirks_login import OPEN, RAKP2, RAKP4, _server_reads, kind_of, logged_in, refusing_suites

from pyghmi.exceptions import (
    AuthenticationFailed,
    CipherSuiteRefused,
    NoFreeSession,
    PrivilegeRefused,
    SilentlyRejected,
    TimedOut,
    UserRejected,
)
from pyghmi.ipmi.protocol import handshake, ipmb, rakp, server15, sessionless
from pyghmi.ipmi.protocol.handshake import refuse
from pyghmi.ipmi.protocol.keying import KeyVariant, PadRule
from pyghmi.ipmi.protocol.login import Login
from pyghmi.ipmi.protocol.memory import BmcMemory
from pyghmi.ipmi.protocol.packet import SessionCipher, unwrap, wrap_setup
from pyghmi.ipmi.protocol.packet15 import auth_code, build, parse, wrap_plain
from pyghmi.ipmi.protocol.rakp import RoleRule, RoleVariant
from pyghmi.ipmi.protocol.serverconfig import ServerConfig
from pyghmi.ipmi.spec.codes import PayloadType, Privilege, RmcpStatus

ONLY_15 = bytes((1, 0x04, 0x14, 0, 0, 0, 0, 0))
"""Authentication capabilities of a BMC that knows nothing of IPMI 2.0: MD5, with per-message authentication off."""


# --- what a caller insists on is no fact about the BMC


def test_a_privilege_that_was_asked_for_is_no_limit() -> None:
    memory = BmcMemory()
    logged_in(Lab(memory=memory, login=Login(b"admin", b"secret", privilege=2))).close()
    second = logged_in(Lab(memory=memory, seed=4))
    assert second.client.agreement is not None
    assert second.client.agreement.privilege == Privilege.ADMINISTRATOR


def test_a_limit_that_was_met_is_asked_for_at_once_until_it_is_too_low(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = BmcMemory()
    lab = Lab(memory=memory)
    lab.monkeypatch = monkeypatch  # type: ignore[attr-defined]
    asked: list[int] = []
    privileged(lab, lambda level: asked.append(level) or (0x81 if level == 4 else 0))  # type: ignore[func-returns-value]
    logged_in(lab).close()
    logged_in(Lab(memory=memory, seed=4))
    assert asked == [4, 3, 3]
    third = Lab(memory=memory, seed=6, execute=lambda request, session: session.respond(request, 0xD4))
    assert third.log_in() is None
    assert third.ask(0, 2, b"\2", repeatable=False).code == 0xD4
    logged_in(Lab(memory=memory, seed=8))
    assert asked == [4, 3, 3, 3, 3, 4, 3]  # once more in the session in which it was not enough


@pytest.mark.parametrize(("named", "after"), [([3], 17), ([0], 17), ([1], 17)])
def test_a_suite_that_was_named_is_not_preferred(named: list[int], after: int) -> None:
    memory = BmcMemory()
    logged_in(Lab(memory=memory, login=Login(b"admin", b"secret", suites=named))).close()
    second = logged_in(Lab(memory=memory, seed=4, login=Login(b"admin", b"secret", suites=[17, 3, 1, 0])))
    assert second.client.agreement is not None
    assert second.client.agreement.suite == after


def test_ipmi_15_that_was_asked_for_is_not_taken_unasked() -> None:
    memory = BmcMemory()
    logged_in(Lab(memory=memory, login=Login(b"admin", b"secret", version="1.5"))).close()
    for login in (Login(b"admin", b"secret"), Login(b"admin", b"secret", suites=[3])):
        second = logged_in(Lab(memory=memory, seed=4, login=login))
        assert second.client.agreement is not None
        assert second.client.agreement.version == "2.0"


# --- IPMI 1.5 unasked


def saying(lab: Lab, capabilities: bytes, *, speaks_20: bool = False) -> None:
    """Have the BMC say this of itself; unless it speaks 2.0 it drops Open Session."""

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        packet = parse(datagram) if way == TO_BMC else None
        request = ipmb.parse_request(packet.message) if packet is not None else None
        if request is not None and request.cmd == 0x38:
            lab.answer(wrap_plain(ipmb.build_response(request, 0, capabilities)))
            return []
        if kind_of(datagram) == OPEN and not speaks_20:
            return []
        return perfect(way, number, datagram)

    lab.plan = plan


def test_a_forged_word_that_there_is_no_20_does_not_lead_to_15() -> None:
    """One Open Session lost, one forged answer: the BMC takes the next Open Session."""
    lab = Lab()
    saying(lab, ONLY_15, speaks_20=True)
    plan, lost = lab.plan, [1]

    def losing(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        if kind_of(datagram) == OPEN and lost[0]:
            lost[0] = 0
            return []
        return plan(way, number, datagram)

    lab.plan = losing
    logged_in(lab)
    assert lab.client.agreement is not None
    assert lab.client.agreement.version == "2.0"
    assert not lab.memory.only_15


def test_a_bmc_without_20_is_asked_again_each_time() -> None:
    memory = BmcMemory()
    for seed, most_s in ((1, 1.5), (3, 0.6)):
        lab = Lab(memory=memory, seed=seed, login=Login(b"admin", b"secret"))
        saying(lab, ONLY_15)
        logged_in(lab)
        assert lab.client.agreement is not None
        assert lab.client.agreement.version == "1.5"
        assert lab.now - 100.0 < most_s
        lab.close()
    assert "only 1.5" in memory.quirks
    third = logged_in(Lab(memory=memory, seed=5))  # it was updated since
    assert third.client.agreement is not None
    assert third.client.agreement.version == "2.0"


@pytest.mark.parametrize("more", [{"suites": [17, 3]}, {"minimum_suite": 3}, {"version": "2.0"}])
def test_15_is_never_taken_where_20_was_named(more: dict[str, object]) -> None:
    lab = Lab(login=Login(b"admin", b"secret", **more))  # type: ignore[arg-type]
    saying(lab, ONLY_15)
    error = lab.log_in()
    assert isinstance(error, CipherSuiteRefused)
    assert "1.5 only" in str(error)


@pytest.mark.parametrize("seed", [1, 2])
def test_L04_per_message_authentication_off_is_known_at_every_login(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """The BMC echoes MD5 in its answer to the activation and then answers without codes, as it has said."""
    made = server15.Session15
    monkeypatch.setattr(
        server15, "Session15",
        lambda password, **fields: made(password, **{**fields, "send_type": 0, "activation_type": 2, "accept_plain": True}),
    )
    memory = BmcMemory()
    for number in range(seed):
        lab = Lab(memory=memory, seed=7 + number, login=Login(b"admin", b"secret", version="1.5"))
        saying(lab, ONLY_15)
        logged_in(lab).close()


def test_the_type_of_15_is_what_the_bmc_offers() -> None:
    config = ServerConfig(users(), guid=GUID, suites=(), auth_types=(4,))
    login = Login(b"admin", b"secret", version="1.5", auth_types=["md5", "password"])
    lab = logged_in(Lab(config=config, login=login))
    assert lab.client.agreement is not None
    assert lab.client.agreement.auth_type == 4
    lab.close()
    assert lab.sent[TO_BMC] == 6


def test_15_where_the_bmc_does_not_say_what_it_takes() -> None:
    lab = Lab(login=Login(b"admin", b"secret", version="1.5"))

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        packet = parse(datagram) if way == TO_BMC else None
        request = ipmb.parse_request(packet.message) if packet is not None else None
        return [] if request is not None and request.cmd == 0x38 else perfect(way, number, datagram)

    lab.plan = plan
    logged_in(lab)
    assert lab.now - 100.0 < 2.0


@pytest.mark.parametrize("kind", ["md5", "md2", "password"])
def test_the_answer_to_the_activation_carries_the_new_session_id(kind: str) -> None:
    """As go-ipmi's server has it: the header has the id that the answer gives, and the code is right over that."""
    lab = Lab(login=Login(b"admin", b"secret", version="1.5", auth_types=[kind]))
    _new_id_in_header(lab)
    logged_in(lab)


def _new_id_in_header(lab: Lab) -> None:
    """Rewrite the answer to Activate Session on its way."""

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        packet = parse(datagram) if way == TO_CLIENT else None
        response = ipmb.parse_response(packet.message) if packet is not None else None
        if packet is None or response is None or response[1] != 0x3A or response[3]:
            return perfect(way, number, datagram)
        session_id = int.from_bytes(response[4][1:5], "little")
        code = auth_code(packet.auth_type, b"secret", session_id, packet.message, packet.sequence)
        return [(DELAY, build(packet.auth_type, packet.sequence, session_id, code, packet.message))]

    lab.plan = plan


def test_an_id_that_the_answer_does_not_give_is_not_taken() -> None:
    lab = Lab(login=Login(b"admin", b"secret", version="1.5"))

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        packet = parse(datagram) if way == TO_CLIENT else None
        response = ipmb.parse_response(packet.message) if packet is not None else None
        if packet is None or response is None or response[1] != 0x3A:
            return perfect(way, number, datagram)
        code = auth_code(packet.auth_type, b"secret", 0x1234, packet.message, packet.sequence)
        return [(DELAY, build(packet.auth_type, packet.sequence, 0x1234, code, packet.message))]

    lab.plan = plan
    assert isinstance(lab.log_in(), SilentlyRejected)


@pytest.mark.parametrize("code", [0xD4, 0x86])
def test_R23_L19_levels_of_15(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """D4h: the BMC wants the limit itself; 86h: less than what was asked for."""
    wanted = Privilege.ADMINISTRATOR if code == 0xD4 else Privilege.OPERATOR
    asked: list[int] = []
    decode = server15.ActivateSession.decode

    def spying(data: bytes) -> object:
        found = decode(data)
        asked.append(int(found.privilege))
        return found

    monkeypatch.setattr(server15.ActivateSession, "decode", staticmethod(spying))
    memory = BmcMemory()
    for seed in (1, 3):
        login = Login(b"admin", b"secret", version="1.5", privilege=2 if code == 0xD4 else None)
        lab = Lab(memory=memory, seed=seed, login=login)

        def plan(way: str, number: int, datagram: bytes, lab: Lab = lab) -> list[tuple[float, bytes]]:
            packet = parse(datagram) if way == TO_BMC else None
            request = ipmb.parse_request(packet.message) if packet is not None else None
            if request is not None and request.cmd == 0x3A and request.data[1] != wanted:
                asked.append(request.data[1])
                answer = ipmb.build_response(request, code)
                assert packet is not None
                sealed = auth_code(2, b"secret", packet.session_id, answer, 0)
                lab.answer(build(2, 0, packet.session_id, sealed, answer))
                return []
            return perfect(way, number, datagram)

        lab.plan = plan
        logged_in(lab).close()
    # A limit that was met is remembered; what a caller insists on is asked for again.
    assert asked == ([2, 3, 4, 2, 3, 4] if code == 0xD4 else [4, 3, 3])


# --- what is found out once


def test_A21_silence_is_waited_for_once() -> None:
    memory = BmcMemory()
    for seed, most_s in ((1, 3.0), (3, 0.5)):
        lab = Lab(memory=memory, seed=seed)

        def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
            return [] if way == TO_CLIENT and number >= 3 else perfect(way, number, datagram)

        lab.plan = plan
        assert lab.log_in() is None
        assert lab.now - 100.0 < most_s
    third = logged_in(Lab(memory=memory, seed=5))
    assert not third.memory.raising_unanswered, "it answers again"


def test_A21_a_refusal_is_not_lost_with_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command is refused for its privilege, and the level is never confirmed: the refusal is the answer."""
    lab = Lab(execute=lambda request, session: session.respond(request, 0xD4))
    deaf = [True]

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        return [] if way == TO_CLIENT and number >= 3 and deaf[0] else perfect(way, number, datagram)

    lab.plan = plan
    assert lab.log_in() is None
    monkeypatch.setitem(sessionless.OWN_FIRST, (6, 0x3B), lambda core, request, session: None)
    deaf[0] = False
    ticket = lab.ask(0, 2, b"\2", repeatable=False)
    assert (ticket.error, ticket.code) == (None, 0xD4)


def test_A22_the_highest_is_asked_for_at_once_the_next_time() -> None:
    memory = BmcMemory()
    for seed, sent in ((1, 7), (3, 5)):
        lab = Lab(memory=memory, seed=seed, login=Login(b"admin", b"secret", suites=[3]))

        def plan(way: str, number: int, datagram: bytes, lab: Lab = lab) -> list[tuple[float, bytes]]:
            found = unwrap(datagram)
            if kind_of(datagram) == OPEN and found is not None and found.payload[1]:
                lab.answer(refuse(PayloadType.OPEN_RESPONSE, found.payload[0], RmcpStatus(0x0A), found.payload[4:8]))
                return []
            return perfect(way, number, datagram)

        lab.plan = plan
        logged_in(lab)
        assert lab.sent[TO_BMC] <= sent
    assert "A22" in memory.quirks


def test_R06_the_name_is_padded_in_rakp_3_too(monkeypatch: pytest.MonkeyPatch) -> None:
    variant = RoleVariant(RoleRule.AS_SENT, True, 20)
    _server_reads(monkeypatch, variant)

    def check3(authentication: object, password: bytes, said: object, code: bytes) -> object:
        due = rakp.rakp3_code(authentication, password, said, variant, padded=True)  # type: ignore[arg-type]
        return variant if code[: len(due)] == due else None

    monkeypatch.setattr(handshake, "check_rakp3", check3)
    memory = BmcMemory()
    logged_in(Lab(memory=memory)).close()
    assert "R06" in memory.quirks
    second = logged_in(Lab(memory=memory, seed=5))
    assert second.sent[TO_BMC] == 5


def test_R17_one_forgotten_login_changes_nothing() -> None:
    """The name-only bit stays: without it an operator would not be found."""
    memory = BmcMemory()
    lab = Lab(memory=memory)
    times = [1]

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        found = unwrap(datagram)
        if kind_of(datagram) == RAKP4 and times[0] and found is not None:
            times[0] = 0
            return [(DELAY, wrap_setup(RAKP4, bytes((found.payload[0], 2, 0, 0)) + found.payload[4:8]))]
        return perfect(way, number, datagram)

    lab.plan = plan
    logged_in(lab)
    assert memory.name_only_works
    assert "R19" in memory.quirks


@pytest.mark.parametrize("delay", [2.2, 4.5])
def test_R16_a_slow_bmc_with_one_half_open_slot(delay: float) -> None:
    """Each Open Session ends the login before it, and RAKP 2 comes late: the next login is waited for longer."""
    lab = Lab()
    newest: list[bytes] = [b""]

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        found = unwrap(datagram)
        kind = kind_of(datagram)
        if found is None or kind == -1:
            return perfect(way, number, datagram)
        if kind == 0x11:
            newest[0] = found.payload[8:12]
        if kind == RAKP2:
            return [(delay, datagram)]
        if kind == 0x14 and found.payload[4:8] != newest[0]:
            session = next(each for each in lab.client._run._opening._attempts if each._bmc_id == found.payload[4:8])  # type: ignore[union-attr]
            lab.answer(wrap_setup(RAKP4, bytes((found.payload[0], 2, 0, 0)) + session.console_id))
            return []
        return perfect(way, number, datagram)

    lab.plan = plan
    logged_in(lab)


def test_R23_as_many_levels_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(login=Login(b"admin", b"secret", privilege=2))
    lab.monkeypatch = monkeypatch  # type: ignore[attr-defined]
    asked: list[int] = []
    privileged(lab, lambda level: asked.append(level) or 0xD4)  # type: ignore[func-returns-value]
    assert isinstance(lab.log_in(), PrivilegeRefused)
    assert asked == [2, 3, 4]


@pytest.mark.parametrize("suites", [[8, 17], [12, 3], [8]])
def test_R27_a_suite_without_valid_codes_is_left(monkeypatch: pytest.MonkeyPatch, suites: list[int]) -> None:
    seal = SessionCipher.seal

    def sealed(self: SessionCipher, payload_type: int, payload: bytes) -> bytes:
        datagram = seal(self, payload_type, payload)
        from_bmc = self is not lab_cipher(lab)
        return datagram[:-16] + bytes(16) if self.suite.id == suites[0] and from_bmc else datagram

    monkeypatch.setattr(SessionCipher, "seal", sealed)
    memory = BmcMemory()
    lab = Lab(memory=memory, login=Login(b"admin", b"secret", suites=suites))
    if len(suites) == 1:
        assert isinstance(lab.log_in(), CipherSuiteRefused)
        return
    logged_in(lab)
    assert lab.client.agreement is not None
    assert lab.client.agreement.suite == suites[1]
    assert "R27" in memory.quirks
    lab = Lab(memory=memory, seed=5, login=Login(b"admin", b"secret", suites=suites))
    assert logged_in(lab).sent[TO_BMC] == 5


def lab_cipher(lab: Lab) -> object:
    """Return the client's cipher, whatever stage the login is at."""
    run = lab.client._run
    raising = run._raising if run is not None else None
    channel = raising.channel if raising is not None else lab.client._channel
    return getattr(channel, "cipher", None)


@pytest.mark.parametrize(("status", "row"), [(0x04, "A12"), (0x11, "A12"), (0x01, "A13"), (0x0A, "A14"), (0x12, "A15")])
def test_what_was_refused_is_told_and_remembered(status: int, row: str) -> None:
    memory = BmcMemory()
    for seed, sent in ((1, 6), (3, 5)):
        lab = Lab(memory=memory, seed=seed)
        lab.plan = refusing_suites(status, (1,))(lab)
        logged_in(lab)
        assert lab.sent[TO_BMC] == sent
        assert lab.client.agreement is not None
        assert row in lab.client.agreement.quirks
        lab.close()


@pytest.mark.parametrize(
    ("variant", "row"),
    [
        (RoleVariant(RoleRule.OPEN_PRIVILEGE, False, 20), "R01"),
        (RoleVariant(RoleRule.PRIVILEGE_ONLY, False, 20), "R10"),
        (RoleVariant(RoleRule.AS_SENT, True, 20), "R06"),
        (RoleVariant(RoleRule.AS_SENT, False, 16), "R07"),
    ],
)
def test_readings_are_told_by_their_rows(monkeypatch: pytest.MonkeyPatch, variant: RoleVariant, row: str) -> None:
    assert variant.rows == [row]
    _server_reads(monkeypatch, variant)
    # Where the same level stands in Open Session and RAKP 1, R01 and the bit alone cannot be told apart.
    lab = logged_in(Lab(login=Login(b"long", b"a20BytePasswordXYZ!!")))
    assert {row, "R10" if row == "R01" else row} & set(lab.memory.quirks)


def test_quirks_that_come_later_are_in_the_agreement() -> None:
    lab = logged_in(Lab())
    assert lab.client.agreement is not None
    lab.memory.notice("S07", "text")
    assert lab.client.agreement.quirks["S07"] == "text"


# --- ends


@pytest.mark.parametrize("kind", [0x11, RAKP2, RAKP4])
def test_closing_in_the_middle_of_a_login_frees_the_slot(kind: int) -> None:
    lab = Lab()
    lab.client.start(lab.now, lab.now + 30)
    lab.run(lambda: any(way == TO_CLIENT and kind_of(datagram) == kind for way, datagram in lab.wire))
    lab.step()
    lab.client.close(lab.now)
    lab._flush()
    for _step in range(5):
        lab.step()
    assert not lab.server.sessions


def test_a_silent_rejection_can_be_caught_as_either() -> None:
    lab = Lab(lambda way, number, datagram: [] if kind_of(datagram) == RAKP2 else perfect(way, number, datagram))
    error = lab.log_in(deadline_s=60.0)
    assert isinstance(error, SilentlyRejected)
    assert isinstance(error, TimedOut)
    assert isinstance(error, AuthenticationFailed)
    assert not error.retryable
    assert str(error) == "timeout"
    assert lab.now - 100.0 < 30.0
    assert isinstance(lab.ask(*GET_STATUS, deadline_s=1.0).error, Exception)


def test_an_unauthorized_name_is_told_wherever_it_comes() -> None:
    lab = Lab()
    lab.plan = refusing_suites(0x0D, ())(lab)
    assert isinstance(lab.log_in(), UserRejected)


def test_a_reading_that_is_told_by_its_row_in_the_session() -> None:
    """R13 and R14 are told apart."""
    assert KeyVariant(pad_rule=PadRule.PAD_ONLY).row == "R14"
    assert KeyVariant(constant_bytes=16).row == "R13"


@pytest.mark.parametrize(("kind", "status"), [(RAKP2, 0x08), (RAKP2, 0x02), (RAKP4, 0x08)])
def test_R19_a_bmc_that_forgets_every_login_is_overloaded(kind: int, status: int) -> None:
    lab = Lab()

    def plan(way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        found = unwrap(datagram)
        if kind_of(datagram) != kind or found is None:
            return perfect(way, number, datagram)
        return [(DELAY, wrap_setup(kind, bytes((found.payload[0], status, 0, 0)) + found.payload[4:8]))]

    lab.plan = plan
    error = lab.log_in()
    assert isinstance(error, NoFreeSession)
    assert "forgets logins" in error.hint
    assert error.retryable
    assert lab.now - 100.0 > 1.0, "not all tries at once"


def test_callback_level_is_had_whatever_the_bmc_says(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(login=Login(b"admin", b"secret", privilege=1))
    lab.monkeypatch = monkeypatch  # type: ignore[attr-defined]
    asked: list[int] = []
    privileged(lab, lambda level: asked.append(level) or 0xD4)  # type: ignore[func-returns-value]
    assert lab.log_in() is None
    assert asked == []  # the command needs a user: it is refused before anybody looks at what is asked


def test_the_types_that_are_missing_are_named() -> None:
    config = ServerConfig(users(), guid=GUID, suites=(17,), auth_types=(2,))
    error = Lab(config=config, login=Login(b"admin", b"secret", version="1.5", auth_types=["md2", "none"])).log_in()
    assert str(error) == "MD2 or NONE required but not enabled/available on target BMC"
    error = Lab(
        config=ServerConfig(users(), guid=GUID, suites=(17,), auth_types=(4,)), login=Login(b"admin", b"secret", version="1.5")
    ).log_in()
    assert str(error) == "MD5 required but not enabled/available on target BMC"


def test_a_lookup_by_role_that_finds_nobody_is_left_again() -> None:
    """One damaged RAKP 3 looked as if the name-only bit were the trouble; an operator is only found by name."""
    memory = BmcMemory()
    memory.name_only_works = False
    lab = Lab(memory=memory, login=Login(b"oper", b"op-pass"))
    logged_in(lab)
    assert memory.name_only_works
