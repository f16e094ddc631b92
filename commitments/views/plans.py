"""Pages of the plans: all by jurisdiction, and each with its coverage, its pillars, its sections and its commitments."""

from collections import defaultdict
from itertools import groupby

from django.db.models import FilteredRelation
from django.http import Http404
from django.shortcuts import render

from commitments.choices import Coverage
from commitments.models import Commitment, Plan
from commitments.pages import filtered_view, linked_page, public_view
from commitments.presenters.bars import COUNTED, Bar, bars_by, sum_of
from commitments.presenters.plan_links import plan_links
from commitments.presenters.status_over_time import chart_of
from commitments.selection import read_clocks, select_commitments
from commitments.views.charts import counts_in
from commitments.views.commitment_list import DEFAULT_ORDER, LISTED, listing


@public_view()
def plan_list(request):
    clocks = request.clocks
    commitments = clocks.show(Commitment.objects.published())
    bars = bars_by(commitments.count_by("plan", *COUNTED), "plan")
    plans = clocks.published(_plans(clocks)).order_by("country", "-published_on", "slug")
    found = [(plan, bars[plan.slug]) for plan in plans]
    countries = groupby(found, key=lambda item: item[0].country)
    context = {"countries": [(country, list(plans)) for country, plans in countries]}
    return render(request, "commitments/plan_list.html", context)


@linked_page("api:plan-detail")
@filtered_view
def plan_detail(request, slug):
    clocks = read_clocks(request.GET)
    plans = _plans(clocks).around(slug).annotate(reported=FilteredRelation("developments"))
    plans = plans.select_related("document", "reported__source")
    around = list(plans.order_by("-reported__reported_on", "reported__pk"))
    found = [row for row in around if row.slug == slug]
    if not found:
        raise Http404
    plan, reports = found[0], [row.reported for row in found if hasattr(row, "reported")]
    within = Commitment.objects.filter(plan__slug=slug)
    counts = counts_in(within.published(), clocks, "pillar", parts_by="section")
    whole = sum_of(counts.bars.values())
    selection = select_commitments(request.GET, within, LISTED, DEFAULT_ORDER)
    without = ("jurisdiction", "plan", "source")
    context = listing(request, within, None, without, whole.total, selection)
    sections = _bars_by_section(counts.parts, selection.filterset.vocabulary, slug)
    context |= {
        "plan": plan,
        "partly_read": [plan] if plan.coverage == Coverage.PARTIAL else [],
        "sections": sections,
        "loose": whole.total - sum(bar.total for *_, bar in sections),
        "links": plan_links(plan, (row for row in around if row.published_on <= clocks.until)),
        "reports": [row for row in reports if row.reported_on <= clocks.until],
        "bar": whole,
        "pillars": counts.by_name(),
        "chart": chart_of(counts.moves[""], clocks.until),
    }
    return render(request, "commitments/plan_detail.html", context)


def _bars_by_section(bars, vocabulary, plan):
    """Return (key, title, bar) of each heading of a plan that stands below no other, with what stands below it."""
    above, below = vocabulary.sections_above(), defaultdict(list)
    for key, chain in above.items():
        if key.startswith(f"{plan}:"):
            below[chain[-1]].append(bars.get(key, Bar()))
    return [(key, vocabulary.sections[key], sum_of(found)) for key, found in below.items()]


def _plans(clocks):
    return Plan.objects.with_country().with_recorded(clocks.as_of)
