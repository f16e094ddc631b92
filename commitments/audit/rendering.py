"""Rendering of the public record and of one entry's edits."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from commitments.choices import LinkState
from commitments.querysets.former_names import as_named_today

_DONE = {
    ("accountchange", "create"): _("Change of an account proposed"),
    ("accountchange", "update"): _("Change of an account decided"),
    ("agency", "create"): _("Agency entered"),
    ("agency", "update"): _("Agency edited"),
    ("citation", "create"): _("Citation added"),
    ("citation", "update"): _("Citation edited"),
    ("citation", "delete"): _("Citation removed"),
    ("commitment", "create"): _("Commitment entered"),
    ("commitment", "update"): _("Text edited"),
    ("commitmentlink", "create"): _("Lineage link added"),
    ("commitmentlink", "update"): _("Lineage link edited"),
    ("commitmentlink", "delete"): _("Lineage link removed"),
    ("development", "create"): _("Report entered"),
    ("development", "update"): _("Report edited"),
    ("reportedstatus", "create"): _("Government’s own word added"),
    ("reportedstatus", "update"): _("Government’s own word edited"),
    ("doublecoding", "create"): _("Double coding finished"),
    ("evidence", "create"): _("Evidence added"),
    ("jurisdiction", "create"): _("Jurisdiction entered"),
    ("jurisdiction", "update"): _("Jurisdiction edited"),
    ("section", "create"): _("Section entered"),
    ("section", "update"): _("Section edited"),
    ("importfile", "create"): _("File imported"),
    ("pillar", "create"): _("Pillar entered"),
    ("pillar", "update"): _("Pillar edited"),
    ("plan", "create"): _("Plan entered"),
    ("plan", "update"): _("Plan edited"),
    ("proposal", "create"): _("Change proposed"),
    ("proposal", "update"): _("Proposal decided"),
    ("redaction", "create"): _("Redaction proposed"),
    ("redaction", "update"): _("Redaction decided"),
    ("review", "create"): _("Reviewed"),
    ("reviewretraction", "create"): _("Check retracted"),
    ("site", "create"): _("Site set up"),
    ("site", "update"): _("Site edited"),
    ("source", "create"): _("Document added"),
    ("source", "update"): _("Document edited"),
    ("statuschange", "create"): _("Status changed"),
    ("theme", "create"): _("Theme entered"),
    ("theme", "update"): _("Theme edited"),
}
_CORRECTED = _("Status corrected")
_LINK_CHECKED = _("Link checked: {state}")
_WITHHELD = _("Withheld: about something that is not published")

# The kinds of change that the page offers, as its readers call them.
KINDS = {
    "status_change": _("status changes"),
    "correction": _("corrections"),
    "review": _("reviews"),
    "commitment": _("new commitments"),
    "text_edit": _("text edits"),
    "source": _("documents"),
    "link_check": _("checks of links"),
    "evidence": _("added evidence"),
    "citation": _("citations"),
    "lineage": _("lineage links"),
    "development": _("reports that bear on commitments"),
    "proposal": _("proposals"),
    "account": _("accounts of editors"),
    "redaction": _("redactions"),
    "framework": _("plans, themes, sections, agencies"),
}


def _done(row, body: dict) -> str:
    """Return what a row did, in words; its object's own name and action where there are none yet."""
    if body.get("corrects"):
        return str(_CORRECTED)
    if row.object_type == "sourcecheck":
        state = LinkState((row.after or row.before)["state"])
        return _LINK_CHECKED.format(state=str(state.label).lower())
    kind, _ = as_named_today(row.object_type, None)
    return str(_DONE.get((kind, row.action), f"{kind}, {row.action}"))


@dataclass(frozen=True)
class AuditEntry:
    """A row of the record in words. `values` are (field, before, after); empty where the body is withheld."""

    row: object
    what: str
    title: str
    values: list[tuple[str, str, str]]
    page: str = ""
    status: str = ""
    code: str = ""
    slug: str = ""


def source_named_by(row) -> str:
    """Return the slug of the source that a row of the record is about, "" for a row about anything else."""
    if row.object_type == "sourcecheck":
        return (row.after or row.before)["source"]
    return row.object_key if row.object_type == "source" else ""


def render_entry(row, linked: Mapping[str, str] = MappingProxyType({})) -> AuditEntry:
    """Say what a row of the record did, and to what. The body of a withheld row is not looked at.

    `linked` are the titles of the sources that have a page, by their slugs.
    """
    if row.is_withheld:
        return AuditEntry(row, str(_WITHHELD), "", [])
    before, after = row.before or {}, row.after or {}
    body = after or before
    source = source_named_by(row)
    subject = None if source else next(iter(row.subjects), None)
    named = (body.get("title"), body.get("name"), body.get("account"), linked.get(source))
    if row.object_type == "redaction":
        named = (body["reason"],)
    title = subject.title if subject else next(filter(None, named), row.object_key)
    return AuditEntry(
        row,
        _done(row, body),
        title,
        _differences(before, after),
        page=_page_of(row, subject, source in linked),
        status=body.get("status", "") if row.object_type == "statuschange" else "",
        code=subject.code if subject else "",
        slug=source or row.object_key,
    )


def by_day(told: Iterable[AuditEntry]) -> list[tuple[dt.date, list[AuditEntry]]]:
    """Return (day in UTC, rows) of rows that come in their order."""
    return [
        (day, list(group))
        for day, group in groupby(
            told, key=lambda item: item.row.recorded_at.astimezone(dt.UTC).date()
        )
    ]


def _page_of(row, subject, is_linked: bool) -> str:
    if subject or row.action == "delete":
        return "commitment_detail" if subject else ""
    if is_linked:
        return "source_detail"
    return f"{row.object_type}_detail" if row.object_type in ("agency", "pillar") else ""


def _differences(before: dict, after: dict) -> list[tuple[str, str, str]]:
    found = []
    for name in [*after, *(key for key in before if key not in after)]:
        old, new = in_words_of(before.get(name)), in_words_of(after.get(name))
        if name == "signature" and new:
            new = "by a passkey"
        if old != new:
            found.append((name_of(name), old, new))
    return found


def name_of(key: str) -> str:
    """Return what readers see in place of a key of the record."""
    return key.replace("_", " ").capitalize()


def in_words_of(value) -> str:
    """Return a value of the record as a person reads it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(in_words_of(item) for item in value.values() if item)
    if isinstance(value, list):
        return "; ".join(in_words_of(item) for item in value)
    return str(value)


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
        found.append(Edit(row, _done(row, {}), reason, _differences(row.before or {}, after)))
    return found
