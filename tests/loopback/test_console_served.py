# SPDX-License-Identifier: Apache-2.0
"""The serial console at the machine's side, and among processes."""
from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from pyghmi.ipmi.console import Console, ServerConsole
from pyghmi.ipmi.net.memories import forget_all
from pyghmi.ipmi.private.session import shared
from tests.loopback.serial_machine import Machine, Screen, Served, until, wait_for


@pytest.fixture
def served() -> Iterator[Served]:
    forget_all()
    found = Served()
    yield found
    found.close()


def open_console(served: Served, screen: Any = None, **options: Any) -> Console:
    return Console("127.0.0.1", "admin", "secret", screen, port=served.port, **options)


def test_a_handler_that_answers_what_came_with_the_end() -> None:
    """The last keys and the deactivation come at once: `sol` is there as long as there is something to be told."""
    class Loud(Machine):
        seen: list[Any]

        def iohandler(self, data: Any) -> None:  # type: ignore[override]
            self.seen.append((data, self.sol))

    machine = Loud()
    machine.seen = []
    console = Console("127.0.0.1", "admin", "secret", Screen(), port=machine.address[1])
    until(lambda: console.connected)
    port = machine.sol._port
    with shared().lock:
        port.received(b"\x01\x00\x00\x00last", shared().clock())
        machine.deactivate_payload({"data": bytearray((1, 1, 0, 0, 0, 0))}, machine.sol.ipmi_session)  # type: ignore[typeddict-item]
    until(lambda: machine.seen)
    assert machine.seen[0][0] == b"last" and machine.seen[0][1] is not None
    until(lambda: machine.sol is None)
    console.close()
    machine.logout()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_process_leaves_the_console_alone(served: Served) -> None:
    served.machine.echo = True
    screen = Screen()
    console = open_console(served, screen)
    until(lambda: console.connected)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            console.send_data(b"from the child")
            console.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert served.machine.activated
    console.send_data(b"from the parent")
    until(lambda: bytes(screen.output) == b"from the parent")
    assert screen.errors == []
    console.close()


def test_a_console_that_the_machine_closes_is_free_for_others(served: Served) -> None:
    first, second = Screen(), Screen()
    holder = open_console(served, first, resume=False)
    until(lambda: holder.connected)
    served.sol.close()
    until(lambda: holder.broken)
    other = Console("127.0.0.1", "other", "secret2", second, port=served.port)
    until(lambda: other.connected or other.broken)
    assert second.errors == []
    other.send_data(b"mine")
    until(lambda: bytes(served.machine.typed) == b"mine")
    other.close()
    wait_for(lambda: served.machine.sol is None and not served.machine.activated)


class Asked:
    """A session in which a request is answered; nothing can be protected in it."""

    answer: tuple[int, bytes] = (-1, b"")

    def send_ipmi_response(self, data: bytes = b"", code: int = 0) -> None:
        self.answer = (code, bytes(data))

    def protect_sol(self, **_how: bool) -> bool:
        return False


def test_free_from_the_moment_in_which_the_machine_closes_it() -> None:
    """Before the wheel is turned again."""
    machine = Machine()
    console = Console("127.0.0.1", "admin", "secret", Screen(), port=machine.address[1])
    until(lambda: console.connected)
    asked: Any = Asked()
    found = []
    for _each in range(2):
        machine.get_payload_activation_status({"data": bytearray((1,))}, asked)
        found.append(asked.answer[1][1] & 1)
        machine.get_payload_instance_info({"data": bytearray((1, 1))}, asked)
        found.append(int(any(asked.answer[1][:4])))
        machine.activate_payload({"data": bytearray((1, 1, 0, 0, 0, 0))}, asked)
        found.append(asked.answer[0])
        machine.sol.close()
    assert found == [1, 1, 0x80, 0, 0, 0x83]
    machine.deactivate_payload({"data": bytearray((1, 1, 0, 0, 0, 0))}, asked)
    assert asked.answer[0] == 0x80
    console.close()
    machine.logout()


class Wrapped:
    """What a program puts around a session (seen: PyPmb); it forwards what the contract names, and nothing else."""

    packets = 0

    def __init__(self, session: Any) -> None:
        self._session = session

    @property
    def sol_handler(self) -> Any:
        return self._session.sol_handler

    @sol_handler.setter
    def sol_handler(self, handler: Any) -> None:
        self._session.sol_handler = handler

    def send_ipmi_response(self, data: Any = (), code: int = 0) -> None:
        self._session.send_ipmi_response(data=data, code=code)

    def send_payload(self, payload: Any, payload_type: int = 1, retry: bool = True, needskeepalive: bool = False) -> None:
        Wrapped.packets += 1
        self._session.send_payload(payload, payload_type=payload_type, retry=retry, needskeepalive=needskeepalive)


class Wrapping(Machine):
    """Wraps each session."""

    def handle_raw_request(self, request: Any, session: Any) -> None:
        super().handle_raw_request(request, Wrapped(session))


class Activating(Wrapping):
    """Activates the payload on its own, with a size of 1 and the port in the wrong order, as programs copied it."""

    def activate_payload(self, request: Any, session: Any) -> None:
        self.activated = True
        session.send_ipmi_response(data=[0, 0, 0, 0, 1, 0, 1, 0, *self.address[1].to_bytes(2, "big"), 0xFF, 0xFF])
        self.sol = ServerConsole(session, self.iohandler)


@pytest.mark.parametrize("kind", [Wrapping, Activating])
def test_a_session_that_a_program_has_wrapped(kind: type[Machine]) -> None:
    Wrapped.packets = 0
    machine = kind()
    machine.echo = True
    screen = Screen()
    console = Console("127.0.0.1", "admin", "secret", screen, port=machine.address[1])
    until(lambda: console.connected)
    console.send_data(b"hello")
    until(lambda: bytes(screen.output) == b"hello")
    assert Wrapped.packets
    session = console.ipmi_session
    assert session is not None
    info = session.raw_command(netfn=6, command=0x4B, data=(1, 1))
    assert int.from_bytes(bytes(info["data"][:4]), "little") == machine.sol.carrier.session.id
    console.close()
    machine.logout()
