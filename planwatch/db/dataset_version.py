"""Dataset version of a response: read once per request, which also decides which database answers."""

import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, InterfaceError, OperationalError, connections, transaction
from django.utils import timezone

from planwatch.db import site_data
from planwatch.db.clock import public_moment
from planwatch.db.replicas import PRIMARY, STANDBY, reading_from, settle
from planwatch.time_zones import days_in
from planwatch.web.public import is_public_read

logger = logging.getLogger(__name__)

# What a standby shows before the primary does is there a moment later. What is not there after so many seconds was
# lost with a primary, and is not waited for again.
PATIENCE = 1
_EDITION = """SELECT seq, hash, changed_at, (SELECT {} FROM agencies_jurisdiction),
        head.size, head.signed_at, (SELECT max(id) FROM commitments_cosignature),
        (SELECT max(id) FROM commitments_anchor),
        (SELECT recorded_at FROM commitments_change WHERE seq = 1), {}
    FROM commitments_datasetversion AS version LEFT JOIN commitments_site AS site ON 1 = 1
    LEFT JOIN commitments_signedhead AS head ON head.size = (SELECT max(size) FROM commitments_signedhead)
    WHERE version.id = 1"""
_SITE = ", ".join(f"site.{name}" for name in site_data.COLUMNS)
_ZONES = {
    "sqlite": "group_concat(DISTINCT time_zone)",
    "postgresql": "string_agg(DISTINCT time_zone, ',')",
}


@dataclass(frozen=True)
class Version:
    """The number of the latest record row, its hash, and when it was written (None before the first).

    `zones` are the time zones of all jurisdictions, joined with commas: by their days it shows what is late. `head` is how
    many rows the latest signed head covers, `cosigned` and `anchored` the numbers of the latest cosignature and anchor, and `begun_at` the moment of the
    record’s first row; None for none.
    """

    version: int
    hash: str
    changed_at: dt.datetime | None
    zones: str | None = None
    head: int | None = None
    head_signed_at: dt.datetime | None = None
    cosigned: int | None = None
    anchored: int | None = None
    begun_at: dt.datetime | None = None

    @property
    def days(self) -> str:
        """Return a text that is another one once the day has turned anywhere where something is due, or in UTC."""
        return days_in(self.zones or "")


def version_for(request) -> Version:
    """Return the dataset version, from the database the first time that a request asks."""
    if not hasattr(request, "planwatch_edition"):
        request.planwatch_edition = (
            _chosen(is_public_read(request)) if _has_standbys() else _latest(PRIMARY)
        )
    return request.planwatch_edition


def refresh_version(request) -> Version:
    """Return the dataset version that the database holds now, and let the rest of the request speak of it."""
    request = getattr(request, "_request", request)
    request.planwatch_edition = _latest(reading_from())
    if _has_standbys():
        _highest(request.planwatch_edition.version, certain=reading_from() == PRIMARY)
    return request.planwatch_edition


def is_settled(moment: dt.datetime) -> bool:
    """Return whether no write to come is dated at a past moment or before; where editors write by days one may be."""
    if not settings.PLANWATCH_PRIVATE_EDITORS or moment < public_moment(timezone.now()):
        return True
    last = _latest(reading_from()).changed_at
    return last is not None and moment <= last


def monotonic_reads(get_response):
    """Let each request read where nobody has been shown more, and who reads next find what it wrote.

    The first dataset version that a request reads settles its database: a standby, where it holds at least the version that
    anybody was shown before, on whichever machine; else the primary. Everything after it comes from the same one.
    """

    def middleware(request):
        settle(PRIMARY)
        response = get_response(request)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            # What was written stays written, also where it cannot be told.
            with suppress(DatabaseError, InterfaceError):
                refresh_version(request)
        return response

    return middleware


def _has_standbys() -> bool:
    return STANDBY in settings.DATABASES


def _chosen(from_standby: bool) -> Version:
    if from_standby:
        # A standby that does not answer is done without.
        with suppress(DatabaseError, InterfaceError):
            edition = _latest(STANDBY)
            highest = _highest(edition.version)
            if highest is not None and highest <= edition.version:
                settle(STANDBY)
                return edition
    return _of_the_primary()


def _of_the_primary() -> Version:
    patience = time.monotonic() + PATIENCE
    while True:
        edition = _latest(PRIMARY)
        highest = _highest(edition.version, certain=True)
        if highest is None or highest <= edition.version:
            return edition
        if time.monotonic() > patience:
            logger.error(
                "Version %s was shown and is lost; the primary holds %s.", highest, edition.version
            )
            _highest(edition.version, anew=True)
            return edition
        time.sleep(0.01)


def _highest(version: int, *, certain: bool = False, anew: bool = False) -> int | None:
    """Raise the highest version that anybody was shown to this one, if it is higher, and return it.

    Where none was given yet, only a `certain` one is taken, and None returned for another, as where Redis does not
    answer. `anew` forgets what was given before.
    """
    cache, raised = caches["default"], {} if anew else {"gt": True, "xx": not certain}
    name = cache.make_key("highest version")
    try:
        with cache._cache.get_client(name, write=True).pipeline(transaction=False) as asked:
            found = asked.zadd(name, {"version": version}, **raised).zscore(name, "version")
            highest = found.execute()[1]
    except Exception:
        logger.warning("Nobody can say what was shown; the primary answers.", exc_info=True)
        return None
    return None if highest is None else int(highest)


def _latest(alias: str) -> Version:
    connection = connections[alias]
    # Asked first in every request, so this query is also what tells whether the connection still stands.
    connection.health_check_done = True
    try:
        return _read(connection)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _read(connection)


def _read(connection) -> Version:
    # As SQL it costs a fifth of what a queryset does.
    with connection.cursor() as cursor:
        cursor.execute(_EDITION.format(_ZONES[connection.vendor], _SITE))
        row = cursor.fetchone()
    version, sealed, changed_at, zones, head, signed_at, cosigned, anchored, begun_at, *site = row
    site_data.keep(site)
    return Version(
        version,
        sealed,
        *(_moment(changed_at), zones, head, _moment(signed_at), cosigned, anchored),
        _moment(begun_at),
    )


def _moment(value: dt.datetime | str | None) -> dt.datetime | None:
    """Return a moment as a database gives it; SQLite's is a text, or without a time zone, in UTC."""
    value = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return value and value.replace(tzinfo=value.tzinfo or dt.UTC)


@contextmanager
def snapshot() -> Iterator[None]:
    """Let every read inside see the data as they stand at the first one, whatever writers do meanwhile.

    Reading only. No writer waits for it: on SQLite it takes no lock that writers need, which `atomic` would. Inside a
    transaction that is already open, that transaction decides what is seen.
    """
    connection = connections[reading_from()]
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # To compile a long query takes longer than it saves.
            cursor.execute("SET LOCAL jit = off")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
