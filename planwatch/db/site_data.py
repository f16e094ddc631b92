"""The site's own data: its name, topic, publisher and so on, read together with the dataset version of a request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import yaml
from django.db import connections
from django.utils.translation import get_language, gettext

from planwatch.db.replicas import reading_from
from planwatch.logging import current_request

LICENSES: dict[str, list[str]] = yaml.load(
    Path(__file__).with_name("licenses.yaml").read_text(), yaml.CSafeLoader
)
_LINE = re.compile(r"([a-z]{2,3}(?:-\w+)*):\s*(.+)")


@dataclass(frozen=True)
class SiteData:
    """The columns of the site's one row; the values here are those of a site that has none yet."""

    name: str = "PlanWatch"
    topic: str = ""
    promiser: str = ""
    publisher: str = "PlanWatch"
    license: str = "CC-BY-4.0"
    contact: str = ""
    opening_jurisdiction: str = ""
    languages: str = "en|es"
    glossary: str = ""
    synonyms: str = ""
    address: str = ""

    @property
    def subject(self) -> str:
        """The topic in the language of the answer, for the middle of a sentence."""
        return in_language(self.topic) or gettext("public policy")

    @property
    def government(self) -> str:
        """Who promised, in the language of the answer, for the middle of a sentence."""
        return in_language(self.promiser) or gettext("governments")

    @property
    def terms(self) -> list[tuple[str, str]]:
        """The terms and acronyms that the site explains, each with its meaning, in the order of its glossary."""
        return [tuple(line.split(": ", 1)) for line in self.glossary.splitlines()]

    def terms_in(self, *texts: str) -> list[tuple[str, str]]:
        """Return those that stand in the texts as words, in the singular or with an s, also at the start of a sentence."""
        text = "\n".join(texts)
        return [
            (term, meaning)
            for term, meaning in self.terms
            if re.search(
                rf"\b({re.escape(term)}|{re.escape(term[0].upper() + term[1:])})s?\b", text
            )
        ]

    @property
    def license_name(self) -> str:
        return LICENSES[self.license][0]

    @property
    def license_address(self) -> str:
        return LICENSES[self.license][1]


COLUMNS = tuple(field.name for field in fields(SiteData))
_last = [SiteData()]


def keep(row: Sequence) -> None:
    """Keep the row that came with a dataset version for the rest of the request."""
    if (request := current_request.get()) is not None:
        request.planwatch_site = _made_of(row)


def last_known_site() -> SiteData:
    """Return the site's data as this process read them last, for pages that may ask no database."""
    return _last[0]


def current_site() -> SiteData:
    """Return the site's data as they stand, in a request read once, with the dataset version."""
    if (known := getattr(current_request.get(), "planwatch_site", None)) is not None:
        return known
    with connections[reading_from()].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM commitments_site")
        row = cursor.fetchone() or (None,)
    keep(row)
    return _made_of(row)


def _made_of(row: Sequence) -> SiteData:
    _last[0] = SiteData(*row) if row[0] is not None else SiteData()
    return _last[0]


def in_language(lines: str) -> str:
    """Return the line in the language of the answer, without its tag; the first where there is none."""
    found = [
        match.groups() if (match := _LINE.fullmatch(line)) else ("", line)
        for line in lines.split("\n")
    ]
    return dict(found).get((get_language() or "").partition("-")[0], found[0][1])
