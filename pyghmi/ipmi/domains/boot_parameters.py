# SPDX-License-Identifier: Apache-2.0
"""The boot options beside the boot flags.  IPMI 2.0 §28.12, §28.13, table 28-14."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed
from pyghmi.ipmi.domains.requester import Requester
from pyghmi.ipmi.spec.boot import (
    BootOptionData,
    BootParameter,
    GetSystemBootOptions,
    InfoAcknowledge,
    InitiatorInfo,
    MailboxBlock,
    ServicePartitionScan,
    ServicePartitionSelector,
    SetInProgress,
    SetSystemBootOptions,
    ValidBitClearing,
)
from pyghmi.ipmi.wire.layout import Message
from pyghmi.ipmi.wire.shapes import NamedTuple

M = TypeVar("M", bound=Message)

ALREADY_IN_PROGRESS = 0x81
COMPLETE = 0
BLOCK_BYTES = 16
MOST_BLOCKS = 256
USUAL_BLOCKS = 5
"""Blocks that every mailbox has at least."""
PARTIES = ("bios", "os_loader", "service_partition", "sms", "oem")
"""Who may act on boot info, by the bit of each."""


class ServicePartition(NamedTuple):
    """Which service partition to start, whether the firmware is to look for it, and whether it has found it."""

    selector: int
    requested: bool
    discovered: bool


class BootParameters:
    """The boot options of one BMC, without the flags.  What it does not have, or gives in no usable form, is None."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def progress(self) -> int | None:
        """Return 0 where nobody is setting anything, 1 where somebody is, or has left it so."""
        found = self._optional(BootParameter.SET_IN_PROGRESS, SetInProgress)
        return None if found is None else found.state

    def service_partition(self) -> ServicePartition | None:
        """Return which service partition to start, and what is known of it."""
        selector = self._optional(BootParameter.SERVICE_PARTITION_SELECTOR, ServicePartitionSelector)
        scan = self._optional(BootParameter.SERVICE_PARTITION_SCAN, ServicePartitionScan)
        if selector is None:
            return None
        scan = scan or ServicePartitionScan()
        return ServicePartition(selector.partition, scan.requested, scan.discovered)

    def set_service_partition(self, selector: int, *, scan: bool = False) -> None:
        """Choose the service partition; scan: the firmware looks for it at the next start."""
        self._write(BootParameter.SERVICE_PARTITION_SELECTOR, ServicePartitionSelector(partition=selector).encode())
        self._write(BootParameter.SERVICE_PARTITION_SCAN, ServicePartitionScan(requested=scan).encode())

    def valid_bit_clearing(self) -> ValidBitClearing | None:
        """Return at what the boot flags do not become invalid."""
        return self._optional(BootParameter.VALID_BIT_CLEARING, ValidBitClearing)

    def acknowledge(self) -> InfoAcknowledge | None:
        """Return who may still act on the boot info."""
        return self._optional(BootParameter.INFO_ACKNOWLEDGE, InfoAcknowledge)

    def set_acknowledge(self, may_act: Iterable[str], *, of: Iterable[str] = PARTIES) -> None:
        """Say for each party in `of` whether it may still act on the boot info."""
        chosen, named = tuple(may_act), tuple(of)
        mask = sum(1 << bit for bit, name in enumerate(PARTIES) if name in named)
        bits = {f"by_{name}": name in chosen for name in PARTIES}
        self._write(BootParameter.INFO_ACKNOWLEDGE, InfoAcknowledge(write_mask=mask, **bits).encode())

    def initiator(self) -> InitiatorInfo | None:
        """Return who asked for the start, and when."""
        return self._optional(BootParameter.INITIATOR_INFO, InitiatorInfo)

    def set_initiator(self, info: InitiatorInfo) -> None:
        """Say who asks for the start, and when."""
        self._write(BootParameter.INITIATOR_INFO, info.encode())

    def mailbox(self, blocks: int = USUAL_BLOCKS) -> bytes:
        """Return what the first blocks of the mailbox hold, as far as the BMC has them: 16 bytes each."""
        found = b""
        for block in range(min(blocks, MOST_BLOCKS)):
            try:
                data = self._read(BootParameter.INITIATOR_MAILBOX, block).data
                found += MailboxBlock.decode(data).data[:BLOCK_BYTES]
            except (CompletionCodeError, Malformed):
                if not block:
                    raise
                break
        return found

    def set_mailbox(self, data: bytes, block: int = 0) -> None:
        """Write into the mailbox, from a block on.  Raises InvalidParameterValue where it would not fit."""
        if block < 0 or block * BLOCK_BYTES + len(data) > MOST_BLOCKS * BLOCK_BYTES:
            raise InvalidParameterValue(f"a mailbox has {MOST_BLOCKS} blocks of {BLOCK_BYTES} bytes at most")
        for start in range(0, len(data), BLOCK_BYTES):
            part = MailboxBlock(block=block + start // BLOCK_BYTES, data=data[start : start + BLOCK_BYTES])
            self._write(BootParameter.INITIATOR_MAILBOX, part.encode())

    def mark(self, parameter: BootParameter, *, invalid: bool) -> None:
        """Mark a parameter as invalid and locked, or as valid, without changing what it holds."""
        self._bmc.request(SetSystemBootOptions(mark_invalid=invalid, parameter=parameter))

    def _read(self, parameter: BootParameter, set_selector: int = 0) -> BootOptionData:
        answer = self._bmc.request(GetSystemBootOptions(parameter=parameter, set_selector=set_selector))
        if not answer.invalid and answer.parameter != parameter:
            problem = f"it holds parameter {answer.parameter}, not {int(parameter)}"
            raise Malformed("BootOptionData", answer.data, problem)
        return answer

    def _optional(self, parameter: BootParameter, kind: type[M]) -> M | None:
        """Read what many BMCs do not have: they refuse it with many codes, or send too little."""
        try:
            return kind.decode(self._read(parameter).data)
        except (CompletionCodeError, Malformed):
            return None

    def _write(self, parameter: BootParameter, data: bytes) -> None:
        """Write a parameter; a "set in progress" that somebody left behind is ended first."""
        request = SetSystemBootOptions(parameter=parameter, data=data)
        try:
            self._bmc.request(request)
        except CompletionCodeError as error:
            if error.code != ALREADY_IN_PROGRESS:
                raise
            done = SetInProgress(state=COMPLETE).encode()
            self._bmc.request(SetSystemBootOptions(parameter=BootParameter.SET_IN_PROGRESS, data=done))
            self._bmc.request(request)
