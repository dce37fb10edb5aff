# SPDX-License-Identifier: Apache-2.0
"""Who handles whom."""
from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pyghmi.exceptions import UnsupportedFunctionality
from pyghmi.ipmi.oem import folders, lookup, plugins
from pyghmi.ipmi.oem.generic import Completed, OEMHandler, usable
from pyghmi.ipmi.oem.lookup import Key
from pyghmi.ipmi.oem.simulated import identity
from pyghmi.ipmi.oem.simulated.handler import SimulatedHandler

INSTALLED = plugins.installed


def oemid(manufacturer: int, product: int = 1) -> dict[str, Any]:
    return {"manufacturer_id": manufacturer, "product_id": product}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "oemmap", {})
    monkeypatch.setattr(lookup, "_added", None)
    monkeypatch.setattr(plugins, "installed", lambda group: [])


def test_the_generic_handler_is_for_everybody_else() -> None:
    handler, known = lookup.get_oem_handler(oemid(12345), None)
    assert (type(handler), known) == (OEMHandler, False)


def test_the_vendor_of_a_product() -> None:
    handler, known = lookup.get_oem_handler(oemid(identity.MANUFACTURER_ID, identity.PRODUCT_ID), None)
    assert (type(handler), known) == (SimulatedHandler, True)
    assert not lookup.get_oem_handler(oemid(identity.MANUFACTURER_ID, 7), None)[1]


def test_registered_handlers_come_first() -> None:
    mine = SimpleNamespace(OEMHandler=lambda oemid, command, *more: ("mine", more))
    product = SimpleNamespace(OEMHandler=lambda oemid, command, *more: ("product", more))
    lookup.register_oem_map(5, mine)
    lookup.register_oem_map("5.7", product)
    assert lookup.get_oem_handler(oemid(5, 6), None, 1) == (("mine", (1,)), True)
    assert lookup.get_oem_handler(oemid(5, 7), None) == (("product", ()), True)
    lookup.register_oem_map(5, product)
    assert lookup.get_oem_handler(oemid(5, 6), None) == (("product", ()), True)


def test_other_packages_add_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "pyghmi.ipmi.oem.simulated.handler:SimulatedHandler"
    monkeypatch.setattr(plugins, "installed", lambda group: [("77", path), ("78.10-20", path), ("79.5", path)])
    found = [lookup.find(*each) for each in ((77, 1), (78, 9), (78, 10), (78, 20), (78, 21), (79, 5), (79, 6))]
    assert found == [path, None, path, path, None, path, None]


def test_two_claims_on_one_product_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "installed", lambda group: [("77", "a:A"), ("77", "b:B")])
    with pytest.raises(ValueError, match="two OEM handlers claim 77: a:A and b:B"):
        lookup.find(77, 1)


def test_two_claims_stay_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "installed", lambda group: [("77", "a:A"), ("77", "b:B")])
    for _time in range(2):
        with pytest.raises(ValueError, match="two OEM handlers claim 77"):
            lookup.find(78, 1)


def test_names_that_are_no_numbers_are_left_out(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    path = "pyghmi.ipmi.oem.simulated.handler:SimulatedHandler"
    monkeypatch.setattr(plugins, "installed", lambda group: [("acme_vendor", "x:X"), ("5.x", "x:X"), ("88.1-9", path)])
    assert [lookup.find(88, 5), lookup.find(88, 5), lookup.find(5, 1)] == [path, path, None]
    assert [record.args[0] for record in caplog.records] == ["acme_vendor", "5.x"]  # type: ignore[index]


@pytest.mark.parametrize("value", ["no_such_module_anywhere:X", "pyghmi.ipmi.oem.simulated.handler:NoSuchClass", "pyghmi.version"])
def test_handlers_that_cannot_be_loaded(value: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(plugins, "installed", lambda group: [("77", value)])
    handler, known = lookup.get_oem_handler(oemid(77), None)
    assert (type(handler), known) == (OEMHandler, False)
    assert caplog.records[0].exc_info and value in caplog.text


def test_plugins_in_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from pyghmi.ipmi import oem

    for folder, text in (
        ("acme_test", "device_type_supported = [4711, '4712.5']\nclass OEMHandler: pass\n"),
        ("acme_test/deep", "device_type_supported = (4713,)\n"),
        ("mute_test", ""),
        ("torn_test", "import no_such_module_anywhere\n"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "handler.py").write_text(text)
    monkeypatch.setattr(oem, "__path__", [*oem.__path__, str(tmp_path)])
    monkeypatch.setattr(lookup, "__file__", str(tmp_path / "lookup.py"))
    caplog.set_level("DEBUG", "pyghmi")
    lookup.load_plugins()
    assert {key: module.__name__ for key, module in lookup.oemmap.items()} == {
        4711: "pyghmi.ipmi.oem.acme_test.handler",
        "4712.5": "pyghmi.ipmi.oem.acme_test.handler",
        4713: "pyghmi.ipmi.oem.acme_test.deep.handler",
    }
    assert "mute_test.handler has no device_type_supported" in caplog.text
    assert "torn_test.handler cannot be loaded" in caplog.text
    lookup.load_and_register(str(tmp_path), str(tmp_path / "acme_test"))
    assert "OEM handler of 4711 replaced" in caplog.text


def test_the_names_of_plugins() -> None:
    assert lookup.make_plugin_name("/x/oem/", "/x/oem/lenovo/foo") == "pyghmi.ipmi.oem.lenovo.foo.handler"
    assert list(folders.find_handlers("/nowhere/at/all")) == []


def test_handlers_that_are_not_built_on_ours() -> None:
    plain = SimpleNamespace(get_power=lambda bridge_request: "on")
    found = usable(plain, None)
    assert isinstance(found, Completed)
    assert found.get_power(bridge_request=None) == "on"
    assert found.get_ikvm_methods() == []
    assert not hasattr(found, "set_power")
    ours = OEMHandler({}, None)
    assert usable(ours, None) is ours
    assert type(usable(None, None)) is OEMHandler


def test_nobody_is_asked_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not lookup.anybody_has(("get_power",))
    assert lookup.anybody_has(("set_identify",))  # the simulated BMC can blink
    monkeypatch.setattr(lookup, "_added", {Key(1): "unknown.module:Handler"})
    assert lookup.anybody_has(("get_power",))  # nobody knows what a handler of others overrides
    monkeypatch.setattr(lookup, "_added", {})
    lookup.register_oem_map(3, SimpleNamespace(OEMHandler=type("H", (OEMHandler,), {"get_power": lambda self: "on"})))
    assert lookup.anybody_has(("get_power",))
    assert not lookup.anybody_has(("set_power",))


def test_installed_entry_points_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described = tmp_path / "acme_handlers-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-handlers\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[pyghmi.oem]\n4242.1-9 = acme.handler:AcmeHandler\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert ("4242.1-9", "acme.handler:AcmeHandler") in INSTALLED("pyghmi.oem")
    assert INSTALLED("pyghmi.oem.nobody.has.this") == []


GENERIC = {
    "get_video_launchdata": {}, "get_graphical_console": (), "get_ikvm_methods": [], "get_ikvm_launchdata": {},
    "get_oem_remote_kvm_available": False, "get_bmc_configuration": {}, "get_extended_bmc_configuration": {},
    "get_system_configuration": {}, "get_ntp_enabled": None, "get_ntp_servers": (), "get_oem_identifier": None,
    "get_oem_domain_name": (), "get_oem_capping_enabled": (), "get_oem_server_capping": None, "get_server_capping": None,
    "get_description": {}, "get_leds": (),
}


@pytest.mark.parametrize("name", GENERIC)
def test_generic_answers(name: str) -> None:
    assert getattr(OEMHandler({}, None), name)() == GENERIC[name]


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("get_screenshot", ("f",), {}), ("set_ntp_enabled", (True,), None), ("set_ntp_server", ("s", 1), None),
        ("set_oem_identifier", ("n",), False), ("set_oem_domain_name", ("n",), ()), ("set_oem_capping_enabled", (True,), ()),
        ("set_oem_server_capping", (5,), None), ("set_server_capping", (5,), None),
    ],
)
def test_generic_answers_with_arguments(name: str, arguments: tuple[Any, ...], expected: object) -> None:
    assert getattr(OEMHandler({}, None), name)(*arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("attach_remote_media", ("u", None, None)), ("detach_remote_media", ()), ("list_media", ()), ("upload_media", ("f", None, None)),
        ("set_bmc_configuration", ({},)), ("clear_bmc_configuration", ()), ("set_system_configuration", ({},)),
        ("clear_system_configuration", ()), ("get_storage_configuration", ()), ("clear_storage_arrays", ()),
        ("remove_storage_configuration", (None,)), ("apply_storage_configuration", ()), ("check_storage_configuration", ()),
        ("get_hostname", ()), ("set_hostname", ("h",)), ("get_update_status", ()), ("update_firmware", ("f",)),
        ("get_diagnostic_data", ("f",)), ("get_licenses", ()), ("delete_license", ("n",)), ("save_licenses", ("d",)),
        ("apply_license", ("f",)), ("reseat_bay", (1,)), ("set_identify", (True, None, False)),
    ],
)
def test_what_only_vendors_have(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(UnsupportedFunctionality):
        getattr(OEMHandler({}, None), name)(*arguments)


def test_firmware_and_events() -> None:
    handler = OEMHandler({}, None)
    assert list(handler.get_oem_firmware("2.10")) == [("BMC Version", {"version": "2.10"})]
    assert handler.get_oem_event_const().IPMI_BMC_ADDRESS == 0x20


def test_blinking() -> None:
    sent: list[Any] = []
    handler = SimulatedHandler({}, SimpleNamespace(xraw_command=lambda **more: sent.append(more)))
    handler.set_identify(True, 500, True)
    assert sent[0]["data"] == (0xA7, 0xF3, 0x01, 255)
    for on, blink in ((True, False), (False, True)):
        with pytest.raises(UnsupportedFunctionality):
            handler.set_identify(on, None, blink)
    assert handler.get_description() == {"height": 1, "slot": 1}


def test_what_nobody_offers_is_not_searched_at_length(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The library that reads entry points takes 20 ms to load: a stall in the first command."""
    import importlib.metadata

    def loaded(**_more: Any) -> Any:
        raise AssertionError("asked for nothing")

    monkeypatch.setattr(importlib.metadata, "entry_points", loaded)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "missing"), ""])
    assert INSTALLED("pyghmi.oem.nobody.has.this") == []
    archive = tmp_path / "archive.zip"
    archive.write_bytes(b"PK")
    monkeypatch.setattr(sys, "path", [str(archive)])
    with pytest.raises(AssertionError, match="asked for nothing"):
        INSTALLED("pyghmi.oem.nobody.has.this")
