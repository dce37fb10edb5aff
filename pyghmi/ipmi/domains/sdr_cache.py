# SPDX-License-Identifier: Apache-2.0
"""Records that were read before: of this process, and in files.

Nothing here ever raises: what cannot be kept or found again is read from the BMC.
"""
from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.sdr_repo import RepositoryState
    from pyghmi.ipmi.spec.app import DeviceId

_MOST_BYTES = 32 * 1024 * 1024
_MOST_FILE_BYTES = 8 * 1024 * 1024
_LEFT_BEHIND_S = 3600.0
"""Files that are being written for longer than this are those of writers that were killed."""
_MAGIC = b"pyghmi sensor records 1\n"
_SUM_BYTES, _LENGTH_BYTES = 4, 2

_memory: dict[Learned, tuple[RepositoryState, bytes]] = {}
"""By the object that stands for one BMC, so that two BMCs never share.  The oldest come first."""


def recall(learned: Learned, state: RepositoryState | None) -> list[bytes] | None:
    """Return the records that this process has read of the BMC in this state; None: none, or nobody can tell."""
    found = _memory.get(learned)
    if found is None or state is None or not state.trusted or found[0] != state:
        return None
    _memory.pop(learned, None)
    _memory[learned] = found
    return unpacked(found[1])


def remember(learned: Learned, state: RepositoryState | None, records: Sequence[bytes]) -> None:
    """Keep the records of a BMC, and forget the oldest of others when there are too many."""
    _memory.pop(learned, None)
    if state is None or not state.trusted:
        return
    _memory[learned] = (state, packed(records))
    kept = sum(len(data) for _state, data in list(_memory.values()))
    for key in list(_memory):
        if kept <= _MOST_BYTES:
            break
        gone = _memory.pop(key, None)
        kept -= len(gone[1]) if gone else 0


def forget_all() -> None:
    """Keep nothing."""
    _memory.clear()


def packed(records: Sequence[bytes]) -> bytes:
    """Return records as one string of bytes: two bytes of length before each."""
    return b"".join(len(record).to_bytes(_LENGTH_BYTES, "big") + record for record in records)


def unpacked(data: bytes) -> list[bytes] | None:
    """Return the records in such a string; None: it is none."""
    found = []
    at = 0
    while at < len(data):
        begin = at + _LENGTH_BYTES
        end = begin + int.from_bytes(data[at:begin], "big")
        if end > len(data):
            return None
        found.append(data[begin:end])
        at = end
    return found


class SdrFiles:
    """Files with records in a folder, one for each BMC.

    device: who the BMC is, with its firmware; place: what tells apart two machines of one kind: host and port.  A file
    counts only for just this device, place, and state of the repository, and only if its checksum is right.  It is
    written beside its place and then put there, so that nobody sees half of one.
    """

    def __init__(self, folder: str | os.PathLike[str], device: DeviceId, place: str) -> None:
        from zlib import crc32

        self._folder = os.fspath(folder)
        firmware = f"{device.firmware_major}.{device.firmware_minor}.{(device.auxiliary or b'').hex()}"
        kind = f"{device.manufacturer_id}.{device.product_id}.{device.device_id}"
        self._who = f"{kind}.{device.device_revision}.{firmware} {place}"
        self.name = f"sdr-{kind}-{crc32(place.encode('utf-8', 'replace')):08x}.bin"

    @property
    def path(self) -> str:
        """Where the file of this BMC is."""
        return os.path.join(self._folder, self.name)

    def load(self, state: RepositoryState | None) -> list[bytes] | None:
        """Return the records of the BMC in this state, None if there is no good file of them."""
        if state is None or not state.trusted:
            return None
        data = _contents(self.path)
        head = _MAGIC + self._key(state)
        if not data.startswith(head):
            return None
        body = data[len(head) + _SUM_BYTES :]
        if data[len(head) : len(head) + _SUM_BYTES] != _checksum(head + body):
            return None
        return unpacked(body)

    def store(self, state: RepositoryState | None, records: Sequence[bytes]) -> None:
        """Write the records of the BMC in this state."""
        if state is None or not state.trusted:
            return
        head, body = _MAGIC + self._key(state), packed(records)
        _put(self.path, head + _checksum(head + body) + body)

    def _key(self, state: RepositoryState) -> bytes:
        changed = f"{state.records}.{state.last_add}.{state.last_erase}.{int(state.device)}"
        return f"{self._who} {changed}\n".encode("utf-8", "replace")


def _checksum(data: bytes) -> bytes:
    from zlib import crc32

    return crc32(data).to_bytes(_SUM_BYTES, "big")


def _contents(path: str) -> bytes:
    """Return what is in a file, nothing where it cannot be read, is no file, or is far too large."""
    from stat import S_ISREG

    try:
        # Not blocking: somebody may have put a pipe there.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):
        return b""
    try:
        facts = os.fstat(handle)
        if not S_ISREG(facts.st_mode) or facts.st_size > _MOST_FILE_BYTES:
            return b""
        with open(handle, "rb", closefd=False) as file:
            return file.read(_MOST_FILE_BYTES)
    except OSError:
        return b""
    finally:
        os.close(handle)


def _put(path: str, data: bytes) -> None:
    """Write a file so that others see all of it or nothing; no word when it does not work."""
    beside = f"{path}.{os.getpid()}.{os.urandom(6).hex()}.new"
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
    except (OSError, ValueError):
        return
    try:
        with open(handle, "wb") as file:
            file.write(data)
        _clean(path, os.stat(beside).st_mtime - _LEFT_BEHIND_S)
        os.replace(beside, path)
    except OSError:
        try:
            os.unlink(beside)
        except OSError:
            return


def _clean(path: str, before: float) -> None:
    """Remove what writers that were killed have left beside a file, if it was left before this time."""
    folder, name = os.path.split(path)
    with os.scandir(folder) as entries:
        for entry in entries:
            ours = entry.name.startswith(f"{name}.") and entry.name.endswith(".new")
            if ours and entry.stat(follow_symlinks=False).st_mtime < before:
                os.unlink(entry.path)
