# SPDX-License-Identifier: Apache-2.0
"""Alerts of the simulated machine with other programs: ipmitool sends the event, ipmi-pet reads the trap and answers."""
from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers import FakeBmc, program, run

from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.pet import decode_trap
from pyghmi.sim.quirks import misbehave
from pyghmi.sim.testing import RunningBmc, run_bmc
from tests.loopback.trap_receiver import Received, TrapReceiver


class Alarmed:
    """A machine, and a receiver of its alerts."""

    def __init__(self) -> None:
        self.receiver = TrapReceiver()
        self.bmc: RunningBmc = run_bmc(trap_port=self.receiver.port)

    def command(self) -> Command:
        return Command(self.bmc.host, self.bmc.user, self.bmc.password, port=self.bmc.port)

    def ipmitool(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        where = ("-I", "lanplus", "-C", "17", "-H", self.bmc.host, "-p", str(self.bmc.port), "-U", self.bmc.user, "-P", self.bmc.password)
        return run(program("ipmitool"), *where, *arguments, check=True)

    def ipmi_pet(self, trap: Received, *options: str, timeout: float = 60.0) -> str:
        where = ("-h", f"{self.bmc.host}:{self.bmc.port}", "-u", self.bmc.user, "-p", self.bmc.password, "-D", "LAN_2_0", "-l", "USER")
        octets = [f"{byte:02x}" for byte in trap.variable]
        return run(program("ipmi-pet"), *where, *options, str(trap.specific), *octets, timeout=timeout, check=True).stdout

    def rows(self, trap: Received, cache: Path) -> list[dict[str, str]]:
        """Return what ipmi-pet says of a trap, with the sensors of the machine."""
        options = ("-v", "-v", "--output-event-state", "--output-event-severity", "--quiet-cache", "--sdr-cache-directory", str(cache))
        lines = [[part.strip() for part in line.split("|")] for line in self.ipmi_pet(trap, *options).splitlines()]
        return [dict(zip(lines[0], line)) for line in lines[1:]]

    def close(self) -> None:
        self.bmc.stop()
        self.receiver.close()


@pytest.fixture
def alarmed() -> Iterator[Alarmed]:
    found = Alarmed()
    yield found
    found.close()


def test_ipmitool_sends_an_event_and_ipmi_pet_reads_the_trap(alarmed: Alarmed, tmp_path: Path) -> None:
    with alarmed.command() as command:
        command.set_alert_destination("127.0.0.1", destination=1)
        alarmed.ipmitool("event", "1")
        trap = alarmed.receiver.wait(5.0)
        ours = command.decode_trap(trap.specific, trap.variable)
    (row,) = alarmed.rows(trap, tmp_path)
    assert row["Type"] == "Temperature" == ours.sensor_type_name
    assert row["Severity"] == "Critical condition"
    assert row["Event Direction"] == "Assertion Event"
    assert row["Name"] == f"Sensor #{ours.sensor_number}"
    assert row["GUID"].replace("-", "") == alarmed.bmc.machine.uuid.bytes_le.hex()
    assert row["System ID"] == str(ours.system_id) == str(alarmed.bmc.machine.prodid)
    assert row["Event"].startswith("Upper Critical - going high")
    assert ours.meaning.text.lower().startswith("upper critical"), ours.meaning


def test_ipmi_pet_bears_a_text(alarmed: Alarmed, tmp_path: Path) -> None:
    """It does not show it, and it does not call it wrong."""
    from pyghmi.ipmi.domains.pef import Pef
    from pyghmi.ipmi.spec.pef import AlertPolicy

    with alarmed.command() as command:
        command.set_alert_destination("127.0.0.1", destination=1)
        part = Pef(command._call())
        part.set_string(1, "Too hot in here")
        part.write(AlertPolicy(set_selector=1, policy=1, enabled=True, channel=1, destination=1, string=1))
    alarmed.ipmitool("event", "1")
    trap = alarmed.receiver.wait(5.0)
    (row,) = alarmed.rows(trap, tmp_path)
    assert row["Event"].startswith("Upper Critical - going high")
    assert decode_trap(trap.specific, trap.variable).alert_text == "Too hot in here"


def test_ipmi_pet_acknowledges(alarmed: Alarmed) -> None:
    """Outside of a session; after that nothing is sent again."""
    with alarmed.command() as command:
        command.set_alert_destination("127.0.0.1", destination=1, acknowledge_required=True, acknowledge_timeout=30, retries=3)
    alarmed.ipmitool("event", "1")
    trap = alarmed.receiver.wait(5.0)
    machine: Any = alarmed.bmc.machine
    assert len(machine.alerts.waiting) == 1
    alarmed.ipmi_pet(trap, "--pet-acknowledge")
    assert not machine.alerts.waiting


def test_M08_ipmi_pet_knows_answers_without_a_code(alarmed: Alarmed) -> None:
    """Dell R610: FreeIPMI needs its workaround "malformedack", and then understands the simulated machine."""
    with alarmed.command() as command:
        command.set_alert_destination("127.0.0.1", destination=1, acknowledge_required=True, acknowledge_timeout=30)
    alarmed.bmc.do(lambda machine: misbehave(machine, "M08"))
    alarmed.ipmitool("event", "1")
    trap = alarmed.receiver.wait(5.0)
    with pytest.raises(subprocess.TimeoutExpired):
        alarmed.ipmi_pet(trap, "--pet-acknowledge", timeout=3.0)
    alarmed.ipmi_pet(trap, "--pet-acknowledge", "-W", "malformedack")


def test_fakebmc_sends_traps_where_it_is_told() -> None:
    receiver = TrapReceiver()
    fake = FakeBmc("--user", "admin:secret", "--trap-port", str(receiver.port))
    try:
        with Command(fake.host, fake.user, fake.password, port=fake.port) as command:
            command.set_alert_destination("127.0.0.1", destination=1)
        assert fake.ipmitool("event", "1").returncode == 0
        assert receiver.wait(5.0).community == b"public"
    finally:
        fake.stop()
        receiver.close()
