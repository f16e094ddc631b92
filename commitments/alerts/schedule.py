"""Schedule of digests: when a subscriber is next due."""

import datetime as dt

from commitments.choices import Frequency

# Early in Europe, late in the evening before on the American west coast: with the day's first mail in both.
HOUR = dt.time(6, tzinfo=dt.UTC)
MONDAY = 0


def next_time(rhythm: str, now: dt.datetime) -> dt.datetime:
    """Return when a follower is told next: at once, the next morning, or the next Monday morning (UTC)."""
    if rhythm == Frequency.IMMEDIATE:
        return now
    day = now.astimezone(dt.UTC).date()
    if dt.datetime.combine(day, HOUR) <= now:
        day += dt.timedelta(days=1)
    if rhythm == Frequency.WEEKLY:
        day += dt.timedelta(days=(MONDAY - day.weekday()) % 7)
    return dt.datetime.combine(day, HOUR)
