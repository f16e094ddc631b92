"""Django cache in a folder that all processes of one machine share."""

import sqlite3

from diskcache import DjangoCache
from django.core.cache.backends.base import DEFAULT_TIMEOUT


class DiskCache(DjangoCache):
    """DiskCache that fails at once instead of retrying without end while its folder is full or read-only.

    A value that could not be stored raises sqlite3.OperationalError, so that nothing that must be counted is passed over.
    """

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        return super().add(key, value, timeout, version, retry=False)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        if not super().set(key, value, timeout, version, retry=False):
            raise sqlite3.OperationalError("The cache is locked.")
        return True

    def incr(self, key, delta=1, version=None):
        """Add to a number in one atomic step and return it. Raises ValueError for a key that is not there."""
        number = super().incr(key, delta, version, retry=False)
        if number is None:
            raise sqlite3.OperationalError("The cache is locked.")
        return number

    def touch(self, key, timeout=DEFAULT_TIMEOUT, version=None):
        return super().touch(key, timeout, version, retry=False)

    def delete(self, key, version=None):
        return super().delete(key, version, retry=False)

    def close(self, **kwargs):
        """Keep the files open between requests; Django closes its caches after each."""
