"""Charts as SVG files."""

import csv
import textwrap

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from commitments.choices import NO_PILLAR, Status
from commitments.models import Commitment, CommitmentLink, Pillar
from commitments.pages import filtered_view, picture, public_view
from commitments.presenters import history
from commitments.presenters import lineage as lineage_module
from commitments.presenters.bars import COUNTED, bars_by, sum_of
from commitments.presenters.coverage import in_one_sentence
from commitments.presenters.status_over_time import Counts, chart_of, counts_of
from commitments.querysets.status_counts import status_counts
from commitments.views.matrix import chart_selection, in_words

LEFT = 24
# Pixels of a bar with its name, and of a line of the key below the bars.
ROW, KEY_LINE = 60, 26
# Pixels of the key beside a history.
KEY = 150
# A letter of the headline is so wide, in pixels, and a line of it so high.
LETTER, LINE = 11.5, 27


def counts_in(published, clocks, by: str = "", steps_by: str = "", parts_by: str = "") -> Counts:
    """Return the counts of published commitments on the reader's day, and the moves that led there, in one query."""
    history = clocks.published(published, "announced_on")
    rows = status_counts(clocks.show(published), history, clocks.until, by, steps_by, parts_by)
    return counts_of(rows.iterator())


@filtered_view
def bars_picture(request):
    """Draw the bars of the commitments that the address asks for, with the filters of the list."""
    selection = chart_selection(request)
    bars = bars_by(selection.queryset.count_by("pillar", *COUNTED), "pillar")
    whole = sum_of(bars.values())
    named = [(pillar.name, bars[pillar.slug]) for pillar in Pillar.objects.all()]
    if named:
        named.append((NO_PILLAR, bars[None]))
    drawn = [(name, bar) for name, bar in named if bar.total]
    if len(drawn) != 1:
        drawn.insert(0, (gettext("All"), whole))
    below = 88 + ROW * len(drawn) + 8
    context = {
        **in_words(selection, whole.total),
        "bars": [(name, bar, 84 + ROW * place) for place, (name, bar) in enumerate(drawn)],
        "key": [
            (item, LEFT + 182 * (place % 5), below + KEY_LINE * (place // 5))
            for place, item in enumerate(whole.segments)
        ],
        "proofs_at": below + 2 * KEY_LINE,
        "height": below + 3 * KEY_LINE + 44,
    }
    return picture(request, "charts/bars.svg", context)


@filtered_view
def status_over_time_picture(request):
    """Draw how the commitments that the address asks for stood at the end of each month, with the filters of the list."""
    selection, chart = _over_time(request)
    context = {
        **in_words(selection, chart.months[-1][1].total()),
        "chart": chart,
        "height": 366,
    }
    return picture(request, "charts/status_over_time.svg", context)


@filtered_view
def status_over_time_table(request):
    """Answer with the counts of that picture as CSV: a line for each month, a column for each status, the total and
    how much of the plans was read.
    """
    selection, chart = _over_time(request)
    read = in_one_sentence(selection.partly_read)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="planwatch-status-over-time.csv"'
    writer = csv.writer(response)
    writer.writerow(["month", *Status.values, "total", "coverage"])
    for month, counts in chart.every_month():
        row = [counts[status] for status in Status.values]
        writer.writerow([f"{month:%Y-%m}", *row, sum(row), read])
    return response


def _over_time(request):
    selection = chart_selection(request)
    until = selection.clocks.until
    rows = status_counts(selection.queryset, selection.queryset.order_by(), until)
    chart = chart_of(counts_of(rows.iterator()).moves[""], until)
    if chart is None:
        raise Http404
    return selection, chart


@public_view()
def history_picture(request, code):
    """Draw the status over time; of a commitment whose status never moved there is nothing to draw."""
    clocks = request.clocks
    commitments = clocks.show(Commitment.objects.published()).filter(code=code.upper())
    commitment = get_object_or_404(commitments.with_country().with_history())
    bands = history.bands(
        commitment,
        commitment.steps,
        clocks.day_in(commitment.time_zone),
        clocks.as_of,
        clocks.known_at,
    )
    if bands is None:
        raise Http404
    context = _headed(commitment, 1248)
    below = context["top"] + bands.height + 24
    context |= {
        "bands": bands,
        "below": below,
        "key": [(status, LEFT + KEY * place) for place, status in enumerate(bands.statuses)],
        "height": below + 68,
    }
    return picture(request, "charts/history.svg", context)


@public_view()
def lineage_picture(request, code):
    """Draw the commitments before and after one; of a commitment without any there is nothing to draw."""
    readable = request.clocks.show(Commitment.objects.published())
    commitment = get_object_or_404(readable, code=code.upper())
    links = CommitmentLink.objects.around(commitment, readable)
    lineage = lineage_module.lineage(commitment, links)
    if lineage is None:
        raise Http404
    width = lineage.width + 2 * LEFT
    context = _headed(commitment, width)
    context |= {
        "lineage": lineage,
        "width": width,
        "height": context["top"] + lineage.height + 60,
    }
    return picture(request, "charts/lineage.svg", context)


def _headed(commitment, width: int) -> dict:
    """Return the title in lines that fit, and where the drawing below them begins."""
    lines = textwrap.wrap(commitment.title, int((width - 2 * LEFT) / LETTER))
    headline = [(38 + LINE * place, line) for place, line in enumerate(lines)]
    return {"commitment": commitment, "headline": headline, "top": headline[-1][0] + 48}
