"""How a status is decided."""

from django.conf import settings
from django.shortcuts import render

from commitments import statuses
from planwatch.web.pages import public_page


@public_page()
def method(request):
    context = {
        "rules": [
            (status, statuses.RULES[status], status in statuses.OPEN) for status in statuses.Status
        ],
        "moves": [
            (status, [after for after in statuses.Status if after in statuses.MOVES[status]])
            for status in statuses.Status
        ],
        "after_deadline": [item for item in statuses.Status if item in statuses.AFTER_DEADLINE],
        "evidence_rules": statuses.EVIDENCE_RULES,
        "stale_after": settings.PLANWATCH_STALE_AFTER_DAYS,
    }
    return render(request, "commitments/method.html", context)
