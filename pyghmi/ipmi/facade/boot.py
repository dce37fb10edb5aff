# SPDX-License-Identifier: Apache-2.0
"""The next boot device."""
from __future__ import annotations

from typing import TYPE_CHECKING, Union

from pyghmi.ipmi.facade.api import Api
from pyghmi.ipmi.facade.tables import DEVICE_UNIT, boot_devices

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.boot import Boot


class BootApi(Api):
    """Boot device, once or for good."""

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
