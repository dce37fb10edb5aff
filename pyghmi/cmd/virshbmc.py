# SPDX-License-Identifier: Apache-2.0
"""virshbmc: a BMC in front of a libvirt domain, which this release does not have."""
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pyghmi.version import VERSION

_NO_LIBVIRT = "virshbmc: this release has no BMC for libvirt domains yet; fakebmc has one for a simulated machine."


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what is missing; returns exit code 2."""
    parser = argparse.ArgumentParser(
        prog="virshbmc", description="A BMC in front of a libvirt domain.  Not in this release."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.add_argument("--port", type=int, default=623, help="UDP port (default: 623)")
    parser.add_argument("--connect", default="qemu:///system", help="libvirt URI (default: qemu:///system)")
    parser.add_argument("--domain", help="name of the domain")
    parser.parse_args(arguments)
    print(_NO_LIBVIRT, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
