# SPDX-License-Identifier: Apache-2.0
"""Hashes, codes and AES against the vectors of their specifications."""
from __future__ import annotations

import builtins
import hashlib
import hmac
import sys

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pyghmi.ipmi.protocol import crypto

# RFC 1319, appendix A.5.
MD2_SUITE = [
    (b"", "8350e5a3e24c153df2275c9f80692773"),
    (b"a", "32ec01ec4a6dac72c0ab96fb34c0b5d1"),
    (b"abc", "da853b0d3f88d99b30283a69e6ded6bb"),
    (b"message digest", "ab4f496bfb2a530b219ff33031fe06b0"),
    (b"abcdefghijklmnopqrstuvwxyz", "4e8ddff3650292ab5a4108c3aa47940b"),
    (b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "da33def2a42df13975352846c30338cd"),
    (b"1234567890" * 8, "d5976f79d83d3a0dc9806c3c66f3efd8"),
]

# RFC 2202 (MD5, SHA-1) and RFC 4231 (SHA-256).  The last key of each is longer than a hash block.
HMAC_SUITE = [
    ("md5", b"\x0b" * 16, b"Hi There", "9294727a3638bb1c13f48ef8158bfc9d"),
    ("md5", b"Jefe", b"what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"),
    (
        "md5",
        b"\xaa" * 80,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
    ),
    ("sha1", b"\x0b" * 20, b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
    ("sha1", b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    (
        "sha1",
        b"\xaa" * 80,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "aa4ae5e15272d00e95705637ce8a3b55ed402112",
    ),
    ("sha256", b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        "sha256",
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        "sha256",
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]

# NIST SP 800-38A, F.2.1.
AES_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
AES_IV = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
AES_PLAIN = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
AES_CIPHERTEXT = bytes.fromhex(
    "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
    "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"
)


@pytest.mark.parametrize(("data", "expected"), MD2_SUITE)
def test_md2(data: bytes, expected: str) -> None:
    assert crypto.digest("md2", data).hex() == expected


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256"])
def test_digest(name: str) -> None:
    assert crypto.digest(name, b"abc") == hashlib.new(name, b"abc").digest()


@pytest.mark.parametrize(("name", "key", "data", "expected"), HMAC_SUITE)
def test_hmac(name: str, key: bytes, data: bytes, expected: str) -> None:
    context = crypto.hmac_context(name, key)
    assert context(data).hex() == expected
    assert context(b"something else") == hmac.digest(key, b"something else", name)
    assert context(data).hex() == expected, "a context serves many packets"
    assert crypto.hmac_digest(name, key, data).hex() == expected


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256"])
def test_hashlib_serves_where_the_interpreter_lacks_the_small_modules(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crypto, "_makers", {})
    for module in ("_md5", "_sha1", "_sha2", "_sha256"):
        monkeypatch.setitem(sys.modules, module, None)
    assert crypto.hmac_digest(name, b"key", b"data") == hmac.digest(b"key", b"data", name)


def test_keyed_digest_is_hash_of_key_data_key() -> None:
    mac = crypto.keyed_digest("md5", b"k" * 20)
    assert mac(b"data") == hashlib.md5(b"k" * 20 + b"data" + b"k" * 20).digest()
    assert mac(b"data") == hashlib.md5(b"k" * 20 + b"data" + b"k" * 20).digest()


def test_resident_decryptor_gives_each_packet_as_a_fresh_context_would() -> None:
    decrypt = crypto.aes_cbc_decryptor(AES_KEY)
    for _packet in range(3):
        assert decrypt(AES_IV + AES_CIPHERTEXT)[16:] == AES_PLAIN
        decrypt(bytes(48))  # another packet in between leaves no trace


def test_resident_encryptor_puts_out_vector_and_ciphertext() -> None:
    encrypt = crypto.aes_cbc_encryptor(AES_KEY)
    vectors = set()
    for random_block in (bytes(16), bytes(16), bytes(range(16))):
        out = encrypt(random_block + AES_PLAIN)
        vector, ciphertext = out[:16], out[16:]
        fresh = Cipher(algorithms.AES(AES_KEY), modes.CBC(vector)).encryptor()
        assert fresh.update(AES_PLAIN) == ciphertext
        vectors.add(vector)
    assert len(vectors) == 3, "even equal random blocks give different vectors"


def test_equal() -> None:
    assert crypto.equal(b"same", b"same")
    assert not crypto.equal(b"same", b"sane")
    assert not crypto.equal(b"same", b"sam")


def test_hmac_compares_where_the_interpreter_has_no_such_function_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_operator", None)
    assert crypto.comparer() is hmac.compare_digest


def test_cipher_library_is_loaded_with_the_first_context_only(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__
    seen = []

    def watch(name: str, *args: object, **kwargs: object) -> object:
        seen.append(name)
        return real_import(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", watch)
    crypto.hmac_digest("sha1", b"key", b"data")
    assert not any("cryptography" in name for name in seen)
    crypto.aes_cbc_encryptor(AES_KEY)
    assert any("cryptography" in name for name in seen)


class CountedSource:
    """Random bytes that are told apart, and how often they were asked for."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def __call__(self, count: int) -> bytes:
        self.calls.append(count)
        block = len(self.calls).to_bytes(8, "big")
        return b"".join(block + at.to_bytes(8, "big") for at in range(-(-count // 16)))[:count]


def test_random_pool_fetches_ahead_and_never_repeats() -> None:
    source = CountedSource()
    pool = crypto.RandomPool(source, size=64)
    blocks = [pool(16) for _ in range(9)]
    assert len(set(blocks)) == 9
    assert all(len(block) == 16 for block in blocks)
    assert source.calls == [64, 64, 64]


def test_random_pool_passes_other_sizes_on() -> None:
    source = CountedSource()
    pool = crypto.RandomPool(source, size=64)
    assert len(pool(4)) == 4
    assert source.calls == [4]


def test_random_pool_forgets_for_the_child_of_a_fork() -> None:
    source = CountedSource()
    pool = crypto.RandomPool(source, size=64)
    pool(16)
    pool.clear()
    pool(16)
    assert source.calls == [64, 64]


def test_random_pool_shows_no_bytes() -> None:
    pool = crypto.RandomPool(lambda count: b"\xab" * count)
    pool(16)
    assert repr(pool) == "<RandomPool, 63 blocks>"


def test_random_pool_reads_the_system_by_default() -> None:
    pool = crypto.RandomPool()
    assert len({pool(16) for _ in range(200)}) == 200
