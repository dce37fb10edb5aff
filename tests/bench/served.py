# SPDX-License-Identifier: Apache-2.0
"""A BMC that is put under load: `python served.py PORT [NAME=VALUE ...]`.  Also runs under the peer of the same name."""
import ast
import sys

from pyghmi.ipmi.bmc import Bmc


class Machine(Bmc):
    """Always on; knows its power state."""

    def get_power_state(self):
        """Return that it is on."""
        return "on"


if __name__ == "__main__":
    options = {name: ast.literal_eval(value) for name, value in (word.split("=") for word in sys.argv[2:])}
    Machine({"admin": "secret"}, port=int(sys.argv[1]), address="127.0.0.1", **options)
    print("listening", flush=True)
    Bmc.listen()
