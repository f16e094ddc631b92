"""Commitments by status and pillar, as a picture."""

from django.utils.translation import gettext

from commitments import presenting
from commitments.models import Pillar
from commitments.views.matrix import chart_selection, in_words
from planwatch.web.pages import filtered_page, picture

LEFT, ROW, KEY = 24, 46, 26


@filtered_page
def bars_picture(request):
    """Draw the bars of the commitments that the address asks for, with the filters of the list."""
    selection = chart_selection(request)
    bars = presenting.bars_by(selection.queryset.count_by("pillar", "status"), "pillar")
    whole = presenting.sum_of(bars.values())
    named = [(pillar.name, bars[pillar.slug]) for pillar in Pillar.objects.all()]
    drawn = [(name, bar) for name, bar in named if bar.total]
    if len(drawn) != 1:
        drawn.insert(0, (gettext("All"), whole))
    below = 88 + ROW * len(drawn) + 8
    context = {
        **in_words(selection, whole.total),
        "bars": [(name, bar, 84 + ROW * place) for place, (name, bar) in enumerate(drawn)],
        "key": [
            (item, LEFT + 182 * (place % 5), below + KEY * (place // 5))
            for place, item in enumerate(whole.segments)
        ],
        "height": below + 2 * KEY + 44,
    }
    return picture(request, "charts/bars.svg", context)
