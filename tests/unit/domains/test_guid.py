# SPDX-License-Identifier: Apache-2.0
"""The three byte orders of a GUID.  Expected texts: what ipmitool 1.8.19 prints for the same bytes."""
from __future__ import annotations

from uuid import UUID

import pytest

from pyghmi.ipmi.domains.guid import GuidOrder, read_guid

KNOWN = UUID("5a1d0c77-5053-4f6e-9b1e-0200005e0001")


@pytest.mark.parametrize(
    ("raw", "order"),
    [(KNOWN.bytes, GuidOrder.RFC4122), (KNOWN.bytes_le, GuidOrder.SMBIOS), (KNOWN.bytes[::-1], GuidOrder.IPMI)],
)
def test_the_order_is_guessed_by_version_and_variant(raw: bytes, order: GuidOrder) -> None:
    found = read_guid(raw)
    assert (found.text, found.order, found.raw) == (str(KNOWN), order, raw)


def test_the_guid_of_ipmi_sim() -> None:
    raw = bytes.fromhex("a123456789abcdefa123456789abcdef")
    assert read_guid(raw).text == "efcdab89-6745-23a1-efcd-ab89674523a1"


def test_zeros_are_read_as_smbios() -> None:
    assert read_guid(bytes(16)).text == str(UUID(int=0))
    assert read_guid(bytes(16)).order is GuidOrder.SMBIOS


def test_an_order_can_be_named() -> None:
    assert read_guid(KNOWN.bytes, GuidOrder.IPMI).text == str(UUID(bytes=KNOWN.bytes[::-1]))
