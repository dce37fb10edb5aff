# SPDX-License-Identifier: Apache-2.0
"""From typed requests to bytes and back, the same for every way to a BMC."""
from __future__ import annotations

from typing import TypeVar

from pyghmi.exceptions import CompletionCodeError
from pyghmi.ipmi.spec.codes import OK, RetryClass, meaning, retry_class
from pyghmi.ipmi.spec.request import Request
from pyghmi.ipmi.wire.layout import Message

R = TypeVar("R", bound=Message)


def refused(netfn: int, cmd: int, code: int) -> CompletionCodeError:
    """Return the error for a completion code."""
    retryable = retry_class(code) is not RetryClass.NEVER
    return CompletionCodeError(meaning(netfn, cmd, code), netfn, cmd, code, retryable=retryable)


def answer_of(req: Request[R], code: int, data: bytes) -> R:
    """Decode an answer.  Raises CompletionCodeError for a code other than 0, Malformed."""
    if code != OK:
        raise refused(req.netfn, req.cmd, code)
    return req.answer.decode(data)
