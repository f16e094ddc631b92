"""SQL expressions that several querysets share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from commitments.choices import Origin, Status
from commitments.statuses import OPEN
from planwatch.time_zones import other_days


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


def seen_origin(plan) -> Case:
    """Return the origin of the `source` of a row, seen from a plan: statuses.origin_seen_from.

    `plan` is the expression of the jurisdiction of that plan.
    """
    foreign = Q(source__origin=Origin.OFFICIAL) & ~Q(source__jurisdiction__in=["", plan])
    return Case(
        When(foreign, then=Value(Origin.INDEPENDENT.value)),
        default=F("source__origin"),
        output_field=models.CharField(),
    )


def joined_rows(rows: list, name: str) -> list:
    """Return what a join put beside the rows, each once; where there is nothing, the join leaves nothing."""
    return list(
        {getattr(row, name).pk: getattr(row, name) for row in rows if hasattr(row, name)}.values()
    )


def named_in(source) -> Q:
    """Return the condition on commitments that a document (a row, an id or OuterRef) names.

    It announces, restates or reports them; and the document of a plan names what was announced with the plan, on its
    day, also where the record knows it from other documents.
    """
    citations = model_named("Citation").objects.filter(commitment=OuterRef("pk"), source=source)
    return Q(Exists(citations)) | Q(plan__document=source, announced_on=F("plan__published_on"))


def day_of_plan(when: dt.date | dt.datetime, moved: Callable[[dt.date], dt.date] = lambda day: day):
    """Return, as an expression on commitments, the day of their plan's jurisdiction, `moved` as far as is asked."""
    return DayOfPlan(when, moved) if isinstance(when, dt.datetime) else Value(moved(when))


class DayOfPlan(models.Func):
    """The day of a plan's jurisdiction at a moment, as SQL: to put it together of expressions takes longer than to run it."""

    output_field = models.DateField()

    def __init__(self, moment: dt.datetime, moved: Callable[[dt.date], dt.date]):
        cases = []
        for day, zones in other_days(moment).items():
            # One text, not a list: a statement with hundreds of parameters takes longer to make than to run.
            cases += Value(f" {' '.join(zones)} "), Value(moved(day))
        utc = moved(moment.astimezone(dt.UTC).date())
        super().__init__("plan_id", *cases, Value(utc))

    def as_sql(self, compiler, connection, **context):
        place = "INSTR" if connection.vendor == "sqlite" else "STRPOS"
        (plan, _), *cases, (utc, last) = map(compiler.compile, self.source_expressions)
        written, params = "", []
        for (zones, given), (day, then) in zip(cases[::2], cases[1::2], strict=True):
            written += (
                f"WHEN {plan} IN (SELECT p.id FROM commitments_plan p JOIN agencies_jurisdiction j "
                f"ON j.code = p.jurisdiction WHERE {place}({zones}, ' ' || j.time_zone || ' ') > 0) THEN {day} "
            )
            params += [*given, *then]
        return (f"CASE {written}ELSE {utc} END" if written else utc), [*params, *last]


class IsOpen(models.Func):
    """Whether a status can still move. As a case no index is taken for it instead of the one that counts and sorts."""

    template = (
        "CASE WHEN %(expressions)s IN "
        f"{tuple(status.value for status in Status if status in OPEN)!r} THEN TRUE ELSE FALSE END"
    )
    output_field = models.BooleanField()


class IsPast(models.Func):
    """Whether something is open, and its day lies before another; one without a day is not past."""

    output_field = models.BooleanField()
    arity = 3

    def as_sql(self, compiler, connection, **context):
        (is_open, a), (day, b), (other, c) = map(compiler.compile, self.source_expressions)
        return f"CASE WHEN {is_open} AND {day} < {other} THEN TRUE ELSE FALSE END", [*a, *b, *c]


def today() -> dt.date:
    """Return the record's day: the date in UTC. What is late goes by the day of the plan's jurisdiction instead."""
    return timezone.now().date()
