# SPDX-License-Identifier: Apache-2.0
"""Set Channel Security Keys: IPMI 2.0 §22.25."""
from __future__ import annotations

from simulated import ask, machine_of

KEY = b"our-BMC-key".ljust(20, b"\0").hex()


def test_the_bmc_key() -> None:
    machine = machine_of()
    assert ask(machine, 6, 0x56, "01 00 01") == (0, "02 " + bytes(20).hex(" "))
    assert ask(machine, 6, 0x56, "0e 01 01" + KEY) == (0, "02")
    assert machine.kg == b"our-BMC-key"
    assert ask(machine, 6, 0x56, "01 00 01")[1].replace(" ", "") == "02" + KEY
    assert ask(machine, 6, 0x56, "01 01 01" + bytes(20).hex()) == (0, "02")
    assert machine.kg is None, "all zeros: there is none"
    assert ask(machine, 6, 0x56, "01 02 01") == (0, "01")
    for operation in ("00", "01"):
        assert ask(machine, 6, 0x56, f"01 {operation} 01" + KEY) == (0x80, ""), "locked"


def test_what_is_refused() -> None:
    machine = machine_of()
    assert ask(machine, 6, 0x56, "01 01 01" + KEY[2:]) == (0x81, "")
    assert ask(machine, 6, 0x56, "01 01 01" + KEY + "00") == (0x82, "")
    assert ask(machine, 6, 0x56, "01 00 00") == (0x84, ""), "K_R is not used"
    assert ask(machine, 6, 0x56, "02 00 01") == (0xCC, "")
    assert ask(machine, 6, 0x56, "01 03 01") == (0xCC, "")
    assert ask(machine, 6, 0x56, "01") == (0xC7, "")
