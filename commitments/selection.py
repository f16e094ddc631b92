"""Selection of commitments that an address asks for: dates, filters, words and order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from commitments.filter_types import AnyOf, CommitmentFilter
from commitments.filters import CommitmentFilterSet
from commitments.known_at import is_before_the_record, moment_asked, record_begins
from commitments.lookups import read_vocabulary
from commitments.models import (
    Commitment,
    Source,
)
from commitments.querysets.sql import DueOrder, today
from planwatch.middleware.tracking_params import is_blank
from planwatch.time_zones import day_in, latest_day
from planwatch.web.date_fields import MomentField, PastDayField
from planwatch.web.query_params import InvalidQuery, ParameterProblem, check_names, unknown_value

# The public name of each order, and the column it sorts by. A commitment without a due date comes last.
ORDERS = {
    "code": "code",
    "title": "title",
    "status": "effective_status",
    "status_since": "effective_since",
    "announced_on": "announced_on",
    "due_on": "due_order",
    "updated_at": "updated_at",
    "seq": "seq",
    "relevance": "relevance",
}


# Read by the caller, not by the filters.
PAGING = ("cursor", "page_size")


REPEATABLE = [
    name
    for name, definition in CommitmentFilterSet.base_filters.items()
    if isinstance(definition, AnyOf)
]


PARAMETERS = (*CommitmentFilterSet.base_filters, "as_of", "known_at", "order")


@dataclass(frozen=True)
class ActiveFilter:
    """One value of an active filter."""

    parameter: str
    value: str
    definition: CommitmentFilter

    @property
    def label(self) -> str:
        return self.definition.name_of(self.value)


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

    def day_in(self, zone: str | None) -> dt.date:
        """Return the day that the answer speaks of in a time zone; None is UTC."""
        return self.as_of or day_in(zone, self.known_at)

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

    Raises InvalidQuery where either is malformed or in the future, or the record began after `known_at`.
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
        raise InvalidQuery(problems)
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


class CommitmentSelection:
    """The commitments that an address asks for."""

    def __init__(self, filterset: CommitmentFilterSet, clocks: Clocks, order: str):
        self.filterset, self.clocks, self.order = filterset, clocks, order
        self.q = filterset.form.cleaned_data.get("q", "")

    @cached_property
    def queryset(self) -> QuerySet:
        """The filtered commitments, in order."""
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
    def chosen(self) -> list[ActiveFilter]:
        """The active filters, in the order of the filters, without the clocks and the order."""
        found = []
        for name, definition in self.filterset.filters.items():
            value = self.filterset.form.cleaned_data.get(name)
            for item in value if isinstance(value, list) else [value]:
                if item not in ("", None):
                    text = str(item).lower() if isinstance(item, bool) else str(item)
                    found.append(ActiveFilter(name, text, definition))
        return found


def select_commitments(
    params: QueryDict,
    within: QuerySet | None = None,
    also: Iterable[str] = PAGING,
) -> CommitmentSelection:
    """Return the published commitments that an address asks for.

    `within` narrows the start (an agency's, a pillar's); `also` names the parameters that the caller reads itself.
    Raises InvalidQuery with every problem: an unknown parameter or value with the nearest valid one, a blank value, a
    malformed or future day, a parameter given twice that takes one value.
    """
    problems = []
    try:
        check_names(params, (*PARAMETERS, *also), repeatable=REPEATABLE)
    except InvalidQuery as error:
        problems += error.problems
    clocks = Clocks(known_at=moment_asked())
    try:
        asked_for = read_clocks(params)
    except InvalidQuery as error:
        problems += error.problems
    else:
        if asked_for.known_at == clocks.known_at:
            clocks = asked_for
        else:
            message = gettext("This is done to what the record says today. Leave known_at out.")
            problems.append(ParameterProblem("known_at", message))
    given = QueryDict(mutable=True)
    for name in PARAMETERS:
        if name in params:
            values = dict.fromkeys(params.getlist(name))
            given.setlist(name, [value for value in values if not is_blank(value)])
    start = Commitment.objects.all() if within is None else within
    vocabulary = read_vocabulary(given.getlist("source"))
    filterset = CommitmentFilterSet(given, clocks.show(start.published()), vocabulary)
    if not filterset.is_valid():
        problems += form_problems(filterset.form)
    order, problem = _order(params, bool(given.get("q")))
    if problem:
        problems.append(problem)
    if problems:
        raise InvalidQuery(problems)
    return CommitmentSelection(filterset, clocks, order)


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


def form_problems(form: forms.Form) -> list[ParameterProblem]:
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
