"""View that records a status change, with a preview of the history."""

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
    refusals_beside,
    show,
    status_of,
)
from commitments.editor.forms.fields import PartialDate, as_typed
from commitments.editor.forms.status_changes import Attached, EvidenceForm, RecordForm
from commitments.editor.views.sources import SourcePicker
from commitments.models import StatusChange
from commitments.presenters.history import history
from commitments.querysets.sql import today
from commitments.services.history_rules import terms_of
from commitments.status_rules import history_as_known, step_day
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission, has_permission


@editor_page(Permission.PROPOSE)
def record(request, code):
    commitment = commitment_of(code)
    data, action = request.typed, action_of(request)
    wrong = _wrong_step(commitment, request)
    form = RecordForm(data, initial=_first(commitment, wrong) if data is None else None)
    sources = SourcePicker(request, _evidence_of(wrong))
    if action == "save":
        sources.refuse_half_a_source(form)
        if form.is_valid() and (answer := _submit(request, commitment, form, sources)):
            return answer
    elif data is not None:
        # A preview shows what does not fit beside the history; an unfinished field is not yet an error.
        form = RecordForm(initial=as_typed(RecordForm, data))
    context = _outlook(request, commitment, data, form, sources, wrong)
    context |= {
        "commitment": commitment,
        "form": form,
        "wrong": wrong,
        "added": sources.added,
        "is_back": request.is_back,
        "may_record": has_permission(request.user, Permission.RECORD),
    }
    return show(request, "record", context, status_of(request, form, sources.form))


@editor_page(Permission.RECORD)
def evidence(request, code, seq):
    """Attach more sources to a step that stands, which is no correction of it."""
    commitment = commitment_of(code)
    seen = history_as_known(commitment.steps, commitment.checks)
    step = next((item for item in seen.path if item.seq == seq), None)
    if step is None:
        raise Http404
    data, action = request.typed, action_of(request)
    sources = SourcePicker(request)
    if action == "save":
        form = EvidenceForm(data)
        sources.refuse_half_a_source(form)
        if form.is_valid():
            with refusals_beside(form):
                services.add_evidence(
                    commitment=commitment.code,
                    seq=seq,
                    evidence=sources.chosen,
                    seen_version=form.cleaned_data["seen_version"],
                    actor=request.handle,
                )
                messages.success(request, gettext("The evidence is recorded."))
                return back_to(commitment, "#history")
    else:
        form = EvidenceForm(initial=as_typed(EvidenceForm, data) if data else None)
        form.initial.setdefault("seen_version", commitment.seq)
    context = {
        "commitment": commitment,
        "step": step,
        "form": form,
        "is_back": request.is_back,
        **sources.context(commitment, seen),
    }
    return show(request, "evidence", context, status_of(request, form, sources.form))


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


def _submit(request, commitment, form, sources):
    """Hand the form to the service. Return the answer; None with the refusal or the conflict in the form."""
    values = form.cleaned_data
    with refusals_beside(form, differences=_step_differences(commitment, values)):
        made = services.submit_status_change(
            **_step_of(commitment, values),
            evidence=sources.chosen,
            seen_version=values["seen_version"],
            actor=request.handle,
            may_record=has_permission(request.user, Permission.RECORD),
        )
        if isinstance(made, StatusChange):
            messages.success(request, gettext("Recorded as step {seq}.").format(seq=made.seq))
            return back_to(commitment, "#history")
        messages.success(
            request,
            gettext("Sent to a second editor. Nothing is public until somebody else approves it."),
        )
        return redirect("editor_proposal", number=made.pk)


def _step_of(commitment, values) -> dict:
    """Return the step that a form holds, as services take it."""
    return {
        "commitment": commitment.code,
        "status": values["status"],
        "effective_on": values["effective_on"].day,
        "precision": values["effective_on"].precision,
        "explanation": values["explanation"] or "",
        "correction_reason": values["correction_reason"] or "",
        "corrects": values["corrects"],
    }


def _step_differences(commitment, values):
    last = history_as_known(commitment.steps, ()).path[-1:]
    stands = last[0] if last else None
    since = in_words(commitment.status_since, commitment.status_precision)
    return presenters.differences(
        [
            (
                gettext("Status"),
                statuses.label(commitment.status),
                statuses.label(values["status"]),
            ),
            (gettext("Since"), since, in_words(*values["effective_on"])),
            (gettext("What happened"), stands.explanation if stands else "", values["explanation"]),
        ]
    )


def _outlook(request, commitment, data, form, sources, wrong) -> dict:
    """Return what the typed step would make of the history, and what is in its way; writes nothing."""
    reading = RecordForm(data) if data is not None else form
    if data is not None:
        typed = reading.partial()
    else:
        typed = dict.fromkeys(("status", "explanation", "correction_reason")) | reading.initial
        typed["effective_on"] = reading.initial["effective_on"]
    typed["corrects"] = wrong.seq if wrong else None
    date = typed["effective_on"] or PartialDate(today(), "day")
    day = step_day(*date, commitment.announced_on)
    status = typed["status"] or ""
    seen = history_as_known(commitment.steps, commitment.checks)
    terms = terms_of(commitment)
    before = presenters.status_before(seen.path, day, typed["corrects"])
    context = sources.context(commitment, seen)
    taken = [take for take in context["takes"] if take["is_chosen"]]
    context |= {
        "before": before,
        "day": date,
        "options": presenters.options(before, day, terms, status, correction=wrong is not None),
        "chosen": statuses.RULES[choices.Status(status)] if status else None,
        "chosen_status": status,
        "judgement": presenters.judge(
            status,
            date,
            typed["explanation"],
            [(take["source"], take["note"]) for take in taken],
            commitment.plan.jurisdiction,
            terms,
        ),
        "two_people": services.takes_two_people(
            before, status or before, correction=wrong is not None
        ),
        "problems": [],
        "imagined": None,
        "history": history(commitment, seen),
    }
    if status and typed["effective_on"]:
        context["imagined"] = presenters.preview_history(
            commitment,
            typed,
            [(take["source"], take["locator"]) for take in taken],
            request.handle,
            timezone.now(),
        )
        context["problems"] = validation_problems(request, commitment, typed, sources.chosen)
    return context


def validation_problems(request, commitment, typed, evidence) -> list[str]:
    try:
        services.preview_status_change(
            **_step_of(commitment, typed), evidence=evidence, actor=request.handle
        )
    except ValidationError as error:
        return error.messages
    return []
