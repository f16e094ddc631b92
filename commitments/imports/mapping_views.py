"""The page on which a person says what the columns and words of a table of another shape are."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.shortcuts import redirect, render
from django.utils.translation import gettext
from rapidfuzz import fuzz, process

from agencies.models import Agency
from commitments.choices import CommitmentKind, Origin, SourceKind
from commitments.imports import uploads
from commitments.imports.foreign_tables import ForeignTable
from commitments.imports.mapping import (
    FIELDS,
    LEFT_OUT,
    NEW,
    Mapping,
    digest_of,
    first_guess,
    guess_columns,
    headings_of,
    lines_of,
    table_of,
)
from commitments.imports.report import Unreadable
from commitments.imports.tables import Table, tables_of
from commitments.imports.uploads import FOREIGN
from commitments.imports.views import download, no_file
from commitments.models import ImportFile, ImportMapping, Plan, Source
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission

# How a person writes “leave this out” in the form, where an empty field is one not yet filled in.
OUT = "-"
# So many different words are asked for at once, and so many values are shown of a column.
ASKED, SAMPLES = 100, 3
_TEXTS = ("sheet", "plan", "source", "status_source", "reported_on")
_OTHERS = ("publisher", "source_kind", "source_origin", "kind", "announced_on")


@editor_page(Permission.IMPORT)
def columns(request):
    """Map headings to fields and words to ours; the mapping is kept for the next file with the same headings."""
    file = uploads.waiting(request.user)
    if file is None or file.kind != FOREIGN:
        return no_file(request)
    tables = tables_of(uploads.content_of(file), file.name)
    if request.method != "POST":
        mapping = _begun(file, tables)
        if "download" in request.GET:
            data = json.dumps(asdict(mapping), ensure_ascii=False, indent=1).encode()
            return download("mapping.json", data, "application/json")
        return _asked(request, file, tables, mapping)
    try:
        mapping = _sent(request, tables)
        table = table_of(tables, mapping)
        if request.POST.get("action") == "read" or request.FILES:
            guess_columns(table, mapping)
            return _asked(request, _keep(file, mapping), tables, mapping)
        _keep(file, mapping)
        foreign = ForeignTable(table, mapping)
        if "title" not in mapping.columns.values():
            raise Unreadable(gettext("Say which column is the title."))
    except Unreadable as error:
        return _asked(request, file, tables, mapping_or_begun(file, tables), str(error), 422)
    asked = {*request.POST.getlist("agency_text")}
    asked_words = {*request.POST.getlist("word_text")}
    unknown = set(foreign.unknown_agencies()[:ASKED]) - asked
    words = {
        text for each in foreign.words().values() for text, ours in each.items() if ours is None
    }
    if unknown or words - asked_words:
        notice = gettext("Say what these words are, then go on.")
        return _asked(request, file, tables, mapping, notice)
    known = digest_of(headings_of(table, mapping.headings))
    ImportMapping.objects.update_or_create(headings=known, defaults={"data": asdict(mapping)})
    return redirect("import_check")


def mapping_or_begun(file: ImportFile, tables: dict[str, Table]) -> Mapping:
    return Mapping.of(file.mapping) if file.mapping else _begun(file, tables)


def _keep(file: ImportFile, mapping: Mapping) -> ImportFile:
    # Codes are made by the mapping: which row is the same as another is asked anew.
    file.mapping, file.same, file.report = asdict(mapping), {}, ""
    file.save(update_fields=["mapping", "same", "report"])
    return file


def _begun(file: ImportFile, tables: dict[str, Table]) -> Mapping:
    """Return the mapping of this file so far, that of the last file with its headings, or a guess."""
    if file.mapping:
        return Mapping.of(file.mapping)
    guess = first_guess(tables)
    known = digest_of(headings_of(tables[guess.sheet], guess.headings))
    last = ImportMapping.objects.filter(headings=known).first()
    return Mapping.of(last.data) if last else guess


def _sent(request, tables: dict[str, Table]) -> Mapping:
    """Return the mapping that was sent, as a form or as a file. Raises Unreadable."""
    if sent := request.FILES.get("mapping"):
        return Mapping.of_file(sent.read(), sent.name)
    post = request.POST
    first, last = (post.get(name, "") for name in ("first", "last"))
    if not (first.isdecimal() and last.isdecimal() and len(first + last) < 12):
        raise Unreadable(gettext("Give the rows of the headings as numbers."))
    words: dict[str, dict[str, str]] = {}
    for heading, text, ours in _triples(post, "word_heading", "word_text", "word_ours"):
        if ours:
            words.setdefault(heading, {})[text] = LEFT_OUT if ours == OUT else ours
    pairs = zip(post.getlist("agency_text"), post.getlist("agency_ours"), strict=False)
    day_first = {"day": True, "month": False}.get(post.get("order"))
    return Mapping.of(
        {name: post.get(name, "").strip() for name in _TEXTS}
        | {
            "headings": [int(first), max(int(first), int(last))],
            "day_first": day_first,
            "columns": dict(zip(post.getlist("heading"), post.getlist("field"), strict=False)),
            "words": words,
            "agencies": {
                text: LEFT_OUT if ours.strip() == OUT else ours.strip()
                for text, ours in pairs
                if ours.strip()
            },
            "others": {name: post[name].strip() for name in _OTHERS if post.get(name, "").strip()},
        }
    )


def _triples(post, *names: str):
    return zip(*(post.getlist(name) for name in names), strict=False)


def _asked(request, file: ImportFile, tables, mapping: Mapping, notice="", status=200):
    table = table_of(tables, mapping) if mapping.sheet in tables else next(iter(tables.values()))
    context: dict[str, Any] = {
        "file": file,
        "mapping": mapping,
        "notice": notice,
        "sheets": [title for title in tables if title],
        "plans": Plan.objects.order_by("title"),
        "sources": Source.objects.order_by("title").values_list("slug", "title"),
        "columns": _columns(table, mapping),
        "fields": [(name, label) for name, (label, _) in FIELDS.items()],
        "top": [
            (number, [str(cell.value or "") for cell in cells][:6]) for number, cells in table[:6]
        ],
        "source_kinds": SourceKind.choices,
        "origins": Origin.choices,
        "kinds": CommitmentKind.choices,
        "new": NEW,
        "out": OUT,
    }
    if mapping.plan and not (status == 422 and not file.mapping):
        context |= _words(table, mapping)
    return render(request, "editor/import/columns.html", context, status=status)


def _columns(table: Table, mapping: Mapping) -> list[dict[str, Any]]:
    lines = lines_of(table, mapping)
    found = []
    for heading in filter(None, headings_of(table, mapping.headings)):
        texts = (str(cells[heading][1].value or "") for _, cells in lines)
        samples = [text[:80] for text in dict.fromkeys(texts) if text][:SAMPLES]
        found.append(
            {"heading": heading, "field": mapping.columns.get(heading, ""), "samples": samples}
        )
    return found


def _words(table: Table, mapping: Mapping) -> dict[str, Any]:
    """Return the words and agencies that a person maps, each with what is chosen or known for it."""
    try:
        foreign = ForeignTable(table, mapping)
    except Unreadable:
        return {}
    words = [
        {
            "heading": heading,
            "choices": foreign.choices(mapping.columns[heading]),
            "words": [
                (text, OUT if ours == LEFT_OUT else ours or "") for text, ours in found.items()
            ][:ASKED],
        }
        for heading, found in foreign.words().items()
    ]
    names = list(dict.fromkeys((*mapping.agencies, *foreign.unknown_agencies())))[:ASKED]
    agencies = [
        (text, OUT if mapping.agencies.get(text) == LEFT_OUT else mapping.agencies.get(text, ""))
        for text in names
    ]
    return {
        "words": words,
        "agencies": [(text, ours, _nearest(text, foreign.agencies)) for text, ours in agencies],
        "known_agencies": Agency.objects.order_by("name").values_list("slug", "name"),
    }


def _nearest(text: str, agencies: dict[str, str]) -> str:
    """Return the agency that a name is most like, to offer it."""
    near = process.extractOne(
        text.casefold(), list(agencies), scorer=fuzz.token_sort_ratio, score_cutoff=60
    )
    return agencies[near[0]] if near else ""
