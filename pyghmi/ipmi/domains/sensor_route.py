# SPDX-License-Identifier: Apache-2.0
"""Which controller a sensor is asked at."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.ipmi.spec.request import Target

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.spec.sdr import SensorKey

BMC_ADDRESS = 0x20
_OF_SLAVES = 0xFE


def owner_of(key: SensorKey) -> tuple[int, int]:
    """Return address and channel of the controller that has the sensor."""
    return key.owner & _OF_SLAVES, key.channel


def route_of(key: SensorKey, learned: Learned) -> Target | None:
    """Return where to send a question about a sensor; None: to the BMC itself.

    The BMC's own sensors, also those on LUN 1 to 3, are never asked through Send Message (seen: Lenovo SR650 V3 does
    not answer that).
    """
    owner = owner_of(key)
    if owner[0] == BMC_ADDRESS or owner in learned.at_bmc:
        return None
    return Target(*owner)
