# SPDX-License-Identifier: Apache-2.0
"""Record what a BMC answers, so that a simulated one can answer the same.  Nothing is changed on the BMC."""
from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, Optional

from pyghmi.exceptions import PyghmiException, SessionLost, TimedOut
from pyghmi.ipmi.domains.fru import FruInventory, is_at_bmc
from pyghmi.ipmi.domains.fru_sweep import locators
from pyghmi.ipmi.domains.learned import Learned
from pyghmi.ipmi.domains.sel import Sel
from pyghmi.ipmi.spec.sdr import parse_record
from pyghmi.sim.recording import FORMAT, WORDS, Answers, Reply, as_rows
from pyghmi.sim.snapshot_bus import (
    ANSWER_S,
    BMC,
    read_records,
    record_controllers,
    record_frus,
    record_sensors,
    sensors_at,
)
from pyghmi.sim.snapshot_questions import Question, Questions, everything, without_secrets

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.requester import Requester

Progress = Optional[Callable[[str], object]]


class Recorder:
    """Ask a BMC everything that can be asked without changing it.

    told: called with what is asked next; clock: our time, in seconds since 1970.  answers: what came, by network
    function and command, then by data.
    """

    def __init__(self, bmc: Requester, told: Progress = None, clock: Callable[[], float] = time.time) -> None:
        self._bmc = bmc
        self._told = told or (lambda _text: None)
        self._clock = clock
        self._learned = Learned()
        self.answers: Answers = {}
        self.problems: list[str] = []

    def record(self) -> dict[str, Any]:
        """Return it all, as values that JSON can hold.  No password, key or community is in it.  Raises SessionLost."""
        began = int(self._clock())
        self._told("identity and settings")
        for questions in everything():
            self._ask_all(questions)
        self._told("sensor data records")
        records = read_records(self._bmc, self._learned, "sensor data records", self._part)
        self._told("sensors")
        sensors = record_sensors(self._bmc, sensors_at(records, BMC), records)
        self._told("inventory")
        frus = self._frus(records)
        self._told("controllers behind it")
        controllers = record_controllers(self._bmc, self._learned, records, self._part)
        self._told("event log")
        log = self._part("event log", self._log) or []
        return {
            "what": WORDS,
            "format": FORMAT,
            "time": began,
            "answers": as_rows(self.answers),
            "records": [record.hex() for record in records],
            "device_sdrs": self._learned.device_sdrs,
            "sensors": sensors,
            "frus": frus,
            "controllers": controllers,
            "log": [record.hex() for record in log],
            "problems": self.problems,
        }

    def _ask_all(self, questions: Questions) -> None:
        """Ask one after the other, and remember what comes."""
        found: Reply | None = None
        try:
            question = next(questions)
            while True:
                found = self._ask(question)
                question = questions.send(found)
        except StopIteration:
            return

    def _ask(self, question: Question) -> Reply | None:
        netfn, cmd, data = question
        try:
            found = self._bmc.exchange(netfn, cmd, data, deadline_s=ANSWER_S)
        except TimedOut:
            self.problems.append(f"{netfn:02X}h/{cmd:02X}h {data.hex(' ')}: no answer")
            return None
        found = without_secrets(question, found)
        self.answers.setdefault((netfn, cmd), {})[data] = found
        return found

    def _part(self, what: str, read: Callable[[], Any], problems: Callable[[], list[str]] = list) -> Any:
        try:
            return read()
        except SessionLost:
            raise
        except PyghmiException as error:
            self.problems.append(f"{what}: {error}")
            return None
        finally:
            self.problems += [f"{what}: {problem}" for problem in problems()]

    def _log(self) -> list[bytes]:
        sel = Sel(self._bmc, self._learned)
        found = [each.record for each in sel.entries()]
        self.problems += [f"event log: {problem}" for problem in sel.problems]
        return found

    def _frus(self, records: list[bytes]) -> dict[str, str]:
        """Return the memories of the BMC's own FRUs."""
        ids = {0}
        for locator in locators(parse_record(record) for record in records):
            if is_at_bmc(locator):
                ids.add(locator.fru_id)
        inventory = FruInventory(self._bmc, self._learned)
        return record_frus(inventory, [(fru_id, None) for fru_id in sorted(ids)], self._part)
