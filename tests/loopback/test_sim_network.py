# SPDX-License-Identifier: Apache-2.0
"""A network that loses, doubles, delays and damages datagrams, between our client and a simulated BMC, over UDP."""
from __future__ import annotations

import socket
from typing import Any

import pytest

from pyghmi.exceptions import TimedOut
from pyghmi.ipmi.protocol import rmcp
from pyghmi.sim.network import Faults
from tests.loopback.quirk_lab import MakeLab, QuirkLab, works

PINGS = 200


def ping_often(bench: QuirkLab) -> list[tuple[float, int]]:
    """Send pings with numbers, one each 10 ms; return (when, its number) of the pongs."""
    heard: list[tuple[float, int]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)

        def hear() -> None:
            while True:
                try:
                    pong = rmcp.parse_pong(sock.recv(1000))
                except BlockingIOError:
                    return
                if pong is not None:
                    heard.append((round(bench.reactor.clock() - began, 2), pong.tag))

        began = bench.reactor.clock()
        for number in range(PINGS):
            sock.sendto(rmcp.ping(number), ("127.0.0.1", bench.port))
            bench.wait(0.01)
            hear()
        for _each in range(200):
            bench.wait(0.01)
            hear()
    return heard


ALL = Faults(loss=0.1, doubles=0.1, reorder=0.2, delay_s=0.05, jitter_s=0.1)


def test_the_same_seed_is_the_same_network(lab: MakeLab) -> None:
    first, again, other = (ping_often(lab("", faults=ALL, seed=seed)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_all_is_as_without_a_network(lab: MakeLab) -> None:
    heard = ping_often(lab(""))
    assert [number for _when, number in heard] == list(range(PINGS))
    assert all(abs(when - 0.01 * number) < 0.03 for when, number in heard)


def test_each_way_has_its_own_faults(lab: MakeLab) -> None:
    bench = lab("")
    bench.network.between(Faults(loss=0.5), Faults(doubles=0.5))
    heard = [number for _when, number in ping_often(bench)]
    assert bench.network.received == bench.network.sent
    assert PINGS * 0.4 < bench.network.received < PINGS * 0.6
    assert len(set(heard)) == bench.network.received
    assert bench.network.received * 1.3 < len(heard) < bench.network.received * 1.7


def test_order(lab: MakeLab) -> None:
    bench = lab("", faults=Faults(reorder=0.2))
    heard = [number for _when, number in ping_often(bench)]
    assert sorted(heard) == list(range(PINGS))
    assert heard != sorted(heard)


def test_delay_is_on_both_ways(lab: MakeLab) -> None:
    bench = lab("", faults=Faults(delay_s=0.25))
    link = works(bench)
    began = bench.reactor.clock()
    bench.ask(link)
    assert 0.5 <= bench.reactor.clock() - began < 0.6


def test_nothing_arrives(lab: MakeLab) -> None:
    bench = lab("", faults=Faults(loss=1.0))
    with pytest.raises(TimedOut):
        works(bench, deadline_s=5.0)
    assert bench.network.received == 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "faults",
    [
        Faults(loss=0.1),
        Faults(doubles=1.0),
        Faults(reorder=0.5),
        Faults(corruption=0.1),
        Faults(delay_s=0.5),
        Faults(jitter_s=0.8),
        ALL,
    ],
    ids=str,
)
def test_our_client_works(lab: MakeLab, faults: Faults, seed: int) -> None:
    bench = lab("", faults=faults, seed=seed)
    works(bench)
    command = bench.command(keepalive=True)
    plain = lab("").command(keepalive=True)
    assert sorted(each.name for each in command.get_sensor_data()) == sorted(
        each.name for each in plain.get_sensor_data()
    )
    assert command.get_power() == plain.get_power()


def test_damage_is_found(lab: MakeLab) -> None:
    """A bit that was turned on the way makes no other value: the codes of the session tell."""
    bench = lab("")
    link = works(bench)
    right = bench.ask(link, 6, 1)
    bench.network.between(Faults(), Faults(corruption=0.4))
    assert {bench.ask(link, 6, 1) for _each in range(40)} == {right}


def test_it_ends_with_the_bmc(lab: MakeLab) -> None:
    bench = lab("", faults=Faults(delay_s=2.0))
    bench.send(rmcp.ping(1))
    bench.running.stop()
    bench.wait(5.0)
    assert bench.network.received == 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", bench.port))


@pytest.mark.parametrize("address", ["::1", "0.0.0.0"])
def test_other_addresses(lab: MakeLab, address: str) -> None:
    bench = lab("", address=address, faults=Faults(delay_s=0.1))
    host = {"0.0.0.0": "127.0.0.1"}.get(address, address)
    command: Any = bench.command(bmc=host)
    began = bench.reactor.clock()
    command.get_power()
    assert bench.reactor.clock() - began >= 0.2
