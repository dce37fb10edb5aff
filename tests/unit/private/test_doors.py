# SPDX-License-Identifier: Apache-2.0
"""Names and values that programs use although they are called private."""
from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from pyghmi import constants as public
from pyghmi.ipmi.net import modules
from pyghmi.ipmi.private import constants, process, session, util
from pyghmi.media import Media
from pyghmi.storage import Array, ConfigSpec, Disk, Volume
from pyghmi.version import VERSION, version_info


def test_value_classes() -> None:
    assert (public.Health.Ok, public.Health.Warning, public.Health.Critical, public.Health.Failed) == (0, 1, 2, 4)
    assert (Media("a").name, Media("a", "u").url) == ("a", "u")
    assert (Disk(5, serial="s").name, Disk("x").id) == ("5", None)
    assert Array(raid=1).raid == 1 and Array().volumes == ()
    assert ConfigSpec().disks == ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [(5, 5), (None, None), ("10GB", 10000), ("7mb", 7), ("1Tb", 1000000), ("50%", "50%"), ("remainder", "remainder"), ("x gb", "x gb")],
)
def test_volume_sizes(given: Any, kept: Any) -> None:
    assert Volume(size=given).size == kept


def test_version() -> None:
    assert version_info.version_string() == version_info.release_string() == str(version_info) == VERSION


def test_constants() -> None:
    assert constants.ipmi_completion_codes[0xC1] == "Invalid command"
    assert constants.command_completion_codes[0x07, 0x3B][0x80] == "User is not allowed requested privilege level"
    assert constants.rmcp_codes[0x11] == "No Cipher suite match with proposed security algorithms"
    assert constants.payload_types["sol"] == 1
    assert constants.netfn_codes["application"] == 6
    assert constants.priv_levels == {"callback": 1, "user": 2, "operator": 3, "admin": 4, "oem": 5}
    assert (constants.IPMI_BMC_ADDRESS, constants.IPMI_SEND_MESSAGE_CMD) == (0x20, 0x34)


def test_util() -> None:
    raw = bytes.fromhex("00112233445566778899aabbccddeeff")
    assert util.decode_wireformat_uuid(raw) == "33221100-5544-7766-8899-AABBCCDDEEFF"
    assert util.decode_wireformat_uuid(raw, True) == "00112233-4455-6677-8899-AABBCCDDEEFF"
    assert util.urlsplit("https://host/a/b") == ("https", "host", "/a/b")
    assert util.urlsplit("nothing") == ("", "", "nothing")
    assert util.urlsplit("file:///a") == ("file", "", "/a")
    assert util.urlsplit("http://host") == ("http", "host", "/")
    assert util.get_ipv4("127.0.0.1") == ["127.0.0.1"]
    assert util.get_ipmi_error({"netfn": 7, "command": 1, "code": 0}) is False
    assert util.get_ipmi_error({"netfn": 7, "command": 1, "code": 0xC1}, " here") == "Invalid command here"
    assert util.get_ipmi_error({"netfn": 7, "command": 1, "code": 0x99}, " here") == "Unknown code 0x99 encountered"
    assert util.get_ipmi_error({"error": "timeout", "code": 0xFFFF}, " here") == "timeout here"
    assert util._monotonic_time() > 0
    with util.protect(threading.Lock()):
        pass


def test_functions_of_the_session_module() -> None:
    assert session._checksum(0x20, 0x18) == 0xC8
    assert session._monotonic_time() > 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        session._io_sendto(sender, [1, 2, 3], receiver.getsockname())
        assert receiver.recv(10) == b"\1\2\3"
    session._io_sendto(sender, b"x", ("127.0.0.1", 9))  # closed: counts as lost


def test_locks_and_thread_stand_in() -> None:
    with session.WAITING_SESSIONS, session.KEEPALIVE_SESSIONS:
        assert session.WAITING_SESSIONS.acquire()
        session.WAITING_SESSIONS.release()
    ended: list[int] = []
    thread = process.SessionThread(lambda: ended.append(1))
    assert thread.is_alive()
    thread.join()
    assert ended == [1] and not thread.isAlive()


def test_replaced_modules_are_used_below(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("socket", "select", "threading"):
        monkeypatch.setattr(modules, name, getattr(modules, name))

    class Green:
        pass

    green = Green()
    before = session.select
    session.select = green  # type: ignore[assignment]
    try:
        assert modules.select is green
        assert not modules.select_is_standard()
    finally:
        session.select = before
    assert modules.select_is_standard()
    with pytest.raises(ValueError, match="nothing to replace"):
        modules.replace("os", green)  # type: ignore[arg-type]
