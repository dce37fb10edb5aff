# SPDX-License-Identifier: Apache-2.0
"""What a BMC has of DCMI, in words.  DCMI 1.5 table 6-3."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.dcmi import Capabilities

_NOT_SUPPORTED = 0xFF
_IDENTIFICATION, _PLACES = ("asset_tag", "dhcp_host_name", "guid"), ("baseboard", "processor", "inlet")
"""What the bits of two bytes of the mandatory attributes mean, from bit 0 on.  DCMI 1.1 table 6-3."""


def _names_of(byte: Optional[int], names: tuple[str, ...]) -> Optional[list[str]]:
    from pyghmi.ipmi.wire.numbers import bits_set

    return None if byte is None else [names[bit] for bit in bits_set(byte) if bit < len(names)]


def capabilities_in_words(found: Capabilities) -> dict[str, Any]:
    """Return what `DcmiApi.get_dcmi_capabilities` says."""
    from pyghmi.ipmi.domains.dcmi import period_seconds

    supported, mandatory, manageability = found.supported, found.mandatory, found.manageability
    return {
        "version": None if found.version is None else "{}.{}".format(*found.version),
        "power_management": getattr(supported, "power_management", None),
        "in_band": getattr(supported, "in_band", None),
        "serial_tmode": getattr(supported, "serial_tmode", None),
        "secondary_lan": getattr(supported, "secondary_lan", None),
        "sel_entries": getattr(mandatory, "sel_entries", None),
        "sel_rollover": getattr(mandatory, "rollover", None),
        "sel_flushed": getattr(mandatory, "entire_flush", None),
        "sel_records_flushed": getattr(mandatory, "record_flush", None),
        "identification": _names_of(getattr(mandatory, "identification", None), _IDENTIFICATION),
        "temperatures": _names_of(getattr(mandatory, "temperatures", None), _PLACES),
        "temperature_sampling_s": getattr(mandatory, "sampling_s", None),
        "power_controller": getattr(found.optional, "address", None),
        "power_controller_channel": getattr(found.optional, "channel", None),
        "power_controller_revision": getattr(found.optional, "revision", None),
        "primary_lan_channel": _channel(getattr(manageability, "primary_lan", None)),
        "secondary_lan_channel": _channel(getattr(manageability, "secondary_lan", None)),
        "serial_channel": _channel(getattr(manageability, "serial", None)),
        "power_periods_s": [period_seconds(period) for period in found.periods],
    }


def _channel(number: Optional[int]) -> Optional[int]:
    return None if number == _NOT_SUPPORTED else number
