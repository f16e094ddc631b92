"""Querysets of sources and their link checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import models
from django.db.models import (
    Exists,
    F,
    OuterRef,
    Q,
)

from commitments.choices import DEAD, LinkState
from commitments.querysets.sql import BEARS_ON_PUBLISHED, Written, model_named
from planwatch.db.natural_keys import KeyQuerySet

# What the note of a source says of which no more than its opening was read.
OPENING_READ = r"opening (part|sections)|only the (title|introduction)"


_OF_PUBLISHED = (
    "JOIN commitments_commitment told ON told.id = used.commitment_id AND told.is_published"
)
# What may rest on the source {0}, as conditions in SQL.
_USES = (
    *(
        f"EXISTS (SELECT 1 FROM commitments_{table} used {_OF_PUBLISHED} WHERE used.source_id = {{0}})"
        for table in ("citation", "review", "reportedstatus")
    ),
    "EXISTS (SELECT 1 FROM commitments_evidence shown JOIN commitments_statuschange used "
    f"ON used.id = shown.status_change_id {_OF_PUBLISHED} WHERE shown.source_id = {{0}})",
    """EXISTS (SELECT 1 FROM commitments_commitmentlink link
    JOIN commitments_commitment earlier ON earlier.id = link.earlier_id AND earlier.is_published
    JOIN commitments_commitment later ON later.id = link.later_id AND later.is_published
    WHERE link.source_id = {0})""",
    f"""EXISTS (SELECT 1 FROM commitments_development reported
    WHERE reported.source_id = {{0}} AND {BEARS_ON_PUBLISHED.format("reported.id")})""",
    "EXISTS (SELECT 1 FROM commitments_plan plan WHERE plan.document_id = {0})",
)


def _counted(rows: str, of: str = "used.commitment_id") -> Written:
    """Return how many commitments these rows name, as SQL."""
    text = f"(SELECT count(DISTINCT {of}) FROM {rows})"
    return Written(text, "pk", output_field=models.IntegerField())


def _cited(where: str = "") -> Written:
    return _counted(
        f"commitments_citation used {_OF_PUBLISHED} WHERE used.source_id = {{0}} {where}"
    )


class SourceQuerySet(KeyQuerySet):
    def holding(self, words: str) -> SourceQuerySet:
        """Keep the sources that hold every word in title, publisher, author, address or short name; the newest first."""
        rows = self.order_by("-published_on", "slug")
        for word in words[:500].replace("\0", "").split()[:10]:
            rows = rows.filter(
                Q(title__icontains=word)
                | Q(publisher__icontains=word)
                | Q(author__icontains=word)
                | Q(url__icontains=word)
                | Q(slug__icontains=word)
            )
        return rows

    def with_named(self) -> SourceQuerySet:
        """Count the published commitments that each document names (see `named_in`), and those it states itself.

        `named` counts all, `stated` those that it announces or restates, or that were announced with its plan.
        """
        with_plan = _counted(
            """commitments_commitment promised JOIN commitments_plan own ON own.id = promised.plan_id
            WHERE own.document_id = {0} AND promised.is_published
            AND promised.announced_on = own.published_on AND NOT EXISTS (
                SELECT 1 FROM commitments_citation cited
                WHERE cited.commitment_id = promised.id AND cited.source_id = {0})""",
            "promised.id",
        )
        return self.annotate(
            with_plan=with_plan,
            named=_cited() + F("with_plan"),
            stated=_cited("AND used.relation <> 'reports'") + F("with_plan"),
        )

    def with_uses(self) -> SourceQuerySet:
        """Count, for each source, the published commitments that it announces, restates, reports or evidences."""

        relations = ("announces", "restates", "reports")
        return self.annotate(
            **{name: _cited(f"AND used.relation = '{name}'") for name in relations},
            evidences=_counted(
                "commitments_evidence shown JOIN commitments_statuschange used "
                f"ON used.id = shown.status_change_id {_OF_PUBLISHED} WHERE shown.source_id = {{0}}"
            ),
        )

    def in_use(self, apart_from: Collection[int] = ()) -> SourceQuerySet:
        """Return the sources on which something published rests: a plan, a citation, evidence, a review, a link, a development
        or a status that it reports. `apart_from` are commitments (numbers) whose own uses do not count."""
        numbers = ", ".join(str(int(number)) for number in apart_from) or "NULL"
        others = f"told.is_published AND told.id NOT IN ({numbers})"
        uses = [use.replace("told.is_published", others) if apart_from else use for use in _USES]
        return self.filter(Written(f"({' OR '.join(uses)})", "pk"))

    def with_dead_link(self) -> SourceQuerySet:
        """Keep the sources whose address did not lead to the document when it was last asked."""
        return self.filter(link_state__in=DEAD)

    def to_check(self, before: dt.datetime) -> SourceQuerySet:
        """Return the sources whose address was not asked since that moment, those never asked first.

        Pages of this site are not asked: answers of agencies that were published.
        """
        due = Q(link_checked_at=None) | Q(link_checked_at__lt=before)
        rows = self.exclude(url="").exclude(round_answer__isnull=False).filter(due)
        return rows.order_by(F("link_checked_at").asc(nulls_first=True), "slug")

    def read_in_part(self) -> SourceQuerySet:
        """Keep those of which no more than an opening or a headline was read, by their notes and locators."""
        uses = [
            model_named(name).objects.filter(source=OuterRef("pk"))
            for name in ("Citation", "Evidence")
        ]
        places = [rows.filter(locator__iregex=r"^(headline|title|opening|teaser)") for rows in uses]
        return self.filter(Q(note__iregex=OPENING_READ) | Exists(places[0]) | Exists(places[1]))

    def count_by_link_state(self) -> dict[str, int]:
        """Count the sources that have an address by the state of their link; every state is named."""
        rows = self.exclude(url="").order_by().values_list("link_state")
        return dict.fromkeys(LinkState.values, 0) | dict(rows.annotate(n=models.Count("pk")))


class SourceCheckQuerySet(models.QuerySet):
    def recorded(self) -> SourceCheckQuerySet:
        """Keep the checks that changed what readers are shown: those stand in the public record."""
        return self.filter(is_recorded=True)

    def latest_first(self) -> SourceCheckQuerySet:
        return self.order_by("-checked_at")
