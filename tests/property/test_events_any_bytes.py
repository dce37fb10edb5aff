# SPDX-License-Identifier: Apache-2.0
"""Any bytes as a record, a trap or an answer about the event log: an event or `Malformed`, in bounded time."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from memory_bmc import MemoryBmc, command_over

from pyghmi.exceptions import IpmiException, Malformed, UnsupportedFunctionality
from pyghmi.ipmi.domains.events import AlikeEvents, EventKind, decode_event
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.pet import custom_fields, decode_trap
from pyghmi.ipmi.domains.sel import Sel
from pyghmi.ipmi.domains.sel_clock import Clock, Stamp, corrected
from pyghmi.ipmi.facade.event_dicts import event_dictionary
from pyghmi.ipmi.spec import sel as spec
from pyghmi.ipmi.wire.layout import Message

RECORDS = (spec.SystemEventRecord, spec.OemTimestampedRecord, spec.OemPlainRecord, spec.KernelPanicRecord)
OTHERS = (spec.EventData, spec.SpecificTrap, spec.PetAcknowledge, spec.CustomMultirecord, spec.CustomField, spec.GetAuxiliaryLogStatus, spec.AuxiliaryLogStatus)


@given(st.binary(max_size=40))
def test_any_record(data: bytes) -> None:
    try:
        event = decode_event(data, owners=frozenset((0x20,)))
    except Malformed:
        assert len(data) < 3
        return
    assert event.raw == data and isinstance(event.description, str)
    assert (len(data) < 16) <= (event.kind is EventKind.UNREAD)
    known = event_dictionary(event)
    assert known["record_id"] == event.record_id


HEADS = st.tuples(st.binary(min_size=2, max_size=2), st.sampled_from([b"\2", b"\2", b"\0", b"\xc0"]), st.binary(min_size=4, max_size=4))
TAILS = st.sampled_from([bytes.fromhex(one) for one in ("200004010301574030", "100004010381574030", "2000ff6f0112345678", "20000401", "")])


@given(st.lists(st.tuples(HEADS, TAILS), max_size=12))
def test_events_that_are_alike_are_what_each_is_alone(parts: list[tuple[tuple[bytes, ...], bytes]]) -> None:
    records = [b"".join(head) + tail for head, tail in parts]
    owners = frozenset((0x20,))
    together = AlikeEvents(owners=owners, sensor_name=lambda generator, number: f"{generator.owner}.{number}")
    for record in records:
        alone = decode_event(record, owners=owners, sensor_name=lambda generator, number: f"{generator.owner}.{number}")
        assert together.decode(record) == alone


@given(st.binary(min_size=16, max_size=16), st.sampled_from(RECORDS))
def test_records_encode_to_what_they_were(data: bytes, kind: type[Message]) -> None:
    assert kind.decode(data).encode() == data


@given(st.binary(max_size=70), st.sampled_from(OTHERS))
def test_messages(data: bytes, kind: type[Message]) -> None:
    try:
        found = kind.decode(data)
    except Malformed:
        return
    again = kind.decode(found.encode())
    assert again == found


@given(st.binary(max_size=80), st.one_of(st.integers(0, 2**32 - 1), st.binary(min_size=4, max_size=4)))
def test_any_trap(data: bytes, trap: Any) -> None:
    try:
        found = decode_trap(trap, data)
    except Malformed:
        assert len(data) < 34
        return
    assert found.raw == data
    assert len(found.custom) <= len(data)
    if len(data) >= spec.TRAP_BYTES:
        assert spec.TrapVariable.decode(data).encode() == data[: spec.TRAP_BYTES]


@given(st.binary(max_size=300))
def test_any_custom_fields(data: bytes) -> None:
    assert len(custom_fields(data)) <= len(data)


STAMPS = st.one_of(st.none(), st.sampled_from([0, 5, 0x20000000, 0x20000001, 1_700_000_000, 0xFFFFFFFF]), st.integers(0, 2**32 - 1))


@given(st.lists(st.builds(Stamp, STAMPS, st.sampled_from([None, True, False])), max_size=30), STAMPS)
def test_any_times(stamps: list[Stamp], bmc_now: int | None) -> None:
    clock = Clock(None if bmc_now is None else 1_700_000_000 - bmc_now, bmc_now)
    found = corrected(stamps, clock)
    assert len(found) == len(stamps)
    assert sum(one.paired for one in found) % 2 == 0


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([0, 0, 0, 0, 0xC5, 0xCB, 0xCA, 0xCD, 0xC1, 0x81]), st.binary(max_size=20)), min_size=1, max_size=12))
def test_any_answers(answers: list[tuple[int, bytes]]) -> None:
    """A BMC that says the same few things over and over to whatever it is asked."""
    count = 0

    def liar(_data: bytes, _handler: Any) -> tuple[int, bytes]:
        nonlocal count
        count += 1
        code, data = answers[count % len(answers)]
        return code, data if code == 0 else b""

    knobs = {(0x0A, cmd): liar for cmd in (0x40, 0x42, 0x43, 0x47, 0x48, 0x5C)}
    for act in (lambda bmc: list(Sel(bmc, Learned()).entries()), lambda bmc: command_over(bmc).get_event_log(clear=True)):
        bmc = MemoryBmc(knobs=knobs)
        try:
            act(bmc)
        except (IpmiException, UnsupportedFunctionality):
            pass
        assert len(bmc.asked) < 2000
