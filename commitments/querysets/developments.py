"""Querysets of developments, and of the words of governments for a status."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Exists, FilteredRelation, OuterRef, Prefetch, Q

from commitments.querysets.sql import BEARS_ON_PUBLISHED, Written, model_named
from planwatch.db.natural_keys import KeyQuerySet


class DevelopmentQuerySet(KeyQuerySet):
    def published(self) -> DevelopmentQuerySet:
        """Keep those that bear on published commitments alone, like the rows of the record about them, and on plans."""
        return self.filter(Written(BEARS_ON_PUBLISHED.format("{0}"), "pk"))

    def reported_by(self, day: dt.date | None) -> DevelopmentQuerySet:
        """Keep what had been reported by a day on something that had been announced by then; None keeps all."""
        if day is None:
            return self
        announced = Exists(_borne_on().filter(commitment__announced_on__lte=day))
        return self.filter(Q(plan__published_on__lte=day) | announced, reported_on__lte=day)

    def on_any(self, commitments: models.QuerySet) -> DevelopmentQuerySet:
        """Keep those that bear on one of these commitments."""
        return self.filter(
            Exists(_borne_on().filter(commitment__in=commitments.bare().values("pk")))
        )

    def of_plans(self, plans: models.QuerySet) -> DevelopmentQuerySet:
        """Keep those that bear on one of these plans as a whole, or on a commitment of one."""
        of_one = Exists(_borne_on().filter(commitment__plan__in=plans))
        return self.filter(Q(plan__in=plans) | of_one)

    def on_one(self, commitment, day: dt.date | None) -> DevelopmentQuerySet:
        """Keep what bears on a commitment and had been reported by a day, the latest first, with its source."""
        rows = self.published().reported_by(day).filter(commitments=commitment)
        return rows.select_related("source")

    def read(self, most: int) -> list:
        """Read the latest, each with its source, its plan and its commitments, in one query."""
        latest = self.order_by("-reported_on", "pk").values("pk")[:most]
        rows = self.model._default_manager.filter(pk__in=latest)
        rows = rows.annotate(borne_on=FilteredRelation("commitment_rows"))
        rows = rows.select_related("source", "plan", "borne_on__commitment__plan")
        found: dict[int, list] = {}
        for row in rows.order_by("-reported_on", "pk", "borne_on__position"):
            found.setdefault(row.pk, []).append(row)
        for item, *_ in found.values():
            borne_on = [row.borne_on for row in found[item.pk] if hasattr(row, "borne_on")]
            item._prefetched_objects_cache = {"commitment_rows": borne_on}
        return [item for item, *_ in found.values()]

    def for_reading(self) -> DevelopmentQuerySet:
        """Fetch with each its source, its plan and its commitments, in two queries."""
        rows = model_named("DevelopmentCommitment").objects.select_related("commitment__plan")
        return self.select_related("source", "plan").prefetch_related(
            Prefetch("commitment_rows", rows)
        )


class ReportedStatusQuerySet(KeyQuerySet):
    def published(self) -> ReportedStatusQuerySet:
        return self.filter(commitment__is_published=True)

    def reported_by(self, day: dt.date | None) -> ReportedStatusQuerySet:
        """Keep what had been reported by a day on what had been announced by then, and what is undated; None keeps all."""
        if day is None:
            return self
        by_then = Q(reported_on=None) | Q(reported_on__lte=day)
        return self.filter(by_then, commitment__announced_on__lte=day)

    def for_reading(self) -> ReportedStatusQuerySet:
        """Fetch with each its source and its commitment."""
        return self.select_related("source", "commitment__plan")


def _borne_on() -> models.QuerySet:
    return model_named("DevelopmentCommitment").objects.filter(development=OuterRef("pk"))
