# SPDX-License-Identifier: Apache-2.0
"""Load on a BMC: consoles that cost nearly nothing, for what is measured is the other end.

`python load.py [PEER_PYTHON]` prints requests a second, CPU a request and memory a session of our BMC, and of the peer
of the same name beside it, alternating in one run.  CPU is that of the process that serves, as the kernel counts it;
requests a second of one core follow from it.
"""
from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from pathlib import Path
from statistics import median
from types import TracebackType

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

from pyghmi.ipmi.protocol import ipmb
from pyghmi.ipmi.protocol.packet import SessionCipher, wrap_setup
from pyghmi.ipmi.protocol.rakp import Exchange, derive_keys, rakp3_code
from pyghmi.ipmi.protocol.suites import STANDARD

USER, PASSWORD = b"admin", b"secret"
SUITE = STANDARD[3]
WAIT_S = 5.0


def free_port() -> int:
    """Return a UDP port that nobody uses: a program that is given 0 may believe that 0 is its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        found: int = sock.getsockname()[1]
        return found


class Served:
    """A process that serves a BMC."""

    def __init__(self, python: str, *options: str) -> None:
        from measure import environment

        self.port = free_port()
        self.consoles: list[Console] = []
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name("served.py")), str(self.port), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(python),
            cwd="/",
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"listening\n"

    def __enter__(self) -> Served:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        for console in self.consoles:
            console.close()  # not before: the peer of the same name mixes up consoles that have had the same port
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU spent so far."""
        return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[0]) / 1e9

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Console:
    """A session with suite 3, as fast as it goes; `log_in` first."""

    def __init__(self, port: int, number: int = 1, beside: Console | None = None) -> None:
        """`number`: the console's id; `beside`: a console whose socket is used too."""
        if beside is None:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.connect(("127.0.0.1", port))
        else:
            self.socket = beside.socket
        self.number = number
        self.cipher: SessionCipher | None = None

    def give(self, datagram: bytes) -> bytes:
        """Send and wait for an answer."""
        self.socket.send(datagram)
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        if not poll.poll(WAIT_S * 1000):
            raise TimeoutError("the BMC does not answer")
        return self.socket.recv(4096)

    def log_in(self, *, privilege: bool = True) -> Console:
        """Open the session."""
        console_id = self.number.to_bytes(4, "little")
        algorithms = b"".join(bytes((kind, 0, 0, 8, 1, 0, 0, 0)) for kind in range(3))
        opened = self.give(wrap_setup(0x10, b"\x00\x04\x00\x00" + console_id + algorithms))
        assert opened[17] == 0, opened
        bmc_id, own = opened[24:28], os.urandom(16)
        name = bytes((0x14, 0, 0, len(USER))) + USER
        second = self.give(wrap_setup(0x12, b"\x01\x00\x00\x00" + bmc_id + own + name))
        assert second[17] == 0, second
        said = Exchange(console_id, bmc_id, own, second[24:40], second[40:56], 0x14, USER)
        proof = rakp3_code(SUITE.authentication, PASSWORD, said)
        fourth = self.give(wrap_setup(0x14, b"\x02\x00\x00\x00" + bmc_id + proof))
        assert fourth[17] == 0, fourth
        self.cipher = SessionCipher(
            SUITE,
            derive_keys(SUITE.authentication, PASSWORD, said),
            local_id=self.number,
            remote_id=int.from_bytes(bmc_id, "little"),
            random=os.urandom,
        )
        if privilege:
            self.ask(0x06, 0x3B, b"\x04")
        return self

    def sealed(self, netfn: int, cmd: int, data: bytes = b"", rq_seq: int = 1) -> bytes:
        """Return the datagram of a request."""
        assert self.cipher is not None
        return self.cipher.seal(0, ipmb.build_request(netfn, cmd, data, rq_seq))

    def ask(self, netfn: int, cmd: int, data: bytes = b"") -> bytes:
        """Return the answer's data, its completion code first."""
        assert self.cipher is not None
        found = self.cipher.open(self.give(self.sealed(netfn, cmd, data)))
        assert found is not None
        return found[1][6:-1]

    def close(self) -> None:
        """Give the socket back."""
        self.socket.close()


def flood(consoles: list[Console], rounds: int, under_way: int = 1) -> int:
    """Have each console ask for the chassis status so often, `under_way` requests at once; returns the answers."""
    sealed = [[console.sealed(0x00, 0x01, rq_seq=number % 64) for number in range(rounds)] for console in consoles]
    poll, answers = select.poll(), 0
    by_number = {}
    for console, datagrams in zip(consoles, sealed):
        console.socket.setblocking(False)
        poll.register(console.socket, select.POLLIN)
        by_number[console.socket.fileno()] = (console.socket, iter(datagrams))
    for sock, datagrams_left in by_number.values():
        for _number in range(under_way):
            sock.send(next(datagrams_left))
    while answers < len(consoles) * rounds:
        ready = poll.poll(WAIT_S * 1000)
        if not ready:
            break
        for number, _events in ready:
            sock, datagrams_left = by_number[number]
            sock.recv(4096)
            answers += 1
            following = next(datagrams_left, None)
            if following is not None:
                sock.send(following)
    for console in consoles:
        console.socket.setblocking(True)
    return answers


def cpu_of_a_request(served: Served, consoles: int, rounds: int, under_way: int) -> float:
    """Return microseconds of CPU of one request."""
    made = [Console(served.port, number).log_in() for number in range(1, consoles + 1)]
    flood(made, 50, under_way)
    before = served.cpu_s
    answers = flood(made, rounds, under_way)
    spent = served.cpu_s - before
    served.consoles += made
    return 1e6 * spent / answers


def cpu_of_a_login(served: Served, count: int, first: int = 100_000) -> float:
    """Return microseconds of CPU of one login with one command, the sessions stay open."""
    before = served.cpu_s
    served.consoles += [Console(served.port, first + number).log_in() for number in range(count)]
    return 1e6 * (served.cpu_s - before) / count


def memory_of_a_session(served: Served, count: int) -> float:
    """Return bytes of a session that has been used."""
    cpu_of_a_login(served, 50)
    before = served.memory
    cpu_of_a_login(served, count, 200_000)
    return (served.memory - before) / count


MANY = ("max_sessions=20000", "idle_s=3600.0")


def main() -> None:
    """Print a table."""
    pythons = {"ours": (sys.executable, MANY)}
    if len(sys.argv) > 1:
        pythons["peer"] = (sys.argv[1], ())
    figures: dict[str, dict[str, list[float]]] = {}
    for _round in range(3):
        for name, (python, options) in pythons.items():
            with Served(python, *options) as served:
                rows = {
                    "CPU of a request, one console, us": cpu_of_a_request(served, 1, 3000, 1),
                    "CPU of a request, 8 under way, us": cpu_of_a_request(served, 8, 1000, 1),
                    "CPU of a login, us": cpu_of_a_login(served, 300),
                    "bytes of a session held": memory_of_a_session(served, 2000),
                    "CPU of a request among them, us": cpu_of_a_request(served, 1, 3000, 1),
                }
            for title, value in rows.items():
                figures.setdefault(title, {}).setdefault(name, []).append(value)
    for title, found in figures.items():
        shown = {name: median(values) for name, values in found.items()}
        ratio = f"  ratio {shown['ours'] / shown['peer']:.2f}" if "peer" in shown else ""
        print(f"{title:36}", "  ".join(f"{name} {value:9.1f}" for name, value in shown.items()) + ratio, flush=True)


if __name__ == "__main__":
    main()
