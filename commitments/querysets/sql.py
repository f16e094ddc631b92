"""SQL expressions that several querysets share."""

from __future__ import annotations

import datetime as dt

from django.apps import apps
from django.db import models
from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Concat, StrIndex
from django.utils import timezone

from planwatch.time_zones import other_days

NO_TIME = dt.timedelta()


class DueOrder(models.Func):
    """The due date to sort by: what has none comes last.

    The day stands in the text: given as a parameter, SQLite would not know the index of it again.
    """

    function = "COALESCE"
    template = "%(function)s(%(expressions)s, '9999-12-31')"
    output_field = models.DateField()


class Likely(models.Func):
    """A condition that most rows meet: SQLite then takes the index of the order rather than that of the condition, and sorts nothing."""

    template = "%(expressions)s"
    output_field = models.BooleanField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="likely(%(expressions)s)", **context)


def model_named(name: str):
    return apps.get_model("commitments", name)


def jurisdictions() -> models.QuerySet:
    """Return the jurisdictions, in no order: plans name them by their code."""
    return apps.get_model("agencies", "Jurisdiction").objects.order_by()


def end_of(day: dt.date) -> dt.datetime:
    """Return the first moment after `day`, in UTC."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)


def was_published(published_on: dt.date | None, by: dt.date | None) -> bool:
    """Return whether a document is shown with a commitment as of a day: an undated one always, and all without a day."""
    return by is None or published_on is None or published_on <= by


def named_in(source) -> Q:
    """Return the condition on commitments that a document (a row, an id or OuterRef) names.

    It announces, restates or reports them; and the document of a plan names what was announced with the plan, on its
    day, also where the record knows it from other documents.
    """
    citations = model_named("Citation").objects.filter(commitment=OuterRef("pk"), source=source)
    return Q(Exists(citations)) | Q(plan__document=source, announced_on=F("plan__published_on"))


def day_of_plan(when: dt.date | dt.datetime, distance: dt.timedelta = NO_TIME):
    """Return, as an expression on commitments, the day so far from that of their plan's jurisdiction."""
    if not isinstance(when, dt.datetime):
        return Value(when + distance)
    cases = []
    for day, zones in other_days(when).items():
        # One text, not a list: a statement with hundreds of parameters takes longer to make than to run.
        place = StrIndex(
            Value(f" {' '.join(zones)} "),
            Concat(Value(" "), "time_zone", Value(" "), output_field=models.CharField()),
        )
        there = jurisdictions().annotate(place=place).filter(place__gt=0)
        plans = model_named("Plan").objects.order_by()
        plans = plans.filter(jurisdiction__in=there.values("code"))
        cases.append(When(plan__in=plans.values("pk"), then=Value(day + distance)))
    utc = Value(when.astimezone(dt.UTC).date() + distance)
    return Case(*cases, default=utc, output_field=models.DateField())


def today() -> dt.date:
    """Return the record's day: the date in UTC. What is late goes by the day of the plan's jurisdiction instead."""
    return timezone.now().date()
