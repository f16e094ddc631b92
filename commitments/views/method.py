"""Method page: how a status is decided."""

from django.conf import settings
from django.shortcuts import render

from commitments import choices, statuses
from commitments.models import Plan, Source
from commitments.pages import public_view


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
        "stale_after": settings.PLANWATCH_STALE_AFTER_DAYS,
    }
    return render(request, "commitments/method.html", context)
