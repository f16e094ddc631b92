"""Every read, as chainable methods named for meaning, then for the screen.

Two clocks: `as_of(day)` answers what was true on a day, and gives each commitment the same columns, `shown_…`, as
`current()` does for today, so that filters, orders, pages and exports need not know which was asked. What the tracker
said at a moment is no matter of these methods: inside `commitments.known_at.known_at` all of them read that.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from django.apps import apps
from django.db import connections, models
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
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, Left, TruncDate
from django.db.models.lookups import In, LessThanOrEqual
from django.utils import timezone

from agencies.time_zones import other_days
from commitments.links import DEAD, LinkState
from commitments.statuses import OPEN, START, Origin, Precision, Verification

NO_TIME = dt.timedelta()
COUNTED_BY = {
    "pillar": F("pillar__slug"),
    "status": F("shown_status"),
    "verification": F("shown_verification"),
    "agency": F("roles__agency__slug"),
    "source": F("citations__source__slug"),
    "plan": F("plan__slug"),
    "objective": Concat(
        "objective__plan__slug",
        Value(":"),
        "objective__key",
        output_field=models.CharField(),
    ),
    "kind": F("kind"),
    "year": F("announced_on__year"),
    "is_overdue": F("is_overdue"),
    "is_stale": F("is_stale"),
}

# What as_rows reads.
ROW_COLUMNS = (
    *(
        "pk",
        "code",
        "title",
        "summary",
        "in_plan",
        "plan_number",
        "in_pillar",
        "pillar_basis",
    ),
    *("objective__plan__slug", "objective__key", "kind", "lead_note", "announced_on", "due_on"),
    *("due_precision", "target", "note", "shown_status", "shown_since", "shown_precision"),
    *("shown_verification", "shown_reviewed_on", "is_open", "is_overdue", "is_stale"),
    *("created_at", "updated_at", "seq", "owed", "cited"),
)
# Columns that only some orders have.
ROW_ORDERS = ("due_order", "relevance")
_CITED = ("slug", "title", "publisher", "published_on", "precision", "url", "origin")
_COLUMNS_OF_CITED = (
    {name: f"s.{name}" for name in _CITED}
    | {
        "precision": "CASE WHEN s.published_on IS NULL THEN NULL ELSE s.precision END",
    }
    | {name: f"c.{name}" for name in ("locator", "relation")}
)
_OWED_ROWS = """FROM commitments_commitmentagency r JOIN agencies_agency a ON a.id = r.agency_id
    WHERE r.commitment_id = commitments_commitment.id"""
_OWED_ORDER, _CITED_ORDER = "r.role, r.position", "s.published_on, s.slug, c.locator"
# The related rows of a commitment as one value, in the language of each database and by its quickest way. PostgreSQL takes
# a few documents for so many that it reads the whole table for each commitment, unless it is kept from joining them.
_AS_JSON = {
    "sqlite": {
        "owed": f"""SELECT '[' || coalesce(group_concat(j), '') || ']' FROM (
            SELECT json_array(r.role, a.slug) AS j {_OWED_ROWS} ORDER BY {_OWED_ORDER})""",
        "cited": f"""SELECT '[' || coalesce(group_concat(j), '') || ']' FROM (
            SELECT json_object({", ".join(f"'{name}', {of}" for name, of in _COLUMNS_OF_CITED.items())}) AS j
            FROM commitments_citation c JOIN commitments_source s ON s.id = c.source_id
            WHERE c.commitment_id = commitments_commitment.id ORDER BY {_CITED_ORDER})""",
    },
    "postgresql": {
        "owed": f"""SELECT coalesce(
            json_agg(json_build_array(r.role, a.slug) ORDER BY {_OWED_ORDER}), '[]')::text {_OWED_ROWS}""",
        "cited": f"""SELECT '[' || coalesce(string_agg(row_to_json(j)::text, ','), '') || ']' FROM (
            SELECT {", ".join(f"{of} AS {name}" for name, of in _COLUMNS_OF_CITED.items())} FROM commitments_citation c
            CROSS JOIN LATERAL (SELECT * FROM commitments_source WHERE id = c.source_id OFFSET 0) s
            WHERE c.commitment_id = commitments_commitment.id ORDER BY {_CITED_ORDER}) j""",
    },
}


class DueOrder(models.Func):
    """The due date to sort by: what has none comes last.

    The day stands in the text: given as a parameter, SQLite would not know the index of it again.
    """

    function = "COALESCE"
    template = "%(function)s(%(expressions)s, '9999-12-31')"
    output_field = models.DateField()


class Likely(models.Func):
    """A condition that most rows meet: SQLite then takes the index of the order rather than that of the condition, and sorts nothing."""

    template = "%(expressions)s"
    output_field = models.BooleanField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="likely(%(expressions)s)", **context)


def _known_to(rows: models.QuerySet, names: Iterable[str]) -> list[str]:
    return [name for name in names if name in rows.query.annotations]


def _slug_of(model: str, key: str) -> Subquery:
    return Subquery(_model(model).objects.order_by().filter(pk=OuterRef(key)).values("slug"))


def _model(name: str):
    return apps.get_model("commitments", name)


def end_of(day: dt.date) -> dt.datetime:
    """Return the first moment after `day`, in UTC."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)


def was_published(published_on: dt.date | None, by: dt.date | None) -> bool:
    """Return whether a document stands beside a commitment as of a day: an undated one always, and all without a day."""
    return by is None or published_on is None or published_on <= by


def named_in(source) -> Q:
    """Return the condition on commitments that a document (a row, an id or OuterRef) names.

    It announces, restates or reports them; and the document of a plan names what was announced with the plan, on its
    day, also where the record knows it from other documents.
    """
    citations = _model("Citation").objects.filter(commitment=OuterRef("pk"), source=source)
    return Q(Exists(citations)) | Q(plan__document=source, announced_on=F("plan__published_on"))


class SourceQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug: str):
        return self.get(slug=slug)

    def holding(self, words: str) -> SourceQuerySet:
        """Keep the sources that hold every word in title, publisher, author, address or short name; the newest first."""
        rows = self.order_by("-published_on", "slug")
        for word in words[:500].replace("\0", "").split()[:10]:
            rows = rows.filter(
                Q(title__icontains=word)
                | Q(publisher__icontains=word)
                | Q(author__icontains=word)
                | Q(url__icontains=word)
                | Q(slug__icontains=word)
            )
        return rows

    def with_named(self) -> SourceQuerySet:
        """Count the published commitments that each document names (see `named_in`), and those it states itself.

        `named` counts all, `stated` those that it announces or restates, or that were announced with its plan.
        """
        citations = _model("Citation").objects.filter(commitment__is_published=True)
        own = citations.filter(source=OuterRef("pk")).order_by().values("source")
        cited = Exists(
            citations.filter(commitment=OuterRef("pk"), source=OuterRef("plan__document"))
        )
        with_plan = (
            _model("Commitment")
            .objects.published()
            .filter(~cited, plan__document=OuterRef("pk"), announced_on=F("plan__published_on"))
            .order_by()
            .values("plan__document")
            .annotate(n=models.Count("pk"))
            .values("n")
        )

        def counted(rows) -> Subquery:
            return Coalesce(Subquery(rows, output_field=models.IntegerField()), 0)

        def distinct(rows) -> models.QuerySet:
            return rows.annotate(n=models.Count("commitment", distinct=True)).values("n")

        # Asked of the few documents of plans alone.
        is_of_plan = Exists(_model("Plan").objects.filter(document=OuterRef("pk")))
        return self.annotate(
            with_plan=Case(When(is_of_plan, then=counted(with_plan)), default=0),
            named=counted(distinct(own)) + F("with_plan"),
            stated=counted(distinct(own.exclude(relation="reports"))) + F("with_plan"),
        )

    def with_uses(self) -> SourceQuerySet:
        """Count, for each source, the published commitments that it announces, restates, reports or evidences."""

        def commitments(**having) -> Subquery:
            rows = (
                _model("Commitment")
                .objects.published()
                .filter(**having)
                .order_by()
                .values(*having)
                .annotate(n=models.Count("id", distinct=True))
                .values("n")
            )
            return Coalesce(Subquery(rows, output_field=models.IntegerField()), 0)

        def cited(relation: str) -> Subquery:
            rows = (
                _model("Citation")
                .objects.filter(
                    source=OuterRef("pk"), relation=relation, commitment__is_published=True
                )
                .order_by()
                .values("source")
                .annotate(n=models.Count("commitment", distinct=True))
                .values("n")
            )
            return Coalesce(Subquery(rows, output_field=models.IntegerField()), 0)

        return self.annotate(
            announces=cited("announces"),
            restates=cited("restates"),
            reports=cited("reports"),
            evidences=commitments(status_changes__evidence__source=OuterRef("pk")),
        )

    def in_use(self) -> SourceQuerySet:
        """Return the sources on which something published rests: a plan, a citation, evidence, a review or a link."""
        published = {"commitment__is_published": True}
        uses = [
            _model("Citation").objects.filter(source=OuterRef("pk"), **published),
            _model("Review").objects.filter(source=OuterRef("pk"), **published),
            _model("Evidence").objects.filter(
                source=OuterRef("pk"), status_change__commitment__is_published=True
            ),
            _model("CommitmentLink").objects.published().filter(source=OuterRef("pk")),
            _model("Plan").objects.filter(document=OuterRef("pk")),
        ]
        condition = Q()
        for rows in uses:
            condition |= Q(Exists(rows))
        return self.filter(condition)

    def with_dead_link(self) -> SourceQuerySet:
        """Keep the sources whose address did not lead to the document when it was last asked."""
        return self.filter(link_state__in=DEAD)

    def to_check(self, before: dt.datetime) -> SourceQuerySet:
        """Return the sources whose address was not asked since that moment, those never asked first."""
        due = Q(link_checked_at=None) | Q(link_checked_at__lt=before)
        rows = self.exclude(url="").filter(due)
        return rows.order_by(F("link_checked_at").asc(nulls_first=True), "slug")

    def count_by_link_state(self) -> dict[str, int]:
        """Count the sources that have an address by the state of their link; every state is named."""
        rows = self.exclude(url="").order_by().values_list("link_state")
        return dict.fromkeys(LinkState.values, 0) | dict(rows.annotate(n=models.Count("pk")))


class SourceCheckQuerySet(models.QuerySet):
    def recorded(self) -> SourceCheckQuerySet:
        """Keep the checks that changed what readers are shown: those stand in the public record."""
        return self.filter(is_recorded=True)

    def latest_first(self) -> SourceCheckQuerySet:
        return self.order_by("-checked_at")


class StatusChangeQuerySet(models.QuerySet):
    def get_by_natural_key(self, code: str, seq: int):
        return self.get(commitment__code=code, seq=seq)

    def published(self) -> StatusChangeQuerySet:
        return self.filter(commitment__is_published=True)

    def true_by(self, day: dt.date) -> StatusChangeQuerySet:
        """Keep the steps that had become true on `day`."""
        return self.filter(Likely(LessThanOrEqual(F("effective_on"), day)))

    def standing(self) -> StatusChangeQuerySet:
        """Drop the steps that a correction has struck out."""
        return self.filter(~Exists(_model("StatusChange").objects.filter(corrects=OuterRef("pk"))))

    def with_previous_status(self) -> StatusChangeQuerySet:
        """Annotate `previous_status`: that of the step before in the path; null for a step that is struck out."""
        path = _model("StatusChange").objects.filter(commitment=OuterRef("commitment"))
        before = path.standing().filter(
            Q(effective_on__lt=OuterRef("effective_on"))
            | Q(effective_on=OuterRef("effective_on"), seq__lt=OuterRef("seq"))
        )
        struck = _model("StatusChange").objects.filter(corrects=OuterRef("pk"))
        return self.annotate(
            previous_status=Case(
                When(Exists(struck), then=Value(None)),
                default=Coalesce(
                    Subquery(before.order_by("-effective_on", "-seq").values("status")[:1]),
                    Value(START.value),
                ),
                output_field=models.CharField(null=True),
            )
        )

    def for_reading(self) -> StatusChangeQuerySet:
        """Fetch with each step its evidence, its commitment and its corrections, in a fixed number of queries."""
        return self.select_related("commitment", "corrects", "corrected_by").prefetch_related(
            Prefetch("evidence", _model("Evidence").objects.select_related("source"))
        )


class LinkQuerySet(models.QuerySet):
    def get_by_natural_key(self, earlier: str, later: str, relation: str):
        return self.get(earlier__code=earlier, later__code=later, relation=relation)

    def published(self) -> LinkQuerySet:
        """Keep the links of which both ends are published."""
        return self.filter(earlier__is_published=True, later__is_published=True)

    def around(self, commitment, shown: CommitmentQuerySet) -> LinkQuerySet:
        """Keep the links of a commitment with others of `shown`; `shown_status` is what the other one has there."""
        rows = self.filter(Q(earlier=commitment) | Q(later=commitment)).annotate(
            other=Case(When(earlier=commitment, then=F("later_id")), default=F("earlier_id"))
        )
        status = shown.order_by().filter(pk=OuterRef("other")).values("shown_status")
        rows = rows.annotate(shown_status=Subquery(status)).exclude(shown_status=None)
        return rows.select_related("earlier", "later", "source")


class ReviewQuerySet(models.QuerySet):
    def standing(self) -> ReviewQuerySet:
        """Keep the reviews that their authors have not retracted."""
        return self.filter(retraction=None)


class ProposalQuerySet(models.QuerySet):
    def waiting(self) -> ProposalQuerySet:
        return self.filter(state="waiting")

    def for_reading(self) -> ProposalQuerySet:
        return self.select_related("commitment__pillar", "source", "corrects", "status_change")


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
    "proposal": Q(object_type="proposal"),
    "framework": Q(object_type__in=("plan", "pillar", "objective", "agency")),
}


class ChangeQuerySet(models.QuerySet):
    def of_kinds(self, kinds) -> ChangeQuerySet:
        """Keep the rows of any of CHANGE_KINDS. Without the withheld ones: what those are about is not public.

        Comes after `with_publicity`. Raises KeyError for an unknown kind.
        """
        corrections = (
            _model("StatusChange")
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

        Entries, citations, links, steps, reviews, and edits of a source that bear on a verdict.
        """
        # One after the other, the latest first: in a list of all commitments each row would be looked for anew.
        commitment = commitments.order_by().filter(pk=OuterRef("commitment"))
        about = _model("Change").commitments.through.objects.filter(
            Exists(commitment), change=OuterRef("pk")
        )
        told = ("commitment", "citation", "commitmentlink", "statuschange", "evidence", "review")
        told += ("reviewretraction", "source")
        telling = Likely(In(F("object_type"), told))
        return self.with_publicity().filter(telling, Exists(about), is_withheld=False)

    def unpublishing_of(self, commitment):
        """Return the row that took an unpublished commitment from the public; None for what never was public."""
        rows = self.filter(
            object_type="commitment",
            object_key=commitment.code,
            before__is_published=True,
            after__is_published=False,
        )
        return None if commitment.is_published else rows.order_by("-seq").first()

    def with_publicity(self) -> ChangeQuerySet:
        """Mark as `is_withheld` the rows whose body is not for the public.

        They are about an unpublished commitment, or about a proposal that nobody has approved: a verdict that stands on
        one person's word is not published. A source is public whatever rests on it.
        """
        hidden = _model("Commitment").objects.filter(changes=OuterRef("pk"), is_published=False)
        return self.annotate(
            is_withheld=Case(
                When(~Q(object_type="source") & Exists(hidden), then=Value(True)),
                When(_unapproved(), then=Value(True)),
                default=Value(False),
                output_field=models.BooleanField(),
            )
        )

    def for_editors(self) -> ChangeQuerySet:
        """Mark nothing as withheld: whoever works on drafts and proposals reads what was done to them."""
        return self.annotate(is_withheld=Value(False)).prefetch_related("commitments")

    def turned_by(self, rows: Iterable) -> list[int]:
        """Return the numbers of the rows that were opened or withheld by a later one among `rows`, ascending.

        A commitment that is published or unpublished turns the rows about it, an approval those about the proposal.
        A row that was turned once more since, by a row that is not among `rows`, may be left out: that one tells.
        """
        rows = list(rows)
        opens = {row.seq: is_open for row in rows if (is_open := _opens(row)) is not None}
        if not opens:
            return []
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
            .with_publicity()
            .values_list("seq", "is_withheld", f"{by}seq")
        )
        turned = {seq for seq, is_withheld, turner in found if is_withheld != opens[turner]}
        return sorted(turned.union(of_sources))


def _unapproved() -> Q:
    """Return the condition that a record row is about a proposal that nobody has approved."""
    approved = (
        _model("Proposal")
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


class CommitmentQuerySet(models.QuerySet):
    def get_by_natural_key(self, code: str):
        return self.get(code=code)

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
            _model("Citation").objects.filter(commitment=OuterRef("pk")),
            _model("Review").objects.filter(commitment=OuterRef("pk")),
            _model("Evidence").objects.filter(status_change__commitment=OuterRef("pk")),
        ]
        condition = Q()
        for rows in uses:
            condition |= Q(Exists(rows.filter(source__in=sources.values("pk"))))
        return self.filter(condition)

    # What is shown: today, on a day

    def current(self) -> CommitmentQuerySet:
        """Show today's status, from the stored copies."""
        return self.annotate(
            shown_status=F("status"),
            shown_since=F("status_since"),
            shown_precision=F("status_precision"),
            shown_verification=F("verification"),
            shown_reviewed_on=F("last_reviewed_on"),
        )

    def as_of(self, day: dt.date) -> CommitmentQuerySet:
        """Show what was true on `day`: the commitments announced by then, each with its status on that day."""
        steps = _model("StatusChange").objects.filter(commitment=OuterRef("pk"))
        last = steps.true_by(day).standing().order_by("-effective_on", "-seq")
        recorded = steps.filter(recorded_at__lt=end_of(day)).order_by("-recorded_at")
        reviews = _model("Review").objects.filter(commitment=OuterRef("pk"), reviewed_on__lte=day)
        reviews = reviews.standing()
        evidence = _model("Evidence").objects.filter(status_change=OuterRef("shown_step"))
        rows = self.filter(Likely(LessThanOrEqual(F("announced_on"), day)))
        return rows.annotate(
            shown_step=Subquery(last.values("pk")[:1]),
            shown_status=Coalesce(Subquery(last.values("status")[:1]), Value(START.value)),
            shown_since=Greatest(
                Coalesce(Subquery(last.values("effective_on")[:1]), F("announced_on")),
                F("announced_on"),
            ),
            shown_precision=Coalesce(
                Subquery(last.values("precision")[:1]), Value(Precision.DAY.value)
            ),
        ).annotate(
            shown_verification=Case(
                When(
                    Exists(evidence.filter(source__origin=Origin.INDEPENDENT)),
                    then=Value(Verification.INDEPENDENT.value),
                ),
                When(
                    Exists(evidence.filter(source__origin=Origin.OFFICIAL)),
                    then=Value(Verification.AGENCY.value),
                ),
                default=Value(Verification.UNVERIFIED.value),
            ),
            shown_reviewed_on=Greatest(
                F("shown_since"),
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
        """Tell which are open, overdue (open and past the due date) and stale (open and unreviewed for so long).

        `when` is one day for all, or a moment: each commitment is then judged by the day of its plan's jurisdiction.
        """
        is_open = Q(shown_status__in=OPEN)

        def flag(condition: Q) -> Case:
            return Case(
                When(condition, then=Value(True)),
                default=Value(False),
                output_field=models.BooleanField(),
            )

        return self.annotate(
            is_open=flag(is_open),
            is_overdue=flag(is_open & Q(due_on__lt=_day_of_plan(when))),
            is_stale=flag(
                is_open
                & Q(shown_reviewed_on__lt=_day_of_plan(when, -dt.timedelta(days=stale_after_days)))
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
        steps = _model("StatusChange").objects.filter(commitment=OuterRef(OuterRef("pk")))
        last = steps.true_by(day).standing().order_by("-effective_on", "-seq")
        evidence = _model("Evidence").objects.filter(status_change=Subquery(last.values("pk")[:1]))
        counted = (
            evidence.order_by()
            .values("status_change")
            .annotate(n=models.Count("source", distinct=True))
        )
        return self.annotate(evidence_count=Coalesce(Subquery(counted.values("n")), 0))

    # For the screen

    def for_rows(self) -> CommitmentQuerySet:
        """Fetch what a row of a page's list shows, in two queries."""
        roles = _model("CommitmentAgency").objects.select_related("agency")
        return self.select_related("pillar", "objective").prefetch_related(
            Prefetch("roles", roles, to_attr="owed_by")
        )

    def as_keys(self, *columns: str) -> CommitmentQuerySet:
        """Fetch of each row its number and the columns of its order alone."""
        return self.values_list("pk", *columns, named=True)

    def as_rows(self) -> CommitmentQuerySet:
        """Fetch what a row of the API's list shows as plain named rows, in one query.

        `owed` is the JSON of [role, slug] of each agency, `cited` that of the documents, both in the order of the pages.
        """
        made = _AS_JSON[connections[self.db].vendor]
        rows = self.annotate(
            # Not by a join: SQLite would begin at the few plans, and sort all of their commitments for one page.
            in_plan=_slug_of("Plan", "plan"),
            in_pillar=_slug_of("Pillar", "pillar"),
            owed=RawSQL(f"({made['owed']})", [], output_field=models.TextField()),
            cited=RawSQL(f"({made['cited']})", [], output_field=models.TextField()),
        )
        return rows.values_list(*ROW_COLUMNS, *_known_to(rows, ROW_ORDERS), named=True)

    def for_list(self) -> CommitmentQuerySet:
        """Fetch what a row of the list shows, in a fixed number of queries."""
        roles = _model("CommitmentAgency").objects.select_related("agency")
        return self._with_names().prefetch_related(
            Prefetch("roles", roles, to_attr="owed_by"), *_prefetches("citations")
        )

    def for_detail(self) -> CommitmentQuerySet:
        """Fetch all that is stored of a commitment, in a fixed number of queries."""
        links = _model("CommitmentLink").objects.published()
        return self.for_list().prefetch_related(
            *_prefetches("status_changes", "reviews"),
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
        """Read the commitment of a page, all but its links, in one query less: with those who owe it. None if there is none."""
        rows = self.filter(code=code).annotate(owing=FilteredRelation("roles"))
        rows = rows._with_names().select_related("owing__agency")
        rows = rows.prefetch_related(*_prefetches("citations", "status_changes", "reviews"))
        found = list(rows.order_by("owing__role", "owing__position"))
        for row in found[:1]:
            # Where nobody is named, the join leaves nothing.
            row.owed_by = [item.owing for item in found if hasattr(item, "owing")]
        return found[0] if found else None

    def with_history(self) -> CommitmentQuerySet:
        """Fetch the steps of each."""
        return self.prefetch_related(*_prefetches("status_changes"))

    def _with_names(self) -> CommitmentQuerySet:
        return self.select_related(
            "plan__document", "plan__predecessor", "pillar", "objective__plan"
        )


def _day_of_plan(when: dt.date | dt.datetime, distance: dt.timedelta = NO_TIME):
    """Return, as an expression on commitments, the day so far from that of their plan's jurisdiction."""
    if not isinstance(when, dt.datetime):
        return Value(when + distance)
    plans = _model("Plan").objects.order_by().annotate(start=Left("jurisdiction", 3))
    cases = []
    for day, codes in other_days(when).items():
        there = Q(jurisdiction__in=codes) | Q(start__in=[f"{code}-" for code in codes])
        cases.append(When(plan__in=plans.filter(there).values("pk"), then=Value(day + distance)))
    utc = Value(when.astimezone(dt.UTC).date() + distance)
    return Case(*cases, default=utc, output_field=models.DateField())


def _prefetches(*names: str) -> list[Prefetch]:
    """Return how each of a commitment's relations is fetched."""
    rows = {
        "citations": (_model("Citation").objects.select_related("source"), "cited_in"),
        "status_changes": (
            _model("StatusChange").objects.order_by("effective_on", "seq").for_reading(),
            "steps",
        ),
        "reviews": (_model("Review").objects.select_related("source", "retraction"), "checks"),
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


def today() -> dt.date:
    """Return the record's day: the date in UTC. What is late goes by the day of the plan's jurisdiction instead."""
    return timezone.now().date()
