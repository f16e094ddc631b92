"""Dashboard: what waits, what needs attention, and one's own latest edits."""

import datetime as dt

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from commitments import search, statuses
from commitments.audit.rendering import render_entry
from commitments.editor.autocomplete import asked_of, suggest
from commitments.editor.base import FOUND, RECENT, ROWS, SHORT, back_to, show
from commitments.models import (
    Change,
    Commitment,
    ErrorReport,
    Plan,
    Proposal,
    QueueItem,
    QueueOutcome,
    Source,
)
from commitments.presenters.work_queue import work_queue_for
from commitments.services.reviews import retractable_since
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission, rights_of
from planwatch.accounts.rotating_handles import by

# So many of each kind are shown of a week's round.
ROUND = 20


@editor_page()
def desk(request):
    if "q" in request.GET:
        return _jump(request)
    if request.htmx and "suggest" in request.GET:
        rows = search.matching(Commitment.objects.all(), asked_of(request))
        found = rows.order_by("relevance", "code")[:FOUND]
        return suggest(request, ((row.code, row.title) for row in found))
    mine = Proposal.objects.waiting().for_reading()
    commitments = Commitment.objects.current().with_timeliness(
        timezone.now(), settings.PLANWATCH_STALE_AFTER_DAYS
    )
    plans, plan = _plan_of(request)
    if plan:
        commitments = commitments.filter(plan__slug=plan)
    needing = work_queue_for(request.handle, plan)
    published = needing.published
    counts = published.aggregate(
        overdue=Count("pk", filter=Q(is_overdue=True)),
        stale=Count("pk", filter=Q(is_stale=True)),
        unknown=Count("pk", filter=Q(status=statuses.START)),
    )
    resting = published.resting_on(needing.dead)
    no_address = Source.objects.in_use().filter(url="", archived_url="")
    context = {
        "rights": [right.label for right in Permission if right in rights_of(request.user)],
        "waiting": needing.waiting[:SHORT],
        "own": mine.filter(by("proposed_by", request.handle))[:SHORT],
        "reports": ErrorReport.objects.filter(closed_at=None).count(),
        "counts": counts,
        "overdue": needing.overdue[:SHORT],
        "stale": needing.stale[:SHORT],
        "unknown": needing.unknown[:SHORT],
        "plans": plans,
        "plan": plan,
        "unpublished": commitments.filter(is_published=False, deleted_draft=None).order_by("code")[
            :ROWS
        ],
        "dead": needing.dead.with_uses()[:SHORT],
        "dead_count": needing.dead.count(),
        "resting_count": resting.count(),
        "resting": resting.order_by("code")[:SHORT],
        "no_address": no_address.order_by("slug")[:SHORT],
        "no_address_count": no_address.count(),
        "retractable_since": retractable_since(),
        "recent": [
            render_entry(row)
            for row in Change.objects.filter(by("actor", request.handle))
            .for_editors()
            .order_by("-seq")[:RECENT]
        ],
    }
    return show(request, "desk", context)


def _plan_of(request) -> tuple[list, str]:
    """Return the (slug, title) of every plan, and the slug of the one that is asked for, "" for all."""
    plans = list(Plan.objects.values_list("slug", "title"))
    plan = request.GET.get("plan", "")
    return plans, plan if plan in dict(plans) else ""


@editor_page(Permission.RECORD)
def week(request):
    """The week's round: what others changed, then what needs work, the oldest evidence first."""
    plans, plan = _plan_of(request)
    needing = work_queue_for(request.handle, plan)
    week_ago = timezone.now() - dt.timedelta(days=7)
    rows = Change.objects.filter(recorded_at__gte=week_ago).exclude(object_type="sourcecheck")
    if plan:
        rows = rows.filter(commitments__plan__slug=plan).distinct()
    lists = [
        (_("Evidence over two years old"), "is_aging", needing.aging),
        (_("Past due"), "is_overdue", needing.overdue),
        (_("No evidence found"), "status", needing.unknown),
    ]
    context = {
        "plans": plans,
        "plan": plan,
        "changed": [render_entry(row) for row in rows.for_editors().order_by("-seq")[:ROUND]],
        "lists": [(name, kind, found.count(), found[:ROUND]) for name, kind, found in lists],
        "waiting": needing.waiting.count(),
        "queued": QueueItem.objects.filter(outcome=QueueOutcome.WAITING).count(),
    }
    return show(request, "week", context)


def _jump(request):
    """Lead to the one commitment that a code or words name, or show those that they could mean."""
    words = request.GET["q"].replace("\0", "").strip()[:500]
    exact = Commitment.objects.filter(code=words.upper()).first()
    if exact is not None:
        return back_to(exact)
    found = []
    if words:
        rows = Commitment.objects.current()
        found = search.matching(rows, words).order_by("relevance", "code")[:ROWS]
        if not found:
            found = rows.filter(code__icontains=words).order_by("code")[:ROWS]
    if len(found) == 1:
        return back_to(found[0])
    return show(request, "found", {"q": words, "found": found})
