"""Full text: words, "phrases" and -exclusions, with the same answers on SQLite (FTS5) and PostgreSQL (tsvector).

Both databases index the same stems, made here by one library, and are asked for the same stems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import snowballstemmer
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connections
from django.db.models import Case, Exists, Func, IntegerField, OuterRef, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from commitments.models import SearchDocument

_stem = snowballstemmer.stemmer("english").stemWord
_WORD = re.compile(r"[^\W_]+")
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
# PostgreSQL reads 2e5x as the number 2e5 and the word x; SQLite would not.
_NUMBER_THEN_WORD = re.compile(r"\b([0-9]+e[0-9]+)(?=\w)")
# Stands between two fields in the index, so that no phrase runs from one into the next.
_GAP = "xfieldendx"
MAXIMUM_TERMS = 30


@dataclass(frozen=True)
class Term:
    """One word or phrase, as stems."""

    stems: tuple[str, ...]
    excluded: bool


def stems(text: str) -> list[str]:
    """Return the stems of a text, in its order: accents and case dropped, apostrophes closed up."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    plain = re.sub(r"['’]", "", plain)
    plain = _NUMBER_THEN_WORD.sub(r"\1 ", plain)
    return [_stem(word) for word in _WORD.findall(plain)]


def terms_of(query: str) -> list[Term]:
    """Return what a query asks for. A term without a letter or digit is ignored; at most 30 count."""
    found = []
    for minus, phrase, word in _TERM.findall(query):
        words = stems(phrase or word)
        if words:
            found.append(Term(tuple(words), bool(minus)))
    return found[:MAXIMUM_TERMS]


def matching(commitments: QuerySet, query: str) -> QuerySet:
    """Keep the commitments that hold every word and phrase of `query` and none that it excludes.

    Annotates `relevance`: 0 where the title alone matches, 1 otherwise, so that ascending order puts the best first.
    A query without any word matches nothing.
    """
    terms = terms_of(query)
    wanted = [term for term in terms if not term.excluded]
    if not terms:
        return commitments.none().annotate(relevance=Value(1))
    rows = SearchDocument.objects.filter(commitment=OuterRef("pk"))
    vendor = connections[commitments.db].vendor
    for term in terms:
        found = Exists(_holding(rows, [term], "text", vendor))
        commitments = commitments.filter(~found if term.excluded else found)
    if not wanted:
        return commitments.annotate(relevance=Value(1))
    in_title = Exists(_holding(rows, wanted, "title", vendor))
    return commitments.annotate(
        relevance=Case(When(in_title, then=Value(0)), default=Value(1), output_field=IntegerField())
    )


class _Indexed(Func):
    """A column as the migration indexes it. SearchVector would wrap it in COALESCE and miss the index."""

    function = "to_tsvector"
    template = "%(function)s('simple'::regconfig, %(expressions)s)"
    output_field = SearchVectorField()


def _holding(rows: QuerySet, terms: Iterable[Term], column: str, vendor: str) -> QuerySet:
    if vendor == "postgresql":
        query = None
        for term in terms:
            part = SearchQuery(" ".join(term.stems), config="simple", search_type="phrase")
            query = part if query is None else query & part
        return rows.annotate(vector=_Indexed(column)).filter(vector=query)
    phrases = " AND ".join('"' + " ".join(term.stems) + '"' for term in terms)
    return rows.filter(
        pk__in=RawSQL(
            "SELECT rowid FROM commitments_search WHERE commitments_search MATCH %s",
            [f"{{{column}}} : ({phrases})"],
        )
    )


def document_of(commitment, agencies: Iterable) -> SearchDocument:
    """Return the index entry of a commitment with the agencies that owe or share it. Writes nothing."""
    fields = [
        commitment.code,
        commitment.code.replace("-", ""),
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
    return SearchDocument(
        commitment=commitment,
        title=" ".join(stems(commitment.title)),
        text=f" {_GAP} ".join(" ".join(stems(field)) for field in fields if field),
    )
