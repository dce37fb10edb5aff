# SPDX-License-Identifier: Apache-2.0
"""The parts of a simulated server, each of which answers the commands of one subject."""
from __future__ import annotations

from typing import Any, Callable, Protocol

Reply = tuple[int, bytes]
"""(completion code, data behind it)."""

Answer = Callable[[bytes], Reply]
"""Data of a request -> reply.  May raise Malformed, which becomes C7h."""


class Part(Protocol):
    """What answers the commands of one subject.

    A part that has something to forget when the BMC is reset has a method `bmc_started()` too.
    """

    def commands(self) -> dict[tuple[int, int], Answer]:
        """Return (netfn, command) -> what answers it."""
        ...

    def state(self) -> dict[str, Any]:
        """Return all that it knows, as values that JSON can hold."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Be as `state` says, without anything happening."""
        ...


def make_parts(machine: Any) -> dict[str, Part]:
    """Return the parts of a machine, by name.  Of two that answer the same, the later one counts."""
    from pyghmi.sim.dcmi import DcmiPart
    from pyghmi.sim.eventreceiver import EventReceiverPart
    from pyghmi.sim.fru import FruPart
    from pyghmi.sim.identity import IdentityPart
    from pyghmi.sim.keys import KeyPart
    from pyghmi.sim.lan import LanPart
    from pyghmi.sim.pef import PefPart
    from pyghmi.sim.repository import SensorPart
    from pyghmi.sim.satellite import BridgePart
    from pyghmi.sim.system_info import SystemInfoPart
    from pyghmi.sim.users import UserPart

    profile, model, clock = machine.profile, machine.model, machine.clock
    buses = profile.buses(machine, model)
    if profile.records is None:
        sensors = SensorPart(machine)
    else:
        sensors = SensorPart(records=profile.records(), owner=_BMC, source=lambda key: model.measure(_BMC, key))
    sensors.time = clock.time
    return {
        "identity": IdentityPart(machine),
        "chassis": machine.chassis,
        "fru": FruPart(None if profile.frus is None else profile.frus()),
        "lan": LanPart(machine.core.config.suites, lambda: len(machine.core.sessions), buses=buses),
        "keys": KeyPart(machine),
        "pef": PefPart(),
        "sel": _log(profile, clock),
        "sensors": sensors,
        "watchdog": machine.watchdog,
        "system_info": SystemInfoPart(),
        "enables": machine.enables,
        "event_receiver": EventReceiverPart(),
        "users": UserPart(machine),
        "dcmi": DcmiPart(machine, clock=clock.time, model=None if profile.records is None else model),
        "bridge": BridgePart(buses),
    }


def _log(profile: Any, clock: Any) -> Part:
    """Return the event log of a machine."""
    from pyghmi.sim.sel import SelPart
    from pyghmi.sim.server_log import write_server_log

    if profile.records is None:
        return SelPart(clock.time, capacity=profile.capacity)
    sel = SelPart(clock.time, capacity=profile.capacity, demo=False)
    write_server_log(sel, profile.entries)
    return sel


_BMC = 0x20
