# SPDX-License-Identifier: Apache-2.0
"""Recorded sessions with datagrams lost, doubled, mixed up and damaged: decoding them never raises."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyghmi.ipmi.protocol.capture import CaptureDecoder, Decoded, Verdict

SESSIONS = Path(__file__).parents[1] / "vectors" / "sessions"
NAMES = [
    "bmc-info-lan-md5",
    "go-sol-ipmitool-c17",
    "ipmitool-lanplus-c03-kg",
    "ipmitool-lanplus-c08-server-key-bug",
    "ipmitool-lanplus-c02-mc-info",
    "bmc-info-c00",
]


def recording(name: str) -> tuple[list[bytes], list[tuple[bytes, bool]]]:
    case = json.loads((SESSIONS / f"{name}.json").read_text(encoding="utf-8"))
    datagrams = [(bytes.fromhex(each["hex"]), each["dir"] == "c2s") for each in case["datagrams"]]
    keys = [bytes.fromhex(case["auth"]["kg"])] if case["auth"].get("kg") else []
    return keys, datagrams[:24]


RECORDINGS = {name: recording(name) for name in NAMES}


@st.composite
def damaged(draw: st.DrawFn, datagrams: list[tuple[bytes, bool]]) -> list[tuple[bytes, bool]]:
    """Draw an order with losses and doubles, some datagrams cut, lengthened, changed or from the other side."""
    found = []
    for at in draw(st.lists(st.integers(0, len(datagrams) - 1), max_size=40)):
        data, from_console = datagrams[at]
        what = draw(st.sampled_from(["as it is", "as it is", "cut", "longer", "changed", "turned"]))
        if what == "cut":
            data = data[: draw(st.integers(0, len(data)))]
        elif what == "longer":
            data += draw(st.binary(max_size=20))
        elif what == "changed":
            place = draw(st.integers(0, len(data) - 1))
            data = data[:place] + bytes((data[place] ^ draw(st.integers(1, 255)),)) + data[place + 1 :]
        found.append((data, from_console is not (what == "turned")))
    return found


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_any_damage(name: str, data: st.DataObject) -> None:
    keys, datagrams = RECORDINGS[name]
    decoder = CaptureDecoder([b"secret"], keys)
    for datagram, from_console in [*datagrams[:6], *data.draw(damaged(datagrams))]:
        found = decoder.feed(datagram, from_console=from_console)
        assert isinstance(found, Decoded)
        if found.verdict in (Verdict.MALFORMED, Verdict.WRONG) and found.kind in ("IPMI", "SOL"):
            assert found.payload is None, "what is not proven is not decrypted"


@pytest.mark.parametrize("name", [name for name in NAMES if "c00" not in name])
@settings(max_examples=60)
@given(data=st.data())
def test_a_changed_packet_is_never_verified(name: str, data: st.DataObject) -> None:
    """Any bit of a verified session packet: then its code is wrong, or it is not taken for a packet of the session."""
    keys, datagrams = RECORDINGS[name]
    decoder = CaptureDecoder([b"secret"], keys)
    verified = [
        (datagram, from_console, found.payload)
        for datagram, from_console in datagrams
        for found in [decoder.feed(datagram, from_console=from_console)]
        if found.verdict is Verdict.VERIFIED and (found.kind == "IPMI 1.5" or not found.kind.startswith("RAKP"))
    ]
    datagram, from_console, payload = data.draw(st.sampled_from(verified))
    place = data.draw(st.integers(4, len(datagram) - 1))
    changed = datagram[:place] + bytes((datagram[place] ^ 1 << data.draw(st.integers(0, 7)),)) + datagram[place + 1 :]
    found = decoder.feed(changed, from_console=from_console)
    # One byte may follow an IPMI 1.5 message that belongs to nothing, the legacy pad.
    assert found.verdict is not Verdict.VERIFIED or (place == len(datagram) - 1 and found.payload == payload)
