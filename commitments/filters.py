"""One reading of an address for pages, API, exports and feeds: filters, clocks, order; strict about all of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, gettext

from agencies.time_zones import day_in, is_future, latest_day
from commitments import search
from commitments.known_at import is_before_the_record, moment_asked, record_begins
from commitments.models import (
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentKind,
    Source,
)
from commitments.querysets import DueOrder, today
from commitments.statuses import Origin, Status, Verification
from commitments.vocabulary import Vocabulary, read_vocabulary
from planwatch.cache.version_cache import NOTHING, Memory
from planwatch.middleware.tracking_params import is_blank
from planwatch.web.query_params import BadParameters, ParameterProblem, check_names, unknown_value

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
# About what a selection takes in memory with its filters, queries and counts, and what all names do.
SELECTION_BYTES, VOCABULARY_BYTES = 100_000, 200_000
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
                gettext("Write the day as YYYY-MM-DD, for example 2024-02-14."), code="invalid"
            ) from error
        if day.year < 1900:
            raise forms.ValidationError(
                gettext("The record holds no day before 1900."), code="invalid"
            )
        return day


class PastDayField(DayField):
    def to_python(self, value):
        day = super().to_python(value)
        if day and is_future(day):
            raise forms.ValidationError(gettext("That day lies in the future."), code="future")
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
                in_future = is_future(day)
            else:
                # A plus sign that was not escaped arrives as a space.
                moment = dt.datetime.fromisoformat(value.replace(" ", "+"))
                if moment.tzinfo is None:
                    raise ValueError
                moment = moment.astimezone(dt.UTC)
                in_future = moment > timezone.now()
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError(
                gettext("Write a day as YYYY-MM-DD or a moment as 2024-02-14T09:30:00Z."),
                code="invalid",
            ) from error
        if in_future:
            raise forms.ValidationError(gettext("That moment lies in the future."), code="future")
        if moment.year < 1900:
            raise forms.ValidationError(
                gettext("The record holds no day before 1900."), code="invalid"
            )
        return moment


class Condition:
    """A filter that says what it asks as one condition, so that it can be counted as well as applied.

    `lookup` compares the value with a field; a filter with a `method` gets the condition from there instead.
    """

    lookup = ""

    def condition(self, value) -> Q:
        if self.method:
            return getattr(self.parent, self.method)(value)
        return Q(**{f"{self.field_name}__{self.lookup or self.lookup_expr}": value})


class DayFilter(Condition, django_filters.Filter):
    field_class = DayField


class AnyOf(Condition, django_filters.MultipleChoiceFilter):
    """Several values mean any of them."""

    lookup = "in"


class YesNo(Condition, django_filters.TypedChoiceFilter):
    def __init__(self, *args, **kwargs):
        super().__init__(
            *args,
            choices=(("true", "Yes"), ("false", "No")),
            coerce=lambda value: value == "true",
            **kwargs,
        )


class CommitmentFilterSet(django_filters.FilterSet):
    """The filters of every list of commitments. Days are inclusive. What has no choices here takes them from the vocabulary."""

    pillar = AnyOf(field_name="pillar__slug", choices=())
    status = AnyOf(field_name="shown_status", choices=Status.choices)
    kind = AnyOf(field_name="kind", choices=CommitmentKind.choices)
    plan = AnyOf(field_name="plan__slug", choices=())
    objective = AnyOf(method="with_objective", choices=())
    agency = AnyOf(method="owed_or_shared_by", choices=())
    lead = AnyOf(method="led_by", choices=())
    partner = AnyOf(method="shared_by", choices=())
    source = AnyOf(method="cited_in", choices=())
    origin = AnyOf(method="with_origin", choices=Origin.choices)
    verification = AnyOf(field_name="shown_verification", choices=Verification.choices)
    q = django_filters.CharFilter(max_length=500)
    announced_after = DayFilter(field_name="announced_on", lookup_expr="gte")
    announced_before = DayFilter(field_name="announced_on", lookup_expr="lte")
    due_after = DayFilter(field_name="due_on", lookup_expr="gte")
    due_before = DayFilter(field_name="due_on", lookup_expr="lte")
    changed_after = DayFilter(field_name="shown_since", lookup_expr="gte")
    changed_before = DayFilter(field_name="shown_since", lookup_expr="lte")
    reviewed_before = DayFilter(method="unreviewed_since")
    is_open = YesNo(field_name="is_open", help_text="In a status that can still move.")
    is_overdue = YesNo(field_name="is_overdue", help_text="Open and past its due date.")
    is_stale = YesNo(
        field_name="is_stale", help_text="Open, and last reviewed more than a year ago."
    )

    class Meta:
        model = Commitment
        fields = []

    def __init__(self, data, queryset, vocabulary: Vocabulary):
        super().__init__(data, queryset)
        self.vocabulary = vocabulary
        for name, names in (
            ("pillar", vocabulary.pillars),
            ("plan", vocabulary.plans),
            ("objective", vocabulary.objectives),
            *((name, vocabulary.agencies) for name in ("agency", "lead", "partner")),
            ("source", vocabulary.sources),
        ):
            self.filters[name].extra["choices"] = [(key, key) for key in names]

    def with_objective(self, value) -> Q:
        condition = Q()
        for item in value:
            plan, _, key = item.partition(":")
            condition |= Q(objective__plan__slug=plan, objective__key=key)
        return condition

    def _owed(self, slugs, **role) -> Q:
        agencies = self.vocabulary.with_offices_below(slugs)
        rows = CommitmentAgency.objects.filter(agency__slug__in=agencies, **role)
        return _named_by(rows)

    def owed_or_shared_by(self, value) -> Q:
        """Lead or partner, offices below the agency included."""
        return self._owed(value)

    def led_by(self, value) -> Q:
        return self._owed(value, role="lead")

    def shared_by(self, value) -> Q:
        return self._owed(value, role="partner")

    def cited_in(self, value) -> Q:
        """Announced, restated or reported in the source."""
        return _named_by(Citation.objects.filter(source__slug__in=value))

    def with_origin(self, value) -> Q:
        """Announced, restated or reported in at least one source of that origin."""
        return _named_by(Citation.objects.filter(source__origin__in=value))

    def unreviewed_since(self, value) -> Q:
        """Last reviewed before that day."""
        return Q(shown_reviewed_on__lt=value)

    @cached_property
    def agency_names(self) -> search.Names:
        return search.names_of(
            (agency.acronym, agency.short_name, agency.name)
            for agency in self.vocabulary.agencies.values()
        )

    @cached_property
    def conditions(self) -> dict[str, Q]:
        """What each filter of the address asks, but the search."""
        return {
            name: self.filters[name].condition(value)
            for name, value in self.form.cleaned_data.items()
            if name != "q" and value not in ("", None, [])
        }

    def filtered(self, without: Collection[str] = ()) -> QuerySet:
        """Apply every filter but those named."""
        queryset = self.queryset
        query = self.form.cleaned_data["q"]
        if query and "q" not in without:
            queryset = search.matching(queryset, query, self.agency_names)
        for name, condition in self.conditions.items():
            if name not in without:
                queryset = queryset.filter(condition)
        return queryset


def _named_by(rows: QuerySet) -> Q:
    """Ask for the commitments that such rows name, without looking out of the subquery.

    `Exists` would look for the commitment itself, which is out of sight once the rows as of a day are a subquery.
    """
    return Q(pk__in=rows.values("commitment"))


REPEATABLE = [
    name
    for name, definition in CommitmentFilterSet.base_filters.items()
    if isinstance(definition, AnyOf)
]
PARAMETERS = (*CommitmentFilterSet.base_filters, "as_of", "known_at", "order")


@dataclass(frozen=True)
class Chosen:
    """One active filter, as a chip shows it."""

    parameter: str
    value: str
    label: str


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
    def until(self) -> dt.date:
        """The last day on which something may have become true: without `as_of`, the latest one anywhere on earth."""
        return self.as_of or latest_day(self.known_at)

    def day_in(self, jurisdiction: str) -> dt.date:
        """Return the day that the answer speaks of in a jurisdiction."""
        return self.as_of or day_in(jurisdiction, self.known_at)

    @property
    def is_today(self) -> bool:
        return self.as_of is None and self.known_at is None

    def show(self, commitments: QuerySet) -> QuerySet:
        """Give commitments their status and timeliness by these clocks; is called inside `known_at` of theirs."""
        if self.known_at != moment_asked():
            raise RuntimeError("What these clocks ask for is not what is being read.")
        return commitments.shown(self.as_of).with_timeliness(
            self.as_of or self.known_at or timezone.now(), settings.PLANWATCH_STALE_AFTER_DAYS
        )

    def published(self, rows: QuerySet, day: str = "published_on") -> QuerySet:
        """Keep what had been published by the day, and what is undated; `day` is the column of the day."""
        if self.as_of is None:
            return rows
        return rows.filter(Q(**{day: None}) | Q(**{f"{day}__lte": self.as_of}))


_CLOCKS = (("as_of", PastDayField(required=False)), ("known_at", MomentField(required=False)))


def read_clocks(params: QueryDict) -> Clocks:
    """Return `as_of` and `known_at` of an address.

    Raises BadParameters where either is malformed or in the future, or the record began after `known_at`.
    """
    problems, values = [], {}
    for name, field in _CLOCKS:
        try:
            values[name] = field.clean(single(params, name))
        except forms.ValidationError as error:
            problems += [ParameterProblem(name, f"{name}: {text}") for text in error.messages]
    if problem := _before_the_record(values.get("known_at")):
        problems.append(problem)
    if problems:
        raise BadParameters(problems)
    return Clocks(**values)


def _before_the_record(moment: dt.datetime | None) -> ParameterProblem | None:
    if moment is None or moment != moment_asked() or not is_before_the_record():
        return None
    begin = record_begins()
    if begin is None:
        return None
    message = gettext("The record begins at {moment}. Ask for that moment or a later one.").format(
        moment=begin.isoformat().replace("+00:00", "Z")
    )
    return ParameterProblem("known_at", f"known_at: {message}", "before_the_record")


def moment_of(params: QueryDict) -> dt.datetime | None:
    """Return `known_at` of an address; None also for one that is refused, which its view will say."""
    try:
        return MomentField(required=False).clean(single(params, "known_at"))
    except forms.ValidationError:
        return None


def single(params: QueryDict, name: str) -> str:
    """Return the value of a parameter that takes one, or "" where it is blank; `check_names` refuses both."""
    value = params.get(name, "")
    return "" if is_blank(value) else value


class Selection:
    """The commitments that an address asks for, and what it asked: in `asked` as it stands in the address."""

    def __init__(
        self, filterset: CommitmentFilterSet, clocks: Clocks, order: str, asked: tuple = ()
    ):
        self.asked = asked
        self.filterset = filterset
        self._clocks = clocks
        self.order = order
        self.q = filterset.form.cleaned_data["q"]
        # What others have worked out from it, such as the counts beside the filters.
        self.known: dict = {}

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

    @property
    def queryset(self) -> QuerySet:
        """The filtered commitments, in order: each time a new queryset, for whoever remembers a selection shares it."""
        return self._rows.all()

    @cached_property
    def _rows(self) -> QuerySet:
        rows = self.filterset.filtered()
        if self.order.removeprefix("-") == "due_on":
            rows = rows.annotate(due_order=DueOrder("due_on"))
        return rows.order_by(*self.keys)

    @cached_property
    def count(self) -> int:
        """How many commitments there are, on all pages."""
        return self.queryset.count()

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
        for name, value in self.filterset.form.cleaned_data.items():
            for item in value if isinstance(value, list) else [value]:
                if item in ("", None):
                    continue
                text = str(item).lower() if isinstance(item, bool) else str(item)
                found.append(Chosen(name, text, self._labels(name).get(text, text)))
        return found

    def _labels(self, name: str) -> Mapping[str, str]:
        vocabulary = self.filterset.vocabulary
        if name in ("agency", "lead", "partner"):
            return {slug: agency.short_name for slug, agency in vocabulary.agencies.items()}
        if name in ("pillar", "plan", "objective", "source"):
            return getattr(vocabulary, f"{name}s")
        field = self.filterset.form.fields[name]
        return {str(value): str(label) for value, label in getattr(field, "choices", ())}


def select(
    params: QueryDict,
    within: QuerySet | None = None,
    also: Iterable[str] = PAGING,
    memory: Memory = NOTHING,
    place: str = "",
) -> Selection:
    """Return the published commitments that an address asks for.

    `within` narrows the start (an agency's, a pillar's); `also` names the parameters that the caller reads itself.
    In `memory`, if one is given, the selection is kept with all that is worked out from it; `place` tells there what
    `within` narrows to.
    Raises BadParameters with every problem: an unknown parameter or value with the nearest valid one, a blank value, a
    malformed or future day, a parameter given twice that takes one value.
    """
    problems = []
    try:
        check_names(params, (*PARAMETERS, *also), repeatable=REPEATABLE)
    except BadParameters as error:
        problems += error.problems
    asked = tuple(
        (name, tuple(dict.fromkeys(params.getlist(name)))) for name in PARAMETERS if name in params
    )
    key = ("selection", get_language(), place, asked)
    if not problems and (kept := memory.get(key)):
        return kept
    clocks = Clocks(known_at=moment_asked())
    try:
        asked_for = read_clocks(params)
    except BadParameters as error:
        problems += error.problems
    else:
        if asked_for.known_at == clocks.known_at:
            clocks = asked_for
        else:
            message = gettext("This is done to what the record says today. Leave known_at out.")
            problems.append(ParameterProblem("known_at", message))
    given = QueryDict(mutable=True)
    for name, values in asked:
        given.setlist(name, [value for value in values if not is_blank(value)])
    start = Commitment.objects.all() if within is None else within
    vocabulary = _vocabulary(given.getlist("source"), memory)
    filterset = CommitmentFilterSet(given, clocks.show(start.published()), vocabulary)
    if not filterset.is_valid():
        problems += _form_problems(filterset.form)
    order, problem = _order(params, bool(given.get("q")))
    if problem:
        problems.append(problem)
    if problems:
        raise BadParameters(problems)
    return memory.keep(key, Selection(filterset, clocks, order, asked), SELECTION_BYTES)


def _vocabulary(sources: list[str], memory: Memory) -> Vocabulary:
    if sources:
        return read_vocabulary(sources)
    return memory.made(("vocabulary", get_language()), read_vocabulary, VOCABULARY_BYTES)


def _order(params: QueryDict, searching: bool) -> tuple[str, ParameterProblem | None]:
    order = single(params, "order")
    if not order:
        return ("relevance" if searching else "code"), None
    name = order.removeprefix("-")
    if name not in ORDERS:
        return "", unknown_value("order", order, [*ORDERS, *(f"-{key}" for key in ORDERS)])
    if name == "relevance" and not searching:
        return "", ParameterProblem("order", gettext("order=relevance needs a search: add q."))
    return order, None


def _form_problems(form: forms.Form) -> list[ParameterProblem]:
    problems = []
    for name, errors in form.errors.as_data().items():
        for error in errors:
            choices = getattr(form.fields.get(name), "choices", None)
            wrong = (error.params or {}).get("value")
            if choices is not None and wrong is not None:
                values = [str(value) for value, _ in _every_choice(name, choices)]
                problems.append(unknown_value(name, str(wrong), values))
            else:
                problems += [ParameterProblem(name, f"{name}: {text}") for text in error.messages]
    return problems


def _every_choice(name: str, choices: Iterable) -> list[tuple[str, str]]:
    """Return what could have been asked; of the documents a filter has read only those that were."""
    if name == "source":
        return Source.objects.order_by().values_list("slug", "title")
    return [choice for choice in choices if choice[0] not in ("", None)]
