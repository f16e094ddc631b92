"""Comparison of two documents: what became of the earlier one's commitments, by lineage and citations."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from commitments.models import LinkRelation
from commitments.presenters.lineage import FORWARD
from commitments.presenters.rows import Row
from commitments.presenters.text_diff import Wording, wording

# Of the same subject, and no more: whoever is only related does not carry a promise on.
SAME_SUBJECT = LinkRelation.RELATES


@dataclass(frozen=True)
class Outcome:
    """What became of each commitment of the earlier document, and where each of the later one comes from: ids.

    `successors` and `relatives` map a commitment of the earlier document to those of the later one that it led to, or
    that share its subject, each with the links on the way.
    """

    earlier: list[int]
    later: list[int]
    successors: dict[int, dict[int, tuple]]
    relatives: dict[int, dict[int, tuple]]

    def of_earlier(self, group: str) -> list[int]:
        """Return the earlier document's commitments of a group: again, carried, related or missing."""
        named, onward, near = set(self.later), self.successors, self.relatives
        return _grouped(self.earlier, named, onward, near, "missing")[group]

    def of_later(self, group: str) -> list[int]:
        """Return the later document's commitments of a group: again, carried, related or new."""
        onward = {end for ways in self.successors.values() for end in ways}
        near = {end for ways in self.relatives.values() for end in ways}
        return _grouped(self.later, set(self.earlier), onward, near, "new")[group]

    def touched(self) -> set[int]:
        """Return the ids of every commitment on the way from one document to the other."""
        found = set()
        for ways in (*self.successors.values(), *self.relatives.values()):
            for end, way in ways.items():
                found |= {end, *(pk for link in way for pk in (link.earlier_id, link.later_id))}
        return found


def _grouped(members, again, carried, related, otherwise) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {"again": [], "carried": [], "related": [], otherwise: []}
    for pk in members:
        if pk in again:
            groups["again"].append(pk)
        elif pk in carried:
            groups["carried"].append(pk)
        elif pk in related:
            groups["related"].append(pk)
        else:
            groups[otherwise].append(pk)
    return groups


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
        ways = {end: way for end, way in _ways(pk, onward).items() if end in others}
        near = {end: (link,) for end, link in subject[pk] if end in others and end not in ways}
        if ways:
            successors[pk] = ways
        if near:
            relatives[pk] = near
    return Outcome(list(earlier), list(later), successors, relatives)


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


@dataclass(frozen=True)
class Successor:
    """A commitment of the later document that carries an earlier one on, and how the record knows."""

    commitment: object
    steps: list[tuple[str, object, object]]  # (relation in words, the commitment it leads to, link)
    wording: Wording
    places: list

    @property
    def is_inferred(self) -> bool:
        """Whether any link on the way is inferred: a chain is as sure as its weakest link."""
        return any(link.basis == "inferred" for _, _, link in self.steps)


@dataclass(frozen=True)
class Pair:
    """A commitment of the earlier document, where both name it, and what the later one has of it."""

    commitment: object
    places: list
    places_later: list
    successors: list[Successor]
    relatives: list[Successor]


def pairs(result: Outcome, group: str, rows: dict[int, Row], places: dict) -> list[Pair]:
    """Return a group of the earlier document's commitments.

    `rows` holds every row that is to be shown, `places` the citations of each in the earlier and the later document.
    """

    def found(pk: int, ways: dict[int, tuple]) -> list[Successor]:
        return [
            Successor(
                rows[end],
                _steps(pk, way, rows),
                wording(rows[pk].commitment.summary, rows[end].commitment.summary),
                places["later", end],
            )
            for end, way in ways.items()
            if all(link.earlier_id in rows and link.later_id in rows for link in way)
        ]

    return [
        Pair(
            rows[pk],
            places["earlier", pk],
            places["later", pk],
            found(pk, result.successors.get(pk, {})),
            found(pk, result.relatives.get(pk, {})),
        )
        for pk in result.of_earlier(group)
        if pk in rows
    ]


def _steps(start: int, way: tuple, rows: dict[int, Row]) -> list[tuple[str, object, object]]:
    steps, here = [], start
    for link in way:
        here = link.earlier_id if link.later_id == here else link.later_id
        steps.append((FORWARD[link.relation], rows[here], link))
    return steps


def by_pillar(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Return (name of a pillar, commitments) of rows that come in the order of their pillars."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.commitment.pillar_id].append(row)
    return [(group[0].commitment.pillar__name, group) for group in found.values()]


@dataclass(frozen=True)
class Part:
    """One stretch of a document's bar: how many of its commitments, and where the page lists them. Places are percentages."""

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


def parts(result: Outcome) -> tuple[list[Part], list[Part]]:
    """Return the two documents as bars on one scale, so that the fuller document has the longer bar."""
    scale = 100 / (max(len(result.earlier), len(result.later)) or 1)
    earlier = [
        (key, len(result.of_earlier(key))) for key in ("again", "carried", "related", "missing")
    ]
    later = [(key, len(result.of_later(key))) for key in ("again", "carried", "related", "new")]
    return _placed(earlier, scale), _placed(later, scale)


@dataclass(frozen=True)
class Entry:
    """A line of the key: what a part means, with its count and of how many."""

    key: str
    words: str
    count: int
    left: int
    top: int


def legend(result: Outcome) -> list[Entry]:
    """Return the key of the bars, with places for the chart that stands alone."""
    words = {
        "again": gettext("{count} of {total} named again"),
        "carried": gettext("{count} of {total} carried on in other words"),
        "related": gettext("{count} of {total} on the same subject, not carried on"),
        "missing": gettext("{count} of {total} not mentioned in the later document"),
        "new": gettext("{count} of {total} new in the later document"),
    }
    found = []
    for place, (key, text) in enumerate(words.items()):
        is_later = key == "new"
        count = len(result.of_later(key) if is_later else result.of_earlier(key))
        total = len(result.later if is_later else result.earlier)
        text = text.format(count=count, total=total)
        found.append(Entry(key, text, count, 24 + 456 * (place % 2), 300 + 26 * (place // 2)))
    return found


def counts_table(result: Outcome) -> list[tuple[str, int | None, int | None]]:
    """Return (group, commitments of the earlier document, of the later); None where a group has no side there."""
    names = {
        "again": gettext("Named in both"),
        "carried": gettext("Carried on in other words"),
        "related": gettext("On the same subject, not carried on"),
        "missing": gettext("Not mentioned in the later document"),
        "new": gettext("New in the later document"),
    }
    rows = [
        (
            name,
            None if key == "new" else len(result.of_earlier(key)),
            None if key == "missing" else len(result.of_later(key)),
        )
        for key, name in names.items()
    ]
    return [*rows, (gettext("All"), len(result.earlier), len(result.later))]


def _placed(counts: list[tuple[str, int]], scale: float) -> list[Part]:
    found, before = [], 0
    for key, count in counts:
        found.append(Part(key, count, before * scale, count * scale))
        before += count
    return found


@dataclass(frozen=True)
class Document:
    """A document that can be compared, and how many commitments it names; `option` says both."""

    source: object
    count: int
    label: str
    option: str


def suggestions(documents: Iterable[Document]) -> list[tuple[Document, Document]]:
    """Return pairs worth comparing: the first main document with the last, then each with the next.

    Main documents are dated and name at least a fifth of what the fullest one does; of one day, the fullest.
    """
    dated = [
        item for item in documents if item.source.published_on and item.source.origin == "official"
    ]
    fullest = max((item.count for item in dated), default=0)
    best: dict[object, Document] = {}
    for item in dated:
        day = item.source.published_on
        if item.count * 5 >= fullest and (day not in best or best[day].count < item.count):
            best[day] = item
    main = [best[day] for day in sorted(best)][-6:]
    if len(main) < 2:
        return []
    following = list(zip(main, main[1:], strict=False))
    return [(main[0], main[-1]), *(following if len(main) > 2 else [])]
