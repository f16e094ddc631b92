"""Full text: words, "phrases", -exclusions, OR, codes and names of agencies, the same on SQLite (FTS5) and PostgreSQL (tsvector).

Both databases index the stems that word_forms makes, and are asked for the same stems.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connections
from django.db.models import (
    Case,
    Count,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from rapidfuzz import distance, process

from agencies.models import Agency
from commitments.known_at import moment_asked
from commitments.models import LONGEST_WORD, SearchDocument, SearchWord
from planwatch.web.word_forms import FIELD_END, PIECE, other_forms, plain, stems

_TERM = re.compile(r'([-−]?)(?:"([^"]*)"?|(\S+))')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"') | {"\u00ad": None, "\u200b": None})
_CODE = re.compile(r"([A-Z]{2}\d\d)(?:-?([A-Z]{1,3})(?:-?(\d{1,3}))?)?-?", re.IGNORECASE)
_SPELLED = re.compile(r"[^\W\d_]{4,40}")
MAXIMUM_TERMS = 30
# PostgreSQL counts the words of a text to 16,383, and keeps a megabyte of them with their places.
MOST_WORDS, MOST_BYTES = 16_000, 800_000
# A word less like every known one than this is not a misspelling of any.
_LIKENESS = 0.7
_OFFERED = 3

Run = tuple[str, ...]
Names = Mapping[Run, tuple[str, ...]]


@dataclass(frozen=True)
class Term:
    """Words, phrases or names of which one is asked for: any of their runs of stems, or a code that begins so."""

    runs: tuple[Run, ...]
    excluded: bool
    codes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # the other names of the agency that it names


def agency_names() -> Names:
    """Return `names_of` every agency."""
    return names_of(Agency.objects.values_list("acronym", "short_name", "name"))


def names_of(agencies: Iterable[tuple[str, str, str]]) -> Names:
    """Return {stems of a name of an agency: all its names}, from acronyms, short names and names.

    A name of one word that is no acronym is left out: “Labor” is a word of many promises.
    """
    found: dict[Run, list[str]] = defaultdict(list)
    for acronym, *names in agencies:
        said = {tuple(stems(name)): name for name in names}
        said = {run: name for run, name in said.items() if len(run) > 1}
        if acronym:
            said[tuple(stems(acronym))] = acronym
        for run in said:
            found[run] += [name for name in said.values() if name not in found[run]]
    return {run: tuple(names) for run, names in found.items()}


@dataclass(frozen=True)
class _Piece:
    """One word or quoted phrase of a query. `is_either` after OR: the piece before it will do as well."""

    excluded: bool
    is_either: bool
    word: str  # "" for a phrase
    run: Run
    others: tuple[Run, ...]  # how else its words are written


def terms_of(query: str, names: Names | None = None) -> list[Term]:
    """Return what a query asks for. A term without a letter or digit is ignored; at most 30 count.

    Words without quotation marks that name an agency of `names` ask for any of its names. OR between two words or
    phrases asks for either of them, AND is understood, and NOT excludes as `-` does; each in capitals.
    """
    names = names or {}
    longest = max(map(len, names), default=0)
    pieces = _pieces_of(query)
    found: list[Term] = []
    place = 0
    while place < len(pieces):
        taken, run = _name_at(pieces, place, names, longest)
        piece = pieces[place]
        if run:
            others = tuple(name for name in names[run] if tuple(stems(name)) != run)
            runs = (run, *(tuple(stems(name)) for name in others))
            term = Term(runs, piece.excluded, also=others)
        else:
            code = _code_in(piece.word)
            term = Term((piece.run, *piece.others), piece.excluded, (code,) if code else ())
        if piece.is_either and found and not (found[-1].excluded or term.excluded):
            last = found.pop()
            runs, codes = last.runs + term.runs, last.codes + term.codes
            term = Term(runs, False, codes, last.also + term.also)
        found.append(term)
        place += taken
    return found


def _pieces_of(query: str) -> list[_Piece]:
    pieces, operator = [], ""
    for minus, phrase, word in _TERM.findall(query.translate(_QUOTES)):
        if word in ("AND", "OR", "NOT") and not minus:
            operator = word
            continue
        run = tuple(stems(phrase or word))
        if run:
            excluded = bool(minus) or operator == "NOT"
            others = tuple(form for form in other_forms(word) if form != run)
            pieces.append(_Piece(excluded, operator == "OR", word, run, others))
        operator = ""
    return pieces[:MAXIMUM_TERMS]


def _name_at(pieces: list[_Piece], place: int, names: Names, longest: int) -> tuple[int, Run]:
    """Return how many words from `place` on make the longest name, and its stems; (1, ()) where they make none."""
    first, run, best = pieces[place], (), (1, ())
    for taken, piece in enumerate(pieces[place : place + longest], 1):
        is_parted = taken > 1 and (piece.excluded or piece.is_either or first.excluded)
        if not piece.word or is_parted:
            break
        run += piece.run
        if run in names:
            best = taken, run
    return best


def _code_in(word: str) -> str:
    """Return the beginning of a code as codes are written, or "": `us21prt` asks for US21-PRT."""
    found = _CODE.fullmatch(word)
    return "-".join(part for part in found.groups() if part).upper() if found else ""


def matching(commitments: QuerySet, query: str, names: Names | None = None) -> QuerySet:
    """Keep the commitments that hold every word, phrase and name of `query` and none that it excludes.

    `names` are those of `agency_names()`, asked for where not given. Annotates `relevance`: 0 where the title alone, or
    the code, matches, 1 otherwise, so that ascending order puts the best first. A query without any word matches nothing.
    """
    names = agency_names() if names is None else names
    terms = terms_of(query, names)
    if not terms:
        return commitments.none().annotate(relevance=Value(1))
    vendor = connections[commitments.db].vendor
    commitments = commitments.filter(_condition(terms, vendor))
    wanted = [term for term in terms if not term.excluded]
    if not wanted:
        return commitments.annotate(relevance=Value(1))
    best = When(_condition(wanted, vendor, "title"), then=Value(0))
    return commitments.annotate(relevance=Case(best, default=Value(1), output_field=IntegerField()))


def condition(query: str, names: Names, using: str) -> Q:
    """Return what `matching` asks, as one condition, for the database with that alias."""
    terms = terms_of(query, names)
    return _condition(terms, connections[using].vendor) if terms else Q(pk=None)


def _condition(terms: Iterable[Term], vendor: str, column: str = "text") -> Q:
    condition = Q()
    for term in terms:
        # The index is asked first, and once: asked for each commitment, it is read as often as there are commitments.
        holds = Q(pk__in=_holding(term, column, vendor))
        for code in term.codes:
            holds |= Q(code__startswith=code)
        condition &= ~holds if term.excluded else holds
    return condition


class _Indexed(Func):
    """A column as the migration indexes it. SearchVector would wrap it in COALESCE and miss the index."""

    function = "to_tsvector"
    template = "%(function)s('simple'::regconfig, %(expressions)s)"
    output_field = SearchVectorField()


def _holding(term: Term, column: str, vendor: str) -> QuerySet | RawSQL:
    """Return the numbers of the commitments whose `column` of the index holds the term."""
    runs = [" ".join(run) for run in term.runs]
    if vendor == "postgresql":
        phrases = [SearchQuery(run, config="simple", search_type="phrase") for run in runs]
        rows = SearchDocument.objects.annotate(vector=_Indexed(column))
        return rows.filter(vector=reduce(or_, phrases)).order_by().values("commitment")
    phrases = " OR ".join(f'"{run}"' for run in runs)
    found = "SELECT rowid FROM {0} WHERE {0} MATCH %s"
    if moment_asked() is None:
        found = found.format("commitments_search")
    else:
        found = f"""SELECT commitment_id FROM commitments_searchdocument
            WHERE revision IN ({found.format("commitments_search_revision")})"""
    return RawSQL(found, [f"{{{column}}} : ({phrases})"])


def _fields_of(commitment, agencies: Iterable) -> list[str]:
    fields = [
        commitment.code,
        commitment.plan_number,
        commitment.title,
        commitment.summary,
        commitment.target,
        commitment.lead_note,
        commitment.note,
        commitment.pillar.name,
        commitment.objective.title if commitment.objective else "",
    ]
    for agency in agencies:
        fields += [agency.acronym, agency.short_name, agency.name]
    return [field for field in fields if field]


def document_of(commitment, agencies: Iterable) -> tuple[SearchDocument, list[SearchWord]]:
    """Return the index entry of a commitment with the agencies that owe or share it, and its words. Writes nothing."""
    fields = _fields_of(commitment, agencies)
    document = SearchDocument(
        commitment=commitment,
        title=_indexed([commitment.title]),
        text=_indexed(fields),
    )
    words = {word for field in fields for word in _SPELLED.findall(_lowered(field))}
    spelled = [SearchWord(word=word, stem="".join(stems(word))) for word in sorted(words)]
    return document, [item for item in spelled if len(item.stem) <= LONGEST_WORD]


def _indexed(fields: list[str]) -> str:
    """Return the stems of each field, and behind all the other ways to write their words, each once.

    Both databases index no more of them than the one that takes less.
    """
    forms = (" ".join(form) for field in fields for form in other_forms(field))
    runs = [*(" ".join(stems(field)) for field in fields), *dict.fromkeys(forms)]
    words = f" {FIELD_END} ".join(runs).split(" ", MOST_WORDS)[:MOST_WORDS]
    found = " ".join(words).encode()
    return (found if len(found) <= MOST_BYTES else found[:MOST_BYTES].rpartition(b" ")[0]).decode()


# What a reader sees of a match


def marked(text: str, terms: Iterable[Term]) -> list[tuple[str, bool]]:
    """Return the text in pieces, each with whether a wanted term matches there."""
    words = [
        (stem, found.start(), found.end())
        for found in PIECE.finditer(text)
        for stem in stems(found[0])
    ]
    hit = [False] * len(words)
    for run in (run for term in terms if not term.excluded for run in term.runs):
        for place in range(len(words) - len(run) + 1):
            if tuple(stem for stem, *_ in words[place : place + len(run)]) == run:
                hit[place : place + len(run)] = [True] * len(run)
    pieces, done = [], 0
    for (_, start, end), is_hit in zip(words, hit, strict=True):
        if is_hit and end > done:
            pieces += [(text[done:start], False), (text[start:end], True)]
            done = end
    pieces.append((text[done:], False))
    return [piece for piece in pieces if piece[0]]


# The nearest words for a misspelling


def _lowered(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def suggestions(query: str, among: QuerySet, names: Names | None = None) -> list[tuple[str, int]]:
    """Return up to three queries near to one that finds nothing, each with how many of `among` it finds.

    Every word that no indexed text holds is replaced by one like it that some text does, the most alike first.
    """
    known = dict(SearchWord.objects.order_by("word").values_list("word", "stem"))
    held = set(known.values())
    spelled = _lowered(query)
    unknown = [
        word
        for word in dict.fromkeys(_SPELLED.findall(spelled))
        if "".join(stems(word)) not in held
    ]
    near = {word: _nearest(word, known) for word in unknown[:_OFFERED]}
    near = {word: found for word, found in near.items() if found}
    ranks = range(max(map(len, near.values()), default=0))
    offered = [_respelled(spelled, near, rank) for rank in ranks]
    if not offered:
        return []
    names = agency_names() if names is None else names
    counts = among.order_by().aggregate(
        **{
            f"found_{rank}": Count("pk", filter=condition(text, names, among.db))
            for rank, text in enumerate(offered)
        }
    )
    found = [(text, counts[f"found_{rank}"]) for rank, text in enumerate(offered)]
    return [(text, count) for text, count in found if count]


def _respelled(query: str, near: Mapping[str, list[str]], rank: int) -> str:
    """Return the query with the words of that rank; where a word has fewer, with its last."""

    def respell(found: re.Match) -> str:
        words = near.get(found[0])
        return words[min(rank, len(words) - 1)] if words else found[0]

    return _SPELLED.sub(respell, query)


def _nearest(word: str, known: Mapping[str, str]) -> list[str]:
    """Return the known words most like a word, whatever their accents, one for each stem."""
    alike = process.extract(
        plain(word),
        {other: plain(other) for other in known},
        scorer=distance.OSA.normalized_similarity,
        score_cutoff=_LIKENESS,
        limit=4 * _OFFERED,
    )
    by_stem: dict[str, str] = {}
    for _text, _likeness, found in alike:
        by_stem.setdefault(known[found], found)
    return list(by_stem.values())[:_OFFERED]
