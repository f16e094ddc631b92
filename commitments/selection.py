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
from commitments.lookups import Lookups, PartlyRead, read_vocabulary
from commitments.models import (
    Commitment,
    Source,
)
from commitments.querysets.sql import DueOrder, today
from planwatch.db.site_data import current_site
from planwatch.middleware.tracking_params import is_blank
from planwatch.time_zones import day_in, latest_day
from planwatch.web.date_fields import MomentField, PastDayField
from planwatch.web.query_params import (
    InvalidQuery,
    ParameterProblem,
    check_names,
    form_problems,
    unknown_value,
)

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

# Parameters that had another name once: addresses with it are read for ever.
FORMER_PARAMETERS = {"objective": "section"}


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


@dataclass(frozen=True)
class Scope:
    """Whose commitments a page counts that is of one jurisdiction at a time: its code, and the plans asked for, if any."""

    jurisdiction: str
    plans: list[str]
    vocabulary: Lookups

    def of(self, rows: QuerySet, plan: str = "plan") -> QuerySet:
        """Keep what belongs here by its plan, whose name as a relation of the rows is `plan`."""
        rows = rows.filter(**{f"{plan}__jurisdiction": self.jurisdiction})
        return rows.filter(**{f"{plan}__slug__in": self.plans}) if self.plans else rows

    def has_plan(self, slug: str) -> bool:
        is_theirs = self.vocabulary.jurisdiction_of[slug] == self.jurisdiction
        return is_theirs and (not self.plans or slug in self.plans)

    def has_agency(self, agency) -> bool:
        """Return whether an agency belongs here: to the jurisdiction, or to none whose plans are followed."""
        own = agency.jurisdiction
        return own == self.jurisdiction or own not in self.vocabulary.jurisdictions


class CommitmentSelection:
    """The commitments that an address asks for; `scope` is set where they are kept to one jurisdiction of several."""

    def __init__(
        self,
        filterset: CommitmentFilterSet,
        clocks: Clocks,
        order: str,
        scope: Scope | None = None,
    ):
        self.filterset, self.clocks, self.order, self.scope = filterset, clocks, order, scope
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

    @property
    def partly_read(self) -> list[PartlyRead]:
        """The plans that were not read whole among those whose commitments the address can hold."""
        vocabulary = self.filterset.vocabulary
        codes, plans = self.values_of("jurisdiction"), self.values_of("plan")
        return [
            plan
            for slug, plan in vocabulary.partly_read.items()
            if (not plans or slug in plans)
            and (not codes or vocabulary.jurisdiction_of[slug] in codes)
        ]

    def values_of(self, parameter: str) -> list[str]:
        """Return what the address asks of a filter that takes several values."""
        return [item.value for item in self.chosen if item.parameter == parameter]

    @property
    def narrowing(self) -> list[ActiveFilter]:
        """The active filters but for those of the scope, which a page offers as a switch."""
        return [item for item in self.chosen if not (self.scope and item.parameter in IN_SCOPE)]

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
    default_order: str = "code",
) -> CommitmentSelection:
    """Return the published commitments that an address asks for.

    `within` narrows the start (an agency's, a pillar's); `also` names the parameters that the caller reads itself;
    without an order and a search, `default_order` is taken.
    Raises InvalidQuery with every problem: an unknown parameter or value with the nearest valid one, a blank value, a
    malformed or future day, a parameter given twice that takes one value.
    """
    params, problems = in_todays_names(params), []
    try:
        check_names(params, (*PARAMETERS, *also), repeatable=REPEATABLE)
    except InvalidQuery as error:
        problems += error.problems
    clocks = Clocks(known_at=moment_asked())
    try:
        asked_for = read_clocks(params)
    except InvalidQuery as error:
        problems += error.problems
        if is_before_the_record():
            # There was nothing yet to judge other values by.
            raise InvalidQuery(problems) from error
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
        # Of the documents it has read only those that were asked for.
        every = {"source": Source.objects.in_use().order_by().values_list("slug", flat=True)}
        problems += form_problems(filterset.form, every)
    order, problem = _order(params, bool(given.get("q")), default_order)
    if problem:
        problems.append(problem)
    if problems:
        raise InvalidQuery(problems)
    return CommitmentSelection(filterset, clocks, order)


# By what a page of one jurisdiction is narrowed to it, and filters whose values are those of one jurisdiction.
IN_SCOPE = ("jurisdiction", "plan")
OWN = ("section", "theme", "agency", "lead", "partner", "source", "q")


def select_within_one(
    request, within=None, also=PAGING, default_order="code", without=(), **given: str
) -> CommitmentSelection:
    """Return the commitments that an address asks for, of one jurisdiction where the site has plans of several.

    It is the one that the address names or whose plans it names; else the site's opening one, where it has any of what
    the address asks for; else the first that has. The address on the request is completed, so that each link of the page keeps it;
    `request.clocks` and `request.scope` are set. `without` are parameters that the page reads in a sense of its own, `given` filters besides those of the address.
    Raises InvalidQuery like `select_commitments`.
    """
    params = request.GET.copy()
    for name in without:
        params.pop(name, None)
    for name, value in given.items():
        params[name] = value
    selection = select_commitments(params, within, also, default_order)
    vocabulary = selection.filterset.vocabulary
    request.clocks, request.scope = selection.clocks, None
    if len(vocabulary.jurisdictions) < 2:
        return selection
    codes, plans = map(selection.values_of, IN_SCOPE)
    found = codes or [vocabulary.jurisdiction_of[slug] for slug in plans]
    if not found and any(item.parameter in OWN for item in selection.chosen):
        found = selection.queryset.order_by().values_list("plan__jurisdiction", flat=True)
        found = sorted(found.distinct())
    opening = current_site().opening_jurisdiction
    found = found or [*vocabulary.jurisdictions]
    code = opening if opening in found else found[0]
    own = [slug for slug in plans if vocabulary.jurisdiction_of[slug] == code]
    asked = {"jurisdiction": [code] if codes or not plans else [], "plan": own or plans}
    params, request.GET = selection.filterset.data.copy(), request.GET.copy()
    for name, values in asked.items():
        for completed in (params, request.GET):
            completed.pop(name, None)
            if values:
                completed.setlist(name, values)
    filterset = CommitmentFilterSet(params, selection.filterset.queryset, vocabulary)
    filterset.is_valid()
    request.scope = Scope(code, asked["plan"], vocabulary)
    return CommitmentSelection(filterset, selection.clocks, selection.order, request.scope)


def in_todays_names(params: QueryDict) -> QueryDict:
    """Return the parameters of an address, each of FORMER_PARAMETERS under the name that it has today."""
    if not FORMER_PARAMETERS.keys() & params.keys():
        return params
    found = QueryDict(mutable=True)
    for name, values in params.lists():
        found.setlistdefault(FORMER_PARAMETERS.get(name, name)).extend(values)
    return found


def _order(params: QueryDict, searching: bool, default: str) -> tuple[str, ParameterProblem | None]:
    order = single(params, "order")
    if not order:
        return ("relevance" if searching else default), None
    name = order.removeprefix("-")
    if name not in ORDERS:
        return "", unknown_value("order", order, [*ORDERS, *(f"-{key}" for key in ORDERS)])
    if name == "relevance" and not searching:
        return "", ParameterProblem("order", gettext("order=relevance needs a search: add q."))
    return order, None
