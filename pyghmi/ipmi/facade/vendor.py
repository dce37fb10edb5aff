# SPDX-License-Identifier: Apache-2.0
"""What IPMI leaves to vendors: every method asks the BMC's handler, and a BMC without one gives the generic answer."""
from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.api import Api

Progress = Optional[Callable[[dict[str, Any]], object]]


def _new_file(path: str) -> None:
    """Refuse to overwrite; a directory is all right."""
    if os.path.exists(path) and not os.path.isdir(path):
        raise InvalidParameterValue(f"Not allowed to overwrite existing file: {path}")


class ConsoleApi(Api):
    """Graphical consoles and media."""

    def get_video_launchdata(self) -> dict[str, Any]:
        """Return what starts a video viewer; {} where there is none."""
        return self._vendor().get_video_launchdata()

    def get_graphical_console(self) -> Any:
        """Return (content type, data) of a viewer's start file; () where there is none."""
        return self._vendor().get_graphical_console()

    def get_ikvm_methods(self) -> list[str]:
        """Return the names of the ways to a remote keyboard, video and mouse."""
        return self._vendor().get_ikvm_methods()

    def get_ikvm_launchdata(self) -> dict[str, Any]:
        """Return what starts one of them."""
        return self._vendor().get_ikvm_launchdata()

    def get_screenshot(self, outfile: str) -> Any:
        """Save a picture of the screen."""
        return self._vendor().get_screenshot(outfile)

    def get_remote_kvm_available(self) -> bool:
        """Return whether remote keyboard, video and mouse can be had."""
        return self._vendor().get_oem_remote_kvm_available()

    def attach_remote_media(self, url: str, username: str | None = None, password: str | None = None) -> Any:
        """Connect an image as a drive.  Raises UnsupportedFunctionality."""
        return self._vendor().attach_remote_media(url, username, password)

    def detach_remote_media(self) -> Any:
        """Disconnect all images.  Raises UnsupportedFunctionality."""
        return self._vendor().detach_remote_media()

    def list_media(self) -> Iterable[Any]:
        """Return the `pyghmi.media.Media` that are connected.  Raises UnsupportedFunctionality."""
        return self._vendor().list_media()

    def upload_media(self, filename: str, progress: Progress = None, data: Any = None) -> Any:
        """Store an image on the BMC.  Raises UnsupportedFunctionality."""
        return self._vendor().upload_media(filename, progress, data)


class SettingsApi(Api):
    """Settings of BMC, system and storage: {name: {'value', 'default', 'possible', 'help', 'sortid'}}."""

    def get_bmc_configuration(self) -> dict[str, Any]:
        """Return the settings of the BMC."""
        return self._vendor().get_bmc_configuration()

    def get_extended_bmc_configuration(self, hideadvanced: bool = True) -> dict[str, Any]:
        """Return settings of the BMC that take long to read."""
        return self._vendor().get_extended_bmc_configuration(hideadvanced=hideadvanced)

    def set_bmc_configuration(self, changeset: Mapping[str, Any]) -> Any:
        """Change settings of the BMC.  Raises UnsupportedFunctionality."""
        return self._vendor().set_bmc_configuration(changeset)

    def clear_bmc_configuration(self) -> Any:
        """Set the BMC back to what it was delivered with.  Raises UnsupportedFunctionality."""
        return self._vendor().clear_bmc_configuration()

    def get_system_configuration(self, hideadvanced: bool = True) -> dict[str, Any]:
        """Return the settings of the machine's firmware."""
        return self._vendor().get_system_configuration(hideadvanced)

    def set_system_configuration(self, changeset: Mapping[str, Any]) -> Any:
        """Change settings of the machine's firmware.  Raises UnsupportedFunctionality."""
        return self._vendor().set_system_configuration(changeset)

    def clear_system_configuration(self) -> Any:
        """Set the machine's firmware back to what it was delivered with.  Raises UnsupportedFunctionality."""
        return self._vendor().clear_system_configuration()

    def get_storage_configuration(self) -> Any:
        """Return a `pyghmi.storage.ConfigSpec`.  Raises UnsupportedFunctionality."""
        return self._vendor().get_storage_configuration()

    def clear_storage_arrays(self) -> Any:
        """Remove all arrays.  Raises UnsupportedFunctionality."""
        return self._vendor().clear_storage_arrays()

    def remove_storage_configuration(self, cfgspec: Any) -> Any:
        """Remove what a `pyghmi.storage.ConfigSpec` names.  Raises UnsupportedFunctionality."""
        return self._vendor().remove_storage_configuration(cfgspec)

    def apply_storage_configuration(self, cfgspec: Any = None) -> Any:
        """Make what a `pyghmi.storage.ConfigSpec` names.  Raises UnsupportedFunctionality."""
        return self._vendor().apply_storage_configuration(cfgspec)

    def check_storage_configuration(self, cfgspec: Any = None) -> Any:
        """Say whether it could be made.  Raises UnsupportedFunctionality."""
        return self._vendor().check_storage_configuration(cfgspec)

    def get_ntp_enabled(self) -> bool | None:
        """Return whether the BMC takes its time from NTP; None: not known."""
        return self._vendor().get_ntp_enabled()

    def set_ntp_enabled(self, enable: bool) -> Any:
        """Have the BMC take its time from NTP, or not."""
        return self._vendor().set_ntp_enabled(enable)

    def get_ntp_servers(self) -> Iterable[str]:
        """Return the time servers."""
        return self._vendor().get_ntp_servers()

    def set_ntp_server(self, server: str, index: int = 0) -> Any:
        """Set a time server."""
        return self._vendor().set_ntp_server(server, index)


class MaintenanceApi(Api):
    """Firmware, licences, diagnosis, power capping."""

    def get_update_status(self) -> str:
        """Return 'ready' or 'unavailable'.  Raises UnsupportedFunctionality."""
        return self._vendor().get_update_status()

    def update_firmware(
        self, filename: str, data: Any = None, progress: Progress = None, bank: str | None = None
    ) -> str:
        """Install a file; 'complete' or 'pending'.

        progress: called with {'phase': str, 'progress': percent}.  Raises UnsupportedFunctionality.
        """
        return self._vendor().update_firmware(filename, data, progress or _ignore, bank)

    def get_diagnostic_data(self, savefile: str, progress: Progress = None, autosuffix: bool = False) -> str:
        """Save service data; the path of the file.  Raises InvalidParameterValue, UnsupportedFunctionality."""
        _new_file(savefile)
        return self._vendor().get_diagnostic_data(savefile, progress, autosuffix)

    def get_licenses(self) -> Iterable[dict[str, Any]]:
        """Return {'name', 'state'} of each licence.  Raises UnsupportedFunctionality."""
        return self._vendor().get_licenses()

    def delete_license(self, name: str) -> Any:
        """Remove a licence.  Raises UnsupportedFunctionality."""
        return self._vendor().delete_license(name)

    def save_licenses(self, directory: str) -> Iterable[str]:
        """Save the licences; the names of the files.  Raises InvalidParameterValue, UnsupportedFunctionality."""
        _new_file(directory)
        return self._vendor().save_licenses(directory)

    def apply_license(self, filename: str, progress: Progress = None, data: Any = None) -> Any:
        """Install a licence.  Raises UnsupportedFunctionality."""
        return self._vendor().apply_license(filename, progress, data)

    def reseat_bay(self, bay: int) -> Any:
        """Take the power from a bay and give it back.  Raises UnsupportedFunctionality."""
        return self._vendor().reseat_bay(bay)

    def get_capping_enabled(self) -> Any:
        """Return whether power is capped; () where that is not known."""
        return self._vendor().get_oem_capping_enabled()

    def set_capping_enabled(self, enable: bool) -> Any:
        """Cap power, or do not."""
        return self._vendor().set_oem_capping_enabled(enable)

    def get_server_capping(self) -> Any:
        """Return the power cap; None where there is none."""
        return self._vendor().get_oem_server_capping()

    def set_server_capping(self, value: Any) -> Any:
        """Set the power cap."""
        return self._vendor().set_oem_server_capping(value)


def _ignore(_progress: dict[str, Any]) -> None:
    """Take progress reports that nobody wants."""
