"""Querysets of sources and their link checks."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from commitments.choices import DEAD, LinkState
from commitments.querysets.sql import model_named
from planwatch.db.natural_keys import KeyQuerySet

# What the note of a source says of which no more than its opening was read.
OPENING_READ = r"opening (part|sections)|only the (title|introduction)"


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
        own = _public_citations()
        cited = Exists(own.filter(commitment=OuterRef("pk"), source=OuterRef("plan__document")))
        with_plan = model_named("Commitment").objects.published()
        with_plan = with_plan.filter(~cited, announced_on=F("plan__published_on"))
        # Asked of the few documents of plans alone.
        is_of_plan = Exists(model_named("Plan").objects.filter(document=OuterRef("pk")))
        of_plan = When(is_of_plan, then=_counted(with_plan, "plan__document", "pk"))
        return self.annotate(
            with_plan=Case(of_plan, default=0),
            named=_counted(own, "source") + F("with_plan"),
            stated=_counted(own.exclude(relation="reports"), "source") + F("with_plan"),
        )

    def with_uses(self) -> SourceQuerySet:
        """Count, for each source, the published commitments that it announces, restates, reports or evidences."""
        published = model_named("Commitment").objects.published()
        return self.annotate(
            **{
                relation: _counted(_public_citations().filter(relation=relation), "source")
                for relation in ("announces", "restates", "reports")
            },
            evidences=_counted(published, "status_changes__evidence__source", "pk"),
        )

    def in_use(self) -> SourceQuerySet:
        """Return the sources on which something published rests: a plan, a citation, evidence, a review, a link, a development
        or a status that it reports."""
        published = {"commitment__is_published": True}
        uses = [
            *(
                model_named(name).objects.filter(source=OuterRef("pk"), **published)
                for name in ("Citation", "Review", "ReportedStatus")
            ),
            model_named("Evidence").objects.filter(
                source=OuterRef("pk"), status_change__commitment__is_published=True
            ),
            model_named("CommitmentLink").objects.published().filter(source=OuterRef("pk")),
            model_named("Development").objects.published().filter(source=OuterRef("pk")),
            model_named("Plan").objects.filter(document=OuterRef("pk")),
        ]
        condition = Q()
        for rows in uses:
            condition |= Q(Exists(rows))
        return self.filter(condition)

    def with_dead_link(self) -> SourceQuerySet:
        """Keep the sources whose address did not lead to the document when it was last asked."""
        return self.filter(link_state__in=DEAD)

    def to_check(self, before: dt.datetime) -> SourceQuerySet:
        """Return the sources whose address was not asked since that moment, those never asked first."""
        due = Q(link_checked_at=None) | Q(link_checked_at__lt=before)
        rows = self.exclude(url="").filter(due)
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


def _public_citations() -> models.QuerySet:
    return model_named("Citation").objects.filter(commitment__is_published=True)


def _counted(rows: models.QuerySet, source: str, of: str = "commitment") -> Coalesce:
    """Return, as an expression on sources, how many commitments the rows name that have it as their `source`."""
    rows = rows.filter(**{source: OuterRef("pk")}).order_by().values(source)
    counted = rows.annotate(n=models.Count(of, distinct=True)).values("n")
    return Coalesce(Subquery(counted, output_field=models.IntegerField()), 0)


class SourceCheckQuerySet(models.QuerySet):
    def recorded(self) -> SourceCheckQuerySet:
        """Keep the checks that changed what readers are shown: those stand in the public record."""
        return self.filter(is_recorded=True)

    def latest_first(self) -> SourceCheckQuerySet:
        return self.order_by("-checked_at")
