# SPDX-License-Identifier: Apache-2.0
"""What IPMI leaves to vendors, and what a BMC without it answers: consoles, settings, maintenance."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Callable

from pyghmi.exceptions import UnsupportedFunctionality

Progress = Callable[[dict[str, Any]], object]

_NO_STORAGE = "Remote storage configuration not supported on this platform"


class Consoles:
    """Graphical consoles and media."""

    def get_video_launchdata(self) -> dict[str, Any]:
        """Return what starts a video viewer."""
        return {}

    def get_graphical_console(self) -> Any:
        """Return (content type, data) of a viewer's start file."""
        return ()

    def get_ikvm_methods(self) -> list[str]:
        """Return the names of the ways to a remote keyboard, video and mouse."""
        return []

    def get_ikvm_launchdata(self) -> dict[str, Any]:
        """Return what starts one of them."""
        return {}

    def get_screenshot(self, outfile: str) -> dict[str, Any]:
        """Save a picture of the screen."""
        return {}

    def get_oem_remote_kvm_available(self) -> bool:
        """Return whether remote keyboard, video and mouse can be had."""
        return False

    def attach_remote_media(self, imagename: str, username: str | None, password: str | None) -> Any:
        """Connect an image as a drive."""
        raise UnsupportedFunctionality()

    def detach_remote_media(self) -> Any:
        """Disconnect all images."""
        raise UnsupportedFunctionality()

    def list_media(self) -> Iterable[Any]:
        """Return the images that are connected."""
        raise UnsupportedFunctionality()

    def upload_media(self, filename: str, progress: Progress | None, data: Any) -> Any:
        """Store an image on the BMC."""
        raise UnsupportedFunctionality("Remote media upload not supported on this system")


class Settings:
    """Settings of BMC, system and storage."""

    def get_bmc_configuration(self) -> dict[str, Any]:
        """Return the settings of the BMC: name -> {'value', 'default', 'possible', 'help', 'sortid'}."""
        return {}

    def get_extended_bmc_configuration(self, hideadvanced: bool = True) -> dict[str, Any]:
        """Return settings that take long to read."""
        return {}

    def set_bmc_configuration(self, changeset: Mapping[str, Any]) -> Any:
        """Change settings of the BMC."""
        raise UnsupportedFunctionality("Platform does not support setting bmc attributes")

    def clear_bmc_configuration(self) -> Any:
        """Set the BMC back to what it was delivered with."""
        raise UnsupportedFunctionality("Clearing BMC configuration not implemented for this platform")

    def get_system_configuration(self, hideadvanced: bool = True) -> dict[str, Any]:
        """Return the settings of the machine's firmware."""
        return {}

    def set_system_configuration(self, changeset: Mapping[str, Any]) -> Any:
        """Change settings of the machine's firmware."""
        raise UnsupportedFunctionality()

    def clear_system_configuration(self) -> Any:
        """Set the machine's firmware back to what it was delivered with."""
        raise UnsupportedFunctionality("Clearing system configuration not implemented for this platform")

    def get_storage_configuration(self) -> Any:
        """Return disks, arrays and volumes."""
        raise UnsupportedFunctionality(_NO_STORAGE)

    def clear_storage_arrays(self) -> Any:
        """Remove all arrays."""
        raise UnsupportedFunctionality(_NO_STORAGE)

    def remove_storage_configuration(self, cfgspec: Any) -> Any:
        """Remove what the specification names."""
        raise UnsupportedFunctionality(_NO_STORAGE)

    def apply_storage_configuration(self, cfgspec: Any = None) -> Any:
        """Make what the specification names."""
        raise UnsupportedFunctionality(_NO_STORAGE)

    def check_storage_configuration(self, cfgspec: Any = None) -> Any:
        """Say whether it could be made."""
        raise UnsupportedFunctionality(_NO_STORAGE)

    def get_ntp_enabled(self) -> bool | None:
        """Return whether the BMC takes its time from NTP."""
        return None

    def set_ntp_enabled(self, enabled: bool) -> Any:
        """Have the BMC take its time from NTP, or not."""
        return None

    def get_ntp_servers(self) -> Iterable[str]:
        """Return the time servers."""
        return ()

    def set_ntp_server(self, server: str, index: int = 0) -> Any:
        """Set a time server."""
        return None

    def get_hostname(self) -> str:
        """Return the name of the BMC."""
        raise UnsupportedFunctionality()

    def set_hostname(self, hostname: str) -> Any:
        """Set the name of the BMC."""
        raise UnsupportedFunctionality()

    def get_oem_identifier(self) -> str | None:
        """Return the identifier where it is not kept as the specification says."""
        return None

    def set_oem_identifier(self, name: bytes) -> bool:
        """Set it; False: not kept in a special place."""
        return False

    def get_oem_domain_name(self) -> Any:
        """Return the domain name of the BMC."""
        return ()

    def set_oem_domain_name(self, name: str) -> Any:
        """Set it."""
        return ()


class Maintenance:
    """Firmware, licences, diagnosis, power capping."""

    def get_update_status(self) -> str:
        """Return 'ready' or 'unavailable'."""
        raise UnsupportedFunctionality("Firmwore update not supported on this platform")

    def update_firmware(
        self, filename: str, data: Any = None, progress: Progress | None = None, bank: str | None = None
    ) -> str:
        """Install a file; 'complete' or 'pending'."""
        raise UnsupportedFunctionality("Firmware update not supported on this platform")

    def get_oem_firmware(
        self, bmcver: str, components: Iterable[str] = (), category: str | None = None
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (name, {'version', ...}) of each firmware."""
        yield "BMC Version", {"version": bmcver}

    def get_diagnostic_data(
        self, savefile: str, progress: Progress | None = None, autosuffix: bool = False
    ) -> str:
        """Save service data; the path of the file."""
        raise UnsupportedFunctionality("Diagnostic data is not supported on this platform")

    def get_licenses(self) -> Iterable[dict[str, Any]]:
        """Return {'name', 'state'} of each licence."""
        raise UnsupportedFunctionality()

    def delete_license(self, name: str) -> Any:
        """Remove a licence."""
        raise UnsupportedFunctionality()

    def save_licenses(self, directory: str) -> Iterable[str]:
        """Save the licences; the names of the files."""
        raise UnsupportedFunctionality()

    def apply_license(self, filename: str, progress: Progress | None = None, data: Any = None) -> Any:
        """Install a licence."""
        raise UnsupportedFunctionality()

    def reseat_bay(self, bay: int) -> Any:
        """Take the power from a bay and give it back."""
        raise UnsupportedFunctionality("Reseat not supported on this platform")

    def get_oem_capping_enabled(self) -> Any:
        """Return whether power is capped."""
        return ()

    def set_oem_capping_enabled(self, enable: bool) -> Any:
        """Cap it, or do not."""
        return ()

    def get_oem_server_capping(self) -> Any:
        """Return the cap."""
        return None

    def set_oem_server_capping(self, value: Any) -> Any:
        """Set the cap."""
        return None

    get_server_capping = get_oem_server_capping
    set_server_capping = set_oem_server_capping
