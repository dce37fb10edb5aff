# SPDX-License-Identifier: Apache-2.0
"""Accounts as a whole: made so that none is left half made with access, taken away, or brought to what is wanted."""
from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from pyghmi.exceptions import BmcErrorException, CompletionCodeError, PyghmiException, SessionError
from pyghmi.ipmi.domains.passwords import check_password
from pyghmi.ipmi.domains.settling import LOOK_S, readable
from pyghmi.ipmi.domains.users import NO_RIGHTS, Rights, Users, check_name
from pyghmi.ipmi.spec.users import UserStatus
from pyghmi.ipmi.wire.shapes import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyghmi.ipmi.domains.passwords import Rewrite
    from pyghmi.ipmi.spec.users import UserAccess

_Refusals = (CompletionCodeError, BmcErrorException)
_ACCESS = 2
"""Which step of making an account gives access."""
STEP_S = 10.0
"""Seconds for the answer to each step of what may have to be undone: there must be time left for that."""


class Account(NamedTuple):
    """What an account is to be.  Shows no password.  `sol`: whether it may have serial over LAN; None: as it is."""

    name: bytes
    password: bytes
    rights: Rights
    sol: Optional[bool] = None

    def __repr__(self) -> str:
        return f"<Account {self.name!r}, {self.rights.privilege}>"


class _Before(NamedTuple):
    """What a slot held.  None: the BMC does not tell; `access`: only of a slot that was not free."""

    name: bytes | None
    access: UserAccess | None


class Ensured(NamedTuple):
    """What `ensure` did.  `changed`: of 'name', 'password', 'access', 'enabled', 'sol'."""

    uid: int
    created: bool
    changed: tuple[str, ...]


def create(
    users: Users,
    uid: int,
    account: Account,
    *,
    rewrite: Rewrite = None,
    set_access: Callable[[], object] | None = None,
    step_s: float = STEP_S,
) -> None:
    """Make an account in a slot: name, password, access, and last of all it is enabled.

    set_access: does that step, in place of `Users.set_access`; step_s: seconds for the answer to each.  When a step
    fails, what was done is undone: in a slot that was free access, enabling and name are taken away; in one that was
    not, the former name and access are written back.  The error says so.  Raises InvalidParameterValue, IpmiException.
    """
    check_name(account.name)
    check_password(account.password)
    before = _before(users, uid)
    users.patience_s = step_s
    steps: list[Callable[[], object]] = [
        lambda: users.set_name(uid, account.name),
        lambda: users.set_password(uid, account.password, rewrite),
        set_access or (lambda: users.set_access(uid, account.rights)),
        lambda: users.set_enabled(uid, True),
    ]
    if account.sol is not None:
        steps.insert(3, lambda: users.set_sol(uid, bool(account.sol)))
    for number, step in enumerate(steps):
        try:
            step()
        except PyghmiException as error:
            _say(error, _undo(users, uid, before, account.name, number))
            raise


def _before(users: Users, uid: int) -> _Before:
    """Look at a slot that is about to be written to; a BMC that does not tell must not be in the way."""
    name = _name(users, uid)
    return _Before(name, _access(users, uid) if name else None)


def _name(users: Users, uid: int) -> bytes | None:
    return readable(lambda: users.look(lambda: users.name(uid, deadline_s=LOOK_S)))


def _access(users: Users, uid: int) -> UserAccess | None:
    return readable(lambda: users.look(lambda: users.access(uid, deadline_s=LOOK_S)))


def _undo(users: Users, uid: int, before: _Before, name: bytes, failed: int) -> str:
    """Take back what was begun, and say how that went.  failed: which step did, from 0."""
    steps: list[tuple[str, Callable[[], object]]] = []
    former, held = before
    if former == name:
        return f"slot {uid} held this user before, and was left as it is then"
    if former is None and not failed:
        return f"who holds slot {uid} cannot be read, so that nothing was undone in it"
    if former:
        if failed >= _ACCESS and held is not None:
            rights = _rights_in(held)
            steps.append(("former access", lambda: users.set_access(uid, rights)))
        if failed > _ACCESS and held is not None and held.status is UserStatus.DISABLED:
            steps.append(("enabling", lambda: users.set_enabled(uid, False)))
        steps.append(("former name", lambda: users.set_name(uid, former)))
    else:
        if failed:
            steps.append(("access", lambda: users.set_access(uid, NO_RIGHTS)))
            steps.append(("enabling", lambda: users.set_enabled(uid, False)))
        steps.append(("name", lambda: users.set_name(uid, b"")))
    done, left = [], []
    for what, step in steps:
        try:
            step()
            done.append(what)
        except PyghmiException:
            left.append(what)
    said = [f"undone in slot {uid}: {', '.join(done)}"] if done else []
    said += [f"could not be undone in slot {uid}: {', '.join(left)}"] if left else []
    said += ["it may have the new password"] if former and failed else []
    return "; ".join(said)


def _say(error: PyghmiException, note: str) -> None:
    """Add a note to what an error says."""
    if isinstance(error, CompletionCodeError):
        error.text += f"; {note}"
    elif isinstance(error, SessionError):
        error.hint = f"{error.hint}; {note}" if error.hint else note
    else:
        error.args = (f"{error}; {note}",)


def delete(users: Users, uid: int, *, set_access: Callable[[], object] | None = None) -> None:
    """Take an account away: disable it, then take its access, then its name.

    set_access: does the second step.  Access goes before the name, for some BMCs keep it with a free slot and refuse
    to give that away again.  A BMC that refuses to disable a user, or to take its access, has still deleted it if it
    did the other and the name is gone.  Raises IpmiException.
    """
    named = _name(users, uid)
    refused: list[PyghmiException] = []
    for step in (lambda: users.set_enabled(uid, False), set_access or (lambda: users.set_access(uid, NO_RIGHTS))):
        try:
            step()
        except _Refusals as error:
            refused.append(error)
    if named != b"":
        users.set_name(uid, b"")
    if len(refused) > 1 and (named != b"" or _may_log_in(users, uid)):
        raise refused[0]


def _may_log_in(users: Users, uid: int) -> bool:
    """Whether a user without a name has access, as far as the BMC tells."""
    held = _access(users, uid)
    if held is None:
        return True
    return held.status is not UserStatus.DISABLED and held.messaging and held.privilege != NO_RIGHTS.privilege


def ensure(
    users: Users,
    account: Account,
    *,
    rewrite: Rewrite = None,
    set_access: Callable[[int], object] | None = None,
    set_password: Callable[[int], object] | None = None,
) -> Ensured:
    """Have an account of this name be as wanted: look first, write only what differs, make it where there is none.

    set_access, set_password: given the slot, do that in place of `Users`.  A slot is looked for once: a write without
    an answer is never tried in another one.  Raises NotFound where no slot is free, InvalidParameterValue,
    IpmiException.
    """
    names = users.names(users.slots())
    slots = [uid for uid, name in names.items() if name == account.name]
    access = set_access or (lambda uid: users.set_access(uid, account.rights))
    if not slots:
        uid = users.find_free_slot(names)
        create(users, uid, account, rewrite=rewrite, set_access=lambda: access(uid))
        made = ("name", "password", "access", *(("sol",) if account.sol is not None else ()), "enabled")
        return Ensured(uid, True, made)
    uid = slots[0]
    changed: list[str] = []
    if not _has_password(users, uid, account.password, rewrite):
        (set_password or (lambda uid: users.set_password(uid, account.password, rewrite)))(uid)
        changed.append("password")
    changed += _bring(users, uid, account, access)
    if users.access(uid).status is not UserStatus.ENABLED:
        users.set_enabled(uid, True)
        changed.append("enabled")
    return Ensured(uid, False, tuple(changed))


def _bring(users: Users, uid: int, account: Account, access: Callable[[int], object]) -> list[str]:
    """Write what differs in the access to an account; returns what that was."""
    changed = []
    held = users.access(uid)
    if _rights_in(held) != account.rights:
        access(uid)
        changed.append("access")
    if account.sol is not None and users.payloads(uid).sol is not account.sol:
        users.set_sol(uid, account.sol)
        changed.append("sol")
    return changed


def _rights_in(access: UserAccess) -> Rights:
    """Return what a user may do, in the form that it is written in."""
    return Rights(access.callback, access.link_auth, access.messaging, access.privilege)


def _has_password(users: Users, uid: int, password: bytes, rewrite: Rewrite) -> bool:
    """Whether the BMC says that this is the password; one that cannot tell is given it.

    A yes counts only from a BMC that says no to another one: OpenIPMI's simulator says yes to all.
    """
    try:
        if not users.test_password(uid, password, rewrite):
            return False
        return not users.test_password(uid, _another(password))
    except CompletionCodeError:
        return False


def _another(password: bytes) -> bytes:
    """Return a password of the same length that is not this one."""
    return password[:-1] + (b"#" if password[-1:] != b"#" else b"+")
