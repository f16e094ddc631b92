"""Querysets of developments."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q

from commitments.querysets.sql import model_named


class DevelopmentQuerySet(models.QuerySet):
    def get_by_natural_key(self, source: str, locator: str, reported_on: str | dt.date):
        return self.get(source__slug=source, locator=locator, reported_on=reported_on)

    def published(self) -> DevelopmentQuerySet:
        """Keep those that bear on published commitments alone, like the rows of the record about them, and on plans."""
        return self.filter(~Exists(_borne_on().filter(commitment__is_published=False)))

    def reported_by(self, day: dt.date | None) -> DevelopmentQuerySet:
        """Keep what had been reported by a day on something that had been announced by then; None keeps all."""
        if day is None:
            return self
        announced = Exists(_borne_on().filter(commitment__announced_on__lte=day))
        return self.filter(Q(plan__published_on__lte=day) | announced, reported_on__lte=day)

    def of_plans(self, plans: models.QuerySet) -> DevelopmentQuerySet:
        """Keep those that bear on one of these plans as a whole, or on a commitment of one."""
        of_one = Exists(_borne_on().filter(commitment__plan__in=plans))
        return self.filter(Q(plan__in=plans) | of_one)

    def for_reading(self) -> DevelopmentQuerySet:
        """Fetch with each its source, its plan and its commitments, in two queries."""
        rows = model_named("DevelopmentCommitment").objects.select_related("commitment")
        return self.select_related("source", "plan").prefetch_related(
            Prefetch("commitment_rows", rows)
        )


def _borne_on() -> models.QuerySet:
    return model_named("DevelopmentCommitment").objects.filter(development=OuterRef("pk"))
