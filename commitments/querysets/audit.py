"""Querysets of the public record: who may see which row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db import models
from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, Left, StrIndex
from django.db.models.lookups import In

from commitments.querysets.former_names import kinds_of
from commitments.querysets.sql import Likely, end_of, model_named

# What a row of the public record can be about, as its page and its filter say it.
CHANGE_KINDS = {
    "status_change": Q(object_type="statuschange", is_correction=False),
    "correction": Q(object_type="statuschange", is_correction=True),
    "review": Q(object_type__in=("review", "reviewretraction")),
    "commitment": Q(object_type="commitment", action="create"),
    "text_edit": Q(object_type="commitment") & ~Q(action="create"),
    "source": Q(object_type="source"),
    "link_check": Q(object_type="sourcecheck"),
    "evidence": Q(object_type="evidence"),
    "citation": Q(object_type="citation"),
    "lineage": Q(object_type="commitmentlink"),
    "development": Q(object_type__in=("development", "reportedstatus")),
    "proposal": Q(object_type="proposal"),
    "account": Q(object_type="accountchange"),
    "redaction": Q(object_type="redaction"),
    "framework": Q(
        object_type__in=("jurisdiction", "plan", "pillar", "theme", *kinds_of("section"), "agency")
    ),
}


# Rows by which a source comes into use, or goes out of it.
_USING_SOURCES = {
    "citation",
    "commitmentlink",
    "development",
    "evidence",
    "plan",
    "reportedstatus",
    "review",
    "statuschange",
}


class ChangeQuerySet(models.QuerySet):
    def of_kinds(self, kinds) -> ChangeQuerySet:
        """Keep the rows of any of CHANGE_KINDS. Without the withheld ones: what those are about is not public.

        Comes after `with_visibility`. Raises KeyError for an unknown kind.
        """
        corrections = (
            model_named("StatusChange")
            .objects.exclude(corrects=None)
            .annotate(key=Concat("commitment__code", Value("/"), Cast("seq", models.CharField())))
            .filter(key=OuterRef("object_key"))
        )
        wanted = Q()
        for kind in kinds:
            wanted |= CHANGE_KINDS[kind]
        rows = self.filter(is_withheld=False)
        return rows.annotate(is_correction=Exists(corrections)).filter(wanted)

    def recorded_by(self, as_of: dt.date | None) -> ChangeQuerySet:
        """Keep the rows that had been written by the end of a day; None keeps all."""
        return self if as_of is None else self.filter(recorded_at__lt=end_of(as_of))

    def telling_of(self, commitments: models.QuerySet) -> ChangeQuerySet:
        """Keep the public rows about what became of these commitments.

        Entries, citations, links, steps, reviews, reports, and edits of a source that bear on a verdict.
        """
        # One after the other, the latest first: in a list of all commitments each row would be looked for anew.
        commitment = commitments.order_by().filter(pk=OuterRef("commitment"))
        about = model_named("Change").commitments.through.objects.filter(
            Exists(commitment), change=OuterRef("pk")
        )
        told = ("commitment", "citation", "commitmentlink", "statuschange", "evidence", "review")
        told += ("reviewretraction", "source", "development", "reportedstatus")
        telling = Likely(In(F("object_type"), told))
        return self.with_visibility().filter(telling, Exists(about), is_withheld=False)

    def unpublishing_of(self, commitment):
        """Return the row that took an unpublished commitment from the public; None for what never was public."""
        rows = self.filter(
            object_type="commitment",
            object_key=commitment.code,
            before__is_published=True,
            after__is_published=False,
        )
        return None if commitment.is_published else rows.order_by("-seq").first()

    def with_visibility(self) -> ChangeQuerySet:
        """Mark as `is_withheld` the rows whose body is not for the public.

        They are about an unpublished commitment, about a source that nothing published rests on, or about a proposal that
        nobody has approved: a verdict that stands on one person's word is not published.
        """
        return self.annotate(
            is_withheld=Case(
                When(_of_unpublished() | _of_unused_source() | _unapproved(), then=Value(True)),
                default=Value(False),
                output_field=models.BooleanField(),
            )
        )

    def public(self) -> ChangeQuerySet:
        """Keep the rows of which `with_visibility` marks none."""
        rows = self.exclude(_of_unpublished()).exclude(_of_unused_source()).exclude(_unapproved())
        return rows.annotate(is_withheld=Value(False))

    def for_editors(self) -> ChangeQuerySet:
        """Mark nothing as withheld: people who work on drafts and proposals read what was done to them."""
        return self.annotate(is_withheld=Value(False)).with_subjects()

    def with_subjects(self, *related: str) -> ChangeQuerySet:
        """Fetch the commitments that each row is about as `subjects`, with these relations, in one query."""
        rows = model_named("Commitment").objects.select_related(*related) if related else None
        return self.prefetch_related(models.Prefetch("commitments", rows, to_attr="subjects"))

    def visibility_changed_by(self, rows: Iterable) -> list[int]:
        """Return the numbers of the rows that were opened, withheld or redacted by a later one among `rows`, ascending.

        A commitment that is published or unpublished turns the rows about it, an approval those about the proposal.
        A row that was turned once more since, by a row that is not among `rows`, may be left out: that one tells.
        """
        rows = list(rows)
        opens = {row.seq: is_open for row in rows if (is_open := _opens(row)) is not None}
        redacted = {
            seq for row in rows if row.object_type == "redaction" for seq in row.after["rows"]
        }
        redacted.intersection_update(self.filter(seq__in=redacted).values_list("seq", flat=True))
        sources = self._of_sources_turned_by(rows) | redacted
        if not opens:
            return sorted(sources)
        # Of an edit of a source no commitment is spoken of: only the rows of the proposal itself turn.
        proposed = {
            row.object_key: row.seq
            for row in rows
            if row.seq in opens and row.object_type == "proposal" and row.after.get("source")
        }
        waited = self.filter(object_type="proposal", object_key__in=proposed)
        of_sources = [
            seq for seq, key in waited.values_list("seq", "object_key") if seq < proposed[key]
        ]
        by = "commitments__changes__"
        found = (
            self.filter(
                Q(**{f"{by}object_type": "commitment"})
                | Q(object_type=F(f"{by}object_type"), object_key=F(f"{by}object_key")),
                ~Q(object_type="source"),
                **{f"{by}in": opens, "seq__lt": F(f"{by}seq")},
            )
            .exclude(_unapproved())
            .with_visibility()
            .values_list("seq", "is_withheld", f"{by}seq")
        )
        turned = {seq for seq, is_withheld, turner in found if is_withheld != opens[turner]}
        return sorted(turned.union(of_sources, sources))

    def _of_sources_turned_by(self, rows: list) -> set[int]:
        """Return the numbers of earlier rows about sources that nothing published rests on apart from these rows."""
        used = [row for row in rows if row.object_type in _USING_SOURCES or _opens(row) is not None]
        if not used:
            return set()
        through = model_named("Change").commitments.through.objects
        about = through.filter(change__in=[row.seq for row in used])
        about = set(about.values_list("commitment", flat=True))
        published = [row.seq for row in used if row.object_type == "commitment"]
        turned = through.filter(change__in=published).values("commitment")
        slugs = {slug for row in used for slug in _sources_in(row)}
        sources = model_named("Source").objects
        of_these = Q(slug__in=slugs)
        for uses in (
            "citations__",
            "reviews__",
            "reported_statuses__",
            "evidence__status_change__",
        ):
            of_these |= Q(**{f"{uses}commitment__in": turned})
        sources = sources.filter(of_these).exclude(pk__in=sources.in_use(about).values("pk"))
        keys = list(sources.values_list("slug", flat=True).distinct())
        passed = self.filter(recorded_at__lt=min(row.recorded_at for row in used))
        about_them = Q(object_type="source", object_key__in=keys)
        for key in keys:
            about_them |= Q(object_type="sourcecheck", object_key__startswith=f"{key}/")
        return set(passed.filter(about_them).values_list("seq", flat=True)) if keys else set()


def _of_unpublished() -> Q:
    """Return the condition that a record row is about an unpublished commitment, and not about a source."""
    hidden = model_named("Commitment").objects.filter(changes=OuterRef("pk"), is_published=False)
    return ~Q(object_type="source") & Exists(hidden)


def _of_unused_source() -> Q:
    """Return the condition that a record row is about a source on which nothing published rests."""
    # A source is known by its slug, a check of its link by slug and moment.
    key = Concat(OuterRef("object_key"), Value("/"))
    slug = Left(key, StrIndex(key, Value("/")) - Value(1))
    used = model_named("Source").objects.in_use().filter(slug=slug)
    return Q(object_type__in=("source", "sourcecheck")) & ~Exists(used)


def _sources_in(row) -> Iterator[str]:
    """Yield the slugs of the sources that the body of a record row names."""
    for body in filter(None, (row.before, row.after)):
        yield from filter(None, (body.get("source"), body.get("document")))
        evidence = body.get("evidence")
        yield from (item["source"] for item in evidence or () if isinstance(item, dict))


def _unapproved() -> Q:
    """Return the condition that a record row is about a proposal that nobody has approved."""
    approved = (
        model_named("Proposal")
        .objects.annotate(key=Cast("pk", models.CharField()))
        .filter(key=OuterRef("object_key"), state="approved")
    )
    return Q(object_type="proposal") & ~Exists(approved)


def _opens(row) -> bool | None:
    """Return whether a record row opens (True) or withholds (False) earlier rows; None where it does neither."""
    before, after = row.before or {}, row.after or {}
    if row.object_type == "proposal":
        return True if after.get("state") == "approved" else None
    was, now = before.get("is_published"), after.get("is_published")
    return None if was is None or was == now else now
