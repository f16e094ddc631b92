"""Days as readers write them, with no more precision than a source gives."""

from __future__ import annotations

import datetime as dt

from django.utils.dateformat import format as written
from django.utils.translation import gettext, pgettext

from commitments.statuses import Precision


def in_short(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return “3 Dec 2021”, “Dec 2021” or “2021”, for tables, in the reader's language like everything here."""
    if precision == Precision.YEAR:
        return str(day.year)
    if precision == Precision.MONTH:
        return written(day, pgettext("format of a month in tables", "M Y"))
    return written(day, pgettext("format of a day in tables", "j M Y"))


def in_words(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return “3 December 2021”, “December 2021” or “2021”, for prose."""
    if precision == Precision.YEAR:
        return str(day.year)
    if precision == Precision.MONTH:
        return written(day, pgettext("format of a month in prose", "F Y"))
    return written(day, pgettext("format of a day in prose", "j F Y"))


def due_in_words(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return “End of 2024”, “End of December 2021” or “31 Dec 2024”: a due date is the end of what was named."""
    if precision == Precision.DAY:
        return in_short(day)
    return gettext("End of {period}").format(period=in_words(day, precision))


def machine(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return the value of <time datetime>: as much of the ISO date as is known."""
    return day.isoformat()[: {Precision.YEAR: 4, Precision.MONTH: 7}.get(precision, 10)]
