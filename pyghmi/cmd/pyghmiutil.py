# SPDX-License-Identifier: Apache-2.0
"""pyghmiutil: ask and command BMCs."""
from __future__ import annotations

import sys
from collections.abc import Sequence

from pyghmi.cmd.endings import Ended, Signals


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    try:
        with Signals():
            from pyghmi.cmd.work import run  # here: it takes a while, and Ctrl-C may come before its end

            return run(sys.argv[1:] if arguments is None else arguments)
    except Ended as ended:
        return ended.tell()


if __name__ == "__main__":
    sys.exit(main())
