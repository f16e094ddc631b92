"""Method page: how a status is decided."""

from django.conf import settings
from django.shortcuts import render

from commitments import choices, statuses
from commitments.models import DoubleCoding, Plan, Source
from commitments.pages import public_view
from commitments.querysets.sql import end_of


@public_view()
def method(request):
    context = {
        "rules": [
            (status, statuses.RULES[status], status in statuses.OPEN) for status in choices.Status
        ],
        "moves": [
            (status, [after for after in choices.Status if after in statuses.MOVES[status]])
            for status in choices.Status
        ],
        "after_deadline": [item for item in choices.Status if item in statuses.AFTER_DEADLINE],
        "evidence_rules": statuses.EVIDENCE_RULES,
        "partly_read": Plan.objects.read_in_part(request.clocks.as_of),
        "sources": Source.objects.in_use().count(),
        "openings": Source.objects.in_use().read_in_part().count(),
        "codings": _codings(request.clocks),
        "stale_after": settings.PLANWATCH_STALE_AFTER_DAYS,
    }
    return render(request, "commitments/method.html", context)


def _codings(clocks):
    """Return the finished double codings, the latest first."""
    rows = DoubleCoding.objects.exclude(settled_at=None).select_related("plan")
    if clocks.as_of:
        rows = rows.filter(settled_at__lt=end_of(clocks.as_of))
    if clocks.known_at:
        rows = rows.filter(settled_at__lte=clocks.known_at)
    return rows.order_by("-settled_at")
