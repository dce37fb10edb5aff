# SPDX-License-Identifier: Apache-2.0
"""The simulated server: what it does to itself, and what it answers."""
from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

import pytest

from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.protocol import ipmb
from pyghmi.sim.machine import SimulatedBmc

POWER_ON, POWER_OFF, CYCLE, RESET, DIAG, SHUTDOWN = 1, 0, 2, 3, 4, 5


class Core:
    closed = False
    config = SimpleNamespace(suites=(17, 3))
    sessionless = SimpleNamespace(table={})
    sessions: ClassVar[dict[int, Any]] = {}

    def close_all(self) -> None:
        self.closed = True


class Session:
    """Takes the answers."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []

    def send_ipmi_response(self, data: Any = (), code: int = 0) -> None:
        self.answers.append((code, bytes(data)))


class Machine:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.bmc = SimulatedBmc({}, say=self.said.append)

    def ask(self, netfn: int, cmd: int, data: bytes = b"", **where: int) -> tuple[int, bytes]:
        """`where`: lun and address, as far as they are not the usual ones."""
        session = Session()
        self.bmc.handle_raw_request({"netfn": netfn, "command": cmd, "data": bytearray(data), **where}, session)  # type: ignore[arg-type]
        (answer,) = session.answers
        return answer

    def control(self, action: int) -> int:
        code, data = self.ask(0, 2, bytes((action,)))
        assert data == b""
        return code

    @property
    def is_on(self) -> bool:
        return bool(self.ask(0, 1)[1][0] & 1)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine whose BMC has no socket."""

    def begin(self: Any, authdata: Any, port: int, uuid: UUID, address: str, **options: Any) -> None:
        assert options == {"refusal_wait_s": 0.0}
        self.uuid, self.core, self.ipmiversion = uuid, Core(), 2

    monkeypatch.setattr(Bmc, "__init__", begin)
    yield Machine()


def test_power(machine: Machine) -> None:
    assert not machine.is_on
    for action in (CYCLE, RESET, DIAG):
        assert machine.control(action) == 0xD5, "there is nothing to restart"
    assert machine.control(POWER_ON) == 0
    assert machine.is_on
    for action in (CYCLE, RESET, DIAG):
        assert machine.control(action) == 0
        assert machine.is_on
    assert machine.control(SHUTDOWN) == 0
    assert not machine.is_on
    machine.control(POWER_ON)
    assert machine.control(POWER_OFF) == 0
    assert not machine.is_on
    assert machine.said == [
        "powered on",
        "power cycled",
        "reset",
        "diagnostic interrupt",
        "politely shut down the system",
        "powered on",
        "abruptly remove power",
    ]
    assert machine.control(9) == 0xCC
    assert machine.ask(0, 2) == (0xC7, b"")


def test_status_capabilities_and_counters(machine: Machine) -> None:
    """IPMI 2.0 tables 28-2, 28-3, 28-13, 28-15 (restart cause), 28-16 (hours)."""
    assert machine.ask(0, 1) == (0, bytes.fromhex("00 00 40"))  # identification supported, and off
    assert machine.ask(0, 0x07)[1][0] & 0x0F == 0  # unknown cause
    machine.control(POWER_ON)
    assert machine.ask(0, 1)[1][:2] == b"\x01\x10"  # on, by a command
    assert machine.ask(0, 0x07)[1][0] & 0x0F == 1  # Chassis Control
    assert machine.ask(0, 0x0F)[1][:1] == bytes((60,))
    code, data = machine.ask(0, 0x00)
    assert (code, len(data) in (5, 6)) == (0, True)


def test_restore_policy(machine: Machine) -> None:
    """IPMI 2.0 table 28-8: 2 always on; 3 changes nothing; all three are supported."""
    assert machine.ask(0, 6, b"\x02") == (0, b"\x07")
    assert machine.ask(0, 1)[1][0] >> 5 == 2
    assert machine.ask(0, 6, b"\x03") == (0, b"\x07")
    assert machine.ask(0, 1)[1][0] >> 5 == 2


@pytest.mark.parametrize("policy", [4, 5, 6, 7])
def test_a_restore_policy_that_there_is_none_of(machine: Machine, policy: int) -> None:
    assert machine.ask(0, 6, b"\x02") == (0, b"\x07")
    assert machine.ask(0, 6, bytes((policy,))) == (0xCC, b"")
    assert machine.ask(0, 1) == (0, bytes.fromhex("40 00 40")), "as it was, and still told"


def test_acpi_power_state(machine: Machine) -> None:
    """IPMI 2.0 table 20-6: S5 and D3 while off, S0 and D0 while on."""
    assert machine.ask(6, 7) == (0, b"\x05\x03")
    machine.control(POWER_ON)
    assert machine.ask(6, 7) == (0, b"\x00\x00")


@pytest.mark.parametrize(
    ("netfn", "cmd", "data"),
    [
        (0, 0, b""), (0, 1, b""), (0, 2, b"\x01"), (0, 4, b"\x05\x01"), (0, 6, b"\x03"), (0, 7, b""), (0, 9, b"\x05\0\0"), (0, 0x0F, b""),
        (6, 1, b""), (6, 2, b""), (6, 3, b""), (6, 4, b""), (6, 7, b""), (6, 8, b""), (6, 0x37, b""),
    ],
)
def test_requests_that_are_too_long_do_nothing(machine: Machine, netfn: int, cmd: int, data: bytes) -> None:
    """IPMI 2.0 table 5-2: C7h, request data length invalid."""
    assert machine.ask(netfn, cmd, data + b"\0") == (0xC7, b"")
    assert not machine.said
    assert machine.ask(netfn, cmd, data)[0] == 0


def test_requests_to_others_do_nothing(machine: Machine) -> None:
    """C2h: not at this LUN; D3h: no such destination."""
    for lun in (1, 2, 3):
        assert machine.ask(0, 2, b"\x01", lun=lun) == (0xC2, b"")
        assert machine.ask(6, 1, lun=lun) == (0xC2, b"")
    assert machine.ask(0, 2, b"\x01", address=0x82) == (0xD3, b"")
    assert machine.ask(6, 1, address=0x24) == (0xD3, b"")
    assert not machine.is_on


def test_identify(machine: Machine) -> None:
    """Bits 5 and 4 of the third byte: 1 for a time, 2 until further notice.  IPMI 2.0 table 28-3."""

    def state() -> int:
        return machine.ask(0, 1)[1][2] >> 4 & 3

    assert machine.ask(0, 4) == (0, b"")
    assert state() == 1
    assert machine.ask(0, 4, b"\x00\x01") == (0, b"")
    assert state() == 2
    assert machine.ask(0, 4, b"\x00") == (0, b"")
    assert state() == 0
    assert machine.ask(0, 4, b"\x05") == (0, b"")
    assert state() == 1


def test_boot_options(machine: Machine) -> None:
    flags = bytes.fromhex("e0 04 00 00 00")
    assert machine.ask(0, 8, b"\x05" + flags) == (0, b"")
    assert machine.ask(0, 9, b"\x05\0\0") == (0, b"\x01\x05" + flags)
    assert machine.bmc.get_boot_device() == 4
    assert machine.said == ["boot device pxe"]
    for parameter, size in ((0, 1), (1, 1), (2, 1), (3, 1), (6, 9)):
        data = bytes(range(1, size + 1))
        assert machine.ask(0, 8, bytes((parameter,)) + data) == (0, b"")
        assert machine.ask(0, 9, bytes((parameter, 0, 0))) == (0, bytes((1, parameter)) + data)
    assert machine.ask(0, 9, b"\x60\0\0") == (0x80, b"")
    assert machine.ask(0, 8, b"\x60\0") == (0x80, b"")
    assert machine.ask(0, 8, b"\x03\0\0\0") == (0xC7, b"")
    assert machine.ask(0, 8, b"\x05\x80") == (0xC7, b"")
    assert machine.ask(0, 9, b"\x05\0\0") == (0, b"\x01\x05" + flags)


def test_identity(machine: Machine) -> None:
    code, data = machine.ask(6, 1)
    assert code == 0
    assert data[:6] == bytes.fromhex("20 01 02 10 02 80")
    assert data[6:11] == bytes.fromhex("a7f301 5350")
    assert machine.ask(6, 4) == (0, b"\x55\x00")
    assert machine.ask(6, 8) == machine.ask(6, 0x37) == (0, machine.bmc.uuid.bytes_le)


def test_resets(machine: Machine) -> None:
    assert machine.ask(6, 3) == (0, b"")
    assert not machine.bmc.restarting
    assert machine.ask(6, 2)[0] == 0
    assert machine.bmc.restarting
    assert machine.bmc.core.closed  # type: ignore[attr-defined]
    assert machine.said[-1] == "shutting down in response to BMC cold reset request"


def test_blink(machine: Machine) -> None:
    assert machine.ask(0x2E, 1, bytes.fromhex("a7f301 05")) == (0, bytes.fromhex("a7f301"))
    assert machine.bmc.blinking_s == 5
    assert machine.ask(0x2E, 1, bytes.fromhex("000001 05"))[0] == 0xCC
    assert machine.ask(0x2E, 1)[0] == 0xCC


def test_what_is_not_there(machine: Machine) -> None:
    assert machine.ask(0x2E, 0x70) == (0xC1, b"")
    assert machine.ask(6, 0x48, bytes(6)) == (0x81, b"")


def _bridged(machine: Machine, netfn: int, cmd: int, *, address: int = 0x82, channel: int = 0, data: bytes = b"") -> Any:
    inner = ipmb.build_ipmb_request(ipmb.Request(netfn, cmd, 9, data, address, 0, 0x20))
    code, answer = machine.ask(6, 0x34, bytes((0x40 | channel,)) + inner)
    return (code, answer) if code else ipmb.parse_response(answer)


def test_the_controller_behind_the_bmc(machine: Machine) -> None:
    found = _bridged(machine, 6, 1)
    assert found[:4] == (7, 1, 9, 0)
    assert (found[4][0], found[4][9:11]) == (0x82, b"\x54\x50")
    assert _bridged(machine, 6, 4)[3:] == (0, b"\x55\x00")
    assert _bridged(machine, 6, 2)[3:] == (0xC1, b"")
    assert not machine.bmc.restarting
    # Through it, to itself: two bridges.
    inner = ipmb.build_ipmb_request(ipmb.Request(6, 1, 9, b"", 0x82, 0, 0x82))
    found = _bridged(machine, 6, 0x34, data=b"\x40" + inner)
    assert found[:4] == (7, 0x34, 9, 0)
    assert ipmb.parse_response(found[4]) is not None


def test_messages_that_reach_nobody(machine: Machine) -> None:
    """IPMI 2.0 table 22-10: 83h, NAK on write.  A channel that does not exist is an invalid field."""
    assert _bridged(machine, 6, 1, address=0x84) == (0x83, b"")
    assert _bridged(machine, 6, 1, channel=7) == (0xCC, b"")
    assert machine.ask(6, 0x34, b"\x40") == (0xC7, b"")
    assert machine.ask(6, 0x34, b"\x40" + bytes(range(8))) == (0xCC, b"")


def test_little_is_remembered(machine: Machine) -> None:
    for _number in range(2500):
        machine.ask(0, 1)
    assert len(machine.bmc.executed) == 1000


def test_a_derived_machine_decides_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chassis Control asks the methods of the object, as of any `Bmc`."""
    from pyghmi.ipmi.spec.chassis import PowerAction
    from pyghmi.sim import machine

    asked: list[str] = []

    class Mine(machine.SimulatedBmc):
        def __init__(self) -> None:
            pass

        def power_cycle(self) -> int | None:
            asked.append("cycle")
            return None

    assert machine.DIRECTIVES[PowerAction.POWER_CYCLE](Mine()) is None
    assert asked == ["cycle"]
