"""Draft progress report of a reporting round: by section of the plan, what the record shows and what agencies report."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.utils.translation import gettext

from commitments.choices import NO_PILLAR, Status, Verification
from commitments.dates import in_short, in_words
from commitments.models import Commitment, ReportingRound, Section
from commitments.presenters.bars import Bar
from commitments.presenters.brief import Ref, own_words_of, ref_of
from commitments.presenters.brief_facts import Figure, facts_of, figures, proofs, sentences
from commitments.presenters.citations import Standing
from commitments.presenters.markup import number
from commitments.presenters.questions import reviews_with_questions, stated
from commitments.presenters.rounds import Invited, closed_after, invitations_of
from commitments.presenters.status_over_time import Chart, chart_of, counts_of
from commitments.querysets.status_counts import status_counts
from commitments.selection import Clocks
from commitments.status_rules import history_as_known

# So many of a government's words for one commitment stand in its row, the latest first.
WORDS = 2


@dataclass(frozen=True)
class Line:
    """What is known of one commitment. `open` is what the latest review did not find, and who has not answered."""

    code: str
    title: str
    status: Status
    since: str
    confirmed: str
    reported: list[str]
    refs: str
    open: list[str]


@dataclass
class RoundReport:
    """Every word of the report, finished. The bar and the chart are drawn by each format."""

    title: str
    lead: str
    standing: str
    bar: Bar
    proofs: str
    figures: list[Figure]
    chart: Chart | None
    invited: list[Invited]
    closed: str  # the closing day in words, once it is over
    groups: list[tuple[str, list[Line]]]
    refs: list[Ref]

    @property
    def years(self) -> list[tuple[dt.date, Counter[str]]]:
        """The counts by status at the end of each year, and of the last month."""
        months = self.chart.every_month() if self.chart else []
        return [row for row in months if row[0].month == 12 or row is months[-1]]


def report_of(item: ReportingRound, clocks: Clocks, standing: Standing) -> RoundReport:
    """Return the report on the plan of a round, made of what is public and of who answered."""
    published = Commitment.objects.published().filter(plan=item.plan_id)
    shown = clocks.show(published)
    facts, invited = facts_of(shown, clocks.day), invitations_of(item)
    groups, refs = _groups(item, shown, clocks, invited)
    moves = counts_of(status_counts(shown, published.order_by(), clocks.until).iterator()).moves
    period = f"{in_words(item.period_from)} – {in_words(item.period_until)}"
    return RoundReport(
        title=gettext("Progress report, draft: {plan}, {period}").format(
            plan=item.plan.title, period=period
        ),
        lead=sentences(facts, clocks.day) if facts.total else "",
        standing=gettext("As of {day}, version {version}").format(
            day=in_words(standing.day), version=number(standing.version)
        ),
        bar=facts.bar,
        proofs=proofs(facts),
        figures=figures(facts),
        chart=chart_of(moves[""], clocks.until),
        invited=invited,
        closed=closed_after(item),
        groups=groups,
        refs=refs,
    )


def _groups(item, shown, clocks: Clocks, invited: list[Invited]):
    """Return the lines below the plan's own headings, or its pillars where it has none, and the sources behind them."""
    rows = list(shown.for_editing().order_by("code"))
    own = own_words_of([row.pk for row in rows], clocks.as_of)
    open_of = defaultdict(list)
    for review, what, _ in stated(reviews_with_questions(shown, clocks.until)):
        open_of[review.commitment_id].append(f"{what[:1].upper()}{what[1:]}.")
    for each in invited:
        for asked in each.asked:
            if not asked.is_answered:
                words = f"{each.invitation.agency.short_name}: {asked.words}."
                open_of[asked.commitment.pk].append(words)
    found, refs = defaultdict(list), {}
    headings = {section.pk: section for section in item.plan.sections.all()}
    for row in rows:
        line = _line(row, own[row.pk][:WORDS], open_of[row.pk], refs, item.plan)
        found[_place(row, headings)].append(line)
    # What stands under no heading comes last.
    groups = sorted(found.items(), key=lambda group: (not group[0], group[0]))
    return [
        (" / ".join(title for *_, title in place) or str(NO_PILLAR), lines)
        for place, lines in groups
    ], list(refs.values())


def _place(row: Commitment, headings: dict[int, Section]) -> tuple[tuple, ...]:
    """Return the headings above a commitment, from the top, each as (position, key, title); its pillar where it has none."""
    if row.section_id is None and row.pillar:
        # After all headings of the plan.
        return ((1, (row.pillar.position, row.pillar.slug), row.pillar.name),)
    chain, above = [], headings.get(row.section_id)
    while above:
        chain.insert(0, (0, (above.position, above.key), above.title))
        above = headings.get(above.parent_id)
    return tuple(chain)


def _line(row, words: list[str], open_: list[str], refs: dict[int, Ref], plan) -> Line:
    path = history_as_known(row.steps, row.checks).path
    sources = [evidence.source for evidence in (path[-1].evidence.all() if path else ())]
    for source in sources:
        refs.setdefault(source.pk, ref_of(source, len(refs) + 1, plan))
    numbers = sorted({refs[source.pk].number for source in sources})
    return Line(
        code=row.code,
        title=row.title,
        status=Status(row.effective_status),
        since=in_short(row.effective_since, row.effective_precision),
        confirmed=str(Verification(row.effective_verification).label),
        reported=words,
        refs=f"[{', '.join(map(str, numbers))}]" if numbers else "",
        open=open_,
    )
