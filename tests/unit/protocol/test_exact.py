# SPDX-License-Identifier: Apache-2.0
"""Requests whose length must be right."""
from __future__ import annotations

import pytest

from pyghmi.exceptions import Malformed
from pyghmi.ipmi.protocol.exact import exact
from pyghmi.ipmi.spec.app import CloseSession
from pyghmi.ipmi.spec.chassis import ChassisControl, ChassisIdentify


def test_neither_too_short_nor_too_long() -> None:
    assert exact(ChassisControl, b"\x09").action == 9
    for data in (b"", b"\x01\x00"):
        with pytest.raises(Malformed):
            exact(ChassisControl, data)


def test_optional_bytes_may_be_left_out() -> None:
    for data in (b"", b"\x05", b"\x05\x01"):
        exact(ChassisIdentify, data)
    exact(CloseSession, bytes(4))
    exact(CloseSession, bytes(5))
    with pytest.raises(Malformed):
        exact(ChassisIdentify, bytes(3))
    with pytest.raises(Malformed):
        exact(CloseSession, bytes(6))


def test_reserved_bits_may_be_set() -> None:
    assert exact(ChassisControl, b"\xf1").action == 1
