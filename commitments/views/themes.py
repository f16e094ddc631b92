"""Pages of the themes: what the plans say on a subject, side by side."""

from itertools import groupby

from django.db.models import F, OuterRef, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
from django.shortcuts import get_object_or_404, render

from agencies.models import Jurisdiction
from commitments.models import Commitment, Theme
from commitments.pages import public_view
from commitments.presenters.rows import rows_of

# So many commitments of one plan are shown; the rest is a list of its own.
OF_A_PLAN = 25
# What is shown of a plan.
PLAN = ("slug", "title", "published_on", "precision")


@public_view()
def theme_list(request):
    return render(request, "commitments/theme_list.html", {"themes": Theme.objects.all()})


@public_view()
def theme_detail(request, code):
    theme = get_object_or_404(Theme, code=code)
    context = {"theme": theme, "plans": _by_plan(request, theme)}
    return render(request, "commitments/theme_detail.html", context)


def _by_plan(request, theme):
    """Return, by country and day of publication, each plan's columns, its first rows, and whether there are more."""
    shown = request.clocks.show(Commitment.objects.published())
    place = Window(RowNumber(), partition_by="plan", order_by="code")
    first = shown.filter(theme_rows__theme=theme).order_by().annotate(place=place)
    first = first.filter(place__lte=OF_A_PLAN + 1).values_list("pk", flat=True)
    named = Jurisdiction.objects.filter(code=OuterRef("plan__jurisdiction")).values("name")
    country = Coalesce(Subquery(named), F("plan__jurisdiction"))
    rows = shown.filter(pk__in=list(first)).annotate(country=country)
    rows = rows.order_by("country", "plan__published_on", "plan__slug", "code")
    plans = []
    columns = ("summary", "pillar__name", "country", *(f"plan__{name}" for name in PLAN))
    found = rows_of(rows.for_rows(*columns), request)
    for _, rows in groupby(found, lambda row: row.commitment.plan__slug):
        rows = list(rows)
        plans.append((rows[0].commitment, rows[:OF_A_PLAN], len(rows) > OF_A_PLAN))
    return plans
