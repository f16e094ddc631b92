"""Questions still open: what the latest review of a commitment looked for and did not find."""

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext

from commitments.models import CommitmentAgency, Review

# How a review says what it did not find; where it looked follows in sentences of its own.
MARK = "Not found in the sources read:"
_STATED = re.compile(rf"{re.escape(MARK)}\s+(?P<what>.+?)(?:\.\s+(?P<looked>[A-Z].*)|\.?)$", re.S)


@dataclass(frozen=True)
class Question:
    """What was not found about a commitment, where and when it was looked for, and who leads it."""

    code: str
    title: str
    what: str
    looked: str
    reviewed_on: dt.date
    leads: tuple[tuple[str, str], ...]  # (slug, name)

    @property
    def sentence(self) -> str:
        return f"{self.what[:1].upper()}{self.what[1:]}."

    @property
    def asked(self) -> str:
        """Who is asked first."""
        return "; ".join(name for _, name in self.leads) or gettext("No lead agency named")


def reviews_with_questions(commitments: QuerySet, day: dt.date) -> QuerySet:
    """Return the latest standing review of each commitment by a day, where it says what was not found; by code."""
    rows = Review.objects.latest_by(day).filter(note__contains=MARK)
    return rows.filter(commitment__in=commitments.order_by().values("pk")).order_by(
        "commitment__code"
    )


def stated(reviews: QuerySet) -> list[tuple[Review, str, str]]:
    """Return the reviews, of which the commitment is fetched, each with what was not found and where it was looked for."""
    found = ((row, _STATED.search(row.note)) for row in reviews.select_related("commitment"))
    return [(row, match["what"], match["looked"] or "") for row, match in found if match]


def questions_of(reviews: QuerySet) -> list[Question]:
    """Return the questions of reviews, each with who leads the commitment, in two queries."""
    rows, leads = stated(reviews), defaultdict(list)
    roles = CommitmentAgency.objects.filter(commitment__in=[row.commitment_id for row, *_ in rows])
    roles = roles.filter(role="lead").values_list("commitment", "agency__slug", "agency__name")
    for pk, *agency in roles:
        leads[pk].append(tuple(agency))
    return [
        Question(
            row.commitment.code,
            row.commitment.title,
            what,
            looked,
            row.reviewed_on,
            tuple(leads[row.commitment_id]),
        )
        for row, what, looked in rows
    ]
