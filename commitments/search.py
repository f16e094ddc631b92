"""Full text: words, "phrases", -exclusions, OR, codes, statuses, names of agencies and synonyms, alike on SQLite and PostgreSQL.

Both databases index the stems that word_forms makes, and are asked for the same stems.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
from commitments.choices import Status
from commitments.known_at import moment_asked
from commitments.models import (
    Commitment,
    Plan,
    SearchDocument,
    SearchText,
    SearchWord,
    StatusChange,
)
from planwatch.db.site_data import current_site
from planwatch.web.word_forms import PIECE, other_forms, plain, stems

_TERM = re.compile(r'([-−]?)(?:"([^"]*)"?|(\S+))')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"') | {"\u00ad": None, "\u200b": None})
_CODE = re.compile(r"([A-Z]{2}\d\d)(?:-?([A-Z]{1,3})(?:-?(\d{1,3}))?)?-?", re.IGNORECASE)
SPELLED = re.compile(r"[^\W\d_]{4,40}")
MAXIMUM_TERMS = 30
# A word less like every known one than this is not a misspelling of any.
_LIKENESS = 0.7
_OFFERED = 3

# Words that carry a question and no subject, in English and Spanish.
_FILLERS = """a about all an and any are at been by can did do does for from had has have how i in into is it its me of on
    or our please show so some tell than that the their there these they this those to was we were what when where which
    who whom whose why will with would you your al como con cual cuales cuando de del donde el ella en es esta este la las
    lo los mi para por que quien se sin su sus un una unos y"""
FILLERS = frozenset(_FILLERS.split())

Run = tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """What a query may mean beyond its words: {stems of a name: all names of the same}, and the languages of plans."""

    alike: Mapping[Run, tuple[str, ...]] = field(default_factory=dict)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Term:
    """Words, phrases or names of which one is asked for: any of their runs of stems, or a code that begins so."""

    runs: tuple[Run, ...]
    excluded: bool
    codes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # the other names of what it names
    statuses: tuple[str, ...] = ()


def agency_names() -> Names:
    """Return `names_of` every agency and the languages of every plan."""
    agencies = Agency.objects.values_list("acronym", "short_name", "name")
    languages = Plan.objects.order_by().values_list("language", flat=True).distinct()
    return names_of(agencies, languages)


def names_of(agencies: Iterable[tuple[str, str, str]], languages: Iterable[str]) -> Names:
    """Return what names agencies have, from acronyms, short names and names, and the synonyms of the site.

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
    for line in current_site().synonyms.splitlines():
        group = [name.strip() for name in line.split("|")]
        for name in group:
            found[tuple(stems(name))] += group
    alike = {run: tuple(dict.fromkeys(names)) for run, names in found.items()}
    return Names(alike, tuple(languages))


def _statuses() -> dict[Run, str]:
    """Return {stems of a status: its code}, in English and in the language of the reader."""
    words = [(code.replace("_", " "), code) for code in Status.values]
    words += [(str(status.label), status.value) for status in Status]
    return {tuple(stems(name)): code for name, code in words}


@dataclass(frozen=True)
class _Piece:
    """One word or quoted phrase of a query. `is_either` after OR: the piece before it will do as well."""

    excluded: bool
    is_either: bool
    word: str  # "" for a phrase
    run: Run
    others: tuple[Run, ...]  # how else its words are written, and their stems in other languages

    @property
    def is_filler(self) -> bool:
        """Acronyms such as WHO are none."""
        is_acronym = self.word.isupper() and len(self.word) > 1
        return plain(self.word) in FILLERS and not (self.excluded or is_acronym)


def terms_of(query: str, names: Names | None = None) -> list[Term]:
    """Return what a query asks for. A term without a letter or digit is ignored; at most 30 count.

    Words without quotation marks that name an agency of `names` ask for any of its names, as synonyms do, and the word of
    a status also for what has it. Fillers are dropped where anything else is asked for. OR between two words or
    phrases asks for either of them, AND is understood, and NOT excludes as `-` does; each in capitals.
    """
    names, statuses = names or Names(), _statuses()
    alike = dict.fromkeys(statuses, ()) | names.alike
    longest = max(map(len, alike), default=0)
    pieces = _pieces_of(query, names.languages)
    has_subject = not all(piece.is_filler for piece in pieces)
    found: list[Term] = []
    place = 0
    while place < len(pieces):
        taken, run = _name_at(pieces, place, alike, longest)
        piece = pieces[place]
        if run:
            others = tuple(name for name in alike[run] if tuple(stems(name)) != run)
            runs = (run, *(tuple(stems(name)) for name in others))
            codes = (statuses[run],) if run in statuses else ()
            term = Term(runs, piece.excluded, also=others, statuses=codes)
        elif piece.is_filler and has_subject:
            place += 1
            continue
        else:
            code = _code_in(piece.word)
            term = Term((piece.run, *piece.others), piece.excluded, (code,) if code else ())
        if piece.is_either and found and not (found[-1].excluded or term.excluded):
            last = found.pop()
            runs, codes = last.runs + term.runs, last.codes + term.codes
            term = Term(runs, False, codes, last.also + term.also, last.statuses + term.statuses)
        found.append(term)
        place += taken
    return found


def _pieces_of(query: str, languages: Iterable[str]) -> list[_Piece]:
    pieces, operator = [], ""
    for minus, phrase, word in _TERM.findall(query.translate(_QUOTES)):
        if word in ("AND", "OR", "NOT") and not minus:
            operator = word
            continue
        run = tuple(stems(phrase or word))
        if run:
            excluded = bool(minus) or operator == "NOT"
            forms = (tuple(stems(phrase or word, language)) for language in languages)
            others = tuple(form for form in (*other_forms(word), *forms) if form != run)
            pieces.append(_Piece(excluded, operator == "OR", word, run, others))
        operator = ""
    return pieces[:MAXIMUM_TERMS]


def _name_at(
    pieces: list[_Piece], place: int, names: Mapping[Run, tuple], longest: int
) -> tuple[int, Run]:
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
    commitments = commitments.filter(holding(terms, commitments))
    wanted = [term for term in terms if not term.excluded]
    if not wanted:
        return commitments.annotate(relevance=Value(1))
    best = When(holding(wanted, commitments, "title"), then=Value(0))
    return commitments.annotate(relevance=Case(best, default=Value(1), output_field=IntegerField()))


def condition(query: str, names: Names, rows: QuerySet) -> Q:
    """Return what `matching` asks of commitments, as one condition."""
    terms = terms_of(query, names)
    return holding(terms, rows) if terms else Q(pk=None)


def holding(terms: Iterable[Term], rows: QuerySet, column: str = "text") -> Q:
    """Return the condition that commitments, steps, developments or sources hold every term, and none that is excluded."""
    condition = Q()
    for term in terms:
        holds = holding_one(term, rows, column)
        condition &= ~holds if term.excluded else holds
    return condition


def holding_one(term: Term, rows: QuerySet, column: str = "text") -> Q:
    """Return the condition that rows hold a term, excluded or not."""
    if rows.model is not Commitment:
        texts = [Q(text__contains=f" {' '.join(run)} ") for run in term.runs]
        kind = rows.model._meta.model_name
        found = SearchText.objects.filter(reduce(or_, texts), kind=kind).values("row")
        of_status = term.statuses and rows.model is StatusChange
        return Q(pk__in=found) | (Q(status__in=term.statuses) if of_status else Q())
    # The index is asked first, and once: asked for each commitment, it is read as often as there are commitments.
    holds = Q(pk__in=_holding(term, column, connections[rows.db].vendor))
    if term.statuses:
        is_shown = "effective_status" in rows.query.annotations
        holds |= Q(**{f"{'effective_status' if is_shown else 'status'}__in": term.statuses})
    for code in term.codes:
        holds |= Q(code__startswith=code)
    return holds


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


def resembling(text: str, among: QuerySet, most: int = 8) -> list[int]:
    """Return the numbers of the commitments whose titles share most with a text, the most alike first.

    A word counts the more, the fewer titles have it; a title counts where the text holds at least half of it.
    """
    said = set(stems(text))
    titles = dict(SearchDocument.objects.filter(commitment__in=among).values_list("pk", "title"))
    titles = {key: set(title.split()) for key, title in titles.items()}
    counts = Counter(word for words in titles.values() for word in words)
    weights = {word: math.log(1 + len(titles) / count) for word, count in counts.items()}
    found = {}
    for key, words in titles.items():
        whole = sum(weights[word] for word in words)
        shared = sum(weights[word] for word in words & said)
        if len(words & said) > 1 and 2 * shared >= whole:
            found[key] = shared
    return sorted(found, key=lambda key: (-found[key], key))[:most]


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


def lowered(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def suggestions(query: str, among: QuerySet, names: Names | None = None) -> list[tuple[str, int]]:
    """Return up to three queries near to one that finds nothing, each with how many of `among` it finds.

    Every word that no indexed text holds is replaced by one like it that some text does, the most alike first.
    """
    known = dict(SearchWord.objects.order_by("word").values_list("word", "stem"))
    held = set(known.values())
    spelled = lowered(query)
    unknown = [
        word for word in dict.fromkeys(SPELLED.findall(spelled)) if "".join(stems(word)) not in held
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
            f"found_{rank}": Count("pk", filter=condition(text, names, among))
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

    return SPELLED.sub(respell, query)


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
