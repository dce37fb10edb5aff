# SPDX-License-Identifier: Apache-2.0
"""Who a BMC is: its GUID, and the answer to Get Device ID out of its attributes under their long-standing names."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.spec.app import DeviceId

if TYPE_CHECKING:
    from uuid import UUID

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


def uuid_of(value: UUID | str | bytes | None) -> UUID:
    """Return the UUID that a program names, a random one for None.  Raises InvalidParameterValue."""
    from uuid import UUID, uuid4

    if value is None:
        return uuid4()
    try:
        return UUID(value) if isinstance(value, str) else UUID(bytes=value) if isinstance(value, bytes) else value
    except ValueError as error:
        text = f"bmcuuid is a uuid.UUID, its text or its 16 bytes, not {value!r}; the address comes behind it"
        raise InvalidParameterValue(text) from error


def device_id_of(server: Identity) -> bytes:
    """Return the data of the answer, of each attribute as many bits as there are.  IPMI 2.0 §20.1."""
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
