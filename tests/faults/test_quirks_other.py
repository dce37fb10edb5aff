# SPDX-License-Identifier: Apache-2.0
"""Oddities of identity, watchdog and system info that real BMCs have, and answers of any length."""
from __future__ import annotations

import importlib
import pkgutil
from typing import Any
from uuid import UUID

import pytest
from chassis_part import INTEL, ChassisPart
from memory_bmc import MemoryBmc, command_over

import pyghmi.ipmi.spec as spec
from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.guid import GuidOrder, read_guid
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message
from pyghmi.sim.system_info import SystemInfoPart
from pyghmi.sim.watchdog import WatchdogPart

GET_WATCHDOG, GET_INFO = (6, 0x25), (6, 0x59)


def test_M01_a_manufacturer_with_two_numbers() -> None:
    """Supermicro's boards say 10876 or 47488."""
    for manufacturer in (10876, 47488):
        part = ChassisPart(device_id=INTEL[:6] + manufacturer.to_bytes(3, "little") + INTEL[9:])
        command = command_over(MemoryBmc(part))
        assert command._get_device_id()["manufacturer_id"] == manufacturer
        command.set_bootdev("hd", uefiboot=True)
        assert part.boot.device == 0x24


@pytest.mark.parametrize(
    ("tail", "product"),
    [
        ("57 01 00", 0),
        ("57 01 00 42 00", 66),
        ("57 01 00 00 42 00 00 00", 66),
        ("57 01 00 42 00 01 02 03 04", 66),
        ("57 01 00 42 00 01 02 03 04 05 06", 66),
    ],
    ids=["9", "11", "14", "15", "17"],
)
def test_M02_device_ids_of_odd_lengths(tail: str, product: int) -> None:
    command = command_over(MemoryBmc(ChassisPart(device_id=INTEL[:6] + bytes.fromhex(tail))))
    assert command._get_device_id() == {
        "device_id": 0x20, "device_revision": 1, "manufacturer_id": 343, "product_id": product, "firmware_version": "2.10",
    }
    with pytest.raises(Malformed):
        command_over(MemoryBmc(ChassisPart(device_id=INTEL[:8])))._get_device_id()


def test_M03_three_orders_of_a_guid() -> None:
    known = UUID("5a1d0c77-5053-4f6e-9b1e-0200005e0001")
    for data, order in ((known.bytes_le, GuidOrder.SMBIOS), (known.bytes[::-1], GuidOrder.IPMI), (known.bytes, GuidOrder.RFC4122)):
        bmc = MemoryBmc(knobs={(6, 0x37): lambda _d, _h, data=data: (0, data)})  # type: ignore[misc]
        assert command_over(bmc).get_system_guid() == str(known)
        assert read_guid(data).raw == data, "as it came"
        assert read_guid(data, order).text == str(known), "a choice"


def watchdog(**more: Any) -> tuple[MemoryBmc, Any]:
    bmc = MemoryBmc(**more)
    bmc.table.update(WatchdogPart(bmc.now).commands())
    return bmc, command_over(bmc)


def never_running(_data: bytes, handler: Any) -> tuple[int, bytes]:
    code, data = handler(b"")
    return code, bytes((data[0] & 0xBF,)) + data[1:]


def test_M09_the_watchdog_never_says_that_it_runs() -> None:
    bmc, command = watchdog(knobs={GET_WATCHDOG: never_running})
    command.set_watchdog(countdown=60, start=True)
    bmc.wait(5.0)
    assert command.get_watchdog()["running"] is True
    command.set_watchdog(countdown=60)
    bmc.asked.clear()
    assert command.get_watchdog()["running"] is False
    assert bmc.count(*GET_WATCHDOG) == 1


def test_M09_a_countdown_in_whole_seconds_and_one_that_stands() -> None:
    bmc, command = watchdog()
    bmc.knobs[GET_WATCHDOG] = lambda _d, _h: (0, bytes((4, 1, 0, 0, 88, 2)) + (600 - int(bmc.time - 995) * 10).to_bytes(2, "little"))
    assert command.get_watchdog()["running"] is True
    bmc.knobs[GET_WATCHDOG] = lambda _d, _h: (0, bytes.fromhex("04 01 00 00 58 02 2c 01"))
    bmc.asked.clear()
    assert command.get_watchdog()["running"] is False
    assert bmc.count(*GET_WATCHDOG) == 3


def test_M10_the_watchdog_says_nothing_now_and_then() -> None:
    bmc, command = watchdog()
    command.set_watchdog(countdown=60)
    silent = [True]

    def now_and_then(_data: bytes, handler: Any) -> tuple[int, bytes]:
        silent[0] = not silent[0]
        return handler(b"") if silent[0] else (0, b"")

    bmc.knobs[GET_WATCHDOG] = now_and_then
    assert command.get_watchdog()["countdown"] == 60.0
    command.stop_watchdog()
    bmc.knobs[GET_WATCHDOG] = lambda _d, _h: (0, b"")
    with pytest.raises(Malformed):
        command.get_watchdog()


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_M11_system_info_without_selector_encoding_or_length(length: int) -> None:
    bmc = MemoryBmc(SystemInfoPart(), knobs={GET_INFO: lambda data, handler: (0, handler(data)[1][:length])})
    assert set(command_over(bmc).get_system_info().values()) == {""}


def test_M12_system_info_is_refused_whatever_the_level() -> None:
    command = command_over(MemoryBmc(SystemInfoPart(), knobs={GET_INFO: lambda _d, _h: (0xD4, b"")}))
    assert set(command.get_system_info().values()) == {None}
    command = command_over(MemoryBmc())
    assert set(command.get_system_info().values()) == {None}
    with pytest.raises(CompletionCodeError):
        command.set_system_info("system_name", "x")


def modules() -> list[Any]:
    return [importlib.import_module(f"{spec.__name__}.{found.name}") for found in pkgutil.iter_modules(spec.__path__)]


def declared(base: type[Message]) -> list[type[Any]]:
    found = {
        f"{each.__module__.rpartition('.')[2]}.{each.__qualname__}": each
        for module in modules()
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, base) and each not in (Message, Request) and "_wire_declared" in vars(each)
    }
    return [found[name] for name in sorted(found)]


REQUESTS = [kind for kind in declared(Request) if hasattr(kind, "answer")]
MESSAGES = declared(Message)
BOUNDED = [kind for kind in MESSAGES if not any(field.length == -1 for field in kind._wire_declared)]
"""Those that do not take all bytes that come."""
SAMPLES = [bytes(64), bytes(range(64)), b"\xff" * 64, bytes(range(255, 191, -1)), b"\x55\xaa" * 32]


def name(kind: type[Any]) -> str:
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"


def test_M13_there_are_messages_to_look_at() -> None:
    assert len(REQUESTS) > 50
    assert {kind.answer for kind in REQUESTS} <= set(MESSAGES)


@pytest.mark.parametrize("kind", REQUESTS, ids=name)
def test_M13_answers_of_any_length(kind: type[Any]) -> None:
    """A value or Malformed, which keeps the bytes."""
    request = kind.__new__(kind)
    for sample in SAMPLES:
        for length in (*range(48), 64):
            data = sample[:length]
            try:
                found = answer_of(request, 0, data)
            except Malformed as error:
                assert error.data == data
            else:
                assert isinstance(found, kind.answer)
                repr(found)
    with pytest.raises(CompletionCodeError):
        answer_of(request, 0xC1, b"")


@pytest.mark.parametrize("kind", BOUNDED, ids=name)
def test_M13_what_is_too_long_reads_as_without_the_tail(kind: type[Any]) -> None:
    whole = max((field.last_byte for field in kind._wire_declared), default=0) + 1  # some tables count from 0
    for sample in SAMPLES:
        data = (sample * (whole // len(sample) + 1))[:whole]
        assert kind.decode(data + b"\xa5" * 20) == kind.decode(data)


@pytest.mark.parametrize("kind", MESSAGES, ids=name)
def test_M13_what_was_read_can_be_written(kind: type[Any]) -> None:
    """Encoding what was decoded, and decoding that, gives the same again; fields that are constant apart."""
    for sample in SAMPLES:
        for length in (8, 16, 32, 64):
            try:
                found = kind.decode(sample[:length])
                written = found.encode()
            except (Malformed, InvalidParameterValue):
                continue
            assert kind.decode(written) == found
