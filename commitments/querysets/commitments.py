"""Querysets of commitments: chainable methods named for meaning, then for the screen.

Two clocks: `as_of(day)` answers what was true on a day, and gives each commitment the same columns, `effective_…`, as
`current()` does for today, so that filters, orders, pages and exports need not know which was asked. What the tracker
said at a moment is no matter of these methods: inside `commitments.known_at.known_at` all of them read that.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import groupby
from operator import itemgetter

from django.apps import apps
from django.db import models
from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, Greatest, TruncDate
from django.db.models.lookups import LessThanOrEqual

from commitments.choices import Origin, Precision, Status, Verification
from commitments.querysets.plans import NAMED_BY_PLAN
from commitments.querysets.sources import SourceQuerySet
from commitments.querysets.sql import (
    IsOpen,
    IsPast,
    Likely,
    Written,
    country_of,
    day_of_plan,
    end_of,
    evidence_count,
    joined_rows,
    latest_evidence,
    model_named,
    named_in,
    seen_origin,
)
from commitments.statuses import AGING_MONTHS, START, months_from
from planwatch.db.natural_keys import KeyQuerySet

COUNTED_BY = {
    "pillar": F("pillar__slug"),
    "status": F("effective_status"),
    "verification": F("effective_verification"),
    "agency": F("roles__agency__slug"),
    "source": F("citations__source__slug"),
    "jurisdiction": F("plan__jurisdiction"),
    "theme": F("theme_rows__theme__code"),
    "plan": F("plan__slug"),
    "section": Concat(
        "section__plan__slug",
        Value(":"),
        "section__key",
        output_field=models.CharField(),
    ),
    "kind": F("kind"),
    "year": F("announced_on__year"),
    "is_overdue": F("is_overdue"),
    "is_stale": F("is_stale"),
    "is_aging": F("is_aging"),
    "done_when_announced": F("done_when_announced"),
}


# What `shown` gives each commitment.
EFFECTIVE = (
    *("effective_status", "effective_since", "effective_precision"),
    *("effective_verification", "effective_reviewed_on", "effective_evidence_on"),
)


class CommitmentQuerySet(KeyQuerySet):
    def published(self) -> CommitmentQuerySet:
        """Keep what the public may see. Every public page, answer, export and count begins here."""
        return self.filter(is_published=True)

    def named_in_either(self, earlier, later) -> CommitmentQuerySet:
        """Keep what at least one of two documents names; `in_earlier` and `in_later` say which."""
        first, second = named_in(earlier), named_in(later)
        yes_no = models.BooleanField()
        return self.filter(first | second).annotate(
            in_earlier=Case(When(first, then=True), default=False, output_field=yes_no),
            in_later=Case(When(second, then=True), default=False, output_field=yes_no),
        )

    def resting_on(self, sources: SourceQuerySet) -> CommitmentQuerySet:
        """Keep those that one of the sources announces, restates, reports, evidences or was read for a review of."""
        uses = [
            model_named("Citation").objects.filter(commitment=OuterRef("pk")),
            model_named("Review").objects.filter(commitment=OuterRef("pk")),
            model_named("Evidence").objects.filter(status_change__commitment=OuterRef("pk")),
        ]
        condition = Q()
        for rows in uses:
            condition |= Q(Exists(rows.filter(source__in=sources.values("pk"))))
        return self.filter(condition)

    def bare(self) -> CommitmentQuerySet:
        """Say which commitments these are, in no order and without what was told of each: a subquery then costs half."""
        rows = self.order_by()
        # What a filter asked of them stands in its condition.
        rows.query.annotations.clear()
        return rows

    # What is shown: today, on a day

    def current(self) -> CommitmentQuerySet:
        """Show today's status, from the stored copies."""
        return self.annotate(
            effective_status=F("status"),
            effective_since=F("status_since"),
            effective_precision=F("status_precision"),
            effective_verification=F("verification"),
            effective_reviewed_on=F("last_reviewed_on"),
            effective_evidence_on=latest_evidence(),
        )

    def as_of(self, day: dt.date) -> CommitmentQuerySet:
        """Show what was true on `day`: the commitments announced by then, each with its status on that day."""
        steps = model_named("StatusChange").objects.filter(commitment=OuterRef("pk"))
        last = steps.true_by(day).not_corrected().order_by("-effective_on", "-seq")
        # What was recorded with the commitment itself, as by an import, is no review.
        recorded = steps.filter(recorded_at__lt=end_of(day), recorded_at__gt=OuterRef("created_at"))
        recorded = recorded.order_by("-recorded_at")
        reviews = model_named("Review").objects.not_retracted()
        reviews = reviews.filter(commitment=OuterRef("pk"), reviewed_on__lte=day)
        evidence = model_named("Evidence").objects.filter(status_change=OuterRef("effective_step"))
        evidence = evidence.annotate(
            seen=seen_origin(F("status_change__commitment__plan__jurisdiction"))
        )
        rows = self.filter(Likely(LessThanOrEqual(F("announced_on"), day)))
        return rows.annotate(
            effective_step=Subquery(last.values("pk")[:1]),
            effective_status=Coalesce(Subquery(last.values("status")[:1]), Value(START.value)),
            effective_since=Greatest(
                Coalesce(Subquery(last.values("effective_on")[:1]), F("announced_on")),
                F("announced_on"),
            ),
            effective_precision=Coalesce(
                Subquery(last.values("precision")[:1]), Value(Precision.DAY.value)
            ),
            effective_evidence_on=latest_evidence(day),
        ).annotate(
            effective_verification=Case(
                When(
                    Exists(evidence.filter(seen=Origin.INDEPENDENT)),
                    then=Value(Verification.INDEPENDENT.value),
                ),
                When(
                    Exists(evidence.filter(seen=Origin.OFFICIAL)),
                    then=Value(Verification.AGENCY.value),
                ),
                default=Value(Verification.UNVERIFIED.value),
            ),
            effective_reviewed_on=Greatest(
                F("effective_since"),
                F("announced_on"),
                Coalesce(
                    Subquery(reviews.order_by("-reviewed_on").values("reviewed_on")[:1]),
                    F("announced_on"),
                ),
                Coalesce(
                    Subquery(recorded.annotate(day=TruncDate("recorded_at")).values("day")[:1]),
                    F("announced_on"),
                ),
            ),
        )

    def shown(self, as_of: dt.date | None = None) -> CommitmentQuerySet:
        """Show today or a day."""
        return self.current() if as_of is None else self.as_of(as_of)

    def with_timeliness(
        self, when: dt.date | dt.datetime, stale_after_days: int
    ) -> CommitmentQuerySet:
        """Tell which are open, overdue (open and past the due date), stale (open and unreviewed for so long) and aging
        (open, and the newest document behind them is more than AGING_MONTHS old), and which were done when announced.

        `when` is one day for all, or a moment: each commitment is then judged by the day of its plan's jurisdiction.
        """
        is_open = IsOpen("effective_status")
        stale = day_of_plan(when, lambda day: day - dt.timedelta(days=stale_after_days))
        aging = day_of_plan(when, lambda day: months_from(day, -AGING_MONTHS))
        done = Q(
            effective_status=Status.COMPLETED,
            effective_since__lte=F("announced_on"),
            effective_precision=Precision.DAY,
        )
        return self.annotate(
            is_open=is_open,
            is_overdue=IsPast(is_open, "due_on", day_of_plan(when)),
            is_stale=IsPast(is_open, "effective_reviewed_on", stale),
            is_aging=IsPast(is_open, "effective_evidence_on", aging),
            done_when_announced=Case(
                When(done, then=Value(True)),
                default=Value(False),
                output_field=models.BooleanField(),
            ),
        )

    # Counts

    def count_by(self, *names: str) -> list[dict]:
        """Count the commitments by one or two of COUNTED_BY: rows of `by_{name}` … and `count`.

        A commitment of two agencies, or cited in two sources, counts once for each; an agency counts the commitments
        of the offices below it, as its filter does. Only combinations that occur are listed; None stands for “none
        named”. Raises KeyError for an unknown name.
        """
        fields = {f"by_{name}": COUNTED_BY[name] for name in names}
        rows = self.order_by().values(**fields)
        if "agency" not in names:
            counted = models.Count("pk", distinct=True) if "source" in names else models.Count("*")
            return list(rows.annotate(count=counted).order_by(*fields))
        return _rolled_up(rows.order_by("pk").values_list("pk", *fields), list(fields))

    def with_evidence_count(self, day: dt.date) -> CommitmentQuerySet:
        """Tell on how many sources the status of `day` rests."""
        return self.annotate(evidence_count=evidence_count(day))

    # For the screen

    def for_card(self) -> CommitmentQuerySet:
        """Fetch what a card of one commitment shows, in two queries."""
        return self.select_related("pillar").prefetch_related(*_prefetches("roles"))

    def for_rows(self, *columns: str) -> CommitmentQuerySet:
        """Fetch what a row of a page's list shows, and these columns, as plain named rows."""
        shown = ("pk", "code", "title", "kind", "due_on", "due_precision", "is_overdue", "is_stale")
        shown += ("effective_status", "effective_since", "effective_precision")
        shown += ("effective_verification", "effective_evidence_on", "is_aging")
        shown += ("done_when_announced",)
        return self.values_list(*dict.fromkeys((*shown, *columns)), named=True)

    def with_document(self) -> CommitmentQuerySet:
        """Fetch the stored public object of each in `document_text`. It is that of now, also inside `known_at`."""
        return self.annotate(document_text=F("document__text"))

    def as_documents(self, *columns: str) -> CommitmentQuerySet:
        """Fetch the stored public objects, what belongs beside them and these columns as plain named rows, in one query."""
        beside = (
            *("code", "effective_status", "is_overdue", "is_stale", "is_aging"),
            "document_text",
        )
        return self.with_document().values_list(*dict.fromkeys((*beside, *columns)), named=True)

    def for_documents(self) -> CommitmentQuerySet:
        """Fetch what a public object is built from."""
        rows = self.select_related("plan", "pillar", "section__plan")
        return rows.prefetch_related(*_prefetches("roles", "theme_rows", "citations"))

    def for_list(self) -> CommitmentQuerySet:
        """Fetch what a row of the list shows, in a fixed number of queries."""
        names = ("plan", "pillar", "section__plan")
        return self.select_related(*names).prefetch_related(*_prefetches("roles", "citations"))

    def with_themes(self) -> CommitmentQuerySet:
        """Fetch the themes of each, in one query."""
        return self.prefetch_related(*_prefetches("theme_rows"))

    def for_editing(self) -> CommitmentQuerySet:
        """Fetch what the pages of the editor show of a commitment, in a fixed number of queries."""
        rows = self.for_list().with_themes()
        return rows.prefetch_related(*_prefetches("status_changes", "reviews"))

    def for_detail(self) -> CommitmentQuerySet:
        """Fetch all that is stored of a commitment, in a fixed number of queries."""
        rows = self.for_list().select_related(*NAMED_BY_PLAN)
        return rows.with_themes()._with_details()

    def for_object(self) -> CommitmentQuerySet:
        """Fetch the stored public object of a commitment, and what the answer about one has beside it."""
        rows = self.with_document().select_related("plan")
        return rows.prefetch_related(*_prefetches("citations"))._with_details()

    def _with_details(self) -> CommitmentQuerySet:
        links = model_named("CommitmentLink").objects.published()
        reports = model_named("Development").objects.published()
        return self.prefetch_related(
            *_prefetches("status_changes", "reviews"),
            Prefetch("developments", reports.for_reading(), to_attr="reports"),
            Prefetch(
                "reported_statuses",
                model_named("ReportedStatus").objects.select_related("source"),
                to_attr="own_words",
            ),
            Prefetch(
                "links_to_later", links.select_related("later", "source"), to_attr="later_links"
            ),
            Prefetch(
                "links_to_earlier",
                links.select_related("earlier", "source"),
                to_attr="earlier_links",
            ),
        )

    def read_one(self, code: str):
        """Read the commitment of a page, all but its links and reports, in four queries. None if there is none."""
        rows = self.filter(code=code).annotate(
            owing=FilteredRelation("roles"),
            about=FilteredRelation("theme_rows"),
            reported=FilteredRelation("reported_statuses"),
        )
        names = ("plan", "pillar", "section", "owing__agency", "about__theme", "reported__source")
        rows = rows.with_country().select_related(*names)
        rows = rows.prefetch_related(*_prefetches("citations", "reviews"))
        order = ("owing__role", "owing__position", "about__position")
        found = list(rows.order_by(*order, "-reported__reported_on", "reported__pk"))
        for row in found[:1]:
            row.owed_by, row.ordered_themes = (
                joined_rows(found, "owing"),
                joined_rows(found, "about"),
            )
            row.own_words = joined_rows(found, "reported")
            if row.section:
                # A heading of its own plan, which need not be read twice.
                row.section.plan = row.plan
            row.steps = row.status_changes.read_with_evidence()
        return found[0] if found else None

    def with_history(self) -> CommitmentQuerySet:
        """Fetch the steps of each."""
        return self.prefetch_related(*_prefetches("status_changes"))

    def with_checks(self) -> CommitmentQuerySet:
        """Fetch the reviews of each."""
        return self.prefetch_related(*_prefetches("reviews"))

    def with_country(self) -> CommitmentQuerySet:
        """Tell the name of the plan's jurisdiction as `country`, and its `time_zone`."""
        return self.annotate(
            country=country_of("plan__jurisdiction"),
            time_zone=Written(
                "(SELECT there.time_zone FROM agencies_jurisdiction there WHERE there.code = {0})",
                "plan__jurisdiction",
                output_field=models.CharField(),
            ),
        )


def _prefetches(*names: str) -> list[Prefetch]:
    """Return how each of a commitment's relations is fetched."""
    rows = {
        "roles": (model_named("CommitmentAgency").objects.select_related("agency"), "owed_by"),
        "theme_rows": (
            model_named("CommitmentTheme").objects.select_related("theme"),
            "ordered_themes",
        ),
        "citations": (model_named("Citation").objects.select_related("source"), "cited_in"),
        "status_changes": (
            model_named("StatusChange")
            .objects.order_by("effective_on", "seq")
            .for_reading("corrects", "corrected_by"),
            "steps",
        ),
        "reviews": (
            model_named("Review")
            .objects.order_by("reviewed_on", "pk")
            .select_related("source", "retraction"),
            "checks",
        ),
    }
    return [Prefetch(name, rows[name][0], to_attr=rows[name][1]) for name in names]


def _rolled_up(rows: models.QuerySet, fields: list[str]) -> list[dict]:
    """Count (commitment, …) rows, ordered by commitment, giving each agency those of the offices below it."""
    above = apps.get_model("agencies", "Agency").objects.with_those_above()
    place = fields.index("by_agency")
    counts: Counter[tuple] = Counter()
    for _, found in groupby(rows.iterator(), itemgetter(0)):
        counts.update(
            {
                (*values[:place], slug, *values[place + 1 :])
                for _, *values in found
                for slug in above.get(values[place], (None,))
            }
        )
    listed = [dict(zip(fields, key, strict=True), count=count) for key, count in counts.items()]
    return sorted(listed, key=lambda row: [str(row[field] or "") for field in fields])
