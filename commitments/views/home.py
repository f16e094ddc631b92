"""Home page."""

from django.db.models import Count, F, Max, Min, Q
from django.shortcuts import render

from agencies.commitment_counts import count_by_agency, tree
from agencies.models import Agency
from commitments import statuses
from commitments.filter_labels import promiser
from commitments.models import Commitment, StatusChange
from commitments.pages import public_view
from commitments.presenters.bars import bars_by, sum_of
from commitments.presenters.rows import rows_of
from commitments.views.pillars import pillars_with_aims

LATELY = 5


@public_view()
def home(request):
    clocks = request.clocks
    commitments = clocks.show(Commitment.objects.published())
    agencies = list(Agency.objects.all())
    rows = _counted(commitments, clocks.day)
    roots = tree(agencies, count_by_agency(commitments, agencies))
    facts = _facts(rows)
    late = commitments.filter(is_overdue=True).order_by("due_on", "code")
    bars = bars_by(rows, "pillar")
    pillars = [(pillar, bars[pillar.slug]) for pillar in pillars_with_aims()]
    context = {
        "own_search": True,
        "facts": facts,
        "promiser": promiser(facts),
        "pillars": pillars,
        "whole": sum_of(bars.values()),
        "lately": _lately(clocks),
        "new_year": clocks.day.replace(month=1, day=1),
        "overdue": rows_of(late.for_rows()[:6], request),
        "agencies": roots[:8],
        "agencies_total": len(agencies),
    }
    return render(request, "commitments/home.html", context)


def _counted(commitments, day):
    """Count the commitments of each pillar and status, with what else the page says of them all, in one query."""
    this_year = Q(effective_since__gte=day.replace(month=1, day=1))
    rows = commitments.order_by().values(
        by_pillar=F("pillar__slug"), by_status=F("effective_status")
    )
    return list(
        rows.annotate(
            count=Count("pk"),
            overdue=Count("pk", filter=Q(is_overdue=True)),
            stale=Count("pk", filter=Q(is_stale=True)),
            this_year=Count("pk", filter=this_year),
            first=Min("announced_on"),
            last=Max("announced_on"),
            first_jurisdiction=Min("plan__jurisdiction"),
            last_jurisdiction=Max("plan__jurisdiction"),
            oldest_review=Min("effective_reviewed_on", filter=Q(is_open=True)),
        )
    )


def _facts(rows):
    """Return what the page says of all commitments, from what `_counted` says of each pillar and status."""

    def over(choose, name):
        return choose((row[name] for row in rows if row[name] is not None), default=None)

    return {
        "total": sum(row["count"] for row in rows),
        **{name: sum(row[name] for row in rows) for name in ("overdue", "stale", "this_year")},
        **{name: over(min, name) for name in ("first", "first_jurisdiction", "oldest_review")},
        **{name: over(max, name) for name in ("last", "last_jurisdiction")},
    }


def _lately(clocks):
    """Return the latest step of each commitment changed last; of one day, what became true last comes first."""
    steps = StatusChange.objects.published().not_corrected().true_by(clocks.until)
    columns = ("status", "effective_on", "precision", "seq", "recorded_at", "corrects_id")
    columns += ("explanation", "correction_reason", "commitment__code", "commitment__title")
    recent = steps.select_related("commitment").only(*columns).order_by("-recorded_at", "-id")[:200]
    latest = {}
    for step in sorted(
        recent, key=lambda step: (step.recorded_at.date(), *statuses.order_of(step))
    ):
        latest.pop(step.commitment_id, None)
        latest[step.commitment_id] = step
    return list(latest.values())[: -LATELY - 1 : -1]
