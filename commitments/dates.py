"""Days as readers write them, with no more precision than a source gives."""

from __future__ import annotations

import datetime as dt
from calendar import month_abbr, month_name

from commitments.statuses import Precision


def in_short(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return “3 Dec 2021”, “Dec 2021” or “2021”, for tables."""
    return _written(day, precision, month_abbr)


def in_words(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return “3 December 2021”, “December 2021” or “2021”, for prose."""
    return _written(day, precision, month_name)


def _written(day: dt.date, precision: str, months) -> str:
    if precision == Precision.YEAR:
        return str(day.year)
    month = f"{months[day.month]} {day.year}"
    return month if precision == Precision.MONTH else f"{day.day} {month}"


def due_in_words(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return “End of 2024”, “End of December 2021” or “31 Dec 2024”: a due date is the end of what was named."""
    if precision == Precision.DAY:
        return in_short(day)
    return f"End of {in_words(day, precision)}"


def machine(day: dt.date, precision: str = Precision.DAY) -> str:
    """Return the value of <time datetime>: as much of the ISO date as is known."""
    return day.isoformat()[: {Precision.YEAR: 4, Precision.MONTH: 7}.get(precision, 10)]
