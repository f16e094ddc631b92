"""Rows of a table of other columns, made by its mapping: commitments, what cites them, and their statuses in their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import chain, count

from django.utils.translation import gettext

from agencies.models import Agency
from commitments.choices import CitationRelation, CommitmentKind, Origin, SourceKind, Status
from commitments.imports.cells import Cell
from commitments.imports.foreign_lines import Line, agency_in
from commitments.imports.joining import in_order, renamed
from commitments.imports.mapping import (
    CODED,
    LEFT_OUT,
    NEW,
    Mapping,
    lines_of,
    status_like,
    table_of,
)
from commitments.imports.report import Problem, Row, Unreadable
from commitments.imports.tables import Table, tables_of
from commitments.models import Commitment, Pillar, Plan, Section, Source, Theme
from planwatch.net.addresses import host_of, normalized
from planwatch.validators.keys import slug_of

_SEPARATORS = re.compile(r"\s*(?:[;|\n/]|,|\band\b|&)\s*")
_ROLES = {"lead": "lead", "l": "lead", "partner": "partner", "p": "partner", "s": "partner"}
_ROLES |= {"x": "partner", "✓": "partner", "yes": "partner", "support": "partner"}


def read(data: bytes, name: str, mapping: Mapping) -> list[Row]:
    """Return the rows of a file in the order in which they can be written. Raises Unreadable."""
    return ForeignTable(table_of(tables_of(data, name), mapping), mapping).rows()


class ForeignTable:
    """A table read by a mapping. Raises Unreadable for a mapping that names no plan or source on record."""

    def __init__(self, table: Table, mapping: Mapping):
        self.mapping, self._lines = mapping, lines_of(table, mapping)
        self.plan = Plan.objects.filter(slug=mapping.plan).first()
        if self.plan is None:
            raise Unreadable(gettext("Choose the plan that the table is of."))
        for slug in filter(None, (mapping.source, mapping.status_source)):
            if not Source.objects.filter(slug=slug).exists():
                raise Unreadable(gettext("There is no source {slug}.").format(slug=slug))
        self._codes = dict(self.plan.commitments.values_list("title", "code"))
        self._numbered = dict(self.plan.commitments.values_list("plan_number", "code"))
        self._on_record = set(Commitment.objects.values_list("code", flat=True))
        self._taken = set(self._on_record)
        self._by_address = {
            address: slug
            for address, slug in Source.objects.values_list("normalized_url", "slug")
            if address
        }
        self._slugs = set(Source.objects.values_list("slug", flat=True))
        self._by_title: dict[str, list[str]] = {}
        for slug, title in Source.objects.values_list("slug", "title"):
            self._by_title.setdefault(title.casefold(), []).append(slug)
        self._seen: dict[str, str] = {}
        self._made: list[Row] = []
        # By place: what a commitment that is on record keeps.
        self._assumed: dict[str, list[str]] = {}

    # What a person decides

    @cached_property
    def agencies(self) -> dict[str, str]:
        """What agencies are known by, in lower case: those of the plan's jurisdiction before others."""
        found: dict[str, str] = {}
        rows = Agency.objects.values_list("slug", "name", "short_name", "acronym", "jurisdiction")
        for slug, *names, _ in sorted(rows, key=lambda row: row[-1] != self.plan.jurisdiction):
            for name in (slug, *names):
                found.setdefault(name.casefold(), slug)
        return {name: slug for name, slug in found.items() if name}

    def agency_of(self, name: str) -> str | None:
        """Return the slug of an agency by a name of it; None where there is none, LEFT_OUT where it is left out."""
        if name in self.mapping.agencies:
            chosen = self.mapping.agencies[name]
            return slug_of(name, 60) if chosen == NEW else chosen
        plain = re.sub(r"^the\s+", "", name.casefold().strip(" ."))
        inside = re.fullmatch(r"(.*\S)\s*\((.+)\)", plain)
        names = (plain, *(inside.groups() if inside else ()))
        return next((self.agencies[each] for each in names if each in self.agencies), None)

    def names_in(self, text: str) -> list[str]:
        """Return the names of agencies in a cell: the whole of it where that is one."""
        whole = " ".join(text.split())
        if self.agency_of(whole) is not None:
            return [whole]
        return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]

    def unknown_agencies(self) -> list[str]:
        """Return the names for which there is no agency and no choice yet."""
        fields = ("lead_agencies", "partner_agencies")
        headings = [name for field in fields for name in self.mapping.of_field(field)]
        names = (
            name
            for _, cells in self._lines
            for heading in headings
            for name in self.names_in(cells[heading][1].text)
        )
        marked = (agency_in(name) for name in self.mapping.of_field("agency_mark"))
        return [each for each in dict.fromkeys((*names, *marked)) if self.agency_of(each) is None]

    def words(self) -> dict[str, dict[str, str | None]]:
        """Return the words in columns of coded fields, by heading, each with ours; None where there is none yet."""
        found: dict[str, dict[str, str | None]] = {}
        for field in CODED:
            for heading in self.mapping.of_field(field):
                texts = dict.fromkeys(cells[heading][1].text for _, cells in self._lines)
                found[heading] = {text: self.coded(field, heading, text) for text in texts if text}
        return found

    def choices(self, field: str) -> list[tuple[str, str]]:
        """Return the values that a coded field takes, with their labels."""
        if field == "status":
            return Status.choices
        if field == "kind":
            return CommitmentKind.choices
        if field == "agency_mark":
            return [("lead", gettext("Lead")), ("partner", gettext("Partner"))]
        rows = {
            "pillar": Pillar.objects.values_list("slug", "name"),
            "themes": Theme.objects.values_list("code", "name"),
            "section": Section.objects.filter(plan=self.plan).values_list("key", "title"),
        }
        return list(rows[field])

    @cached_property
    def _known_words(self) -> dict[str, dict[str, str]]:
        return {
            field: {
                str(text).casefold(): value
                for pair in self.choices(field)
                for value, text in ((pair[0], pair[0]), pair)
            }
            for field in CODED
        } | {"agency_mark": _ROLES}

    def coded(self, field: str, heading: str, text: str) -> str | None:
        given = self.mapping.word(heading, text)
        if given is None:
            given = self._known_words[field].get(text.casefold())
        return given or status_like(text) or None if given is None and field == "status" else given

    # Rows

    def rows(self, same: dict[str, str] | None = None) -> list[Row]:
        """Return the rows in the order in which they can be written; `same` says which are rows on record (see renamed)."""
        rows = [row for line in self._lines for row in self._of_line(*line)]
        for name, chosen in self.mapping.agencies.items():
            if chosen == NEW:
                fields = {"slug": slug_of(name, 60), "name": name, "short_name": name[:80]}
                fields["jurisdiction"] = self.plan.jurisdiction
                rows.append(Row("agency", gettext("mapping"), fields, partial=True))
        rows += self._made
        rows = in_order(renamed(rows, same or {}))
        for row in rows:
            if row.kind == "commitment" and row.fields["code"] in self._on_record:
                for name in self._assumed[row.place]:
                    del row.fields[name]
        return rows

    def _of_line(self, number: int, cells: dict[str, tuple[int, Cell]]) -> Iterator[Row]:
        line = Line(number, cells, self)
        fields = line.fields
        code = self._code_of(line)
        if code in self._seen:
            words = gettext("The same stands in {place}.").format(place=self._seen[code])
            line.problems.append(Problem(words, line.place))
        self._seen.setdefault(code, line.place)
        given = {**self.mapping.others, **fields}
        own = {name: given[name] for name in _OF_COMMITMENT if given.get(name) is not None}
        own |= {"code": code, "plan": self.plan.slug, "title": _short(fields.get("title", ""))}
        assumed = {
            "kind": CommitmentKind.DELIVERABLE.value,
            "announced_on": self.plan.published_on.isoformat(),
            "summary": fields.get("title", ""),
        }
        self._assumed[line.place] = [name for name in assumed if not own.get(name)]
        own |= {name: assumed[name] for name in self._assumed[line.place]}
        cited = list(self._sources_of(line))
        told = {"problems": line.problems, "notes": line.notes}
        yield Row("commitment", line.place, own, cells=line.places, partial=True, **told)
        locator = fields.get("locator") or fields.get("plan_number") or line.place
        relations = dict.fromkeys(cited, CitationRelation.REPORTS.value)
        if self.mapping.source:
            relations[self.mapping.source] = CitationRelation.ANNOUNCES.value
        for slug, relation in relations.items():
            yield line.row(
                "citation", commitment=code, source=slug, relation=relation, locator=locator
            )
        for heading in self.mapping.of_field("status"):
            yield from self._status(line, code, heading, cited)

    def _code_of(self, line: Line) -> str:
        """Return the code in a line, that of the same number or title on record, or the next one of the plan's prefix."""
        fields, number = line.fields, line.fields.get("plan_number")
        title = _short(fields.get("title", ""))
        known = self._numbered.get(number) if number else self._codes.get(title)
        code = fields.get("code") or known
        if code is None:
            prefix = self.plan.prefix
            if not prefix:
                raise Unreadable(gettext("The plan has no prefix for codes. Give it one first."))
            code = next(
                code
                for n in range(len(self._codes) + 1, 10**6)
                if (code := f"{prefix}-{n:03}") not in self._taken
            )
            self._numbered.setdefault(number, code)
            self._codes.setdefault(title, code)
        self._taken.add(code)
        return code

    def _sources_of(self, line: Line) -> Iterator[str]:
        """Yield the sources by the addresses in a line; those not on record become rows of their own. Without an address
        a title names the one source on record that has it."""
        urls = re.findall(r"https?://[^\s|;,<>\"]+", line.fields.get("source_url", ""))
        title = line.fields.get("source_title", "")
        if title and not urls:
            named = self._by_title.get(title.casefold(), [])
            if len(named) == 1:
                yield named[0]
                return
            words = gettext(
                "“{title}” is not cited: it has no address, and no one source on record has this title."
            )
            line.notes.append(words.format(title=title))
        for url in urls:
            address = normalized(url)
            if address not in self._by_address:
                page = address.partition("?")[0].rpartition("/")[2]
                base = slug_of(f"{host_of(url)}-{page}".replace(".", "-"), 70)
                numbered = chain([base], (f"{base}-{n}" for n in count(2)))
                slug = next(each for each in numbered if each not in self._slugs)
                self._slugs.add(slug)
                self._by_address[address] = slug
                others = self.mapping.others
                self._made.append(
                    line.row(
                        "source",
                        slug=slug,
                        title=(line.fields.get("source_title") or url)[:300],
                        publisher=others.get("publisher") or host_of(url),
                        kind=others.get("source_kind") or SourceKind.AGENCY_PAGE.value,
                        origin=others.get("source_origin") or Origin.OFFICIAL.value,
                        url=url,
                        note=gettext("Date not known."),
                    )
                )
            yield self._by_address[address]

    def _status(self, line: Line, code: str, heading: str, cited: list[str]) -> Iterator[Row]:
        """Yield their word for the status as reported, and the step that it is where our rules allow it."""
        wording = line.cells[heading][1].text
        source = self.mapping.status_source or next(iter(cited), self.mapping.source)
        ours = self.coded("status", heading, wording) if wording else None
        if not wording or ours == LEFT_OUT and self.mapping.word(heading, wording) is None:
            return
        if not source:
            words = gettext("“{word}” ({heading}) is left out: no source gives it. Choose one.")
            line.notes.append(words.format(word=wording, heading=heading))
            return
        day = line.fields.get("reported_on") or self._day_in(heading)
        locator = line.fields.get("locator") or line.fields.get("plan_number") or line.place
        if len(self.mapping.of_field("status")) > 1:
            locator = f"{locator}, {heading}"
        yield line.row(
            "reportedstatus",
            commitment=code,
            source=source,
            locator=locator[:200],
            wording=wording[:200],
            reported_on=day,
            equivalent=ours or "",
            **({} if day else {"note": gettext("Date not known.")}),
        )
        if ours and ours != Status.NO_EVIDENCE and day:
            step = line.row(
                "statuschange",
                commitment=code,
                effective_on=day,
                status=ours,
                explanation=line.fields.get("explanation", ""),
            )
            step.parts.append({"source": [source], "locator": locator[:200], "note": ""})
            yield step

    def _day_in(self, heading: str) -> str | None:
        """Return the day for a status column: the year in its heading, else that of the mapping."""
        year = re.search(r"\b(?:19|20)\d{2}\b", heading)
        return year[0] if year else self.mapping.reported_on or None


_OF_COMMITMENT = (
    *("plan_number", "title", "original_title", "summary", "section", "pillar", "themes", "kind"),
    *("lead_agencies", "partner_agencies", "lead_note", "announced_on", "due_on", "due_text"),
    *("target", "note"),
)


def _short(title: str) -> str:
    """Return a title of at most 300 characters, cut between words; the whole is its summary then."""
    title = " ".join(title.split())
    return title if len(title) <= 300 else f"{title[:299].rpartition(' ')[0]}…"
