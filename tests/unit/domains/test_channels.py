# SPDX-License-Identifier: Apache-2.0
"""Channels.  Bytes by IPMI 2.0 §22.22 to §22.24, §24.8."""
from __future__ import annotations

import pytest
from script import Script

from pyghmi.exceptions import CompletionCodeError, Malformed
from pyghmi.ipmi.domains.channels import Channels, channel_info
from pyghmi.ipmi.spec.app import Medium
from pyghmi.ipmi.spec.channels import AccessMode, ChannelAccess, Update
from pyghmi.ipmi.spec.codes import Privilege

LAN = "01 04 01 80 f2 1b 00 00 00"


def access(limit: Privilege | None = Privilege.OPERATOR) -> ChannelAccess:
    return ChannelAccess(
        alerting_disabled=True, per_message_disabled=False, user_level_disabled=True, mode=AccessMode.ALWAYS, limit=limit
    )


def test_info() -> None:
    bmc = Script(LAN)
    found = Channels(bmc).info()
    assert (found.channel, found.medium, found.vendor_id) == (1, Medium.LAN_802_3, b"\xf2\x1b\0")
    assert bmc.asked == [(6, 0x42, b"\x0e")]
    with pytest.raises(Malformed):
        Channels(Script("01 04 01")).info()


def test_access_says_what_is_disabled() -> None:
    """Bit 5: alerting, 4: authentication of each message, 3: at user level."""
    bmc = Script("2a 03")
    assert Channels(bmc).access(1) == access()
    assert bmc.asked == [(6, 0x41, b"\1\x80")]
    bmc = Script("12")
    found = Channels(bmc).access(1, Update.NON_VOLATILE)
    assert (found.per_message_disabled, found.user_level_disabled, found.limit) == (True, False, None)
    assert bmc.asked == [(6, 0x41, b"\1\x40")]


def test_access_is_set() -> None:
    bmc = Script(0, 0, 0)
    channels = Channels(bmc)
    channels.set_access(1, access())
    channels.set_access(1, access(), access_update=Update.VOLATILE, limit_update=Update.VOLATILE)
    channels.set_access(1, access(None))
    assert [data.hex() for _n, _c, data in bmc.asked] == ["016a43", "01aa83", "016a00"]


def test_payloads_are_never_asked_for_this_channel() -> None:
    """OpenIPMI's simulator ends at that."""
    bmc = Script(LAN, "03 00 3f 00 00 00 00 00", LAN, "10")
    channels = Channels(bmc)
    found = channels.payload_support(0x0E)
    assert (found.standard, found.session_setup, found.oem) == (3, 0x3F, 0)
    assert channels.payload_version(0x0E, 1).major == 1
    assert [(cmd, data) for _n, cmd, data in bmc.asked] == [(0x42, b"\x0e"), (0x4E, b"\1"), (0x42, b"\x0e"), (0x4F, b"\1\1")]
    bmc = Script("03 00 3f 00")
    assert Channels(bmc).payload_support(2).oem is None
    assert bmc.asked == [(6, 0x4E, b"\2")]


def test_all_channels() -> None:
    answers = ["00 01 01 00 f2 1b 00 00 00", 0x82, "", LAN, "02 04", "02 04", "02 00 00", *[0xCC] * 9, "0f 0c 05 00 f2 1b 00 00 00", 0x82, 0x82]
    found = Channels(Script(*answers)).all()
    assert [each.info.channel for each in found] == [0, 1, 0xF]
    assert [each.active is None for each in found] == [True, False, True]


def test_no_channel() -> None:
    assert channel_info(Script(0xCC), 3) is None
    assert channel_info(Script("01"), 3) is None
    with pytest.raises(CompletionCodeError):
        Channels(Script(0xCC)).info(3)
