# SPDX-License-Identifier: Apache-2.0
"""The answer to Get Device ID out of the attributes of a BMC under their long-standing names.  IPMI 2.0 §20.1."""
from __future__ import annotations

from typing import Any, Protocol

from pyghmi.ipmi.spec.app import DeviceId

_DEVICES = (
    "sensor_device",
    "sdr_repository",
    "sel_device",
    "fru_inventory",
    "event_receiver",
    "event_generator",
    "bridge",
    "chassis_device",
)


class Identity(Protocol):
    """What a program sets."""

    deviceid: int
    revision: int
    firmwaremajor: int
    firmwareminor: int
    ipmiversion: int
    additionaldevices: int
    mfgid: int
    prodid: int


def device_id_of(server: Identity) -> bytes:
    """Return the data of the answer: of each attribute as many bits as there are."""
    bits = server.additionaldevices
    devices: dict[str, Any] = {name: bool(bits // 2**bit % 2) for bit, name in enumerate(_DEVICES)}
    answer = DeviceId(
        **devices,
        device_id=server.deviceid % 256,
        provides_sdrs=server.revision // 128 % 2 == 1,
        device_revision=server.revision % 16,
        updating=server.firmwaremajor // 128 % 2 == 1,
        firmware_major=server.firmwaremajor % 128,
        firmware_minor=server.firmwareminor % 256,
        ipmi_minor=server.ipmiversion // 16 % 16,
        ipmi_major=server.ipmiversion % 16,
        manufacturer_id=server.mfgid % 2**24,
        product_id=server.prodid % 2**16,
    )
    return answer.encode()
