# SPDX-License-Identifier: Apache-2.0
"""The names that programs for the long-known package import, reach through other modules, or put something in place of."""
from __future__ import annotations

from importlib import import_module

import pytest

NAMES = {
    "pyghmi.constants": "Health",
    "pyghmi.exceptions": (
        "PyghmiException IpmiException RedfishError UnrecognizedCertificate TemporaryError InvalidParameterValue"
        " BmcErrorException UnsupportedFunctionality BypassGenericBehavior FallbackData"
    ),
    "pyghmi.media": "Media",
    "pyghmi.storage": "Disk Array Volume ConfigSpec",
    "pyghmi.ipmi.command": (
        "Command Housekeeper boot_devices power_states select_simplesession session localsession sdr fru sel genericoem"
        " get_oem_handler util const exc"
    ),
    "pyghmi.ipmi.console": "Console ServerConsole session",
    "pyghmi.ipmi.bmc": "Bmc ipmicommand console serversession ipmisession",
    "pyghmi.ipmi.sdr": (
        "SDR SDREntry SensorReading shared_sdrs oem_type_offsets unit_types sensor_rates ones_complement twos_complement"
        " TYPE_UNKNOWN TYPE_SENSOR TYPE_FRU"
    ),
    "pyghmi.ipmi.fru": "FRU enclosure_types fruepoch decode_fru_date unpack6bitascii",
    "pyghmi.ipmi.events": (
        "EventHandler decode_eventdata psucfg_errors firmware_progress firmware_errors auxlog_actions restart_causes"
        " slot_types power_states watchdog_boot_phases version_changes fru_states"
    ),
    "pyghmi.ipmi.oem.generic": "OEMHandler",
    "pyghmi.ipmi.oem.lookup": (
        "oemmap get_oem_handler register_oem_map load_plugins find_plugin load_and_register make_plugin_name"
    ),
    "pyghmi.ipmi.private.session": (
        "Session select threading socket WAITING_SESSIONS KEEPALIVE_SESSIONS iothread iothreadready iothreadwaiters"
        " iosockets _checksum _io_sendto _monotonic_time"
    ),
    "pyghmi.ipmi.private.serversession": "IpmiServer ServerSession",
    "pyghmi.ipmi.private.localsession": "Session",
    "pyghmi.ipmi.private.simplesession": "Session",
    "pyghmi.ipmi.private.constants": (
        "IPMI_BMC_ADDRESS IPMI_SEND_MESSAGE_CMD payload_types netfn_codes priv_levels ipmi_completion_codes"
        " command_completion_codes rmcp_codes sensor_type_codes entity_ids generic_type_offsets sensor_type_offsets"
    ),
    "pyghmi.ipmi.private.util": "decode_wireformat_uuid urlsplit get_ipv4 get_ipmi_error _monotonic_time protect",
    "pyghmi.ipmi.private.spd": "SPD decode_manufacturer decode_spd_date speed_from_clock",
    "pyghmi.util.parse": "parse_time",
    "pyghmi.version": "version_info",
}


@pytest.mark.parametrize("module", NAMES)
def test_names(module: str) -> None:
    found = import_module(module)
    assert [name for name in NAMES[module].split() if not hasattr(found, name)] == []


def test_one_module_of_sessions_is_reached_everywhere() -> None:
    """What programs put in place in it counts for consoles, commands and BMCs."""
    session = import_module("pyghmi.ipmi.private.session")
    for module, name in (("command", "session"), ("console", "session"), ("bmc", "ipmisession")):
        assert getattr(import_module(f"pyghmi.ipmi.{module}"), name) is session
