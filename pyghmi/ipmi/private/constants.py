# SPDX-License-Identifier: Apache-2.0
"""Numbers and texts under their long-standing names."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Union

from pyghmi.ipmi.protocol.ipmb import BMC_ADDRESS
from pyghmi.ipmi.spec.codes import COMMAND_TEXTS, GENERIC_TEXTS, RMCP_TEXTS
from pyghmi.ipmi.spec.eventtext import GENERIC, SENSOR_SPECIFIC, Text
from pyghmi.ipmi.spec.tables import ENTITIES, SENSOR_TYPES

OffsetTexts = dict[int, dict[int, dict[str, Union[str, int]]]]
"""Type -> offset -> {'desc', 'severity', 'deassertion_desc', 'deassertion_severity'}."""

IPMI_BMC_ADDRESS = BMC_ADDRESS
IPMI_SEND_MESSAGE_CMD = 0x34

payload_types = {
    "ipmi": 0x00,
    "sol": 0x01,
    "rmcpplusopenreq": 0x10,
    "rmcpplusopenresponse": 0x11,
    "rakp1": 0x12,
    "rakp2": 0x13,
    "rakp3": 0x14,
    "rakp4": 0x15,
}
netfn_codes = {
    "chassis": 0x00,
    "bridge": 0x02,
    "sensorevent": 0x04,
    "application": 0x06,
    "firmware": 0x08,
    "storage": 0x0A,
    "transport": 0x0C,
}
priv_levels = {"callback": 1, "user": 2, "operator": 3, "admin": 4, "oem": 5}

ipmi_completion_codes = dict(GENERIC_TEXTS)
command_completion_codes = {key: dict(texts) for key, texts in COMMAND_TEXTS.items()}
command_completion_codes[0x06, 0x47] = command_completion_codes[0x07, 0x47]  # where it has always been looked up
rmcp_codes = dict(RMCP_TEXTS)

sensor_type_codes = dict(SENSOR_TYPES)
entity_ids = dict(ENTITIES)


def _as_dictionaries(tables: Mapping[int, Mapping[int, Text]]) -> OffsetTexts:
    return {kind: {at: text._asdict() for at, text in table.items()} for kind, table in tables.items()}


generic_type_offsets = _as_dictionaries(GENERIC)
sensor_type_offsets = _as_dictionaries(SENSOR_SPECIFIC)
