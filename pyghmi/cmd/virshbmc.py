# SPDX-License-Identifier: Apache-2.0
"""virshbmc: BMCs in front of libvirt domains."""
from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, Optional

from pyghmi.cmd.accounts import lines_of, port_of, user_of
from pyghmi.cmd.serving import is_wrong_address, suites_of, why_not
from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.credentials import kg_from_hex
from pyghmi.ipmi.private.session import Session
from pyghmi.ipmi.protocol.login import KG_BYTES
from pyghmi.ipmi.protocol.serverconfig import User, UserList
from pyghmi.ipmi.protocol.suites import SUPPORTED
from pyghmi.ipmi.wire.shapes import NamedTuple
from pyghmi.version import VERSION

if TYPE_CHECKING:
    from pyghmi.virsh.server import VirshBmc

_USER, _PASSWORD, _KG = "admin", "VIRSHBMC_PASSWORD", "VIRSHBMC_KG"
_TURN_S = 0.25
_ENDING = (signal.SIGTERM, signal.SIGINT)
_PLACE = re.compile(r"(?P<name>.+?)(?:@(?P<address>\[[^]]+]|[^@:[\]]+))?(?::(?P<port>\d+))?")


class Place(NamedTuple):
    """Where the BMC of a domain listens.  port: None: the next one."""

    name: str
    address: str
    port: Optional[int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code: 1 where libvirt or a port fails, 2 for wrong arguments."""
    options = _parser().parse_args(arguments)
    try:
        users, kg, suites = _users(options), _kg(options), suites_of(options.suites)
        places = _ports([_place(each, options.address) for each in options.domain], port_of(options.port))
    except (InvalidParameterValue, ValueError) as error:
        _complain(str(error))
        return 2
    more = {"suites": suites} if suites else {}
    return _serve(options.connect, places, users, kg, more)


def _serve(uri: str, places: list[Place], users: UserList, kg: bytes | None, more: dict[str, Any]) -> int:
    from pyghmi.virsh.bindings import DomainError, NoLibvirt
    from pyghmi.virsh.connection import Connection

    bmcs: list[VirshBmc] = []
    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL)  # libvirt may take long to be reached, and hears of nothing then
    try:
        connection = Connection(uri, say=_complain)
        connection.open()
        for place in places:
            bmcs.append(_bmc(connection, place, users, kg, more))
    except (NoLibvirt, DomainError) as error:
        _complain(str(error))
        return _end(bmcs, 1)
    except InvalidParameterValue as error:
        _complain(str(error))
        return _end(bmcs, 2)
    except OSError as error:
        _complain(f"cannot listen on {place.address} port {place.port}: {why_not(error)}")
        return _end(bmcs, 2 if is_wrong_address(error) else 1)
    ended: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        ended.append(number)
        signal.signal(number, signal.SIG_DFL)  # the second time it does not wait

    for number in _ENDING:
        signal.signal(number, end)
    for bmc in bmcs:
        host, port = bmc.address[:2]
        print(f"virshbmc: listening on {host} port {port} for domain {bmc.domain.name}", flush=True)
    while not ended:
        Session.wait_for_rsp(_TURN_S)
    return _end(bmcs, 0)


def _bmc(connection: Any, place: Place, users: UserList, kg: bytes | None, more: dict[str, Any]) -> VirshBmc:
    from pyghmi.virsh.bindings import DomainError
    from pyghmi.virsh.domain import Domain
    from pyghmi.virsh.server import VirshBmc

    domain = Domain(connection, place.name)
    try:
        bmc = VirshBmc(users, domain, place.port or 0, place.address, say=_complain, **more)
    except DomainError as error:
        raise DomainError(f"domain {place.name}: {error}", error.code) from error
    if kg is not None:
        bmc.set_kg(kg)
    return bmc


def _end(bmcs: list[VirshBmc], code: int) -> int:
    if bmcs:
        bmcs[0].logout_all(bmcs)
        bmcs[0].domain.connection.close()
    return code


def _complain(text: str) -> None:
    print(f"virshbmc: {text}", file=sys.stderr, flush=True)


# --- arguments


def _users(options: argparse.Namespace) -> UserList:
    """Return the accounts; there is no password that is known to all.  The variable leaves the environment."""
    password = os.environ.pop(_PASSWORD, "")
    if options.users:
        users = UserList(user_of(row, number) for number, row in enumerate(lines_of(options.users), 2))
        if not users.users:
            raise InvalidParameterValue(f"--users {options.users}: no account is in it")
        for user in users.users:
            if user.enabled and not user.password:
                raise InvalidParameterValue(f"--users {options.users}: {user.name.decode()!r} has no password")
        return users
    if not password:
        raise InvalidParameterValue(f"no password: name a file (--users), or set {_PASSWORD} for the user {_USER}")
    return UserList([User(_USER.encode(), os.fsencode(password))])


def _kg(options: argparse.Namespace) -> bytes | None:
    """Return the BMC key; None: there is none.  The variable leaves the environment."""
    text = os.environ.pop(_KG, None)
    if options.kg_file:
        try:
            with open(options.kg_file, "rb") as file:
                kg = file.readline().rstrip(b"\r\n")
        except OSError as error:
            raise InvalidParameterValue(f"--kg-file {options.kg_file}: {error.strerror or error}") from error
    elif text is not None:
        kg = kg_from_hex(text)
    else:
        return None
    if not 0 < len(kg) <= KG_BYTES:
        raise InvalidParameterValue(f"a BMC key has 1 to {KG_BYTES} bytes, this one has {len(kg)}")
    return kg


def _place(text: str, address: str) -> Place:
    """Return what NAME[@ADDRESS][:PORT] says.  Raises InvalidParameterValue."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise InvalidParameterValue(f"--domain {text!r}: NAME[@ADDRESS][:PORT] is needed")
    port = found["port"]
    return Place(found["name"], (found["address"] or address).strip("[]"), None if port is None else port_of(port))


def _ports(places: list[Place], first: int) -> list[Place]:
    """Give ports to those that name none: the first one, and those after it, on each address.  0 stays a free one."""
    taken = {(place.address, place.port) for place in places if place.port}
    found = []
    for place in places:
        port = first if place.port is None else place.port
        while place.port is None and port and (place.address, port) in taken:
            port += 1
        taken.add((place.address, port))
        found.append(place._replace(port=port))
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="virshbmc", description="BMCs in front of libvirt domains: power, boot device, serial console."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    parser.add_argument(
        "--port", default="623", help="UDP port, the next ones for further domains; 0: free ones (default: 623)"
    )
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--connect", default="qemu:///system", metavar="URI", help="libvirt URI (default: qemu:///system)")
    parser.add_argument(
        "--domain",
        action="append",
        required=True,
        metavar="NAME[@ADDRESS][:PORT]",
        help="name of a domain, and where its BMC listens; may be given several times.  IPv6: NAME@[::1]:623",
    )
    parser.add_argument(
        "--users",
        metavar="FILE",
        help="accounts, one a line: NAME:PASSWORD[:PRIVILEGE[:disabled]]"
        f" (without: {_USER}, with the password in the environment variable {_PASSWORD})",
    )
    parser.add_argument(
        "--kg-file", metavar="FILE", help=f"BMC key, the first line there (or in {_KG}, in hexadecimal)"
    )
    parser.add_argument(
        "--suites", help=f"cipher suites, best first, separated by commas; of {', '.join(map(str, SUPPORTED))}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
