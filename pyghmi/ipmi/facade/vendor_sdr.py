# SPDX-License-Identifier: Apache-2.0
"""The parts named by records that a vendor's handler gives out (`init_sdr`) in place of the BMC's."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.spec.sdr import FruLocator

_BMC_ADDRESS = 0x20


def frus_in(sdr: Any) -> list[tuple[str, FruLocator]]:
    """Return (name, where it lies) of each FRU in an object like `pyghmi.ipmi.sdr.SDR`, by number."""
    entries = sorted(sdr.fru.values(), key=lambda entry: int(entry.fru_number))
    return [(entry.fru_name or f"FRU {entry.fru_number}", _locator(entry)) for entry in entries]


def _locator(entry: Any) -> FruLocator:
    """Return where inventory lies; an entry of somebody's own says only which number it has at the BMC, and of what."""
    record = getattr(entry, "record", None)
    if isinstance(record, FruLocator):
        return record
    kind, modifier = divmod(getattr(entry, "fru_type_and_modifier", 0), 256)
    return FruLocator(
        record_id=0,
        type=0x11,
        length=0,
        access_address=_BMC_ADDRESS,
        fru_id=entry.fru_number,
        logical=True,
        access_lun=0,
        private_bus=0,
        channel=0,
        device_type=kind,
        device_modifier=modifier,
        entity_id=0,
        entity_instance=0,
        oem=None,
    )
