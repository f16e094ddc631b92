"""Work queue of an editor, for the dashboard and the weekly reminder."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from commitments import statuses
from commitments.models import Commitment, Proposal, Source
from planwatch.accounts.rotating_handles import by


@dataclass(frozen=True)
class WorkQueue:
    """Each a queryset in the order of its urgency; `waiting` are proposals of others."""

    published: QuerySet[Commitment]
    waiting: QuerySet[Proposal]
    dead: QuerySet[Source]

    @property
    def overdue(self) -> QuerySet[Commitment]:
        return self.published.filter(is_overdue=True).order_by("due_on", "code")

    @property
    def aging(self) -> QuerySet[Commitment]:
        return self.published.filter(is_aging=True).order_by("effective_evidence_on", "code")

    @property
    def stale(self) -> QuerySet[Commitment]:
        return self.published.filter(is_stale=True).order_by("last_reviewed_on", "code")

    @property
    def unknown(self) -> QuerySet[Commitment]:
        return self.published.filter(status=statuses.START).order_by("last_reviewed_on", "code")


def work_queue_for(handle: str, plan: str = "") -> WorkQueue:
    """Return what waits today for the editor with that public handle; with `plan`, a slug, of its commitments alone."""
    commitments = Commitment.objects.published().current()
    if plan:
        commitments = commitments.filter(plan__slug=plan)
    return WorkQueue(
        published=commitments.with_timeliness(timezone.now(), settings.PLANWATCH_STALE_AFTER_DAYS),
        waiting=Proposal.objects.waiting().for_reading().exclude(by("proposed_by", handle)),
        dead=Source.objects.in_use()
        .with_dead_link()
        .order_by("link_state", "link_found_at", "slug"),
    )
