# SPDX-License-Identifier: Apache-2.0
"""Who looks at the packets of pyghmiutil: -v and --pcap."""
from __future__ import annotations

from io import FileIO
from typing import Any, Callable

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.endings import Ended, complain
from pyghmi.cmd.options import Options
from pyghmi.ipmi.net.pcap import PcapWriter
from pyghmi.ipmi.net.trace import Tracer

Observer = Callable[[bool, bytes, Any], None]


class Capture:
    """The file of --pcap, for the packets of all BMCs.  Raises UsageError when it cannot be written."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._file = FileIO(path, "w")
            self._writer: PcapWriter | None = PcapWriter(self._file)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror or error}") from error

    def __call__(self, sent: bool, datagram: bytes, address: Any) -> None:
        """Write one packet; the first failure ends the program, and the sessions are closed without a record."""
        writer = self._writer
        if writer is None:
            return
        try:
            writer(sent, datagram, address)
        except OSError as error:
            self._writer = None
            raise Ended(1, f"{self._path}: {error.strerror or error}") from error

    def close(self) -> None:
        """Write no more."""
        self._writer = None
        self._file.close()


def observer_for(options: Options, capture: Capture | None) -> Observer | None:
    """Return what looks at the packets of one BMC, None where nobody wants to."""
    watchers: list[Observer] = [] if capture is None else [capture]
    if options.verbose:
        watchers.append(Tracer(options.login, complain))
    if not watchers:
        return None

    def observe(sent: bool, datagram: bytes, address: Any) -> None:
        for watcher in watchers:
            watcher(sent, datagram, address)

    return observe
