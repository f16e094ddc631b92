"""Change events: what a row of the public record changed, for feeds, alerts and webhooks."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from commitments.audit.rendering import Edit, edits
from commitments.choices import Bearing, Status
from commitments.models import Change, Commitment, Source, StatusChange
from commitments.status_rules import history_as_known
from commitments.statuses import START
from planwatch.batches import together_or_alone
from planwatch.web.text import quoted


@dataclass(frozen=True)
class ChangeEvent:
    """A row of the record, and what a reader wants to know of it.

    `step` is the recorded step and `before` the status that stood before it when it was recorded; both are None for
    any other row. `source` is the one document that a citation, a check or a link names, or that was edited itself.
    """

    row: Change
    commitment: Commitment
    edit: Edit
    step: StatusChange | None
    before: Status | None
    source: Source | None

    @property
    def title(self) -> str:
        subject = self.source if self.is_of_source else self.commitment
        words = {"title": subject.title, "what": self.edit.what}
        if self.step is None:
            return _("%(title)s: %(what)s") % words
        words |= {"status": self.step.get_status_display(), "before": self.before.label}
        if self.step.corrects_id:
            return _("%(title)s: %(status)s (a correction)") % words
        return _("%(title)s: %(status)s, before that %(before)s") % words

    @property
    def is_of_source(self) -> bool:
        return self.row.object_type == "source"

    @property
    def address(self) -> str:
        """The path of the page to read on."""
        return (self.source if self.is_of_source else self.commitment).get_absolute_url()

    @property
    def code(self) -> str:
        """The code of its commitment; of an edit of a source, those of all that name the source."""
        if not self.is_of_source:
            return self.commitment.code
        return ", ".join(sorted(item.code for item in _public(self.row)))

    @property
    def review(self) -> dict | None:
        return self.row.after if self.row.object_type == "review" else None

    @property
    def reviewed_on(self) -> dt.date:
        return dt.date.fromisoformat(self.row.after["reviewed_on"])

    @property
    def report(self) -> dict | None:
        """What a row says of a development, or of a status that a government reported: `day`, `bearing` and `sentence`."""
        kind, body = self.row.object_type, self.row.after
        if kind not in ("development", "reportedstatus") or not body:
            return None
        day = body["reported_on"] and dt.date.fromisoformat(body["reported_on"])
        if kind == "development":
            return body | {"day": day, "bearing": Bearing(body["bearing"]).label}
        said = {"bearing": _("Reported by the government"), "sentence": quoted(body["wording"])}
        return body | {"day": day} | said

    @property
    def categories(self) -> list[str]:
        return [self.row.object_type, *([self.step.status] if self.step else [])]


def describe_events(rows: list[Change]) -> list[ChangeEvent]:
    """Say of each row what it changed, in a fixed number of queries. A row that cannot be told is left out.

    The rows are of `Change.objects.telling_of(…)`, `with_subjects`.
    """
    return together_or_alone(_told, rows)


def _told(rows: list[Change]) -> list[ChangeEvent]:
    steps = _histories(rows)
    bodies = [row.after or row.before or {} for row in rows]
    named = [
        row.object_key if row.object_type == "source" else body.get("source")
        for row, body in zip(rows, bodies, strict=True)
    ]
    slugs = {slug for slug in named if slug}
    sources = {source.slug: source for source in Source.objects.filter(slug__in=slugs)}
    found = []
    for row, body, edit, slug in zip(rows, bodies, edits(rows), named, strict=True):
        step = before = None
        # Found by the row, not by the code in the body: that may have been mended since.
        commitment = _public(row)[0]
        if row.object_type == "statuschange":
            history = steps[commitment.pk]
            step = next(item for item in history if item.seq == body["seq"])
            before = _status_before(step, history)
        found.append(ChangeEvent(row, commitment, edit, step, before, sources.get(slug)))
    return found


def _public(row: Change) -> list[Commitment]:
    return [item for item in row.subjects if item.is_published]


def _histories(rows: Iterable[Change]) -> dict[int, list[StatusChange]]:
    """Return every step of the commitments of which these rows record one, by their numbers."""
    ids = {item.pk for row in rows if row.object_type == "statuschange" for item in row.subjects}
    found = defaultdict(list)
    for step in StatusChange.objects.filter(commitment__in=ids).for_reading():
        found[step.commitment_id].append(step)
    return found


def _status_before(step: StatusChange, history: list[StatusChange]) -> Status:
    """Return the status before a step in the path that stood when it was recorded; of a correction, what it strikes out."""
    if step.corrects_id:
        return Status(step.corrects.status)
    path = history_as_known(history, (), known_at=step.recorded_at).path
    place = [item.pk for item in path].index(step.pk) if step in path else 0
    return Status(path[place - 1].status) if place else START
