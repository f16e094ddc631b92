"""Database errors as 503: which errors are outages, when to retry, and the message."""

import errno
import sqlite3
import sys
from enum import Enum

import psycopg2
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext_lazy

from planwatch.db.clock import ImplausibleClock


class Outage(Enum):
    """A failure that passes without anybody changing the request: its words, and the seconds until asking again pays."""

    AWAY = (gettext_lazy("The database does not answer at the moment."), 10)
    BUSY = (gettext_lazy("Too many are writing at the moment."), 2)
    FULL = (gettext_lazy("The disk is full: nothing can be saved until there is room again."), 60)
    READ_ONLY = (gettext_lazy("Nothing can be saved at the moment; reading goes on."), 60)
    CLOCK = (
        gettext_lazy(
            "The clock of the server is wrong, so nothing can be saved at the moment; reading goes on."
        ),
        60,
    )
    # Codes that were used and wrong ones are kept in the cache: without it a code could be guessed or used twice.
    UNCOUNTED = (
        gettext_lazy(
            "Attempts to sign in cannot be counted at the moment, so none is taken; reading goes on."
        ),
        10,
    )

    def __init__(self, words, retry_after: int):
        self.words, self.retry_after = words, retry_after


# Primary result codes of SQLite. Others, such as a wrong statement, are a fault of the code and stay one.
_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: Outage.BUSY,
    sqlite3.SQLITE_LOCKED: Outage.BUSY,
    sqlite3.SQLITE_READONLY: Outage.READ_ONLY,
    sqlite3.SQLITE_IOERR: Outage.AWAY,
    sqlite3.SQLITE_FULL: Outage.FULL,
    sqlite3.SQLITE_CANTOPEN: Outage.AWAY,
}
# SQLSTATEs of PostgreSQL by their beginning, the longer ones first.
_OF_POSTGRESQL = {
    "25006": Outage.READ_ONLY,
    "53100": Outage.FULL,
    "55P03": Outage.BUSY,
    "57014": Outage.BUSY,
    "08": Outage.AWAY,
    "40": Outage.BUSY,
    "53": Outage.AWAY,
    "57": Outage.AWAY,
    "58": Outage.AWAY,
}
_OF_DISK = {errno.ENOSPC: Outage.FULL, errno.EDQUOT: Outage.FULL, errno.EROFS: Outage.READ_ONLY}


def _is_of_the_cache(error: BaseException | None) -> bool:
    # The library takes several megabytes. Where nobody has imported it, nobody can have raised its error.
    redis = sys.modules.get("redis")
    of_redis = redis is not None and isinstance(error, redis.RedisError)
    # Django wraps the errors of the database; what comes as it is comes from the cache on the disk.
    return of_redis or isinstance(error, sqlite3.Error)


def outage_of(error: BaseException | None) -> Outage | None:
    """Return the outage that an exception tells of; None where it is a fault of the code or of the request."""
    if isinstance(error, ImplausibleClock):
        return Outage.CLOCK
    if _is_of_the_cache(error):
        return Outage.UNCOUNTED
    if isinstance(error, OSError):
        return _OF_DISK.get(error.errno)
    if not isinstance(error, (DatabaseError, InterfaceError)):
        return None
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return _OF_SQLITE.get((getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF)
    if isinstance(cause, psycopg2.Error) and cause.pgcode:
        return next(
            (found for state, found in _OF_POSTGRESQL.items() if cause.pgcode.startswith(state)),
            None,
        )
    # A connection that broke off has no state to tell; psycopg2 says so by several classes.
    lost = (psycopg2.OperationalError, psycopg2.InterfaceError)
    broke_off = isinstance(cause, lost) or type(cause) is psycopg2.DatabaseError
    return Outage.AWAY if broke_off or isinstance(error, InterfaceError) else None
