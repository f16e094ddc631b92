"""Citations of an entry, a document or the data set, as text and as BibTeX, RIS and CSL-JSON.

An entry is cited as this site showed it on a day; a document is cited as itself, with what is known of it and no more.
"""

import datetime as dt
import json
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.utils.translation import override

from commitments import dates
from commitments.choices import Status
from commitments.known_at import edition_asked
from commitments.models import Commitment, Source, SourceKind
from commitments.presenters.authors import Person, authors_of
from commitments.querysets.sql import today
from planwatch.db.site_data import current_site
from planwatch.web.text import one_line

RIS_TYPES = {"webpage": "ELEC", "report": "RPRT", "dataset": "DATA"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def data_set_title() -> str:
    """Return the title by which the data set is cited everywhere: its page, its package, reference managers, catalogs."""
    with override("en"):
        return f"What governments promised on {current_site().subject}, and what became of it"


@dataclass(frozen=True)
class Reference:
    """Something that can be cited.

    `kind` is a type of CSL: webpage, report or dataset. Texts are single lines; `issued` is as much of an ISO date as
    is known, or "". `author` names persons where `has_persons` says so; else it is one body.
    """

    key: str
    kind: str
    title: str
    author: str
    publisher: str
    issued: str
    url: str
    archived_url: str = ""
    accessed_on: dt.date | None = None
    version: str = ""
    number: str = ""
    genre: str = ""
    language: str = ""
    note: str = ""
    has_persons: bool = False

    @property
    def authors(self) -> list[Person | str]:
        return authors_of(self.author) if self.has_persons else [self.author]

    @property
    def year(self) -> str:
        return self.issued[:4]

    @property
    def date_parts(self) -> list[int]:
        return [int(part) for part in self.issued.split("-")] if self.issued else []

    @property
    def notes(self) -> str:
        """The note, and the archived copy where there is another address to read first."""
        archived = f"Archived copy: {self.archived_url}" if self.archived_url else ""
        return ". ".join(filter(None, (self.note, archived)))


# What is cited


@dataclass(frozen=True)
class Standing:
    """What an answer rests on: the day it speaks of, the data set's version, and when that version was written."""

    day: dt.date
    version: int
    written_at: dt.datetime | None

    def address(self, path: str) -> str:
        """Return the address that shows the same again, whatever is recorded later.

        It names the day, and when the version was written: by its day once that day is over, else to the microsecond.
        """
        pinned = {"as_of": self.day.isoformat()}
        if self.written_at is not None:
            written_on = self.written_at.astimezone(dt.UTC).date()
            moment = self.written_at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
            pinned["known_at"] = written_on.isoformat() if written_on < today() else moment
        return f"{path}?{urlencode(pinned, safe=':')}"

    @property
    def written_on(self) -> str:
        return self.written_at.astimezone(dt.UTC).date().isoformat() if self.written_at else ""


def standing_of(request) -> Standing:
    """Return what the answer to a request rests on, by the clocks that its view accepted."""
    edition = edition_asked(request)
    return Standing(request.clocks.day, edition.version, edition.changed_at)


def of_commitment(request, commitment: Commitment) -> Reference:
    """Return the reference to an entry of this site. `commitment` carries the columns of `shown()`."""
    standing = standing_of(request)
    day = dates.in_words(standing.day)
    since = dates.in_words(commitment.effective_since, commitment.effective_precision)
    status = Status(commitment.effective_status).label
    return Reference(
        key=f"planwatch-{commitment.code}-{standing.day.isoformat()}",
        kind="webpage",
        title=one_line(
            _("%(title)s (%(code)s, status as of %(day)s)")
            % {"title": commitment.title, "code": commitment.code, "day": day}
        ),
        author=current_site().publisher,
        publisher=current_site().publisher,
        issued=standing.written_on,
        url=request.build_absolute_uri(standing.address(commitment.get_absolute_url())),
        accessed_on=today(),
        version=str(standing.version),
        number=commitment.code,
        genre=_("Record of a commitment"),
        language="en",
        note=_("Status: %(status)s since %(since)s") % {"status": status, "since": since},
    )


def of_data_set(request, published) -> Reference:
    """Return the reference to the whole data set: the newest published version, which never changes.

    Where none is published, or an address asks for a day or a state of the record, it is the list of commitments as it
    was then, under the same title.
    """
    clocks = request.clocks
    if published and clocks.is_today:
        version, issued = published.version, published.recorded_on.isoformat()
        key, note = f"planwatch-version-{version}", ""
        path = reverse("dataset_file", kwargs={"version": version})
    else:
        standing = standing_of(request)
        version, issued = standing.version, standing.written_on
        key = f"planwatch-version-{version}-{standing.day.isoformat()}"
        note = _("As of %(day)s") % {"day": dates.in_words(standing.day)}
        path = standing.address(reverse("commitment_list"))
    return Reference(
        key=key,
        kind="dataset",
        title=data_set_title(),
        author=current_site().publisher,
        publisher=current_site().publisher,
        issued=issued,
        url=request.build_absolute_uri(path),
        accessed_on=today(),
        version=str(version),
        genre=_("Data set"),
        language="en",
        note=note,
    )


def of_source(source: Source) -> Reference:
    """Return the reference to a document itself. What is not known of it is left out."""
    url, archived_url = iri_to_uri(source.url), iri_to_uri(source.archived_url)
    published = source.published_on
    return Reference(
        key=source.slug,
        kind="report" if source.kind in (SourceKind.PLAN, SourceKind.REPORT) else "webpage",
        title=one_line(source.title),
        author=one_line(source.author or source.publisher),
        publisher=one_line(source.publisher),
        issued=dates.machine(published, source.precision) if published else "",
        url=url or archived_url,
        archived_url=archived_url if url else "",
        genre=source.get_kind_display(),
        language=source.language,
        has_persons=source.author not in ("", source.publisher),
    )


# How it is written


def as_csl(reference: Reference) -> str:
    """Return the reference as CSL-JSON: a list of one item. A person has a family and a given name, a body a literal one.

    A publisher who is the author is named once, as styles ask for.
    """
    publisher = reference.publisher if reference.publisher != reference.author else ""
    item = {
        "id": reference.key,
        "type": reference.kind,
        "title": reference.title,
        "author": [_csl_name(author) for author in reference.authors],
        "publisher": publisher,
        "container-title": publisher if reference.kind == "webpage" else "",
        "issued": {"date-parts": [reference.date_parts]} if reference.issued else None,
        "accessed": _csl_day(reference.accessed_on),
        "URL": reference.url,
        "version": reference.version,
        "number": reference.number,
        "genre": reference.genre,
        "language": reference.language,
        "note": reference.notes,
    }
    kept = {name: value for name, value in item.items() if value}
    return json.dumps([kept], ensure_ascii=False, indent=2) + "\n"


def _csl_name(author: Person | str) -> dict:
    if isinstance(author, str):
        return {"literal": author}
    return {name: text for name, text in vars(author).items() if text}


def _csl_day(day: dt.date | None) -> dict | None:
    return day and {"date-parts": [[day.year, day.month, day.day]]}


def as_ris(reference: Reference) -> str:
    """Return the reference as RIS, lines ended by CR LF. Unknown parts of a date stay empty: 2024/02//."""
    date = "/".join([*reference.issued.split("-"), "", "", ""][:3]) + "/"
    lines = [
        ("TY", RIS_TYPES[reference.kind]),
        ("ID", reference.key),
        *(("AU", _inverted(author, suffix_last=True)) for author in reference.authors),
        ("TI", reference.title),
        ("PB", reference.publisher),
        ("PY", reference.year),
        ("DA", date if reference.issued else ""),
        ("ET", reference.version),
        ("M1", reference.number),
        ("M3", reference.genre),
        ("LA", reference.language),
        ("N1", reference.notes),
        ("UR", reference.url),
        ("Y2", f"{reference.accessed_on:%Y/%m/%d/}" if reference.accessed_on else ""),
    ]
    written = [f"{tag}  - {value}\r\n" for tag, value in lines if value]
    return "".join([*written, "ER  - \r\n"])


def _inverted(author: Person | str, *, suffix_last: bool) -> str:
    """Return a name by which it is sorted; BibTeX has the suffix before the given name, RIS behind it."""
    if isinstance(author, str):
        return author
    given, suffix = author.given, author.suffix
    parts = (author.family, given, suffix) if suffix_last else (author.family, suffix, given)
    return ", ".join(filter(None, parts))


def as_bibtex(reference: Reference) -> str:
    """Return the reference as one BibTeX entry in UTF-8, which BibLaTeX reads too.

    Inner braces keep the capitals of a title, and the name of a body in one piece. An address stands as it is: both programs take it
    verbatim, and it carries no brace.
    """
    is_report = reference.kind == "report"
    parts = reference.date_parts
    fields = {
        "author": _braced(" and ".join(map(_bibtex_name, reference.authors))),
        "title": _braced(_braced(_latex(reference.title))),
        "institution" if is_report else "howpublished": _braced(_latex(reference.publisher)),
        "year": _braced(reference.year) if parts else "",
        "month": MONTHS[parts[1] - 1] if len(parts) > 1 else "",
        "date": _braced(reference.issued) if parts else "",
        "number": _braced(_latex(reference.number)) if reference.number else "",
        "version": _braced(reference.version) if reference.version else "",
        "type": _braced(_latex(reference.genre)) if reference.genre else "",
        "note": _braced(_latex(reference.notes)) if reference.notes else "",
        "url": _braced(reference.url) if reference.url else "",
        "urldate": _braced(reference.accessed_on.isoformat()) if reference.accessed_on else "",
        "langid": _braced(reference.language) if reference.language else "",
    }
    written = [f"  {name} = {value}" for name, value in fields.items() if value]
    return (
        f"@{'techreport' if is_report else 'misc'}{{{reference.key},\n"
        + ",\n".join(written)
        + "\n}\n"
    )


def _bibtex_name(author: Person | str) -> str:
    written = _latex(_inverted(author, suffix_last=False))
    return written if isinstance(author, Person) else _braced(written)


def _braced(text: str) -> str:
    return f"{{{text}}}"


# BibTeX counts braces even after a backslash, so a lone one must be a command.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
    | {character: f"\\{character}" for character in "#$%&_"}
)


def _latex(text: str) -> str:
    return text.translate(_LATEX)


# The end of an address → media type and writer.
FORMS = {
    "bib": ("application/x-bibtex", as_bibtex),
    "ris": ("application/x-research-info-systems", as_ris),
    "json": ("application/vnd.citationstyles.csl+json", as_csl),
}
