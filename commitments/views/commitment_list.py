"""Context of every filtered list of commitments."""

from commitments import filter_labels, search
from commitments.facets import FACETS, facets_of, left_without_each
from commitments.filter_labels import (
    chips_above_a_list,
    facet_groups,
    sentence,
    ways_out,
)
from commitments.presenters.rows import SEARCHED, rows_of
from commitments.selection import PAGING, select_commitments
from planwatch.web.keyset import Page, page_of, size_from
from planwatch.web.query_params import InvalidQuery, unknown_value

ROWS = 50
VIEWS = ("table", "cards")
# What an address of a list has besides its filters.
LISTED = (*PAGING, "view")
# What happened last, so that a reader who comes back sees it first.
DEFAULT_ORDER = "-status_since"


def listing(request, within, pillar=None, without=(), total=None, selection=None):
    """Return what a filtered list shows: its rows, filters, chips and the sentence that says what it holds.

    On the page of a pillar or plan, `total` is how many commitments it has, `pillar` the pillar, and the filters `without`
    are not offered. `selection` is what the address asks for, where the page has read it.
    """
    view = _view_from(request.GET)
    selection = selection or select_commitments(request.GET, within, LISTED, DEFAULT_ORDER)
    request.clocks = clocks = selection.clocks
    facets = facets_of(selection, without)
    orders = filter_labels.orders(bool(selection.q))
    plans = {item.value for item in facets.choices.get("plan", ()) if item.count}
    context = {
        "view": view,
        "count": facets.count,
        "sentence": sentence(facets.count, selection.chosen, clocks, pillar.name if pillar else ""),
        "order": selection.order,
        "order_words": filter_labels.ORDER_NAMES[selection.order],
        "orders": orders,
        "order_is_offered": selection.order in dict(orders),
        "chips": chips_above_a_list(selection.narrowing),
        "not_offered": [item for item in selection.chosen if item.parameter in without],
        "groups": facet_groups(facets.choices, selection.chosen, facets.cut),
        "facets": FACETS,
        "q": selection.q,
        "partly_read": [
            plan for plan in selection.partly_read if plan.slug in plans or "plan" in without
        ],
    }
    if facets.count:
        return context | _found(request, selection, within, total, without)
    return context | _nothing(selection)


def _view_from(params):
    view = params.get("view", "")
    if view and view not in VIEWS:
        raise InvalidQuery([unknown_value("view", view, VIEWS)])
    return view


def _found(request, selection, within, total, without):
    clocks, scope = selection.clocks, selection.scope
    countries = selection.filterset.vocabulary.jurisdictions
    is_of_one_plan = scope.plans if scope else "plan" in without
    countries = {} if is_of_one_plan or len(countries) < 2 else countries
    terms = search.terms_of(selection.q, selection.filterset.agency_names) if selection.q else []
    columns = ["evidence_count", *(key.lstrip("-") for key in selection.keys)]
    columns += ("summary", "pillar__name") if request.GET.get("view") == "cards" else ()
    columns += SEARCHED if terms else ()
    columns += ("plan__jurisdiction", "plan__title") if countries else ()
    rows = selection.queryset.with_evidence_count(clocks.until).for_rows(*columns)
    size = size_from(request.GET.get("page_size", ""), ROWS)
    page = page_of(rows, selection.keys, request.GET.get("cursor", ""), size)
    if selection.narrowing and total is None:
        total = clocks.show(within.published()).count()
    return {
        "page": page,
        "rows": rows_of(page.rows, request, terms, countries),
        "total": total if selection.narrowing else None,
        "synonyms": [term for term in terms if term.also and not term.excluded],
    }


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
