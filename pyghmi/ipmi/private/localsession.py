# SPDX-License-Identifier: Apache-2.0
"""The BMC of this machine, through the operating system's device."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from pyghmi.ipmi.facade.api import target_of
from pyghmi.ipmi.net.local import DEVICES, LocalLink
from pyghmi.ipmi.private.callbacks import tell

Response = dict[str, Any]

_USUAL = "/dev/ipmi0"


class Session:
    """The in-band way: no login, no password.  Raises OSError (its kin) where there is no device, or no permission."""

    userid = None
    password = None
    bmc = None
    port = None
    broken = False
    logging = False
    ipmiversion = 2.0
    errormsg = None

    def __init__(self, devnode: str | None = _USUAL) -> None:
        """Open a device; the usual one may have another name too."""
        self.link = LocalLink(DEVICES if devnode in (None, _USUAL) else (devnode,))

    @property
    def logged(self) -> int:
        """1 as long as the device is open."""
        return int(self.link.is_open)

    def raw_command(
        self,
        netfn: int,
        command: int,
        data: Iterable[int] = (),
        bridge_request: Mapping[str, int] | None = None,
        retry: bool = True,
        delay_xmit: float | None = None,
        timeout: float | None = None,
        waitall: bool = False,
        rslun: int = 0,
        callback: Callable[[Response], object] | None = None,
        deadline: float | None = None,
    ) -> Response | None:
        """Send a command; returns {'netfn', 'command', 'code', 'data': bytearray}.  Raises IpmiException."""
        if delay_xmit:
            self.link.wait(delay_xmit)
        code, answer = self.link.exchange(
            netfn,
            command,
            bytes(data),
            target=target_of(bridge_request) if bridge_request else None,
            lun=rslun,
            deadline_s=deadline,
        )
        response = {"netfn": netfn + 1, "command": command, "code": code, "data": bytearray(answer)}
        if callback is not None:
            tell(callback, response)
            return None
        return response

    def pause(self, seconds: float) -> None:
        """Wait."""
        self.link.wait(seconds)

    def logout(self, sessionok: bool = True) -> Response:
        """Close the device."""
        self.link.close()
        return {"success": True}
