"""Events as finished words: what happened on a day, who said so, and which commitments it concerns."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.choices import Status
from commitments.models import Commitment, Development, Plan, Source, StatusChange
from commitments.querysets.news import steps_of
from planwatch.web.text import isolated

NAMES = {
    "status": gettext_lazy("Status changes"),
    "development": gettext_lazy("Developments"),
    "document": gettext_lazy("Documents"),
    "due": gettext_lazy("Due dates"),
}
# So many commitments are named with an event; the rest are counted.
NAMED = 3
# So many due dates to come are shown.
AHEAD = 5


@dataclass
class NewsItem:
    """An event. `told` is its sentence: that of a document is ours, the others are words of the record."""

    kind: str
    pk: int
    day: dt.date
    precision: str
    told: str
    status: str = ""
    previous: str = ""
    bearing: str = ""
    bearing_label: str = ""
    sources: list[Source] = field(default_factory=list)
    commitments: list[Commitment] = field(default_factory=list)
    document: Source | None = None
    recorded_at: dt.datetime | None = None
    plan: Plan | None = None

    @property
    def heading(self) -> str:
        """What it is, in a word or two: the status that it led to, its bearing, or its kind."""
        if self.kind == "status":
            return Status(self.status).label
        headings = {"document": gettext_lazy("Document"), "due": gettext_lazy("Due date")}
        return self.bearing_label or headings[self.kind]

    @property
    def named(self) -> list[Commitment]:
        return self.commitments[:NAMED]

    @property
    def unnamed(self) -> int:
        return len(self.commitments) - len(self.named)

    @property
    def month(self) -> dt.date:
        return self.day.replace(day=1)


def newest(commitments: QuerySet, until: dt.date, most: int) -> list[NewsItem]:
    """Return the latest changes of status and developments up to a day, in two queries."""
    steps = steps_of(commitments, until).order_by("-effective_on", "pk").values("pk")[:most]
    reports = Development.objects.published().reported_by(until).on_any(commitments)
    found = [*_steps(steps), *_developments(reports.read(most))]
    return sorted(found, key=lambda item: (-item.day.toordinal(), item.kind, item.pk))[:most]


def items(found: Iterable[tuple[str, int, dt.date]], commitments: QuerySet) -> list[NewsItem]:
    """Return events, each as (kind, number of its row, day), with their words, in their order, in one query or two a kind."""
    return items_and_ahead(found, commitments, None)[0]


def items_and_ahead(
    found: Iterable[tuple[str, int, dt.date]], commitments: QuerySet, day: dt.date | None
) -> tuple[list[NewsItem], list[NewsItem]]:
    """Return `items`, and the next due dates of open commitments from a day on, the nearest first."""
    found = list(found)
    numbers = defaultdict(list)
    for kind, pk, _day in found:
        numbers[kind].append(pk)
    made = []
    if pks := numbers["status"]:
        made += _steps(pks)
    if pks := numbers["development"]:
        made += _developments(Development.objects.filter(pk__in=pks).read(len(pks)))
    if pks := numbers["document"]:
        made += _documents(pks)
    due = _due(commitments, numbers["due"], day) if numbers["due"] or day else []
    by_key = {(item.kind, item.pk): item for item in [*made, *due]}
    wanted = [(kind, pk) for kind, pk, _day in found]
    coming = [item for item in due if (item.kind, item.pk) not in wanted]
    return [by_key[key] for key in wanted if key in by_key], coming


def by_month(news: Iterable[NewsItem]) -> list[tuple[dt.date, list[NewsItem]]]:
    """Return (first day of the month, its events) in the order of the events."""
    return [(month, list(group)) for month, group in groupby(news, key=lambda item: item.month)]


def _steps(pks):
    steps = StatusChange.objects.filter(pk__in=pks).with_previous_status()
    for row in steps.read_with_evidence("commitment__plan"):
        yield NewsItem(
            "status",
            row.pk,
            row.effective_on,
            row.precision,
            row.explanation,
            status=row.status,
            previous=row.previous_status or "",
            sources=[each.source for each in row.evidence.all()],
            commitments=[row.commitment],
            recorded_at=row.recorded_at,
            plan=row.commitment.plan,
        )


def _developments(rows):
    for row in rows:
        yield NewsItem(
            "development",
            row.pk,
            row.reported_on,
            row.precision,
            row.sentence,
            bearing=row.bearing,
            bearing_label=row.get_bearing_display(),
            sources=[row.source],
            commitments=[each.commitment for each in row.commitment_rows.all()],
            recorded_at=row.recorded_at,
            plan=row.seen_from,
        )


def _documents(pks):
    for row in Source.objects.filter(pk__in=pks):
        told = _("%(publisher)s published “%(title)s”.")
        told %= {"publisher": isolated(row.publisher), "title": isolated(row.title.rstrip("."))}
        yield NewsItem(
            "document",
            row.pk,
            row.published_on,
            row.precision,
            told,
            sources=[row],
            document=row,
        )


def _due(commitments, pks, day):
    wanted = Q(pk__in=pks)
    if day:
        coming = commitments.filter(due_on__gte=day, is_open=True).order_by("due_on", "code")
        wanted |= Q(pk__in=coming.values("pk")[:AHEAD])
    return [
        NewsItem(
            "due",
            row.pk,
            row.due_on,
            row.due_precision,
            "",
            status=row.effective_status,
            commitments=[row],
        )
        for row in commitments.filter(wanted).order_by("due_on", "code")
    ]
