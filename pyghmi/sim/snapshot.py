# SPDX-License-Identifier: Apache-2.0
"""Record what a BMC answers, so that a simulated one can answer the same.  Nothing is changed on the BMC."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional

from pyghmi.exceptions import PyghmiException, SessionLost, TimedOut
from pyghmi.ipmi.domains.fru import FruInventory, is_at_bmc
from pyghmi.ipmi.domains.fru_sweep import locators
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sdr_repo import SdrRepository
from pyghmi.ipmi.domains.sel import Sel
from pyghmi.ipmi.spec.sdr import parse_record
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.sim.snapshot_bus import ANSWER_S, BMC, record_controllers, record_frus, record_sensors, sensors_at

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.requester import Requester

FORMAT = 1
WORDS = "pyghmi recorded BMC"

_CHANNELS = range(16)
_THIS_CHANNEL, _LAN_CHANNEL = 0x0E, 4
_OK = 0
_COMMUNITY = 16
_LAN_PARAMETERS = (*range(27), *range(50, 89))
_LAN_SETS = {18: 4, 19: 4, 25: 4, 56: 4, 59: 4}
"""LAN parameter -> sets that are asked for.  IPMI 2.0 table 23-4."""
_SYSTEM_INFO = range(1, 8)
_MOST_SETS = 8
_FIXED: tuple[tuple[int, int, bytes], ...] = (
    *((0x06, cmd, b"") for cmd in (0x01, 0x04, 0x07, 0x08, 0x25, 0x2F, 0x37)),
    *((0x06, 0x4A, b"\x01"), (0x06, 0x4B, b"\x01\x01")),
    *((0x00, cmd, b"") for cmd in (0x00, 0x01, 0x07, 0x0F)),
    *((0x00, 0x09, bytes((number, 0, 0))) for number in range(8)),
    *((0x04, 0x10, b""), (0x04, 0x01, b""), (0x04, 0x20, b"")),
    *((0x04, 0x13, bytes((number, 0, 0))) for number in range(16)),
    *((0x0A, cmd, b"") for cmd in (0x20, 0x21, 0x40, 0x41, 0x5C)),
    *((0x2C, 0x01, bytes((0xDC, number))) for number in range(1, 6)),
    *((0x2C, 0x02, bytes((0xDC, 1, 0, 0))), (0x2C, 0x03, bytes((0xDC, 0, 0)))),
    *((0x2C, cmd, bytes((0xDC, offset, 16))) for cmd in (0x06, 0x09) for offset in (0, 16, 32, 48)),
)
"""What is asked of every BMC: (network function, command, data)."""

Progress = Optional[Callable[[str], object]]


class Recorded(NamedTuple):
    """A reply: completion code, and the data behind it."""

    code: int
    data: bytes


class Recorder:
    """Ask a BMC everything that can be asked without changing it.

    told: called with what is asked next.  answers: what came, by network function and command, then by data.
    """

    def __init__(self, bmc: Requester, told: Progress = None) -> None:
        self._bmc = bmc
        self._told = told or (lambda _text: None)
        self._learned = Learned()
        self.answers: dict[tuple[int, int], dict[bytes, Recorded]] = {}
        self.problems: list[str] = []

    def record(self) -> dict[str, Any]:
        """Return it all, as values that JSON can hold.  No password, key or community is in it.  Raises SessionLost."""
        self._told("identity and settings")
        for asked in _FIXED:
            self._ask(*asked)
        self._record_channels()
        self._record_system_info()
        self._told("sensor data records")
        records = self._part("sensor data records", SdrRepository(self._bmc, self._learned).raw_records) or []
        self._told("sensors")
        sensors = record_sensors(self._bmc, sensors_at(records, (BMC, 0)))
        self._told("inventory")
        frus = self._frus(records)
        self._told("controllers behind it")
        controllers = record_controllers(self._bmc, self._learned, records, self._part)
        self._told("event log")
        log = self._part("event log", lambda: [each.record for each in Sel(self._bmc, self._learned).entries()]) or []
        return {
            "what": WORDS,
            "format": FORMAT,
            "answers": [
                {"netfn": netfn, "command": cmd, "data": data.hex(), "code": found.code, "answer": found.data.hex()}
                for (netfn, cmd), by_data in self.answers.items()
                for data, found in by_data.items()
            ],
            "records": [record.hex() for record in records],
            "sensors": sensors,
            "frus": frus,
            "controllers": controllers,
            "log": [record.hex() for record in log],
            "problems": self.problems,
        }

    def _ask(self, netfn: int, cmd: int, data: bytes = b"") -> Recorded | None:
        """Ask and remember; None: no answer came."""
        try:
            code, answer = self._bmc.exchange(netfn, cmd, data, deadline_s=ANSWER_S)
        except TimedOut:
            self.problems.append(f"{netfn:02X}h/{cmd:02X}h {data.hex(' ')}: no answer")
            return None
        found = Recorded(code, answer)
        self.answers.setdefault((netfn, cmd), {})[data] = found
        return found

    def _part(self, what: str, read: Callable[[], Any]) -> Any:
        """Read a part; what is wrong with it is noted, and the other parts are read all the same."""
        try:
            return read()
        except SessionLost:
            raise
        except PyghmiException as error:
            self.problems.append(f"{what}: {error}")
            return None

    # --- channels

    def _record_channels(self) -> None:
        for channel in _CHANNELS:
            info = self._ask(0x06, 0x42, bytes((channel,)))
            if info is None or info.code != _OK or len(info.data) < 2:
                continue
            for access in (0x40, 0x80):
                self._ask(0x06, 0x41, bytes((channel, access)))
            if info.data[1] % 128 == _LAN_CHANNEL:
                self._record_lan(channel)

    def _record_lan(self, channel: int) -> None:
        for number in _LAN_PARAMETERS:
            for each in range(_LAN_SETS.get(number, 1)):
                self._ask(0x0C, 0x02, bytes((channel, number, each, 0)))
        community = self.answers.get((0x0C, 0x02), {})
        key = bytes((channel, _COMMUNITY, 0, 0))
        if key in community and community[key].code == _OK:
            community[key] = Recorded(_OK, community[key].data[:1] + b"public".ljust(18, b"\0"))
        for number in range(9):
            self._ask(0x0C, 0x22, bytes((channel, number, 0, 0)))
        if channel != _THIS_CHANNEL:  # OpenIPMI's simulator ends at that
            self._ask(0x06, 0x4E, bytes((channel,)))
        self._record_users(channel)

    def _record_users(self, channel: int) -> None:
        first = self._ask(0x06, 0x44, bytes((channel, 1)))
        count = first.data[0] % 64 if first is not None and first.code == _OK and first.data else 0
        for user in range(1, count + 1):
            self._ask(0x06, 0x44, bytes((channel, user)))
            self._ask(0x06, 0x46, bytes((user,)))
            self._ask(0x06, 0x4D, bytes((channel, user)))

    def _record_system_info(self) -> None:
        for number in _SYSTEM_INFO:
            for each in range(_MOST_SETS):
                found = self._ask(0x06, 0x59, bytes((0, number, each, 0)))
                if found is None or found.code != _OK:
                    break

    def _frus(self, records: list[bytes]) -> dict[str, str]:
        """Return the memories of the BMC's own FRUs."""
        ids = {0}
        for locator in locators(parse_record(record) for record in records):
            if is_at_bmc(locator):
                ids.add(locator.fru_id)
        inventory = FruInventory(self._bmc, self._learned)
        return record_frus(inventory, [(fru_id, None) for fru_id in sorted(ids)], self._part)
