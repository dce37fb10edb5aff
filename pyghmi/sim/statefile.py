# SPDX-License-Identifier: Apache-2.0
"""Keep a simulated machine in a file, and bring it back."""
from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING, Any

from pyghmi.exceptions import InvalidParameterValue, Malformed
from pyghmi.sim.recorded import install
from pyghmi.sim.recording import is_recording

if TYPE_CHECKING:
    from pyghmi.sim.machine import SimulatedBmc

FORMAT = 1
_WORDS = "pyghmi simulated machine"


def save(machine: SimulatedBmc, path: str) -> None:
    """Write all that a machine knows, passwords too: only the owner may read the file.

    It is there whole or not at all.  Raises OSError.
    """
    content = {"what": _WORDS, "format": FORMAT, **machine.state()}
    beside = f"{path}.{os.getpid()}.new"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    is_there = False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
        os.replace(beside, path)
        is_there = True
    finally:
        if not is_there:
            os.unlink(beside)


def check_writable(path: str) -> None:
    """Look whether a machine can be kept there.  Raises InvalidParameterValue."""
    beside = f"{path}.{os.getpid()}.new"
    try:
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT, 0o600))
        os.unlink(beside)
    except OSError as error:
        raise InvalidParameterValue(f"--save {path}: {error.strerror or error}") from error


def load(path: str) -> dict[str, Any]:
    """Return what was saved, for `SimulatedBmc.restore`; 'profile' and 'seed' are arguments of its constructor.

    A recording is returned as it is.  Raises InvalidParameterValue where the file cannot be read or is none.
    """
    content = read(path)
    if is_recording(content):
        return content
    if content.get("what") != _WORDS:
        raise InvalidParameterValue(f"{path} holds no machine that fakebmc has saved")
    if content.get("format") != FORMAT:
        raise InvalidParameterValue(f"{path} has format {content.get('format')}; format {FORMAT} is understood")
    for name, kind, words in (("profile", str, "a name"), ("seed", int, "a number"), ("parts", dict, "an object")):
        if not isinstance(content.get(name), kind):
            raise InvalidParameterValue(f"{path} is damaged: {name} is {content.get(name)!r}, and should be {words}")
    return content


def read(path: str) -> dict[str, Any]:
    """Return a JSON object.  Raises InvalidParameterValue."""
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        raise InvalidParameterValue(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise InvalidParameterValue(f"{path} holds no machine: {error}") from error
    if not isinstance(content, dict):
        raise InvalidParameterValue(f"{path} holds no machine")
    return content


def restore(machine: SimulatedBmc, state: dict[str, Any], path: str) -> None:
    """Make a machine as it was saved, or recorded.  Raises InvalidParameterValue where the file was damaged."""
    if is_recording(state):
        install(machine, state, path)
        return
    fresh = json.loads(json.dumps(machine.state()))
    for name in ("parts", "model"):
        wrong = _unlike(state.get(name, {}), fresh[name], name)
        if wrong is not None:
            raise InvalidParameterValue(f"{path} is damaged: {wrong}")
    try:
        machine.restore(state)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, Malformed) as error:
        raise InvalidParameterValue(f"{path} is damaged: {type(error).__name__} {error}") from error


def _unlike(found: Any, fresh: Any, where: str) -> str | None:
    """Return what is of another kind than in a machine that was just made, None: nothing."""
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    kind = kinds.get(type(fresh), "a number" if isinstance(fresh, (int, float)) else None)
    given = kinds.get(type(found), "a number" if isinstance(found, (int, float)) else None)
    if kind is None or found is None:
        return None
    if kind != given:
        shown = repr(found)
        return f"{where} is {shown if len(shown) <= 40 else shown[:37] + '...'}, and should be {kind}"
    pairs: list[tuple[Any, Any, str]] = []
    if isinstance(fresh, dict):
        pairs = [(found[key], fresh[key], f"{where}.{key}") for key in fresh if key in found]
    return next(filter(None, (_unlike(*pair) for pair in pairs)), None)
