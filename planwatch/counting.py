"""Numbers that several processes share: those of one machine in a file that they map into memory, those of several in
Redis."""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache

# A place holds the digest of a key, the second at which its count is out of use, and the count.
_PLACES, _PLACE = 8, struct.Struct("<QII")
_BUCKET = struct.Struct("<" + "QII" * _PLACES)
_BUCKETS = 8192


class CountsInAFile(BaseCache):
    """Counts in a file of one megabyte in the folder LOCATION, for all processes of one machine."""

    def __init__(self, location, params):
        super().__init__(params)
        self._folder = location

    def count(self, key: str, seconds: int) -> int:
        """Add one to the count of a key, which is kept for so many seconds, and return it."""
        return _file(self._folder).count(self.make_key(key), seconds)

    def clear(self):
        _file(self._folder).clear()


class CountsInRedis(RedisCache):
    """Counts in Redis, for all machines; and the version of the data that none of them may fall behind."""

    def count(self, key: str, seconds: int) -> int:
        """Add one to the count of a key, which is kept for so many seconds, and return it."""
        key = self.make_and_validate_key(key)
        with self._cache.get_client(key, write=True).pipeline(transaction=False) as asked:
            return asked.incr(key).expire(key, seconds).execute()[0]

    def highest(self, number: int, *, certain: bool = False, anew: bool = False) -> int | None:
        """Raise the highest number that was ever given here to `number`, if it is higher, and return it.

        Where none was given yet, only a `certain` number is taken, and None returned for another. `anew` forgets what
        was given before.
        """
        name = self.make_key("highest")
        raised = {} if anew else {"gt": True, "xx": not certain}
        with self._cache.get_client(name, write=True).pipeline(transaction=False) as asked:
            found = asked.zadd(name, {"number": number}, **raised).zscore(name, "number").execute()
        return None if found[1] is None else int(found[1])


class _File:
    """Buckets of eight places. A key has its bucket; where that is full, what was counted least makes room.

    So whoever asks from many addresses pushes out those who ask little, and never the count of whoever asks much.
    """

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._descriptor, _BUCKETS * _BUCKET.size)
        self._bytes = mmap.mmap(self._descriptor, _BUCKETS * _BUCKET.size)
        self._guard = threading.Lock()

    def count(self, key: str, seconds: int) -> int:
        digest = hashlib.blake2b(key.encode(), digest_size=12).digest()
        name, now = int.from_bytes(digest[:8]), int(time.time())
        begin = int.from_bytes(digest[8:]) % _BUCKETS * _BUCKET.size
        with self._alone(begin, _BUCKET.size):
            found = _BUCKET.unpack_from(self._bytes, begin)
            names, ends, counts = found[::3], found[1::3], found[2::3]
            if name in names and ends[names.index(name)] > now:
                place = names.index(name)
                count = counts[place] + 1
            else:
                place = min(range(_PLACES), key=lambda at: counts[at] if ends[at] > now else 0)
                count = 1
            _PLACE.pack_into(
                self._bytes, begin + place * _PLACE.size, name, now + seconds, min(count, 2**32 - 1)
            )
        return count

    def clear(self) -> None:
        with self._alone(0, len(self._bytes)):
            self._bytes[:] = bytes(len(self._bytes))

    @contextmanager
    def _alone(self, begin: int, length: int):
        """Hold part of the file against other processes, whose end gives it free, and against threads of this one."""
        with self._guard:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX, length, begin)
            try:
                yield
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN, length, begin)


@cache
def _file(folder: str) -> _File:
    # Once a process: the system gives the locks of a file free as soon as a process closes it anywhere.
    return _File(Path(folder) / "requests")
