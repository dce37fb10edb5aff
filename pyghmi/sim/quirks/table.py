# SPDX-License-Identifier: Apache-2.0
"""The switches, by the name of the row that they play.

To add a row: in the module of its section (see `_SECTIONS`), write a function that makes a BMC misbehave and put
`@quirk` on it:

    @quirk("D06", "the next record id never becomes FFFFh", self="it points to the record itself", zero="it is 0")
    def _endless(odd: Misbehaviour, variant: str) -> None:
        def knob(data: bytes, real: Real) -> Reply | None:
            code, found = real(data)
            ...
            return code, found

        odd.knob(0x0A, 0x23, knob)

The keywords are the variants, the first is what holds when none is named; without keywords there is none, and
`number="seconds"` as the only positional option after the text makes the variant a number (`R16:2.2`), its default in
`default`.  What `odd` can change is in `hooks.Misbehaviour`: answers to commands (`knob`, also to those about sessions;
`outside` for those without a session), whole messages (`messages`), sessions as they are opened (`sessions`), the key
exchange (`readings`), datagrams (`network.incoming`, `network.outgoing`), the machine (`machine`: its `table`, `parts`,
`power`, `clock`), and `later` for what happens after a while.  A row that no BMC can be seen to do is declared with
`nothing="why"`; its function does the nearest that can be shown.  Then add the row to tests/loopback/test_quirks_*.py.
"""
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Callable

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from pyghmi.sim.quirks.hooks import Misbehaviour

Install = Callable[["Misbehaviour", str], None]

_SECTIONS: dict[str, tuple[str, ...]] = {
    "A": ("discovery",),
    "R": ("keyexchange",),
    "L": ("ipmi15",),
    "S": ("session", "lifetime"),
    "B": ("bridging",),
    "D": ("sdr", "sdr_contents"),
    "N": ("sensors", "sensor_values"),
    "E": ("sel",),
    "F": ("fru", "fru_contents"),
    "C": ("serial", "serial_text"),
    "P": ("power", "boot"),
    "U": ("users", "settings"),
    "M": ("other",),
}
"""First letter of a row -> the modules where it is played."""


class Quirk(NamedTuple):
    """A row that can be switched on.

    variants: name -> what it is, in the order of the table; number: what the variant counts where it is a number, and
    default: the variant that holds when none is named; nothing: why it is no behaviour that could be seen, if so.
    """

    name: str
    text: str
    install: Install
    variants: dict[str, str]
    number: str = ""
    default: str = ""
    nothing: str = ""


_known: dict[str, Quirk] = {}
_MOST = 1e6


def quirk(
    name: str, text: str, *, number: str = "", default: str = "", nothing: str = "", **variants: str
) -> Callable[[Install], Install]:
    """Register the function behind this as what plays the row `name`; see the head of this file."""

    def register(install: Install) -> Install:
        if name in _known:
            raise InvalidParameterValue(f"{name} is there twice")
        named = {each.replace("_", "-"): about for each, about in variants.items()}
        _known[name] = Quirk(name, text, install, named, number, default or next(iter(named), ""), nothing)
        return install

    return register


def _load(letter: str) -> None:
    for module in _SECTIONS.get(letter, ()):
        import_module(f"pyghmi.sim.quirks.{module}")


def quirk_named(name: str) -> Quirk:
    """Return a row.  Raises InvalidParameterValue."""
    wanted = name.strip().upper()
    _load(wanted[:1])
    found = _known.get(wanted)
    if found is None:
        raise InvalidParameterValue(f"there is no quirk {name.strip()!r}: 'fakebmc --quirk list' names them")
    return found


def all_quirks() -> list[Quirk]:
    """Return all rows, in the order of the sections."""
    for letter in _SECTIONS:
        _load(letter)
    order = list(_SECTIONS)
    return sorted(_known.values(), key=lambda each: (order.index(each.name[0]), int(each.name[1:])))


def parse(text: str) -> list[tuple[Quirk, str]]:
    """Return (row, variant) for 'R15,D06:zero'; of a row that is named again, the last.

    Raises InvalidParameterValue.
    """
    found: dict[str, tuple[Quirk, str]] = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        name, _colon, variant = each.partition(":")
        row = quirk_named(name)
        found[row.name] = row, _checked(row, variant.strip() or row.default)
    return list(found.values())


def described(row: Quirk) -> list[str]:
    """Return what a row is, with its variants, the one that holds when none is named first, as lines of text."""
    lines = [f"{row.name}  {row.text}" + (f" (nothing to be seen: {row.nothing})" if row.nothing else "")]
    counted = {"NUMBER": f"{row.number}, {row.default} where none is named"}
    variants = counted if row.number else row.variants
    width = max(map(len, variants), default=0)
    return lines + [f"     :{name:{width}}  {about}" for name, about in variants.items()]


def _checked(row: Quirk, variant: str) -> str:
    if row.number:
        try:
            is_fit = 0.0 <= float(variant) < _MOST
        except ValueError:
            is_fit = False
        if not is_fit:
            raise InvalidParameterValue(f"{row.name}:{variant}: a number, {row.number}, is due")
    elif variant not in row.variants and (variant or row.variants):
        possible = ", ".join(row.variants) or "none"
        raise InvalidParameterValue(f"{row.name} has no variant {variant!r}; these are: {possible}")
    return variant
