# SPDX-License-Identifier: Apache-2.0
"""What has been found out about one BMC's data, so that it is found out once."""
from __future__ import annotations

from collections import OrderedDict


class Learned:
    """Facts about how one BMC gives its data.  Holds nothing that it keeps, only how to ask for it.

    sdr_size: bytes of a record that may be asked for at once, None: whole records; fru_size, fru_write_size: the same
    for inventory, None: not found out; absent: owners (address, channel) behind the BMC that did not answer; at_bmc:
    owners whose sensors the BMC itself has; lan_channel: the number of the channel that we came through; device_sdrs:
    whether it has no repository but device SDRs; slow: sensors that took long to give nothing -> (until when they are
    not asked again, the completion code or None).
    """

    __slots__ = (
        "absent",
        "at_bmc",
        "device_sdrs",
        "fru_size",
        "fru_write_size",
        "lan_channel",
        "sdr_size",
        "slow",
        "utc_offset",
    )

    def __init__(self) -> None:
        self.sdr_size: int | None = None
        self.fru_size: int | None = None
        self.fru_write_size: int | None = None
        self.absent: set[tuple[int, int]] = set()
        self.at_bmc: set[tuple[int, int]] = set()
        self.lan_channel: int | None = None
        self.utc_offset: int | None = None
        self.device_sdrs = False
        self.slow: dict[tuple[int, ...], tuple[float, int | None]] = {}


_MOST = 16_384
_learned: OrderedDict[tuple[str, int], Learned] = OrderedDict()


def learned_of(host: str, port: int) -> Learned:
    """Return what the process knows of a BMC, by the name that the caller uses.  The oldest are forgotten."""
    key = (host, port)
    found = _learned.get(key)
    if found is None:
        found = _learned[key] = Learned()
        if len(_learned) > _MOST:
            _learned.popitem(last=False)
    else:
        _learned.move_to_end(key)
    return found


def forget_all() -> None:
    """Know nothing about any BMC."""
    _learned.clear()
