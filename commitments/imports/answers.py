"""Answers of one agency as a spreadsheet: sent out with what is stored, and taken back as drafts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from commitments import services
from commitments.imports.report import Unreadable
from commitments.imports.spreadsheets import MAX_BYTES, heading_of
from commitments.imports.tables import Table, tables_of
from commitments.imports.xlsx_reader import letters_of
from commitments.models import RoundAnswer, RoundInvitation
from commitments.pages import address_of, invited_page
from commitments.services.rounds import DOCUMENT
from planwatch.exports import tables
from planwatch.exports.writers import xlsx_chunks
from planwatch.web.text import tidy

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What an agency fills in, each under the name of its field.
ANSWERED = ("wording", "done", "next_step", "documents", "validated_by")
# A line of a cell is a document; its parts stand between these.
JOINT = " | "


class SheetForm(forms.Form):
    file = forms.FileField(
        label=_("The spreadsheet, filled in"),
        help_text=_("XLSX or CSV in UTF-8, with the headings as they were."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )


@invited_page
def answer_sheet(request, invitation):
    """Take a spreadsheet back: rows that differ from what is stored are saved as drafts, all of them or none."""
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            count = take_back(invitation, file.name, file.read(MAX_BYTES + 1))
        except (Unreadable, ValidationError) as error:
            form.add_error("file", getattr(error, "messages", None) or str(error))
        else:
            words = ngettext("{n} answer saved as a draft.", "{n} answers saved as drafts.", count)
            messages.success(request, words.format(n=count))
            return redirect(address_of("round_answers", request))
    context = {
        "invitation": invitation,
        "form": form,
        "download": address_of("round_sheet_file", request),
        "back": address_of("round_answers", request),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "rounds/sheet.html", context, status=status)


@invited_page
def answer_sheet_file(request, invitation):
    """Send the spreadsheet of an agency's commitments, with the answers as they are stored."""
    names = ("code", "title", "version", *ANSWERED)
    stored = {row.commitment_id: row for row in invitation.answers.all()}
    items = [
        {"code": each.code, "title": each.title, **_cells_of(stored.get(each.pk) or RoundAnswer())}
        for each in invitation.commitments()
    ]
    columns = [tables.Column((name,), "string", False, False, "") for name in names]
    data = b"".join(xlsx_chunks(tables.Table(columns, iter(items), len(items))))
    response = HttpResponse(data, content_type=XLSX)
    name = f"planwatch-answers-{invitation.agency.slug}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cells_of(row: RoundAnswer) -> dict[str, Any]:
    cells = {name: getattr(row, name) for name in ("version", *ANSWERED)}
    lines = [JOINT.join(map(each.get, DOCUMENT)).removesuffix(JOINT) for each in row.documents]
    return cells | {"documents": "\n".join(lines)}


def take_back(invitation: RoundInvitation, name: str, data: bytes) -> int:
    """Save the rows of a sheet that differ from what is stored, and return how many.

    A column that is missing changes nothing. Raises Unreadable, and ValidationError with every refusal by its row.
    """
    if not name.casefold().endswith((".xlsx", ".csv")):
        raise Unreadable(
            gettext("{name} is neither CSV nor XLSX. Save it as one of them.").format(name=name)
        )
    stored = {row.commitment.code: row for row in invitation.answers.select_related("commitment")}
    saved, problems = 0, []
    with transaction.atomic():
        for number, cells in _lines(next(iter(tables_of(data, name).values()), []), name):
            row = stored.get(cells["code"]) or RoundAnswer()
            before = _cells_of(row)
            given = {key: cells[key] for key in ANSWERED if key in cells}
            if all(before[key] == value for key, value in given.items()):
                continue
            values = {key: getattr(row, key) for key in ANSWERED} | given
            if "documents" in given:
                values["documents"] = _documents(given["documents"])
            try:
                seen = cells.get("version") or "0"
                services.save_answer(
                    invitation=invitation,
                    commitment=cells["code"],
                    seen_version=int(seen) if seen.isdecimal() else -1,
                    **values,
                )
                saved += 1
            except ValidationError as error:
                problems += [_in_row(number, words) for words in error.messages]
            except services.Conflict:
                words = gettext("Somebody saved this answer since the spreadsheet was downloaded.")
                problems.append(_in_row(number, words))
        if problems:
            raise ValidationError(problems)
    return saved


def _in_row(number: int, words: str) -> str:
    return gettext("Row {number}: {words}").format(number=number, words=words)


def _lines(table: Table, name: str):
    """Yield each row below the headings as texts by column, with its number. Raises Unreadable."""
    (_, first), *rows = table or [(1, [])]
    headings = [heading_of(cell) for cell in first]
    if "code" not in headings:
        words = gettext("{name}: the column “{key}” is missing: it says which row is meant.")
        raise Unreadable(words.format(name=name, key="code"))
    for number, cells in rows:
        for place, cell in enumerate(cells, start=1):
            if cell.problem:
                raise Unreadable(f"{letters_of(place)}{number}: {cell.problem}")
        values = ["" if cell.value is None else tidy(str(cell.value)) for cell in cells]
        values += [""] * (len(headings) - len(values))
        found = dict(zip(headings, values, strict=False))
        if found["code"]:
            yield number, found


def _documents(cell: str) -> list[dict[str, str]]:
    parts = [
        line.split(JOINT.strip(), len(DOCUMENT) - 1) for line in cell.splitlines() if line.strip()
    ]
    return [dict(zip(DOCUMENT, map(str.strip, each), strict=False)) for each in parts]
