# SPDX-License-Identifier: Apache-2.0
"""Hashes, authentication codes, AES-CBC, random bytes: the only door to any cipher library.

Nothing heavy is loaded before it is used: `cryptography` with the first AES context, a hash with the first code.
"""
from __future__ import annotations

from functools import partial
from importlib import import_module
from os import urandom
from typing import TYPE_CHECKING, Callable, Protocol

from pyghmi.ipmi.protocol.md2 import md2

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.modes import CBC as Cbc

Mac = Callable[[bytes], bytes]
"""Bytes in, the whole authentication code out (the caller cuts it to the length of its algorithm)."""

BLOCK = 16
"""Bytes of an AES block and of an AES-CBC initialisation vector."""

# CPython carries these algorithms as small modules of its own.  For the short messages of IPMI they cost two thirds of
# the instructions of the OpenSSL ones behind `hashlib` (whose contexts are fetched, locked and duplicated), they do
# not load libcrypto, and they work where a FIPS policy blocks MD5.  Where an interpreter lacks them, `hashlib` serves.
_OWN_MODULES = {"sha1": ("_sha1",), "md5": ("_md5",), "sha256": ("_sha2", "_sha256")}
_HMAC_BLOCK = 64
_INNER = bytes(value ^ 0x36 for value in range(256))
_OUTER = bytes(value ^ 0x5C for value in range(256))


class _Hash(Protocol):
    """What is used of a hash object."""

    def copy(self) -> _Hash: ...

    def update(self, data: bytes) -> None: ...

    def digest(self) -> bytes: ...


class _HashMaker(Protocol):
    """Make a hash object, fed with `data`."""

    def __call__(self, data: bytes = b"") -> _Hash: ...


_makers: dict[str, _HashMaker] = {}


def _load_maker(name: str) -> _HashMaker:
    """Find the constructor of the hash `name`."""
    for module in _OWN_MODULES.get(name, ()):
        try:
            found: _HashMaker = getattr(import_module(module), name)
        except ImportError:
            continue
        return found
    return _maker_of_hashlib(name)


def _maker_of_hashlib(name: str) -> _HashMaker:
    """Return hashlib's constructor of `name`, under a FIPS policy too: the protocol leaves us no choice."""
    new = import_module("hashlib").new

    def make(data: bytes = b"") -> _Hash:
        made: _Hash = new(name, data, usedforsecurity=False)
        return made

    return make


def _maker(name: str) -> _HashMaker:
    maker = _makers.get(name)
    if maker is None:
        maker = _makers[name] = _load_maker(name)
    return maker


def digest(name: str, data: bytes) -> bytes:
    """Return the hash of `data`; `name`: "md2", "md5", "sha1" or "sha256"."""
    if name == "md2":
        return md2(data)
    return _maker(name)(data).digest()


def hmac_context(name: str, key: bytes) -> Mac:
    """Return a function that gives the HMAC of its argument under `key`.  RFC 2104.

    Both key blocks are hashed here, once; each call copies the two contexts.  For a packet of 48 bytes that is a third
    of the work of a one-shot `hmac.digest`, which hashes the key again and looks the algorithm up again.
    """
    new = _maker(name)
    if len(key) > _HMAC_BLOCK:
        key = new(key).digest()
    block = key.ljust(_HMAC_BLOCK, b"\0")
    return partial(_hmac_of, new(block.translate(_INNER)).copy, new(block.translate(_OUTER)).copy)


def _hmac_of(copy_inner: Callable[[], _Hash], copy_outer: Callable[[], _Hash], data: bytes) -> bytes:
    inner = copy_inner()
    inner.update(data)
    outer = copy_outer()
    outer.update(inner.digest())
    return outer.digest()


def hmac_digest(name: str, key: bytes, data: bytes) -> bytes:
    """Return the HMAC of `data` under `key`, whole."""
    return hmac_context(name, key)(data)


def keyed_digest(name: str, key: bytes) -> Mac:
    """Return a function that gives H(key, data, key): the MD5-128 of RMCP+.  IPMI 2.0 §13.28.4."""
    prefix = _maker(name)(key).copy

    def mac(data: bytes) -> bytes:
        context = prefix()
        context.update(data)
        context.update(key)
        return context.digest()

    return mac


def aes_cbc_encryptor(key: bytes) -> Callable[[bytes], bytes]:
    """Return a function that turns `16 fresh random bytes + whole blocks of text` into `IV + ciphertext`.

    One context serves the session: setting one up costs ten times what a packet costs.  CBC goes on from the last
    block it put out, so the context is never at rest, and no vector can be set.  It need not be: the block in front,
    R, comes out as E(R xor last block), which is as random as R, and everything after it is chained to that block
    exactly as to an initialisation vector of that value.  So the first block of the output is the packet's vector.
    """
    return _aes_context(key, decrypt=False)


def aes_cbc_decryptor(key: bytes) -> Callable[[bytes], bytes]:
    """Return a function that turns `IV + ciphertext` into `16 bytes of nothing + text`.

    One context serves the session: the first block of the output is D(IV) xor whatever came last, to be thrown away;
    each later one is D(block) xor the block before it, and the one before the first ciphertext block is the vector.
    """
    return _aes_context(key, decrypt=True)


def _aes_context(key: bytes, *, decrypt: bool) -> Callable[[bytes], bytes]:
    """Return `update` of a resident AES-128-CBC context.  Whole blocks only, or it would keep a rest back."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    global _mode
    if _mode is None:
        _mode = CBC(bytes(BLOCK))
    cipher = Cipher(AES(key), _mode)
    return cipher.decryptor().update if decrypt else cipher.encryptor().update


_mode: Cbc | None = None


def comparer() -> Callable[[bytes, bytes], bool]:
    """Return the function that compares two codes in a time that says nothing about where they differ.

    It is `hmac.compare_digest` without loading OpenSSL, as `hmac` itself takes it where there is none.
    """
    found: Callable[[bytes, bytes], bool]
    try:
        found = import_module("_operator")._compare_digest
    except (ImportError, AttributeError):
        found = import_module("hmac").compare_digest
    return found


def equal(one: bytes, other: bytes) -> bool:
    """Compare two codes in a time that says nothing about where they differ."""
    return comparer()(one, other)


class RandomPool:
    """Random bytes of the system, fetched ahead: one system call for many packets.

    Call it with the number of bytes wanted.  Blocks of 16 bytes (vectors, RAKP randoms) come out of the pool, other
    sizes straight from the source.  Safe for threads.  After a fork the child must `clear()`, or both would go on
    with the same blocks.
    """

    __slots__ = ("_blocks", "_size", "_source")

    def __init__(self, source: Callable[[int], bytes] = urandom, size: int = 1024) -> None:
        """`source` defaults to what `secrets` itself reads; `size`: bytes to fetch at a time, a multiple of 16."""
        self._source = source
        self._size = size
        self._blocks: list[bytes] = []

    def __call__(self, count: int) -> bytes:
        if count != BLOCK:
            return self._source(count)
        try:
            return self._blocks.pop()  # one step for the interpreter: no two threads get the same block
        except IndexError:
            fresh = self._source(self._size)
            blocks = [fresh[at : at + BLOCK] for at in range(0, self._size, BLOCK)]
            self._blocks.extend(blocks[1:])
            return blocks[0]

    def clear(self) -> None:
        """Forget what was fetched."""
        self._blocks.clear()

    def __repr__(self) -> str:
        return f"<RandomPool, {len(self._blocks)} blocks>"
