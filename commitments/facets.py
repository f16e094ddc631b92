"""The counts beside every filter: what each choice would leave under all the other filters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BooleanField, Case, Count, F, Q, Value, When

from commitments import search
from commitments.filters import Selection
from commitments.models import CommitmentKind, Source
from commitments.statuses import Status, Verification
from commitments.vocabulary import short_name

# Columns that a commitment has one of, counted together in one query.
_SINGLE = {
    "pillar": ("pillar__slug",),
    "status": ("shown_status",),
    "verification": ("shown_verification",),
    "kind": ("kind",),
    "plan": ("plan__slug",),
    "objective": ("objective__plan__slug", "objective__key"),
    "is_open": ("is_open",),
    "is_overdue": ("is_overdue",),
    "is_stale": ("is_stale",),
}
FACETS = (*_SINGLE, "agency", "source")
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


def facets_of(selection: Selection, without: Iterable[str] = ()) -> Facets:
    """Return the choices of FACETS with their counts, those `without` left out, in three queries.

    Agencies count the commitments of the offices below them, as their filter does. A choice that would leave
    nothing is listed with 0 where the vocabulary is fixed, and left out where it is long (agency, source, objective).
    Of the documents those that are chosen are listed, and the SOURCES_OFFERED that would leave most.
    """
    counts, count = _single_counts(selection)
    labels, cut = _labels(selection), frozenset()
    if "agency" not in without:
        counts["agency"] = _agency_counts(selection)
    if "source" not in without:
        counts["source"], found, has_more = _source_counts(selection)
        labels["source"] = found | labels["source"]
        cut = frozenset({"source"}) if has_more else cut
    chosen = {(item.parameter, item.value) for item in selection.chosen}
    choices = {}
    for name in FACETS:
        if name in without:
            continue
        listed = [
            Choice(value, str(label), counts[name].get(value, 0), (name, value) in chosen)
            for value, label in labels[name].items()
        ]
        if name in ("agency", "source", "objective"):
            listed = [item for item in listed if item.count or item.is_chosen]
        choices[name] = listed
    return Facets(choices, count, cut)


def _labels(selection: Selection) -> dict[str, dict[str, str]]:
    vocabulary = selection.filterset.vocabulary
    return {
        "pillar": vocabulary.pillars,
        "status": dict(Status.choices),
        "verification": dict(Verification.choices),
        "kind": dict(CommitmentKind.choices),
        "plan": vocabulary.plans,
        "objective": vocabulary.objectives,
        "agency": {slug: item.short_name for slug, item in vocabulary.agencies.items()},
        "source": vocabulary.sources,
        **{name: {"true": "Yes"} for name in ("is_open", "is_overdue", "is_stale")},
    }


def _single_counts(selection: Selection) -> tuple[dict[str, dict[str, int]], int]:
    """Count all columns of _SINGLE at once: rows are grouped by these, and by which of their filters they meet."""
    conditions = selection.filterset.conditions
    active = [name for name in _SINGLE if name in conditions]
    rows = selection.filterset.filtered(without=active).order_by()
    meets = {
        f"meets_{name}": Case(
            When(conditions[name], then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
        for name in active
    }
    columns = {
        f"by_{name}_{place}": F(column)
        for name, parts in _SINGLE.items()
        for place, column in enumerate(parts)
    }
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    total = 0
    for row in rows.values(**columns, **meets).annotate(count=Count("pk")):
        missed = [name for name in active if not row[f"meets_{name}"]]
        if not missed:
            total += row["count"]
        for name, parts in _SINGLE.items():
            if missed in ([], [name]):
                values = [row[f"by_{name}_{place}"] for place in range(len(parts))]
                counts[name][_written(values)] += row["count"]
    return counts, total


def _written(values: list) -> str:
    if isinstance(values[0], bool):
        return str(values[0]).lower()
    return ":".join(str(value or "") for value in values)


def _agency_counts(selection: Selection) -> dict[str, int]:
    rows = selection.filterset.filtered(without=("agency",)).order_by()
    owed: dict[str, set[int]] = defaultdict(set)
    for commitment, slug in rows.values_list("pk", "roles__agency__slug"):
        for agency in selection.filterset.vocabulary.with_agencies_above(slug):
            owed[agency].add(commitment)
    return {slug: len(commitments) for slug, commitments in owed.items()}


def _source_counts(selection: Selection) -> tuple[dict[str, int], dict[str, str], bool]:
    """Return how many commitments each offered document speaks of, their names, and whether there are more documents."""
    chosen = [item.value for item in selection.chosen if item.parameter == "source"]
    rows = selection.filterset.filtered(without=("source",)).order_by()
    order = ["-count", F("published_on").asc(nulls_first=True), "slug"]
    if chosen:
        order.insert(0, Case(When(slug__in=chosen, then=0), default=1))
    found = (
        Source.objects.filter(citations__commitment__in=rows.values("pk"))
        .annotate(count=Count("citations__commitment", distinct=True))
        .order_by(*order)
        .values_list("pk", "slug", "title", "published_on", "precision", "count")
    )
    most = SOURCES_OFFERED + len(chosen)
    listed = list(found[: most + 1])
    counts, names = {}, {}
    for _, slug, title, published_on, precision, count in listed[:most]:
        counts[slug] = count
        names[slug] = short_name(title, published_on, precision)
    return counts, names, len(listed) > most


def left_without_each(selection: Selection) -> tuple[int, dict[str, int]]:
    """Return how many commitments there are without any filter, and without each of them, in one query."""
    filterset = selection.filterset
    conditions = dict(filterset.conditions)
    if selection.q:
        # As a query of its own: what it names is out of sight once the rows as of a day are a subquery.
        found = search.condition(selection.q, filterset.agency_names, filterset.queryset.db)
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
