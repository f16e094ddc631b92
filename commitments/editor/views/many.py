"""Pages that record the same for many commitments of a filtered list: choose them, look at each, record."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext

from commitments import services
from commitments.editor.base import ROWS, action_of, refusals_beside, show, status_of
from commitments.editor.forms.fields import PartialDate, as_typed
from commitments.editor.forms.status_changes import BulkRecordForm, BulkReviewForm
from commitments.editor.views.sources import SourcePicker
from commitments.filter_labels import sentence
from commitments.models import Commitment, StatusChange
from commitments.querysets.sql import today
from commitments.selection import select_commitments
from planwatch.accounts import form_recovery
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission
from planwatch.db.dataset_version import version_for
from planwatch.web.error_views import bad_parameters
from planwatch.web.keyset import page_of
from planwatch.web.query_params import InvalidQuery


@editor_page(Permission.RECORD)
def review_many(request):
    """Record one review for many commitments of a filtered list."""
    form = BulkReviewForm(request.typed, initial=_first(request, "reviewed_on"))

    def write(codes: list[str]) -> str:
        made = services.record_reviews(commitments=codes, actor=request.handle, **form.cleaned_data)
        said = ngettext("{count} review recorded.", "{count} reviews recorded.", len(made))
        return said.format(count=len(made))

    return _many(request, "review_many", form, write, lambda rows: {"rows": rows})


@editor_page(Permission.RECORD)
def record_many(request):
    """Record one step for many commitments of a filtered list, or propose it where that takes two people."""
    sources = SourcePicker(request)
    if request.typed is None or action_of(request) in ("look", "save"):
        form = BulkRecordForm(request.typed, initial=_first(request, "effective_on"))
    else:
        form = BulkRecordForm(initial=as_typed(BulkRecordForm, request.typed))
    if form.is_bound:
        sources.refuse_half_a_source(form)

    def step() -> dict:
        day = form.cleaned_data["effective_on"]
        return {
            "status": form.cleaned_data["status"],
            "effective_on": day.day,
            "precision": day.precision,
            "explanation": form.cleaned_data["explanation"],
            "evidence": sources.chosen,
            "actor": request.handle,
        }

    def write(codes: list[str]) -> str:
        seen = form.cleaned_data["seen_version"]
        made = services.submit_status_changes(commitments=codes, seen_version=seen, **step())
        recorded = sum(isinstance(each, StatusChange) for each in made)
        return gettext("Recorded: {recorded}. Sent to a second editor: {sent}.").format(
            recorded=recorded, sent=len(made) - recorded
        )

    return _many(request, "record_many", form, write, lambda rows: _fitting(rows, step()), sources)


def _fitting(rows, step: dict) -> dict:
    """Say of each commitment what the step would do to it, or why it does not fit; those that fit can be recorded."""
    outcomes = []
    for row in rows:
        try:
            draft = services.preview_status_change(commitment=row.code, **step)
        except ValidationError as error:
            outcomes.append({"item": row, "problems": error.messages})
        else:
            waits = services.takes_two_people(draft.before, draft.change.status)
            outcomes.append({"item": row, "before": draft.before, "waits": waits})
    fitting = [each["item"] for each in outcomes if "before" in each]
    return {"outcomes": outcomes, "rows": fitting, "evidence": step["evidence"]}


def _first(request, day: str) -> dict:
    # Asked before the list is read: what changes after that is a conflict.
    return {
        day: PartialDate(today(), "day"),
        "seen_version": version_for(request).version,
    }


def _many(
    request,
    template: str,
    form,
    write: Callable[[list[str]], str],
    look: Callable[..., dict],
    sources: SourcePicker | None = None,
):
    """Show the list to choose from, then what `look` says of those that were chosen, then `write` and tell what it says."""
    try:
        selection = select_commitments(request.GET)
        rows = selection.queryset.for_list()
        page = page_of(rows, selection.keys, request.GET.get("cursor", ""), ROWS)
    except InvalidQuery as error:
        return bad_parameters(request, error)
    typed, action, query = request.typed, action_of(request), request.GET.urlencode()
    on_page = [row.code for row in page.rows]
    chosen = _chosen(typed, ("codes",) if action == "save" else ("codes", "unfit"))
    if action in ("look", "save") and form.is_valid() and not chosen:
        form.add_error(None, gettext("Choose at least one commitment."))
    if action == "look" and form.is_valid():
        context = look(Commitment.objects.current().filter(code__in=chosen).order_by("code"))
        context |= form.cleaned_data | {"query": query, "carried": _carried(request)}
        return show(request, f"{template}_look", context)
    if action == "save" and form.is_valid():
        with refusals_beside(form):
            messages.success(request, write(chosen))
            return redirect("editor_desk")
    # What was chosen on the page stays in sight, also if it left the list meanwhile.
    strayed = Commitment.objects.current().filter(code__in=set(chosen) - set(on_page))
    count = selection.queryset.count()
    context = {
        "page": page,
        "strayed": strayed.order_by("code")[:ROWS],
        "chosen": set(chosen),
        "form": form,
        "changed": {item["item"].code for item in form.conflict["changed"]}
        if form.conflict
        else (),
        "sentence": sentence(count, selection.chosen, selection.clocks),
        "query": query,
        "is_back": request.is_back,
        **(sources.context() if sources else {}),
    }
    forms = (form, sources.form) if sources else (form,)
    return show(request, template, context, status_of(request, *forms))


def _chosen(typed, names: tuple[str, ...]) -> list[str]:
    """Return the codes that were chosen; those that a look found not to fit are chosen only to be looked at again."""
    if typed is None:
        return []
    return [code for name in names for code in typed.getlist(name) if len(code) < 30]


def _carried(request) -> list[tuple[str, str]]:
    """Return the typed fields that the page of a look sends on, all but the commitments."""
    return [
        row for row in form_recovery.typed_in(request) if row[0] not in ("action", "codes", "unfit")
    ]
