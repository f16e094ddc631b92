"""Charts as SVG files."""

import textwrap

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from commitments.models import Commitment, CommitmentLink, Pillar
from commitments.pages import filtered_view, picture, public_view
from commitments.presenters import history
from commitments.presenters import lineage as lineage_module
from commitments.presenters.bars import bars_by, sum_of
from commitments.views.matrix import chart_selection, in_words

LEFT = 24
# Pixels of a bar with its name, and of a line of the key below the bars.
ROW, KEY_LINE = 46, 26
# Pixels of the key beside a history.
KEY = 150
# A letter of the headline is so wide, in pixels, and a line of it so high.
LETTER, LINE = 11.5, 27


@filtered_view
def bars_picture(request):
    """Draw the bars of the commitments that the address asks for, with the filters of the list."""
    selection = chart_selection(request)
    bars = bars_by(selection.queryset.count_by("pillar", "status"), "pillar")
    whole = sum_of(bars.values())
    named = [(pillar.name, bars[pillar.slug]) for pillar in Pillar.objects.all()]
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
        "height": below + 2 * KEY_LINE + 44,
    }
    return picture(request, "charts/bars.svg", context)


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
