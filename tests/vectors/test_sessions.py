# SPDX-License-Identifier: Apache-2.0
"""Every recorded session is parsed, its codes verified, its messages decrypted to what the recording says."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyghmi.ipmi.protocol.capture import CaptureDecoder, Decoded, Verdict

FILES = sorted((Path(__file__).parent / "sessions").glob("*.json"))
NOT_VERIFIABLE = {
    # The server made RAKP 2 with a key of its own for a user that it does not know.
    "go-ipmitool-c17-unknown-user": 1,
    # Clients that send something other than MD2.
    "ipmitool-lan-md2-fails": 1,
    "ipmiutil-lan-md2-health": 1,
}


def decoded(case: dict[str, Any]) -> tuple[CaptureDecoder, list[Decoded]]:
    auth = case["auth"]
    passwords = [(auth.get("password") or "").encode()]
    if "password_server" in auth:
        passwords.append(auth["password_server"].encode())
    keys = [bytes.fromhex(auth[name]) for name in ("kg", "kg_server") if auth.get(name)]
    decoder = CaptureDecoder(passwords, keys)
    found = [
        decoder.feed(bytes.fromhex(datagram["hex"]), from_console=datagram["dir"] == "c2s")
        for datagram in case["datagrams"]
    ]
    return decoder, found


def test_there_are_recordings() -> None:
    assert len(FILES) > 150


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_recording(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    decoder, found = decoded(case)
    bad = [each for each in found if each.verdict in (Verdict.WRONG, Verdict.NO_KEYS, Verdict.MALFORMED)]
    assert len(bad) == NOT_VERIFIABLE.get(path.stem, 0), bad
    for datagram, each in zip(case["datagrams"], found):
        if "plain" in datagram:
            assert each.payload is not None
            assert each.payload.hex() == datagram["plain"]
    established = [entry for entry in case["sessions"] if entry["state"] == "established"]
    with_keys = {session.keys.sik.hex() for session in decoder.sessions if session.keys is not None}
    for entry in established:
        assert entry.get("sik", "") in with_keys
