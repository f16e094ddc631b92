"""Search results in finished words: commitments, history, developments, sources and agencies, each with its matches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add, and_, or_

from django.db.models import (
    Case,
    CharField,
    Count,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency
from commitments import search
from commitments.models import Commitment, Development, Plan, Source, StatusChange
from commitments.presenters.addresses import clocks_in, joined
from commitments.presenters.markup import marked, origin, status, when, written_later
from commitments.presenters.rows import SEARCHED
from commitments.presenters.search_snippets import passage, snippet
from planwatch.web.routes import path_to

NAMES = {
    "commitments": _("Commitments"),
    "history": _("History"),
    "developments": _("Developments"),
    "sources": _("Sources"),
    "agencies": _("Agencies"),
}
# So many of each kind stand on the page, and so many of the one that is asked for alone.
SHOWN, MOST = 5, 100
# So many words and phrases of a query count here: each is looked for in every kind.
TERMS = 10


@dataclass
class Result:
    """One thing that was found: its title, what it is, and the passage that matches."""

    href: str
    title: str
    meta: list[str] = field(default_factory=list)
    passage: str = ""


@dataclass
class Group:
    """The first results of a kind, how many there are, and the address of all of them; "" where they are shown."""

    kind: str
    count: int
    results: list[Result]
    all: str

    @property
    def name(self) -> str:
        return NAMES[self.kind]


@dataclass
class Found:
    """What a search found. `is_partial` where nothing holds every word, and the results hold some of them."""

    terms: list[search.Term]
    groups: list[Group]
    is_partial: bool


def found_by(query: str, request, only: str = "") -> Found:
    """Return what holds every word of a query, else what holds some of them, in at most seven queries.

    With `only` a kind, that kind alone and more of it.
    """
    agencies = list(Agency.objects.all())
    languages = Plan.objects.order_by().values_list("language", flat=True).distinct()
    names = search.names_of(
        ((agency.acronym, agency.short_name, agency.name) for agency in agencies), languages
    )
    terms = search.terms_of(query, names)[:TERMS]
    if all(term.excluded for term in terms):
        return Found(terms, [], False)
    rows = {kind: rows for kind, rows in _rows(request.clocks).items() if only in ("", kind)}
    every, some = _counts(rows, terms)
    held = [(agency, _hits(agency, terms)) for agency in agencies if only in ("", "agencies")]
    wanted = sum(not term.excluded for term in terms)
    every["agencies"], some["agencies"] = (
        sum(hits >= least for _, hits in held) for least in (wanted, 1)
    )
    is_partial = not any(every.values())
    counts, least = (some, 1) if is_partial else (every, wanted)
    held = [agency for agency, hits in sorted(held, key=lambda item: -item[1]) if hits >= least]
    most, groups = MOST if only else SHOWN, []
    for kind in NAMES:
        if not counts.get(kind):
            continue
        if kind == "agencies":
            chosen = held[:most]
        else:
            chosen = _best(
                kind, rows[kind].filter(_condition(rows[kind], terms, is_partial)), terms
            )
            chosen = chosen[:most]
        results = [_RESULTS[kind](row, terms, request) for row in chosen]
        more = counts[kind] > len(results) and not (is_partial or only)
        groups.append(
            Group(kind, counts[kind], results, _all(kind, query, request) if more else "")
        )
    return Found(terms, groups, is_partial)


def _rows(clocks) -> dict[str, QuerySet]:
    """Return what may be found of each kind but the agencies."""
    return {
        "commitments": clocks.show(Commitment.objects.published()),
        "history": StatusChange.objects.published().not_corrected().true_by(clocks.until),
        "developments": Development.objects.published().reported_by(clocks.as_of),
        "sources": clocks.published(Source.objects.in_use()),
    }


def _condition(rows: QuerySet, terms: Iterable[search.Term], is_partial: bool) -> Q:
    """Return what holds every term, or for partial matches one at least; and none that is excluded."""
    held = [search.holding_one(term, rows) for term in terms if not term.excluded]
    kept = [~search.holding_one(term, rows) for term in terms if term.excluded]
    return reduce(and_, kept, reduce(or_ if is_partial else and_, held))


def _counts(rows: dict[str, QuerySet], terms) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many of each kind hold every term, and how many hold one, in one query."""
    if not rows:
        return {}, {}
    found = [
        of_kind.order_by()
        .annotate(of=Cast(Value(kind), CharField()))
        .values("of")
        .annotate(
            every=Count("pk", filter=_condition(of_kind, terms, False)),
            some=Count("pk", filter=_condition(of_kind, terms, True)),
        )
        .values_list("of", "every", "some")
        for kind, of_kind in rows.items()
    ]
    counted = list(found[0].union(*found[1:], all=True))
    return {kind: every for kind, every, _ in counted}, {kind: some for kind, _, some in counted}


def _hits(agency: Agency, terms: Iterable[search.Term]) -> int:
    """Return how many terms a name of an agency holds; 0 where it holds one that is excluded."""
    hits = 0
    for term in terms:
        texts = (agency.acronym, agency.short_name, agency.name)
        looked_for = [replace(term, excluded=False)]
        if any(hit for text in texts for _, hit in search.marked(text, looked_for)):
            if term.excluded:
                return 0
            hits += 1
    return hits


def _best(kind: str, rows: QuerySet, terms: Iterable[search.Term]) -> QuerySet:
    """Return rows in order, those first that hold most terms, then the latest; with what a result shows of them."""
    held = [search.holding_one(term, rows) for term in terms if not term.excluded]
    cases = (Case(When(one, then=1), default=0, output_field=IntegerField()) for one in held)
    rows = rows.annotate(hits=reduce(add, cases))
    if kind == "commitments":
        in_title = search.holding([term for term in terms if not term.excluded], rows, "title")
        first = Case(When(in_title, then=0), default=1, output_field=IntegerField())
        rows = rows.annotate(in_title=first).order_by("-hits", "in_title", "code")
        return rows.for_rows(*SEARCHED, "plan__title")
    if kind == "history":
        rows = rows.order_by("-hits", "-effective_on", "-seq", "pk")
        return rows.select_related("commitment")
    if kind == "developments":
        return rows.order_by("-hits", "-reported_on", "pk").select_related("source")
    return rows.order_by("-hits", Coalesce("published_on", dt.date.min).desc(), "slug")


def _all(kind: str, query: str, request) -> str:
    """Return the address of all results of a kind."""
    lists = {"commitments": "commitment_list", "sources": "source_list"}
    only = [] if kind in lists else [("only", kind)]
    address = path_to(lists.get(kind, "search"))
    return joined(address, [("q", query), *only, *clocks_in(request)])


def _commitment(row, terms, request) -> Result:
    found = snippet(row, (), terms)
    href = joined(path_to("commitment_detail", code=row.code), clocks_in(request))
    code = format_html('<span class="code">{}</span>', found.code)
    meta = [status(row.effective_status, "bare"), code, row.plan__title]
    return Result(href, found.title, meta, found.passage)


def _step(row, terms, request) -> Result:
    href = joined(path_to("commitment_detail", code=row.commitment.code), clocks_in(request))
    meta = [when(row.effective_on, row.precision), status(row.status, "bare")]
    meta += filter(None, [written_later(row.recorded_at, request.clocks.as_of)])
    found = passage([row.explanation, row.correction_reason], terms)
    if not found and row.explanation:
        found = format_html('<p class="snippet">{}</p>', Truncator(row.explanation).words(30))
    return Result(f"{href}#history", row.commitment.title, meta, found)


def _development(row, terms, request) -> Result:
    href = joined(path_to("source_detail", slug=row.source.slug), clocks_in(request))
    meta = [
        when(row.reported_on, row.precision),
        format_html('<span class="bearing {}">{}</span>', row.bearing, row.get_bearing_display()),
        row.source.publisher,
        origin(row.source.origin),
    ]
    return Result(href, marked(search.marked(row.sentence, terms)), meta)


def _source(row, terms, request) -> Result:
    href = joined(path_to("source_detail", slug=row.slug), clocks_in(request))
    publisher = marked(search.marked(row.publisher, terms))
    meta = [when(row.published_on, row.precision), publisher, origin(row.origin)]
    found = passage([row.author, row.note], terms)
    return Result(href, marked(search.marked(row.title, terms)), meta, found)


def _agency(row, terms, request) -> Result:
    href = joined(path_to("agency_detail", slug=row.slug), clocks_in(request))
    return Result(
        href, marked(search.marked(row.name, terms)), [row.acronym] if row.acronym else []
    )


_RESULTS = {
    "commitments": _commitment,
    "history": _step,
    "developments": _development,
    "sources": _source,
    "agencies": _agency,
}
