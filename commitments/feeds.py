"""What has been recorded about commitments, as an Atom feed (RFC 4287), in pages (RFC 5005)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments import presenting
from commitments.models import Change, Commitment, Source, StatusChange
from commitments.statuses import START, Status
from planwatch.texts import one_line

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
    next: str | None
    previous: str | None

    @property
    def links(self) -> list[tuple[str, str]]:
        found = [("first", self.first), ("previous", self.previous), ("next", self.next)]
        return [(relation, href) for relation, href in found if href]


def write(title: str, rows: Iterable[Change], pages: Pages, absolute: Callable[[str], str]) -> str:
    """Return the feed of rows of the record, in their order, as a text in UTF-8.

    `rows` are of `Change.objects.telling_of(…)` with their commitments fetched; `absolute` completes an address.
    """
    feed = RecordFeed(
        title=one_line(title),
        link=pages.alternate,
        description=None,
        subtitle=_(
            "New entries, changes of status with their evidence, checks, citations and edits, as they were recorded."
        ),
        language=get_language(),
        author_name="PlanWatch",
        author_link=absolute("/"),
        feed_url=pages.own,
        feed_guid=pages.first,
        pages=pages.links,
    )
    for told in _told(list(rows)):
        page = absolute(told.commitment.get_absolute_url())
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
    return feed.writeString("utf-8")


@dataclass(frozen=True)
class Told:
    """A row of the record, and what a reader wants to know of it.

    `step` is the recorded step and `before` the status that stood before it when it was recorded; both are None for
    any other row. `source` is the one document that a citation, a check or a link names.
    """

    row: Change
    commitment: Commitment
    edit: presenting.Edit
    step: StatusChange | None
    before: Status | None
    source: Source | None

    @property
    def title(self) -> str:
        words = {"title": self.commitment.title, "what": self.edit.what}
        if self.step is None:
            return _("%(title)s: %(what)s") % words
        words |= {"status": self.step.get_status_display(), "before": self.before.label}
        if self.step.corrects_id:
            return _("%(title)s: %(status)s (a correction)") % words
        return _("%(title)s: %(status)s, before that %(before)s") % words

    @property
    def review(self) -> dict | None:
        return self.row.after if self.row.object_type == "review" else None

    @property
    def reviewed_on(self) -> dt.date:
        return dt.date.fromisoformat(self.row.after["reviewed_on"])

    @property
    def categories(self) -> list[str]:
        return [self.row.object_type, *([self.step.status] if self.step else [])]


def _told(rows: list[Change]) -> list[Told]:
    """Say of each row what it changed, in a fixed number of queries."""
    steps = _histories(rows)
    bodies = [row.after or row.before or {} for row in rows]
    slugs = {body["source"] for body in bodies if body.get("source")}
    sources = {source.slug: source for source in Source.objects.filter(slug__in=slugs)}
    found = []
    for row, body, edit in zip(rows, bodies, presenting.edits(rows), strict=True):
        step = before = None
        if row.object_type == "statuschange":
            history = steps[body["commitment"]]
            step = next(item for item in history if item.seq == body["seq"])
            before = _status_before(step, history)
        commitment = next(iter(row.commitments.all()))
        found.append(Told(row, commitment, edit, step, before, sources.get(body.get("source"))))
    return found


def _histories(rows: Iterable[Change]) -> dict[str, list[StatusChange]]:
    """Return every step of the commitments of which these rows record one, by their codes."""
    ids = {
        item.pk
        for row in rows
        if row.object_type == "statuschange"
        for item in row.commitments.all()
    }
    found = defaultdict(list)
    for step in StatusChange.objects.filter(commitment__in=ids).for_reading():
        found[step.commitment.code].append(step)
    return found


def _status_before(step: StatusChange, history: list[StatusChange]) -> Status:
    """Return the status before a step in the path that stood when it was recorded; of a correction, what it strikes out."""
    if step.corrects_id:
        return Status(step.corrects.status)
    path = presenting.known(history, (), known_at=step.recorded_at).path
    place = [item.pk for item in path].index(step.pk) if step in path else 0
    return Status(path[place - 1].status) if place else START
