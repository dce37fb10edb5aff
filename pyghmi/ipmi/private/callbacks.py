# SPDX-License-Identifier: Apache-2.0
"""Call what a program wants to be called: its fault must not come out of somebody else's call."""
from __future__ import annotations

from typing import Any, Callable


def tell(callback: Callable[..., object], *arguments: Any) -> None:
    """Call back; an exception is logged, with its traceback, under "pyghmi"."""
    try:
        callback(*arguments)
    except Exception:  # whoever turns the wheel at the moment has nothing to do with it
        import logging  # here: most programs never see it

        logging.getLogger("pyghmi").exception("exception in a callback: %r", callback)
