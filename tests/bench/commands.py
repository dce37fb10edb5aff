# SPDX-License-Identifier: Apache-2.0
"""What is measured, as a program: `python commands.py WHAT PORT COUNT`.  Also runs under the peer of the same name."""
import sys


def commands(port, count):
    """Log in with suite 3, send Get Device ID `count` times, log out."""
    from pyghmi.ipmi.command import Command

    bmc = Command("127.0.0.1", "admin", "secret", port=port)
    for _each in range(count):
        bmc.raw_command(netfn=6, command=1)
    bmc.ipmi_session.logout()


def logins(port, count):
    """Log in, ask for the power state and log out, `count` times."""
    from pyghmi.ipmi.command import Command

    for _each in range(count):
        bmc = Command("127.0.0.1", "admin", "secret", port=port)
        bmc.get_power()
        bmc.ipmi_session.logout()


def slowest(port, count):
    """Print the slowest of `count` commands in milliseconds."""
    import time

    from pyghmi.ipmi.command import Command

    bmc = Command("127.0.0.1", "admin", "secret", port=port)
    worst = 0.0
    for _each in range(count):
        began = time.perf_counter()
        bmc.raw_command(netfn=6, command=1)
        worst = max(worst, time.perf_counter() - began)
    bmc.ipmi_session.logout()
    print(worst * 1000)


def imports(_port, _count):
    """Print milliseconds of CPU and KiB of memory that the import of Command costs."""
    import time

    def resident():
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    memory = resident()
    began = time.process_time()
    import pyghmi.ipmi.command  # noqa: F401

    spent = (time.process_time() - began) * 1000
    print(spent, resident() - memory)


if __name__ == "__main__":
    {"commands": commands, "logins": logins, "slowest": slowest, "imports": imports}[sys.argv[1]](
        int(sys.argv[2]), int(sys.argv[3])
    )
