"""Querysets of plans."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from commitments.querysets.sql import jurisdictions, model_named


class PlanQuerySet(models.QuerySet):
    def with_country(self) -> PlanQuerySet:
        """Tell the name of the jurisdiction as `country`; its code where it has no row."""
        named = jurisdictions().filter(code=OuterRef("jurisdiction")).values("name")
        return self.annotate(country=Coalesce(Subquery(named), F("jurisdiction")))

    def with_recorded(self, as_of: dt.date | None = None) -> PlanQuerySet:
        """Tell as `recorded` how many published commitments each has that came with it, and not later.

        They can be held against `actions`, the number of actions of a plan; what was pledged since is not among those.
        """
        rows = model_named("Commitment").objects.published().filter(plan=OuterRef("pk"))
        rows = rows.filter(announced_on__lte=OuterRef("published_on"))
        if as_of is not None:
            rows = rows.filter(announced_on__lte=as_of)
        counted = rows.order_by().values("plan").annotate(n=models.Count("*")).values("n")
        return self.annotate(recorded=Coalesce(Subquery(counted), 0))
