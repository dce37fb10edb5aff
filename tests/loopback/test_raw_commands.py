# SPDX-License-Identifier: Apache-2.0
"""Commands that nobody can send are refused before they are sent, and the session goes on."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import InvalidParameterValue
from tests.loopback.quirk_lab import MakeLab


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"netfn": 7}, "an even number from 0 to 62, not 7"),
        ({"netfn": -2}, "an even number from 0 to 62, not -2"),
        ({"netfn": 64}, "an even number from 0 to 62, not 64"),
        ({"command": 256}, "a number from 0 to 255, not 256"),
        ({"command": -1}, "a number from 0 to 255, not -1"),
        ({"rslun": 4}, "a number from 0 to 3, not 4"),
        ({"data": bytes(65281)}, "at most 65280 bytes of data, not 65281"),
    ],
)
def test_what_no_message_can_carry(lab: MakeLab, wrong: dict[str, Any], told: str) -> None:
    command = lab().command()
    asked = {"netfn": 6, "command": 1, **wrong}
    for send in (command.raw_command, command.xraw_command):
        with pytest.raises(InvalidParameterValue, match=told):
            send(**asked)
    with pytest.raises(InvalidParameterValue, match=told):
        command.raw_command(**asked, retry=False)
    assert command.get_power() == {"powerstate": "off"}
