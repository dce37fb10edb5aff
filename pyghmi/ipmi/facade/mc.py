# SPDX-License-Identifier: Apache-2.0
"""The management controller: identity, self test, restart, and what it offers for sessions."""
from __future__ import annotations

from typing import TYPE_CHECKING, Union

from pyghmi.ipmi.facade.api import Api
from pyghmi.ipmi.spec.codes import THIS_CHANNEL

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.mc import ManagementController
    from pyghmi.ipmi.domains.sessions import Sessions
    from pyghmi.ipmi.spec.app import ChannelAuthenticationCapabilities, DeviceId, SessionInfo
    from pyghmi.ipmi.spec.cipher_records import SuiteRecord

_DEVICE_ERROR = 0x57
_SELF_TEST_WORDS = {
    0x55: "passed",
    0x56: "not implemented",
    _DEVICE_ERROR: "device error",
    0x58: "fatal hardware error",
}
_DEVICE_ERRORS = (
    "controller firmware corrupted",
    "controller update firmware corrupted",
    "internal use area corrupted",
    "SDR repository empty",
    "IPMB lines do not respond",
    "FRU device not accessible",
    "SDR repository not accessible",
    "SEL not accessible",
)


class McApi(Api):
    """The management controller."""

    _known_device_id: DeviceId | None

    def _mc(self) -> ManagementController:
        found: ManagementController = self._vendor_if_it_has("mc").mc(self._call())
        return found

    def _sessions(self) -> Sessions:
        from pyghmi.ipmi.domains.sessions import Sessions

        return Sessions(self._call())

    def _device_id(self) -> DeviceId:
        """Return the identity of the BMC, asked for once."""
        found = self._known_device_id
        if found is None:
            from pyghmi.ipmi.domains.mc import ManagementController

            found = self._known_device_id = ManagementController(self._call()).device_id()
        return found

    def _get_device_id(self) -> dict[str, Union[int, str]]:
        """Return {'device_id', 'device_revision', 'manufacturer_id', 'product_id', 'firmware_version': 'M.mm'}."""
        found = self._device_id()
        return {
            "device_id": found.device_id,
            "device_revision": found.device_revision,
            "manufacturer_id": found.manufacturer_id,
            "product_id": found.product_id,
            "firmware_version": f"{found.firmware_major}.{found.firmware_minor:02x}",
        }

    def get_device_id(self) -> DeviceId:
        """Return the identity of the BMC as it is now.  Raises IpmiException."""
        self._known_device_id = None
        return self._device_id()

    def get_self_test(self) -> dict[str, Union[str, int, list[str]]]:
        """Return {'result': word, 'code': int, 'detail': int, 'problems': [texts]}.  Raises IpmiException."""
        found = self._mc().self_test()
        problems: list[str] = []
        if found.code == _DEVICE_ERROR:
            problems = [text for bit, text in enumerate(_DEVICE_ERRORS) if found.detail // 2**bit % 2]
        return {
            "result": _SELF_TEST_WORDS.get(found.code, f"device specific failure {int(found.code):02X}h"),
            "code": int(found.code),
            "detail": found.detail,
            "problems": problems,
        }

    def get_device_guid(self) -> str:
        """Return the GUID of the BMC: lower case, with dashes.  Raises IpmiException."""
        return self._mc().device_guid().text

    def get_system_guid(self) -> str:
        """Return the GUID of the machine: lower case, with dashes.  Raises IpmiException."""
        return self._mc().system_guid().text

    def get_system_guids(self) -> dict[str, str]:
        """Return the GUID of the machine as each byte order reads it: {'smbios', 'rfc4122', 'ipmi', 'likely', 'raw'}.

        Nothing on the wire says which of them the BMC means: 'likely' is that of `get_system_guid`, by its version;
        'smbios' is the one that the operating system shows, on most machines.  Raises IpmiException.
        """
        from pyghmi.ipmi.domains.guid import GuidOrder, read_guid

        found = self._mc().system_guid()
        guids = {order.name.lower(): read_guid(found.raw, order).text for order in GuidOrder}
        return {**guids, "likely": found.text, "raw": found.raw.hex()}

    def get_session_info(self, index: int = 0) -> SessionInfo:
        """Return facts of a session; index 0: this one, N: the Nth active one.  Raises IpmiException."""
        return self._sessions().info(index)

    def get_channel_auth_capabilities(self, channel: int = THIS_CHANNEL) -> ChannelAuthenticationCapabilities:
        """Return what a channel takes for a login.  Raises IpmiException."""
        return self._sessions().auth_capabilities(channel)

    def get_cipher_suites(self, channel: int = THIS_CHANNEL) -> tuple[SuiteRecord, ...]:
        """Return the cipher suites that a channel offers.  Raises IpmiException."""
        return self._sessions().cipher_suites(channel)

    def reset_bmc(self) -> None:
        """Restart the BMC.  Sent once; that it says nothing more is no failure.  Raises IpmiException if refused."""
        self._known_device_id = None
        self._mc().cold_reset()
