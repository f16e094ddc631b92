"""Clock check: whether this machine's clock may date a row of the public record."""

import datetime as dt
import logging
import time

from django.conf import settings
from django.core.management import CommandError
from django.db import connection
from django.utils import timezone

logger = logging.getLogger(__name__)

# Clocks are set right by less than this, and a record that is wrong by less misleads nobody.
TOLERANCE = dt.timedelta(minutes=10)
# A site that recorded nothing for longer is rarer than a clock that is wrong.
LONGEST_SILENCE = dt.timedelta(days=400)


class ImplausibleClock(CommandError):
    """The clock cannot be right. Commands end with its words, pages and API answer 503."""


def _uptime() -> float:
    """Return the seconds since a fixed moment, also while the machine slept, whatever the clock is set to."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


# Read once, when the process begins.
_BEGAN, _UPTIME_THEN = dt.datetime.now(dt.UTC), _uptime()


def public_moment(now: dt.datetime) -> dt.datetime:
    """Return how a moment is said in public: where PLANWATCH_PRIVATE_EDITORS is on, as the beginning of its day in UTC."""
    if not settings.PLANWATCH_PRIVATE_EDITORS:
        return now
    return dt.datetime.combine(now.astimezone(dt.UTC), dt.time(), tzinfo=dt.UTC)


def next_moment(last: dt.datetime | None) -> dt.datetime:
    """Return the moment of a write that follows one of `last`: never before it, so that the record keeps its order.

    Where moments are said as days, each write of a day still has a microsecond of its own: what was known when is read
    from it.
    """
    step = dt.timedelta(microseconds=int(settings.PLANWATCH_PRIVATE_EDITORS))
    now = public_moment(timezone.now())
    return max(now, last + step) if last else now


def require_plausible(last: dt.datetime | None) -> None:
    """Raise ImplausibleClock where nothing may be recorded after an entry of that moment; None is an empty record."""
    if words := doubt(last):
        logger.error("Nothing is recorded. %s", words)
        raise ImplausibleClock(words)


def doubt(last: dt.datetime | None) -> str:
    """Return in words why the clock cannot be right, with what to do, or "".

    Compared are the record's last moment, the time that this process has been running, and the clock of PostgreSQL. A
    clock within ten minutes of the last moment is always right: the last moment is repeated until the clock is past it.
    """
    now = timezone.now()
    if last and abs(now - last) <= TOLERANCE:
        return ""
    accepted = settings.PLANWATCH_CLOCK_ACCEPTED_UNTIL
    if accepted and max(now, last or now) <= accepted:
        return ""
    if last and last > now:
        return (
            f"The record ends at {last:%Y-%m-%dT%H:%MZ}, and the clock of this machine says {now:%Y-%m-%dT%H:%MZ}. "
            "Set the clock; if it is right, see docs/deploy.md, “A clock that is wrong”."
        )
    ahead = now - _BEGAN - dt.timedelta(seconds=_uptime() - _UPTIME_THEN)
    if ahead > TOLERANCE:
        return (
            f"The clock of this machine was moved ahead to {now:%Y-%m-%dT%H:%MZ} while the site was running. "
            "Set the clock, or restart the site if it is right."
        )
    if abs(now - (of_database := _database_clock(now))) > TOLERANCE:
        return (
            f"The clock of this machine says {now:%Y-%m-%dT%H:%MZ}, and that of the database "
            f"{of_database:%Y-%m-%dT%H:%MZ}. Set the one that is wrong."
        )
    if last and now - last > LONGEST_SILENCE:
        return (
            f"Nothing was recorded since {last:%Y-%m-%d}, and the clock of this machine says {now:%Y-%m-%d}. "
            f"If that is right, set PLANWATCH_CLOCK_ACCEPTED_UNTIL={now + dt.timedelta(days=1):%Y-%m-%d}."
        )
    return ""


def _database_clock(now: dt.datetime) -> dt.datetime:
    if connection.vendor != "postgresql":
        return now
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
