# SPDX-License-Identifier: Apache-2.0
"""The BMC of this machine through the Linux driver.  Interface: linux/ipmi.h of the kernel."""
from __future__ import annotations

import errno
import os
import time
from collections.abc import Sequence
from typing import Any, Callable, TypeVar

from pyghmi.exceptions import SessionError, SessionLost, TimedOut, UnsupportedFunctionality
from pyghmi.ipmi.domains.requester import answer_of
from pyghmi.ipmi.net import modules
from pyghmi.ipmi.net.defaults import DEADLINE_S
from pyghmi.ipmi.spec.codes import DESTINATION_UNAVAILABLE, RetryClass, retry_class
from pyghmi.ipmi.spec.commands import command_name
from pyghmi.ipmi.spec.commands import repeatable as is_repeatable
from pyghmi.ipmi.spec.request import Request, Target
from pyghmi.ipmi.wire.layout import Message

R = TypeVar("R", bound=Message)

DEVICES = ("/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0")
_BUSY_PAUSE_S = 0.25
_MOST_BYTES = 1024

Ioctl = Callable[[int, int, Any], int]


class LocalLink:
    """The driver as a `Requester`.  devices: where to look for it, in this order.

    Raises FileNotFoundError where there is none, PermissionError where it may not be used.
    """

    def __init__(self, devices: Sequence[str] = DEVICES, *, ioctl: Ioctl | None = None) -> None:
        self._device, self._descriptor = _open(devices)
        self._ioctl = ioctl or _system_ioctl()
        self._sequence = 0
        self.agreement = None

    def __repr__(self) -> str:
        return f"<LocalLink through {self._device}>"

    @property
    def is_open(self) -> bool:
        """Whether the device is open."""
        return self._descriptor >= 0

    def close(self) -> None:
        """Give the device back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def request(
        self, req: Request[R], *, target: Target | None = None, lun: int = 0, deadline_s: float | None = None
    ) -> R:
        """Return the decoded answer.  Raises CompletionCodeError, Malformed, SessionError."""
        code, data = self.exchange(
            req.netfn, req.cmd, req.encode(), target=target, lun=lun, deadline_s=deadline_s, repeatable=req.repeatable
        )
        return answer_of(req, code, data)

    def exchange(
        self,
        netfn: int,
        cmd: int,
        data: bytes = b"",
        *,
        target: Target | None = None,
        lun: int = 0,
        deadline_s: float | None = None,
        repeatable: bool | None = None,
        first_wait: float | None = None,
    ) -> tuple[int, bytes]:
        """Return (completion code, data behind it), whatever the code.

        The driver repeats by itself what may be repeated.  Raises TimedOut, SessionLost, UnsupportedFunctionality.
        """
        if target is not None and target.transit_address is not None:
            raise UnsupportedFunctionality("the driver of this machine reaches one bridge far, not two")
        again = is_repeatable(netfn, cmd, data) if repeatable is None else repeatable
        began = self.now()
        until = began + (DEADLINE_S if deadline_s is None else deadline_s)
        while True:
            code, answer = self._once(netfn, cmd, data, target, lun, until, began)
            kind = retry_class(code)
            may = kind is RetryClass.NOT_RUN or (again and kind is RetryClass.MAYBE_RUN)
            if not may or self.now() + _BUSY_PAUSE_S >= until:
                return code, answer
            self.wait(_BUSY_PAUSE_S)

    def _once(
        self, netfn: int, cmd: int, data: bytes, target: Target | None, lun: int, until: float, began: float
    ) -> tuple[int, bytes]:
        from pyghmi.ipmi.net import ipmidev

        self._sequence += 1
        try:
            ipmidev.send(self._ioctl, self._descriptor, self._sequence, netfn, cmd, data, target, lun)
            while True:
                left = until - self.now()
                ready, _, _ = modules.select.select([self._descriptor], (), (), max(left, 0.0))
                if not ready:
                    raise _timed_out(netfn, cmd, self.now() - began, self._device)
                found = ipmidev.receive(self._ioctl, self._descriptor, _MOST_BYTES)
                if found is not None and found[0] == self._sequence:
                    answer = found[1]
                    return (answer[0], answer[1:]) if answer else (DESTINATION_UNAVAILABLE, b"")
        except OSError as error:
            raise _lost(error, netfn, cmd, self._device) from error

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(max(seconds, 0.0))

    def now(self) -> float:
        """Return the time in seconds on a clock that never goes back."""
        return time.monotonic()


def _open(devices: Sequence[str]) -> tuple[str, int]:
    """Open the first device that is there."""
    for device in devices:
        try:
            return device, os.open(device, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            continue
        except PermissionError as error:
            raise PermissionError(
                error.errno, "may not be used by this user: it takes root, or a group that owns it", device
            ) from error
        except OSError as error:
            raise OSError(error.errno, f"cannot be opened ({error.strerror})", device) from error
    raise FileNotFoundError(
        errno.ENOENT,
        "there is no IPMI device on this machine: it has no BMC, or the driver is not loaded (ipmi_devintf, ipmi_si)."
        " For another machine's BMC, name its address",
        devices[0],
    )


def _system_ioctl() -> Ioctl:
    try:
        from fcntl import ioctl
    except ImportError:
        raise UnsupportedFunctionality("in-band access is possible on Linux only") from None
    return ioctl


def _timed_out(netfn: int, cmd: int, elapsed: float, device: str) -> TimedOut:
    return TimedOut(
        "timeout",
        host=device,
        stage=command_name(netfn, cmd),
        tries=1,
        elapsed=elapsed,
        hint="the driver got no answer from the BMC in time",
        code=0xFFFF,
    )


def _lost(error: OSError, netfn: int, cmd: int, device: str) -> SessionError:
    return SessionLost(
        "The IPMI device failed",
        host=device,
        stage=command_name(netfn, cmd),
        hint=error.strerror or type(error).__name__,
    )
