# SPDX-License-Identifier: Apache-2.0
"""Texts that programs compare, names and privileges of commands, what may be repeated."""
from __future__ import annotations

import pytest

from pyghmi.ipmi.spec import codes
from pyghmi.ipmi.spec.codes import Privilege, RetryClass, meaning, retry_class, rmcp_meaning
from pyghmi.ipmi.spec.commands import command_name, repeatable, required_privilege


@pytest.mark.parametrize(
    ("netfn", "cmd", "code", "text"),
    [
        (6, 1, 0, "Success"),
        (6, 1, 0xC1, "Invalid command"),
        (7, 1, 0xC0, "Node Busy"),
        (6, 0x3B, 0x81, "Requested privilege level is not allowed over this channel"),
        (7, 0x3A, 0x86, "Requested privilege level exceeds requested user permissions on this channel"),
        (0, 8, 0x81, "Attempt to set set 'set in progress' when not 'set complete'"),
        (7, 0x48, 0x80, "Payload already active on another session"),
        (6, 0x47, 0x80, "Password test failed. Password does not match stored value"),
        (6, 1, 0x81, "Unknown code 0x81 encountered"),
        (6, 1, 0x05, "Unknown code 0x 5 encountered"),
        (6, 1, 0xFFFF, "Timeout"),
    ],
)
def test_meanings(netfn: int, cmd: int, code: int, text: str) -> None:
    assert meaning(netfn, cmd, code) == text


def test_generic_texts_are_complete() -> None:
    assert sorted(codes.GENERIC_TEXTS) == [0, *range(0xC0, 0xD7), 0xFF, 0xFFFF]


def test_rmcp_texts() -> None:
    assert rmcp_meaning(0x0D) == "Unauthorized name"
    assert rmcp_meaning(0x0F) == "Invalid integrity check value"
    assert rmcp_meaning(0x11) == "No Cipher suite match with proposed security algorithms"
    assert rmcp_meaning(0x55) == "Unrecognized RMCP code 85"
    assert sorted(codes.RMCP_TEXTS) == list(range(1, 0x13))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0xC0, RetryClass.NOT_RUN),
        (0xD2, RetryClass.NOT_RUN),
        (0xC3, RetryClass.MAYBE_RUN),
        (0xCF, RetryClass.IN_PROGRESS),
        (0xFF, RetryClass.ONCE),
        (0xC1, RetryClass.NEVER),
        (0, RetryClass.NEVER),
    ],
)
def test_retry_classes(code: int, kind: RetryClass) -> None:
    assert retry_class(code) is kind


@pytest.mark.parametrize(
    ("netfn", "cmd", "data", "may"),
    [
        (0, 2, b"\0", True),
        (0, 2, b"\1", True),
        (0, 2, b"\2", False),
        (0, 2, b"\3", False),
        (0, 2, b"\4", False),
        (0, 2, b"\5", False),
        (0, 2, b"", False),
        (0, 3, b"", False),
        (6, 2, b"", False),
        (6, 3, b"", False),
        (6, 0x34, b"\x40", False),
        (6, 0x52, b"", False),
        (0x0A, 0x44, b"", False),
        (6, 1, b"", True),
        (0, 1, b"", True),
        (0x2E, 0x77, b"", True),
    ],
)
def test_what_may_be_repeated(netfn: int, cmd: int, data: bytes, may: bool) -> None:
    assert repeatable(netfn, cmd, data) is may


def test_names_and_privileges() -> None:
    """IPMI 2.0 appendix G."""
    assert command_name(6, 1) == command_name(7, 1) == "Get Device ID"
    assert command_name(0x30, 0x99) == "command 30h/99h"
    assert required_privilege(6, 1) == Privilege.USER
    assert required_privilege(6, 2) == Privilege.ADMINISTRATOR
    assert required_privilege(0, 2) == Privilege.OPERATOR
    assert required_privilege(0, 1) == Privilege.USER
    assert required_privilege(6, 0x38) == Privilege.HIGHEST
    assert required_privilege(6, 0x47) == Privilege.ADMINISTRATOR
    assert required_privilege(0x30, 0x99) is None


def test_reserved_privileges_have_a_name() -> None:
    assert Privilege(9).name == "reserved_0x9"
    assert Privilege.NO_ACCESS > Privilege.OEM
