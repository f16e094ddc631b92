"""Home page."""

from itertools import groupby

from django.db.models import Count, Max, Min, Q
from django.shortcuts import render

from commitments.choices import Coverage
from commitments.models import Commitment, Plan
from commitments.pages import public_view
from commitments.presenters.bars import sum_of
from commitments.presenters.news import newest
from commitments.presenters.rows import rows_of
from commitments.presenters.status_over_time import chart_of
from commitments.views.charts import counts_in
from planwatch.db.site_data import current_site

NEWEST = 5


@public_view()
def home(request):
    clocks = request.clocks
    plans = Plan.objects.with_country().with_recorded(clocks.as_of)
    plans = clocks.published(plans).order_by("country", "-published_on", "slug")
    opening, own, others = _own_and_others(list(plans))
    published = Commitment.objects.published()
    if others:
        published = published.filter(plan__jurisdiction=opening)
    commitments = clocks.show(published)
    facts = _facts(commitments, clocks.day)
    counts = counts_in(published, clocks, "pillar")
    late = commitments.filter(is_overdue=True).order_by("due_on", "code")
    context = {
        "own_search": True,
        "facts": facts,
        "partly_read": [
            plan for plan in own if plan.coverage == Coverage.PARTIAL and plan.recorded
        ],
        "pillars": counts.by_name(),
        "opening": opening,
        "others": others,
        "whole": sum_of(counts.bars.values()),
        "chart": chart_of(counts.moves[""], clocks.until),
        # The same commitments without what the clocks add, which takes longer to ask for.
        "news": newest(clocks.published(published, "announced_on"), clocks.until, NEWEST),
        "new_year": clocks.day.replace(month=1, day=1),
        "overdue": rows_of(late.for_rows()[:6], request),
    }
    return render(request, "commitments/home.html", context)


def _own_and_others(plans):
    """Return the jurisdiction with which the site opens where the plans are of several, its plans, and the others by country.

    Without a plan of that jurisdiction all are others: what several promised is nowhere added up.
    """
    opening = current_site().opening_jurisdiction
    if len({plan.jurisdiction for plan in plans}) < 2:
        return None, plans, []
    own = [plan for plan in plans if plan.jurisdiction == opening]
    others = (plan for plan in plans if plan.jurisdiction != opening)
    countries = groupby(others, key=lambda plan: plan.country)
    return opening, own, [(country, list(found)) for country, found in countries]


def _facts(commitments, day):
    """Return what the page says of all commitments besides their bars, in one query."""
    this_year = Q(effective_since__gte=day.replace(month=1, day=1))
    return commitments.aggregate(
        total=Count("pk"),
        overdue=Count("pk", filter=Q(is_overdue=True)),
        stale=Count("pk", filter=Q(is_stale=True)),
        this_year=Count("pk", filter=this_year),
        first=Min("announced_on"),
        last=Max("announced_on"),
        latest_review=Max("effective_reviewed_on"),
        oldest_review=Min("effective_reviewed_on", filter=Q(is_open=True)),
    )
