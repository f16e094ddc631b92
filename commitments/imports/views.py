"""Import pages: choose a file, say what its columns are, look at every row, then write or cancel."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Generator

from django import forms
from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from commitments.imports import uploads, workbooks
from commitments.imports.report import Moved, Report, Unreadable
from commitments.imports.runner import import_steps
from commitments.imports.sheets import SHEETS
from commitments.imports.spreadsheets import MAX_BYTES
from commitments.imports.status_changes import MAX_EVIDENCE
from commitments.imports.tables import SUFFIXES, tables_of
from commitments.imports.uploads import FOREIGN, KINDS, RESULTS, WHOLE
from commitments.models import DatasetVersion, ImportFile
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission, handle_of
from planwatch.middleware.rate_limit import at_no_charge

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHOWN = 100
# Of more rows than these the page tells how far it is, this often in seconds.
ROWS_AT_ONCE, TOLD_EVERY = 500, 1
# Rows of other plans, governments or the site that one person can tick, and one form can hold.
MOST_BEYOND = 500


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What is in the file?"), choices=KINDS)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=format_lazy(
            gettext_lazy(
                "CSV in UTF-8 or XLSX; for a whole plan a workbook or a zip; for other columns also YAML or JSON. At most "
                "{size} MB."
            ),
            size=MAX_BYTES // 1024**2,
        ),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.zip,.json,.yaml,.yml"}),
    )
    # A file that a script has sent in parts before, by its digest; without one the form has the file itself.
    sent = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    sent_name = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)

    def __init__(self, *args, user=None, **options):
        super().__init__(*args, **options)
        digest = self.data.get("sent", "")
        self._sent = uploads.begun(user, digest) if digest else b""
        if self._sent and hashlib.sha256(self._sent).hexdigest() == digest:
            self.fields["file"].required = False

    def clean(self):
        """Read the file, so that one that cannot be read is refused here."""
        cleaned = super().clean()
        kind, file = cleaned.get("kind"), cleaned.get("file")
        name = file.name if file else cleaned.get("sent_name", "")
        if kind and not self.errors:
            try:
                if file and file.size > MAX_BYTES:
                    raise Unreadable(
                        gettext("{name} is larger than {size} MB.").format(
                            name=name, size=MAX_BYTES // 1024**2
                        )
                    )
                data = file.read() if file else self._sent
                _require_readable(kind, name, data)
                cleaned |= {"name": name, "data": data}
            except Unreadable as error:
                self.add_error("file", str(error))
        return cleaned


def _require_readable(kind: str, name: str, data: bytes) -> None:
    if not data:
        raise Unreadable(gettext("{name} is empty.").format(name=name))
    suffix = name.casefold().rpartition(".")[2]
    if kind == WHOLE and suffix not in ("xlsx", "zip"):
        raise Unreadable(
            gettext("{name} is neither a workbook (.xlsx) nor a zip.").format(name=name)
        )
    if kind != WHOLE and suffix == "zip":
        raise Unreadable(
            gettext("{name} is a zip. Choose “{kind}” for it.").format(
                name=name, kind=dict(KINDS)[WHOLE]
            )
        )
    if kind == FOREIGN:
        tables_of(data, name)
    else:
        uploads.rows_of(uploads.unsaved(name, kind, data))


@editor_page(Permission.IMPORT)
def start(request):
    """Take a file. Nothing is written by it."""
    if request.method != "POST":
        form = UploadForm(initial={"kind": (request.typed or {}).get("kind", WHOLE)})
        return _start(request, form)
    form = UploadForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return _start(request, form, status=422)
    sent = form.cleaned_data
    uploads.keep(request.user, sent["name"], sent["kind"], sent["data"])
    return redirect("import_map" if sent["kind"] == FOREIGN else "import_check")


@editor_page(Permission.IMPORT)
def part(request):
    """Take a part of a file from the script of the first page, and answer how many bytes of the file are here."""
    digest, offset = (request.GET.get(name, "") for name in ("digest", "offset"))
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise Http404
    if request.method != "POST":
        return JsonResponse({"size": len(uploads.begun(request.user, digest))})
    if not re.fullmatch("[0-9]{1,8}", offset) or int(offset) + len(request.body) > MAX_BYTES:
        return JsonResponse({"size": 0}, status=413)
    size = uploads.add_part(request.user, digest, int(offset), request.body)
    return JsonResponse({"size": size})


def _start(request, form, status=200):
    context = {
        "form": form,
        "sheets": list(SHEETS.values()),
        "most_evidence": MAX_EVIDENCE,
        "waiting": uploads.waiting(request.user),
        "suffixes": ", ".join(SUFFIXES),
    }
    return render(request, "editor/import/start.html", context, status=status)


def no_file(request):
    """Say that no file waits, and lead to where one is chosen."""
    messages.info(
        request,
        gettext("There is no file waiting, or it has waited for too long. Choose it again."),
    )
    return redirect("import_start")


@editor_page(Permission.IMPORT)
def check(request):
    """Show what every row would do; write all of them once the user confirms exactly this."""
    file = uploads.waiting(request.user)
    if file is None:
        return no_file(request)
    if file.kind == FOREIGN and not file.mapping:
        return redirect("import_map")
    actor, version = handle_of(request.user), request.POST.get("version", "")
    is_this, action = request.POST.get("digest") == file.digest, request.POST.get("action")
    if action == "same" and is_this and file.report:
        uploads.say_the_same(file, request.POST.getlist("same"))
    is_confirmed = action == "import" and version.isdecimal()
    if is_confirmed and not is_this:
        notice = gettext("Another file was sent since, and this is what it would do. Look again.")
        return _run(request, file, _look(file, actor, notice, 409))
    if is_confirmed:
        ticked = frozenset(request.POST.getlist("allow"))
        return _run(request, file, _write(file, actor, ticked, int(version[:18])))
    is_known = file.report and file.version == DatasetVersion.objects.get().seq
    return _shown(request, file) if is_known else _run(request, file, _look(file, actor))


Work = Generator[int, None, tuple[str, int]]


def _look(file: ImportFile, actor: str, notice="", status=200, ticked=frozenset()) -> Work:
    """Work out what a file would do, yielding how many rows are done; return where that is shown."""
    rows = uploads.rows_of(file)
    report = yield from import_steps(rows, actor=actor, rehearse=True, allowed=None)
    uploads.store(file, report, notice, ticked)
    return reverse("import_check"), status


def _write(file: ImportFile, actor: str, ticked: frozenset[str], version: int) -> Work:
    """Write a file, all of it or nothing, yielding how many rows are done; return where the outcome is shown."""
    rows = uploads.rows_of(file)
    try:
        report: Report = yield from import_steps(
            rows, actor=actor, allowed=ticked, seen_version=version, file=file
        )
    except Moved as error:
        notice = gettext(
            "{reason} Nothing was written. This is what the file would do now. Look again."
        ).format(reason=error)
        return (yield from _look(file, actor, notice, 409))
    if report.refused and all(outcome.beyond for outcome in report.refused):
        notice = gettext(
            "Nothing was written. Tick each row that reaches beyond this import, or take it out of the file."
        )
        return (yield from _look(file, actor, notice, 422, ticked))
    if not report.written:
        uploads.store(file, report, gettext("Nothing was written."))
        return reverse("import_check"), 422
    uploads.finish(file, report)
    return reverse("import_done"), 200


def _run(request, file: ImportFile, work: Work):
    """Do the work and answer with what it leads to; of a long file tell meanwhile how far it is."""
    at_no_charge(request)
    try:
        total = len(uploads.rows_of(file))
    except Unreadable as error:
        messages.error(request, str(error))
        return redirect("import_map" if file.kind == FOREIGN else "import_start")
    if total > ROWS_AT_ONCE:
        language = translation.get_language()
        page = render_to_string(
            "editor/import/progress.html", {"file": file, "total": total}, request
        )
        return StreamingHttpResponse(
            _told(work, total, page, language), headers={"X-Accel-Buffering": "no"}
        )
    while True:
        try:
            next(work)
        except StopIteration as done:
            address, status = done.value
            break
    is_shown = address == reverse("import_check")
    return _shown(request, file, status) if is_shown else redirect(address)


def _told(work: Work, total: int, page: str, language: str):
    """Yield a page in parts while the work goes on, and at its end where to go."""
    head, _, tail = page.partition("<!-- steps -->")
    yield head
    told = time.monotonic()
    with translation.override(language):
        while True:
            try:
                count = next(work)
            except StopIteration as done:
                address, _ = done.value
                break
            if time.monotonic() - told >= TOLD_EVERY:
                told = time.monotonic()
                words = gettext("{count} of {total} rows")
                yield format_html(
                    '<p><label><progress max="{}" value="{}"></progress> {}</label></p>',
                    total,
                    count,
                    words.format(count=intcomma(count), total=intcomma(total)),
                )
        yield format_html(
            '<p><a href="{0}">{1}</a></p><meta http-equiv="refresh" content="0;url={0}">',
            address,
            gettext("Go on"),
        )
    yield tail


def _shown(request, file: ImportFile, status=200):
    report = uploads.stored(file)
    counts = {result: 0 for result in RESULTS}
    for row in report["rows"]:
        counts[row["result"]] += 1
    chosen = request.GET.get("result", "")
    rows = [row for row in report["rows"] if not chosen or row["result"] == chosen]
    beyond = [row for row in report["rows"] if row["beyond"]]
    context = {
        "upload": file,
        "label": uploads.label_of(file),
        "is_foreign": file.kind == FOREIGN,
        "notice": report["notice"],
        "version": file.version,
        "counts": list(counts.items()),
        "chosen": chosen,
        "refused": counts["refused"],
        "to_write": sum(counts[result] for result in ("new", "changed", "proposed")),
        "beyond": beyond,
        "same": file.same,
        "offers": any(row["near"] for row in report["rows"]),
        "too_many_beyond": len(beyond) > MOST_BEYOND,
        "ticked": report["ticked"],
        "total": len(report["rows"]),
        "page": Paginator(rows, SHOWN).get_page(request.GET.get("page")),
        "passed_over": report["passed_over"],
        "kept_hours": int(uploads.KEPT_FOR.total_seconds() // 3600),
    }
    return render(request, "editor/import/check.html", context, status=status)


@editor_page(Permission.IMPORT)
def done(request):
    """Say what was written last."""
    file = ImportFile.objects.filter(user=request.user, data="").last()
    if file is None:
        return redirect("import_start")
    context = {
        "name": file.name,
        "digest": file.digest,
        "label": uploads.label_of(file),
        "before": file.version,
        "counts": uploads.stored(file),
    }
    return render(request, "editor/import/done.html", context)


@editor_page(Permission.IMPORT)
def template(request, kind, form):
    """Send an empty spreadsheet with its headings and one example row, or the workbook of a whole plan."""
    if (kind, form) == (WHOLE, "xlsx"):
        return download("planwatch-plan.xlsx", workbooks.template(), FORMS[form])
    if kind not in SHEETS or form not in FORMS:
        raise Http404
    return download(f"planwatch-{kind}.{form}", SHEETS[kind].template(form), FORMS[form])


def download(name: str, data: bytes, content_type: str) -> HttpResponse:
    """Return a file to save under that name."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
