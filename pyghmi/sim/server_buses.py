# SPDX-License-Identifier: Apache-2.0
"""The controllers behind the BMC of the simulated rack server."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.ipmi.oem.simulated.identity import PRODUCT_ID
from pyghmi.sim.fru import board_area, make_image, product_area
from pyghmi.sim.repository import Key, SensorPart
from pyghmi.sim.satellite import Bus, Buses, Place, Satellite
from pyghmi.sim.server_records import (
    BACKPLANE,
    BACKPLANE_CHANNEL,
    ENGINE_CHANNEL,
    MANAGEMENT_ENGINE,
    satellite_records,
)

if TYPE_CHECKING:
    from pyghmi.sim.profiles import Model
    from pyghmi.sim.sensorstate import Told

EXPANDER, EXPANDER_CHANNEL = 0x90, 7
"""A controller that only the backplane's reaches."""


def server_buses(_machine: Any, model: Model) -> Buses:
    """Return what is behind the BMC: a backplane on IPMB, with a controller behind it, and a management engine."""
    expander = Satellite(Place(EXPANDER, "Expander", 0x90, PRODUCT_ID + 3), frus={0: _image("Expander", "EX00000042")})
    backplane = Satellite(
        Place(BACKPLANE, "Backplane", 0x82),
        {0: _sensors(model, BACKPLANE)},
        {0: _image("Backplane 8x2.5", "BP00000815")},
        {EXPANDER_CHANNEL: {EXPANDER: expander}},
    )
    place = Place(MANAGEMENT_ENGINE, "Mgmt Engine", 0x50, PRODUCT_ID + 2, (4, 0x01))
    engine = Satellite(place, {1: _sensors(model, MANAGEMENT_ENGINE)})
    bus: Bus = {BACKPLANE: backplane}
    backplane.bridge.buses[BACKPLANE_CHANNEL] = bus
    return {BACKPLANE_CHANNEL: bus, ENGINE_CHANNEL: {MANAGEMENT_ENGINE: engine}}


def _sensors(model: Model, owner: int) -> SensorPart:
    def source(key: Key) -> Told:
        return model.measure(owner, key)

    return SensorPart(records=satellite_records(owner), device_sdrs=True, repository=False, source=source)


def _image(name: str, serial: str) -> bytes:
    board = board_area(14_700_000, ("Example Computers", name, serial, "R1-BP-A01", ""))
    product = product_area(("Example Computers", name, "", "A01", serial, "", ""))
    return make_image({"board": board, "product": product}, 256)
