"""Querysets of status changes, reviews, lineage and proposals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import models
from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    When,
)
from django.db.models.lookups import LessThanOrEqual

from commitments.querysets.commitments import CommitmentQuerySet
from commitments.querysets.sql import STRUCK, Likely, Written, model_named
from commitments.statuses import START
from planwatch.db.natural_keys import KeyQuerySet


class StatusChangeQuerySet(KeyQuerySet):
    def published(self) -> StatusChangeQuerySet:
        return self.filter(commitment__is_published=True)

    def true_by(self, day: dt.date) -> StatusChangeQuerySet:
        """Keep the steps that had become true on `day`."""
        return self.filter(Likely(LessThanOrEqual(F("effective_on"), day)))

    def not_corrected(self) -> StatusChangeQuerySet:
        """Drop the steps that a correction has struck out."""
        return self.filter(Written(f"NOT {STRUCK.format('{0}')}", "pk"))

    def with_previous_status(self) -> StatusChangeQuerySet:
        """Annotate `previous_status`: that of the step before in the path; null for a step that is struck out."""
        return self.annotate(
            previous_status=Written(
                f"""CASE WHEN {STRUCK.format("{0}")} THEN NULL ELSE COALESCE((
                SELECT before.status FROM commitments_statuschange before
                WHERE before.commitment_id = {{1}} AND (before.effective_on < {{2}}
                    OR before.effective_on = {{2}} AND before.seq < {{3}})
                AND NOT {STRUCK.format("before.id")}
                ORDER BY before.effective_on DESC, before.seq DESC LIMIT 1), '{START.value}') END""",
                *("pk", "commitment_id", "effective_on", "seq"),
                output_field=models.CharField(null=True),
            )
        )

    def read_with_evidence(
        self, *related: str, order: Sequence[str] = ("effective_on", "seq")
    ) -> list:
        """Read the steps in an order, each with its evidence and its corrections or what is named, in one query."""
        related = related or ("corrects", "corrected_by")
        rows = self.annotate(shown=FilteredRelation("evidence"))
        rows = rows.select_related(*related, "shown__source")
        found: dict[int, list] = {}
        for row in rows.order_by(*order, "pk", "shown__position", "shown__pk"):
            found.setdefault(row.pk, []).append(row)
        for step, *_ in found.values():
            evidence = [row.shown for row in found[step.pk] if hasattr(row, "shown")]
            for row in evidence:
                row.status_change = step
            step._prefetched_objects_cache = {"evidence": evidence}
        return [step for step, *_ in found.values()]

    def for_reading(self, *related: str) -> StatusChangeQuerySet:
        """Fetch with each step its evidence, and its commitment and its corrections or what is named, in two queries."""
        related = related or ("commitment__plan", "corrects", "corrected_by")
        return self.select_related(*related).prefetch_related(
            Prefetch("evidence", model_named("Evidence").objects.select_related("source"))
        )


class LinkQuerySet(KeyQuerySet):
    def published(self) -> LinkQuerySet:
        """Keep the links of which both ends are published."""
        return self.filter(earlier__is_published=True, later__is_published=True)

    def around(self, commitment, shown: CommitmentQuerySet) -> LinkQuerySet:
        """Keep the links of a commitment with others of `shown`; `effective_status` is what the other one has there."""
        rows = self.filter(Q(earlier=commitment) | Q(later=commitment)).annotate(
            other=Case(When(earlier=commitment, then=F("later_id")), default=F("earlier_id"))
        )
        status = shown.order_by().filter(pk=OuterRef("other")).values("effective_status")
        rows = rows.annotate(effective_status=Subquery(status)).exclude(effective_status=None)
        return rows.select_related("earlier", "later", "source")


class ReviewQuerySet(models.QuerySet):
    def not_retracted(self) -> ReviewQuerySet:
        """Keep the reviews that their authors have not retracted."""
        return self.filter(retraction=None)

    def latest_by(self, day: dt.date) -> ReviewQuerySet:
        """Keep the latest review of each commitment by a day, of those not retracted."""
        rows = self.not_retracted().filter(reviewed_on__lte=day)
        later = rows.filter(
            Q(reviewed_on__gt=OuterRef("reviewed_on"))
            | Q(reviewed_on=OuterRef("reviewed_on"), pk__gt=OuterRef("pk")),
            commitment=OuterRef("commitment"),
        )
        return rows.filter(~Exists(later))


class ProposalQuerySet(models.QuerySet):
    def waiting(self) -> ProposalQuerySet:
        return self.filter(state="waiting")

    def for_reading(self) -> ProposalQuerySet:
        return self.select_related(
            "commitment__pillar", "commitment__plan", "source", "corrects", "status_change"
        )
