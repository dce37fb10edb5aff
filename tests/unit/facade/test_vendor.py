# SPDX-License-Identifier: Apache-2.0
"""Every method that only asks the vendor's handler passes on what it was given."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.api import Api, target_of
from pyghmi.ipmi.facade.credentials import as_bytes, kg_as_bytes, kg_from_hex
from pyghmi.ipmi.facade.vendor import ConsoleApi, MaintenanceApi, SettingsApi
from pyghmi.ipmi.spec.request import Target

CALLS: list[tuple[str, tuple[Any, ...], str, tuple[Any, ...]]] = [
    ("get_video_launchdata", (), "get_video_launchdata", ()),
    ("get_graphical_console", (), "get_graphical_console", ()),
    ("get_ikvm_methods", (), "get_ikvm_methods", ()),
    ("get_ikvm_launchdata", (), "get_ikvm_launchdata", ()),
    ("get_screenshot", ("f",), "get_screenshot", ("f",)),
    ("get_remote_kvm_available", (), "get_oem_remote_kvm_available", ()),
    ("attach_remote_media", ("u",), "attach_remote_media", ("u", None, None)),
    ("detach_remote_media", (), "detach_remote_media", ()),
    ("list_media", (), "list_media", ()),
    ("upload_media", ("f", None, "d"), "upload_media", ("f", None, "d")),
    ("get_bmc_configuration", (), "get_bmc_configuration", ()),
    ("set_bmc_configuration", ({"a": 1},), "set_bmc_configuration", ({"a": 1},)),
    ("clear_bmc_configuration", (), "clear_bmc_configuration", ()),
    ("get_system_configuration", (False,), "get_system_configuration", (False,)),
    ("set_system_configuration", ({},), "set_system_configuration", ({},)),
    ("clear_system_configuration", (), "clear_system_configuration", ()),
    ("get_storage_configuration", (), "get_storage_configuration", ()),
    ("clear_storage_arrays", (), "clear_storage_arrays", ()),
    ("remove_storage_configuration", (1,), "remove_storage_configuration", (1,)),
    ("apply_storage_configuration", (1,), "apply_storage_configuration", (1,)),
    ("check_storage_configuration", (1,), "check_storage_configuration", (1,)),
    ("get_ntp_enabled", (), "get_ntp_enabled", ()),
    ("set_ntp_enabled", (True,), "set_ntp_enabled", (True,)),
    ("get_ntp_servers", (), "get_ntp_servers", ()),
    ("set_ntp_server", ("s", 2), "set_ntp_server", ("s", 2)),
    ("get_update_status", (), "get_update_status", ()),
    ("get_licenses", (), "get_licenses", ()),
    ("delete_license", ("n",), "delete_license", ("n",)),
    ("apply_license", ("f", None, "d"), "apply_license", ("f", None, "d")),
    ("reseat_bay", (3,), "reseat_bay", (3,)),
    ("get_capping_enabled", (), "get_oem_capping_enabled", ()),
    ("set_capping_enabled", (True,), "set_oem_capping_enabled", (True,)),
    ("get_server_capping", (), "get_oem_server_capping", ()),
    ("set_server_capping", (7,), "set_oem_server_capping", (7,)),
]


class Facade(ConsoleApi, SettingsApi, MaintenanceApi):
    """The parts that ask the vendor, over a handler that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def _vendor(self) -> Any:
        facade = self

        class Handler:
            def __getattr__(self, name: str) -> Any:
                return lambda *arguments, **named: (facade.asked.append((name, arguments, named)), "answer")[1]

        return Handler()


@pytest.mark.parametrize(("method", "arguments", "hook", "passed"), CALLS, ids=[call[0] for call in CALLS])
def test_passed_on(method: str, arguments: tuple[Any, ...], hook: str, passed: tuple[Any, ...]) -> None:
    facade = Facade()
    assert getattr(facade, method)(*arguments) == "answer"
    assert facade.asked == [(hook, passed, {})]


def test_the_ones_with_more_to_them(tmp_path: Path) -> None:
    facade = Facade()
    facade.get_extended_bmc_configuration(False)
    assert facade.asked[-1] == ("get_extended_bmc_configuration", (), {"hideadvanced": False})
    facade.update_firmware("f")
    progress = facade.asked[-1][1][2]
    assert progress({"phase": "upload"}) is None
    assert facade.get_diagnostic_data(str(tmp_path)) == "answer"
    assert facade.save_licenses(str(tmp_path)) == "answer"
    taken = tmp_path / "taken"
    taken.write_text("")
    for method in (facade.get_diagnostic_data, facade.save_licenses):
        with pytest.raises(InvalidParameterValue, match="Not allowed to overwrite existing file"):
            method(str(taken))


def test_bridge_requests() -> None:
    assert target_of(()) is None
    assert target_of(None) is None
    assert target_of({"addr": 0x82}) == Target(0x82, 0)
    assert target_of({"addr": 0x82, "channel": 7, "transit_addr": 0x20, "transit_channel": 1}) == Target(0x82, 7, 0x20, 1)
    assert target_of({"addr": 0x30, "comment": 1}) == Target(0x30, 0)


def test_credentials() -> None:
    assert as_bytes("é", "x") == b"\xc3\xa9"
    assert as_bytes(b"raw", "x") == b"raw"
    with pytest.raises(TypeError, match="password must be str or bytes, not int"):
        as_bytes(5, "password")  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterValue, match="UTF-8") as caught:
        as_bytes("\ud800", "password")
    assert "d800" not in str(caught.value)
    assert kg_as_bytes(None) is None
    assert kg_from_hex("0x00ff") == kg_from_hex("00:ff") == b"\0\xff"
    with pytest.raises(InvalidParameterValue):
        kg_from_hex("0x0")


def test_what_command_must_provide() -> None:
    for ask in (lambda: Api()._requester, lambda: Api()._device_id(), lambda: Api()._vendor(), lambda: Api()._vendor_if_it_has("x")):
        with pytest.raises(NotImplementedError):
            ask()
