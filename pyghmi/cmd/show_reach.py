# SPDX-License-Identifier: Apache-2.0
"""ping, diagnose: what works without a session, or before one."""
from __future__ import annotations

from pyghmi.cmd.diagnose import diagnose as find_out
from pyghmi.cmd.jobs import Reach, ReachJob, columns
from pyghmi.cmd.tables import Row, Table
from pyghmi.cmd.words import Words
from pyghmi.ipmi.net.sessionless import Sessionless

_PING_S = 2.0
_DIAGNOSE = Table(columns(("layer", "Layer"), ("state", "State"), ("text", "What")))


def _speaks(ipmi: bool) -> str:
    return "supported" if ipmi else "not announced"


_PING = Table(columns(("milliseconds", "Milliseconds", True), ("ipmi", "IPMI", False, _speaks)))


def ping(_words: Words) -> ReachJob:
    """Ask whether anything is there."""

    def reach(place: Reach) -> bool:
        deadline = place.options.deadline
        with Sessionless(place.bmc, place.options.port, observer=place.observer) as way:
            found = way.ping(_PING_S if deadline is None else deadline)
        place.tell({"milliseconds": round(found.seconds * 1000, 1), "ipmi": found.ipmi})
        return True

    def line(bmc: str, row: Row) -> str:
        return f"{bmc}: presence pong in {row['milliseconds']:.1f} ms, IPMI {_speaks(row['ipmi'])}"

    return ReachJob(_PING, reach, line)


def diagnose(_words: Words) -> ReachJob:
    """Find out what works."""

    def reach(place: Reach) -> bool:
        return find_out(place.bmc, place.options, place.observer, place.tell)

    def line(bmc: str, row: Row) -> str:
        return f"{bmc}: [{row['state']:^4}] {row['layer']}: {row['text']}"

    return ReachJob(_DIAGNOSE, reach, line)
