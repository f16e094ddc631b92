"""Link check runner: probe the sources that are due, store the results, look up archived copies of dead links."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone
from django_tasks import task

from commitments.choices import LinkState
from commitments.link_checks.archive_lookup import Wanted, nearest_copy
from commitments.link_checks.http_client import Manners
from commitments.link_checks.probe import ask
from commitments.link_checks.scheduler import go_round
from commitments.link_checks.snapshots import take
from commitments.link_checks.states import Answer, Question
from commitments.models import Source, SourceCheck
from commitments.services import add_archived_copy, record_check
from planwatch.batches import contained
from planwatch.net.addresses import host_of

ALIVE = (LinkState.ANSWERED, LinkState.MOVED, LinkState.BLOCKED, LinkState.REFUSED, LinkState.GONE)


class Offline(Exception):
    """No site at all answered: that says more about this machine's connection than about the sources."""


def manners(*, delay: float, at_once: int) -> Manners:
    """Return how sites are treated, by the settings; `delay` in seconds between two requests to a host."""
    return Manners(
        agent=settings.PLANWATCH_LINK_CHECK_AGENT,
        allow_private=settings.PLANWATCH_LINK_CHECK_PRIVATE,
        delay=delay,
        at_once=at_once,
    )


def due(older_than: dt.timedelta, slugs: Sequence[str] = ()) -> list[Question]:
    """Return what to ask: the addresses not asked for so long, of these sources or of all.

    This is also how a round that was ended goes on: what it had asked is not due any more.
    """
    rows = Source.objects.to_check(timezone.now() - older_than)
    return questions(rows.filter(slug__in=slugs) if slugs else rows)


def questions(rows: QuerySet[Source]) -> list[Question]:
    """Return the question for each source; conditional where the last check read the document at its address."""
    latest = SourceCheck.objects.filter(source__in=rows, checked_at=F("source__link_checked_at"))
    kept = {(check.source_id, check.url): check for check in latest}
    return [_question(row, kept.get((row.pk, row.url))) for row in rows]


def _question(source: Source, last: SourceCheck | None) -> Question:
    if last is None:
        return Question(source.slug, source.url)
    return Question(source.slug, source.url, last.final_url, last.etag, last.last_modified)


def watch(
    asked: Sequence[Question], behaviour: Manners
) -> Iterator[tuple[Question, SourceCheck | None]]:
    """Ask, keep each answer as it comes, and yield what was kept.

    That is None where the host wants peace, the source was edited, or the keeping failed, which the log tells.
    Who did not answer is believed only once anybody has answered in this round. Raises Offline at the end, with nothing
    kept, where nobody of several hosts did.
    """
    doubted: list[tuple[Question, Answer]] = []
    is_online = len({host_of(question.url) for question in asked}) < 2
    for question, answer in go_round(asked, ask, behaviour):
        if answer is None:
            yield question, None
            continue
        is_online = is_online or answer.state in ALIVE
        doubted.append((question, answer))
        while is_online and doubted:
            question, answer = doubted.pop(0)
            yield question, _keep(question, answer)
    if doubted:
        raise Offline


def _keep(question: Question, answer: Answer) -> SourceCheck | None:
    check = None
    with contained("Keeping what %s answered", question.url):
        check = record_check(source=question.key, url=question.url, answer=answer)
        if check and answer.body:
            take(question.key, check.checked_at, answer.body, answer.media_type)
    return check


@task()
def look_at(slug: str) -> int:
    """Check the source with that slug now, so that there is a snapshot of it; return how many answers were kept."""
    asked = questions(Source.objects.filter(slug=slug).exclude(url=""))
    return sum(check is not None for _, check in watch(asked, manners(delay=0, at_once=1)))


def look_for_copies(behaviour: Manners) -> Iterator[tuple[Wanted, bool]]:
    """Ask the archive that the settings name for a copy of each dead source that has none; yield whether one was added."""
    service = settings.PLANWATCH_ARCHIVE_AVAILABILITY_URL
    if not service:
        return
    dead = Source.objects.with_dead_link().filter(archived_url="").order_by("slug")
    wanted = [Wanted(row.slug, row.url, row.published_on) for row in dead]
    search = partial(nearest_copy, service)
    for item, copy in go_round(wanted, search, replace(behaviour, left=set())):
        added = False
        with contained("Keeping the copy of %s", item.url):
            added = bool(copy) and add_archived_copy(source=item.key, archived_url=copy)
        yield item, added
