"""Facet counts: what each filter choice would leave under all the other filters."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.core.exceptions import EmptyResultSet
from django.db.models import Case, Count, Q, Value, When

from commitments import search
from commitments.choices import WITHOUT_PILLAR
from commitments.filters import CommitmentFilterSet
from commitments.lookups import Lookups, short_name
from commitments.models import Citation, CommitmentAgency, CommitmentTheme, Source
from commitments.selection import CommitmentSelection
from commitments.statuses import is_open

TIMING = ("is_open", "is_overdue", "is_stale", "is_aging")
# What a commitment has one of, counted together in one query: {filter: column}.
_COLUMNS = {
    name: definition.counted_by
    for name, definition in CommitmentFilterSet.base_filters.items()
    if definition.counted_by
}
FACETS = (*_COLUMNS, *TIMING, "agency", "theme", "source")
# So many documents are offered: nobody reads through thousands, and a page must not grow with them.
SOURCES_OFFERED = 25


@dataclass(frozen=True)
class Choice:
    """One value that a filter could take, and how many commitments it would leave."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facets:
    """The choices of each filter, and how many commitments all filters together leave.

    `cut` names the filters that could take more values than are listed.
    """

    choices: dict[str, list[Choice]]
    count: int
    cut: frozenset[str] = frozenset()


def facets_of(selection: CommitmentSelection, without: Iterable[str] = ()) -> Facets:
    """Return the choices of FACETS with their counts, those `without` left out, in three queries.

    Agencies count the commitments of the offices below them, and sections those of the sections below them, as their
    filters do. A choice that would leave
    nothing is listed with 0 where the vocabulary is fixed, and left out where it is long (agency, theme, source, section).
    Of the documents those that are chosen are listed, and the SOURCES_OFFERED that would leave most.
    """
    counts, count = _single_counts(selection)
    names, cut = {name: selection.filterset.filters[name].names for name in FACETS}, frozenset()
    if not {"agency", "theme"}.issubset(without):
        counts["agency"], counts["theme"] = _agency_and_theme_counts(selection)
    if "source" not in without:
        counts["source"], found, has_more = _source_counts(selection)
        names["source"] = found | names["source"]
        cut = frozenset({"source"}) if has_more else cut
    chosen = {(item.parameter, item.value) for item in selection.chosen}
    choices = {}
    for name in FACETS:
        if name in without:
            continue
        listed = [
            Choice(value, label, counts[name].get(value, 0), (name, value) in chosen)
            for value, label in names[name].items()
        ]
        is_long = name in ("agency", "theme", "source", "section")
        listed = [
            item
            for item in listed
            if item.count or item.is_chosen or not (is_long or item.value == WITHOUT_PILLAR)
        ]
        if name == "pillar" and len(names[name]) == 1:
            # A site without pillars: all commitments belong to none.
            listed = [item for item in listed if item.is_chosen]
        choices[name] = listed
    return Facets(choices, count, cut)


def _single_counts(selection: CommitmentSelection) -> tuple[dict[str, dict[str, int]], int]:
    """Count what a commitment has one of: rows are grouped by these, and each group is held against what they ask."""
    asked: dict[str, set[str]] = defaultdict(set)
    for item in selection.chosen:
        if item.parameter in (*_COLUMNS, *TIMING):
            asked[item.parameter].add(item.value)
    rows = selection.filterset.filtered(without=asked).order_by()
    vocabulary = selection.filterset.vocabulary
    keys = vocabulary.keys
    if "section" in asked:
        asked["section"] = vocabulary.with_sections_below(asked["section"])
    groups = rows.values(*dict.fromkeys(_COLUMNS.values()), *TIMING[1:]).annotate(count=Count("*"))
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    total = 0
    for row in groups:
        values = {
            name: keys[name].get(row[column], "") if name in keys else row[column]
            for name, column in _COLUMNS.items()
        }
        values |= {name: _written(row[name]) for name in TIMING[1:]}
        values["is_open"] = _written(is_open(row["effective_status"]))
        missed = [name for name, wanted in asked.items() if values[name] not in wanted]
        if not missed:
            total += row["count"]
        for name, value in values.items():
            if missed in ([], [name]):
                counts[name][value] += row["count"]
    counts["section"] = _with_those_below(counts["section"], vocabulary)
    return counts, total


def _with_those_below(counts: dict[str, int], vocabulary: Lookups) -> Counter[str]:
    """Return the counts of sections with those of the sections below each, as its filter has them."""
    above, summed = vocabulary.sections_above(), Counter()
    for key, count in counts.items():
        summed.update(dict.fromkeys(above.get(key, ()), count))
    return summed


def _written(answer: bool) -> str:
    return str(bool(answer)).lower()


def _agency_and_theme_counts(
    selection: CommitmentSelection,
) -> tuple[dict[str, int], dict[str, int]]:
    """Count both in one query, whose rows are (0, commitment, agency) and (theme, minus its count, 0)."""
    filterset, vocabulary = selection.filterset, selection.filterset.vocabulary
    of_slug = vocabulary.agencies_above()
    above = {number: of_slug[slug] for number, slug in vocabulary.keys["agency"].items()}
    owed = filterset.filtered(without=("agency",)).bare().values("pk")
    roles = CommitmentAgency.objects.filter(commitment__in=owed).order_by()
    about = filterset.filtered(without=("theme",)).bare().values("pk")
    themes = CommitmentTheme.objects.filter(commitment__in=about).order_by().values("theme_id")
    themes = themes.annotate(count=Value(0) - Count("*"))
    rows = roles.values_list(Value(0), "commitment_id", "agency_id").union(
        themes.values_list("theme_id", "count", Value(0)), all=True
    )
    counts, on_themes = Counter(), {}
    for (theme, number), found in groupby(
        rows.order_by("commitment_id").iterator(), itemgetter(0, 1)
    ):
        if theme:
            on_themes[vocabulary.keys["theme"][theme]] = -number
        else:
            counts.update({slug for *_, agency in found for slug in above[agency]})
    return counts, on_themes


def _source_counts(selection: CommitmentSelection) -> tuple[dict[str, int], dict[str, str], bool]:
    """Return how many commitments each offered document speaks of, their names, and whether there are more documents."""
    chosen = [item.value for item in selection.chosen if item.parameter == "source"]
    rows = selection.filterset.filtered(without=("source",)).bare()
    order = ["-count", "source_id"]
    if chosen:
        order.insert(0, Case(When(source__slug__in=chosen, then=0), default=1))
    most = SOURCES_OFFERED + len(chosen)
    counted = Citation.objects.filter(commitment__in=rows.values("pk")).values("source_id")
    counted = counted.annotate(count=Count("commitment", distinct=True)).order_by(*order)
    # Named after they are counted: the names of all, drawn through the counting, take longer than all the rest.
    try:
        query, params = counted[: most + 1].query.sql_with_params()
    except EmptyResultSet:
        # Nothing to ask the database: what was searched for is no word.
        return {}, {}, False
    listed = list(
        Source.objects.db_manager(rows.db).raw(
            "SELECT s.id, s.slug, s.title, s.published_on, s.precision, c.count "
            f"FROM ({query}) c JOIN commitments_source s ON s.id = c.source_id",
            params,
        )
    )
    offered = sorted(listed, key=lambda row: (row.slug not in chosen, -row.count, row.pk))[:most]
    offered.sort(key=lambda row: (row.published_on or dt.date.min, row.slug))
    counts = {row.slug: row.count for row in offered}
    names = {row.slug: short_name(row.title, row.published_on, row.precision) for row in offered}
    return counts, names, len(listed) > most


def left_without_each(selection: CommitmentSelection) -> tuple[int, dict[str, int]]:
    """Return how many commitments there are without any filter, and without each of them, in one query."""
    filterset = selection.filterset
    conditions = dict(filterset.conditions)
    if selection.q:
        # As a query of its own: what it names is out of sight once the rows as of a day are a subquery.
        found = search.condition(selection.q, filterset.agency_names, filterset.queryset)
        matching = filterset.queryset.model.objects.filter(found)
        conditions["q"] = Q(pk__in=matching.values("pk"))
    counted = {
        f"without_{name}": Count(
            "pk", filter=Q(*(other for key, other in conditions.items() if key != name))
        )
        for name in conditions
    }
    counts = filterset.queryset.order_by().aggregate(total=Count("pk"), **counted)
    return counts["total"], {name: counts[f"without_{name}"] for name in conditions}
