# SPDX-License-Identifier: Apache-2.0
"""libvirt's Python binding: loaded when it is needed, and its errors as completion codes."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from pyghmi.exceptions import PyghmiException
from pyghmi.ipmi.spec.codes import (
    INSUFFICIENT_PRIVILEGE,
    INVALID_FIELD,
    NODE_BUSY,
    UNSPECIFIED,
    WRONG_STATE,
)

_CODES = {
    "VIR_ERR_OPERATION_INVALID": WRONG_STATE,
    "VIR_ERR_NO_DOMAIN": WRONG_STATE,
    "VIR_ERR_NO_SUPPORT": INVALID_FIELD,
    "VIR_ERR_OPERATION_UNSUPPORTED": INVALID_FIELD,
    "VIR_ERR_CONFIG_UNSUPPORTED": INVALID_FIELD,
    "VIR_ERR_ARGUMENT_UNSUPPORTED": INVALID_FIELD,
    "VIR_ERR_ACCESS_DENIED": INSUFFICIENT_PRIVILEGE,
    "VIR_ERR_AUTH_FAILED": INSUFFICIENT_PRIVILEGE,
    "VIR_ERR_AUTH_CANCELLED": INSUFFICIENT_PRIVILEGE,
    "VIR_ERR_OPERATION_DENIED": INSUFFICIENT_PRIVILEGE,
    "VIR_ERR_OPERATION_TIMEOUT": NODE_BUSY,
    "VIR_ERR_RESOURCE_BUSY": NODE_BUSY,
    "VIR_ERR_NO_CONNECT": NODE_BUSY,
    "VIR_ERR_INVALID_CONN": NODE_BUSY,
}
"""libvirt's name of an error -> completion code; every other one is UNSPECIFIED."""


class NoLibvirt(PyghmiException):
    """There is no Python binding of libvirt."""


class DomainError(PyghmiException):
    """What was asked of a domain cannot be done.

    code: completion code, NODE_BUSY where libvirt cannot be reached; number: libvirt's number of the error, or None.
    """

    def __init__(self, text: str, code: int = UNSPECIFIED, number: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.number = number


def load() -> Any:
    """Return the module.  Raises NoLibvirt."""
    try:
        found = import_module("libvirt")
    except ImportError as error:
        raise NoLibvirt(
            "the Python binding of libvirt is missing (pip install pyghmi[libvirt], or Debian's python3-libvirt) for"
            f" {sys.executable}: {error}"
        ) from error
    found.registerErrorHandler(_ignore, None)  # else each error is written to stderr, too
    return found


def _ignore(_context: object, _error: object) -> None:
    """Leave it to the exception that comes."""


def code_of(libvirt: Any, error: Any) -> int:
    """Return the completion code for an error of libvirt's."""
    number = error.get_error_code()
    for name, code in _CODES.items():
        if number is not None and number == getattr(libvirt, name, None):
            return code
    return UNSPECIFIED


@contextmanager
def translated(libvirt: Any) -> Iterator[None]:
    """Turn errors of libvirt's into DomainError."""
    try:
        yield
    except libvirt.libvirtError as error:
        raise DomainError(str(error), code_of(libvirt, error), error.get_error_code()) from error
