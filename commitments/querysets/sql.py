"""SQL expressions that several querysets share."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
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


# Whether a correction has struck out the step with an id.
STRUCK = "EXISTS (SELECT 1 FROM commitments_statuschange struck WHERE struck.corrects_id = {})"

# Whether the development with an id bears on no commitment that is not published.
BEARS_ON_PUBLISHED = """NOT EXISTS (SELECT 1 FROM commitments_developmentcommitment bearing
    JOIN commitments_commitment hidden ON hidden.id = bearing.commitment_id
    WHERE bearing.development_id = {} AND NOT hidden.is_published)"""


class Written(models.Func):
    """An expression written as SQL, in which {0}, {1} … stand for other expressions: a condition, unless it is said what it is.

    For what most queries ask: to put it together of Django's expressions takes longer than to run it. Its tables have names
    of their own, so that it may stand in any query; what `known_at` puts under their names it reads, too.
    """

    def __init__(self, text: str, *expressions, output_field: models.Field | None = None):
        super().__init__(*expressions, output_field=output_field or models.BooleanField())
        self.text = text

    def as_sql(self, compiler, connection, **context):
        written = [compiler.compile(expression) for expression in self.source_expressions]
        sql = self.text.format(*(text for text, _ in written))
        # As often as a place is named in the text, and in that order, its parameters are needed.
        places = [int(place) for place in re.findall(r"{(\d)}", self.text)]
        return sql, [param for place in places for param in written[place][1]]


def or_earliest(day: str) -> Coalesce:
    """Return a day to sort by: what has none comes first."""
    return Coalesce(day, models.Value(dt.date.min), output_field=models.DateField())


class Likely(models.Func):
    """A condition that most rows meet: SQLite then takes the index of the order rather than that of the condition, and sorts nothing."""

    template = "%(expressions)s"
    output_field = models.BooleanField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="likely(%(expressions)s)", **context)


def model_named(name: str):
    return apps.get_model("commitments", name)


def country_of(jurisdiction: str) -> Written:
    """Return the name of the jurisdiction whose code is in a column; the code where it has no row."""
    return Written(
        "COALESCE((SELECT land.name FROM agencies_jurisdiction land WHERE land.code = {0}), {0})",
        jurisdiction,
        output_field=models.CharField(),
    )


def end_of(day: dt.date) -> dt.datetime:
    """Return the first moment after `day`, in UTC."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)


def was_published(published_on: dt.date | None, by: dt.date | None) -> bool:
    """Return whether a document is shown with a commitment as of a day: an undated one always, and all without a day."""
    return by is None or published_on is None or published_on <= by


def latest_evidence(by: dt.date | None = None) -> Written:
    """Return the publication day of the newest document behind the history that stands, as of a day where one is given."""
    until = "AND step.effective_on <= {1} AND read.published_on <= {1}" if by else ""
    return Written(
        f"""(SELECT max(read.published_on) FROM commitments_statuschange step
        JOIN commitments_evidence shown ON shown.status_change_id = step.id
        JOIN commitments_source read ON read.id = shown.source_id
        WHERE step.commitment_id = {{0}} {until} AND NOT {STRUCK.format("step.id")})""",
        "pk",
        *([Value(by, models.DateField())] if by else ()),
        output_field=models.DateField(),
    )


def evidence_count(day: dt.date) -> Written:
    """Return on how many sources the status of a day rests."""
    return Written(
        f"""(SELECT count(DISTINCT shown.source_id) FROM commitments_evidence shown
        WHERE shown.status_change_id = (SELECT step.id FROM commitments_statuschange step
            WHERE step.commitment_id = {{0}} AND step.effective_on <= {{1}}
            AND NOT {STRUCK.format("step.id")}
            ORDER BY step.effective_on DESC, step.seq DESC LIMIT 1))""",
        *("pk", Value(day, models.DateField())),
        output_field=models.IntegerField(),
    )


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
        super().__init__("plan_id")
        self.utc = moved(moment.astimezone(dt.UTC).date())
        # One text, not a list: a statement with hundreds of parameters takes longer to make than to run.
        self.days = [
            (f" {' '.join(zones)} ", moved(day)) for day, zones in other_days(moment).items()
        ]

    def as_sql(self, compiler, connection, **context):
        place = "INSTR" if connection.vendor == "sqlite" else "STRPOS"
        plan, params = compiler.compile(self.source_expressions[0])
        written, day_of = "", connection.ops.adapt_datefield_value
        for zones, day in self.days:
            written += (
                f"WHEN {plan} IN (SELECT p.id FROM commitments_plan p JOIN agencies_jurisdiction j "
                f"ON j.code = p.jurisdiction WHERE {place}(%s, ' ' || j.time_zone || ' ') > 0) THEN %s "
            )
            params = [*params, zones, day_of(day)]
        return (f"CASE {written}ELSE %s END" if written else "%s"), [*params, day_of(self.utc)]


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
