"""Pages of the pillars, each with its sections and commitments."""

from django.db.models import CharField, Count, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext

from commitments.models import Commitment, Pillar, SectionPillar
from commitments.pages import filtered_view, public_view
from commitments.presenters.bars import COUNTED, bars_by, difference_of, sum_of
from commitments.presenters.status_over_time import chart_of
from commitments.selection import IN_SCOPE, select_within_one
from commitments.views.charts import counts_in
from commitments.views.commitment_list import DEFAULT_ORDER, LISTED, listing


@public_view(*IN_SCOPE, repeatable=IN_SCOPE)
def pillar_list(request):
    selection = select_within_one(request)
    bars = bars_by(selection.queryset.count_by("pillar", *COUNTED), "pillar")
    context = {
        "pillars": [(pillar, bars[pillar.slug]) for pillar in _with_aims(selection.scope)],
        "whole": sum_of(bars.values()),
        "partly_read": selection.partly_read,
    }
    return render(request, "commitments/pillar_list.html", context)


def _with_aims(scope):
    """Return the pillars, each with the number of sections of the plans in question under it."""
    aims = SectionPillar.objects.filter(pillar=OuterRef("pk")).order_by()
    aims = scope.of(aims, "section__plan") if scope else aims
    counted = Subquery(aims.values("pillar").annotate(n=Count("pk")).values("n"))
    return Pillar.objects.annotate(aims=Coalesce(counted, 0))


@filtered_view
def pillar_detail(request, slug):
    within = Commitment.objects.filter(pillar__slug=slug)
    selection = select_within_one(request, within, LISTED, DEFAULT_ORDER)
    scope, clocks = selection.scope, selection.clocks
    pillar, sections = _pillar_with_sections(slug, scope)
    within = scope.of(within) if scope else within
    counts = counts_in(within.published(), clocks, "section")
    bars = counts.bars
    whole = sum_of(bars.values())
    columns = [(item["title"], bars[item["key"]]) for item in sections]
    loose = difference_of(whole, (bar for _, bar in columns))
    if columns and loose.total:
        columns.append((gettext("Under no section"), loose))
    without = ("pillar", "source", *(IN_SCOPE if scope else ()))
    context = listing(request, within, pillar, without, whole.total, selection)
    context |= {
        "pillar": pillar,
        "bar": whole,
        "chart": chart_of(counts.moves[""], clocks.until),
        "sections": sections,
        "bars": bars,
        "loose": loose.total,
        "columns": columns,
    }
    return render(request, "commitments/pillar_detail.html", context)


def _pillar_with_sections(slug, scope):
    """Return a pillar and its sections in their order, each with its public key, in one query, and with the title of its
    plan (`of`) where the page is of several. Raises Http404.
    """
    rows = Pillar.objects.filter(slug=slug).values(
        "slug",
        "name",
        "summary",
        key=Concat("sections__plan__slug", Value(":"), "sections__key", output_field=CharField()),
        title=F("sections__title"),
        about=F("sections__summary"),
        plan=F("sections__plan__slug"),
    )
    rows = list(rows.order_by("sections__plan", "sections__position"))
    if not rows:
        raise Http404
    pillar = Pillar(**{name: rows[0][name] for name in ("slug", "name", "summary")})
    rows = [row for row in rows if row["title"] and (scope is None or scope.has_plan(row["plan"]))]
    if scope and len({row["plan"] for row in rows}) > 1:
        rows = [row | {"of": scope.vocabulary.plans[row["plan"]]} for row in rows]
    return pillar, rows
