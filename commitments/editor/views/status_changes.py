"""View that records a status change, with a preview of the history."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from commitments import choices, services, statuses
from commitments.dates import in_words
from commitments.editor import presenters
from commitments.editor.base import (
    action_of,
    back_to,
    commitment_of,
    conflict_of,
    editor_page,
    show,
    take_refusal,
)
from commitments.editor.forms.fields import PartialDate, as_typed
from commitments.editor.forms.status_changes import Attached, EvidenceForm, RecordForm, attached_in
from commitments.editor.views.sources import refuse_half_a_source, source_beside, sources_to_take
from commitments.models import StatusChange
from commitments.presenters.history import history, history_as_known
from commitments.querysets.sql import today
from commitments.services.history_rules import terms_of
from planwatch.accounts.permissions import Permission, has_permission


@editor_page(Permission.PROPOSE)
def record(request, code):
    commitment = commitment_of(code)
    data, action = request.typed, action_of(request)
    wrong = _wrong_step(commitment, request)
    if data is None:
        form, attached = RecordForm(initial=_first(commitment, wrong)), _evidence_of(wrong)
    else:
        form, attached = RecordForm(data), attached_in(data)
    source_form, added = source_beside(request, action)
    if added:
        attached.append(Attached(added.slug, True, "", ""))
    conflict = None
    if action == "save":
        refuse_half_a_source(form, source_form)
        if form.is_valid():
            conflict, answer = _submit(request, commitment, form, attached)
            if answer:
                return answer
    elif data is not None:
        # A preview shows what does not fit beside the history; an unfinished field is not yet an error.
        form = RecordForm(initial=as_typed(RecordForm, data))
    context = _outlook(request, commitment, data, form, attached, wrong)
    context |= {
        "commitment": commitment,
        "form": form,
        "source_form": source_form,
        "adding": bool(source_form.errors) or source_form.has_content,
        "wrong": wrong,
        "conflict": conflict,
        "added": added,
        "is_back": request.is_back,
        "may_record": has_permission(request.user, Permission.RECORD),
    }
    failed = action == "save" or (action == "add_source" and not added)
    return show(request, "record", context, 409 if conflict else 422 if failed else 200)


@editor_page(Permission.RECORD)
def evidence(request, code, seq):
    """Attach more sources to a step that stands, which is no correction of it."""
    commitment = commitment_of(code)
    seen = history_as_known(commitment.steps, commitment.checks)
    step = next((item for item in seen.path if item.seq == seq), None)
    if step is None:
        raise Http404
    data, action, conflict = request.typed, action_of(request), None
    attached = [] if data is None else attached_in(data)
    source_form, added = source_beside(request, action)
    if added:
        attached.append(Attached(added.slug, True, "", ""))
    if action == "save":
        form = EvidenceForm(data)
        refuse_half_a_source(form, source_form)
        if form.is_valid():
            try:
                services.add_evidence(
                    commitment=commitment.code,
                    seq=seq,
                    evidence=[item.as_item() for item in attached if item.is_chosen],
                    seen_version=form.cleaned_data["seen_version"],
                    actor=request.handle,
                )
            except ValidationError as error:
                take_refusal(form, error)
            except services.Conflict as error:
                conflict = conflict_of(form, error)
            else:
                messages.success(request, gettext("The evidence is recorded."))
                return back_to(commitment, "#history")
    else:
        form = EvidenceForm(initial=as_typed(EvidenceForm, data) if data else None)
        form.initial.setdefault("seen_version", commitment.seq)
    context = {
        "commitment": commitment,
        "step": step,
        "form": form,
        "takes": sources_to_take(request, commitment, seen, attached, data),
        "sq": (data or {}).get("sq", ""),
        "source_form": source_form,
        "adding": bool(source_form.errors) or source_form.has_content,
        "conflict": conflict,
        "is_back": request.is_back,
    }
    failed = action == "save" or (action == "add_source" and not added)
    return show(request, "evidence", context, 409 if conflict else 422 if failed else 200)


def _wrong_step(commitment, request):
    """Return the step that is being corrected, or None. Raises Http404 for one that is not there to be corrected."""
    number = (request.typed or request.GET).get("corrects") or request.GET.get("corrects")
    if not number:
        return None
    struck = {step.corrects_id for step in commitment.steps}
    for step in commitment.steps:
        if str(step.seq) == number and step.pk not in struck:
            return step
    if request.typed is None:
        raise Http404
    return None


def _first(commitment, wrong) -> dict:
    """Return what a new form begins with: today, or the step that is to be corrected."""
    if wrong is None:
        day = PartialDate(today(), "day")
        return {"effective_on": day, "seen_version": commitment.seq}
    return {
        "status": wrong.status,
        "effective_on": PartialDate(wrong.effective_on, wrong.precision),
        "corrects": wrong.seq,
        "seen_version": commitment.seq,
    }


def _evidence_of(step) -> list[Attached]:
    if step is None:
        return []
    found, times = [], {}
    for row in step.evidence.all():
        times[row.source.slug] = number = times.get(row.source.slug, 0) + 1
        key = row.source.slug if number == 1 else f"{row.source.slug}~{number}"
        found.append(Attached(key, True, row.locator, row.note))
    return found


def _submit(request, commitment, form, attached):
    """Hand the form to the service. Return (conflict, None), (None, answer), or (None, None) with the form's errors."""
    values = form.cleaned_data
    chosen = [item.as_item() for item in attached if item.is_chosen]
    try:
        made = services.submit_status_change(
            commitment=commitment.code,
            status=values["status"],
            effective_on=values["effective_on"].day,
            precision=values["effective_on"].precision,
            explanation=values["explanation"],
            correction_reason=values["correction_reason"],
            evidence=chosen,
            corrects=values["corrects"],
            seen_version=values["seen_version"],
            actor=request.handle,
            may_record=has_permission(request.user, Permission.RECORD),
        )
    except ValidationError as error:
        take_refusal(form, error)
        return None, None
    except services.Conflict as error:
        return conflict_of(form, error, _step_differences(commitment, values)), None
    if isinstance(made, StatusChange):
        messages.success(request, gettext("Recorded as step {seq}.").format(seq=made.seq))
        return None, back_to(commitment, "#history")
    messages.success(
        request,
        gettext("Sent to a second editor. Nothing is public until somebody else approves it."),
    )
    return None, redirect("editor_proposal", number=made.pk)


def _step_differences(commitment, values):
    last = history_as_known(commitment.steps, ()).path[-1:]
    stands = last[0] if last else None
    return presenters.differences(
        [
            (
                gettext("Status"),
                statuses.label(commitment.status),
                statuses.label(values["status"]),
            ),
            (
                gettext("True from"),
                in_words(commitment.status_since, commitment.status_precision),
                in_words(*values["effective_on"]),
            ),
            (gettext("What happened"), stands.explanation if stands else "", values["explanation"]),
        ]
    )


def _outlook(request, commitment, data, form, attached, wrong) -> dict:
    """Return what the typed step would make of the history, and what is in its way; writes nothing."""
    reading = RecordForm(data) if data is not None else form
    if data is not None:
        typed = reading.partial()
    else:
        typed = dict.fromkeys(("status", "explanation", "correction_reason")) | reading.initial
        typed["effective_on"] = reading.initial["effective_on"]
    typed["corrects"] = wrong.seq if wrong else None
    date = typed["effective_on"] or PartialDate(today(), "day")
    day = statuses.step_day(*date, commitment.announced_on)
    status = typed["status"] or ""
    seen = history_as_known(commitment.steps, commitment.checks)
    terms = terms_of(commitment)
    before = presenters.status_before(seen.path, day, typed["corrects"])
    takes = sources_to_take(request, commitment, seen, attached, data)
    chosen = [(take["source"], take["locator"]) for take in takes if take["is_chosen"]]
    context = {
        "before": before,
        "day": date,
        "options": presenters.options(before, day, terms, status, correction=wrong is not None),
        "chosen": statuses.RULES[choices.Status(status)] if status else None,
        "chosen_status": status,
        "takes": takes,
        "judgement": presenters.judge(
            status,
            date,
            typed["explanation"],
            [(take["source"], take["note"]) for take in takes if take["is_chosen"]],
            terms,
        ),
        "two_people": services.takes_two_people(
            before, status or before, correction=wrong is not None
        ),
        "problems": [],
        "imagined": None,
        "history": history(commitment, seen),
        "sq": (data or {}).get("sq", ""),
    }
    if status and typed["effective_on"]:
        context["imagined"] = presenters.preview_history(
            commitment,
            commitment.steps,
            commitment.checks,
            typed,
            chosen,
            request.handle,
            timezone.now(),
        )
        context["problems"] = validation_problems(request, commitment, typed, attached)
    return context


def validation_problems(request, commitment, typed, attached) -> list[str]:
    try:
        services.preview_status_change(
            commitment=commitment.code,
            status=typed["status"],
            effective_on=typed["effective_on"].day,
            precision=typed["effective_on"].precision,
            explanation=typed["explanation"] or "",
            correction_reason=typed["correction_reason"] or "",
            evidence=[item.as_item() for item in attached if item.is_chosen],
            corrects=typed["corrects"],
            actor=request.handle,
        )
    except ValidationError as error:
        return error.messages
    return []
