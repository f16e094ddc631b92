"""One reading of an address for pages, API, exports and feeds: filters, clocks, order; strict about all of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone

from agencies.models import Agency
from commitments import search
from commitments.models import (
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentKind,
    Objective,
    Pillar,
    Plan,
    Source,
)
from commitments.querysets import today
from commitments.statuses import Origin, Status, Verification
from planwatch.errors import BadParameters, ParameterProblem, check_names, unknown_value

DAY_FORM = re.compile(r"\d{4}-\d{2}-\d{2}")

# The public name of each order, and the column it sorts by. A commitment without a due date comes last.
ORDERS = {
    "code": "code",
    "title": "title",
    "status": "shown_status",
    "status_since": "shown_since",
    "announced_on": "announced_on",
    "due_on": "due_order",
    "updated_at": "updated_at",
    "seq": "seq",
    "relevance": "relevance",
}
NO_DUE_DATE = dt.date(9999, 12, 31)
# Read by the caller, not by the filters.
PAGING = ("cursor", "page_size")


class DayField(forms.Field):
    """A day as YYYY-MM-DD and nothing else."""

    def to_python(self, value):
        if not value:
            return None
        try:
            if not DAY_FORM.fullmatch(value):
                raise ValueError
            day = dt.date.fromisoformat(value)
        except ValueError as error:
            raise forms.ValidationError(
                "Write the day as YYYY-MM-DD, for example 2024-02-14.", code="invalid"
            ) from error
        if day.year < 1900:
            raise forms.ValidationError("The record holds no day before 1900.", code="invalid")
        return day


class PastDayField(DayField):
    def to_python(self, value):
        day = super().to_python(value)
        if day and day > today():
            raise forms.ValidationError("That day lies in the future.", code="future")
        return day


class MomentField(forms.Field):
    """A moment as ISO 8601 with its offset, or a day, which means the end of that day in UTC."""

    def to_python(self, value):
        if not value:
            return None
        try:
            if DAY_FORM.fullmatch(value):
                day = dt.date.fromisoformat(value)
                moment = dt.datetime.combine(day, dt.time.max, tzinfo=dt.UTC)
                in_future = day > today()
            else:
                # A plus sign that was not escaped arrives as a space.
                moment = dt.datetime.fromisoformat(value.replace(" ", "+"))
                if moment.tzinfo is None:
                    raise ValueError
                moment = moment.astimezone(dt.UTC)
                in_future = moment > timezone.now()
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError(
                "Write a day as YYYY-MM-DD or a moment as 2024-02-14T09:30:00Z.", code="invalid"
            ) from error
        if in_future:
            raise forms.ValidationError("That moment lies in the future.", code="future")
        if moment.year < 1900:
            raise forms.ValidationError("The record holds no day before 1900.", code="invalid")
        return moment


class DayFilter(django_filters.Filter):
    field_class = DayField


class AnyOf(django_filters.MultipleChoiceFilter):
    """Several values mean any of them."""

    # Otherwise choosing every value would be taken for choosing none.
    always_filter = False
    distinct = False


class YesNo(django_filters.TypedChoiceFilter):
    def __init__(self, *args, **kwargs):
        super().__init__(
            *args,
            choices=(("true", "Yes"), ("false", "No")),
            coerce=lambda value: value == "true",
            **kwargs,
        )

    def filter(self, queryset, value):
        return queryset if value in ("", None) else queryset.filter(**{self.field_name: value})


def _slugs(model):
    return lambda: [
        (slug, slug) for slug in model.objects.order_by().values_list("slug", flat=True)
    ]


def objective_keys() -> list[tuple[str, str]]:
    """Return (public key, title) of every objective; the key names the plan too."""
    return [
        (f"{plan}:{key}", title)
        for plan, key, title in Objective.objects.values_list("plan__slug", "key", "title")
    ]


class CommitmentFilterSet(django_filters.FilterSet):
    """The filters of every list of commitments. Days are inclusive."""

    pillar = AnyOf(field_name="pillar__slug", choices=_slugs(Pillar))
    status = AnyOf(field_name="shown_status", choices=Status.choices)
    kind = AnyOf(field_name="kind", choices=CommitmentKind.choices)
    plan = AnyOf(field_name="plan__slug", choices=_slugs(Plan))
    objective = AnyOf(method="with_objective", choices=objective_keys)
    agency = AnyOf(method="owed_or_shared_by", choices=_slugs(Agency))
    lead = AnyOf(method="led_by", choices=_slugs(Agency))
    partner = AnyOf(method="shared_by", choices=_slugs(Agency))
    source = AnyOf(method="cited_in", choices=_slugs(Source))
    origin = AnyOf(method="with_origin", choices=Origin.choices)
    verification = AnyOf(field_name="shown_verification", choices=Verification.choices)
    q = django_filters.CharFilter(method="search", max_length=500)
    announced_after = DayFilter(field_name="announced_on", lookup_expr="gte")
    announced_before = DayFilter(field_name="announced_on", lookup_expr="lte")
    due_after = DayFilter(field_name="due_on", lookup_expr="gte")
    due_before = DayFilter(field_name="due_on", lookup_expr="lte")
    changed_after = DayFilter(field_name="shown_since", lookup_expr="gte")
    changed_before = DayFilter(field_name="shown_since", lookup_expr="lte")
    reviewed_before = DayFilter(method="unreviewed_since")
    is_open = YesNo(field_name="is_open")
    is_overdue = YesNo(field_name="is_overdue")
    is_stale = YesNo(field_name="is_stale")

    class Meta:
        model = Commitment
        fields = []

    def with_objective(self, queryset, name, value):
        condition = Q()
        for item in value:
            plan, _, key = item.partition(":")
            condition |= Q(objective__plan__slug=plan, objective__key=key)
        return queryset.filter(condition)

    def _owed(self, queryset, slugs, **role):
        agencies = Agency.objects.with_offices_below(slugs)
        rows = CommitmentAgency.objects.filter(
            commitment=OuterRef("pk"), agency__in=agencies, **role
        )
        return queryset.filter(Exists(rows))

    def owed_or_shared_by(self, queryset, name, value):
        """Lead or partner, offices below the agency included."""
        return self._owed(queryset, value)

    def led_by(self, queryset, name, value):
        return self._owed(queryset, value, role="lead")

    def shared_by(self, queryset, name, value):
        return self._owed(queryset, value, role="partner")

    def cited_in(self, queryset, name, value):
        """Announced, restated or reported in the source."""
        return queryset.filter(
            Exists(Citation.objects.filter(commitment=OuterRef("pk"), source__slug__in=value))
        )

    def with_origin(self, queryset, name, value):
        """Announced, restated or reported in at least one source of that origin."""
        return queryset.filter(
            Exists(Citation.objects.filter(commitment=OuterRef("pk"), source__origin__in=value))
        )

    def unreviewed_since(self, queryset, name, value):
        """Last reviewed before that day, or never."""
        return queryset.filter(Q(shown_reviewed_on__lt=value) | Q(shown_reviewed_on=None))

    def search(self, queryset, name, value):
        return search.matching(queryset, value)

    def filtered(self, *, without: str = "") -> QuerySet:
        """Apply every filter, or every one but `without`, so that its choices can be counted."""
        queryset = self.queryset
        for name, value in self.form.cleaned_data.items():
            if name != without:
                queryset = self.filters[name].filter(queryset, value)
        return queryset


PARAMETERS = (*CommitmentFilterSet.base_filters, "as_of", "known_at", "order")
# Choices of these are counted beside the list; the rest are single values.
FACETS = (
    "pillar",
    "status",
    "verification",
    "kind",
    "agency",
    "source",
    "plan",
    "objective",
    "is_overdue",
    "is_stale",
)


@dataclass(frozen=True)
class Chosen:
    """One active filter, as a chip shows it."""

    parameter: str
    value: str
    label: str


@dataclass(frozen=True)
class Choice:
    """One value that a filter could take, and how many commitments it would leave."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Clocks:
    """What the reader asked of time. `day` is the day that the answer speaks of."""

    as_of: dt.date | None = None
    known_at: dt.datetime | None = None

    @property
    def day(self) -> dt.date:
        if self.as_of:
            return self.as_of
        return self.known_at.date() if self.known_at else today()

    @property
    def is_today(self) -> bool:
        return self.as_of is None and self.known_at is None

    def show(self, commitments: QuerySet) -> QuerySet:
        """Give commitments their status and timeliness by these clocks."""
        return commitments.shown(self.as_of, self.known_at).with_timeliness(
            self.day, settings.PLANWATCH_STALE_AFTER_DAYS
        )


def read_clocks(params: QueryDict) -> Clocks:
    """Return `as_of` and `known_at` of an address. Raises BadParameters where either is malformed or in the future."""
    problems, values = [], {}
    for name, field in (
        ("as_of", PastDayField(required=False)),
        ("known_at", MomentField(required=False)),
    ):
        try:
            values[name] = field.clean(_single(params, name))
        except forms.ValidationError as error:
            problems += [ParameterProblem(name, f"{name}: {text}") for text in error.messages]
        except BadParameters as error:
            problems += error.problems
    if problems:
        raise BadParameters(problems)
    return Clocks(**values)


def _single(params: QueryDict, name: str) -> str:
    values = [value for value in params.getlist(name) if value]
    if len(values) > 1:
        raise BadParameters([ParameterProblem(name, f"Give {name} once.")])
    return values[0] if values else ""


class Selection:
    """The commitments that an address asks for, and what it asked."""

    def __init__(self, filterset: CommitmentFilterSet, clocks: Clocks, order: str):
        self._filterset = filterset
        self._clocks = clocks
        self.order = order
        self.q = filterset.form.cleaned_data["q"]

    @property
    def clocks(self) -> Clocks:
        return self._clocks

    @property
    def as_of(self) -> dt.date | None:
        return self._clocks.as_of

    @property
    def known_at(self) -> dt.datetime | None:
        return self._clocks.known_at

    @property
    def day(self) -> dt.date:
        return self._clocks.day

    @cached_property
    def queryset(self) -> QuerySet:
        """The filtered commitments, in order."""
        rows = self._filterset.filtered()
        if self.order.removeprefix("-") == "due_on":
            rows = rows.annotate(due_order=Coalesce("due_on", NO_DUE_DATE))
        return rows.order_by(*self.keys)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the order; the code breaks ties."""
        sign = "-" if self.order.startswith("-") else ""
        column = ORDERS[self.order.removeprefix("-")]
        return (f"{sign}{column}",) if column == "code" else (f"{sign}{column}", "code")

    @cached_property
    def chosen(self) -> list[Chosen]:
        """The active filters, in the order of the filters, without the clocks and the order."""
        found = []
        for name, value in self._filterset.form.cleaned_data.items():
            for item in value if isinstance(value, list) else [value]:
                if item in ("", None):
                    continue
                text = str(item).lower() if isinstance(item, bool) else str(item)
                found.append(Chosen(name, text, self._labels(name).get(text, text)))
        return found

    def _labels(self, name: str) -> dict[str, str]:
        if name in ("pillar", "plan", "agency", "lead", "partner", "source"):
            return self._names[name]
        field = self._filterset.form.fields[name]
        return {str(value): str(label) for value, label in getattr(field, "choices", ())}

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        agencies = dict(Agency.objects.order_by("short_name").values_list("slug", "short_name"))
        return {
            "pillar": dict(Pillar.objects.values_list("slug", "name")),
            "plan": dict(Plan.objects.values_list("slug", "title")),
            "source": dict(
                Source.objects.order_by("published_on", "slug").values_list("slug", "title")
            ),
            "agency": agencies,
            "lead": agencies,
            "partner": agencies,
        }

    def facets(self) -> dict[str, list[Choice]]:
        """Return the choices of each of FACETS with their counts under all the other filters.

        Agencies count the commitments of the offices below them, as their filter does. A choice that would leave
        nothing is listed with 0 where the vocabulary is fixed, and left out where it is long (agency, source, objective).
        """
        return {name: self._facet(name) for name in FACETS}

    def _facet(self, name: str) -> list[Choice]:
        rows = self._filterset.filtered(without=name)
        by = f"by_{name}"
        counts = {row[by]: row["count"] for row in rows.count_by(name)}
        chosen = {item.value for item in self.chosen if item.parameter == name}
        labels = {"true": "Yes"} if name.startswith("is_") else self._labels(name)
        if name.startswith("is_"):
            counts = {str(value).lower(): count for value, count in counts.items()}
        choices = [
            Choice(value, label, counts.get(value, 0), value in chosen)
            for value, label in labels.items()
        ]
        if name in ("agency", "source", "objective"):
            choices = [item for item in choices if item.count or item.is_chosen]
        return choices


def select(
    params: QueryDict, within: QuerySet | None = None, also: Iterable[str] = PAGING
) -> Selection:
    """Return the published commitments that an address asks for.

    `within` narrows the start (an agency's, a pillar's); `also` names the parameters that the caller reads itself.
    Raises BadParameters with every problem: an unknown parameter or value with the nearest valid one, an empty value, a
    malformed or future day, a parameter given twice that takes one value.
    """
    problems = []
    try:
        check_names(params, (*PARAMETERS, *also))
    except BadParameters as error:
        problems += error.problems
    clocks = Clocks()
    try:
        clocks = read_clocks(params)
    except BadParameters as error:
        problems += error.problems
    given = QueryDict(mutable=True)
    for name, definition in CommitmentFilterSet.base_filters.items():
        values = [value for value in params.getlist(name) if value]
        if len(values) > 1 and not isinstance(definition, AnyOf):
            problems.append(ParameterProblem(name, f"Give {name} once."))
        given.setlist(name, values)
    start = Commitment.objects.all() if within is None else within
    filterset = CommitmentFilterSet(given, queryset=clocks.show(start.published()))
    if not filterset.is_valid():
        problems += _form_problems(filterset.form)
    order, problem = _order(params, bool(given.get("q")))
    if problem:
        problems.append(problem)
    if problems:
        raise BadParameters(problems)
    return Selection(filterset, clocks, order)


def _order(params: QueryDict, searching: bool) -> tuple[str, ParameterProblem | None]:
    try:
        order = _single(params, "order")
    except BadParameters as error:
        return "", error.problems[0]
    if not order:
        return ("relevance" if searching else "code"), None
    name = order.removeprefix("-")
    if name not in ORDERS:
        return "", unknown_value("order", order, [*ORDERS, *(f"-{key}" for key in ORDERS)])
    if name == "relevance" and not searching:
        return "", ParameterProblem("order", "order=relevance needs a search: add q.")
    return order, None


def _form_problems(form: forms.Form) -> list[ParameterProblem]:
    problems = []
    for name, errors in form.errors.as_data().items():
        for error in errors:
            choices = getattr(form.fields.get(name), "choices", None)
            wrong = (error.params or {}).get("value")
            if choices is not None and wrong is not None:
                values = [str(value) for value, _ in choices if value not in ("", None)]
                problems.append(unknown_value(name, str(wrong), values))
            else:
                problems += [ParameterProblem(name, f"{name}: {text}") for text in error.messages]
    return problems
