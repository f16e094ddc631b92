"""Context of every filtered list of commitments."""

from dataclasses import replace

from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from commitments import filter_labels, search
from commitments.facets import FACETS, facets_of, left_without_each
from commitments.filter_labels import (
    chips_above_a_list,
    facet_groups,
    order_in_words,
    sentence,
    ways_out,
)
from commitments.models import Commitment
from commitments.presenters.search_snippets import snippet
from commitments.selection import PAGING, select_commitments
from planwatch.cache.version_cache import memory_of
from planwatch.web.keyset import ROW_BYTES, Page, page_of, size_from
from planwatch.web.query_params import InvalidQuery, unknown_value

ROWS = 50
# About what the choices of all filters take in memory, and a number.
FACETS_BYTES, NUMBER_BYTES = 200_000, 200
VIEWS = ("table", "cards")


def listing(request, within, pillar=None, total=None):
    """Return what a filtered list shows: its rows, filters, chips and the sentence that says what it holds.

    On the page of a pillar, `pillar` is that, and `total` is how many commitments it has.
    """
    view = _view_from(request.GET)
    memory, place = memory_of(request), pillar.slug if pillar else ""
    also = (*PAGING, "view")
    selection = select_commitments(request.GET, within, also=also, memory=memory, place=place)
    request.clocks = clocks = selection.clocks
    key = (place, *selection.asked)
    facets = memory.made(
        ("facets", get_language(), key),
        lambda: facets_of(selection, without=("pillar", "source") if pillar else ()),
        FACETS_BYTES,
    )
    orders = filter_labels.orders(bool(selection.q))
    context = {
        "view": view,
        "count": facets.count,
        "sentence": sentence(facets.count, selection.chosen, clocks, pillar.name if pillar else ""),
        "order": selection.order,
        "order_words": order_in_words(selection.order),
        "orders": orders,
        "order_is_offered": selection.order in dict(orders),
        "chips": chips_above_a_list(selection.chosen),
        "chosen": selection.chosen,
        "groups": SimpleLazyObject(
            lambda: facet_groups(facets.choices, selection.chosen, facets.cut)
        ),
        "facets": FACETS,
        "picks_key": key,
        "list_key": _list_key(request),
        "q": selection.q,
    }
    if facets.count:
        return context | _found(request, selection, within, total, place)
    return context | _nothing(selection)


def _list_key(request):
    """Return what is the same on every page of a list, and for everybody who is not signed in."""
    if request.user.is_authenticated:
        return ""
    asked = ((name, *values) for name, values in request.GET.lists() if name != "cursor")
    return (request.path, *asked)


def _view_from(params):
    view = params.get("view", "")
    if view and view not in VIEWS:
        raise InvalidQuery([unknown_value("view", view, VIEWS)])
    return view


def _found(request, selection, within, total, place):
    clocks, memory = selection.clocks, memory_of(request)
    page = _page(request, selection, memory, place)
    if selection.chosen and total is None:
        key = ("all", clocks.as_of, clocks.known_at)
        total = memory.made(key, lambda: clocks.show(within.published()).count(), NUMBER_BYTES)
    terms = search.terms_of(selection.q, selection.filterset.agency_names) if selection.q else []
    for row in page.rows:
        # Also where there is none: a template looks long for what a row does not have.
        row.snippet = snippet(row, terms) if terms else None
    return {
        "page": page,
        "total": total if selection.chosen else None,
        "synonyms": [term for term in terms if term.also and not term.excluded],
    }


def _page(request, selection, memory, place):
    """Return the rows of a page; where they may be remembered, only those are read that are not."""
    clocks, cursor = selection.clocks, request.GET.get("cursor", "")
    size = size_from(request.GET.get("page_size", ""), ROWS)

    def complete(rows):
        return rows.for_rows().with_evidence_count(clocks.until)

    if not clocks.is_today or not memory:
        return page_of(complete(selection.queryset), selection.keys, cursor, size)
    columns = (key.lstrip("-") for key in selection.keys)
    page = memory.made(
        ("page", place, selection.asked, cursor, size),
        lambda: page_of(selection.queryset.as_keys(*columns), selection.keys, cursor, size),
        ROW_BYTES * (size + 1),
    )
    numbers = [row.pk for row in page.rows]
    whole = SimpleLazyObject(
        lambda: complete(clocks.show(Commitment.objects.published())).in_bulk(numbers)
    )
    if selection.q:
        # Each shows where the search matched, so none is like another.
        return replace(page, rows=[whole[number] for number in numbers])
    return replace(page, rows=[_Row(row.pk, whole) for row in page.rows])


class _Row:
    """A row of which only the number is known. The rest is read, for all of a page, where one is not remembered."""

    def __init__(self, number, whole):
        self.piece, self._whole = number, whole

    def __getattr__(self, name):
        return getattr(self._whole[self.piece], name)


def _nothing(selection):
    """Return which filter to drop, and which words are near to those that found nothing."""
    total, left = left_without_each(selection)
    suggestions = []
    if selection.q:
        filterset = selection.filterset
        suggestions = search.suggestions(
            selection.q, filterset.filtered(without=("q",)), filterset.agency_names
        )
    return {
        "page": Page([], None, None),
        "total": total,
        "ways_out": ways_out(left, selection.chosen),
        "suggestions": suggestions,
    }
