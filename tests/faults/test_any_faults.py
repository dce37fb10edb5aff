# SPDX-License-Identifier: Apache-2.0
"""Whatever the network does: a right result or a right error, before the deadline, and nothing is done twice."""
from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from lab import DELAY, GET_STATUS, POWER_CYCLE, TO_BMC, TO_CLIENT, Lab, place

from pyghmi.exceptions import IpmiException, TimedOut
from pyghmi.ipmi.protocol.events import State

_ACTS = st.one_of(
    st.just(("lose",)),
    st.just(("deliver",)),
    st.tuples(st.just("delay"), st.floats(0.0, 5.0)),
    st.tuples(st.just("double"), st.floats(0.0, 5.0)),
    st.tuples(st.just("damage"), st.integers(0, 120), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.integers(0, 60)),
    st.tuples(st.just("replay")),
)


class Weather:
    """A plan drawn beforehand for the first datagrams in each direction; all others get through."""

    def __init__(self, acts: dict[str, list[tuple[object, ...]]]) -> None:
        self._acts = acts
        self._seen: dict[str, list[bytes]] = {TO_BMC: [], TO_CLIENT: []}

    def __call__(self, way: str, number: int, datagram: bytes) -> list[tuple[float, bytes]]:
        acts = self._acts[way]
        act = acts[number] if number < len(acts) else ("deliver",)
        earlier = self._seen[way]
        earlier.append(datagram)
        return self._do(act, datagram, earlier)

    @staticmethod
    def _do(act: tuple[object, ...], datagram: bytes, earlier: list[bytes]) -> list[tuple[float, bytes]]:
        kind = act[0]
        if kind == "lose":
            return []
        if kind == "delay":
            return [(DELAY + float(str(act[1])), datagram)]
        if kind == "double":
            return [(DELAY, datagram), (DELAY + float(str(act[1])), datagram)]
        if kind == "damage":
            at, value = int(str(act[1])) % max(len(datagram), 1), int(str(act[2]))
            return [(DELAY, datagram[:at] + bytes((datagram[at] ^ value,)) + datagram[at + 1 :])] if datagram else []
        if kind == "cut":
            return [(DELAY, datagram[: int(str(act[1]))])]
        if kind == "replay":
            return [(DELAY, datagram), *((DELAY * 2, each) for each in earlier)]
        return [(DELAY, datagram)]


_PLANS = st.fixed_dictionaries({way: st.lists(_ACTS, max_size=25) for way in (TO_BMC, TO_CLIENT)})


@settings(max_examples=300)
@given(_PLANS, st.integers(0, 2**16))
def test_any_weather(acts: dict[str, list[tuple[object, ...]]], seed: int) -> None:
    lab = Lab(Weather(acts), seed=seed)
    error = lab.log_in(deadline_s=60.0)
    if error is not None:
        assert isinstance(error, IpmiException)
        assert str(error)
        assert lab.client.state is State.DEAD
        return
    for round_ in range(3):
        status = lab.ask(*GET_STATUS, deadline_s=20.0)
        if status.error is None:
            assert (status.code, status.answer) == (0, b"\x01")
        else:
            assert isinstance(status.error, IpmiException)
        cycle = lab.ask(*POWER_CYCLE, repeatable=False, deadline_s=10.0)
        done = lab.executed.count(POWER_CYCLE)
        assert done <= round_ + 1
        if cycle.error is None:
            assert cycle.code == 0
        elif isinstance(cycle.error, TimedOut):
            assert cycle.error.tries <= 1
    lab.close()
    assert lab.client.state is State.CLOSED


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=120), max_size=12), st.integers(0, 3))
def test_noise_from_anybody_changes_nothing(noise: list[bytes], when: int) -> None:
    lab = Lab()
    for index in range(4):
        if index == when:
            for datagram in noise:
                lab.client.datagram_received(datagram, lab.now)
                lab.server.datagram_received(datagram, "stranger", lab.now)
        if index == 0:
            assert lab.log_in() is None
        else:
            assert lab.ask(*GET_STATUS).code == 0
    lab.close()


@settings(max_examples=150)
@given(st.integers(0, 11), st.integers(0, 200), st.integers(0, 255), st.booleans())
def test_a_stranger_replays_and_changes_what_it_heard(number: int, at: int, value: int, early: bool) -> None:
    """Datagrams of the same session, replayed and altered, change nothing and are not executed."""
    lab = Lab()
    assert lab.log_in() is None
    assert lab.ask(*POWER_CYCLE, repeatable=False).code == 0
    _way, datagram = lab.wire[number % len(lab.wire)]
    altered = bytearray(datagram)
    if not early:
        altered[at % len(altered)] = value
    lab.server.datagram_received(bytes(altered), place("console"), lab.now)
    lab.client.datagram_received(bytes(altered), lab.now)
    lab.wait(1.0)
    assert lab.executed.count(POWER_CYCLE) == 1
    assert lab.ask(*GET_STATUS).code == 0
