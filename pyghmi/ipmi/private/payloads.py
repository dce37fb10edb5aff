# SPDX-License-Identifier: Apache-2.0
"""Send a payload that a program has put together itself."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Union

from pyghmi.exceptions import InvalidParameterValue, SessionLost
from pyghmi.ipmi.private.responses import response_of

if TYPE_CHECKING:
    from pyghmi.ipmi.net.link import Link
    from pyghmi.ipmi.private.responses import Response
    from pyghmi.ipmi.protocol.inflight import Ticket

_OEM = frozenset((2, *range(0x20, 0x28)))
"""OEM explicit, OEM 0 to 7.  IPMI 2.0 §13.27.3, table 13-16."""

_SHORTEST = 7
_LUNS = 4


class Payloads:
    """The part of `Session` that takes payloads."""

    link: Link
    broken: bool
    lastresponse: Response | None

    def send_payload(
        self,
        payload: Iterable[int] = (),
        payload_type: Union[int, str, None] = None,
        retry: bool = True,
        delay_xmit: float | None = None,
        needskeepalive: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Send an IPMI message to the BMC: addresses, netfn and LUN, checksums, sequence number, command, data.

        Addresses, sequence number and checksums are made anew.  The answer goes to `lastresponse`.  payload_type: a
        number, or a name of `constants.payload_types`; None: 'ipmi'.  'sol': a packet of a serial console, sent as it
        is, once.  Raises NotImplementedError for all others.
        """
        from pyghmi.ipmi.private.constants import payload_types

        kind = payload_types.get(payload_type, payload_type) if isinstance(payload_type, str) else payload_type
        if kind in _OEM:
            raise NotImplementedError("OEM Payloads")
        if kind not in (None, payload_types["ipmi"], payload_types["sol"]):
            raise NotImplementedError(f"Unrecognized payload type {payload_type}")
        if self.broken:
            raise SessionLost("Session no longer connected", host=self.link.host, port=self.link.port)
        message = bytes(payload)
        if kind == payload_types["sol"]:
            with self.link.reactor.lock:
                self.link.peer.payloads.send(kind, message, self.link.now())
            return
        if len(message) < _SHORTEST:
            raise InvalidParameterValue(f"an IPMI message has {_SHORTEST} bytes at least, not {len(message)}")
        netfn, lun = divmod(message[1], _LUNS)
        if delay_xmit:
            self.link.wait(delay_xmit)
        self.link.submit(
            netfn,
            message[5],
            message[6:-1],
            lun=lun,
            first_wait=timeout,
            repeatable=None if retry else False,
            on_done=self._keep,
        )

    def _keep(self, ticket: Ticket) -> None:
        self.lastresponse = response_of(ticket)
