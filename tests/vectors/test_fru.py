# SPDX-License-Identifier: Apache-2.0
"""FRU images of real hardware: every field and record as ipmitool and FreeIPMI print them, differences by name."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from fru_peers import as_freeipmi, as_ipmitool, from_freeipmi, from_ipmitool

from pyghmi.ipmi.domains.fru_image import FruImage, FruKind, parse_image

FOLDER = Path(__file__).parent / "fru"
FILES = sorted(FOLDER.glob("*.bin"))
NAMES = [path.stem for path in FILES]

BAD_DATA_CHECKSUM = {"dell_r630-fru01", "dell_r630-fru02", "dell_r640-fru01", "dell_r640-fru02", "dell_r730-fru01", "dell_r730-fru02"}
"""The checksum of the data of the one record is wrong: FreeIPMI stops there, ipmitool and we go on."""
BAD_AREA_CHECKSUM = {"s2600wtt-fru05", "s2600wtt-fru11"}
"""The checksum of the board area is wrong: FreeIPMI leaves the area out, ipmitool and we do not."""
FILLING_AS_RECORDS = {"mtca-opalkelly-default", "mtca-opalkelly-default-2k"}
"""Behind the records comes filling: FreeIPMI complains of it as of records without end, we stop at the first."""
NO_FRU = {"s2600kp-fru03"}
"""Some other contents."""


def image(path: Path) -> FruImage:
    return parse_image(path.read_bytes())


def test_all_are_there() -> None:
    listed = json.loads((FOLDER / "index.json").read_text())["files"]
    assert {entry["name"] for entry in listed} == set(NAMES) and len(NAMES) == 54


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_as_ipmitool_prints_it(path: Path) -> None:
    assert as_ipmitool(image(path)) == from_ipmitool(path.with_suffix(".ipmitool.txt").read_text())


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_as_freeipmi_prints_it(path: Path) -> None:
    found = image(path)
    ours = as_freeipmi(found)
    theirs = from_freeipmi(path.with_suffix(".ipmi-fru.txt").read_text())
    errors = [value for name, value in theirs if name == "Error"]
    theirs = [(name, value) for name, value in theirs if name != "Error" and value]
    if path.stem in BAD_DATA_CHECKSUM:
        assert errors == ["multirecord area checksum invalid"] and len(found.records) == 1
        assert ours[: len(theirs)] == theirs and len(ours) == len(theirs) + 21
    elif path.stem in BAD_AREA_CHECKSUM:
        assert errors == ["board info area checksum invalid"] and theirs == [] and found.board is not None
    elif path.stem in FILLING_AS_RECORDS:
        assert set(errors) <= {"multirecord area format invalid", "multirecord area checksum invalid", "FRU information inconsistent"}
        assert ours == theirs
    elif path.stem in NO_FRU:
        assert (errors, theirs, ours) == (["common header checksum invalid"], [], [])
    else:
        assert errors == [] and ours == theirs


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_warnings_are_where_peers_complain(path: Path) -> None:
    found = image(path)
    assert found.kind is (FruKind.OTHER if path.stem in NO_FRU else FruKind.FRU)
    complained = path.stem in BAD_DATA_CHECKSUM | BAD_AREA_CHECKSUM | FILLING_AS_RECORDS | NO_FRU
    assert bool(found.warnings) == complained
