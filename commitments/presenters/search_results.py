"""Search results in finished words: commitments, history, developments, sources and agencies, each with its matches."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import add, or_

from django.db.models import Case, CharField, Count, IntegerField, Q, QuerySet, Value, When, Window
from django.db.models.functions import Coalesce
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
from planwatch.web.word_forms import FIELD_END, stems

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
    names: search.Names


def found_by(query: str, request, only: str = "") -> Found:
    """Return what holds every word of a query, else what holds some of them, in at most five queries.

    With `only` a kind, that kind alone and more of it.
    """
    agencies, names = _agencies_and_names()
    terms = search.terms_of(query, names)[:TERMS]
    wanted = [term for term in terms if not term.excluded]
    if not wanted:
        return Found(terms, [], False, names)
    most = MOST if only else SHOWN
    read = {
        kind: [(row, row.hits, row.every, row.some) for row in _best(kind, rows, terms)[:most]]
        for kind, rows in _rows(request.clocks).items()
        if only in ("", kind)
    }
    if only in ("", "agencies"):
        read["agencies"] = _best_agencies(agencies, terms)[:most]
    is_partial = not any(every for rows in read.values() for _row, _hits, every, _some in rows)
    least, groups = 1 if is_partial else len(wanted), []
    for kind in NAMES:
        shown = [
            (row, every, some) for row, hits, every, some in read.get(kind, ()) if hits >= least
        ]
        if shown:
            _row, every, some = shown[0]
            count = some if is_partial else every
            has_more = count > len(shown) and not (is_partial or only)
            address = _all(kind, query, request) if has_more else ""
            results = [_RESULTS[kind](row, terms, request) for row, _every, _some in shown]
            groups.append(Group(kind, count, results, address))
    return Found(terms, groups, is_partial, names)


def _agencies_and_names() -> tuple[list, search.Names]:
    """Return the agencies as plain named rows, and what `search.names_of` makes of them, in one query."""
    columns = ("slug", "acronym", "short_name", "name")
    blank = [Value("", output_field=CharField())] * 3
    languages = Plan.objects.order_by().values_list(*blank, "language")
    rows = Agency.objects.order_by().values_list(*columns, named=True)
    rows = list(rows.union(languages).order_by("name"))
    agencies = [row for row in rows if row.slug]
    triples = ((row.acronym, row.short_name, row.name) for row in agencies)
    return agencies, search.names_of(triples, [row.name for row in rows if not row.slug])


def _rows(clocks) -> dict[str, QuerySet]:
    """Return what may be found of each kind but the agencies."""
    return {
        "commitments": clocks.show(Commitment.objects.published()),
        "history": StatusChange.objects.published().not_corrected().true_by(clocks.until),
        "developments": Development.objects.published().reported_by(clocks.as_of),
        "sources": clocks.published(Source.objects.in_use()),
    }


def _best_agencies(agencies: Iterable, terms: Iterable[search.Term]) -> list[tuple]:
    """Return (agency, how many terms a name of it holds, how many hold all, how many some), those with most first."""
    found = []
    for agency in agencies:
        texts = (agency.acronym, agency.short_name, agency.name)
        text = f" {f' {FIELD_END} '.join(' '.join(stems(text)) for text in texts)} "
        held = [
            term.excluded
            for term in terms
            if any(f" {' '.join(run)} " in text for run in term.runs)
        ]
        if held and not any(held):
            found.append((agency, len(held)))
    wanted = sum(not term.excluded for term in terms)
    every = sum(hits == wanted for _, hits in found)
    found.sort(key=lambda item: -item[1])
    return [(agency, hits, every, len(found)) for agency, hits in found]


def _best(kind: str, rows: QuerySet, terms: Iterable[search.Term]) -> QuerySet:
    """Return the rows that hold a term and none that is excluded, those first that hold most terms, then the latest.

    Each has what a result shows of it, how many terms it holds in `hits`, and the counts of those that hold every term
    and `some` of them.
    """
    wanted = [term for term in terms if not term.excluded]
    held = [search.holding_one(term, rows) for term in wanted]
    cases = (Case(When(one, then=1), default=0, output_field=IntegerField()) for one in held)
    excluded = [search.holding_one(term, rows) for term in terms if term.excluded]
    rows = rows.filter(reduce(or_, held), *(~one for one in excluded))
    rows = rows.annotate(hits=reduce(add, cases), some=Window(Count("pk")))
    has_all = Q(hits=len(wanted)) if len(wanted) > 1 else None
    rows = rows.annotate(every=Window(Count("pk", filter=has_all)))
    if kind == "commitments":
        in_title = search.holding(wanted, rows, "title")
        first = Case(When(in_title, then=0), default=1, output_field=IntegerField())
        rows = rows.annotate(in_title=first).order_by("-hits", "in_title", "code")
        return rows.for_rows(*SEARCHED, "plan__title", "hits", "every", "some")
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
