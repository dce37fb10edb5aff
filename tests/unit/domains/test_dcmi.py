# SPDX-License-Identifier: Apache-2.0
"""DCMI, with bytes from the tables of DCMI 1.5."""
from __future__ import annotations

import pytest
from memory_bmc import MemoryBmc
from script import Script

from pyghmi.exceptions import CompletionCodeError, InvalidParameterValue, Malformed, UnsupportedFunctionality
from pyghmi.ipmi.domains.dcmi import Dcmi, Limit, Temperature, period_seconds
from pyghmi.ipmi.spec import dcmi as spec
from pyghmi.sim.dcmi import DcmiPart


def test_capabilities() -> None:
    """Table 6-3: power management, in-band; 512 entries, rollover; every 5 s; BMC, revision 1; channel 1; 5 s, 1 min, 2 h, 3 d."""
    bmc = Script(
        "dc 01 05 02 00 01 01", "dc 01 05 02 00 82 00 00 05", "dc 01 05 02 20 01", "dc 01 05 02 01 ff ff",
        "dc 01 05 02 04 05 41 82 c3",
    )
    found = Dcmi(bmc).capabilities()
    assert [data.hex() for _n, _c, data in bmc.asked] == ["dc01", "dc02", "dc03", "dc04", "dc05"]
    assert found.version == (1, 5)
    assert found.supported is not None
    assert (found.supported.power_management, found.supported.in_band, found.supported.serial_tmode) == (True, True, False)
    assert found.mandatory is not None
    assert (found.mandatory.sel_entries, found.mandatory.rollover, found.mandatory.sampling_s) == (512, True, 5)
    assert found.optional is not None
    assert (found.optional.address, found.optional.channel, found.optional.revision) == (0x20, 0, 1)
    assert found.manageability == spec.ManageabilityAttributes(primary_lan=1, secondary_lan=255, serial=255)
    assert [period_seconds(period) for period in found.periods] == [5, 60, 7200, 259200]


def test_capabilities_without_a_first_parameter() -> None:
    found = Dcmi(Script("dc 01 00 01", 0xC1, "", "dc", "dc 01 00")).capabilities()
    assert found == ((1, 0), None, None, None, None, ())


def test_power_reading() -> None:
    """Table 6-16: 216, 4, 324, 230 W; 2009-02-13 23:31:30 UTC; 60 s; active."""
    bmc = Script("dc d8 00 04 00 44 01 e6 00 d2 02 96 49 60 ea 00 00 40")
    found = Dcmi(bmc).power_reading()
    assert bmc.asked == [(0x2C, 0x02, bytes.fromhex("dc 01 00 00"))]
    assert (found.current, found.minimum, found.maximum, found.average) == (216, 4, 324, 230)
    assert (found.timestamp, found.period, found.active) == (1234567890, 60000, True)


def test_power_over_a_rolling_period() -> None:
    reading = "dc d8 00 04 00 44 01 e6 00 d2 02 96 49 41 00 00 00 40"
    bmc = Script("dc 01 05 02 02 05 41", reading)
    assert Dcmi(bmc).average_power(60).average == 230
    assert bmc.asked[1] == (0x2C, 0x02, bytes.fromhex("dc 02 41 00"))
    with pytest.raises(InvalidParameterValue, match="5, 60 s"):
        Dcmi(Script("dc 01 05 02 02 05 41")).average_power(30)
    for none in ("dc 01 05 02 00", "dc 01 05 02"):
        with pytest.raises(UnsupportedFunctionality):
            Dcmi(Script(none)).average_power(30)


def test_power_limit() -> None:
    bmc = MemoryBmc(DcmiPart())
    dcmi = Dcmi(bmc)
    dcmi.set_power_limit(spec.LimitAction.POWER_OFF, 400, 2000, 3)
    assert bmc.asked[-1] == (0x2C, 0x04, bytes.fromhex("dc 00 00 00 01 90 01 d0 07 00 00 00 00 03 00"))
    assert dcmi.power_limit() == Limit(False, spec.LimitAction.POWER_OFF, 400, 2000, 3)
    dcmi.activate_power_limit(True)
    assert bmc.asked[-1] == (0x2C, 0x05, bytes.fromhex("dc 01 00 00"))
    found = dcmi.power_limit()
    assert found is not None
    assert found.active is True
    with pytest.raises(CompletionCodeError):
        Dcmi(MemoryBmc()).power_limit()


@pytest.mark.parametrize(("code", "text"), [(0x84, "Power limit"), (0x85, "Correction time"), (0x89, "Statistics")])
def test_power_limit_out_of_range(code: int, text: str) -> None:
    with pytest.raises(CompletionCodeError, match=f"{text}.* out of range"):
        Dcmi(Script(code)).set_power_limit(spec.LimitAction.LOG, 1, 1, 1)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 32, 33, 62, 63])
def test_an_asset_tag_of_any_length(length: int) -> None:
    bmc = MemoryBmc(DcmiPart())
    dcmi, tag = Dcmi(bmc), bytes(range(65, 65 + length)) if length < 60 else b"x" * length
    dcmi.set_asset_tag(tag)
    assert dcmi.asset_tag().data == tag
    assert all(data[2] <= 16 and data[1] + data[2] <= 63 for _n, _c, data in bmc.asked)
    with pytest.raises(InvalidParameterValue):
        dcmi.set_asset_tag(b"x" * 64)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 31, 32, 47, 48, 62, 63])
def test_an_identifier_of_any_length(length: int) -> None:
    bmc = MemoryBmc(DcmiPart())
    dcmi = Dcmi(bmc)
    dcmi.set_controller_id(b"n" * length)
    assert bmc.asked[-1][2][-1] == 0
    assert dcmi.controller_id() == b"n" * length
    with pytest.raises(InvalidParameterValue):
        dcmi.set_controller_id(b"x" * 64)


def test_a_tag_that_is_refused() -> None:
    with pytest.raises(CompletionCodeError):
        Dcmi(Script(0xC1)).asset_tag()


def test_temperatures() -> None:
    """Table 6-22: sign and number, not a complement."""
    bmc = Script("dc 02 02 17 01 85 02")
    assert Dcmi(bmc).temperatures(spec.TemperatureEntity.INLET) == [
        Temperature(spec.TemperatureEntity.INLET, 1, 23),
        Temperature(spec.TemperatureEntity.INLET, 2, -5),
    ]
    assert bmc.asked == [(0x2C, 0x10, bytes.fromhex("dc 01 40 00 01"))]


def test_temperatures_under_the_other_number() -> None:
    bmc = Script("dc 00 00", "dc 01 01 17 01")
    assert Dcmi(bmc).temperatures(spec.TemperatureEntity.PROCESSOR)[0].celsius == 23
    assert bmc.asked[1][2] == bytes.fromhex("dc 01 03 00 01")
    with pytest.raises(CompletionCodeError):
        Dcmi(Script(0xC1, 0xC1)).temperatures(spec.TemperatureEntity.PROCESSOR)
    with pytest.raises(CompletionCodeError):
        Dcmi(Script(0xC1)).temperatures(spec.TemperatureEntity.IPMI_INLET)


def test_a_later_page_that_is_refused_keeps_the_first() -> None:
    assert len(Dcmi(Script("dc 09 01 17 01", 0xC9)).temperatures(spec.TemperatureEntity.INLET)) == 1


def test_the_last_instance() -> None:
    assert len(Dcmi(Script("dc ff 01 17 ff")).temperatures(spec.TemperatureEntity.INLET)) == 1


def test_sensor_records() -> None:
    """Table 6-15: numbers of records, the low byte first."""
    bmc = Script("dc 03 02 34 12 35 12", "dc 03 01 36 12")
    assert Dcmi(bmc).sensor_records(spec.TemperatureEntity.PROCESSOR) == [0x1234, 0x1235, 0x1236]
    assert [data[4] for _n, _c, data in bmc.asked] == [1, 3]
    assert Dcmi(Script("dc 03 01 34 12", "dc 03 01 34 12")).sensor_records(spec.TemperatureEntity.INLET) == [0x1234]


def test_thermal_limit() -> None:
    """Table 6-20: the actions come before the limit."""
    bmc = Script("dc 40 2d 3c 00", "dc")
    found = Dcmi(bmc).thermal_limit(spec.TemperatureEntity.INLET, 1)
    assert (found.power_off, found.log, found.limit, found.exception_s) == (True, False, 45, 60)
    Dcmi(bmc).set_thermal_limit(spec.SetThermalLimit(log=True, limit=45, exception_s=300))
    assert bmc.asked[1] == (0x2C, 0x0B, bytes.fromhex("dc 40 01 20 2d 2c 01"))


def test_configuration() -> None:
    bmc = Script("dc 01 05 01 83", "dc", 0xCC, "")
    dcmi = Dcmi(bmc)
    data = dcmi.configuration(spec.Parameter.DISCOVERY)
    assert data is not None
    assert spec.Discovery.decode(data) == spec.Discovery(random_back_off=True, vendor_class=True, controller_id=True)
    dcmi.configure(spec.Parameter.INITIAL_TIMEOUT, b"\x04")
    assert bmc.asked[1] == (0x2C, 0x12, bytes.fromhex("dc 03 00 04"))
    assert dcmi.configuration(spec.Parameter.RETRY_INTERVAL) is None
    assert dcmi.configuration(spec.Parameter.RETRY_INTERVAL) is None


def test_a_cut_answer_is_malformed() -> None:
    with pytest.raises(Malformed):
        Dcmi(Script("dc 40 2d")).thermal_limit(spec.TemperatureEntity.INLET, 1)
