# SPDX-License-Identifier: Apache-2.0
"""Platform event filtering.  Bytes by IPMI 2.0 §30, tables 17-2, 17-4 and 30-7."""
from __future__ import annotations

import pytest
from script import Script

from pyghmi.ipmi.domains.pef import Pef
from pyghmi.ipmi.spec import pef as spec
from pyghmi.ipmi.spec.parameters import Parameter

FILTER = "01 c0 01 01 10 ff ff 01 ff 01 00 02 00 00 00 00 00 00 00 00 00"


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (spec.PefControl(alert_startup_delay=True, startup_delay=False, event_messages=True, enabled=False), "0a"),
        (spec.ActionControl(diagnostic_interrupt=True, oem_action=False, power_cycle=True, reset=False, power_down=True, alert=False), "2a"),
        (
            spec.EventFilter(
                set_selector=1, enabled=True, kind=spec.FilterKind.MANUFACTURER, alert=True, policy=1,
                severity=spec.Severity.CRITICAL, sensor_type=1, trigger=1, offsets=0x200,
            ),
            FILTER,
        ),
        (
            spec.EventFilter(
                set_selector=2, enabled=False, group_control=True, power_down=True, group=3, policy=2, generator=0x20,
                generator_channel=0, sensor_number=7, data1=b"\1\2\3", data2=b"\4\5\6", data3=b"\7\x08\x09",
            ),
            "02 00 42 32 00 20 00 ff 07 ff ff ff 01 02 03 04 05 06 07 08 09",
        ),
        (spec.FilterEnable(set_selector=3, enabled=True), "03 80"),
        (spec.AlertPolicy(set_selector=2, policy=1, enabled=True, channel=1, destination=2), "02 18 12 00"),
        (spec.AlertPolicy(set_selector=2, policy=15, enabled=False, rule=spec.PolicyRule.OTHER_TYPE, channel=8, destination=1, event_specific=True, string=5), "02 f4 81 85"),
        (spec.PefGuid(used=True, guid=bytes(16)), "01" + "00" * 16),
        (spec.StringKeys(set_selector=1, filter_number=2, string_set=3), "01 02 03"),
        (spec.AlertString(set_selector=1, block=2, text=b"abc"), "01 02 61 62 63"),
        (spec.GroupControl(set_selector=1, force=True, delayed=False, channel=7, groups=bytes(range(8)), retries=5, operation=2), "01 27 0001020304050607 52"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_parameters_are_as_the_table_has_them(value: Parameter, data: str) -> None:
    assert value.encode() == bytes.fromhex(data)
    assert type(value).decode(bytes.fromhex(data)) == value


def test_capabilities() -> None:
    found = Pef(Script("51 2f 1e")).capabilities()
    assert (found.version, found.filters, found.oem_filtering, found.diagnostic_interrupt) == (0x51, 30, False, True)
    assert (found.oem_action, found.power_cycle, found.reset, found.power_down, found.alert) == (False, True, True, True, True)


def test_status() -> None:
    bmc = Script("11 03", "11 21")
    control, actions = Pef(bmc).control(), Pef(bmc).action_control()
    assert control is not None and control.enabled and control.event_messages and not control.startup_delay
    assert actions is not None and actions.alert and actions.diagnostic_interrupt and not actions.reset
    assert bmc.asked == [(4, 0x13, b"\1\0\0"), (4, 0x13, b"\2\0\0")]
    assert Pef(Script(0x80)).control() is None


def test_filters() -> None:
    bmc = Script("11 02", "11" + FILTER, "11 02" + FILTER[2:])
    found = Pef(bmc).filters()
    assert [each.set_selector for each in found] == [1, 2]
    assert (found[0].enabled, found[0].severity, found[0].offsets, found[0].alert) == (True, 0x10, 0x200, True)
    assert bmc.asked[1:] == [(4, 0x13, b"\6\1\0"), (4, 0x13, b"\6\2\0")]
    assert Pef(Script(0x80)).filters() == []


def test_policies_up_to_the_first_that_is_not_there() -> None:
    found = Pef(Script("11 08", "11 01 18 10 00", "11 02 23 12 05", 0xCB)).policies()
    assert [(row.enabled, row.policy, int(row.rule), row.channel, row.destination, row.string) for row in found] == [
        (True, 1, 0, 1, 0, 0), (False, 2, 3, 1, 2, 5),
    ]


def test_alert_strings() -> None:
    bmc = Script("11 01", "11 00 00 00", "11 01 02 03", 0xC9, "11 01 01" + b"sixteen letters!".hex(), "11 01 02" + b"more\0\0".hex())
    found = Pef(bmc).strings()
    assert [(keys.set_selector, keys.filter_number, keys.string_set, text) for keys, text in found] == [
        (0, 0, 0, ""), (1, 2, 3, "sixteen letters!more"),
    ]
    assert Pef(Script("11 01 01" + b"short".hex())).string(1) == "short"
    blocks = [f"11 01 {number:02x}" + (b"x" * 16).hex() for number in range(1, 30)]
    assert Pef(Script(*blocks)).string(1) == "x" * 256, "there is an end"
    # One that gives the same block for ever.
    assert Pef(Script(*["11 01 01" + b"sixteen letters!".hex()] * 2)).string(1) == "sixteen letters!"


def test_an_alert_string_is_set_in_blocks() -> None:
    bmc = Script(*[0x80] * 3, 0, 0, *[0x80] * 2)
    Pef(bmc).set_string(1, "sixteen letters!more")
    assert [data for _n, cmd, data in bmc.asked if cmd == 0x12][1:] == [b"\x0d\1\1sixteen letters!", b"\x0d\1\2more\0"]


def test_the_last_event() -> None:
    found = Pef(Script("78 56 34 12 05 00 04 00 03 00")).last_processed()
    assert (found.added, found.last_record_id, found.by_software, found.by_bmc) == (0x12345678, 5, 4, 3)
    bmc = Script(0, 0)
    Pef(bmc).set_last_processed(0x0102)
    Pef(bmc).set_last_processed(5, by_bmc=True)
    assert bmc.asked == [(4, 0x14, b"\0\2\1"), (4, 0x14, b"\1\5\0")]


def test_postponing() -> None:
    bmc = Script("1e", "00")
    assert Pef(bmc).postpone() == 30
    assert Pef(bmc).postpone(0) == 0
    assert bmc.asked == [(4, 0x11, b"\xff"), (4, 0x11, b"\0")]


def test_an_alert_now() -> None:
    bmc = Script("", "", "01", "")
    pef = Pef(bmc)
    pef.send_alert(1, 2)
    pef.send_alert(1, 2, string=3)
    assert pef.alert_state(1) is spec.AlertState.ENDED
    assert pef.alert_state(1) is spec.AlertState.NONE
    assert [data for _n, _c, data in bmc.asked] == [b"\1\2\0", b"\1\2\x83", b"\1\x40\0", b"\1\x40\0"]
    send = spec.AlertImmediate(channel=1, operation=spec.AlertOperation.SEND, destination=1)
    ask = spec.AlertImmediate(channel=1, operation=spec.AlertOperation.STATUS, destination=1)
    assert (send.repeatable, ask.repeatable) == (False, True)
