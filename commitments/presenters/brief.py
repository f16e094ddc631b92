"""One-page brief of some commitments: the content that the page, the PDF and the Word file share."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.utils.translation import gettext

from commitments.choices import Origin, Status, counted
from commitments.dates import due_in_words, in_short, in_words, written_later
from commitments.models import CommitmentAgency, ReportedStatus, StatusChange
from commitments.presenters.bars import Bar
from commitments.presenters.brief_facts import (
    Facts,
    Figure,
    facts_of,
    figures,
    figures_of_one,
    headline,
    proofs,
    sentences,
    unknown_of_one,
)
from commitments.presenters.citations import Standing
from commitments.presenters.coverage import in_one_sentence
from commitments.presenters.link_state import reading_address
from commitments.presenters.markup import number
from commitments.presenters.questions import reviews_with_questions, stated
from commitments.presenters.rows import leads_in_words
from commitments.presenters.status_sentence import own_word
from commitments.statuses import verification_of
from planwatch.db.site_data import current_site
from planwatch.web.text import isolated

# What fits on one page.
CHANGES, DUE, QUESTIONS, OWN = 5, 3, 4, 3
# So many sources are printed of each change in a brief of many commitments, and in one of a single commitment.
REFS_OF_MANY, REFS_OF_ONE = 1, 2
# Those that decide who confirmed a status come first.
STRENGTH = (Origin.INDEPENDENT, Origin.OFFICIAL, Origin.ADVOCACY)
LONGEST_REASON, LONGEST_QUESTION, LONGEST_TITLE = 240, 130, 60
_SENTENCE_ENDS = re.compile(r"(?<=[a-z0-9”’)])\.\s+(?=[A-Z])")


@dataclass(frozen=True)
class Ref:
    """A numbered source."""

    number: int
    title: str
    publisher: str
    published: str
    origin: str
    origin_label: str
    url: str

    @property
    def words(self) -> str:
        """The document, who published it and when, as one line."""
        title = self.title if self.title.endswith((".", "?", "!", "…")) else f"{self.title}."
        return f"{isolated(title)} {isolated(self.publisher)}, {self.published}."

    @property
    def address(self) -> str:
        """The address as it is printed."""
        return self.url.removeprefix("https://").removeprefix("http://")


@dataclass(frozen=True)
class Change:
    day: str
    status: Status
    confirmed: str
    title: str
    code: str
    why: str
    refs: str  # “[1, 2]”
    own: str  # the government's own word
    later: str  # that `why` was written after the day of the brief


@dataclass(frozen=True)
class Item:
    """Something past due or asked: what, about which commitment, and who or when."""

    text: str
    code: str
    said: str
    status: Status | None = None
    later: str = ""


@dataclass
class Brief:
    """Every word of a brief, finished. `bar` is drawn by each format."""

    place: str
    title: str
    lead: str
    bar: Bar
    proofs: str
    figures: list[Figure]
    changes: list[Change]
    due: list[Item]
    unknown: list[str]
    questions: list[Item]
    asked: int
    more_questions: str
    refs: list[Ref]
    standing: str
    url: str
    promise: str = ""
    own: Sequence[str] = ()

    @property
    def key(self) -> str:
        """The bar in words."""
        return gettext(", ").join(
            f"{number(segment.count)} {counted(segment.status, segment.count)}"
            for segment in self.bar.segments
        )

    @property
    def heads(self) -> dict[str, str]:
        return heads()

    def shortened(self, changes: int, due: int, questions: int, longest: int) -> "Brief":
        """Return it with at most so many of each list, `longest` characters a text, and the sources of those changes."""
        questions = self.questions[:questions]
        changes = [
            replace(row, title=cut(row.title, longest), why=cut(row.why, longest))
            for row in self.changes[:changes]
        ]
        cited = {int(found) for row in changes for found in re.findall(r"\d+", row.refs)}
        return replace(
            self,
            changes=changes,
            due=self.due[:due],
            questions=questions,
            more_questions=_more(len(questions), self.asked),
            refs=[ref for ref in self.refs if ref.number in cited],
        )

    @property
    def citation(self) -> str:
        return gettext("{site}. “{title}.” Brief, {standing}. {url}").format(
            site=current_site().name,
            title=isolated(self.place),
            standing=self.standing[:1].lower() + self.standing[1:],
            url=self.url,
        )


def first_sentence(text: str, most: int) -> str:
    """Return the first sentence of a text, cut at a word where it is longer than `most` characters."""
    text = _SENTENCE_ENDS.split(" ".join(text.split()), maxsplit=1)[0].rstrip(".") + "."
    return text if len(text) <= most else cut(text, most)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0].rstrip(' ,;:')} …"


def heads() -> dict[str, str]:
    """Return the headings, in the reader's language."""
    return {
        "changes": gettext("Newest changes"),
        "due": gettext("Past due"),
        "questions": gettext("Questions still open"),
        "unknown": gettext("What is unknown"),
        "sources": gettext("Sources"),
        "cite": gettext("Cite this page"),
        "no_changes": gettext("No source read shows a change of status."),
        "no_due": gettext("None of these is open and past a stated deadline."),
        "no_questions": gettext("None noted by the latest reviews."),
        "no_sources": gettext("No change of status rests on a source yet."),
    }


def brief_of(
    place: str,
    commitments: QuerySet,
    clocks,
    standing: Standing,
    url: str,
    partly_read: Sequence = (),
    one=None,
    sentence: str = "",
) -> Brief:
    """Return the brief of the commitments as shown, in seven queries; of `one`, which was read, with its `sentence`."""
    facts = Facts() if one else facts_of(commitments, clocks.day)
    steps = _newest(commitments, clocks.until)
    own = own_words_of([one.pk] if one else [step.commitment_id for step in steps], clocks.as_of)
    most = REFS_OF_ONE if one else REFS_OF_MANY
    changes, refs = _changes(steps, {} if one else own, clocks.as_of, most)
    if one is None:
        late = commitments.filter(is_overdue=True).order_by("due_on", "code")
        late = list(late.for_rows()[:DUE])
    else:
        late = [one] if one.is_overdue else []
    questions = stated(reviews_with_questions(commitments, clocks.until))
    of_questions = [review.commitment_id for review, *_ in questions]
    leads = _leads([*(row.pk for row in [one, *late] if row), *of_questions])
    # Those come first that somebody can be asked.
    asked = sorted(questions, key=lambda item: not leads[item[0].commitment_id])[:QUESTIONS]
    return Brief(
        place=place,
        title=one.title if one else headline(place, facts),
        lead=sentence or sentences(facts, clocks.day),
        promise=one.summary if one else "",
        own=own.get(one.pk, ())[:OWN] if one else (),
        bar=Bar() if one else facts.bar,
        proofs="" if one else proofs(facts),
        figures=figures_of_one(one) if one else figures(facts),
        changes=changes,
        due=[_due(row, leads) for row in late],
        unknown=unknown_of_one(one, leads[one.pk]) if one else _unknown(facts, partly_read),
        questions=[
            Item(
                cut(what[:1].upper() + what[1:], LONGEST_QUESTION),
                review.commitment.code,
                _asked(leads[review.commitment_id]),
                later=written_later(review.recorded_at, clocks.as_of),
            )
            for review, what, _ in asked
        ],
        asked=len(questions),
        more_questions=_more(len(asked), len(questions)),
        refs=refs,
        standing=gettext("As of {day}, version {version}").format(
            day=in_words(standing.day), version=number(standing.version)
        ),
        url=url,
    )


def _newest(commitments: QuerySet, day) -> list[StatusChange]:
    """Return the latest steps that stand, each with its sources, in one query."""
    steps = StatusChange.objects.not_corrected().true_by(day)
    steps = steps.filter(commitment__in=commitments.order_by().values("pk"))
    order = ("-effective_on", "-seq", "-pk")
    newest = steps.order_by(*order).values("pk")[:CHANGES]
    return StatusChange.objects.filter(pk__in=newest).read_with_evidence(
        "commitment__plan", order=order
    )


def own_words_of(commitments: list[int], as_of) -> dict[int, list[str]]:
    """Return what governments reported of the commitments by a day, the latest first."""
    found = defaultdict(list)
    rows = ReportedStatus.objects.filter(commitment__in=commitments).reported_by(as_of)
    for row in rows.select_related("source"):
        found[row.commitment_id].append(own_word(row))
    return found


def _changes(steps: list[StatusChange], own, as_of, most) -> tuple[list[Change], list[Ref]]:
    """Return the steps in words, and the sources behind them, numbered in their order."""
    refs: dict[int, Ref] = {}
    changes = []
    for step in steps:
        sources, plan = [row.source for row in step.evidence.all()], step.commitment.plan
        sources.sort(key=lambda source: STRENGTH.index(source.origin_for(plan)))
        shown = {source.pk: source for source in sources[:most]}
        for pk, source in shown.items():
            refs.setdefault(pk, ref_of(source, len(refs) + 1, plan))
        numbers = sorted(refs[pk].number for pk in shown)
        confirmed = verification_of(source.origin_for(plan) for source in sources)
        changes.append(
            Change(
                in_short(step.effective_on, step.precision),
                Status(step.status),
                str(confirmed.label),
                step.commitment.title,
                step.commitment.code,
                first_sentence(step.account or step.reason, LONGEST_REASON),
                f"[{', '.join(map(str, numbers))}]" if numbers else "",
                next(iter(own.get(step.commitment_id, ())), ""),
                written_later(step.recorded_at, as_of),
            )
        )
    return changes, list(refs.values())


def ref_of(source, place: int, plan) -> Ref:
    """Return a source as it is numbered, seen from a plan."""
    origin = Origin(source.origin_for(plan))
    published = in_short(source.published_on, source.precision) if source.published_on else ""
    return Ref(
        place,
        cut(source.title, LONGEST_TITLE),
        source.publisher,
        published or gettext("undated"),
        origin.value,
        str(origin.label),
        reading_address(source),
    )


def _leads(commitments: list[int]) -> dict[int, list[str]]:
    """Return who leads each of the commitments."""
    found = defaultdict(list)
    roles = CommitmentAgency.objects.filter(commitment__in=commitments, role="lead")
    for pk, name in roles.values_list("commitment", "agency__short_name"):
        found[pk].append(name)
    return found


def _asked(leads: list[str]) -> str:
    return leads_in_words(leads) if leads else gettext("No lead agency named")


def _due(row, leads: dict[int, list[str]]) -> Item:
    said = gettext("{agency}. Due: {day}").format(
        agency=leads_in_words(leads[row.pk]), day=due_in_words(row.due_on, row.due_precision)
    )
    return Item(row.title, row.code, said, Status(row.effective_status))


def _more(shown: int, count: int) -> str:
    if count <= shown:
        return ""
    return gettext("{shown} of {total} questions").format(shown=shown, total=number(count))


def _unknown(facts: Facts, partly_read: Sequence) -> list[str]:
    """Return what the record does not know: plans that were read in part, leads and deadlines that nobody named."""
    partly_read = [plan for plan in partly_read if plan.slug in facts.plans]
    found = [in_one_sentence(partly_read)] if partly_read else []
    if missing := facts.total - facts.sums["led"]:
        text = gettext("No source names a lead agency for {n} of {total}.")
        found.append(text.format(n=number(missing), total=number(facts.total)))
    if missing := facts.statuses["no_evidence"]:
        text = gettext("For {n} of {total}, no source read shows whether anything was done.")
        found.append(text.format(n=number(missing), total=number(facts.total)))
    if missing := facts.bar.of(is_aging=True):
        text = gettext("What became of {n} open commitments in the past two years.")
        found.append(text.format(n=number(missing)))
    return found
