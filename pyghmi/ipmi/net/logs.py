# SPDX-License-Identifier: Apache-2.0
"""Log what the machines report: parsing and protocol themselves log nothing."""
from __future__ import annotations

import sys

from pyghmi.ipmi.protocol.events import Event, LoginFailed, Lost, Noticed, Reopened

_LOGGED = (LoginFailed, Lost, Noticed, Reopened)


def report(event: Event, host: str, port: int) -> None:
    """Log an event, for those who look at the logger "pyghmi"."""
    if not isinstance(event, _LOGGED) or "logging" not in sys.modules:
        return  # nobody has set up a handler for such words, and loading it takes longer than a login
    import logging

    logger = logging.getLogger("pyghmi")
    if isinstance(event, Noticed):
        logger.debug("BMC %s:%d deviates (%s): %s", host, port, event.quirk, event.text)
    elif isinstance(event, Lost):
        logger.info("BMC %s:%d: session lost: %s", host, port, event.reason)
    elif isinstance(event, Reopened):
        logger.info("BMC %s:%d: session opened again", host, port)
    else:
        logger.info("BMC %s:%d: no session: %s", host, port, event.error)


def defect(failure: Exception, error: Exception) -> None:
    """Log what must not happen."""
    import logging

    logging.getLogger("pyghmi").error("%s", failure, exc_info=error)
