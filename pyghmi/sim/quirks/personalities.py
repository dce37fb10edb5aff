# SPDX-License-Identifier: Apache-2.0
"""Combined personalities, by name, and the one way to have a simulated BMC misbehave."""
from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.sim.network import Faults
from pyghmi.sim.quirks.hooks import Misbehaviour
from pyghmi.sim.quirks.table import parse

if TYPE_CHECKING:
    from pyghmi.sim.machine import SimulatedBmc


class Personality(NamedTuple):
    """Rows that go together.  rows: as for `--quirk`; faults: of the network; strict: it watches the console too."""

    about: str
    rows: str = ""
    faults: Optional[Faults] = None
    strict: bool = False


PERSONALITIES: dict[str, Personality] = {
    "strict": Personality("no quirk, and what the console does wrong is said", strict=True),
    "slow-openbmc": Personality(
        "few sessions, slow logins, busy, and text that is held back", "S14,R16:2.2,S12:ce,A07,C25,A04"
    ),
    "old-supermicro": Personality(
        "odd lengths, sums and record ids of old boards", "A17,R02,S01,C01,C02,E06,E07,D04,R22"
    ),
    "intel-2005": Personality("other readings of the key exchange, odd numbers", "R06,R07,R08,R09,A19,C12,L02,N07"),
    "sun-ilom": Personality("odd suite records, hashes and watchdog", "A08,R01,R03,L03,C04,M09"),
    "dell-11g": Personality(
        "payload instances, scanning bits, sums, names and codes of its time", "C06,C07,N04,F01,F07,U02,D16,M08,U19"
    ),
    "windmill": Personality("no pong, wrong codes over 1.5, a stuck console", "A05,L08,C04,C13,C23,S21,U01"),
    "noisy-network": Personality(
        "a bad network, and bytes behind the packets",
        "S03",
        Faults(loss=0.10, doubles=0.05, reorder=0.10, jitter_s=0.4),
    ),
    "flaky-busy": Personality("each command is busy, then silent, then initialising, then answered", "S12:each"),
    "liar": Personality("counts, sizes and next ids are all wrong", "D02,D03,D04,D05,D06,E01,E02,F04,F05"),
}


def misbehave(
    machine: SimulatedBmc,
    quirks: str = "",
    personality: str | None = None,
    faults: Faults | None = None,
    seed: int = 1,
) -> Misbehaviour:
    """Have a simulated BMC misbehave from now on.

    quirks: rows by name, 'R15,D06:zero'; personality: one of `PERSONALITIES`; faults: of the network, in the place of
    the personality's; seed: of all that varies.  Returns what was changed.  Raises InvalidParameterValue.
    """
    if machine.core.config.readings is not None:
        raise InvalidParameterValue("this BMC misbehaves already: name all its quirks at once")
    kind = Personality("")
    if personality is not None:
        if personality not in PERSONALITIES:
            raise InvalidParameterValue(f"there is no personality {personality!r}: {', '.join(PERSONALITIES)}")
        kind = PERSONALITIES[personality]
    rows = parse(f"{kind.rows},{quirks}")
    odd = Misbehaviour(machine, seed)
    if kind.strict:
        from pyghmi.sim.quirks.strict import watch

        watch(odd)
    for row, variant in rows:
        row.install(odd, variant)
        odd.installed.append((row.name, variant))
    found = kind.faults if faults is None else faults
    if found:
        odd.faults(found)
    return odd
