# SPDX-License-Identifier: Apache-2.0
"""pyghmicons: the serial console of a machine, which this release does not have."""
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pyghmi.version import VERSION

_NO_CONSOLE = (
    "pyghmicons: this release has no serial console (SOL) yet; 'ipmitool -I lanplus ... sol activate' has one."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what is missing; returns exit code 2."""
    parser = argparse.ArgumentParser(
        prog="pyghmicons", description="Connect to the serial console of a machine.  Not in this release."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.add_argument("bmc", nargs="?", help="name or address")
    parser.add_argument("user", nargs="?", help="user name")
    parser.add_argument("passwordfile", nargs="?", help="file with the password")
    parser.parse_args(arguments)
    print(_NO_CONSOLE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
