# SPDX-License-Identifier: Apache-2.0
"""What the event log of the simulated rack server tells at the beginning."""
from __future__ import annotations

from typing import TYPE_CHECKING

from pyghmi.ipmi.oem.simulated.identity import MANUFACTURER_ID
from pyghmi.ipmi.spec.sel import OemTimestampedRecord

if TYPE_CHECKING:
    from pyghmi.sim.sel import SelPart

_BMC, _BACKPLANE, _BIOS, _KERNEL = 0x20, 0x82, 0x01, 0x41
_DAY_S, _HOUR_S = 86_400, 3600
Event = tuple[int, tuple[int, int, int, str]]
"""Who says so, and what: sensor type, number, event type with bit 7 for an end, three bytes of data."""

_LAST: tuple[tuple[float, Event], ...] = (
    (9.0, (_BMC, (0x10, 0x57, 0x6F, "02 ff ff"))),
    (8.5, (_BMC, (0x09, 0x54, 0x6F, "04 ff ff"))),
    (8.49, (_BMC, (0x1D, 0x71, 0x6F, "00 ff ff"))),
    (8.48, (_BIOS, (0x0F, 0x74, 0x6F, "c2 13 ff"))),
    (4.2, (_BMC, (0x01, 0x04, 0x01, "57 56 55"))),
    (4.199, (_BMC, (0x01, 0x04, 0x81, "57 52 55"))),
    (3.1, (_BMC, (0x08, 0x51, 0x6F, "03 ff ff"))),
    (3.099, (_BMC, (0x09, 0x52, 0x0B, "01 ff ff"))),
    (3.05, (_BMC, (0x08, 0x51, 0xEF, "03 ff ff"))),
    (3.049, (_BMC, (0x09, 0x52, 0x0B, "00 ff ff"))),
    (2.2, (_BACKPLANE, (0x0D, 0x13, 0x6F, "02 ff ff"))),
    (1.5, (_BMC, (0x0C, 0x61, 0x6F, "20 ff 02"))),
    (1.0, (_KERNEL, (0x20, 0x46, 0x6F, "a1 61 74"))),
)
"""Days ago, and what: the log was cleared, mains were lost, a start and its progress, a hot processor, a supply without
input, a drive that may break soon, an error in memory, a kernel's panic."""

_OFTEN: tuple[Event, ...] = (
    (_BMC, (0x01, 0x03, 0x01, "57 56 55")),
    (_BMC, (0x01, 0x03, 0x81, "57 52 55")),
    (_BMC, (0x04, 0x34, 0x01, "50 0b 0c")),
    (_BMC, (0x04, 0x34, 0x81, "50 10 0c")),
    (_BMC, (0x0C, 0x63, 0x6F, "20 ff 04")),
    (_BMC, (0x22, 0x55, 0x6F, "05 ff ff")),
    (_BMC, (0x22, 0x55, 0x6F, "00 ff ff")),
    (_BMC, (0x1D, 0x71, 0x6F, "01 ff ff")),
    (_BMC, (0x02, 0x20, 0x01, "57 df d6")),
    (_BMC, (0x02, 0x20, 0x81, "57 d0 d6")),
    (_BACKPLANE, (0x01, 0x01, 0x01, "57 38 37")),
    (_BACKPLANE, (0x01, 0x01, 0x81, "57 34 37")),
)


def write_server_log(sel: SelPart, entries: int) -> None:
    """Write what happened in the last days, and before that so much that there are `entries` in all."""
    before = max(entries - len(_LAST) - 1, 0)
    for at in range(before):
        _write(sel, _OFTEN[at % len(_OFTEN)], int(_LAST[0][0] * _DAY_S) + (before - at) * _HOUR_S)
    for days, event in _LAST:
        _write(sel, event, int(days * _DAY_S))
    oem = OemTimestampedRecord(
        record_id=0, type=0xC0, timestamp=sel.clock.now() - _DAY_S // 2, manufacturer_id=MANUFACTURER_ID, data=b"DEMO01"
    )
    sel.append(oem.encode())


def _write(sel: SelPart, event: Event, ago_s: int) -> None:
    owner, (sensor_type, number, event_type, data) = event
    sel.event(sensor_type, number, event_type, bytes.fromhex(data), ago_s=ago_s, owner=owner)
