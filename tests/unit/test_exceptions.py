# SPDX-License-Identifier: Apache-2.0
"""The tree of errors: old names catch the new ones, and no message is empty."""
from __future__ import annotations

import socket

import pytest

import pyghmi.exceptions as exc


@pytest.mark.parametrize(
    ("kind", "parents"),
    [
        (exc.IpmiException, (exc.PyghmiException,)),
        (exc.BmcErrorException, (exc.IpmiException,)),
        (exc.RedfishError, (exc.PyghmiException,)),
        (exc.InvalidParameterValue, (exc.PyghmiException,)),
        (exc.UnsupportedFunctionality, (exc.PyghmiException,)),
        (exc.BypassGenericBehavior, (exc.PyghmiException,)),
        (exc.FallbackData, (exc.PyghmiException,)),
        (exc.Malformed, (exc.BmcErrorException,)),
        (exc.CompletionCodeError, (exc.IpmiException,)),
        (exc.SessionError, (exc.IpmiException,)),
        (exc.NameResolutionError, (exc.SessionError, socket.gaierror, OSError)),
        (exc.WrongPassword, (exc.AuthenticationFailed, exc.SessionError)),
        (exc.WrongKg, (exc.AuthenticationFailed,)),
        (exc.UserRejected, (exc.AuthenticationFailed,)),
        (exc.PrivilegeRefused, (exc.AuthenticationFailed,)),
        (exc.NoFreeSession, (exc.SessionError,)),
        (exc.TimedOut, (exc.SessionError,)),
    ],
)
def test_tree(kind: type[Exception], parents: tuple[type[Exception], ...]) -> None:
    assert all(issubclass(kind, parent) for parent in parents)


def test_two_are_no_pyghmi_exceptions() -> None:
    assert not issubclass(exc.TemporaryError, exc.PyghmiException)
    assert not issubclass(exc.UnrecognizedCertificate, exc.PyghmiException)


def test_old_constructors() -> None:
    assert exc.IpmiException("text", 0xC1).ipmicode == 0xC1
    assert (str(exc.IpmiException("text")), exc.IpmiException().ipmicode) == ("text", 0)
    assert exc.RedfishError("text", msgid="id").msgid == "id"
    assert exc.UnrecognizedCertificate("text", b"der").certdata == b"der"
    assert exc.FallbackData({"a": 1}).fallbackdata == {"a": 1}


def test_a_session_error_says_everything() -> None:
    error = exc.TimedOut("timeout", host="fd00::1", port=623, stage="RAKP 1", tries=3, elapsed=7.25, hint="look there")
    assert str(error) == "timeout (BMC [fd00::1]:623, at RAKP 1, 3 tries, 7.2 s); look there"
    assert str(exc.SessionError("x", host="h", tries=1)) == "x (BMC h, 1 try)"
    assert str(exc.SessionError("only this")) == "only this"


def test_malformed_shows_the_bytes() -> None:
    error = exc.Malformed("Thing", bytes(range(100)), "too long")
    assert error.data == bytes(range(100))
    assert str(error).startswith("Thing: too long (bytes: 00 01 02")
    assert "…" in str(error)
    assert "none" in str(exc.Malformed("Thing", b"", "empty"))
