# SPDX-License-Identifier: Apache-2.0
"""What ipmitool and ipmi-fru print of a FRU, and the same said by ours, so that programs can compare them."""
from __future__ import annotations

from typing import Any, Callable

from pyghmi.ipmi.domains.fru_fields import FruField
from pyghmi.ipmi.domains.fru_image import FruImage, FruKind
from pyghmi.ipmi.spec.fru import DcLoad, DcOutput, FieldType, OemRecord, PicmgRecord, PowerSupply

Said = list[tuple[str, str]]
"""(name, value) in the order they come; trailing pads stripped."""

_IPMITOOL = {
    "chassis": {"part_number": "Chassis Part Number", "serial": "Chassis Serial"},
    "board": {
        "manufacturer": "Board Mfg", "product_name": "Board Product", "serial": "Board Serial",
        "part_number": "Board Part Number",
    },
    "product": {
        "manufacturer": "Product Manufacturer", "product_name": "Product Name", "part_number": "Product Part Number",
        "version": "Product Version", "serial": "Product Serial", "asset_tag": "Product Asset Tag",
    },
}
_EXTRA = {"chassis": "Chassis Extra", "board": "Board Extra", "product": "Product Extra"}

_FREEIPMI = {
    "chassis": {"part_number": "Chassis Part Number", "serial": "Chassis Serial Number"},
    "board": {
        "manufacturer": "Board Manufacturer", "product_name": "Board Product Name", "serial": "Board Serial Number",
        "part_number": "Board Part Number", "file_id": "FRU File ID",
    },
    "product": {
        "manufacturer": "Product Manufacturer Name", "product_name": "Product Name",
        "part_number": "Product Part/Model Number", "version": "Product Version", "serial": "Product Serial Number",
        "asset_tag": "Product Asset Tag", "file_id": "FRU File ID",
    },
}
_CUSTOM = {"chassis": "Chassis Custom Info", "board": "Board Custom Info", "product": "Product Custom Info"}


def lines_of(text: str, prefix: str = "") -> Said:
    """Return the "name: value" lines of a program's output; what only continues a line is put behind it."""
    found: Said = []
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if prefix and line.startswith(prefix):
            found.append((name[len(prefix) :].strip(), value.strip()))
        elif prefix and line.startswith("     ") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}".strip())
        elif not prefix and colon and line.startswith(" "):
            found.append((name.strip(), value.strip()))
    return found


def _texts(image: FruImage, area: str, names: dict[str, str], extra: str, printed: Callable[[FruField], str]) -> Said:
    held: Any = image.area(area)
    fields: list[tuple[str, FruField | None]] = [(said, getattr(held, name)) for name, said in names.items()]
    fields += [(extra, field) for field in held.custom]
    said = [(name, printed(field)) for name, field in fields if field is not None]
    return [(name, text) for name, text in said if text]


def _text(field: FruField) -> str:
    return field.text.strip()


def _freeipmi_text(field: FruField) -> str:
    """Return a field as FreeIPMI prints it, which leaves the leading zeros of BCD out."""
    if field.type is FieldType.BINARY:
        return _octets(field.raw)
    return field.text.strip().lstrip("0") if field.type is FieldType.BCD_PLUS else field.text.strip()


def as_ipmitool(image: FruImage) -> Said:
    """Return what `ipmitool fru print` says; it leaves empty fields and the file ids out."""
    said: Said = []
    if image.chassis is not None:
        said.append(("Chassis Type", image.chassis.type_name or "Unknown"))
        said += _texts(image, "chassis", _IPMITOOL["chassis"], _EXTRA["chassis"], _text)
    if image.board is not None:
        made = image.board.made
        said.append(("Board Mfg Date", "Unspecified" if made is None else f"{made:%a %b} {made.day:2} {made:%H:%M:%S %Y} UTC"))
        said += _texts(image, "board", _IPMITOOL["board"], _EXTRA["board"], _text)
    if image.product is not None:
        said += _texts(image, "product", _IPMITOOL["product"], _EXTRA["product"], _text)
    return said


def as_freeipmi(image: FruImage) -> Said:
    """Return what `ipmi-fru -v` says: 01/01/96 for a date that says nothing, all records."""
    said: Said = []
    if image.kind is not FruKind.FRU:
        return said
    if image.chassis is not None:
        said.append(("Chassis Type", image.chassis.type_name or ""))
        said += _texts(image, "chassis", _FREEIPMI["chassis"], _CUSTOM["chassis"], _freeipmi_text)
    if image.board is not None:
        made = image.board.made
        said += _language(image.board.language, "Board")
        said.append(("Board Manufacturing Date/Time", "01/01/96 - 00:00:00" if made is None else f"{made:%m/%d/%y - %H:%M:%S}"))
        said += _texts(image, "board", _FREEIPMI["board"], _CUSTOM["board"], _freeipmi_text)
    if image.product is not None:
        said += _language(image.product.language, "Product")
        said += _texts(image, "product", _FREEIPMI["product"], _CUSTOM["product"], _freeipmi_text)
    for record in image.records:
        said += _record(record.value)
    return said


def _language(code: int, area: str) -> Said:
    return [(f"{area} Language", "English")] if code in (0, 25) else []


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


_VOLTAGES = ("12V", "-12V", "5V", "3.3V")


def _record(value: Any) -> Said:
    if isinstance(value, PowerSupply):
        return _power_supply(value)
    if isinstance(value, DcOutput):
        return [(f"DC Output {name}", text) for name, text in (
            ("Output Number", f"{value.output}"),
            ("Output on Standy", _yes(value.standby)),
            ("Nominal Voltage", f"{value.nominal * 10} mV"),
            ("Maximum Negative Voltage Deviation", f"{value.max_negative * 10} mV"),
            ("Maximum Positive Voltage Deviation", f"{value.max_positive * 10} mV"),
            ("Ripple and Noise pk-pk", f"{value.ripple_mv} mV"),
            ("Minimum Current Draw", f"{value.min_current * value.current_unit_ma} mA"),
            ("Maximum Current Draw", f"{value.max_current * value.current_unit_ma} mA"),
        )]
    if isinstance(value, DcLoad):
        return [(f"DC Load {name}", text) for name, text in (
            ("Output Number", f"{value.output}"),
            ("Nominal Voltage", f"{value.nominal * 10} mV"),
            ("Spec'd Minimum Voltage", f"{value.min_voltage * 10} mV"),
            ("Spec'd Maximum Voltage", f"{value.max_voltage * 10} mV"),
            ("Spec'd Ripple and Noise pk-pk", f"{value.ripple_mv} mV"),
            ("Minimum Current Load", f"{value.min_current * value.current_unit_ma} mA"),
            ("Maximum Current Load", f"{value.max_current * value.current_unit_ma} mA"),
        )]
    if isinstance(value, (OemRecord, PicmgRecord)):
        return [("OEM Manufacturer ID", f"{value.manufacturer_id:X}h"), ("OEM Data", _octets(value.encode()[3:]))]
    return [("?", repr(value))]


def _octets(data: bytes) -> str:
    return " ".join(f"{byte:02X}h" for byte in data)


def _power_supply(value: PowerSupply) -> Said:
    said = [
        ("Overall Capacity", f"{value.capacity_w} Watts"),
        ("Peak VA", f"{value.peak_va} VA"),
        ("Max Inrush Current", f"{value.inrush_a} Amps"),
        ("Inrush Interval", f"{value.inrush_ms} ms"),
        ("Low End Input Voltage 1", f"{value.low_input_1 * 10} mV"),
        ("High End Input Voltage 1", f"{value.high_input_1 * 10} mV"),
        ("Low End Input Voltage 2", f"{value.low_input_2 * 10} mV"),
        ("High End Input Voltage 2", f"{value.high_input_2 * 10} mV"),
        ("Low End Acceptable Frequency", f"{value.low_frequency_hz} Hz"),
        ("High End Acceptable Frequency", f"{value.high_frequency_hz} Hz"),
        ("A/C Dropout Tolerance", f"{value.dropout_ms} ms"),
        ("Predictive Fail Support", _yes(value.predictive_fail)),
    ]
    if value.predictive_fail:
        said.append(("Predictive Fail", "Tach output, two pulses per rotation" if value.two_pulses else "Tach output, one pulse per rotation"))
    said += [
        ("Power Factor Correction Supported", _yes(value.power_factor_correction)),
        ("AutoSwitch Supprt", _yes(value.autoswitch)),
        ("Hot Swap Support", _yes(value.hot_swap)),
        ("Peak Capacity", f"{value.peak_capacity_w} Watts"),
        ("Hold Up Time", f"{value.hold_up_s} s"),
        ("Voltage 1", _VOLTAGES[value.combined_voltage_1]),
        ("Voltage 2", _VOLTAGES[value.combined_voltage_2]),
        ("Total Combined Wattage", f"{value.combined_w} Watts"),
    ]
    return [(f"Power Supply {name}", text) for name, text in said]


def from_ipmitool(text: str) -> Said:
    """Return what ipmitool says, without what it says beyond the areas."""
    return [(name, value) for name, value in lines_of(text) if value]


def from_freeipmi(text: str) -> Said:
    """Return what ipmi-fru says; of a manufacturer only the number."""
    said = [(name, value) for name, value in lines_of(text, "  FRU ")]
    return [(name, value.rpartition("(")[2].rstrip(")") if name == "OEM Manufacturer ID" else value) for name, value in said]
