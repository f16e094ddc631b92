"""What was worked out from one version of the data and on one day, kept in this process for the next request.

Unlike the finished responses of `response_cache`, these are the parts of which answers are made: read filters, counts, rows as JSON or
HTML. They hang on the version that the request itself has read, so nothing in them is ever out of date and nothing is taken
out by hand: with the next version a new, empty memory begins.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from django.conf import settings

from planwatch.db.dataset_version import Version, version_for


class Memory:
    """Values by key, up to so many bytes: what was not asked for the longest goes first.

    A value is as large as whoever keeps it says. Nothing that is kept may be changed: threads share it.
    """

    def __init__(self, most: int):
        self._most, self._held = most, 0
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return self._most > 0

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._held

    def get(self, key: Hashable) -> Any:
        """Return what is kept, or None."""
        return self.get_each([key])[0]

    def get_each(self, keys: Iterable[Hashable]) -> list[Any]:
        """Return what is kept under each of these keys, or None, in their order."""
        values, found = self._values, []
        with self._lock:
            for key in keys:
                kept = values.get(key)
                if kept is not None:
                    values.move_to_end(key)
                found.append(kept and kept[0])
        return found

    def keep(self, key: Hashable, value: Any, size: int) -> Any:
        """Keep a value of so many bytes, and return it."""
        if size <= self._most:
            with self._lock:
                self._held += size - self._values.pop(key, (None, 0))[1]
                self._values[key] = value, size
                while self._held > self._most:
                    self._held -= self._values.popitem(last=False)[1][1]
        return value

    def made(self, key: Hashable, make: Callable[[], Any], size: int) -> Any:
        """Return what is kept, or make and keep it."""
        found = self.get(key)
        return self.keep(key, make(), size) if found is None else found


NOTHING = Memory(0)


class OfOneVersion:
    """The memory of the version and the day that were asked about last: with another one begins a new, empty memory."""

    def __init__(self):
        self._lock = threading.Lock()
        self._of, self._memory = None, NOTHING

    def at(self, edition: Version, megabytes: int) -> Memory:
        """Return what is cached of that dataset version, as of today, in so many megabytes."""
        if not megabytes:
            return NOTHING
        of = (
            edition.hash,
            edition.days,
            settings.PLANWATCH_RELEASE,
            settings.PLANWATCH_STALE_AFTER_DAYS,
            megabytes,
        )
        with self._lock:
            if self._of != of:
                self._of, self._memory = of, Memory(megabytes << 20)
            return self._memory


def without_slack(text: bytes) -> bytes:
    """Return a copy that takes no more memory than its bytes: orjson leaves room behind those that it writes."""
    return bytes(memoryview(text))


_parts = OfOneVersion()


def memory_of(request) -> Memory:
    """Return what this process knows of the version of the data that the request speaks from, as of today.

    Nothing of what stood at a moment is among it: whole answers about the past are kept, and enough.
    """
    if "known_at" in request.GET or not settings.PLANWATCH_REMEMBERED_MEGABYTES:
        return NOTHING
    edition = version_for(request)
    # A page asks for every row.
    if getattr(request, "planwatch_memory", (None,))[0] is not edition:
        megabytes = settings.PLANWATCH_REMEMBERED_MEGABYTES
        request.planwatch_memory = edition, _parts.at(edition, megabytes)
    return request.planwatch_memory[1]
