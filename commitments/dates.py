"""Date formats, with no more precision than a source gives."""

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from django.utils import formats
from django.utils.translation import get_language, gettext

from commitments.choices import Precision
from commitments.statuses import first_day

_WRITTEN = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


class PartialDate(NamedTuple):
    """A day, with no more precision than was written."""

    day: dt.date
    precision: str


def read_date(value: object, precision: str | None = None) -> PartialDate:
    """Read a date as precise as it is known: `2026`, `2026-06` or `2026-06-15`, as text, a number or a day.

    `precision` (day, month, year) is given with it; without one, or with an empty one, it follows from the
    text. Of a month or a year the first day is returned. Raises ValueError, with words for its writer, for
    anything else and for a precision finer than the text.
    """
    if isinstance(value, dt.date):
        # A moment is a day, too.
        text = value.isoformat()[:10]
    else:
        text = "" if isinstance(value, bool) else str(value).strip()
    try:
        if not _WRITTEN.fullmatch(text):
            raise ValueError
        day = dt.date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError as error:
        raise ValueError(
            gettext(
                "“{text}” is not a date. Write 2024-02-14, or 2024-02 or 2024 where no more is known."
            ).format(text=str(value)[:40])
        ) from error
    written = {4: Precision.YEAR, 7: Precision.MONTH}.get(len(text), Precision.DAY)
    precision = precision or written.value
    if precision not in Precision.values:
        raise ValueError(gettext("Choose day, month or year."))
    order = list(Precision)
    if order.index(precision) < order.index(written):
        raise ValueError(
            gettext("“{text}” is less exact than its precision, “{precision}”.").format(
                text=text, precision=precision
            )
        )
    return PartialDate(first_day(day, precision), precision)


def in_short(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return “Dec. 3, 2021”, “Dec. 2021” or “2021”, for tables, in the reader's language like everything here."""
    return _written(get_language(), day, precision, "SHORT_")


def in_words(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return “Dec. 3, 2021”, “December 2021” or “2021”, for prose."""
    return _written(get_language(), day, precision)


def since_in_words(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return the same for after “since”: other languages put an article before a day."""
    return _written(get_language(), day, precision, "SINCE_" if precision == Precision.DAY else "")


# The days of a page are few and come again and again.
@lru_cache(maxsize=2000)
def _written(language: str, day: dt.date, precision: str, style: str = "") -> str:
    if precision == Precision.YEAR:
        return str(day.year)
    name = "YEAR_MONTH_FORMAT" if precision == Precision.MONTH else "DATE_FORMAT"
    return formats.date_format(day, style + name)


def written_later(
    moment: dt.datetime, as_of: dt.date | None, write: Callable[[dt.date], str] = in_short
) -> str:
    """Return “Written later, on Nov. 30, 2026” of a text that was written after the past day that is viewed, or ""."""
    day = moment.astimezone(dt.UTC).date()
    if as_of is None or day <= as_of:
        return ""
    return gettext("Written later, on {day}").format(day=write(day))


def due_in_words(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return “End of 2024”, “End of December 2021” or “Dec. 31, 2024”: a due date is the end of what was named."""
    if precision == Precision.DAY:
        return in_short(day)
    return gettext("End of {period}").format(period=in_words(day, precision))


def machine(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return the value of <time datetime>: as much of the ISO date as is known."""
    return day.isoformat()[: {Precision.YEAR: 4, Precision.MONTH: 7}.get(precision, 10)]
