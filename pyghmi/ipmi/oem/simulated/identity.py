# SPDX-License-Identifier: Apache-2.0
"""By what the simulated BMC is recognised."""

MANUFACTURER_ID = 0x01F3A7
"""No enterprise number that anybody was given: far above those of hardware makers."""

PRODUCT_ID = 0x5053
SET_BLINK = (0x2E, 0x01)
"""(netfn, command) of the one command that the simulated BMC adds: blink.  Data: manufacturer id, seconds (0: off)."""
