"""Pages of the plans: all by jurisdiction, and each with its coverage, its pillars and its commitments."""

from itertools import groupby

from django.http import Http404
from django.shortcuts import render

from commitments.models import Commitment, Plan
from commitments.pages import filtered_view, public_view
from commitments.presenters.bars import bar_of, bars_by, sum_of
from commitments.selection import read_clocks
from commitments.views.commitment_list import listing
from commitments.views.pillars import counts_by_pillar


@public_view()
def plan_list(request):
    clocks = request.clocks
    commitments = clocks.show(Commitment.objects.published())
    bars = bars_by(commitments.count_by("plan", "status"), "plan")
    plans = clocks.published(_plans(clocks)).order_by("country", "-published_on", "slug")
    found = [(plan, bars[plan.slug]) for plan in plans]
    countries = groupby(found, key=lambda item: item[0].country)
    context = {"countries": [(country, list(plans)) for country, plans in countries]}
    return render(request, "commitments/plan_list.html", context)


@filtered_view
def plan_detail(request, slug):
    clocks = read_clocks(request.GET)
    plan = _plans(clocks).select_related("document", "predecessor").filter(slug=slug).first()
    if plan is None:
        raise Http404
    within = Commitment.objects.filter(plan__slug=slug)
    pillars = [
        (key, name, bar_of(counts))
        for key, name, counts in counts_by_pillar(clocks.show(within.published()))
    ]
    whole = sum_of(bar for _, _, bar in pillars)
    context = listing(
        request, within, without=("jurisdiction", "plan", "source"), total=whole.total
    )
    context |= {
        "plan": plan,
        "bar": whole,
        "pillars": pillars,
        "columns": [(name, bar) for _, name, bar in pillars],
    }
    return render(request, "commitments/plan_detail.html", context)


def _plans(clocks):
    return Plan.objects.with_country().with_recorded(clocks.as_of)
