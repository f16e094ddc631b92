"""Timeline of documents, announcements, status changes and due dates."""

from django.db.models import CharField, Count, F, Value
from django.db.models.functions import Cast
from django.shortcuts import render

from agencies.models import Jurisdiction
from commitments.models import Citation
from commitments.pages import filtered_view, picture
from commitments.presenters import timeline as shaping
from commitments.querysets.news import documents_of, steps_of
from commitments.selection import single
from commitments.views.matrix import chart_selection, in_words
from planwatch.web.query_params import InvalidQuery, unknown_value

# So many rows of each kind at most are named below a year.
NAMED = 300


@filtered_view
def timeline(request):
    return render(request, "commitments/timeline.html", _told(request))


@filtered_view
def timeline_picture(request):
    return picture(request, "charts/timeline.svg", _told(request))


def _told(request):
    """Return what happened to the commitments that the address asks for, drawn and in words."""
    selection = chart_selection(request, also=("year",))
    clocks, commitments = selection.clocks, selection.queryset.bare()
    documents, steps = documents_of(commitments, clocks.until), steps_of(commitments, clocks.until)
    happened = _happened(commitments, documents, steps)
    years = sorted({item.day.year for item in happened})
    year = _year(request.GET, years)
    within = [item for item in happened if item.day.year == year] if year else happened
    axis = shaping.axis(happened, year)
    today = _today(clocks, commitments)
    lanes = shaping.lanes(within, axis) if axis else []
    origins = _announcing(commitments, year)
    stretches = (
        shaping.months(within, _names(commitments, documents, steps, year), origins)
        if year
        else shaping.years(within, origins)
    )
    return {
        **in_words(selection, sum(item.count for item in happened if item.kind == "announced")),
        "year": year,
        "years": years,
        "axis": axis,
        "lanes": lanes,
        "key": shaping.key(lanes),
        "today_at": axis.place(today) if axis and axis.first <= today <= axis.last else None,
        "stretches": stretches,
        "is_cut": bool(year) and sum(len(item.entries) for item in stretches) >= shaping.ENTRIES,
    }


def _today(clocks, commitments):
    """Return the day that the answer speaks of where the commitments are due; that of UTC where they do not share one."""
    there = Jurisdiction.objects.order_by().filter(
        code__in=commitments.values("plan__jurisdiction")
    )
    days = {clocks.day_in(zone) for zone in there.values_list("time_zone", flat=True).distinct()}
    return days.pop() if len(days) == 1 else clocks.day


def _year(params, years):
    given = single(params, "year")
    if given and given not in map(str, years):
        raise InvalidQuery([unknown_value("year", given, map(str, years))])
    return int(given) if given else None


def _happened(commitments, documents, steps):
    """Return how much of each kind happened on each day, in one query."""
    due = commitments.exclude(due_on=None)
    first, *others = (
        _counted("documents", documents, "published_on", precision="precision"),
        _counted("announced", commitments, "announced_on"),
        _counted("changes", steps, "effective_on", precision="precision", status="status"),
        _counted("due", due, "due_on", precision="due_precision"),
    )
    return [
        shaping.Happened(kind, day, precision, count, status)
        for kind, day, precision, status, count in first.union(*others, all=True)
    ]


def _counted(kind, rows, day, precision="", status=""):
    """Count rows by (kind, day, precision, status), in a form that all kinds share; the last three name columns."""

    def text(column, otherwise):
        return Cast(F(column) if column else Value(otherwise), CharField())

    columns = (text("", kind), F(day), text(precision, "day"), text(status, ""))
    return rows.order_by().values_list(*columns).annotate(n=Count("pk"))


def _announcing(commitments, year):
    """Return {day: the document that announces most of what was announced on it}, of one year or of all."""
    rows = Citation.objects.filter(relation="announces", commitment__in=commitments.values("pk"))
    if year:
        rows = rows.filter(commitment__announced_on__year=year)
    counted = (
        rows.order_by()
        .values_list(
            "commitment__announced_on",
            "source__slug",
            "source__title",
            "commitment__plan__published_on",
            "commitment__plan__title",
            "commitment__plan__document__slug",
        )
        .annotate(n=Count("commitment", distinct=True))
        .order_by("n", "source__slug")
    )
    found = {}
    for day, slug, title, plan_day, plan, document, _ in counted:
        found[day] = (
            shaping.Announcing(plan, document, True)
            if day == plan_day
            else shaping.Announcing(title, slug, False)
        )
    return found


def _names(commitments, documents, steps, year):
    """Return the rows to name below a year, under the (kind, day, precision, status) that they belong to."""
    found = {}
    for row in documents.filter(published_on__year=year).order_by("published_on", "slug")[:NAMED]:
        found.setdefault(("documents", row.published_on, row.precision, ""), []).append(row)
    within = steps.filter(effective_on__year=year).select_related("commitment")
    for row in within.order_by("effective_on", "commitment__code")[:NAMED]:
        key = ("changes", row.effective_on, row.precision, row.status)
        found.setdefault(key, []).append(row.commitment)
    for row in commitments.filter(due_on__year=year).order_by("due_on", "code")[:NAMED]:
        found.setdefault(("due", row.due_on, row.due_precision, ""), []).append(row)
    return found
