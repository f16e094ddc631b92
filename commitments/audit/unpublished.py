"""Notice of an unpublished commitment, for its 410 response."""

import datetime as dt
from dataclasses import dataclass

from commitments.known_at import known_at
from commitments.models import Change, Commitment


@dataclass(frozen=True)
class Notice:
    """The code, the day of unpublishing in UTC, the public reason, and the number of the record's row about it."""

    code: str
    unpublished_on: dt.date
    reason: str
    seq: int


def notice_of(code: str) -> Notice | None:
    """Return the notice of an unpublished commitment; None for what is public, never was, or does not exist."""
    with known_at(None):
        commitment = Commitment.objects.filter(code=code.upper(), is_published=False).first()
        row = commitment and Change.objects.unpublishing_of(commitment)
    if not row:
        return None
    day = row.recorded_at.astimezone(dt.UTC).date()
    return Notice(commitment.code, day, row.after.get("reason", ""), row.seq)
