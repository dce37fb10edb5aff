# SPDX-License-Identifier: Apache-2.0
"""System boot options.  IPMI 2.0 §28.12, §28.13."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, constant, rest, u8, u32, wire


class BootParameter(OpenEnum):
    """IPMI 2.0 table 28-14."""

    SET_IN_PROGRESS = 0
    SERVICE_PARTITION_SELECTOR = 1
    SERVICE_PARTITION_SCAN = 2
    VALID_BIT_CLEARING = 3
    INFO_ACKNOWLEDGE = 4
    BOOT_FLAGS = 5
    INITIATOR_INFO = 6
    INITIATOR_MAILBOX = 7


class BootDevice(OpenEnum):
    """Device selector of the boot flags.  IPMI 2.0 table 28-14."""

    NO_OVERRIDE = 0
    PXE = 1
    HARD_DISK = 2
    HARD_DISK_SAFE_MODE = 3
    DIAGNOSTIC_PARTITION = 4
    CD_DVD = 5
    BIOS_SETUP = 6
    REMOTE_FLOPPY = 7
    REMOTE_CD_DVD = 8
    REMOTE_PRIMARY_MEDIA = 9
    REMOTE_HARD_DISK = 0xB
    FLOPPY = 0xF


class Verbosity(OpenEnum):
    """How much the firmware says.  IPMI 2.0 table 28-14."""

    DEFAULT = 0
    QUIET = 1
    VERBOSE = 2


class ConsoleRedirection(OpenEnum):
    """IPMI 2.0 table 28-14."""

    DEFAULT = 0
    SKIP = 1
    ENABLE = 2


class MuxOverride(OpenEnum):
    """Who has the serial port when the firmware is done.  IPMI 2.0 table 28-14."""

    RECOMMENDED = 0
    BMC = 1
    SYSTEM = 2


@wire(first=2)
class BootOptionData(Message):
    """Get System Boot Options, response.  IPMI 2.0 §28.13.  `data`: of the parameter."""

    version: int = bits(2, 3, 0)
    invalid: bool = bit(3, 7)
    parameter: int = bits(3, 6, 0)
    data: bytes = rest(4)


@wire()
class GetSystemBootOptions(Request[BootOptionData]):
    """IPMI 2.0 §28.13."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x09, BootOptionData
    parameter: int = bits(1, 6, 0)
    set_selector: int = u8(2, default=0)
    block_selector: int = u8(3, default=0)


@wire()
class SetSystemBootOptions(Request[Done]):
    """IPMI 2.0 §28.12.  Without data only the valid mark of the parameter changes."""

    netfn, cmd, answer = NetFn.CHASSIS, 0x08, Done
    mark_invalid: bool = bit(1, 7, default=False)
    parameter: int = bits(1, 6, 0)
    data: bytes = rest(2, default=b"")


@wire()
class BootFlags(Message):
    """Parameter 5.  IPMI 2.0 table 28-14.  `valid` false: the rest means nothing, the machine boots as it is set up.

    `instance`: 0 any, 1 to 15 the nth external device of that kind, 17 to 31 the nth internal one.
    """

    valid: bool = bit(1, 7, default=True)
    persistent: bool = bit(1, 6, default=False)
    efi: bool = bit(1, 5, default=False)
    clear_cmos: bool = bit(2, 7, default=False)
    lock_keyboard: bool = bit(2, 6, default=False)
    device: BootDevice = bits(2, 5, 2, BootDevice, default=BootDevice.NO_OVERRIDE)
    blank_screen: bool = bit(2, 1, default=False)
    lock_reset_button: bool = bit(2, 0, default=False)
    lock_power_button: bool = bit(3, 7, default=False)
    verbosity: Verbosity = bits(3, 6, 5, Verbosity, default=Verbosity.DEFAULT)
    force_progress_traps: bool = bit(3, 4, default=False)
    bypass_password: bool = bit(3, 3, default=False)
    lock_sleep_button: bool = bit(3, 2, default=False)
    console_redirection: ConsoleRedirection = bits(3, 1, 0, ConsoleRedirection, default=ConsoleRedirection.DEFAULT)
    shared_mode_override: bool = bit(4, 3, default=False)
    mux_override: MuxOverride = bits(4, 2, 0, MuxOverride, default=MuxOverride.RECOMMENDED)
    instance: int = bits(5, 4, 0, default=0)


@wire()
class ValidBitClearing(Message):
    """Parameter 3: when NOT to clear the valid bit of the boot flags.  IPMI 2.0 table 28-14."""

    keep_on_pef: bool = bit(1, 4, default=False)
    keep_on_timeout: bool = bit(1, 3, default=False)
    keep_on_watchdog: bool = bit(1, 2, default=False)
    keep_on_button: bool = bit(1, 1, default=False)
    keep_on_power_up: bool = bit(1, 0, default=False)


@wire()
class InfoAcknowledge(Message):
    """Parameter 4: who has handled the boot info.  IPMI 2.0 table 28-14.  Bit set: that party may still act on it."""

    write_mask: int = u8(1, default=1)
    by_bios: bool = bit(2, 0, default=True)
    by_os_loader: bool = bit(2, 1, default=False)
    by_service_partition: bool = bit(2, 2, default=False)
    by_sms: bool = bit(2, 3, default=False)
    by_oem: bool = bit(2, 4, default=False)


@wire()
class SetInProgress(Message):
    """Parameter 0.  0: set complete, 1: set in progress.  IPMI 2.0 table 28-14."""

    state: int = bits(1, 1, 0)
    reserved = constant(1, 0, hi=7, lo=2)


@wire()
class ServicePartitionSelector(Message):
    """Parameter 1.  IPMI 2.0 table 28-14.  0: not said which."""

    partition: int = u8(1)


@wire()
class ServicePartitionScan(Message):
    """Parameter 2.  IPMI 2.0 table 28-14.  `requested` has the firmware look for it at the next start."""

    requested: bool = bit(1, 1, default=False)
    discovered: bool = bit(1, 0, default=False)


@wire()
class InitiatorInfo(Message):
    """Parameter 6: who asked for the start, and when.  IPMI 2.0 table 28-14.  `timestamp`: IPMI time."""

    channel: int = bits(1, 3, 0)
    session_id: int = u32(2)
    timestamp: int = u32(6)


@wire()
class MailboxBlock(Message):
    """Parameter 7: 16 bytes for whoever is started.  IPMI 2.0 table 28-14.  Some BMCs give fewer."""

    block: int = u8(1)
    data: bytes = rest(2)
