# SPDX-License-Identifier: Apache-2.0
"""The machines that come with the simulation, by name."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, Protocol

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.sim.power import AT_ONCE, PowerTimes

if TYPE_CHECKING:
    from pyghmi.ipmi.spec.chassis import RestartCause
    from pyghmi.sim.power import Happening
    from pyghmi.sim.repository import Key
    from pyghmi.sim.satellite import Buses
    from pyghmi.sim.sensorstate import Told


class Model(Protocol):
    """What is measured in a machine: a function of time, seed and what was switched.

    cap_w: what the machine may take, W: it does less so as to keep to that, as far as that goes; None: as it likes.
    """

    cap_w: Optional[float]

    def happened(self, happening: Happening, cause: RestartCause) -> None:
        """Take up what happened to the machine."""
        ...

    def measure(self, owner: int, key: Key) -> Told:
        """Return what a sensor of this controller shows now."""
        ...

    def state(self) -> dict[str, Any]:
        """Return all that it remembers, as values that JSON can hold."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there; nothing: as it is."""
        ...

    def power_w(self) -> int:
        """Return what the power supplies take now."""
        ...

    def power_history(self, seconds: float) -> tuple[int, int, int]:
        """Return the least, the average and the most of the last so many seconds, W."""
        ...

    def temperatures(self) -> Mapping[int, Mapping[int, int]]:
        """Return {40h, 41h or 42h: {instance: degrees}}, the entities of DCMI: inlet, processors, boards."""
        ...


class Profile(NamedTuple):
    """A kind of machine.

    scan_s: how often its sensors are looked at, None: only when something is done to it; records: of its repository,
    None: the small machine's; model: made with the machine; buses: what is behind the BMC, made with machine and model;
    frus: id -> content, None: the small machine's; devices: what the BMC says that it is, as in Get Device ID;
    capacity: entries of the event log; entries: how many of them there are at the beginning, 0: a few.
    """

    name: str
    about: str
    times: PowerTimes
    model: Callable[[Any], Model]
    buses: Callable[[Any, Model], Buses]
    scan_s: Optional[float] = None
    records: Optional[Callable[[], list[bytes]]] = None
    frus: Optional[Callable[[], dict[int, bytes]]] = None
    devices: int = 0x80
    capacity: int = 512
    entries: int = 0


def _small_model(machine: Any) -> Model:
    from pyghmi.sim.thermal import SteadyModel

    return SteadyModel(machine)


def _small_buses(_machine: Any, _model: Model) -> Buses:
    from pyghmi.sim.satellite import small_buses

    return small_buses()


def _server_model(machine: Any) -> Model:
    from pyghmi.sim.thermal import ServerModel

    return ServerModel(machine)


def _server_buses(machine: Any, model: Model) -> Buses:
    from pyghmi.sim.server_buses import server_buses

    return server_buses(machine, model)


def _server_records() -> list[bytes]:
    from pyghmi.sim.server_records import server_records

    return server_records()


def _server_frus() -> dict[int, bytes]:
    from pyghmi.sim.server_frus import server_images

    return server_images()


SMALL = Profile(
    "small", "a small machine with 20 steady sensors, where nothing takes time", AT_ONCE, _small_model, _small_buses
)
SERVER = Profile(
    "server",
    "a rack server with some 100 sensors that move, and controllers behind its BMC",
    PowerTimes(),
    _server_model,
    _server_buses,
    scan_s=1.0,
    records=_server_records,
    frus=_server_frus,
    devices=0xBF,
    capacity=2048,
)
FULL_SEL = SERVER._replace(name="full-sel", about="the rack server with 1,000 entries in its event log", entries=1000)

PROFILES = {each.name: each for each in (SMALL, SERVER, FULL_SEL)}
DEFAULT = SERVER.name
"""What `fakebmc` is, unless told otherwise."""


def profile_named(name: str | Profile) -> Profile:
    """Return a profile.  Raises InvalidParameterValue."""
    if isinstance(name, Profile):
        return name
    found = PROFILES.get(name)
    if found is None:
        raise InvalidParameterValue(f"there is no profile {name!r}: {', '.join(PROFILES)} are possible")
    return found
