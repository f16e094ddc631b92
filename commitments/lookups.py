"""Names of pillars, jurisdictions, plans, sections, themes, agencies and sources for filter choices, read at once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property

from django.db import connections
from django.db.models import CharField, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, ExtractYear

from agencies.models import Agency, Jurisdiction
from agencies.querysets import with_those_above
from commitments.choices import WITHOUT_PILLAR, Coverage
from commitments.dates import in_short
from commitments.models import Pillar, Plan, Section, Source, Theme
from planwatch.web.text import isolated

NAME_LENGTH = 48


@dataclass(frozen=True)
class AgencyName:
    slug: str
    short_name: str
    name: str
    acronym: str
    parent: str


@dataclass(frozen=True)
class PartlyRead:
    """A plan that was not read whole: how many actions it has, where that is known, and what was read."""

    slug: str
    title: str
    actions: int | None
    coverage_note: str
    coverage: str = Coverage.PARTIAL


@dataclass(frozen=True)
class Lookups:
    """{public key: name}, each in the order in which choices are listed. `sources` has those asked for alone.

    `keys` tells the public key of each kind of thing by its number in the database; of jurisdictions, which are those of
    the plans, by the plan's.
    """

    pillars: dict[str, str] = field(default_factory=dict)
    jurisdictions: dict[str, str] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    partly_read: dict[str, PartlyRead] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    parent_sections: dict[str, str] = field(default_factory=dict)
    themes: dict[str, str] = field(default_factory=dict)
    agencies: dict[str, AgencyName] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    keys: dict[str, dict[int | None, str]] = field(default_factory=lambda: defaultdict(dict))

    @cached_property
    def jurisdiction_of(self) -> dict[str, str]:
        """The code of the jurisdiction of each plan, by its slug."""
        return {self.keys["plan"][pk]: code for pk, code in self.keys["jurisdiction"].items()}

    def with_offices_below(self, slugs: Iterable[str]) -> set[str]:
        """Return the named agencies and every office below them."""
        above = self.agencies_above()
        return {slug for slug, chain in above.items() if not set(slugs).isdisjoint(chain)}

    def agencies_above(self) -> dict[str, tuple[str, ...]]:
        """Return the slug of each agency with those of all above it, itself first."""
        return with_those_above(
            {slug: agency.parent or None for slug, agency in self.agencies.items()}
        )

    def with_sections_below(self, keys: Iterable[str]) -> set[str]:
        """Return the named sections and every section below them."""
        above = self.sections_above()
        return {key for key, chain in above.items() if not set(keys).isdisjoint(chain)}

    def sections_above(self) -> dict[str, tuple[str, ...]]:
        """Return the key of each section with those of all above it, itself first."""
        return with_those_above(
            {key: parent or None for key, parent in self.parent_sections.items()}
        )


def read_vocabulary(sources: Iterable[str] = ()) -> Lookups:
    """Read all names, and those of the documents with the given slugs, in one query."""
    sources = list(sources)
    if sources:
        return _vocabulary_of(_names(sources))
    connection = connections[Pillar.objects.db]
    with connection.cursor() as cursor:
        cursor.execute(*_query_of_names(connection.vendor))
        return _vocabulary_of(cursor.fetchall())


@cache
def _query_of_names(vendor: str) -> tuple[str, tuple]:
    """Return the query for all names but those of documents: to put it together takes longer than to run it."""
    return _names(()).query.sql_with_params()


def _names(sources: Iterable[str]) -> QuerySet:
    year = ExtractYear("published_on")
    named = Jurisdiction.objects.filter(code=OuterRef("jurisdiction")).values("name")
    country = Coalesce(Subquery(named), F("jurisdiction"))
    return _named(Pillar.objects, "pillar", "slug", "name", first=F("position")).union(
        _named(Plan.objects, "jurisdiction", "jurisdiction", country),
        _named(
            Plan.objects,
            "plan",
            "slug",
            "title",
            more=("coverage", Coalesce(_text("actions"), Value("")), "coverage_note"),
            first=year,
        ),
        _named(Plan.objects, "language", "language", "language"),
        _named(
            Section.objects,
            "section",
            _public_key(),
            "title",
            more=(_public_key("parent__"), Value(""), Value("")),
            first=F("plan"),
            second=F("position"),
        ),
        _named(Theme.objects, "theme", "code", "name", first=F("position")),
        _named(
            Agency.objects,
            "agency",
            "slug",
            "short_name",
            more=("name", "acronym", Coalesce("parent__slug", Value(""))),
        ),
        _named(
            Source.objects.in_use().filter(slug__in=sources),
            "source",
            "slug",
            "title",
            more=(_text(Coalesce(_text("published_on"), Value(""))), "precision", Value("")),
            first=Coalesce(year, Value(0)),
        ),
        all=True,
    )


def _vocabulary_of(rows: Iterable[tuple]) -> Lookups:
    vocabulary = Lookups()
    vocabulary.keys["pillar"][None] = WITHOUT_PILLAR
    for kind, _, _, label, key, one, two, three, number in sorted(rows):
        vocabulary.keys[kind][number] = key
        if kind == "agency":
            vocabulary.agencies[key] = AgencyName(key, label, one, two, three)
        elif kind == "source":
            day = dt.date.fromisoformat(one) if one else None
            vocabulary.sources[key] = short_name(label, day, two)
        else:
            getattr(vocabulary, f"{kind}s")[key] = label
        if kind == "section":
            vocabulary.parent_sections[key] = one.removeprefix(":")
        if kind == "plan" and one == Coverage.PARTIAL:
            vocabulary.partly_read[key] = PartlyRead(key, label, int(two) if two else None, three)
    return vocabulary


def _public_key(prefix: str = "") -> Concat:
    """Return the public key of a section, `:` alone where there is none."""
    return Concat(f"{prefix}plan__slug", Value(":"), f"{prefix}key", output_field=CharField())


def _text(expression) -> Cast:
    return Cast(expression, CharField())


def _named(rows, kind: str, key, label, more=None, first=None, second=None) -> QuerySet:
    """Return (kind, two numbers to sort by, label, key, three further texts, the row's own number)."""
    one, two, three = more or (Value(""), Value(""), Value(""))
    number = {"output_field": IntegerField()}
    return rows.order_by().values_list(
        Value(kind, output_field=CharField()),
        Cast(first or Value(0), **number),
        Cast(second or Value(0), **number),
        _text(label),
        _text(key),
        _text(one),
        _text(two),
        _text(three),
        F("pk"),
    )


def short_name(title: str, published_on: dt.date | None, precision: str) -> str:
    """Return a document's title, cut at a word if long, and its date: titles alone repeat."""
    if len(title) > NAME_LENGTH:
        title = f"{title[:NAME_LENGTH].rsplit(' ', 1)[0].rstrip(' ,:;–')} …"
    title = isolated(title)
    return title if published_on is None else f"{title}, {in_short(published_on, precision)}"
