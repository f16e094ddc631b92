"""Querysets of plans."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from commitments.choices import Coverage
from commitments.querysets.sql import country_of, model_named
from planwatch.db.natural_keys import KeyQuerySet

# The fields by which a plan names another.
PLAN_LINKS = ("predecessor", "sister", "part_of", "promised_by")
# What the plan of a commitment names, too.
NAMED_BY_PLAN = tuple(f"plan__{name}" for name in ("document", *PLAN_LINKS))


class SectionQuerySet(KeyQuerySet):
    def for_reading(self) -> SectionQuerySet:
        """Fetch what is said of a section, in two queries."""
        rows = self.select_related("plan", "parent__plan")
        pillars = model_named("SectionPillar").objects.select_related("pillar")
        return rows.prefetch_related(models.Prefetch("pillar_rows", pillars))


class PlanQuerySet(KeyQuerySet):
    def with_country(self) -> PlanQuerySet:
        """Tell the name of the jurisdiction as `country`; its code where it has no row."""
        return self.annotate(country=country_of("jurisdiction"))

    def around(self, slug: str) -> PlanQuerySet:
        """Keep the plan with that slug, those that it names, and those that name it."""
        plan = self.model.objects.filter(slug=slug).order_by()
        named = (models.Q(pk__in=plan.values(name)) for name in PLAN_LINKS)
        naming = (models.Q(**{f"{name}__in": plan}) for name in PLAN_LINKS)
        return self.filter(reduce(or_, (*named, *naming), models.Q(slug=slug)))

    def read_in_part(self, as_of: dt.date | None = None) -> PlanQuerySet:
        """Keep those of which some commitments are recorded, but which were not read whole."""
        return self.filter(coverage=Coverage.PARTIAL).with_recorded(as_of).filter(recorded__gt=0)

    def with_recorded(self, as_of: dt.date | None = None) -> PlanQuerySet:
        """Tell as `recorded` how many published commitments each has that came with it, and not later, or the number
        that the plan itself states (`actions_recorded`), where it had been published by the day.

        They can be held against `actions`, the number of actions of a plan; what was pledged since is not among those.
        """
        rows = model_named("Commitment").objects.published().filter(plan=OuterRef("pk"))
        rows = rows.filter(announced_on__lte=OuterRef("published_on"))
        if as_of is not None:
            rows = rows.filter(announced_on__lte=as_of)
        counted = rows.order_by().values("plan").annotate(n=models.Count("*")).values("n")
        stated = F("actions_recorded")
        if as_of is not None:
            stated = models.Case(models.When(published_on__lte=as_of, then=stated))
        return self.annotate(recorded=Coalesce(stated, Subquery(counted), 0))
