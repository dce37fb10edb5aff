# SPDX-License-Identifier: Apache-2.0
"""What a `Bmc` makes of requests: the methods a program overrides, and the answers that come of them."""
from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi import bmc as module
from pyghmi.ipmi.bmc import Bmc
from pyghmi.ipmi.private.identity import uuid_of

STATUS, CONTROL, SET_BOOT, GET_BOOT = (0x00, 0x01), (0x00, 0x02), (0x00, 0x08), (0x00, 0x09)
DEVICE_ID, COLD_RESET, GUID, ACTIVATE, DEACTIVATE = (0x06, 0x01), (0x06, 0x02), (0x06, 0x37), (0x06, 0x48), (0x06, 0x49)


class Session:
    """Takes the answers."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []

    def send_ipmi_response(self, data: Any = (), code: int = 0) -> None:
        self.answers.append((code, bytes(data)))


class Bare(Bmc):
    """A BMC without a socket, with the attributes that the constructor gives it."""

    def __init__(self) -> None:
        self.revision = self.deviceid = self.mfgid = self.prodid = self.additionaldevices = 0
        self.firmwaremajor, self.firmwareminor, self.ipmiversion = 1, 0, 2


class Machine(Bare):
    def __init__(self) -> None:
        super().__init__()
        self.state: str | int | None = "off"
        self.did: list[str] = []
        self.code: int | None = None
        self.bootdevice: Any = "default"

    def _do(self, what: str) -> int | None:
        self.did.append(what)
        return self.code

    def get_power_state(self) -> Any:
        return self.state

    def power_off(self) -> int | None:
        return self._do("off")

    def power_on(self) -> int | None:
        return self._do("on")

    def power_cycle(self) -> int | None:
        return self._do("cycle")

    def power_reset(self) -> int | None:
        return self._do("reset")

    def pulse_diag(self) -> int | None:
        return self._do("diag")

    def power_shutdown(self) -> int | None:
        return self._do("shutdown")

    def cold_reset(self) -> int | None:
        return self._do("cold")

    def get_boot_device(self) -> Any:
        return self.bootdevice

    def set_boot_device(self, bootdevice: str) -> int | None:
        self.bootdevice = bootdevice
        return self.code

    def get_system_guid(self) -> UUID:
        return UUID("00112233-4455-6677-8899-aabbccddeeff")


def ask(bmc: Bmc, command: tuple[int, int], data: bytes = b"", **where: int) -> tuple[int, bytes]:
    """Give a request as the server does, and return its one answer."""
    session = Session()
    request = {"netfn": command[0], "command": command[1], "data": bytearray(data), **where}
    try:
        bmc.handle_raw_request(request, session)  # type: ignore[arg-type]
    except NotImplementedError:
        session.send_ipmi_response(code=0xC1)
    (answer,) = session.answers
    return answer


@pytest.mark.parametrize(("state", "answer"), [("on", 1), ("off", 0), (1, 1), (0, 0)])
def test_power_state(state: str | int, answer: int) -> None:
    machine = Machine()
    machine.state = state
    code, data = ask(machine, STATUS)
    assert (code, data[:3]) == (0, bytes((answer, 0, 0)))


@pytest.mark.parametrize("state", [None, "ON", 2, "standby"])
def test_a_power_state_that_is_none(state: Any) -> None:
    machine = Machine()
    machine.state = state
    assert ask(machine, STATUS) == (0xFF, b"")


@pytest.mark.parametrize(
    ("directive", "done"), [(0, "off"), (1, "on"), (2, "cycle"), (3, "reset"), (4, "diag"), (5, "shutdown"), (0xF1, "on")]
)
def test_control(directive: int, done: str) -> None:
    """Bits 7 to 4 are reserved.  IPMI 2.0 table 28-4."""
    machine = Machine()
    if directive < 0xF0:
        assert ask(machine, CONTROL, bytes((directive,))) == (0, b"")
        assert machine.did == [done]
        machine.code = 0xD5
        assert ask(machine, CONTROL, bytes((directive,))) == (0xD5, b"")
    else:
        ask(machine, CONTROL, bytes((directive,)))
        assert machine.did == [done]


def test_control_that_there_is_none_of() -> None:
    for directive in range(6):
        assert ask(Bare(), CONTROL, bytes((directive,))) == (0xCC, b"")
    machine = Machine()
    assert ask(machine, CONTROL, b"\x09") == (0xCC, b"")
    assert ask(machine, CONTROL, b"") == (0xC7, b"")
    assert not machine.did


@pytest.mark.parametrize(
    ("device", "selector"),
    [("network", 4), ("hd", 8), ("safe", 12), ("optical", 0x14), ("setup", 0x18), ("floppy", 0x3C), ("default", 0), (4, 4), (0x14, 0x14)],
)
def test_boot_device(device: str | int, selector: int) -> None:
    """Parameter 5: valid, device in bits 5 to 2 of the second byte.  IPMI 2.0 table 28-14."""
    machine = Machine()
    machine.bootdevice = device
    assert ask(machine, GET_BOOT, b"\x05\0\0") == (0, bytes((1, 5, 0x80, selector, 0, 0, 0)))
    if isinstance(device, str):
        machine.bootdevice = None
        assert ask(machine, SET_BOOT, bytes((5, 0x80, selector, 0, 0, 0))) == (0, b"")
        assert machine.bootdevice == device


def test_boot_options_besides() -> None:
    machine = Machine()
    for parameter in (0, 3, 4):
        assert ask(machine, SET_BOOT, bytes((parameter, 1))) == (0, b"")
    assert ask(machine, SET_BOOT, b"\x06\x00") == (0xC1, b"")
    assert ask(machine, SET_BOOT, b"\x05\x80\x1c\x00\x00\x00") == (0xCC, b"")  # 7 is a reserved device
    assert ask(machine, SET_BOOT, b"\x05\x80") == (0xC7, b"")
    assert ask(machine, SET_BOOT, b"") == (0xC7, b"")
    assert ask(machine, GET_BOOT, b"\x03\0\0") == (0x80, b"")
    assert ask(machine, GET_BOOT, b"") == (0xC7, b"")
    assert ask(machine, GET_BOOT, b"\x05") == ask(machine, GET_BOOT, b"\x05\0\0")  # some leave the selectors out
    machine.code = 0xD5
    assert ask(machine, SET_BOOT, b"\x05\x80\x04\x00\x00\x00") == (0xD5, b"")


def test_boot_device_of_a_bmc_without() -> None:
    """One answer, not two."""
    assert ask(Bare(), GET_BOOT, b"\x05\0\0") == (0, bytes((1, 5, 0, 0, 0, 0, 0)))
    assert ask(Bare(), SET_BOOT, b"\x05\x80\x04\x00\x00\x00") == (0xC1, b"")


def test_device_id() -> None:
    """IPMI 2.0 table 20-2: three bytes of manufacturer, two of product."""
    machine = Machine()
    machine.deviceid, machine.revision, machine.additionaldevices = 0x20, 3, 0x81
    machine.firmwaremajor, machine.firmwareminor = 2, 0x34
    machine.mfgid, machine.prodid = 0x0148AF, 0x5053
    assert ask(machine, DEVICE_ID) == (0, bytes.fromhex("20 03 02 34 02 81 af4801 5350"))


def test_device_id_of_any_numbers() -> None:
    """As many bits as there are; bit 7 of the second and third byte: provides SDRs, update under way."""
    machine = Machine()
    machine.deviceid, machine.revision, machine.ipmiversion = 0x120, 0x81, 0x51
    machine.firmwaremajor, machine.firmwareminor = 0x82, 0x199
    machine.mfgid, machine.prodid = 0x12345678, 0x12345
    assert ask(machine, DEVICE_ID) == (0, bytes.fromhex("20 81 82 99 51 00 785634 4523"))


@pytest.mark.parametrize(
    ("command", "data"),
    [
        (STATUS, b""), (CONTROL, b"\x01"), (DEVICE_ID, b""), (COLD_RESET, b""), (GUID, b""), (GET_BOOT, b"\x05\0\0"),
        (SET_BOOT, b"\x05\x80\x04\0\0\0"), (SET_BOOT, b"\0\x01"), (SET_BOOT, b"\x03\x08"), (SET_BOOT, b"\x04\x01\x01"),
    ],
)
def test_requests_that_are_too_long_do_nothing(command: tuple[int, int], data: bytes) -> None:
    """IPMI 2.0 table 5-2: C7h, request data length invalid."""
    machine = Machine()
    assert ask(machine, command, data + b"\0") == (0xC7, b"")
    assert not machine.did
    assert machine.bootdevice == "default"
    assert ask(machine, command, data)[0] == 0


def test_requests_to_others_do_nothing() -> None:
    """C2h: not at this LUN; D3h: no such destination."""
    machine = Machine()
    for lun in (1, 2, 3):
        assert ask(machine, CONTROL, b"\x01", lun=lun) == (0xC2, b"")
    assert ask(machine, CONTROL, b"\x01", address=0x82) == (0xD3, b"")
    assert not machine.did


GUID_OF_TEXT = UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize("given", [GUID_OF_TEXT, str(GUID_OF_TEXT), GUID_OF_TEXT.hex, GUID_OF_TEXT.bytes])
def test_guids_in_all_forms(given: Any) -> None:
    assert uuid_of(given) == GUID_OF_TEXT
    assert uuid_of(None) != uuid_of(None)


@pytest.mark.parametrize("given", ["0.0.0.0", "", b"short"])
def test_what_is_no_guid_is_told_at_once(given: Any) -> None:
    """An address in the third place, for one."""
    with pytest.raises(InvalidParameterValue, match=f"16 bytes, not {given!r}; the address comes behind it"):
        Bmc({}, 0, given)


def test_guid_and_reset() -> None:
    machine = Machine()
    assert ask(machine, GUID) == (0, bytes.fromhex("33221100 5544 7766 8899 aabbccddeeff"))
    assert ask(machine, COLD_RESET) == (0, b"")
    machine.code = 0xD5
    assert ask(machine, COLD_RESET) == (0xD5, b"")


@pytest.mark.parametrize("command", [STATUS, COLD_RESET, GUID, (0x06, 0x04), (0x2C, 0x01), (0x30, 0x70)])
def test_what_is_not_there(command: tuple[int, int]) -> None:
    assert ask(Bare(), command) == (0xC1, b"")


@pytest.mark.parametrize("command", [ACTIVATE, DEACTIVATE])
def test_serial_over_lan_is_disabled(command: tuple[int, int]) -> None:
    assert ask(Machine(), command, bytes(6)) == (0x81, b"")


def test_hooks_are_overridden_as_they_always_were() -> None:
    class Own(Machine):
        def get_chassis_status(self, session: Any) -> None:
            session.send_ipmi_response(data=[1, 2, 3])

        def handle_missing_command(self, session: Any) -> None:  # type: ignore[override]
            session.send_ipmi_response(code=0xC0)

        def activate_payload(self, request: Any, session: Any) -> None:
            session.send_ipmi_response(code=0x80)

    assert ask(Own(), STATUS) == (0, b"\x01\x02\x03")
    assert ask(Own(), (0x30, 1)) == (0xC0, b"")
    assert ask(Own(), ACTIVATE, bytes(6)) == (0x80, b"")
    session = Session()
    Bmc.handle_missing_command(session)  # type: ignore[arg-type]
    assert session.answers == [(0xC1, b"")]


def test_modules_that_are_reached_through_this_one() -> None:
    from pyghmi.ipmi import command
    from pyghmi.ipmi.private import serversession, session

    assert module.ipmicommand is command
    assert module.ipmisession is session
    assert module.serversession is serversession
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        module.nonsense  # noqa: B018


def test_class_attributes() -> None:
    assert (Bmc.activated, Bmc.sol, Bmc.iohandler) == (False, None, None)
