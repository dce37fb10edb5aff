# SPDX-License-Identifier: Apache-2.0
"""The management controller itself: identity, self test, restart.  IPMI 2.0 §20."""
from __future__ import annotations

from pyghmi.exceptions import TimedOut
from pyghmi.ipmi.domains.guid import Guid, read_guid
from pyghmi.ipmi.domains.requester import Requester, completion_error
from pyghmi.ipmi.spec.app import (
    ColdReset,
    DeviceId,
    GetDeviceGuid,
    GetDeviceId,
    GetSelfTestResults,
    GetSystemGuid,
    SelfTestResults,
    WarmReset,
)
from pyghmi.ipmi.spec.codes import OK

_RESET_WAIT_S = 0.5
_WIDE_MANUFACTURER_BYTES = 14
_LEAST_BYTES = 11


class ManagementController:
    """One management controller."""

    def __init__(self, bmc: Requester) -> None:
        self._bmc = bmc

    def device_id(self) -> DeviceId:
        """Return identity and version.  Odd lengths that some servers send are put right."""
        code, data = self._bmc.exchange(GetDeviceId.netfn, GetDeviceId.cmd)
        if code != OK:
            raise completion_error(GetDeviceId.netfn, GetDeviceId.cmd, code)
        return DeviceId.decode(regular_device_id(data))

    def self_test(self) -> SelfTestResults:
        """Return what the controller found out about itself."""
        return self._bmc.request(GetSelfTestResults())

    def device_guid(self) -> Guid:
        """Return the GUID of the controller."""
        return read_guid(self._bmc.request(GetDeviceGuid()).guid)

    def system_guid(self) -> Guid:
        """Return the GUID of the machine."""
        return read_guid(self._bmc.request(GetSystemGuid()).guid)

    def cold_reset(self) -> None:
        """Restart the controller.  Sent once; most answer nothing, and that is no failure."""
        self._reset(ColdReset())

    def warm_reset(self) -> None:
        """Restart the controller's firmware, keeping its settings.  Sent once."""
        self._reset(WarmReset())

    def _reset(self, request: ColdReset | WarmReset) -> None:
        try:
            self._bmc.request(request, deadline_s=_RESET_WAIT_S)
        except TimedOut:
            return


def regular_device_id(data: bytes) -> bytes:
    """Return a Get Device ID answer as the specification has it.

    Fourteen bytes: manufacturer and product were written with four bytes each, as some simulated BMCs do.  Nine: the
    product id is missing.
    """
    if len(data) == _WIDE_MANUFACTURER_BYTES:
        return data[:9] + data[10:12]
    if 9 <= len(data) < _LEAST_BYTES:
        return data[:9].ljust(_LEAST_BYTES, b"\0")
    return data
