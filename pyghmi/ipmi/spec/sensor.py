# SPDX-License-Identifier: Apache-2.0
"""Sensor commands and device SDRs.  IPMI 2.0 §35, §29.3."""
from __future__ import annotations

from pyghmi.ipmi.spec.answers import Done
from pyghmi.ipmi.spec.codes import NetFn
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.spec.storage import Reservation, SdrData
from pyghmi.ipmi.wire.layout import Message, OpenEnum, bit, bits, constant, joined, raw, u8, u16, u32, wire


@wire(first=2)
class DeviceSdrInfo(Message):
    """Get Device SDR Info, response.  IPMI 2.0 §35.2.  `count`: of sensors at the LUN, or of records if asked so."""

    count: int = u8(2)
    dynamic: bool = bit(3, 7)
    lun_3: bool = bit(3, 3)
    lun_2: bool = bit(3, 2)
    lun_1: bool = bit(3, 1)
    lun_0: bool = bit(3, 0)
    population_change: int | None = u32(4, optional=True, default=None)


@wire()
class GetDeviceSdrInfo(Request[DeviceSdrInfo]):
    """IPMI 2.0 §35.2.  `count_records`: None: the byte is left out, as IPMI 1.5 has it."""

    netfn, cmd, answer = NetFn.SENSOR, 0x20, DeviceSdrInfo
    count_records: bool | None = bit(1, 0, optional=True, default=None)


@wire()
class GetDeviceSdr(Request[SdrData]):
    """IPMI 2.0 §35.3.  `size` FFh: all of the record."""

    netfn, cmd, answer = NetFn.SENSOR, 0x21, SdrData
    reservation: int = u16(1, default=0)
    record_id: int = u16(3)
    offset: int = u8(5, default=0)
    size: int = u8(6, default=0xFF)


@wire()
class ReserveDeviceSdrRepository(Request[Reservation]):
    """IPMI 2.0 §35.4."""

    netfn, cmd, answer = NetFn.SENSOR, 0x22, Reservation


@wire(first=2)
class SensorReadingFactors(Message):
    """Get Sensor Reading Factors, response.  IPMI 2.0 §35.5.  As bytes 25 to 30 of a full sensor record."""

    next_reading: int = u8(2)
    m: int = joined((3, 7, 0), (4, 7, 6), signed=True)
    tolerance: int = bits(4, 5, 0)
    b: int = joined((5, 7, 0), (6, 7, 6), signed=True)
    accuracy: int = joined((6, 5, 0), (7, 7, 4))
    accuracy_exp: int = bits(7, 3, 2)
    r_exp: int = bits(8, 7, 4, signed=True)
    b_exp: int = bits(8, 3, 0, signed=True)


@wire()
class GetSensorReadingFactors(Request[SensorReadingFactors]):
    """IPMI 2.0 §35.5."""

    netfn, cmd, answer = NetFn.SENSOR, 0x23, SensorReadingFactors
    number: int = u8(1)
    reading: int = u8(2)


@wire(first=2)
class SensorHysteresis(Message):
    """Get Sensor Hysteresis, response.  IPMI 2.0 §35.7.  Raw counts."""

    positive: int = u8(2)
    negative: int = u8(3)


@wire()
class GetSensorHysteresis(Request[SensorHysteresis]):
    """IPMI 2.0 §35.7."""

    netfn, cmd, answer = NetFn.SENSOR, 0x25, SensorHysteresis
    number: int = u8(1)
    mask = constant(2, 0xFF)


@wire()
class SetSensorHysteresis(Request[Done]):
    """IPMI 2.0 §35.6.  Raw counts."""

    netfn, cmd, answer = NetFn.SENSOR, 0x24, Done
    number: int = u8(1)
    mask = constant(2, 0xFF)
    positive: int = u8(3)
    negative: int = u8(4)


@wire(first=2)
class SensorThresholds(Message):
    """Get Sensor Thresholds, response.  IPMI 2.0 §35.9.  Raw counts; a threshold counts where its bit says so."""

    unr_readable: bool = bit(2, 5)
    ucr_readable: bool = bit(2, 4)
    unc_readable: bool = bit(2, 3)
    lnr_readable: bool = bit(2, 2)
    lcr_readable: bool = bit(2, 1)
    lnc_readable: bool = bit(2, 0)
    lower_non_critical: int | None = u8(3, optional=True, default=None)
    lower_critical: int | None = u8(4, optional=True, default=None)
    lower_non_recoverable: int | None = u8(5, optional=True, default=None)
    upper_non_critical: int | None = u8(6, optional=True, default=None)
    upper_critical: int | None = u8(7, optional=True, default=None)
    upper_non_recoverable: int | None = u8(8, optional=True, default=None)


@wire()
class GetSensorThresholds(Request[SensorThresholds]):
    """IPMI 2.0 §35.9."""

    netfn, cmd, answer = NetFn.SENSOR, 0x27, SensorThresholds
    number: int = u8(1)


@wire()
class SetSensorThresholds(Request[Done]):
    """IPMI 2.0 §35.8.  `mask`: which are set: 0 LNC, 1 LCR, 2 LNR, 3 UNC, 4 UCR, 5 UNR.  Raw counts."""

    netfn, cmd, answer = NetFn.SENSOR, 0x26, Done
    number: int = u8(1)
    mask: int = bits(2, 5, 0)
    lower_non_critical: int = u8(3, default=0)
    lower_critical: int = u8(4, default=0)
    lower_non_recoverable: int = u8(5, default=0)
    upper_non_critical: int = u8(6, default=0)
    upper_critical: int = u8(7, default=0)
    upper_non_recoverable: int = u8(8, default=0)


class EventEnableAction(OpenEnum):
    """What Set Sensor Event Enable does with the masks.  IPMI 2.0 §35.10."""

    LEAVE = 0
    ENABLE = 1
    DISABLE = 2


@wire(first=2)
class SensorEventEnable(Message):
    """Get Sensor Event Enable, response.  IPMI 2.0 §35.11.  Masks as in sensor records."""

    events: bool = bit(2, 7)
    scanning: bool = bit(2, 6)
    assertion_mask: int | None = u16(3, optional=True, default=None)
    deassertion_mask: int | None = u16(5, optional=True, default=None)


@wire()
class GetSensorEventEnable(Request[SensorEventEnable]):
    """IPMI 2.0 §35.11."""

    netfn, cmd, answer = NetFn.SENSOR, 0x29, SensorEventEnable
    number: int = u8(1)


@wire()
class SetSensorEventEnable(Request[Done]):
    """IPMI 2.0 §35.10."""

    netfn, cmd, answer = NetFn.SENSOR, 0x28, Done
    number: int = u8(1)
    events: bool = bit(2, 7)
    scanning: bool = bit(2, 6)
    action: EventEnableAction = bits(2, 5, 4, EventEnableAction, default=EventEnableAction.LEAVE)
    assertion_mask: int | None = u16(3, optional=True, default=None)
    deassertion_mask: int | None = u16(5, optional=True, default=None)


@wire()
class RearmSensorEvents(Request[Done]):
    """IPMI 2.0 §35.12.  `selected` false: all events, and the masks are left out."""

    netfn, cmd, answer = NetFn.SENSOR, 0x2A, Done
    number: int = u8(1)
    selected: bool = bit(2, 7, default=False)
    assertion_mask: int | None = u16(3, optional=True, default=None)
    deassertion_mask: int | None = u16(5, optional=True, default=None)


@wire(first=2)
class SensorEventStatus(Message):
    """Get Sensor Event Status, response.  IPMI 2.0 §35.13."""

    events: bool = bit(2, 7)
    scanning: bool = bit(2, 6)
    unavailable: bool = bit(2, 5)
    assertions: int | None = u16(3, optional=True, default=None)
    deassertions: int | None = u16(5, optional=True, default=None)


@wire()
class GetSensorEventStatus(Request[SensorEventStatus]):
    """IPMI 2.0 §35.13."""

    netfn, cmd, answer = NetFn.SENSOR, 0x2B, SensorEventStatus
    number: int = u8(1)


@wire(first=2)
class SensorReadingData(Message):
    """Get Sensor Reading, response.  IPMI 2.0 §35.14.  BMCs that send none to four of the bytes are known."""

    reading: int | None = u8(2, optional=True, default=None)
    events: bool | None = bit(3, 7, optional=True, default=None)
    scanning: bool | None = bit(3, 6, optional=True, default=None)
    unavailable: bool | None = bit(3, 5, optional=True, default=None)
    states_low: int | None = u8(4, optional=True, default=None)
    states_high: int | None = u8(5, optional=True, default=None)


@wire()
class GetSensorReading(Request[SensorReadingData]):
    """IPMI 2.0 §35.14."""

    netfn, cmd, answer = NetFn.SENSOR, 0x2D, SensorReadingData
    number: int = u8(1)


@wire(first=2)
class SensorType(Message):
    """Get Sensor Type, response.  IPMI 2.0 §35.16."""

    sensor_type: int = u8(2)
    event_type: int = bits(3, 6, 0)


@wire()
class GetSensorType(Request[SensorType]):
    """IPMI 2.0 §35.16."""

    netfn, cmd, answer = NetFn.SENSOR, 0x2F, SensorType
    number: int = u8(1)


@wire()
class SetSensorReadingAndEventStatus(Request[Done]):
    """IPMI 2.0 §35.17.  Operations: 0 leave, 1 write, 2 set the bits, 3 clear the bits."""

    netfn, cmd, answer = NetFn.SENSOR, 0x30, Done
    number: int = u8(1)
    event_data_operation: int = bits(2, 7, 6, default=0)
    assertion_operation: int = bits(2, 5, 4, default=0)
    deassertion_operation: int = bits(2, 3, 2, default=0)
    write_reading: bool = bit(2, 0, default=False)
    reading: int = u8(3, default=0)
    assertions: int | None = u16(4, optional=True, default=None)
    deassertions: int | None = u16(6, optional=True, default=None)
    event_data: bytes | None = raw(8, 3, optional=True, default=None)


@wire()
class SetEventReceiver(Request[Done]):
    """Say where a controller sends its events.  IPMI 2.0 §29.1.  address: 8 bits, FFh: nowhere."""

    netfn, cmd, answer = NetFn.SENSOR, 0x00, Done
    address: int = u8(1)
    lun: int = bits(2, 1, 0)


@wire(first=2)
class EventReceiver(Message):
    """Get Event Receiver, response.  IPMI 2.0 §29.2.  address: 8 bits, FFh: events are sent nowhere."""

    address: int = u8(2)
    lun: int = bits(3, 1, 0)


@wire()
class GetEventReceiver(Request[EventReceiver]):
    """IPMI 2.0 §29.2."""

    netfn, cmd, answer = NetFn.SENSOR, 0x01, EventReceiver


@wire()
class PlatformEvent(Request[Done]):
    """Have the BMC take an event, as if a sensor had sent it.  IPMI 2.0 §29.3."""

    netfn, cmd, answer = NetFn.SENSOR, 0x02, Done
    repeatable = False
    revision = constant(1, 0x04)
    sensor_type: int = u8(2)
    number: int = u8(3)
    deassertion: bool = bit(4, 7, default=False)
    event_type: int = bits(4, 6, 0)
    event_data: bytes = raw(5, 3)
