# SPDX-License-Identifier: Apache-2.0
"""Any bytes decode to a value or raise Malformed; what was encoded decodes to itself."""
from __future__ import annotations

import importlib
import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyghmi.ipmi.spec
from pyghmi.exceptions import Malformed
from pyghmi.ipmi.spec.cipher_records import parse_suite_records
from pyghmi.ipmi.wire.layout import Message


def _messages() -> list[type[Message]]:
    found: list[type[Message]] = []
    for module in pkgutil.iter_modules(pyghmi.ipmi.spec.__path__, "pyghmi.ipmi.spec."):
        names = vars(importlib.import_module(module.name))
        found += [
            value
            for value in names.values()
            if isinstance(value, type) and issubclass(value, Message) and hasattr(value, "_wire_declared")
        ]
    return sorted(set(found), key=lambda kind: kind.__name__)


MESSAGES = _messages()


def test_all_messages_are_found() -> None:
    assert len(MESSAGES) > 50


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@given(data=st.binary(max_size=80))
def test_any_bytes(kind: type[Message], data: bytes) -> None:
    try:
        found = kind.decode(data)
    except Malformed as error:
        assert error.data == data
        return
    again = kind.decode(found.encode())
    assert again == found
    assert repr(found).startswith(kind.__name__)


@given(st.binary(max_size=200))
def test_any_bytes_as_suite_records(data: bytes) -> None:
    for record in parse_suite_records(data):
        assert 0 <= record.suite <= 255
