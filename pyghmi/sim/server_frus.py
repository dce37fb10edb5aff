# SPDX-License-Identifier: Apache-2.0
"""The FRU memories of the simulated rack server."""
from __future__ import annotations

from pyghmi.sim.fru import board_area, demo_images, make_image, power_supply, product_area


def server_images() -> dict[int, bytes]:
    """Return 0 the machine, 1 and 2 power supplies, 3 a riser card, 4 and 5 memory modules."""
    riser = {
        "board": board_area(14_650_000, ("Example Computers", "Riser x16", "RC00000077", "R1-RC-A01", "")),
        "product": product_area(("Example Computers", "Riser x16", "R1-RC", "A01", "RC00000077", "", "")),
    }
    return {
        0: demo_images()[0],
        1: power_supply(),
        2: power_supply("PS00004712"),
        3: make_image(riser, 256),
        4: _memory_module(0x12345678),
        5: _memory_module(0x12345679),
    }


def _memory_module(serial: int) -> bytes:
    """Return what a DDR3-1600 RDIMM of 16 GB says of itself, JEDEC 21-C annex K: ipmiutil 3.18 aborts at newer ones."""
    spd = bytearray(256)
    head = {0: 0x92, 1: 0x13, 2: 0x0B, 3: 0x01, 4: 0x04, 5: 0x21, 7: 0x08, 8: 0x0B, 10: 0x01, 11: 0x08, 12: 0x0A}
    for at, value in head.items():
        spd[at] = value
    spd[117:126] = bytes.fromhex("80ce 01 1527") + serial.to_bytes(4, "big")
    spd[128:146] = b"M16G3R1600".ljust(18)
    return bytes(spd)
