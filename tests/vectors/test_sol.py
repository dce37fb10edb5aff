# SPDX-License-Identifier: Apache-2.0
"""Recorded consoles: what one end sent is given to our other end, and compared with what the real one made of it."""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pyghmi.ipmi.protocol.sol import BmcEnd, ConsoleEnd
from pyghmi.ipmi.protocol.solevents import BreakReceived, Deactivated, Received
from pyghmi.ipmi.spec.payloads import ConsolePacket, SolPacket

SESSIONS = Path(__file__).parent / "sessions"
SOL = 0x01
FROM_CONSOLE, FROM_BMC = "c2s", "s2c"
ESCAPES = re.compile(r"[~&][B.]")
TYPED_OTHERWISE = {
    # The client goes on sending after another session has deactivated the payload: under new numbers.
    "sol-ipmitool-c03-deactivated-by-other",
    # The client sends nothing after the first line.
    "sol-pyghmicons",
}


def packets(case: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Return (direction, payload) of the SOL packets of a recording, decrypted."""
    found = []
    for datagram in case["datagrams"]:
        data = bytes.fromhex(datagram["hex"])
        if data[4] == 6 and data[5] & 0x3F == SOL:
            length = int.from_bytes(data[14:16], "little")
            plain = datagram.get("plain")
            found.append((datagram["dir"], data[16 : 16 + length] if plain is None else bytes.fromhex(plain)))
    return found


def recordings() -> list[Any]:
    found = []
    for path in sorted(SESSIONS.glob("*sol*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        if packets(case):
            found.append(pytest.param(case, id=path.stem))
    return found


def replay(end: ConsoleEnd | BmcEnd, payloads: list[bytes]) -> tuple[bytes, list[Any], list[tuple[int, int]]]:
    """Return what came out: characters, other events, (number, count) of acknowledgements."""
    characters, events, acks = b"", [], []
    for at, payload in enumerate(payloads):
        end.packet_received(payload, float(at))
        acks += [(packet[1], packet[2]) for packet in end.packets_to_send()]
        while (event := end.next_event()) is not None:
            if isinstance(event, Received):
                characters += event.data
            else:
                events.append(event)
    return characters, events, acks


def acknowledged(found: list[tuple[str, bytes]], sender: str) -> list[tuple[int, int]]:
    """Return the first acknowledgement of each packet of one side; (number, -1) where the recording has none."""
    acks = []
    for at, (side, packet) in enumerate(found):
        if side == sender and packet[0] & 15:
            counts = [each[2] for other, each in found[at:] if other != sender and each[1] == packet[0]]
            acks.append((packet[0], counts[0] if counts else -1))
    return acks


def compare(ours: list[tuple[int, int]], theirs: list[tuple[int, int]]) -> None:
    assert [number for number, _count in ours] == [number for number, _count in theirs]
    for one, other in zip(ours, theirs):
        assert other[1] in (-1, one[1])


def test_there_are_recordings() -> None:
    assert len(recordings()) >= 17


@pytest.mark.parametrize("case", recordings())
def test_what_a_bmc_sent(case: dict[str, Any]) -> None:
    found = packets(case)
    characters, events, acks = replay(ConsoleEnd(), [packet for side, packet in found if side == FROM_BMC])
    compare(acks, acknowledged(found, FROM_BMC))
    assert events == [Deactivated()] * any(packet[3] & 0x10 for side, packet in found if side == FROM_BMC)
    shown = case["stdout"].replace("\r", "").replace("[generate break]\n", "")
    at = 0
    for line in re.split(rb"[\r\n]+", characters):
        if line.isascii() and line.decode().isprintable() and line not in (b"login: ", b"~B") and len(line) > 1:
            at = shown.index(line.decode(), at)


@pytest.mark.parametrize("case", recordings())
def test_what_a_console_sent(case: dict[str, Any]) -> None:
    found = packets(case)
    characters, events, acks = replay(BmcEnd(), [packet for side, packet in found if side == FROM_CONSOLE])
    compare(acks, acknowledged(found, FROM_CONSOLE))
    texts = [each.get("text", "") for each in case.get("typed", ())]
    assert events == [BreakReceived()] * sum("~B" in text or "&B" in text for text in texts)
    if case["id"] not in TYPED_OTHERWISE:
        assert characters.decode().startswith("".join(ESCAPES.sub("", text) for text in texts))


@pytest.mark.parametrize("case", recordings())
def test_the_packets_fit_their_declaration(case: dict[str, Any]) -> None:
    for side, packet in packets(case):
        kind = ConsolePacket if side == FROM_CONSOLE else SolPacket
        assert kind.decode(packet).encode() == packet
