# SPDX-License-Identifier: Apache-2.0
"""How an odd BMC reads the key exchange."""
from __future__ import annotations

from typing import Callable, Optional

from pyghmi.ipmi.protocol import rakp
from pyghmi.ipmi.protocol.handshake import Readings
from pyghmi.ipmi.protocol.packet import SessionCipher
from pyghmi.ipmi.protocol.rakp import Exchange, RoleRule, RoleVariant, SessionKeys
from pyghmi.ipmi.protocol.suites import Authentication, CipherSuite
from pyghmi.ipmi.spec.app import ActivatedSession

MakeCipher = Callable[..., SessionCipher]
CheckValue = Callable[[CipherSuite, SessionKeys, Exchange, bytes], bytes]
"""(suite, keys, what was said, the right value) -> the value of RAKP 4."""


class OddReadings(Readings):
    """Other readings.  Each attribute is one that a row may set; they hold together.

    role, padded_name, password_bytes: what is hashed, see `RoleVariant`; md5_password_bytes: with HMAC-MD5; proof_role:
    the role in RAKP 3, None: `role`; value: what makes the check value of RAKP 4; make_cipher: what makes the session's
    cipher; activated: what the answer to Activate Session becomes.
    """

    def __init__(self) -> None:
        self.role = RoleRule.AS_SENT
        self.padded_name = False
        self.password_bytes = rakp.PASSWORD_BYTES
        self.md5_password_bytes = rakp.PASSWORD_BYTES
        self.proof_role: RoleRule | None = None
        self.value: Optional[CheckValue] = None
        self.make_cipher: MakeCipher = SessionCipher
        self.activated: Optional[Callable[[ActivatedSession], ActivatedSession]] = None

    def _hashed(self, suite: CipherSuite) -> RoleVariant:
        is_md5 = suite.authentication is Authentication.HMAC_MD5
        length = min(self.password_bytes, self.md5_password_bytes if is_md5 else rakp.PASSWORD_BYTES)
        return RoleVariant(self.role, self.padded_name, length)

    def rakp2(self, suite: CipherSuite, password: bytes, said: Exchange) -> bytes:
        """Return the code of RAKP 2."""
        return rakp.rakp2_code(suite.authentication, password, said, self._hashed(suite))

    def is_proof(self, suite: CipherSuite, password: bytes, said: Exchange, code: bytes) -> bool:
        """Whether this is the right code of RAKP 3."""
        variant = self._hashed(suite)
        if self.proof_role is not None:
            variant = variant._replace(role=self.proof_role)
        return rakp.check_rakp3(suite.authentication, password, said, code, (variant,)) is not None

    def keys(self, suite: CipherSuite, password: bytes, said: Exchange, kg: bytes | None) -> SessionKeys:
        """Return the keys of the session."""
        return rakp.derive_keys(suite.authentication, password, said, self._hashed(suite), kg)

    def rakp4(self, suite: CipherSuite, keys: SessionKeys, said: Exchange) -> bytes:
        """Return the check value of RAKP 4."""
        found = super().rakp4(suite, keys, said)
        return found if self.value is None else self.value(suite, keys, said, found)

    def cipher(
        self, suite: CipherSuite, keys: SessionKeys, ids: tuple[int, int], random: Callable[[int], bytes]
    ) -> SessionCipher:
        """Return what opens and seals the session's packets."""
        return self.make_cipher(suite, keys, local_id=ids[0], remote_id=ids[1], random=random)

    def activated15(self, answer: ActivatedSession) -> ActivatedSession:
        """Return what Activate Session of IPMI 1.5 is answered."""
        return answer if self.activated is None else self.activated(answer)
