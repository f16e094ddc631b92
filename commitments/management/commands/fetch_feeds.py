import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from commitments import services
from commitments.link_checks.http_client import Page
from commitments.link_checks.runner import manners
from commitments.link_checks.scheduler import go_round
from commitments.link_checks.text_extract import read_feed


class Command(BaseCommand):
    help = (
        "Queue for editors what the feeds of PLANWATCH_FEEDS announce and the record does not have."
    )

    def handle(self, *, verbosity, **options):
        new = 0
        for feed, page in go_round(settings.PLANWATCH_FEEDS, _fetched, manners(delay=2, at_once=4)):
            entries = read_feed(page) if page and page.status == 200 else []
            if not entries:
                self.stderr.write(f"{feed}: no entries could be read.")
            new += sum(_queue(feed, entry) for entry in entries)
        if verbosity:
            self.stdout.write(f"New in the queue: {new}.")


async def _fetched(feed: str, visitor) -> Page:
    async with visitor() as visit:
        return await visit.fetch(feed)


def _queue(feed: str, entry: dict[str, str]) -> bool:
    """Queue one entry; what no source could be is left out."""
    day = dt.date.fromisoformat(entry["day"]) if entry["day"] else None
    try:
        return bool(
            services.queue_document(
                feed=feed, url=entry["url"], title=entry["title"], published_on=day
            )
        )
    except ValidationError:
        return False
