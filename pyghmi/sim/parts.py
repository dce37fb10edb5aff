# SPDX-License-Identifier: Apache-2.0
"""The parts of a simulated server, each of which answers the commands of one subject."""
from __future__ import annotations

from typing import Any, Callable, Protocol

Reply = tuple[int, bytes]
"""(completion code, data behind it)."""

Answer = Callable[[bytes], Reply]
"""Data of a request -> reply.  May raise Malformed, which becomes C7h."""


class Part(Protocol):
    """What answers the commands of one subject."""

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        ...


def make_parts(machine: Any) -> dict[str, Part]:
    """Return the parts of a machine, by name."""
    from pyghmi.sim.dcmi import DcmiPart
    from pyghmi.sim.fru import FruPart
    from pyghmi.sim.lan import LanPart
    from pyghmi.sim.pef import PefPart
    from pyghmi.sim.repository import SensorPart
    from pyghmi.sim.sel import SelPart
    from pyghmi.sim.system_info import SystemInfoPart
    from pyghmi.sim.users import UserPart

    return {
        "fru": FruPart(),
        "lan": LanPart(machine.core.config.suites, lambda: len(machine.core.sessions)),
        "pef": PefPart(),
        "sel": SelPart(),
        "sensors": SensorPart(machine),
        "watchdog": machine.watchdog,
        "system_info": SystemInfoPart(),
        "enables": machine.enables,
        "users": UserPart(machine),
        "dcmi": DcmiPart(machine),
    }
