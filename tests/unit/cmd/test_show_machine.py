# SPDX-License-Identifier: Apache-2.0
"""power, bootdev, identify, info, reset, raw, chassis, system, watchdog, dcmi: rows, lines, and what is refused."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pyghmi.cmd.credentials import UsageError
from pyghmi.cmd.tasks import prepare
from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, IpmiException

REFUSED = (0xC1, b"")


def test_power(machine: Any, show: Any) -> None:
    assert show("power", lines=True).lines == ["bmc: off"]
    assert show("power", "on").row == {"powerstate": "on"}
    assert show("power", "on", lines=True).lines == ["bmc: {'powerstate': 'on'}"]
    assert show("power", "cycle").plain == ["Asked for:  cycle"]
    with pytest.raises(InvalidParameterValue, match="Unknown power state sideways requested"):
        prepare("power", ["sideways"])


def test_bootdev(show: Any) -> None:
    assert show("bootdev").row == {"bootdev": "default", "persistent": True}
    assert show("bootdev", "hd", "persist", "uefi", lines=True).lines == ["bmc: {'bootdev': 'hd'}"]
    assert show("bootdev").plain == ["Boot device:  hd", "Persistent:   yes", "UEFI mode:    yes"]
    with pytest.raises(InvalidParameterValue, match="Unknown bootdevice nosuch"):
        show("bootdev", "nosuch")
    with pytest.raises(UsageError, match="persist or uefi"):
        prepare("bootdev", ["hd", "forever"])


@pytest.mark.parametrize("word", ["on", "off", "5", "blink"])
def test_identify(machine: Any, show: Any, word: str) -> None:
    machine.command.set_identify = lambda *_a, **_k: None
    assert show("identify", word, lines=True).lines == [f"bmc: identify {word}"]
    assert show("identify", word).row == {"identify": word}


def test_identify_nonsense() -> None:
    with pytest.raises(UsageError, match="not 'loudly'"):
        prepare("identify", ["loudly"])


def test_info(machine: Any, show: Any) -> None:
    found = show("info", lines=True)
    assert found.row["device_id"] == 32 and found.row["firmware_version"] == "2.10" and found.row["self_test"] == "passed"
    assert "bmc: Product ID: 20563 (0x5053)" in found.lines and "bmc: Device Available: yes" in found.lines
    machine.knobs[6, 0x04] = lambda _data, _handler: (0, b"\x57\x88")
    machine.knobs[6, 0x37] = lambda _data, _handler: REFUSED
    found = show("info", lines=True)
    assert found.row["self_test"] == "internal use area corrupted" or "," in found.row["self_test"]
    assert any(line.startswith("bmc: System GUID: not available: ") for line in found.lines)


def test_reset(machine: Any, show: Any) -> None:
    assert show("reset").row == {"done": "BMC reset"}
    assert machine.sim.restarting
    assert show("reset", lines=True).lines == ["bmc: BMC reset"]


def test_raw(show: Any) -> None:
    found = show("raw", "6", "0x04", lines=True)
    assert found.row["data"] == "55 00" and found.row["code"] == 0
    assert found.lines == ["bmc: {'netfn': 7, 'command': 4, 'code': 0, 'data': bytearray(b'U\\x00')}"]
    with pytest.raises(IpmiException, match="refused"):
        show("raw", "0x2e", "0x77", "aa")
    for wrong in (["7", "1"], ["6"], ["x", "1"], ["6", "256"], ["6", "1", "zz"]):
        with pytest.raises(UsageError):
            prepare("raw", wrong)


def test_graphical(show: Any) -> None:
    assert show("graphical", lines=True).lines == ["()"]
    console = SimpleNamespace(get_graphical_console=lambda: ("https://x",))
    assert show("graphical", command=console).row == {"console": "('https://x',)"}


def test_chassis(machine: Any, show: Any) -> None:
    machine.knobs[0, 1] = lambda _data, handler: (0, handler(b"")[1][:3] + b"\xf1")  # table 28-3: bit 0: power button
    found = show("chassis").row
    assert (found["power"], found["restore_policy"], found["buttons_disabled"]) == ("off", "always-off", ["power"])
    assert found["buttons_may_be_disabled"] == ["power", "reset", "diagnostic", "sleep"]
    assert show("chassis", "status").rows == [found]
    machine.knobs[0, 1] = lambda _data, handler: (0, handler(b"")[1][:3])
    assert show("chassis").row["buttons_disabled"] is None
    assert show("chassis", "policy").row["policy"] == "always-off"
    assert show("chassis", "policy", "previous", lines=True).lines == ["bmc: when mains power returns: previous"]
    assert show("chassis", "policy").row["policy"] == "previous"
    assert show("chassis", "poh").row == {"power_on_hours": 1234.0}
    assert show("chassis", "restart-cause").row["cause"] == "unknown"
    assert "FRU device address:         0x20" in show("chassis", "capabilities").plain
    assert show("chassis", "acpi").plain[0].startswith("System:")
    for wrong in (["policy", "never"], ["dance"], ["status", "more"]):
        with pytest.raises(UsageError):
            prepare("chassis", wrong)


def test_boot_options(show: Any) -> None:
    found = show("chassis", "boot", "set", "device=network", "uefi=on", "persistent=off", "instance=3", "keep_on=timeout,reset")
    assert found.row["device"] == "network" and found.row["uefi"] is True and found.row["differences"] == []
    held = show("chassis", "boot").row
    assert (held["valid"], held["device"], held["uefi"], held["instance"]) == (True, "network", True, 3)
    show("chassis", "boot", "clear")
    assert show("chassis", "boot").row["valid"] is False
    for wrong in (["set"], ["set", "device"], ["set", "uefi=maybe"], ["set", "instance=77"], ["set", "nosuch=1"]):
        with pytest.raises(UsageError):
            prepare("chassis", ["boot", *wrong])


def test_system(show: Any) -> None:
    assert show("system").row["system_name"] == machine_name(show)


def machine_name(show: Any) -> str:
    found = show("system").plain
    (name,) = [line.split(":", 1)[1].strip() for line in found if line.startswith("System name:")]
    return name


def test_watchdog(machine: Any, show: Any) -> None:
    assert show("watchdog").row["running"] is False
    assert show("watchdog", "set", "use=osload", "action=cycle", "seconds=300", "interrupt=nmi", "before=10", "log=off", lines=True).lines == [
        "bmc: watchdog set"
    ]
    found = show("watchdog").row
    assert {name: found[name] for name in ("use", "action", "countdown", "pre_timeout_interrupt", "pre_timeout", "logging")} == {
        "use": "osload", "action": "cycle", "countdown": 300.0, "pre_timeout_interrupt": "nmi", "pre_timeout": 10, "logging": False,
    }
    show("watchdog", "set", "seconds=120")  # the rest stays
    found = show("watchdog").row
    assert (found["use"], found["action"], found["countdown"]) == ("osload", "cycle", 120.0)
    show("watchdog", "reset")
    assert show("watchdog").row["running"] is True
    show("watchdog", "stop")
    assert show("watchdog").row["running"] is False
    for wrong in (["set"], ["set", "use=fun"], ["set", "seconds=9999"], ["dance"], ["stop", "now"]):
        with pytest.raises(UsageError):
            prepare("watchdog", wrong)


def test_dcmi(machine: Any, show: Any) -> None:
    found = show("dcmi").row
    power = show("dcmi", "power").row
    assert found["current"] == power["current"] and found["asset_tag"] and found["limit_active"] is False
    assert power["time"].endswith("+00:00")
    show("dcmi", "asset-tag", "RACK 7/3")
    assert show("dcmi", "asset-tag").row == {"asset_tag": "RACK 7/3"}
    show("dcmi", "mc-id", "node17")
    assert show("dcmi", "mc-id").plain == ["Controller name:  node17"]
    said = show("dcmi", "limit", "set", "400", "action=power_off", "correction_ms=2000", "sampling_s=2", lines=True).lines
    assert said == ["bmc: power limit set to 400 W; `dcmi limit on` puts it in force"]
    show("dcmi", "limit", "on")
    found = show("dcmi", "limit").row
    assert (found["limit_active"], found["limit"], found["action"], found["correction_ms"], found["sampling_s"]) == (True, 400, "power_off", 2000, 2)
    show("dcmi", "limit", "off")
    assert show("dcmi", "limit").row["limit_active"] is False
    assert show("dcmi", "temperatures").rows[0]["entity"] == "inlet"
    assert show("dcmi", "thermal", "inlet", "1").row["instance"] == 1
    assert show("dcmi", "capabilities").row["power_management"] is True
    machine.knobs[0x2C, 0x06] = lambda _data, _handler: REFUSED
    machine.knobs[0x2C, 0x03] = lambda _data, _handler: REFUSED
    assert show("dcmi").row["asset_tag"] is None
    for wrong in (["dance"], ["limit", "maybe"], ["limit", "set"], ["limit", "set", "9", "x=1"], ["power", "soon"], ["thermal", "attic"]):
        with pytest.raises(UsageError):
            prepare("dcmi", wrong)


def test_dcmi_tells_both_what_measures_and_what_limits(machine: Any, show: Any) -> None:
    show("dcmi", "limit", "off")
    found = show("dcmi").row
    assert (found["active"], found["limit_active"]) == (True, False)
    assert "Measuring:        yes" in show("dcmi").plain


def test_dcmi_that_measures_no_power(machine: Any, show: Any) -> None:
    machine.knobs[0x2C, 0x02] = lambda _data, _handler: REFUSED
    found = show("dcmi").row
    assert found.get("current") is None and found["asset_tag"] and found["mc_id"]


@pytest.mark.parametrize("words", ["", "power", "limit", "asset-tag", "asset-tag X", "mc-id", "capabilities", "temperatures", "thermal", "limit on", "limit set 400"])
def test_a_bmc_without_any_dcmi(machine: Any, show: Any, words: str) -> None:
    for command in range(1, 0x14):
        machine.knobs[0x2C, command] = lambda _data, _handler: REFUSED
    with pytest.raises(CompletionCodeError, match="This BMC has no DCMI, or not this part of it: Invalid command") as caught:
        show("dcmi", *words.split(), lines=words.startswith("limit "))
    assert caught.value.code == 0xC1
