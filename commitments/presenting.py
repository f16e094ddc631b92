"""Shapes rows already fetched into what a reader sees: bars, histories on two clocks, bands of time, lineage, sentences.

Pure functions: no queries, no request, no HTML.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from commitments.dates import in_short, in_words
from commitments.models import CitationRelation, LinkRelation
from commitments.statuses import START, Origin, Status, order_of

# Bars of commitments by status


@dataclass(frozen=True)
class Segment:
    """One status of a bar. Places are percentages of its width."""

    status: Status
    count: int
    x: float
    width: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def holds_its_number(self) -> bool:
        """Whether the number fits inside on a phone."""
        return self.width >= 1.8 + 2.2 * len(str(self.count))


@dataclass(frozen=True)
class Bar:
    segments: list[Segment]

    @property
    def total(self) -> int:
        return sum(segment.count for segment in self.segments)

    @property
    def present(self) -> list[Segment]:
        return [segment for segment in self.segments if segment.count]


def bar_of(counts: dict[str, int]) -> Bar:
    """Return the bar of {status: count}: every status in its fixed order, those without a commitment too."""
    total = sum(counts.values())
    segments, before = [], 0
    for status in Status:
        count = counts.get(status, 0)
        share = 100 / total if total else 0
        segments.append(Segment(status, count, before * share, count * share))
        before += count
    return Bar(segments)


def bars_by(rows: Iterable[dict], name: str) -> dict[str, Bar]:
    """Return {value of `name`: its bar} from the rows of `count_by(name, "status")`."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        counts[row[f"by_{name}"]][row["by_status"]] = row["count"]
    return defaultdict(lambda: bar_of({}), {key: bar_of(value) for key, value in counts.items()})


def sum_of(bars: Iterable[Bar]) -> Bar:
    """Return one bar for several."""
    counts: dict[str, int] = defaultdict(int)
    for one in bars:
        for segment in one.segments:
            counts[segment.status] += segment.count
    return bar_of(counts)


@dataclass(frozen=True)
class CountRow:
    """One line of the bars as a table."""

    status: Status
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


def table_of(bars: Sequence[Bar]) -> list[CountRow]:
    """Return the same counts as a table, a line for each status, zeros too."""
    lines = zip(*(one.segments for one in bars), strict=True)
    return [CountRow(line[0].status, [item.count for item in line]) for line in lines]


# The history of one commitment


@dataclass(frozen=True)
class Known:
    """The steps and reviews of a commitment that a pair of clocks lets a reader see."""

    steps: list
    struck: dict[int, object]  # the number of a wrong step: the step that corrects it
    reviews: list

    @property
    def path(self) -> list:
        """The steps that stand, in the order in which they became true."""
        return sorted((step for step in self.steps if step.seq not in self.struck), key=order_of)


def known(steps: Iterable, reviews: Iterable, as_of=None, known_at=None) -> Known:
    """Keep what was true by `as_of` and recorded by `known_at`; a correction strikes out whenever it became true."""

    def recorded(row) -> bool:
        return known_at is None or row.recorded_at <= known_at

    steps = [step for step in steps if recorded(step)]
    by_id = {step.pk: step for step in steps}
    struck = {by_id[step.corrects_id].seq: step for step in steps if step.corrects_id in by_id}
    return Known(
        [step for step in steps if as_of is None or step.effective_on <= as_of],
        struck,
        [
            review
            for review in reviews
            if recorded(review) and (as_of is None or review.reviewed_on <= as_of)
        ],
    )


@dataclass(frozen=True)
class Entry:
    """One line of a history. `step` and `review` are rows, or None."""

    kind: str  # step, review or start
    status: Status
    true_from: dt.date
    precision: str
    recorded_at: dt.datetime
    step: object = None
    review: object = None
    corrected_by: object = None
    is_lead: bool = False


def history(commitment, seen: Known) -> list[Entry]:
    """Return the history, newest first; a correction stands above the step that it strikes out."""
    standing = {step.seq: step for step in seen.path}
    entries = [(order_of(step), _step_entry(step, None)) for step in standing.values()]
    entries += [
        ((review.reviewed_on, 0), _review_entry(review, seen.path)) for review in seen.reviews
    ]
    visible = {step.seq for step in seen.steps}
    wrong = defaultdict(list)
    for step in seen.steps:
        if by := seen.struck.get(step.seq):
            if by.seq in visible:
                wrong[by.seq].append(_step_entry(step, by))
            else:
                entries.append((order_of(step), _step_entry(step, by)))
    found = []
    for _, entry in sorted(entries, key=lambda item: item[0], reverse=True):
        found += _with_struck(entry, wrong)
    start = Entry("start", START, commitment.announced_on, "day", commitment.created_at)
    return [*found, start]


def _with_struck(entry: Entry, wrong: dict[int, list[Entry]]) -> list[Entry]:
    found = [entry]
    for struck in wrong.get(entry.step.seq, ()) if entry.step else ():
        found += _with_struck(struck, wrong)
    return found


def _step_entry(step, corrected_by) -> Entry:
    return Entry(
        "step",
        Status(step.status),
        step.effective_on,
        step.precision,
        step.recorded_at,
        step=step,
        corrected_by=corrected_by,
    )


def _review_entry(review, path: Sequence) -> Entry:
    then = [step.status for step in path if step.effective_on <= review.reviewed_on]
    status = Status(then[-1]) if then else START
    return Entry("review", status, review.reviewed_on, "day", review.recorded_at, review=review)


# The same history as bands of time


@dataclass(frozen=True)
class Stretch:
    """One status of a band. Places are percentages of its width."""

    status: Status
    x: float
    width: float
    is_struck: bool = False

    def _holds(self, pixels: float) -> bool:
        return self.width * pixels / 100 >= 34 + 7.5 * len(self.status.label)

    @property
    def holds_its_name(self) -> bool:
        return self._holds(1200)

    @property
    def holds_its_name_on_a_phone(self) -> bool:
        return self._holds(330)

    @property
    def holds_its_mark(self) -> bool:
        return self.width >= 2.2

    @property
    def holds_its_mark_on_a_phone(self) -> bool:
        return self.width >= 7.5


@dataclass(frozen=True)
class Band:
    title: str
    stretches: list[Stretch]
    top: int = 0

    @property
    def words(self) -> str:
        names = [
            f"{item.status.label.lower()} (corrected since)"
            if item.is_struck
            else item.status.label.lower()
            for item in self.stretches
        ]
        return f"{self.title}: {', then '.join(names)}."


@dataclass(frozen=True)
class Bands:
    bands: list[Band]
    years: list[tuple[int, float]]

    @property
    def height(self) -> int:
        return 54 * len(self.bands) + 14

    @property
    def is_corrected(self) -> bool:
        return len(self.bands) > 1


def bands(commitment, steps: Iterable, day: dt.date, as_of=None, known_at=None) -> Bands | None:
    """Return the status over time as it is known, and as it was known before the latest correction if there is one.

    None where there is nothing to draw: no step yet, or a single day.
    """
    first = commitment.announced_on
    seen = known(steps, (), as_of, known_at)
    span = (day - first).days
    if not seen.steps or span < 1:
        return None
    title = f"As known on {in_words(known_at.date())}" if known_at else "As known now"
    found = [Band(title, _stretches(seen.path, first, day))]
    corrections = [
        step for step in seen.struck.values() if as_of is None or step.effective_on <= as_of
    ]
    if corrections:
        latest = max(corrections, key=lambda step: step.recorded_at)
        before = known(steps, (), as_of, latest.recorded_at - dt.timedelta(microseconds=1))
        told = max((step.recorded_at for step in before.steps), default=None)
        title = "Before the correction"
        if told and told.date() < latest.recorded_at.date():
            title = f"As known on {in_words(told.date())}"
        found.append(Band(title, _stretches(before.path, first, day, seen.struck), top=54))
    return Bands(found, _years(first, span))


def _stretches(path, first: dt.date, last: dt.date, struck=()) -> list[Stretch]:
    span = (last - first).days
    points = [(first, START, False)]
    points += [
        (max(step.effective_on, first), Status(step.status), step.seq in struck) for step in path
    ]
    found = []
    for (begin, status, wrong), (end, *_) in zip(
        points, [*points[1:], (last, None, None)], strict=True
    ):
        if end <= begin:
            continue
        x, width = 100 * (begin - first).days / span, 100 * (end - begin).days / span
        if found and (found[-1].status, found[-1].is_struck) == (status, wrong):
            width += found[-1].width
            x = found.pop().x
        found.append(Stretch(status, x, width, wrong))
    return found


def _years(first: dt.date, span: int) -> list[tuple[int, float]]:
    """Return (year, place) of each New Year between, at most twelve, none so late that its number would not fit."""
    last = first + dt.timedelta(days=span)
    years = range(first.year + 1, last.year + 1)
    step = 1 + len(years) // 12
    places = [(year, 100 * (dt.date(year, 1, 1) - first).days / span) for year in years]
    return [item for item in places[::step] if item[1] < 93]


# Lineage

_FORWARD = {
    LinkRelation.CONTINUES: "continued by",
    LinkRelation.REWORDS: "reworded as",
    LinkRelation.SPLITS: "split into",
    LinkRelation.MERGES: "merged into",
    LinkRelation.COMPLETES: "completed by",
    LinkRelation.REPLACES: "replaced by",
    LinkRelation.RELATES: "related to",
}
_BACKWARD = {
    LinkRelation.CONTINUES: "continues",
    LinkRelation.REWORDS: "rewords",
    LinkRelation.SPLITS: "split from",
    LinkRelation.MERGES: "merges",
    LinkRelation.COMPLETES: "completes",
    LinkRelation.REPLACES: "replaces",
    LinkRelation.RELATES: "related to",
}
TRACKED = 4


@dataclass(frozen=True)
class Kin:
    """One commitment of a line; `link` is None for the commitment whose page it is."""

    commitment: object
    words: str = ""
    link: object = None

    @property
    def is_inferred(self) -> bool:
        return self.link is not None and self.link.basis == "inferred"


@dataclass(frozen=True)
class Arc:
    """A line of the track from one place to another, in percent; `depth` 0 is straight."""

    start: float
    end: float
    depth: int
    is_inferred: bool


@dataclass(frozen=True)
class Lineage:
    members: list[Kin]
    arcs: list[Arc] = field(default_factory=list)
    dots: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def height(self) -> int:
        return 18 + max((arc.depth for arc in self.arcs), default=0)


def lineage(commitment, shown: dict[int, object]) -> Lineage | None:
    """Return the commitments before and after this one, oldest first, or None.

    `shown` maps the ids of the linked commitments to rows with their status on the reader's day; a link to one that is
    not there (announced later, say) is left out.
    """
    kin = [
        Kin(shown[link.later_id], _FORWARD[link.relation], link)
        for link in commitment.later_links
        if link.later_id in shown
    ]
    kin += [
        Kin(shown[link.earlier_id], _BACKWARD[link.relation], link)
        for link in commitment.earlier_links
        if link.earlier_id in shown
    ]
    if not kin:
        return None
    members = sorted(
        [Kin(commitment), *kin],
        key=lambda item: (
            item.commitment.announced_on,
            item.link is not None,
            item.commitment.code,
        ),
    )
    if len(members) > TRACKED:
        return Lineage(members)
    here = next(place for place, item in enumerate(members) if item.link is None)
    share = 100 / len(members)
    arcs = []
    for place, item in enumerate(members):
        if item.link is not None:
            depth = 0 if abs(place - here) == 1 else 10 * abs(place - here)
            begin, end = sorted((here * share, place * share))
            arcs.append(Arc(begin, end, depth, item.is_inferred))
    dots = [(place * share, item.link is None) for place, item in enumerate(members)]
    return Lineage(members, arcs, dots)


# The sources of one commitment


@dataclass
class Cited:
    """A source, and everything that it does for a commitment: (what, where, note)."""

    source: object
    uses: list[tuple[str, str, str]] = field(default_factory=list)


def sources_of(commitment, seen: Known, as_of=None) -> list[Cited]:
    """Return every source of a commitment once, oldest first, undated last, with what it announces, reports or shows."""
    found: dict[int, Cited] = {}

    def add(source, what, where, note=""):
        uses = found.setdefault(source.pk, Cited(source)).uses
        if (what, where, note) not in uses:
            uses.append((what, where, note))

    for citation in commitment.cited_in:
        published = citation.source.published_on
        if as_of is None or published is None or published <= as_of:
            what = CitationRelation(citation.relation).label.lower()
            add(citation.source, what, citation.locator, citation.note)
    for step in seen.steps:
        for evidence in step.evidence.all():
            what = f"evidence for step {step.seq}"
            if step.seq in seen.struck:
                what += ", struck out"
            add(evidence.source, what, evidence.locator, evidence.note)
    for review in seen.reviews:
        if review.source:
            add(review.source, "read for a check", review.locator)
    return sorted(
        found.values(),
        key=lambda item: (item.source.published_on or dt.date.max, item.source.slug),
    )


def origins_in_words(evidence: Iterable) -> str:
    """Return who speaks in the evidence: “1 independent, 2 official”; "" without any."""
    counts = Counter(item.source.origin for item in evidence)
    origins = (Origin.INDEPENDENT, Origin.OFFICIAL, Origin.ADVOCACY)
    return ", ".join(
        f"{counts[origin]} {origin.label.lower()}" for origin in origins if counts[origin]
    )


def announcement_of(commitment):
    """Return the citation that announces the commitment: an official one if there is, the earliest first; or None."""
    announcing = [row for row in commitment.cited_in if row.relation == CitationRelation.ANNOUNCES]
    return min(
        announcing,
        key=lambda row: (
            row.source.origin != Origin.OFFICIAL,
            row.source.published_on or dt.date.max,
        ),
        default=None,
    )


def by_relation(citations: Iterable, rows: dict[int, object]) -> list[tuple[str, list]]:
    """Return (relation, [(commitment, citation)]) of a source, in the order announces, restates, reports."""
    found = [(relation.label, []) for relation in CitationRelation]
    places = dict(zip(CitationRelation, found, strict=True))
    for citation in citations:
        if citation.commitment_id in rows:
            places[citation.relation][1].append((rows[citation.commitment_id], citation))
    return [group for group in found if group[1]]


NAME_LENGTH = 48


def short_name(source) -> str:
    """Return a source's title, cut at a word if long, and its date: titles alone repeat."""
    title = source.title
    if len(title) > NAME_LENGTH:
        title = f"{title[:NAME_LENGTH].rsplit(' ', 1)[0].rstrip(' ,:;–')} …"
    if source.published_on is None:
        return title
    return f"{title}, {in_short(source.published_on, source.precision)}"


# Sentences about a selection

NAMES = {
    "pillar": "Pillar",
    "status": "Status",
    "kind": "Kind",
    "plan": "Plan",
    "objective": "Objective",
    "agency": "Agency",
    "lead": "Led by",
    "partner": "Partner",
    "source": "Document",
    "origin": "Origin of a source",
    "verification": "Confirmed by",
    "q": "Search",
    "announced_after": "Announced from",
    "announced_before": "Announced until",
    "due_after": "Due from",
    "due_before": "Due until",
    "changed_after": "Status since",
    "changed_before": "Status until",
    "reviewed_before": "Not reviewed since",
    "is_open": "Open",
    "is_overdue": "Past its date",
    "is_stale": "Not checked for a year",
}
_PHRASES = {
    "pillar": "in {}",
    "status": "with the status {}",
    "kind": "of the kind {}",
    "plan": "of {}",
    "objective": "under the objective {}",
    "agency": "owed or shared by {}, offices below included",
    "lead": "led by {}, offices below included",
    "partner": "shared by {}, offices below included",
    "source": "announced, restated or reported in {}",
    "origin": "named in a source of the origin {}",
    "verification": "confirmed by: {}",
    "q": "matching {}",
    "announced_after": "announced from {} on",
    "announced_before": "announced by {}",
    "due_after": "due from {} on",
    "due_before": "due by {}",
    "changed_after": "whose status began on {} or later",
    "changed_before": "whose status began by {}",
    "reviewed_before": "not reviewed since {}",
}
_YES_NO = {
    ("is_open", "true"): "open",
    ("is_open", "false"): "closed",
    ("is_overdue", "true"): "past the date that the promise named",
    ("is_overdue", "false"): "not past a promised date",
    ("is_stale", "true"): "open and not checked for a year",
    ("is_stale", "false"): "closed or checked within a year",
}
_QUOTED = {"source", "objective", "plan", "q"}
ORDER_NAMES = {
    "code": "by code",
    "title": "by title",
    "-status_since": "latest status first",
    "due_on": "earliest due date first",
    "-announced_on": "latest promise first",
    "status": "by status",
    "-updated_at": "latest edit first",
    "relevance": "best match first",
}


def conditions(chosen: Iterable) -> str:
    """Return the active filters as the middle of a sentence: “in Protection or Prosecution, and open”."""
    grouped: dict[str, list] = defaultdict(list)
    for item in chosen:
        grouped[item.parameter].append(item)
    return ", and ".join(_condition(name, items) for name, items in grouped.items())


def _condition(name: str, items: list) -> str:
    if (name, items[0].value) in _YES_NO:
        return _YES_NO[name, items[0].value]
    words = [_word(item) for item in items]
    together = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    return _PHRASES[name].format(together)


def _word(item) -> str:
    if item.parameter in _QUOTED:
        return f"“{item.label}”"
    if item.parameter.endswith(("_after", "_before")):
        return in_words(dt.date.fromisoformat(item.value))
    return item.label


def order_in_words(order: str) -> str:
    """Return how a list is sorted, in words, for every order and its reverse."""
    if order in ORDER_NAMES:
        return ORDER_NAMES[order]
    name = order.removeprefix("-")
    if f"-{name}" in ORDER_NAMES or name in ORDER_NAMES:
        words = ORDER_NAMES.get(name) or ORDER_NAMES[f"-{name}"]
        return f"{words}, reversed"
    return f"by {name.replace('_', ' ')}"


def orders(searching: bool) -> list[tuple[str, str]]:
    """Return (order, words) of the orders offered above a list."""
    return [
        (order, words) for order, words in ORDER_NAMES.items() if searching or order != "relevance"
    ]


_GOVERNMENTS = {"US": "the US government"}


def promiser(facts: dict) -> str:
    """Return who made the promises, for a heading: one government, or several."""
    only = facts["first_jurisdiction"]
    if only is None or only != facts["last_jurisdiction"]:
        return "governments"
    return _GOVERNMENTS.get(only, "a government")


# The filters beside a list

LISTED = {"agency": 8, "source": 5, "objective": 5}


@dataclass(frozen=True)
class Group:
    """One filter: (parameter, choice) pairs shown at once, and the rest behind a click."""

    legend: str
    picks: list[tuple[str, object]]
    rest: list[tuple[str, object]] = field(default_factory=list)

    @property
    def hides_a_choice(self) -> bool:
        return any(choice.is_chosen for _, choice in self.rest)


_TIMING = {"is_overdue": "Past its date", "is_stale": "Not checked for a year"}


def facet_groups(facets: dict[str, list], without: Iterable[str] = ()) -> list[Group]:
    """Return the filters in the order of the page. Long ones begin with what leaves most.

    Documents, agencies, objectives and plans are left out where there is nothing to choose between.
    """
    groups = []
    for name in ("pillar", "status", "verification", "timing", *LISTED, "kind", "plan"):
        if name in without:
            continue
        if name == "timing":
            picks = [
                (key, replace(choice, label=words))
                for key, words in _TIMING.items()
                for choice in facets[key]
            ]
            groups.append(Group("Timing", picks))
            continue
        picks = [(name, choice) for choice in facets[name]]
        if name in LISTED:
            picks.sort(key=lambda pick: -pick[1].count)
        useful = [choice for _, choice in picks if choice.count or choice.is_chosen]
        is_fixed = name not in (*LISTED, "plan")
        if is_fixed or len(useful) > 1 or any(choice.is_chosen for choice in useful):
            cut = LISTED.get(name, len(picks))
            groups.append(Group(NAMES[name], picks[:cut], picks[cut:]))
    return groups


# The public record

_THINGS = {
    "agency": "agency",
    "citation": "citation",
    "commitment": "commitment",
    "commitmentlink": "lineage link",
    "objective": "objective",
    "pillar": "pillar",
    "plan": "plan",
    "proposal": "proposal",
    "review": "check",
    "source": "source",
    "statuschange": "status change",
}
_DONE = {"create": "New", "update": "Edited", "delete": "Removed"}


@dataclass(frozen=True)
class Told:
    """A row of the record in words. `values` are (field, before, after); empty where the body is withheld."""

    row: object
    what: str
    title: str
    values: list[tuple[str, str, str]]
    page: str = ""
    status: str = ""
    code: str = ""


def tell(row, linked: set[str] = frozenset()) -> Told:
    """Say what a row of the record did, and to what. The body of a withheld row is not looked at.

    `linked` are the slugs of the sources that have a page.
    """
    if row.is_withheld:
        return Told(row, "Withheld: about a commitment that is not published", "", [])
    before, after = row.before or {}, row.after or {}
    body = after or before
    subject = next(iter(row.commitments.all()), None)
    title = subject.title if subject else body.get("title") or body.get("name") or row.object_key
    what = f"{_DONE[row.action]} {_THINGS.get(row.object_type, row.object_type)}"
    if body.get("corrects"):
        what = "Correction"
    return Told(
        row,
        what,
        title,
        _differences(before, after),
        page=_page_of(row, subject, linked),
        status=body.get("status", "") if row.object_type == "statuschange" else "",
        code=subject.code if subject else "",
    )


def _page_of(row, subject, linked: set[str]) -> str:
    if subject or row.action == "delete":
        return "commitment_detail" if subject else ""
    if row.object_type == "source" and row.object_key not in linked:
        return ""
    return f"{row.object_type}_detail" if row.object_type in ("agency", "pillar", "source") else ""


def _differences(before: dict, after: dict) -> list[tuple[str, str, str]]:
    found = []
    for name in [*after, *(key for key in before if key not in after)]:
        old, new = _written(before.get(name)), _written(after.get(name))
        if old != new:
            found.append((name.replace("_", " ").capitalize(), old, new))
    return found


def _written(value) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(_written(item) for item in value.values() if item)
    if isinstance(value, list):
        return "; ".join(_written(item) for item in value)
    return str(value)


def in_words_of(value) -> str:
    """Return a value of the record as a person reads it."""
    return _written(value)


@dataclass(frozen=True)
class Edit:
    """One edit of an entry: what was done to it, why, and the values before and after."""

    row: object
    what: str
    reason: str
    values: list[tuple[str, str, str]]


def edits(rows: Iterable) -> list[Edit]:
    """Say what each row of the record did to the texts of one entry."""
    found = []
    for row in rows:
        after = dict(row.after or {})
        reason = after.pop("reason", "")
        if row.action == "delete":
            after = {}
        what = f"{_DONE[row.action]} {_THINGS.get(row.object_type, row.object_type)}"
        found.append(Edit(row, what, reason, _differences(row.before or {}, after)))
    return found
