"""The charts of one commitment, as pictures that stand alone."""

import textwrap

from django.http import Http404
from django.shortcuts import get_object_or_404

from commitments import presenting
from commitments.models import Commitment, CommitmentLink
from planwatch.web.pages import picture, public_page

LEFT, KEY = 24, 150
# A letter of the headline is so wide, in pixels, and a line of it so high.
LETTER, LINE = 11.5, 27


@public_page()
def history_picture(request, code):
    """Draw the status over time; of a commitment whose status never moved there is nothing to draw."""
    clocks = request.clocks
    commitments = clocks.show(Commitment.objects.published()).filter(code=code.upper())
    commitment = get_object_or_404(commitments.select_related("plan").with_history())
    bands = presenting.bands(
        commitment,
        commitment.steps,
        clocks.day_in(commitment.plan.jurisdiction),
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


@public_page()
def lineage_picture(request, code):
    """Draw the commitments before and after one; of a commitment without any there is nothing to draw."""
    readable = request.clocks.show(Commitment.objects.published())
    commitment = get_object_or_404(readable, code=code.upper())
    links = CommitmentLink.objects.around(commitment, readable)
    lineage = presenting.lineage(commitment, links)
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
