"""Sources of a commitment, and what each is cited for."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext

from commitments.choices import Origin, counted
from commitments.models import CitationRelation
from commitments.querysets.sql import was_published
from commitments.status_rules import KnownHistory


@dataclass
class Cited:
    """A source, and everything that it does for a commitment: (what, where, note)."""

    source: object
    uses: list[tuple[str, str, str]] = field(default_factory=list)


def sources_of(
    commitment, seen: KnownHistory, reports: Iterable = (), own_words: Iterable = (), as_of=None
) -> list[Cited]:
    """Return every source of a commitment once, oldest first, undated last, with what it announces, reports or shows."""
    found: dict[int, Cited] = {}

    def add(source, what, where, note=""):
        uses = found.setdefault(source.pk, Cited(source)).uses
        if (what, where, note) not in uses:
            uses.append((what, where, note))

    for citation in commitment.cited_in:
        if was_published(citation.source.published_on, by=as_of):
            what = CitationRelation(citation.relation).label.lower()
            add(citation.source, what, citation.locator, citation.note)
    for step in seen.steps:
        for evidence in step.evidence.all():
            words = gettext("evidence for step {seq}")
            if step.seq in seen.struck:
                words = gettext("evidence for step {seq}, struck out")
            what = words.format(seq=step.seq)
            add(evidence.source, what, evidence.locator, evidence.note)
    for review in seen.reviews:
        if review.source and review.pk not in seen.retracted:
            add(review.source, gettext("read for a check"), review.locator)
    for report in reports:
        add(report.source, gettext("bears on it"), report.locator)
    for row in own_words:
        add(row.source, gettext("gives the government’s word for its status"), row.locator)
    return sorted(
        found.values(),
        key=lambda item: (item.source.published_on or dt.date.max, item.source.slug),
    )


def origins_in_words(evidence: Iterable) -> str:
    """Return who speaks in the evidence: “1 independent, 2 official”; "" without any."""
    counts = Counter(item.origin for item in evidence)
    origins = (Origin.INDEPENDENT, Origin.OFFICIAL, Origin.ADVOCACY)
    return ", ".join(
        f"{counts[origin]} {counted(origin, counts[origin])}"
        for origin in origins
        if counts[origin]
    )


def announcement_of(commitment):
    """Return the citation that announces the commitment: an official one if there is, the earliest first; or None."""
    announcing = [row for row in commitment.cited_in if row.relation == CitationRelation.ANNOUNCES]
    return min(
        announcing,
        key=lambda row: (
            row.origin != Origin.OFFICIAL,
            row.source.published_on or dt.date.max,
        ),
        default=None,
    )


def by_relation(citations: Iterable, rows: dict[int, object]) -> list[tuple[str, list]]:
    """Return (relation, [(commitment, citation)]) of a source, in the order announces, restates, reports."""
    found = [(relation.label, []) for relation in CitationRelation]
    places = dict(zip(CitationRelation, found, strict=True))
    for citation in citations:
        if citation.commitment_id in rows:
            places[citation.relation][1].append((rows[citation.commitment_id], citation))
    return [group for group in found if group[1]]
