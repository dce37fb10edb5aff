# SPDX-License-Identifier: Apache-2.0
"""Alert destinations.  Bytes by IPMI 2.0 table 23-4, parameters 16 to 19."""
from __future__ import annotations

import pytest
from script import Script

from pyghmi.exceptions import BmcErrorException, CompletionCodeError, InvalidParameterValue, Malformed, NotFound
from pyghmi.ipmi.domains.alerts import Alerts, DestinationTo
from pyghmi.ipmi.spec.lan import AddressFormat, Destination, DestinationType

SIX = bytes.fromhex("fd000000000000000000000000000009")
ROW_4 = "11 01 00 00 0a 00 00 09 02 00 00 00 00 01"
ROW_6 = "11 01 10 " + SIX.hex()


def sent(bmc: Script, command: tuple[int, int] = (0x0C, 1)) -> list[str]:
    """What was written, without "set in progress"."""
    found = [data for netfn, cmd, data in bmc.asked if (netfn, cmd) == command]
    return [data.hex(" ") for data in found if data[1 if command[0] == 0x0C else 0]]


def test_count() -> None:
    assert Alerts(Script("11 f4"), 1).count() == 4
    assert Alerts(Script(0x80), 1).count() is None


def test_a_destination() -> None:
    bmc = Script("11 01 80 03 04")
    found = Alerts(bmc, 1).destination(1)
    assert found == Destination(set_selector=1, acknowledge=True, kind=DestinationType.PET_TRAP, timeout_s=3, retries=4)
    assert bmc.asked == [(0x0C, 2, b"\1\x12\1\0")]
    with pytest.raises(CompletionCodeError, match=r"^Parameter out of range \("):
        Alerts(Script(0xC9), 1).destination(9)
    with pytest.raises(Malformed):
        Alerts(Script("11"), 1).destination(1)


def test_where_it_is() -> None:
    found = Alerts(Script(ROW_4), 1).address(1)
    assert found == DestinationTo(AddressFormat.IPV4, bytes((10, 0, 0, 9)), b"\2\0\0\0\0\1", False)
    assert Alerts(Script("11 01 00 01 0a 00 00 09"), 1).address(1) == DestinationTo(
        AddressFormat.IPV4, bytes((10, 0, 0, 9)), None, True
    )
    assert Alerts(Script(ROW_6), 1).address(1) == DestinationTo(AddressFormat.IPV6, SIX, None, False)
    found = Alerts(Script("11 01 80 00"), 1).address(1)
    assert (int(found.format), found.address) == (8, None)
    with pytest.raises(CompletionCodeError):
        Alerts(Script(0xC9), 1).address(9)


def test_the_acknowledge_bit_is_kept() -> None:
    """Defect 31 of the long-known package: it was lost."""
    bmc = Script("11 01 00 00 00", 0x80, 0, "11 01 80 03 04")
    Alerts(bmc, 1).set_destination(Destination(set_selector=1, acknowledge=True, timeout_s=3, retries=4))
    assert sent(bmc) == ["01 12 01 80 03 04"]


def test_an_address_is_set_and_the_mac_is_the_bmcs_affair() -> None:
    bmc = Script("11 01 00 00 00 00 00 00 00 00 00 00 00 00", 0x80, 0, ROW_4)
    Alerts(bmc, 1).set_address(1, bytes((10, 0, 0, 9)))
    assert sent(bmc) == ["01 13 01 00 00 0a 00 00 09 00 00 00 00 00 00"]


def test_an_ipv6_address_has_the_format_of_the_standard() -> None:
    """1, not the 8 of the long-known package."""
    bmc = Script(ROW_4, 0x80, 0, ROW_6)
    Alerts(bmc, 1).set_address(1, SIX)
    assert sent(bmc) == [f"01 13 01 10 {SIX.hex(' ')}"]


def test_another_address_than_was_written_is_found_out() -> None:
    bmc = Script(ROW_6, *[0x80, 0, ROW_6, ROW_6] * 3, ROW_6)
    with pytest.raises(BmcErrorException, match="destination address"):
        Alerts(bmc, 1).set_address(1, bytes(16))


def test_a_policy_is_made_in_the_first_free_row() -> None:
    bmc = Script("11 02", "11 01 18 12 00", "11 02 00 00 00", "11 02 00 00 00", 0x80, 0, "11 02 18 11 00")
    assert Alerts(bmc, 1).ensure_policy(1).set_selector == 2
    assert sent(bmc, (4, 0x12)) == ["09 02 18 11 00"]


def test_a_policy_that_is_there_is_left_alone() -> None:
    bmc = Script("11 02", "11 01 00 00 00", "11 02 28 11 00")
    assert Alerts(bmc, 1).ensure_policy(1).policy == 2
    assert sent(bmc, (4, 0x12)) == []


def test_no_row_is_free() -> None:
    with pytest.raises(NotFound, match="^No available alert policy entry$"):
        Alerts(Script("11 01", "11 01 18 12 00"), 1).ensure_policy(1)
    with pytest.raises(NotFound):
        Alerts(Script(0x80), 1).ensure_policy(1)


def test_the_community() -> None:
    assert Alerts(Script("11" + b"public".ljust(18, b"\0").hex()), 1).community() == "public"
    assert Alerts(Script("11" + (b"x" * 18).hex()), 1).community() == "x" * 18
    with pytest.raises(CompletionCodeError, match=r"^Parameter not supported \("):
        Alerts(Script(0x80), 1).community()
    bmc = Script(0x80, 0x80, 0, 0x80)
    Alerts(bmc, 1).set_community("grün")
    assert sent(bmc) == ["01 10 " + "grün".encode().ljust(18, b"\0").hex(" ")]
    with pytest.raises(InvalidParameterValue, match="at most 18 bytes, this one has 19"):
        Alerts(Script(), 1).set_community("x" * 19)
