"""Import pages: choose a file, preview every row, then write or cancel."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import asdict, dataclass
from importlib import import_module

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from commitments.audit.rendering import in_words_of
from commitments.imports.report import Moved, Outcome, Report, Row, Unreadable
from commitments.imports.runner import import_rows
from commitments.imports.sheets import SHEETS
from commitments.imports.spreadsheets import MAX_BYTES, read_spreadsheet
from commitments.imports.status_changes import MAX_EVIDENCE
from commitments.imports.yaml_reader import read_zip
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission, handle_of

PLAN = "plan"
KINDS = [(sheet.kind, sheet.label) for sheet in SHEETS.values()] + [
    (PLAN, gettext_lazy("A whole plan: a zip of a folder of YAML files"))
]
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Between the look and the word to go ahead.
KEPT_FOR = 3600
SHOWN = 500
# What is done while a browser waits; longer files are imported where the site runs.
ROWS_AT_ONCE = 1_000
# What needs a person's eye comes first.
RESULTS = ("refused", "proposed", "changed", "new", "unchanged")


# What is kept between the dry run and the confirmation


@dataclass(frozen=True)
class Upload:
    """A file as it was sent, by whom, and its hash."""

    user: int
    name: str
    kind: str
    data: str
    digest: str

    def rows(self) -> list[Row]:
        """Read the file. Raises Unreadable."""
        data = base64.b64decode(self.data)
        if self.kind == PLAN:
            return read_zip(data, self.name)
        return read_spreadsheet(data, self.name, self.kind)

    @property
    def label(self) -> str:
        return dict(KINDS)[self.kind]


def _shelf(key: str | None = None):
    """Return a place of its own in the session store: kept by the server, expiring, cleared with the sessions."""
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def _keep(request, upload: Upload) -> None:
    _drop(request)
    shelf = _shelf()
    shelf["upload"] = asdict(upload)
    shelf.set_expiry(KEPT_FOR)
    shelf.create()
    request.session["upload"] = shelf.session_key


def _kept(request) -> Upload | None:
    """Return the file that this session sent last; None if there is none, it has expired or is somebody else's."""
    found = _shelf(request.session.get("upload")).get("upload")
    if not found or found["user"] != request.user.pk:
        return None
    upload = Upload(**found)
    return upload if _digest(base64.b64decode(upload.data)) == upload.digest else None


def _drop(request) -> None:
    if key := request.session.pop("upload", None):
        _shelf(key).delete()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What is in the file?"), choices=KINDS)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=format_lazy(
            gettext_lazy(
                "CSV in UTF-8, XLSX, or for a whole plan a zip. At most {size} MB and {rows} rows."
            ),
            size=MAX_BYTES // 1024**2,
            rows=lazy(intcomma, str)(ROWS_AT_ONCE),
        ),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.zip"}),
    )

    def clean(self):
        """Read the file, so that one that cannot be read is refused here."""
        cleaned = super().clean()
        kind, file = cleaned.get("kind"), cleaned.get("file")
        if kind and file is not None:
            try:
                cleaned["rows"] = self._rows(kind, file)
            except Unreadable as error:
                self.add_error("file", str(error))
        return cleaned

    def _rows(self, kind: str, file: UploadedFile) -> list[Row]:
        if file.size > MAX_BYTES:
            raise Unreadable(
                gettext("{name} is larger than {size} MB.").format(
                    name=file.name, size=MAX_BYTES // 1024**2
                )
            )
        if not file.size:
            raise Unreadable(gettext("{name} is empty.").format(name=file.name))
        data = file.read()
        self.cleaned_data["data"] = data
        is_zip = file.name.casefold().endswith(".zip")
        if is_zip != (kind == PLAN):
            raise Unreadable(
                gettext("{name} is not a zip. A whole plan comes as one.").format(name=file.name)
                if kind == PLAN
                else gettext("{name} is a zip. Choose “{kind}” for it.").format(
                    name=file.name, kind=dict(KINDS)[PLAN]
                )
            )
        rows = Upload(0, file.name, kind, base64.b64encode(data).decode(), "").rows()
        if len(rows) > ROWS_AT_ONCE:
            raise Unreadable(
                gettext(
                    "{name} has {rows} rows, and a browser waits for {most} at most. Send it "
                    "in parts, or have it imported where the site runs: manage.py import_plan."
                ).format(name=file.name, rows=intcomma(len(rows)), most=intcomma(ROWS_AT_ONCE))
            )
        return rows


# The pages


@editor_page(Permission.IMPORT)
def start(request):
    """Take a file. Nothing is written by it."""
    if request.method != "POST":
        form = UploadForm(initial={"kind": (request.typed or {}).get("kind", "commitment")})
        return _start(request, form)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _start(request, form, status=422)
    data = form.cleaned_data["data"]
    upload = Upload(
        user=request.user.pk,
        name=form.cleaned_data["file"].name,
        kind=form.cleaned_data["kind"],
        data=base64.b64encode(data).decode(),
        digest=_digest(data),
    )
    _keep(request, upload)
    return redirect("import_check")


def _start(request, form, status=200):
    context = {"form": form, "sheets": list(SHEETS.values()), "most_evidence": MAX_EVIDENCE}
    return render(request, "editor/import/start.html", context, status=status)


@editor_page(Permission.IMPORT)
def check(request):
    """Show what every row would do; write all of them once the user confirms exactly this."""
    upload = _kept(request)
    if upload is None:
        messages.info(
            request,
            gettext("There is no file waiting, or it has waited for too long. Choose it again."),
        )
        return redirect("import_start")
    if request.method != "POST":
        return _looked_at(request, upload)
    if request.POST.get("digest") != upload.digest:
        notice = gettext("Another file was sent since, and this is what it would do. Look again.")
        return _looked_at(request, upload, notice, status=409)
    version = request.POST.get("version", "")
    if request.POST.get("action") != "import" or not version.isdecimal():
        return _looked_at(request, upload)
    ticked = frozenset(request.POST.getlist("allow"))
    try:
        report = import_rows(
            upload.rows(),
            actor=handle_of(request.user),
            allowed=ticked,
            seen_version=int(version[:18]),
        )
    except Moved as error:
        notice = gettext(
            "{reason} Nothing was written. This is what the file would do now. Look again."
        ).format(reason=error)
        return _looked_at(request, upload, notice, status=409)
    if report.refused and all(outcome.beyond for outcome in report.refused):
        notice = gettext(
            "Nothing was written. Tick each row that reaches beyond this import, or take it out of the file."
        )
        return _looked_at(request, upload, notice, status=422, ticked=ticked)
    if not report.written:
        return _shown(request, upload, report, gettext("Nothing was written."), status=422)
    _drop(request)
    request.session["imported"] = {
        "name": upload.name,
        "label": str(upload.label),
        "before": report.version,
        "counts": {result: report.count(result) for result in RESULTS},
    }
    return redirect("import_done")


def _looked_at(request, upload: Upload, notice="", status=200, ticked=frozenset()):
    report = import_rows(upload.rows(), actor=handle_of(request.user), rehearse=True, allowed=None)
    return _shown(request, upload, report, notice, status, ticked)


def _shown(request, upload: Upload, report: Report, notice="", status=200, ticked=frozenset()):
    outcomes = sorted(report.outcomes, key=lambda outcome: RESULTS.index(outcome.result))
    beyond = [_said(outcome) for outcome in outcomes if outcome.beyond]
    context = {
        "upload": upload,
        "notice": notice,
        "version": report.version,
        "counts": [(result, report.count(result)) for result in RESULTS],
        "refused": report.count("refused"),
        "to_write": sum(report.count(result) for result in ("new", "changed", "proposed")),
        "beyond": beyond,
        "ticked": ticked,
        "total": len(outcomes),
        "outcomes": [_said(outcome) for outcome in outcomes[:SHOWN]],
        "rest": max(0, len(outcomes) - SHOWN),
        "passed_over": outcomes[0].row.passed_over if outcomes else (),
        "kept_minutes": KEPT_FOR // 60,
    }
    return render(request, "editor/import/check.html", context, status=status)


def _said(outcome: Outcome) -> dict:
    """Return an outcome as the table shows it."""
    return {
        "result": outcome.result,
        "place": outcome.row.place,
        "key": outcome.key,
        "name": outcome.name,
        "beyond": outcome.beyond,
        "problems": outcome.problems,
        "differences": [
            (
                item.name.replace("_", " "),
                *(in_words_of(value) or "nothing" for value in (item.before, item.after)),
            )
            for item in outcome.differences
        ],
    }


@editor_page(Permission.IMPORT)
def done(request):
    """Say what was written last."""
    imported = request.session.get("imported")
    if imported is None:
        return redirect("import_start")
    return render(request, "editor/import/done.html", imported)


@editor_page(Permission.IMPORT)
def template(request, kind, form):
    """Send an empty spreadsheet with its headings and one example row."""
    if kind not in SHEETS or form not in FORMS:
        raise Http404
    response = HttpResponse(SHEETS[kind].template(form), content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="planwatch-{kind}.{form}"'
    return response
