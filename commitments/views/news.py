"""News: what happened, by the day on which it happened."""

import datetime as dt

from django.shortcuts import render

from agencies.models import Agency
from commitments.pages import filtered_view
from commitments.presenters import news as presenter
from commitments.querysets.news import KINDS, events
from commitments.selection import single
from commitments.views.matrix import chart_selection, in_words
from planwatch.web.query_params import InvalidQuery, ParameterProblem, unknown_value

# So many events make a page, and so many at most are shown of one day.
PAGE, DAY = 40, 300
PARAMETERS = ("event", "year", "before")


@filtered_view
def news(request):
    selection = chart_selection(request, also=PARAMETERS)
    clocks, commitments, scope = selection.clocks, selection.queryset, selection.scope
    kind, year, before = _asked(request.GET)
    found, older = _page(commitments, clocks.until, (kind,) if kind else KINDS, year, before)
    is_first = not before and not year and kind in ("", "due")
    told, ahead = presenter.items_and_ahead(found, commitments, clocks.day if is_first else None)
    return render(
        request,
        "commitments/news.html",
        {
            "chips": in_words(selection, 0)["chips"],
            "partly_read": selection.partly_read,
            "kind": kind,
            "kinds": presenter.NAMES,
            "year": year,
            "before": before,
            "years": range(clocks.day.year, clocks.day.year - 6, -1),
            "months": presenter.by_month(told),
            "ahead": ahead,
            "older": older,
            "pillars": selection.filterset.vocabulary.pillars,
            "agencies": [row for row in Agency.objects.all() if not scope or scope.has_agency(row)],
            "chosen": {each.parameter: each.value for each in selection.chosen},
        },
    )


def _page(commitments, until, kinds, year, before):
    """Return the events of a page, whole days, and the day before which the next page begins, or None."""
    asked = events(commitments, until, kinds, year=year, before=before)
    found = list(asked[: PAGE + 1])
    if len(found) <= PAGE:
        return found, None
    last = found[-1][2]
    whole = [event for event in found if event[2] > last]
    if whole:
        return whole, whole[-1][2]
    following = last + dt.timedelta(days=1)
    asked = events(commitments, until, kinds, year=year, before=following)
    return [event for event in asked[:DAY] if event[2] == last], last


def _asked(params):
    """Return the kind, the year and the day that an address asks for. Raises InvalidQuery with every problem."""
    problems = []
    kind = single(params, "event")
    if kind and kind not in KINDS:
        problems.append(unknown_value("event", kind, KINDS))
    year = single(params, "year")
    if year and not (year.isascii() and year.isdigit() and 1800 <= int(year) <= 9999):
        problems.append(ParameterProblem("year", "year: Write a year, for example 2025."))
    try:
        before = dt.date.fromisoformat(single(params, "before") or "9999-12-31")
    except ValueError:
        problems.append(ParameterProblem("before", "before: Write a day, for example 2025-06-30."))
    if problems:
        raise InvalidQuery(problems)
    return kind, int(year) if year else None, before if single(params, "before") else None
