"""Pages of the themes: what the plans say on a subject, side by side."""

from collections import defaultdict

from django.db.models import Window
from django.db.models.functions import RowNumber
from django.shortcuts import get_object_or_404, render

from commitments.models import Commitment, Plan, Theme
from commitments.pages import public_view
from commitments.presenters.rows import rows_of
from commitments.presenters.status_over_time import chart_of
from commitments.views.charts import counts_in

# So many commitments of one plan are shown; the rest is a list of its own.
OF_A_PLAN = 25


@public_view()
def theme_list(request):
    return render(request, "commitments/theme_list.html", {"themes": Theme.objects.all()})


@public_view()
def theme_detail(request, code):
    theme = get_object_or_404(Theme, code=code)
    context = {"theme": theme, "plans": _by_plan(request, theme)}
    return render(request, "commitments/theme_detail.html", context)


def _by_plan(request, theme):
    """Return, by country and day of publication, each plan, its first rows, whether there are more, and its chart."""
    clocks = request.clocks
    shown = clocks.show(Commitment.objects.published())
    of_theme = Commitment.objects.published().filter(theme_rows__theme=theme)
    moves = counts_in(of_theme, clocks, steps_by="plan__slug").moves
    place = Window(RowNumber(), partition_by="plan", order_by="code")
    first = shown.filter(theme_rows__theme=theme).order_by().annotate(place=place)
    first = first.filter(place__lte=OF_A_PLAN + 1).values_list("pk", flat=True)
    rows = shown.filter(pk__in=list(first)).order_by("code")
    found = defaultdict(list)
    for row in rows_of(rows.for_rows("summary", "pillar__name", "plan_id"), request):
        found[row.commitment.plan_id].append(row)
    plans = Plan.objects.filter(pk__in=found).with_country().with_recorded(clocks.as_of)
    return [
        (
            plan,
            found[plan.pk][:OF_A_PLAN],
            len(found[plan.pk]) > OF_A_PLAN,
            chart_of(moves[plan.slug], clocks.until),
        )
        for plan in plans.order_by("country", "published_on", "slug")
    ]
