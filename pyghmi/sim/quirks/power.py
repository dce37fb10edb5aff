# SPDX-License-Identifier: Apache-2.0
"""Section P, first half: power, the chassis, restarts of the BMC.  The other half is in boot.py."""
from __future__ import annotations

from contextlib import suppress

from pyghmi.ipmi.spec.app import ColdReset, GetDeviceId
from pyghmi.ipmi.spec.chassis import ChassisControl, ChassisIdentify, GetChassisStatus, PowerAction
from pyghmi.ipmi.spec.codes import INVALID_LENGTH, OK
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Knob, Misbehaviour, NoAnswer, Real
from pyghmi.sim.quirks.table import quirk

CHASSIS, APP = ChassisControl.netfn, ColdReset.netfn
CONTROL, STATUS, IDENTIFY = ChassisControl.cmd, GetChassisStatus.cmd, ChassisIdentify.cmd
_LATE = (PowerAction.POWER_DOWN, PowerAction.POWER_UP, PowerAction.SOFT_SHUTDOWN)
_RESTARTS = (PowerAction.POWER_CYCLE, PowerAction.HARD_RESET)
_ACTION = 0x0F
_NO_SUCH_ACTION = 0x80
_FIRMWARE_AT, _UPDATING = 2, 0x80
DONE: Reply = (OK, b"")


def _action(data: bytes) -> int | None:
    return data[0] & _ACTION if len(data) == 1 else None


@quirk("P01", "a change of power is confirmed at once, and begins after a while", number="seconds", default="5")
def _late(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        if _action(data) not in _LATE:
            return real(data)

        def act() -> None:
            with suppress(NoAnswer):
                real(data)

        odd.later(float(variant), act)
        return DONE

    odd.knob(CHASSIS, CONTROL, knob)


def _ignoring(*actions: int, reply: Reply = DONE) -> Knob:
    """Return a knob that answers this to actions, and does nothing."""
    return lambda data, real: reply if _action(data) in actions else real(data)


@quirk("P02", "power on is confirmed, and nothing happens", first="at the first word", always="however often")
def _stays_off(odd: Misbehaviour, variant: str) -> None:
    heard = [False]

    def knob(data: bytes, real: Real) -> Reply:
        if _action(data) != PowerAction.POWER_UP or odd.machine.power.is_on:
            return real(data)
        heard[0] = not heard[0]
        return DONE if heard[0] or variant == "always" else real(data)

    odd.knob(CHASSIS, CONTROL, knob)


@quirk("P03", "reset is refused with 80h, and power cycle works")
def _no_reset(odd: Misbehaviour, _variant: str) -> None:
    odd.knob(CHASSIS, CONTROL, _ignoring(PowerAction.HARD_RESET, reply=(_NO_SUCH_ACTION, b"")))


@quirk(
    "P04",
    "power cycle and reset do not start what is off",
    ignored="they are confirmed, and nothing happens",
    d5="D5h",
    cc="CCh",
    **{"80": "80h"},
)
def _not_from_off(odd: Misbehaviour, variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        if _action(data) not in _RESTARTS or odd.machine.power.is_on:
            return real(data)
        return DONE if variant == "ignored" else (int(variant, 16), b"")

    odd.knob(CHASSIS, CONTROL, knob)


@quirk("P05", "a shutdown by the operating system is confirmed, and nothing happens")
def _no_shutdown(odd: Misbehaviour, _variant: str) -> None:
    odd.knob(CHASSIS, CONTROL, _ignoring(PowerAction.SOFT_SHUTDOWN))


@quirk("P17", "Get Chassis Status gives so much", number="bytes", default="1")
def _short_status(odd: Misbehaviour, variant: str) -> None:
    count = int(float(variant))

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, found if code else found[:count].ljust(count, b"\0")

    odd.knob(CHASSIS, STATUS, knob)


@quirk("P18", "Chassis Identify with a second byte is refused (C7h)")
def _no_force(odd: Misbehaviour, _variant: str) -> None:
    odd.knob(CHASSIS, IDENTIFY, lambda data, real: (INVALID_LENGTH, b"") if len(data) > 1 else real(data))


@quirk("P19", "a cold reset is not answered, and the BMC is silent then", number="seconds", default="30")
def _long_reset(odd: Misbehaviour, variant: str) -> None:
    power = odd.machine.power
    power.times = power.times._replace(bmc_s=float(variant))

    def knob(data: bytes, real: Real) -> None:
        real(data)

    odd.knob(APP, ColdReset.cmd, knob)


@quirk("P20", "Get Device ID says that the device is being updated, in the byte of the firmware's version")
def _updating(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        if len(found) > _FIRMWARE_AT:
            byte = bytes((found[_FIRMWARE_AT] | _UPDATING,))
            found = found[:_FIRMWARE_AT] + byte + found[_FIRMWARE_AT + 1 :]
        return code, found

    odd.knob(APP, GetDeviceId.cmd, knob)
