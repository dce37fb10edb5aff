# SPDX-License-Identifier: Apache-2.0
"""The tree of errors: old names catch the new ones, and no message is empty."""
from __future__ import annotations

import copy
import pickle
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
        (exc.UnknownName, (exc.InvalidParameterValue, KeyError)),
        (exc.UnsupportedFunctionality, (exc.PyghmiException,)),
        (exc.BypassGenericBehavior, (exc.PyghmiException,)),
        (exc.ParameterAbsent, (exc.IpmiException, exc.UnsupportedFunctionality)),
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


def test_an_unknown_name_reads_as_other_errors_do() -> None:
    error = exc.UnknownName("mode must be one of a, b, not 'c'")
    assert str(error) == "mode must be one of a, b, not 'c'"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_session_error_says_everything() -> None:
    error = exc.TimedOut("timeout", host="fd00::1", port=623, stage="RAKP 1", tries=3, elapsed=7.25, hint="look there")
    assert str(error) == "timeout (BMC [fd00::1]:623, at RAKP 1, 3 tries, 7.2 s); look there"
    assert str(exc.SessionError("x", host="h", tries=1)) == "x (BMC h, 1 try)"
    assert str(exc.SessionError("only this")) == "only this"


def test_a_message_equals_its_bare_sentence() -> None:
    """Programs write `str(error) == "timeout"` and `str(error) in (..., "Session no longer connected")`."""
    error = exc.SessionLost("Session no longer connected", host="h", port=623, hint="why")
    text = str(error)
    assert text in ("timeout", "Session no longer connected")
    assert text == "Session no longer connected"
    assert (text != "Session no longer connected") is False
    assert text == "Session no longer connected (BMC h:623); why"
    assert text not in ("timeout", "", None, 5)
    assert f"{error}".endswith("; why")


def test_a_completion_code_names_command_and_bmc() -> None:
    error = exc.CompletionCodeError("Node busy", 0, 1, 0xC0)
    assert f"{error}" == "Node busy"
    error.stage = "Get Chassis Status"
    assert f"{error}" == "Node busy (Get Chassis Status, completion code C0h)"
    assert str(error) == "Node busy"
    error.host, error.port = "fd00::1", 623
    assert str(error) == "Node busy (BMC [fd00::1]:623, Get Chassis Status, completion code C0h)"
    assert str(error) == "Node busy"
    assert (error.ipmicode, error.args) == (0xC0, ("Node busy",))


EVERY = [
    exc.IpmiException("text", 5),
    exc.CompletionCodeError("Node busy", 6, 1, 0xC0, retryable=True),
    exc.Malformed("Thing", b"\1\2", "too short"),
    exc.FallbackData([1]),
    exc.RedfishError("text", "id"),
    exc.UnrecognizedCertificate("text", b"der"),
    exc.NameResolutionError("no address", host="h", port=1, stage="name resolution"),
    exc.WrongPassword("Incorrect password provided", host="h", port=1, stage="RAKP 1", tries=2, elapsed=1.5, hint="x"),
    exc.InvalidParameterValue("text"),
]


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_errors_pass_between_processes(error: Exception) -> None:
    """With all they say: pools of processes pickle them, others copy them."""
    for found in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(found) is type(error)
        assert str(found) == str(error)
        assert vars(found) == vars(error)


def test_malformed_shows_the_bytes() -> None:
    error = exc.Malformed("Thing", bytes(range(100)), "too long")
    assert error.data == bytes(range(100))
    assert str(error).startswith("Thing: too long (bytes: 00 01 02")
    assert "…" in str(error)
    assert "none" in str(exc.Malformed("Thing", b"", "empty"))


def test_a_completion_code_keeps_its_request() -> None:
    error = exc.CompletionCodeError("Invalid command", 0x06, 0x01, 0xC1)
    assert str(error) == "Invalid command"
    assert (error.netfn, error.command, error.code, error.ipmicode) == (6, 1, 0xC1, 0xC1)
    assert error.retryable is False
    assert exc.CompletionCodeError("Node Busy", 0, 2, 0xC0, retryable=True).retryable is True


@pytest.mark.parametrize(
    ("kind", "retryable"),
    [
        (exc.SessionError, False),
        (exc.NameResolutionError, False),
        (exc.Unreachable, True),
        (exc.TimedOut, True),
        (exc.SessionLost, True),
        (exc.NoFreeSession, True),
        (exc.CipherSuiteRefused, False),
        (exc.UserRejected, False),
        (exc.WrongPassword, False),
        (exc.WrongKg, False),
        (exc.PrivilegeRefused, False),
    ],
)
def test_whether_trying_again_makes_sense(kind: type[exc.SessionError], retryable: bool) -> None:
    error = kind("text", host="bmc", port=623, code=0x0D)
    assert error.retryable is retryable
    assert (error.text, error.host, error.port, error.ipmicode) == ("text", "bmc", 623, 0x0D)
    assert str(error) == "text (BMC bmc:623)", "the words that programs look for come first"


def test_where_it_happened_may_be_said_later() -> None:
    """The machine that finds the error does not know the address; who knows it fills it in."""
    error = exc.TimedOut("timeout")
    assert (str(error), error.maybe_done) == ("timeout", False)
    error.host, error.port = "10.0.0.7", 6230
    assert str(error) == "timeout (BMC 10.0.0.7:6230)"


@pytest.mark.parametrize(("size", "cut"), [(1, False), (64, False), (65, True)])
def test_malformed_shows_at_most_64_bytes(size: int, cut: bool) -> None:
    error = exc.Malformed("Thing", bytes(size), "wrong")
    assert str(error).count("00") == min(size, 64)
    assert ("…" in str(error)) is cut
    assert (error.what, error.ipmicode) == ("Thing", 0)


def test_malformed_keeps_a_copy_of_the_bytes() -> None:
    buffer = bytearray(b"ab")
    error = exc.Malformed("Thing", buffer, "wrong")
    buffer[0] = 0
    assert error.data == b"ab"
