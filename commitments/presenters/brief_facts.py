"""Counts of what a brief is about, in figures and sentences."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext, ngettext

from commitments.choices import Status, Verification
from commitments.dates import in_short
from commitments.models import CommitmentAgency
from commitments.presenters.bars import COUNTED, Bar, Kind, in_sentences
from commitments.presenters.markup import number
from commitments.presenters.rows import due
from commitments.querysets.commitments import COUNTED_BY


@dataclass(frozen=True)
class Figure:
    count: str
    of: str
    label: str
    remark: str


@dataclass
class Facts:
    """Counts of what a brief is about."""

    bar: Bar = field(default_factory=Bar)
    statuses: Counter = field(default_factory=Counter)
    confirmed: Counter = field(default_factory=Counter)
    sums: Counter = field(default_factory=Counter)
    reviewed_on: object = None
    plans: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        return self.bar.total


def facts_of(commitments: QuerySet, day) -> Facts:
    lead = CommitmentAgency.objects.filter(commitment=OuterRef("pk"), role="lead")
    rows = commitments.annotate(is_led=Exists(lead)).order_by()
    rows = rows.values(
        "plan__slug", **{f"by_{name}": COUNTED_BY[name] for name in COUNTED}
    ).annotate(
        count=Count("pk"),
        overdue=Count("pk", filter=Q(is_overdue=True)),
        dated=Count("due_on"),
        led=Count("pk", filter=Q(is_led=True)),
        this_year=Count("pk", filter=Q(effective_since__year=day.year)),
        reviewed_on=Max("effective_reviewed_on"),
    )
    facts = Facts()
    for row in rows:
        kind = Kind(*(row[f"by_{name}"] for name in COUNTED))
        facts.plans.add(row["plan__slug"])
        facts.bar.counts[kind] += row["count"]
        facts.statuses[kind.status] += row["count"]
        facts.confirmed[kind.verification] += row["count"]
        for name in ("overdue", "dated", "led", "this_year"):
            facts.sums[name] += row[name]
        facts.reviewed_on = max(filter(None, (facts.reviewed_on, row["reviewed_on"])))
    return facts


def headline(place: str, facts: Facts) -> str:
    return ngettext(
        "{place}: {completed} of {total} commitment completed, {none} without evidence",
        "{place}: {completed} of {total} commitments completed, {none} without evidence",
        facts.total,
    ).format(
        place=place,
        completed=number(facts.statuses["completed"]),
        total=number(facts.total),
        none=number(facts.statuses["no_evidence"]),
    )


def sentences(facts: Facts, day) -> str:
    """Return how far what is said can be relied on, and how old it is."""
    said = [in_sentences(facts.bar)]
    if changed := facts.sums["this_year"]:
        text = gettext("Status changed in {year}: {n}.")
        said.append(text.format(n=number(changed), year=day.year))
    else:
        said.append(gettext("No source read shows a change in {year}.").format(year=day.year))
    if facts.reviewed_on:
        said.append(gettext("Last review: {day}.").format(day=in_short(facts.reviewed_on)))
    return " ".join(filter(None, said))


def proofs(facts: Facts) -> str:
    """Return what the marks of the bar mean: who confirmed how many, and how many are aging."""
    return gettext(
        "Two lines below: confirmed by an independent source ({independent}); one line: agency’s own account only ({agency}); none: unconfirmed ({nobody}). Dots: open, with evidence over two years old ({aging})."
    ).format(
        independent=number(facts.confirmed[Verification.INDEPENDENT]),
        agency=number(facts.confirmed[Verification.AGENCY]),
        nobody=number(facts.confirmed[Verification.UNVERIFIED]),
        aging=number(facts.bar.of(is_aging=True)),
    )


def figures(facts: Facts) -> list[Figure]:
    total = gettext("of {total}").format(total=number(facts.total))
    dated = facts.sums["dated"]
    own = facts.bar.of(Status.COMPLETED, verification=Verification.AGENCY)
    return [
        Figure(
            number(facts.statuses["completed"]),
            total,
            gettext("completed"),
            gettext("{n} on the agency’s own account only").format(n=number(own)),
        ),
        Figure(
            number(facts.confirmed[Verification.INDEPENDENT]),
            total,
            gettext("independently confirmed"),
            gettext("whatever their status"),
        ),
        Figure(
            number(facts.sums["overdue"]),
            gettext("of {total} with a deadline").format(total=number(dated)),
            gettext("past due"),
            gettext("{n} state no deadline").format(n=number(facts.total - dated)),
        ),
        Figure(
            number(facts.statuses["no_evidence"]),
            total,
            gettext("no evidence found"),
            gettext("not proof that nothing was done"),
        ),
    ]


def figures_of_one(commitment) -> list[Figure]:
    """Return the three answers on one commitment, and how old they are."""
    since = in_short(commitment.effective_since, commitment.effective_precision)
    evidence = commitment.effective_evidence_on
    late = gettext("past due") if commitment.is_overdue else ""
    old = gettext("over two years old") if commitment.is_aging else ""
    return [
        Figure(
            str(Status(commitment.effective_status).label),
            "",
            gettext("status"),
            gettext("since {day}").format(day=since),
        ),
        Figure(
            str(Verification(commitment.effective_verification).label),
            "",
            gettext("confirmed by"),
            "",
        ),
        Figure(
            in_short(evidence, "month") if evidence else gettext("None found"),
            "",
            gettext("latest evidence"),
            old,
        ),
        Figure(str(due(commitment)), "", gettext("due"), late),
    ]


def unknown_of_one(commitment, leads: Sequence[str]) -> list[str]:
    """Return what the record does not know of one commitment."""
    found = {
        gettext("No source names a lead agency."): not leads,
        gettext("No source states a deadline."): commitment.due_on is None,
        gettext("No source read shows whether anything was done."): (
            commitment.effective_status == Status.NO_EVIDENCE
        ),
        gettext("What became of it in the past two years."): commitment.is_aging,
    }
    return [words for words, holds in found.items() if holds]
