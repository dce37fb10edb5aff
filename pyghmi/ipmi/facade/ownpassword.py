# SPDX-License-Identifier: Apache-2.0
"""The password of the very account that a session uses: after a change the session must be able to log in again."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyghmi.exceptions import IpmiException, SessionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.domains.users import Users


class OwnPassword:
    """A change of a user's password, which may be that of the session's own user.

    Shows no password.  session: a `Session`, or what stands for one in-band.
    """

    def __init__(self, session: Any, bmc: Requester, users: Users, uid: int) -> None:
        self._session = session
        self._login: Any = getattr(session.link, "login", None)
        self.is_own = self._login is not None and _is_own(bmc, users, uid, self._login.user)

    def change(self, password: bytes, write: Callable[[], object], proven: Callable[[], bool]) -> None:
        """Have it written; from then on the session logs in with it.

        In a session of IPMI 1.5 some BMCs (Supermicro X9DRT-HF+) sign with the new password from some moment on, so
        that nothing they say can be believed.  So when no answer comes the new one is tried: `proven` asks the BMC
        whether it is right, which logs in anew.  Raises what `write` raises.
        """
        if not self.is_own:
            write()
            return
        former = self._login.password
        try:
            write()
        except SessionError:
            self._use(password)
            if not _holds(proven):
                self._use(former)
                raise
        else:
            self._use(password)

    def _use(self, password: bytes) -> None:
        session = self._session
        self._login.password = password
        session.password = password
        if getattr(session, "kgo", None) is None:
            session.kg = password


def _is_own(bmc: Requester, users: Users, uid: int, name: bytes) -> bool:
    """Whether a slot is that of the session's user; several may have one name, then the BMC is asked which it is."""
    from pyghmi.ipmi.domains.sessions import Sessions
    from pyghmi.ipmi.domains.settling import LOOK_S, readable

    named = readable(lambda: users.name(uid, deadline_s=LOOK_S) == name)
    if named is False:
        return False
    found = readable(lambda: Sessions(bmc).info(deadline_s=LOOK_S).user_id)
    return found == uid or (named is True and not found)


def _holds(proven: Callable[[], bool]) -> bool:
    try:
        return proven()
    except IpmiException:
        return False
