"""Comparison of two documents: what became of the earlier one's commitments, by lineage and citations."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from commitments.choices import NO_PILLAR, Coverage
from commitments.models import LinkRelation
from commitments.presenters.lineage import FORWARD
from commitments.presenters.markup import number
from commitments.presenters.rows import Row

# Of the same subject, and no more: a related commitment does not carry the promise over.
SAME_SUBJECT = LinkRelation.RELATES
SUGGESTED = 5


@dataclass(frozen=True)
class Outcome:
    """Which commitments of each document are in a group: again, carried, related, and missing or new; ids.

    `successors` and `relatives` map a commitment of the earlier document to those of the later one that it led to, or
    that share its subject, each with the links on the way.
    """

    earlier: dict[str, list[int]]
    later: dict[str, list[int]]
    successors: dict[int, dict[int, tuple]]
    relatives: dict[int, dict[int, tuple]]

    def touched(self) -> set[int]:
        """Return the ids of every commitment on the way from one document to the other."""
        ways = [ways for found in (self.successors, self.relatives) for ways in found.values()]
        return {
            pk
            for found in ways
            for way in found.values()
            for link in way
            for pk in (link.earlier_id, link.later_id)
        }


def outcome(earlier: Sequence[int], later: Sequence[int], links: Iterable) -> Outcome:
    """Sort the commitments of two documents.

    A commitment that both name is named again. One is carried on where lineage leads from it, directly or by way of
    others, to one of the later document; and on the same subject where the record only relates the two.
    """
    onward, subject = defaultdict(list), defaultdict(list)
    for link in links:
        if link.relation == SAME_SUBJECT:
            subject[link.earlier_id].append((link.later_id, link))
            subject[link.later_id].append((link.earlier_id, link))
        else:
            onward[link.earlier_id].append((link.later_id, link))
    others = set(later) - set(earlier)
    successors, relatives = {}, {}
    for pk in earlier:
        if ways := {end: way for end, way in _ways(pk, onward).items() if end in others}:
            successors[pk] = ways
        if near := {end: (link,) for end, link in subject[pk] if end in others - ways.keys()}:
            relatives[pk] = near
    ends, near = ({end for ways in way.values() for end in ways} for way in (successors, relatives))
    return Outcome(
        _grouped(earlier, "missing", again=set(later), carried=successors, related=relatives),
        _grouped(later, "new", again=set(earlier), carried=ends, related=near),
        successors,
        relatives,
    )


def _grouped(members: Sequence[int], otherwise: str, **groups) -> dict[str, list[int]]:
    """Return {group: its members}: each is in the first of the groups that has it, or else in `otherwise`."""
    found: dict[str, list[int]] = {name: [] for name in (*groups, otherwise)}
    for pk in members:
        found[next((name for name, pks in groups.items() if pk in pks), otherwise)].append(pk)
    return found


def _ways(start: int, onward: dict[int, list]) -> dict[int, tuple]:
    """Return {commitment reached from `start`: the links on the shortest way}."""
    ways: dict[int, tuple] = {start: ()}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for there, link in onward[here]:
            if there not in ways:
                ways[there] = (*ways[here], link)
                waiting.append(there)
    del ways[start]
    return ways


class Successor(NamedTuple):
    """A commitment of the later document that an earlier one led to: (relation in words, where to, link) of each step."""

    commitment: Row
    steps: list[tuple[str, Row, object]]
    places: list


class Pair(NamedTuple):
    """A commitment of the earlier document, where both name it, and what the later one has of it."""

    commitment: Row
    places: list
    places_later: list
    found: list[Successor]


def pairs(result: Outcome, group: str, rows: dict[int, Row], places: dict) -> list[Pair]:
    """Return a group of the earlier document's commitments.

    `rows` holds every row that is to be shown, `places` the citations of each in the earlier and the later document.
    """

    def found(pk: int, ways: dict[int, tuple]) -> list[Successor]:
        return [
            Successor(rows[end], _steps(pk, way, rows), places["later", end])
            for end, way in ways.items()
            if all(link.earlier_id in rows and link.later_id in rows for link in way)
        ]

    return [
        Pair(
            rows[pk],
            places["earlier", pk],
            places["later", pk],
            found(pk, result.successors.get(pk, {}) | result.relatives.get(pk, {})),
        )
        for pk in result.earlier[group]
        if pk in rows
    ]


def _steps(start: int, way: tuple, rows: dict[int, Row]) -> list[tuple[str, Row, object]]:
    steps, here = [], start
    for link in way:
        here = link.earlier_id if link.later_id == here else link.later_id
        steps.append((FORWARD[link.relation], rows[here], link))
    return steps


def by_pillar(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Return (name of a pillar, commitments) of rows that come in the order of their pillars."""
    pillars = groupby(rows, key=lambda row: row.commitment.pillar__name)
    return [(name or NO_PILLAR, list(found)) for name, found in pillars]


class Part(NamedTuple):
    """One stretch of a document's bar: how many of its commitments. Places are percentages."""

    key: str
    count: int
    x: float
    width: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def end(self) -> float:
        return self.x + self.width

    @property
    def holds_its_number(self) -> bool:
        """Whether the number fits inside on a phone."""
        return self.width >= 1.8 + 2.2 * len(str(self.count))


def parts(result: Outcome) -> list[list[Part]]:
    """Return the two documents as bars on one scale, so that the fuller document has the longer bar."""
    sides = (result.earlier, result.later)
    scale = 100 / (max(sum(map(len, groups.values())) for groups in sides) or 1)
    bars: list[list[Part]] = []
    for groups in sides:
        bar: list[Part] = []
        for key, members in groups.items():
            bar.append(Part(key, len(members), bar[-1].end if bar else 0, len(members) * scale))
        bars.append(bar)
    return bars


def names(earlier: Document, later: Document) -> dict[str, str]:
    """Return what each group is called. What was not read of a document is never called missing from it."""
    return {
        "again": gettext("Repeated"),
        "carried": gettext("Carried over in different words"),
        "related": gettext("Same subject, not carried over"),
        "missing": _missing(later),
        "new": gettext("Not found in what was read of the earlier document")
        if earlier.is_read_in_part
        else gettext("New in the later document"),
    }


def _missing(later: Document) -> str:
    if later.is_read_in_part:
        return gettext("Not found in what was read of the later document")
    if later.is_plan:
        return gettext("Dropped: not in the later plan")
    return gettext("Not in the later document")


def answer(result: Outcome, earlier: Document, later: Document) -> str:
    """Say what carried over, what was dropped and what is new, and in the same sentences what was not read."""
    counts = {
        key: len(found) for key, found in (result.earlier | {"new": result.later["new"]}).items()
    }
    total, whole = (sum(map(len, side.values())) for side in (result.earlier, result.later))
    said = [
        ngettext(
            "Of the %(total)s commitment recorded from the earlier document, the later one repeats %(again)s, carries over %(carried)s in different words, and has something on the same subject for %(related)s.",
            "Of the %(total)s commitments recorded from the earlier document, the later one repeats %(again)s, carries over %(carried)s in different words, and has something on the same subject for %(related)s.",
            total,
        ),
        gettext(
            "Not found in the part of it that was read: %(missing)s of the %(total)s; the rest of it may hold them."
        )
        if later.is_read_in_part
        else gettext("Not in it: %(missing)s of the %(total)s."),
        gettext(
            "Of the %(whole)s recorded from the later one, not found in the part of the earlier one that was read: %(new)s."
        )
        if earlier.is_read_in_part
        else gettext("Of the %(whole)s recorded from the later one, new: %(new)s."),
    ]
    words = {key: number(count) if count else gettext("none") for key, count in counts.items()}
    words |= {"total": number(total), "whole": number(whole)}
    return " ".join(text % words for text in said)


class Document(NamedTuple):
    """A document that can be compared; its source says how many commitments it names, and what was read of it."""

    source: object
    label: str
    option: str
    short: str

    @property
    def is_plan(self) -> bool:
        return self.source.plan_coverage is not None

    @property
    def is_read_in_part(self) -> bool:
        return self.source.plan_coverage == Coverage.PARTIAL or self.source.is_partly_read


def suggestions(documents: Iterable[Document]) -> list[tuple[Document, Document]]:
    """Return the most useful pairs: a plan with the one before it, then each main document, the latest first, with the
    plan that it follows and with the main document before it.

    Main are official, dated documents that are a plan's or name at least a fifth of what the fullest names; of one day, the fullest.
    """
    dated = [
        item for item in documents if item.source.published_on and item.source.origin == "official"
    ]
    fullest = max((item.source.named for item in dated), default=0)
    best: dict[object, Document] = {}
    for item in sorted(dated, key=lambda item: (item.is_plan, item.source.named)):
        if item.is_plan or item.source.named * 5 >= fullest:
            best[item.source.published_on] = item
    main = [best[day] for day in sorted(best)]
    found = []
    for place in range(len(main) - 1, 0, -1):
        before = main[:place]
        plan = next((item for item in reversed(before) if item.is_plan), before[-1])
        near = [] if plan is before[-1] else [before[-1]]
        found += [(item, main[place]) for item in (plan, *near)]
    found.sort(key=lambda pair: not (pair[0].is_plan and pair[1].is_plan))
    return found[:SUGGESTED]
