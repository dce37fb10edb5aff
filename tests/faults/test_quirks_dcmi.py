# SPDX-License-Identifier: Apache-2.0
"""What BMCs do with DCMI that the specification does not say: each test plays one of them."""
from __future__ import annotations

import pytest
from memory_bmc import Handler, MemoryBmc, Reply, command_over

from pyghmi.exceptions import CompletionCodeError, Malformed, UnsupportedFunctionality
from pyghmi.sim.dcmi import DcmiPart

CAPABILITIES, READING, LIMIT, TAG, SET_TAG = (0x2C, 0x01), (0x2C, 0x02), (0x2C, 0x03), (0x2C, 0x06), (0x2C, 0x08)
IDENTIFIER, TEMPERATURES, SENSORS = (0x2C, 0x09), (0x2C, 0x10), (0x2C, 0x07)
OK = 0x00
LIMIT_DATA = "dc 00 00 11 f4 01 e8 03 00 00 00 00 01 00"
"""Log, 500 W, 1000 ms, 1 s.  DCMI 1.5 table 6-17."""


def told(text: str) -> tuple[int, bytes]:
    return OK, bytes.fromhex(text)


def answers(command: tuple[int, int], reply: Reply) -> MemoryBmc:
    return MemoryBmc(DcmiPart(), knobs={command: lambda _data, _handler: reply})


def test_M04_a_body_of_four_bytes_behind_a_head_of_1_1() -> None:
    def short(data: bytes, handler: Handler) -> Reply:
        return told("dc 01 01 02 00 e2 00 00") if data[1] == 2 else handler(data)

    found = command_over(MemoryBmc(DcmiPart(), knobs={CAPABILITIES: short})).get_dcmi_capabilities()
    assert found["sel_entries"] == 512
    assert found["sel_rollover"] is True
    assert found["temperature_sampling_s"] is None


@pytest.mark.parametrize("reply", [(0xC1, b""), (OK, b""), (OK, b"\xdc"), (OK, b"\xdc\x01\x05"), (0xCC, b"\xdc")])
@pytest.mark.parametrize("parameter", [2, 3, 4, 5])
def test_M04_a_parameter_that_is_refused_or_empty(parameter: int, reply: tuple[int, bytes]) -> None:
    bmc = MemoryBmc(DcmiPart(), knobs={CAPABILITIES: lambda data, handler: reply if data[1] == parameter else handler(data)})
    found = command_over(bmc).get_dcmi_capabilities()
    missing = {
        2: {"sel_entries", "sel_rollover", "sel_flushed", "sel_records_flushed", "identification", "temperatures", "temperature_sampling_s"},
        3: {"power_controller", "power_controller_channel", "power_controller_revision"},
        4: {"primary_lan_channel", "secondary_lan_channel", "serial_channel"},
        5: set(),
    }
    absent = {"secondary_lan_channel", "serial_channel"}
    assert {name for name, value in found.items() if value is None} - absent == missing[parameter] - absent
    assert (found["power_periods_s"] == []) is (parameter == 5)


def test_M04_a_period_too_few() -> None:
    bmc = MemoryBmc(
        DcmiPart(), knobs={CAPABILITIES: lambda data, handler: told("dc 01 05 02 09 05 41") if data[1] == 5 else handler(data)}
    )
    assert command_over(bmc).get_dcmi_capabilities()["power_periods_s"] == [5, 60]


def test_M04_no_dcmi_at_all() -> None:
    with pytest.raises(CompletionCodeError):
        command_over(MemoryBmc()).get_dcmi_capabilities()


@pytest.mark.parametrize("data", [b"", b"\xdc"])
def test_M05_a_power_reading_without_data(data: bytes) -> None:
    with pytest.raises(UnsupportedFunctionality, match="Get Power Reading without any data"):
        command_over(answers(READING, (OK, data))).get_power_reading()


def test_M05_a_power_reading_that_is_cut_is_malformed() -> None:
    with pytest.raises(Malformed):
        command_over(answers(READING, told("dc 10 00"))).get_power_reading()


@pytest.mark.parametrize("data", [b"", b"\xdc"])
def test_M05_setting_the_tag_is_answered_without_its_length(data: bytes) -> None:
    part = DcmiPart()

    def short(asked: bytes, handler: Handler) -> Reply:
        code, _answer = handler(asked)
        return code, data

    command_over(MemoryBmc(part, knobs={SET_TAG: short})).set_asset_tag("a tag of more than sixteen bytes")
    assert part.tag.text == b"a tag of more than sixteen bytes"


def test_M06_no_active_limit_with_data() -> None:
    found = command_over(answers(LIMIT, (0x80, bytes.fromhex(LIMIT_DATA)))).get_power_limit()
    assert found == {"active": False, "limit": 500, "action": "log", "correction_ms": 1000, "sampling_s": 1}


@pytest.mark.parametrize("data", [b"", b"\xdc"])
def test_M06_no_active_limit_without_data(data: bytes) -> None:
    found = command_over(answers(LIMIT, (0x80, data))).get_power_limit()
    assert found == {"active": False, "limit": None, "action": None, "correction_ms": None, "sampling_s": None}


def test_M06_an_active_limit() -> None:
    assert command_over(answers(LIMIT, told(LIMIT_DATA))).get_power_limit()["active"] is True


@pytest.mark.parametrize("data", [b"", b"\xdc"])
def test_M07_refusals_leave_the_group_out(data: bytes) -> None:
    command = command_over(answers(READING, (0xC1, data)))
    with pytest.raises(CompletionCodeError) as caught:
        command.get_power_reading()
    assert caught.value.code == 0xC1
    assert caught.value.stage == "Get Power Reading"


def test_M07_a_code_of_the_command_has_its_meaning() -> None:
    with pytest.raises(CompletionCodeError, match="Power limit out of range"):
        command_over(MemoryBmc(DcmiPart())).set_power_limit(20)


def many(count: int) -> dict[int, dict[int, int]]:
    return {0x40: {1: -3}, 0x41: {instance: 30 + instance for instance in range(1, count + 1)}}


def test_M14_twenty_eight_processors() -> None:
    bmc = MemoryBmc(DcmiPart(temperatures=many(28)))
    found = command_over(bmc).get_dcmi_temperatures()
    assert [row["instance"] for row in found if row["entity"] == "processor"] == list(range(1, 29))
    assert found[0] == {"entity": "inlet", "instance": 1, "temperature": -3}
    assert [data[4] for _n, _c, data in bmc.asked if data[2] == 0x41] == [1, 9, 17, 25]


def test_M14_instances_with_gaps() -> None:
    instances = {at: at for at in (1, 2, 5, 9, 17, 18, 33, 40, 41, 100)}
    found = command_over(MemoryBmc(DcmiPart(temperatures={0x42: instances}))).get_dcmi_temperatures()
    assert [row["instance"] for row in found] == sorted(instances)


def test_M14_a_bmc_that_always_sends_the_first_page() -> None:
    bmc = answers(TEMPERATURES, told("dc 1c 02 20 01 21 02"))
    found = command_over(bmc).get_dcmi_temperatures()
    assert len(found) == 6
    assert bmc.count(*TEMPERATURES) == 6


def test_M14_the_total_is_never_reached() -> None:
    def page(data: bytes, _handler: Handler) -> Reply:
        return OK, bytes((0xDC, 0xFF, 1, 20, data[4]))

    bmc = MemoryBmc(DcmiPart(), knobs={TEMPERATURES: page})
    assert len(command_over(bmc).get_dcmi_temperatures()) == 3 * 255
    assert bmc.count(*TEMPERATURES) == 3 * 255


def test_M14_a_count_beyond_the_data() -> None:
    assert len(command_over(answers(TEMPERATURES, told("dc 08 08 20 01 21"))).get_dcmi_temperatures()) == 3


def test_a_bmc_that_knows_the_numbers_of_ipmi_only() -> None:
    bmc = MemoryBmc(
        DcmiPart(), knobs={TEMPERATURES: lambda data, handler: handler(data) if data[2] < 0x40 else (0xCC, b"")}
    )
    assert [row["temperature"] for row in command_over(bmc).get_dcmi_temperatures()] == [23, 48, 52]


def test_a_bmc_that_wants_to_be_asked_for_the_length_first() -> None:
    """It refuses more bytes than there are."""

    def exact_count(data: bytes, handler: Handler) -> Reply:
        return handler(data) if data[1] + data[2] <= 10 else (0xC9, b"")

    assert command_over(MemoryBmc(DcmiPart(), knobs={TAG: exact_count})).get_asset_tag() == "INV-004711"


def test_a_text_whose_blocks_come_empty() -> None:
    assert command_over(answers(IDENTIFIER, told("dc 20"))).get_mci() == ""
    assert command_over(answers(IDENTIFIER, (OK, b"\xdc\xff" + b"abc"))).get_mci() == "abc" * 21 + "a"


@pytest.mark.parametrize(
    ("code", "data", "text"),
    [
        (0x00, b"plain", "plain"),
        (0x00, b"\xef\xbb\xbfGer\xc3\xa4t", "Gerät"),
        (0x00, b"Ger\xe4t", "Gerät"),
        (0x80, b"binary", "binary"),
        (0x81, bytes.fromhex("12 34 5b"), "12345-"),
        (0x82, bytes.fromhex("29 dc a6"), "IPMI"),
        (0x83, "tag".encode("utf-16-le"), "tag"),
    ],
)
def test_the_encoding_of_the_tag_is_in_the_completion_code(code: int, data: bytes, text: str) -> None:
    """DCMI 1.5 table 6-8; "IPMI" in 6 bits: FRU storage 1.0 §13.3; BCD plus: Bh is a dash."""
    assert command_over(answers(TAG, (code, bytes((0xDC, len(data))) + data))).get_asset_tag() == text
