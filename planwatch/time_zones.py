"""The calendar day of a time zone, and which days have begun anywhere on earth.

A deadline passes when its day is over where the promise was made, and a day lies in the future only while it has begun
nowhere. Zones are those of the time zone database (`zone.tab` of the tzdata package); a country of several zones begins
with that of its capital.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from django.utils import timezone

# The zone in which the day begins first: UTC+14, Kiribati's Line Islands.
EARLIEST = dt.timezone(dt.timedelta(hours=14))
# Countries whose capital does not lie in the zone that the database names first, and jurisdictions of their own.
CAPITALS = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "EU": "Europe/Brussels",
    "FM": "Pacific/Pohnpei",
    "PS": "Asia/Hebron",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
    "XK": "Europe/Belgrade",
}
# Everywhere, midnight falls on a quarter of an hour of UTC.
_QUARTER = dt.timedelta(minutes=15)


@cache
def time_zones() -> frozenset[str]:
    """Return the IANA time zones that a jurisdiction may have."""
    return frozenset({"UTC", *CAPITALS.values(), *(zone for _, zone in _rows())})


def _rows() -> list[tuple[str, str]]:
    """Return (country, zone) as the time zone database lists them."""
    lines = files("tzdata").joinpath("zoneinfo/zone.tab").read_text().splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [(country, zone) for country, _, zone, *_ in rows]


def zone_of(jurisdiction: str) -> str:
    """Return the IANA time zone of a code; a part of a country (CA-ON) has the country's, an unknown code UTC."""
    zones = dict(reversed(_rows())) | CAPITALS
    return zones.get(jurisdiction) or zones.get(jurisdiction.partition("-")[0], "UTC")


def day_in(zone: str | None, moment: dt.datetime | None = None) -> dt.date:
    """Return the calendar day of a time zone (None is UTC) at a moment; None is now."""
    return (moment or timezone.now()).astimezone(_zone(zone or "UTC")).date()


# ZoneInfo itself keeps eight, and reads the others from their files each time.
_zone = cache(ZoneInfo)


def other_days(moment: dt.datetime | None = None) -> Mapping[dt.date, tuple[str, ...]]:
    """Return the time zones whose day at a moment (None is now) is not that of UTC, under their day."""
    since = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return _other_days(since + ((moment or timezone.now()) - since) // _QUARTER * _QUARTER)


@lru_cache(maxsize=64)
def _other_days(moment: dt.datetime) -> dict[dt.date, tuple[str, ...]]:
    days: dict[dt.date, list[str]] = {}
    for zone in sorted(time_zones()):
        days.setdefault(day_in(zone, moment), []).append(zone)
    days.pop(moment.date(), None)
    return {day: tuple(zones) for day, zones in days.items()}


def days_in(zones: str) -> str:
    """Return the days now of UTC and of time zones (joined with commas): another text once any of them turns."""
    now = timezone.now()
    return " ".join(day_in(zone, now).isoformat() for zone in ("", *sorted(zones.split(","))))


def latest_day(moment: dt.datetime | None = None) -> dt.date:
    """Return the latest day that has begun anywhere on earth at a moment; None is now."""
    return (moment or timezone.now()).astimezone(EARLIEST).date()


def is_future(day: dt.date) -> bool:
    """Return whether a day has begun nowhere on earth yet."""
    return day > latest_day()
