# SPDX-License-Identifier: Apache-2.0
"""Section P, second half: boot options, and what the firmware makes of them."""
from __future__ import annotations

from typing import Callable

from pyghmi.ipmi.spec.boot import BootDevice, BootFlags, BootParameter, GetSystemBootOptions, SetSystemBootOptions
from pyghmi.sim.parts import Reply
from pyghmi.sim.quirks.hooks import Knob, Misbehaviour, Real
from pyghmi.sim.quirks.power import CHASSIS, DONE
from pyghmi.sim.quirks.table import quirk

SET, GET = SetSystemBootOptions.cmd, GetSystemBootOptions.cmd
_NUMBER = 0x7F
_NOT_SUPPORTED, _IN_PROGRESS = 0x80, 0x81
_FLAGS, _VALID_BITS = BootParameter.BOOT_FLAGS, BootParameter.VALID_BIT_CLEARING
_VALID, _PERSISTENT = 0x80, 0x40
_FLAGS_AT, _DEVICE_AT = 1, 2
_ANSWERED_FLAGS_AT = 2
_DEVICE_BITS, _HARD_DISK = 0x3C, 0x08
_FLAGS_BYTES = 5
_STALE = bytes.fromhex("0004000000")
_BIOS_IS_TOLD = b"\x01\x01"
_SUPERMICRO = 10876
_TAIL = bytes(range(12))


def _writing(number: int, data: bytes) -> bool:
    """Whether this is a write of a parameter: with content, that is, not of its mark alone."""
    return len(data) > 1 and data[0] & _NUMBER == number


def _put(odd: Misbehaviour, number: int, knob: Knob) -> None:
    """Have a knob answer the writes of one parameter."""
    odd.knob(CHASSIS, SET, lambda data, real: knob(data, real) if _writing(number, data) else real(data))


def _shown(odd: Misbehaviour, change: Callable[[bytes], bytes]) -> None:
    """Have the boot flags read as something else."""

    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        asked = bool(data) and data[0] & _NUMBER == _FLAGS and len(found) > _ANSWERED_FLAGS_AT
        return code, found[:_ANSWERED_FLAGS_AT] + change(found[_ANSWERED_FLAGS_AT:]) if asked else found

    odd.knob(CHASSIS, GET, knob)


def _booting(odd: Misbehaviour, take: Callable[[BootFlags, Callable[[], BootDevice]], BootDevice]) -> None:
    """Have the firmware make something else of the flags: `take(flags, by_the_book)` returns what it boots from."""
    boot = odd.machine.boot
    by_the_book = boot.take
    boot.take = lambda: take(boot.flags, by_the_book)  # type: ignore[method-assign]


def _never_spent(odd: Misbehaviour) -> None:
    boot = odd.machine.boot

    def take(_flags: BootFlags, by_the_book: Callable[[], BootDevice]) -> BootDevice:
        held = boot._data[_FLAGS]
        device = by_the_book()
        boot._data[_FLAGS] = held
        return device

    _booting(odd, take)


def _changed(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes((value,)) + data[at + 1 :]


@quirk("P06", "boot flags that no start follows are dropped after a while", number="seconds", default="60")
def _dropped(odd: Misbehaviour, variant: str) -> None:
    odd.machine.boot.valid_s = float(variant)


@quirk(
    "P07",
    "boot parameter 3 is refused",
    **{code: f"with {code.upper()}h" for code in ("80", "c9", "cc", "c1")},
)
def _no_clearing(odd: Misbehaviour, variant: str) -> None:
    _put(odd, _VALID_BITS, lambda _data, _real: (int(variant, 16), b""))


@quirk("P08", "boot options are answered with 12 bytes too many")
def _long_tail(odd: Misbehaviour, _variant: str) -> None:
    def knob(data: bytes, real: Real) -> Reply:
        code, found = real(data)
        return code, found if code else found + _TAIL

    odd.knob(CHASSIS, GET, knob)


@quirk("P09", "a device stands in boot flags that are not valid")
def _stale(odd: Misbehaviour, _variant: str) -> None:
    boot = odd.machine.boot
    if not boot.flags.valid:
        boot._data[_FLAGS] = _STALE

    def knob(data: bytes, real: Real) -> Reply:
        is_request = len(data) <= _FLAGS_AT or data[_FLAGS_AT] & _VALID
        return real(data if is_request else data[:_DEVICE_AT] + boot._data[_FLAGS][1:])

    _put(odd, _FLAGS, knob)


@quirk(
    "P10",
    "a boot device without the UEFI bit is meant for firmware of the old kind",
    ignored="it is not heeded",
    legacy="the machine starts so",
)
def _old_firmware(odd: Misbehaviour, variant: str) -> None:
    def take(flags: BootFlags, by_the_book: Callable[[], BootDevice]) -> BootDevice:
        device = by_the_book()
        if not flags.valid or flags.efi:
            return device
        odd.machine.say("boot device without UEFI bit: " + ("not heeded" if variant == "ignored" else "legacy mode"))
        return BootDevice.NO_OVERRIDE if variant == "ignored" else device

    _booting(odd, take)


@quirk("P11", "it is a Supermicro board, whose disk in UEFI mode has number 9")
def _other_disk(odd: Misbehaviour, _variant: str) -> None:
    odd.machine.mfgid = _SUPERMICRO

    def take(flags: BootFlags, by_the_book: Callable[[], BootDevice]) -> BootDevice:
        device = by_the_book()
        if not flags.efi:
            return device
        return _UEFI_DISKS.get(device, device)

    _booting(odd, take)


_UEFI_DISKS = {
    BootDevice.HARD_DISK: BootDevice.NO_OVERRIDE,
    BootDevice.REMOTE_PRIMARY_MEDIA: BootDevice.HARD_DISK,
}
"""What is written -> what comes of it."""


@quirk("P12", "boot flags that ask for the setup begin with FFh")
def _setup(odd: Misbehaviour, _variant: str) -> None:
    def change(flags: bytes) -> bytes:
        said = BootFlags.decode(flags.ljust(_FLAGS_BYTES, b"\0"))
        return b"\xff" + flags[1:] if said.valid and said.device is BootDevice.BIOS_SETUP else flags

    _shown(odd, change)


@quirk(
    "P13",
    "how long boot flags hold is not heeded",
    ignored="the persistent bit is not kept",
    kept="what is for one start stays",
)
def _how_long(odd: Misbehaviour, variant: str) -> None:
    if variant == "kept":
        _never_spent(odd)
        return
    _put(odd, _FLAGS, lambda data, real: real(_changed(data, _FLAGS_AT, data[_FLAGS_AT] & ~_PERSISTENT & 0xFF)))


@quirk(
    "P14",
    "boot options are not simply written",
    left="somebody has left them in progress: writes get 81h until that is ended",
    unsupported="there is no set in progress (80h)",
    differs="another device is held than was written",
)
def _not_simply(odd: Misbehaviour, variant: str) -> None:
    if variant == "differs":
        _put(odd, _FLAGS, lambda data, real: real(_with_disk(data)))
        return
    held = odd.machine.boot._data
    if variant == "left":
        held[BootParameter.SET_IN_PROGRESS] = b"\x01"

    def write(data: bytes, real: Real) -> Reply:
        is_progress = bool(data) and data[0] & _NUMBER == BootParameter.SET_IN_PROGRESS
        if variant == "unsupported":
            return (_NOT_SUPPORTED, b"") if is_progress else real(data)
        in_progress = held[BootParameter.SET_IN_PROGRESS] == b"\x01"
        return (_IN_PROGRESS, b"") if in_progress and not is_progress else real(data)

    def read(data: bytes, real: Real) -> Reply:
        is_progress = bool(data) and data[0] & _NUMBER == BootParameter.SET_IN_PROGRESS
        return (_NOT_SUPPORTED, b"") if is_progress and variant == "unsupported" else real(data)

    odd.knob(CHASSIS, SET, write)
    odd.knob(CHASSIS, GET, read)


def _with_disk(data: bytes) -> bytes:
    if len(data) <= _DEVICE_AT:
        return data
    return _changed(data, _DEVICE_AT, data[_DEVICE_AT] & ~_DEVICE_BITS & 0xFF | _HARD_DISK)


@quirk("P15", "boot flags are valid only when the BIOS was told before, by parameter 4")
def _untold(odd: Misbehaviour, _variant: str) -> None:
    told = [False]

    def tell(data: bytes, real: Real) -> Reply:
        told[0] = data[1:] == _BIOS_IS_TOLD
        return real(data)

    def write(data: bytes, real: Real) -> Reply:
        if not told[0]:
            data = _changed(data, _FLAGS_AT, data[_FLAGS_AT] & ~_VALID & 0xFF)
        told[0] = False
        return real(data)

    _put(odd, BootParameter.INFO_ACKNOWLEDGE, tell)
    _put(odd, _FLAGS, write)


@quirk("P16", "a boot device for one start stays and cannot be taken back, and devices that there are not are taken")
def _stays(odd: Misbehaviour, _variant: str) -> None:
    _never_spent(odd)
    _put(odd, _FLAGS, lambda data, real: real(data) if data[_FLAGS_AT] & _VALID else DONE)
