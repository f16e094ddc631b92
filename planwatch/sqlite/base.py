"""Django's SQLite, in which writers wait in line, whatever threads and processes they are in.

SQLite lets a waiting writer sleep longer and longer between two looks at the lock, so whoever has just let go of it takes
it again, and the others starve. Here only the first in line looks, evenly and often; the others wait for the line itself,
a file that the kernel locks, and frees when its holder dies. Who comes back goes to its end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator

from django.db.backends.sqlite3 import base

# Seconds between two looks: a small part of a write.
LOOK_AGAIN = 0.0005


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        """Begin a transaction; raise OperationalError if the lock was not to be had within the OPTIONS' `timeout`."""
        if self.transaction_mode != "IMMEDIATE" or self.is_in_memory_db():
            super()._start_transaction_under_autocommit()
            return
        patience = self.settings_dict["OPTIONS"].get("timeout", 5)
        until = time.monotonic() + patience
        with self.wrap_database_errors, _first_in_line(f"{self.settings_dict['NAME']}-line"):
            self.connection.execute("PRAGMA busy_timeout = 0")
            try:
                self._begin(until)
            finally:
                self.connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")

    def _begin(self, until: float) -> None:
        while True:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() > until:
                    raise
            time.sleep(LOOK_AGAIN)


@contextlib.contextmanager
def _first_in_line(path: str) -> Iterator[None]:
    """Wait until everybody who came before has the lock of the database, or has given up."""
    try:
        line = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError:
        # Where no file can be made there is nothing to write either: let SQLite say so.
        yield
        return
    try:
        fcntl.flock(line, fcntl.LOCK_EX)
        yield
    finally:
        os.close(line)
