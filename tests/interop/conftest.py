# SPDX-License-Identifier: Apache-2.0
"""Peers as fixtures."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from peers import USERS, FakeBmc, Simulator

from pyghmi.ipmi.domains import learned
from pyghmi.ipmi.net import memories


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    memories.forget_all()
    learned.forget_all()


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("sim") / "small")
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def sim_for_15(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One of its own: a session of IPMI 1.5 in a slot that RMCP+ had used can end ipmi_sim 2.0.33."""
    simulator = Simulator(tmp_path_factory.mktemp("sim15") / "small")
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def sim_with_kg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path_factory.mktemp("simkg") / "small", kg=True)
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def bmc() -> Iterator[FakeBmc]:
    fake = FakeBmc(*USERS, "--suites", "17,3,16,15,2,1,12,8,11,7,6,0", "--allow-15")
    yield fake
    assert fake.stop() == 0


@pytest.fixture(scope="module")
def bmc_with_kg() -> Iterator[FakeBmc]:
    fake = FakeBmc(*USERS, "--kg", "our-BMC-key")
    yield fake
    assert fake.stop() == 0
