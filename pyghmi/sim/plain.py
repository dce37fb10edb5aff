# SPDX-License-Identifier: Apache-2.0
"""`FakeBmc`: a plain BMC for programs to derive from, which know it under this name.

The tool `fakebmc` serves a whole machine, see `SimulatedBmc`.
"""
from __future__ import annotations

import sys
from typing import Any

from pyghmi.ipmi.bmc import Bmc


class FakeBmc(Bmc):
    """A BMC whose machine is two attributes: powerstate, 'on' or 'off', and bootdevice, a name of `boot_devices`.

    What is typed on its serial console comes back.  A cold reset ends the program.
    """

    def __init__(self, authdata: Any, port: Any = 623, *more: Any, **options: Any) -> None:
        super().__init__(authdata, port, *more, **options)
        self.powerstate: Any = "off"
        self.bootdevice: Any = "default"

    def get_boot_device(self) -> Any:
        """Return the boot device."""
        return self.bootdevice

    def set_boot_device(self, bootdevice: str) -> int | None:
        """Boot from there."""
        self.bootdevice = bootdevice
        return None

    def cold_reset(self) -> int | None:
        """End: it is the BMC that is reset, not the machine."""
        print("shutting down in response to BMC cold reset request", flush=True)
        sys.exit(0)

    def get_power_state(self) -> Any:
        """Return the power state."""
        return self.powerstate

    def power_off(self) -> int | None:
        """Switch off at once."""
        print("abruptly remove power", flush=True)
        self.powerstate = "off"
        return None

    def power_on(self) -> int | None:
        """Switch on."""
        print("powered on", flush=True)
        self.powerstate = "on"
        return None

    def power_reset(self) -> int | None:
        """Do nothing: it goes on as it is."""
        return None

    def power_shutdown(self) -> int | None:
        """Have the operating system shut down."""
        print("politely shut down the system", flush=True)
        self.powerstate = "off"
        return None

    def is_active(self) -> bool:
        """Return whether there is a serial console to connect with."""
        return bool(self.powerstate == "on")

    def iohandler(self, data: Any) -> None:
        """Print what is typed, and send it back."""
        print(data, flush=True)
        if self.sol is not None and isinstance(data, (bytes, bytearray)):
            self.sol.send_data(bytes(data))
