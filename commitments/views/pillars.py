"""Pages of the pillars, each with its objectives and commitments."""

from django.db.models import CharField, Count, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext

from commitments.models import Commitment, Objective, Pillar
from commitments.pages import filtered_view, public_view
from commitments.presenters.bars import bars_by, difference_of, sum_of
from commitments.selection import read_clocks
from commitments.views.commitment_list import listing


def pillars_with_aims():
    aims = Objective.objects.filter(pillar=OuterRef("pk")).order_by().values("pillar")
    counted = Subquery(aims.annotate(n=Count("pk")).values("n"))
    return Pillar.objects.annotate(aims=Coalesce(counted, 0))


def counts_by_pillar(commitments) -> list[tuple[str, str, dict[str, int]]]:
    """Return (slug, name, commitments by status) of every pillar that has some, in one query."""
    rows = (
        commitments.order_by("pillar__position")
        .values_list("pillar__slug", "pillar__name", "effective_status")
        .annotate(n=Count("pk", distinct=True))
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for slug, name, status, count in rows:
        found.setdefault((slug, name), {})[status] = count
    return [(*pillar, counts) for pillar, counts in found.items()]


@public_view()
def pillar_list(request):
    commitments = request.clocks.show(Commitment.objects.published())
    bars = bars_by(commitments.count_by("pillar", "status"), "pillar")
    context = {
        "pillars": [(pillar, bars[pillar.slug]) for pillar in pillars_with_aims()],
        "whole": sum_of(bars.values()),
    }
    return render(request, "commitments/pillar_list.html", context)


@filtered_view
def pillar_detail(request, slug):
    pillar, objectives = _pillar_with_objectives(slug)
    within = Commitment.objects.filter(pillar__slug=slug)
    clocks = read_clocks(request.GET)
    counts = clocks.show(within.published()).count_by("objective", "status")
    bars = bars_by(counts, "objective")
    whole = sum_of(bars.values())
    columns = [(item["title"], bars[item["key"]]) for item in objectives]
    loose = difference_of(whole, (bar for _, bar in columns))
    if columns and loose.total:
        columns.append((gettext("Under no objective"), loose))
    context = listing(
        request, within, pillar=pillar, without=("pillar", "source"), total=whole.total
    )
    context |= {
        "pillar": pillar,
        "bar": whole,
        "objectives": objectives,
        "bars": bars,
        "loose": loose.total,
        "columns": columns,
    }
    return render(request, "commitments/pillar_detail.html", context)


def _pillar_with_objectives(slug):
    """Return a pillar and its objectives in their order, each with its public key, in one query. Raises Http404."""
    rows = Pillar.objects.filter(slug=slug).values(
        "slug",
        "name",
        "summary",
        key=Concat(
            "objectives__plan__slug", Value(":"), "objectives__key", output_field=CharField()
        ),
        title=F("objectives__title"),
        about=F("objectives__summary"),
    )
    rows = list(rows.order_by("objectives__plan", "objectives__position"))
    if not rows:
        raise Http404
    pillar = Pillar(**{name: rows[0][name] for name in ("slug", "name", "summary")})
    return pillar, [row for row in rows if row["title"]]
