# SPDX-License-Identifier: Apache-2.0
"""What the machine boots from: the boot device, and the boot options in full."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Optional, Union

from pyghmi.ipmi.facade.api import Api
from pyghmi.ipmi.facade.tables import DEVICE_UNIT, boot_devices

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.boot import Boot
    from pyghmi.ipmi.facade import system_shapes as shapes
    from pyghmi.ipmi.facade.boot_words import Choice

_IANA_BYTES = 3


class BootApi(Api):
    """Boot device, once or for good, and all other boot options."""

    def _boot(self) -> Boot:
        found: Boot = self._vendor_if_it_has("boot").boot(self._call())
        return found

    def get_bootdev(self) -> dict[str, Union[str, int, bool]]:
        """Return {'bootdev': name, or the number of an unknown device, 'persistent': bool, 'uefimode': bool}.

        Where nothing was asked for: {'bootdev': 'default', 'persistent': True}.  Raises IpmiException.
        """
        flags = self._boot().flags()
        if flags is None:
            return {"bootdev": "default", "persistent": True}
        device = int(flags.device)
        return {
            "bootdev": boot_devices.get(device, device),
            "persistent": flags.persistent,
            "uefimode": flags.efi,
        }

    def set_bootdev(self, bootdev: str, persist: bool = False, uefiboot: bool = False) -> dict[str, str]:
        """Boot from this device: the next time, or always if `persist`; uefiboot: in UEFI mode.

        bootdev: 'network', 'hd', 'optical', 'setup', 'floppy', 'safe', 'default' or one of their other names.
        Returns {'bootdev': bootdev}; for an unknown name {'error': text}.  Raises IpmiException.
        """
        if not isinstance(bootdev, str) or bootdev not in boot_devices:
            return {"error": f"Unknown bootdevice {bootdev} requested"}
        from pyghmi.ipmi.domains.boot import disk_for_uefi
        from pyghmi.ipmi.spec.boot import BootDevice, BootFlags

        device = BootDevice(int(boot_devices[bootdev]) // DEVICE_UNIT)
        if device is BootDevice.NO_OVERRIDE:
            flags = BootFlags(valid=False)
        else:
            if device is BootDevice.HARD_DISK and uefiboot:
                device = disk_for_uefi(self._device_id().manufacturer_id)
            flags = BootFlags(persistent=bool(persist), efi=bool(uefiboot), device=device)
        self._boot().set_flags(flags)
        return {"bootdev": bootdev}

    def get_boot_options(self) -> shapes.BootOptions:
        """Return all boot options.

        The flags: 'valid' (whether the next start looks at them), 'persistent', 'uefi', 'device': word, 'instance': 0
        any, 1 to 15 the nth external, 17 to 31 the nth internal one, 'clear_cmos', 'lock_keyboard',
        'lock_reset_button', 'lock_power_button', 'lock_sleep_button', 'blank_screen', 'bypass_password',
        'force_progress_traps', 'shared_mode_override': bool, 'verbosity': 'default', 'quiet', 'verbose',
        'console_redirection': 'default', 'skip', 'enable', 'mux_override': 'recommended', 'bmc', 'system'; 'locked':
        they are marked invalid, 'raw': their bytes.

        None where the BMC has no such one: 'keep_on': list of 'power', 'reset', 'watchdog', 'timeout', 'pef', at which
        the flags stay valid; 'may_act': who has not handled the boot info yet; 'service_partition': {'selector',
        'scan', 'discovered'}; 'initiator': {'channel', 'session_id', 'timestamp'}; 'set_in_progress': word.
        Raises IpmiException.
        """
        from pyghmi.ipmi.facade.boot_words import options_in_words

        return options_in_words(self._boot())

    def set_boot_options(
        self,
        device: Optional[str] = None,
        *,
        uefi: Optional[bool] = None,
        persistent: Optional[bool] = None,
        instance: Optional[int] = None,
        verbosity: Optional[str] = None,
        console_redirection: Optional[str] = None,
        mux_override: Optional[str] = None,
        shared_mode_override: Optional[bool] = None,
        clear_cmos: Optional[bool] = None,
        lock_keyboard: Optional[bool] = None,
        lock_reset_button: Optional[bool] = None,
        lock_power_button: Optional[bool] = None,
        lock_sleep_button: Optional[bool] = None,
        blank_screen: Optional[bool] = None,
        bypass_password: Optional[bool] = None,
        force_progress_traps: Optional[bool] = None,
        keep_on: Iterable[str] = ("timeout",),
        clear: bool = False,
    ) -> shapes.BootReport:
        """Ask for something at the next start, or at each one, and look what the BMC made of it.

        Words as in `get_boot_options`, for the device also those of `set_bootdev`.  What is not named stays as the BMC
        holds it while that is valid, else it is off; uefi not named: as the BMC holds it in any case.  keep_on: at what
        the request does not end; without 'timeout' it does 60 s later.  clear: ask for nothing any more.

        Returns {'requested': flags, 'held': flags read back, None if the BMC does not let them be read, 'differences':
        names of the flags that it holds otherwise, 'refused': {what it would not have written beside the flags: why},
        'acknowledged': whether it took the flags only after the firmware was told anew}.  Many BMCs hold what they do
        not obey.  Raises InvalidParameterValue, IpmiException.
        """
        choices: dict[str, Choice] = {
            "device": device,
            "efi": uefi,
            "persistent": persistent,
            "instance": instance,
            "verbosity": verbosity,
            "console_redirection": console_redirection,
            "mux_override": mux_override,
            "shared_mode_override": shared_mode_override,
            "clear_cmos": clear_cmos,
            "lock_keyboard": lock_keyboard,
            "lock_reset_button": lock_reset_button,
            "lock_power_button": lock_power_button,
            "lock_sleep_button": lock_sleep_button,
            "blank_screen": blank_screen,
            "bypass_password": bypass_password,
            "force_progress_traps": force_progress_traps,
        }
        return self._apply(choices, keep_on, clear=clear)

    def _apply(self, choices: dict[str, Choice], keep_on: Iterable[str], *, clear: bool) -> shapes.BootReport:
        from pyghmi.ipmi.domains.boot import disk_for_uefi
        from pyghmi.ipmi.facade.boot_words import chosen_flags, report_in_words
        from pyghmi.ipmi.facade.system_words import KEEP_ON, fields
        from pyghmi.ipmi.spec.boot import BootDevice, BootFlags, ValidBitClearing

        keep = ValidBitClearing(**fields(KEEP_ON, keep_on, "reason"))
        boot = self._boot()
        flags = BootFlags(valid=False) if clear else chosen_flags(boot.held_if_readable(), choices)
        if flags.device is BootDevice.HARD_DISK and flags.efi:
            flags.device = disk_for_uefi(self._device_id().manufacturer_id)
        return report_in_words(boot.apply(flags, keep))

    def set_boot_service_partition(self, selector: int, scan: bool = False) -> None:
        """Choose the service partition (0: any); scan: the firmware looks for it at the next start.

        Raises InvalidParameterValue, IpmiException.
        """
        self._boot().set_service_partition(selector, scan=scan)

    def set_boot_initiator(self, channel: int, session_id: int, timestamp: int) -> None:
        """Say who asks for the start: channel, session, and when (IPMI time).

        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.spec.boot import InitiatorInfo

        self._boot().set_initiator(InitiatorInfo(channel=channel, session_id=session_id, timestamp=timestamp))

    def acknowledge_boot(self, may_act: Iterable[str] = ("bios",)) -> None:
        """Say who may act on the boot options at the next start, once more.

        may_act: of 'bios', 'os_loader', 'service_partition', 'sms', 'oem'; the others are told that there is nothing.
        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.ipmi.domains.boot_parameters import PARTIES
        from pyghmi.ipmi.facade.system_words import fields

        chosen = fields({name: name for name in PARTIES}, may_act, "party")
        self._boot().set_acknowledge([name for name, may in chosen.items() if may])

    def get_boot_mailbox(self, blocks: int = 5) -> shapes.BootMailbox:
        """Return {'iana': whose form the mailbox has, 'data': bytes}, out of its first blocks of 16 bytes.

        Raises IpmiException.
        """
        found = self._boot().mailbox(blocks)
        return {"iana": int.from_bytes(found[:_IANA_BYTES], "little"), "data": found[_IANA_BYTES:]}

    def set_boot_mailbox(self, data: bytes, iana: Optional[int] = None, block: int = 0) -> None:
        """Write into the mailbox, from the start of a block on.  iana: written before the data, in block 0.

        Raises InvalidParameterValue, IpmiException.
        """
        from pyghmi.exceptions import InvalidParameterValue

        if isinstance(data, int):
            raise TypeError(f"data must be bytes, not {data!r}")
        if iana is not None:
            if block or not 0 <= iana < 1 << 8 * _IANA_BYTES:
                raise InvalidParameterValue("an IANA number of three bytes stands at the start of block 0 only")
            data = iana.to_bytes(_IANA_BYTES, "little") + bytes(data)
        self._boot().set_mailbox(bytes(data), block)
