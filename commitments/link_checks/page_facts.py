"""What a page says of itself: title, publisher, day, and whether an archive has a copy. Nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings

from commitments.link_checks.archive_lookup import Wanted, nearest_copy
from commitments.link_checks.http_client import Left, Manners, Visitor
from commitments.link_checks.probe import Unanswered, arrive
from commitments.link_checks.scheduler import go_round
from commitments.link_checks.states import Question

# Somebody waits for the answer.
SECONDS, MOST_BYTES, MOST_WORDS = 8, 5_000_000, 3000


@dataclass(frozen=True)
class PageFacts:
    """`problem` says why a page could not be read, "" where it could; then the rest is empty but for `archived_url`."""

    title: str = ""
    publisher: str = ""
    published_on: dt.date | None = None
    words: str = ""
    archived_url: str = ""
    problem: str = ""


def look_up(url: str) -> PageFacts:
    """Ask an address of the public web, and the archive that the settings name, in a few seconds. Raises nothing."""
    manners = Manners(
        agent=settings.PLANWATCH_LINK_CHECK_AGENT,
        allow_private=settings.PLANWATCH_LINK_CHECK_PRIVATE,
        delay=0,
        seconds=SECONDS,
        most_bytes=MOST_BYTES,
    )
    [(_, found)] = go_round([url], _facts_of, manners)
    return found or PageFacts(problem="It could not be read.")


async def _facts_of(url: str, visitor: Callable[[], Visitor]) -> PageFacts:
    copy = ""
    if settings.PLANWATCH_ARCHIVE_AVAILABILITY_URL:
        wanted = Wanted(url, url)
        copy = await nearest_copy(settings.PLANWATCH_ARCHIVE_AVAILABILITY_URL, wanted, visitor)
    try:
        async with visitor() as visit:
            _, page, reading = await arrive(Question(url, url), visit, [])
    except (Unanswered, Left) as error:
        return PageFacts(archived_url=copy, problem=str(error))
    if not 200 <= page.status < 300:
        return PageFacts(
            archived_url=copy, problem=f"The site answered without the document, {page.status}."
        )
    day = None
    with suppress(ValueError):
        day = dt.date.fromisoformat(reading.facts.get("published", ""))
    return PageFacts(
        title=(reading.facts.get("headline") or reading.title)[:300],
        publisher=reading.facts.get("publisher", "")[:200],
        published_on=day,
        words=" ".join(reading.text.split()[:MOST_WORDS]),
        archived_url=copy,
    )
