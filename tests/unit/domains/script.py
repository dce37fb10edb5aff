# SPDX-License-Identifier: Apache-2.0
"""A requester that answers from a script."""
from __future__ import annotations

from typing import Any

from pyghmi.ipmi.domains.requester import answer_of


class Script:
    """Answers in order: data as hexadecimal digits, a completion code, or an exception; notes what was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[int, int, bytes]] = []
        self.time = 0.0

    def exchange(self, netfn: int, cmd: int, data: bytes = b"", **_more: Any) -> tuple[int, bytes]:
        self.asked.append((netfn, cmd, data))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return (0, bytes.fromhex(answer)) if isinstance(answer, str) else (answer, b"")

    def request(self, req: Any, **more: Any) -> Any:
        return answer_of(req, *self.exchange(req.netfn, req.cmd, req.encode(), **more))

    def wait(self, seconds: float) -> None:
        self.time += seconds

    def now(self) -> float:
        return self.time
