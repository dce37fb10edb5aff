# SPDX-License-Identifier: Apache-2.0
"""Network, alert and serial-over-LAN settings of BMCs that do not keep to the specification."""
from __future__ import annotations

from typing import Any, Callable

import pytest
from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import (
    BmcErrorException,
    CompletionCodeError,
    ParameterNotWritable,
    TimedOut,
    UnsupportedFunctionality,
)
from pyghmi.ipmi.domains.addresses import Address
from pyghmi.ipmi.domains.lan import Lan, network_channel
from pyghmi.ipmi.domains.pef import Pef
from pyghmi.ipmi.domains.sol_config import SolConfig
from pyghmi.ipmi.spec import lan as spec
from pyghmi.ipmi.spec.codes import Privilege
from pyghmi.ipmi.spec.pef import AlertPolicy, EventFilter
from pyghmi.ipmi.spec.sol import BitRate, SolBitRate, SolEnable
from pyghmi.sim.lan import LanPart
from pyghmi.sim.pef import PefPart

GET, SET = (0x0C, 0x02), (0x0C, 0x01)
GET_SOL, SET_SOL = (0x0C, 0x22), (0x0C, 0x21)
CHANNEL_INFO = (0x06, 0x42)
ADDRESS = Address(bytes((192, 0, 2, 77)), 25)


def machine(**knobs: Any) -> MemoryBmc:
    names = {"get": GET, "set": SET, "get_sol": GET_SOL, "set_sol": SET_SOL, "info": CHANNEL_INFO}
    return MemoryBmc(LanPart(), PefPart(), knobs={names[name]: knob for name, knob in knobs.items()})


def writes(bmc: MemoryBmc, command: tuple[int, int] = SET, *, progress: bool = False) -> list[bytes]:
    """What was written, without the channel; mostly without "set in progress" too."""
    found = [data[1:] for netfn, cmd, data in bmc.asked if (netfn, cmd) == command]
    return found if progress else [data for data in found if data[0] != 0]


class Times:
    """A knob: other answers for the first requests that fit, then what is normal."""

    def __init__(self, fits: Callable[[bytes], bool], *answers: Any, carry_out: bool = False) -> None:
        self.fits, self.answers, self.carry_out = fits, list(answers), carry_out

    def __call__(self, data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> Any:
        if not self.fits(data) or not self.answers:
            return normal(data)
        if self.carry_out:
            normal(data)
        return self.answers.pop(0)


def parameter(number: int) -> Callable[[bytes], bool]:
    return lambda data: data[1] == number


# --- A11


def test_A11_more_limits_than_cipher_suites() -> None:
    """HP DL145: parameter 24 holds 16 levels, parameter 22 says 15: the levels go with the suites as far as both go."""
    ids = bytes((0, *range(1, 16)))
    answers = {22: b"\x11\x0f", 23: b"\x11\0" + ids, 24: b"\x11\0" + b"\x44" * 7 + b"\x34"}
    bmc = machine(get=lambda data, normal: (0, answers[data[1]]))
    suites = Lan(bmc, 1).cipher_suites()
    assert suites is not None
    assert [each.suite for each in suites] == list(range(15))
    assert {each.limit for each in suites} == {Privilege.ADMINISTRATOR}


def test_A11_fewer_limits_than_cipher_suites() -> None:
    """The rest is unknown."""
    answers = {22: b"\x11\x04", 23: b"\x11\0\1\2\3\x11", 24: b"\x11\0\x34"}
    bmc = machine(get=lambda data, normal: (0, answers[data[1]]))
    assert Lan(bmc, 1).cipher_suites() == (
        (1, Privilege.ADMINISTRATOR), (2, Privilege.OPERATOR), (3, None), (17, None),
    )


def test_A11_fewer_cipher_suites_than_announced() -> None:
    answers = {22: b"\x11\x0f", 23: b"\x11\0\3\x11", 24: b"\x11\0" + b"\x44" * 8}
    bmc = machine(get=lambda data, normal: (0, answers[data[1]]))
    assert [each.suite for each in Lan(bmc, 1).cipher_suites() or ()] == [3, 17]


# --- U14


@pytest.mark.parametrize("code", [0xCC, 0xFF])
def test_U14_a_refusal_that_took_effect_is_none(code: int) -> None:
    """FFh or CCh, and the value is there: it is read back and nothing is written again."""
    bmc = machine(set=Times(parameter(21), (code, b""), carry_out=True))
    assert Lan(bmc, 1).write(spec.VlanPriority(priority=5)) == ()
    assert writes(bmc) == [b"\x15\x05"]
    assert Lan(bmc, 1).get(spec.VlanPriority) == spec.VlanPriority(priority=5)


def test_U14_a_refusal_now_and_then_is_tried_again() -> None:
    bmc = machine(set=Times(parameter(21), (0xCC, b""), (0xCC, b"")))
    Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert writes(bmc) == [b"\x15\x05"] * 3


def test_U14_a_refusal_that_stays_is_an_error_and_ends_the_change() -> None:
    part = LanPart()
    bmc = MemoryBmc(part, knobs={SET: lambda data, normal: (0xCC, b"") if data[1] == 21 else normal(data)})
    with pytest.raises(CompletionCodeError) as caught:
        Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert caught.value.code == 0xCC
    assert len(writes(bmc)) == 3
    assert part.parameters.progress == 0


def test_U14_a_write_that_is_accepted_and_dropped_is_repeated_then_named() -> None:
    bmc = machine(set=Times(parameter(21), (0, b"")))
    Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert len(writes(bmc)) == 2
    bmc = machine(set=Times(parameter(21), (0, b""), (0, b"")))
    assert Lan(bmc, 1).write(spec.VlanPriority(priority=5)) == ()
    bmc = machine(set=lambda data, normal: (0, b"") if data[1] == 21 else normal(data))
    with pytest.raises(BmcErrorException, match=r"parameter 21 \(vlan priority\).*written 05, found 00"):
        Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert len(writes(bmc)) == 3


def test_U14_a_slow_write_is_waited_for() -> None:
    """It counts half a second later: nothing is written twice."""
    part = LanPart()
    late: list[tuple[float, bytes]] = []

    def write(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> tuple[int, bytes]:
        if data[1] != 21:
            return normal(data)
        late.append((bmc.time + 0.4, data))
        return 0, b""

    def read(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> tuple[int, bytes]:
        for due, written in late:
            if bmc.time >= due:
                part._set_lan(written)
        return normal(data)

    bmc = MemoryBmc(part, knobs={SET: write, GET: read})
    Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert len(writes(bmc)) == 1


# --- U15


def test_U15_the_source_comes_first_and_time_passes_before_the_address() -> None:
    """Under DHCP, and for a while after it, an address is refused."""
    part = LanPart()
    part.parameters.write(4, b"\x02")
    static_since: list[float] = []

    def write(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> tuple[int, bytes]:
        if data[1] == 4:
            static_since.append(bmc.time)
        if data[1] in (3, 6, 12) and (not static_since or bmc.time < static_since[0] + 0.9):
            return 0xCC, b""
        return normal(data)

    bmc = MemoryBmc(part, knobs={SET: write})
    command = command_over(bmc)
    command.set_net_configuration("192.0.2.77/25", "static", "192.0.2.9")
    assert [data[0] for data in writes(bmc)] == [4, 3, 6, 12]
    found = command.get_net_configuration()
    assert (found["ipv4_address"], found["ipv4_gateway"]) == ("192.0.2.77/25", "192.0.2.9")


def test_U15_an_address_alone_makes_the_source_static() -> None:
    part = LanPart()
    part.parameters.write(4, b"\x02")
    bmc = MemoryBmc(part)
    command_over(bmc).set_net_configuration("192.0.2.77")
    assert writes(bmc) == [b"\x04\x01", b"\x03\xc0\0\x02\x4d"]


# --- U16


@pytest.mark.parametrize("answer", [(0x80, b""), (0xC9, b""), (0xCC, b""), (0xD5, b""), (0, b""), (0, b"\x11"), (0, b"\x10\x01")])
def test_U16_a_parameter_that_is_not_there_is_none(answer: tuple[int, bytes]) -> None:
    bmc = machine(get=Times(lambda data: data[1] == 20, *[answer] * 9))
    command = command_over(bmc)
    assert Lan(bmc, 1).get(spec.VlanId) is None
    found = command.get_net_configuration()
    assert found["vlan_id"] is None
    assert found["ipv4_address"] == "192.0.2.10/24"


def test_U16_all_of_them_missing_is_no_error() -> None:
    command = command_over(machine(get=lambda data, normal: (0x80, b"") if data[1] != 5 else normal(data)))
    found = command.get_net_configuration()
    assert found["mac_address"] == "02:00:00:5e:00:01"
    assert {value for key, value in found.items() if key != "mac_address"} == {None}
    assert command.get_lan_parameters()["ip_address"] is None
    with pytest.raises(UnsupportedFunctionality, match="Unsupported reply"):
        command.get_net6_configuration()


# --- U17


@pytest.mark.parametrize("code", [0x80, 0xC1, 0xCC])
def test_U17_without_set_in_progress(code: int) -> None:
    bmc = machine(set=lambda data, normal: (code, b"") if data[1] == 0 else normal(data))
    Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert writes(bmc, progress=True) == [b"\x00\x01", b"\x15\x05"]


def test_U17_a_change_that_somebody_left_behind_is_ended() -> None:
    part = LanPart()
    part.parameters.write(0, b"\x01")
    bmc = MemoryBmc(part)
    Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert writes(bmc, progress=True) == [b"\0\1", b"\0\0", b"\0\1", b"\x15\5", b"\0\2", b"\0\0"]
    assert part.parameters.progress == 0


def test_U17_the_parameter_itself_answers_that_a_change_is_in_progress() -> None:
    """It says nothing about a new change, and refuses all else until the old one is ended."""
    ended: list[bool] = []

    def write(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> tuple[int, bytes]:
        if data[1:] == b"\0\0":
            ended.append(True)
        return normal(data) if ended or data[1] == 0 else (0x81, b"")

    bmc = machine(set=write)
    Lan(bmc, 1).write(spec.VlanPriority(priority=5))
    assert writes(bmc) == [b"\x15\x05"] * 2


# --- U18


def changes_the_gateway(part: LanPart) -> Callable[[bytes, Callable[[bytes], tuple[int, bytes]]], tuple[int, bytes]]:
    def write(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> tuple[int, bytes]:
        reply = normal(data)
        if data[1] == 6:
            part.parameters.write(12, bytes(4))
        return reply

    return write


def test_U18_a_mask_that_changes_the_gateway() -> None:
    """Xanadu II: the gateway is written after the mask, even where it was right before."""
    part = LanPart()
    bmc = MemoryBmc(part, knobs={SET: changes_the_gateway(part)})
    command = command_over(bmc)
    command.set_net_configuration("192.0.2.10/25", ipv4_gateway="192.0.2.1")
    assert command.get_net_configuration()["ipv4_gateway"] == "192.0.2.1"


def test_U18_a_gateway_that_was_not_to_change_is_put_back() -> None:
    part = LanPart()
    bmc = MemoryBmc(part, knobs={SET: changes_the_gateway(part)})
    command = command_over(bmc)
    command.set_net_configuration("192.0.2.10/25")
    assert command.get_net_configuration()["ipv4_gateway"] == "192.0.2.1"


# --- U19


@pytest.mark.parametrize("code", [0x82, 0xD5, 0x80])
def test_U19_read_only_is_one_class_whatever_the_code(code: int) -> None:
    """Dell R610 and R710 say D5h, Xyratex says 80h, the specification 82h."""
    bmc = machine(set=lambda data, normal: (code, b"") if data[1] == 5 else normal(data))
    with pytest.raises(ParameterNotWritable, match=r"parameter 5 \(mac address\) cannot be written") as caught:
        Lan(bmc, 1).write(spec.MacAddress(mac=bytes(6)))
    assert isinstance(caught.value, UnsupportedFunctionality)
    assert isinstance(caught.value, CompletionCodeError)
    assert caught.value.code == code
    assert len(writes(bmc)) == 1


# --- U20


def refuses_0e(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> tuple[int, bytes]:
    return (0xCC, b"") if data[0] % 16 == 0x0E else normal(data)


def test_U20_where_this_channel_is_refused_the_real_number_is_found() -> None:
    bmc = machine(info=refuses_0e, get=refuses_0e)
    command = command_over(bmc)
    assert command.get_network_channel() == 1
    assert command.get_net_configuration()["ipv4_address"] == "192.0.2.10/24"
    asked = bmc.count(*CHANNEL_INFO)
    assert command.get_network_channel() == 1
    assert bmc.count(*CHANNEL_INFO) == asked
    command._netchannel = None  # as another `Command` for the same BMC
    assert command.get_network_channel() == 1
    assert bmc.count(*CHANNEL_INFO) == asked


def test_U20_this_channel_is_asked_for_its_number_and_not_used() -> None:
    bmc = machine(get=refuses_0e)
    assert command_over(bmc).get_network_channel() == 1
    assert bmc.asked == [(0x06, 0x42, b"\x0e")]


def test_U20_this_channel_answers_as_if_it_were_a_number() -> None:
    lan = bytes.fromhex("0e 04 01 80 f2 1b 00 00 00")
    bmc = machine(info=lambda data, normal: (0, lan) if data[0] == 0x0E else normal(data), get=refuses_0e)
    assert network_channel(bmc) == 1
    bmc = machine(info=lambda data, normal: (0, lan) if data[0] == 0x0E else (0xCC, b""))
    assert network_channel(bmc) == 0x0E


def test_U20_a_lan_channel_without_a_mac_is_passed_over() -> None:
    """Some list channels that lead nowhere."""
    lan = bytes.fromhex("01 04 01 80 f2 1b 00 00 00")
    answers = {number: (0, bytes((number,)) + lan[1:]) for number in (1, 3, 8)}
    bmc = machine(
        info=lambda data, normal: answers.get(data[0], (0xCC, b"")),
        get=lambda data, normal: (0, b"\x11\2\0\0\0\0\1") if data[0] == 8 else ((0xC1 if data[0] == 1 else 0xCC), b""),
    )
    assert network_channel(bmc) == 8
    assert network_channel(machine(info=lambda data, normal: (0xC1, b""))) is None


def test_U20_channel_zero_comes_last() -> None:
    bmc = machine(
        info=lambda data, normal: (0, b"\0\6") if data[0] == 0 else (0xCC, b""),
        get=lambda data, normal: (0, b"\x11\2\0\0\0\0\1"),
    )
    assert network_channel(bmc) == 0


def test_U20_without_channel_commands_this_channel_is_used() -> None:
    bmc = machine(info=lambda data, normal: (0xC1, b""))
    command = command_over(bmc)
    assert command.get_network_channel() is None
    assert command.get_net_configuration()["ipv4_address"] == "192.0.2.10/24"


# --- U21


def test_U21_policies_are_written_in_full_rows() -> None:
    bmc = machine()
    command_over(bmc).set_alert_destination("192.0.2.200", destination=2)
    rows = [data for netfn, cmd, data in bmc.asked if (netfn, cmd) == (0x04, 0x12) and data[0] == 9]
    assert rows == [bytes((9, 1, 0x18, 0x12, 0))]


def test_U21_filters_are_written_in_full_rows() -> None:
    bmc = machine()
    Pef(bmc).write(EventFilter(set_selector=8, enabled=True, alert=True, policy=1, sensor_type=4))
    rows = [data for netfn, cmd, data in bmc.asked if (netfn, cmd) == (0x04, 0x12) and data[0] == 6]
    assert [len(row) for row in rows] == [22]
    row = AlertPolicy(set_selector=1, policy=1, enabled=True, channel=1, destination=2)
    assert row.encode() == bytes((1, 0x18, 0x12, 0))


# --- U22


def moved_after(number: int) -> Callable[[bytes, Callable[[bytes], tuple[int, bytes]]], Any]:
    """A knob: the BMC carries out the change and is not to be reached any more."""
    gone: list[bool] = []

    def write(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> Any:
        if gone:
            return None
        reply = normal(data)
        if data[1] == number:
            gone.append(True)
            return None
        return reply

    return write


def test_U22_an_address_change_without_answer_is_unknown_not_failed() -> None:
    part = LanPart()
    bmc = MemoryBmc(part, knobs={SET: moved_after(3)})
    command = command_over(bmc)
    before = bmc.time
    with pytest.warns(UserWarning, match=r"no answer to the change of .*parameter 3 \(ip address\)"):
        command.set_net_configuration("192.0.2.77")
    assert part.parameters.read(3, 0, 0) == (0, b"\x11\xc0\0\x02\x4d")
    assert bmc.time - before < 15


def test_U22_what_comes_after_it_and_was_not_sent_is_named() -> None:
    bmc = machine(set=moved_after(3))
    with pytest.raises(TimedOut, match=r"not written: parameter 6 \(subnet mask\), parameter 12 \(default gateway\)"):
        command_over(bmc).set_net_configuration("192.0.2.77/25", ipv4_gateway="192.0.2.9")


def test_U22_the_end_of_the_change_is_not_answered() -> None:
    """Many BMCs move when the change is complete."""
    gone: list[bool] = []

    def write(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> Any:
        gone.extend([True] if data[1:] in (b"\0\2", b"\0\0") else [])
        return None if gone else normal(data)

    def read(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> Any:
        return None if gone else normal(data)

    lan = Lan(machine(set=write, get=read), 1)
    unsure = lan.configure(ADDRESS, None, bytes((192, 0, 2, 9)))
    assert [int(value.parameter) for value in unsure] == [3, 6, 12]


def test_U22_silence_for_a_parameter_that_moves_nothing_is_an_error() -> None:
    bmc = machine(set=lambda data, normal: None if data[1] == 21 else normal(data))
    with pytest.raises(TimedOut):
        Lan(bmc, 1).write(spec.VlanPriority(priority=5))


# --- C30


@pytest.mark.parametrize("code", [0xC1, 0x80])
def test_C30_serial_over_lan_without_set_in_progress(code: int) -> None:
    bmc = machine(set_sol=lambda data, normal: (code, b"") if data[1] == 0 else normal(data))
    SolConfig(bmc, 1).write(SolEnable(enabled=False))
    assert SolConfig(bmc, 1).get(SolEnable) == SolEnable(enabled=False)
    assert writes(bmc, SET_SOL, progress=True) == [b"\0\1", b"\1\0"]


def test_C30_a_change_of_serial_over_lan_left_behind() -> None:
    part = LanPart()
    part.sol.write(0, b"\x01")
    bmc = MemoryBmc(part)
    SolConfig(bmc, 1).write(SolEnable(enabled=False))
    assert part.sol.progress == 0
    assert part.sol.read(1, 0, 0) == (0, b"\x11\x00")


def test_C30_what_is_written_counts_only_after_commit() -> None:
    part = LanPart()
    pending: list[bytes] = []

    def write(data: bytes, normal: Callable[[bytes], tuple[int, bytes]]) -> tuple[int, bytes]:
        if data[1:] == b"\0\2":
            for each in pending:
                normal(each)
        if data[1] != 0:
            pending.append(data)
            return 0, b""
        return normal(data)

    bmc = MemoryBmc(part, knobs={SET_SOL: write})
    command_over(bmc).set_sol_configuration(bit_rate=9600)
    assert SolConfig(bmc, 1).get(SolBitRate) == SolBitRate(rate=BitRate.B9600)
    assert len(pending) == 1


def test_C30_a_change_that_only_commit_ends() -> None:
    """OpenIPMI's simulator: "complete" leaves it in progress."""
    bmc = machine(set_sol=lambda data, normal: (0, b"") if data[1:] == b"\0\0" else (0, b"") if data[1] == 2 else normal(data))
    with pytest.raises(BmcErrorException):
        command_over(bmc).set_sol_configuration(force_encryption=False)
    bmc = machine(set_sol=lambda data, normal: (0, b"") if data[1:] == b"\0\0" else (0x80, b"") if data[1] == 2 else normal(data))
    with pytest.raises(ParameterNotWritable):
        command_over(bmc).set_sol_configuration(force_encryption=False)
    assert writes(bmc, SET_SOL, progress=True)[-2:] == [b"\0\0", b"\0\2"]


def test_C30_settings_that_are_not_there_are_none() -> None:
    bmc = machine(get_sol=lambda data, normal: normal(data) if data[1] == 1 else (0x80, b""))
    found = command_over(bmc).get_sol_configuration()
    assert found["enabled"] is True
    assert {value for key, value in found.items() if key != "enabled"} == {None}
