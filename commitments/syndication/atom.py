"""Atom feed of changes to commitments (RFC 4287), in pages (RFC 5005)."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.audit.events import ChangeEvent, describe_events
from commitments.models import Change
from commitments.presenters.news import NewsItem
from planwatch.batches import contained
from planwatch.db.site_data import current_site
from planwatch.web.text import one_line

# A feed that has nothing to tell was last changed at no time that could move.
NOTHING_YET = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


class RecordFeed(Atom1Feed):
    """An Atom feed whose bytes depend on the record alone, with links between its pages and content for each entry."""

    def latest_post_date(self):
        return max((item["updateddate"] for item in self.items), default=NOTHING_YET)

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        for relation, href in self.feed["pages"]:
            handler.addQuickElement("link", "", {"rel": relation, "href": href})

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


@dataclass(frozen=True)
class Pages:
    """The addresses of a feed, all absolute: its own, that of its first page, of the pages beside it, and of the page for readers."""

    own: str
    first: str
    alternate: str
    next: str | None = None
    previous: str | None = None

    @property
    def links(self) -> list[tuple[str, str]]:
        found = [("first", self.first), ("previous", self.previous), ("next", self.next)]
        return [(relation, href) for relation, href in found if href]


def write(title: str, rows: Iterable[Change], pages: Pages, absolute: Callable[[str], str]) -> str:
    """Return the feed of rows of the record, in their order, as a text in UTF-8.

    `rows` are of `Change.objects.telling_of(…)` `with_subjects`; `absolute` completes an address.
    """
    subtitle = _(
        "New entries, changes of status with their evidence, checks, citations and edits, as they were recorded."
    )
    feed = _feed(title, subtitle, pages, absolute)
    for told in describe_events(list(rows)):
        with contained("Feed entry of row %s", told.row.seq):
            _add_entry(feed, told, absolute)
    return feed.writeString("utf-8")


def write_news(
    title: str, news: Iterable[NewsItem], pages: Pages, absolute: Callable[[str], str]
) -> str:
    """Return the feed of what happened, in its order, as a text in UTF-8; each entry has the day of its event."""
    subtitle = _("What happened, by the day on which it happened, the latest first.")
    feed = _feed(title, subtitle, pages, absolute)
    for item in news:
        moment = dt.datetime.combine(item.day, dt.time(), tzinfo=dt.UTC)
        names = ", ".join(commitment.title for commitment in item.named)
        about = item.document or item.commitments[0]
        feed.add_item(
            title=one_line(item.told if item.document else f"{item.heading}: {names}"),
            link=absolute(about.get_absolute_url()),
            description=None,
            content=one_line(render_to_string("feeds/news.html", {"item": item})),
            # The site's own address: two sites count their rows alike.
            unique_id=uuid.uuid5(uuid.NAMESPACE_URL, f"{absolute('/')}{item.kind}/{item.pk}").urn,
            pubdate=moment,
            updateddate=moment,
            categories=[str(item.heading)],
        )
    return feed.writeString("utf-8")


def _feed(title: str, subtitle: str, pages: Pages, absolute: Callable[[str], str]) -> RecordFeed:
    return RecordFeed(
        title=one_line(title),
        link=pages.alternate,
        description=None,
        subtitle=subtitle,
        language=get_language(),
        author_name=current_site().publisher,
        author_link=absolute("/"),
        feed_url=pages.own,
        feed_guid=pages.first,
        pages=pages.links,
    )


def _add_entry(feed: RecordFeed, told: ChangeEvent, absolute: Callable[[str], str]) -> None:
    page = absolute(told.address)
    feed.add_item(
        title=one_line(told.title),
        link=f"{page}#history" if told.step or told.row.object_type == "review" else page,
        description=None,
        content=one_line(render_to_string("feeds/entry.html", {"told": told})),
        unique_id=uuid.uuid5(uuid.NAMESPACE_OID, told.row.hash).urn,
        pubdate=told.row.recorded_at,
        updateddate=told.row.recorded_at,
        author_name=told.row.actor,
        categories=told.categories,
    )
