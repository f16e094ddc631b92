"""Views that list, compare, approve and decline proposals."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext

from commitments import services
from commitments.audit.rendering import name_of
from commitments.editor import presenters
from commitments.editor.base import (
    ROWS,
    action_of,
    back_to,
    commitment_of,
    refusals_beside,
    show,
    status_of,
)
from commitments.editor.forms.fields import PartialDate
from commitments.editor.forms.status_changes import DecideForm
from commitments.editor.views.status_changes import validation_problems
from commitments.models import Proposal, ProposalKind, Source
from commitments.status_rules import history_as_known
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission, has_permission
from planwatch.accounts.rotating_handles import is_by
from planwatch.accounts.signatures import options_for, signature_of
from planwatch.web.error_views import bad_parameters
from planwatch.web.keyset import page_of
from planwatch.web.query_params import InvalidQuery


@editor_page(Permission.PROPOSE)
def proposal_list(request):
    decided = Proposal.objects.exclude(state="waiting").exclude(decided_at=None).for_reading()
    try:
        page = page_of(decided, ("-decided_at", "-id"), request.GET.get("cursor", ""), ROWS)
    except InvalidQuery as error:
        return bad_parameters(request, error)
    context = {
        "waiting": Proposal.objects.waiting().for_reading(),
        "page": page,
        "handle": request.handle,
    }
    return show(request, "proposals", context)


@editor_page(Permission.PROPOSE)
def proposal(request, number):
    item = get_object_or_404(Proposal.objects.for_reading(), pk=number)
    seen = services.version_of(item.subject)
    form = DecideForm(request.typed, initial={"seen_version": seen})
    action = action_of(request)
    is_mine = is_by(item.proposed_by, request.handle)
    if action in ("approve", "decline") and form.is_valid():
        if answer := _decide(request, item, form, action, is_mine):
            return answer
        item = get_object_or_404(Proposal.objects.for_reading(), pk=number)
    is_step = item.kind == ProposalKind.STATUS_CHANGE
    may_decide = has_permission(request.user, Permission.RECORD) and not is_mine
    context = {
        "item": item,
        "form": form,
        "is_mine": is_mine,
        "may_decide": may_decide,
        "to_sign": _to_sign(request, item) if may_decide and item.state == "waiting" else None,
        "is_editor": has_permission(request.user, Permission.RECORD),
        "is_back": request.is_back,
    }
    context |= _step(request, item) if is_step else _other(item)
    template = "proposal" if is_step else "proposal_other"
    return show(request, template, context, status_of(request, form))


def _other(item) -> dict:
    """Return what an unpublishing or an edit of a source would do, beside what stands."""
    payload = item.payload
    rows = [
        (name_of(name), payload["before"][name], value)
        for name, value in payload.get("values", {}).items()
    ]
    return {
        "reason": payload["reason"],
        "differences": presenters.differences(rows),
        "commitment": item.commitment,
    }


def _step(request, item) -> dict:
    """Return what stands, what is proposed, and the history as it would become."""
    commitment = commitment_of(item.commitment.code)
    evidence = services.evidence_of(item)
    sources = {
        row.slug: row for row in Source.objects.filter(slug__in=[e.source for e in evidence])
    }
    attached = [(sources[e.source], e.locator, e.note) for e in evidence if e.source in sources]
    wrong = next((step for step in commitment.steps if step.pk == item.corrects_id), None)
    typed = {
        "status": item.status,
        "effective_on": PartialDate(item.effective_on, item.precision),
        "explanation": item.explanation,
        "correction_reason": item.correction_reason,
        "corrects": wrong.seq if wrong else None,
    }
    is_waiting = item.state == "waiting"
    path = history_as_known(commitment.steps, ()).path
    return {
        "commitment": commitment,
        "attached": attached,
        "wrong": wrong,
        "latest": path[-1] if path else None,
        "problems": validation_problems(request, commitment, typed, evidence) if is_waiting else [],
        "imagined": presenters.preview_history(
            commitment,
            typed,
            [(source, place) for source, place, _ in attached],
            item.proposed_by,
            timezone.now(),
        )
        if is_waiting
        else None,
        "history": [],
    }


def _decide(request, item, form, action, is_mine):
    """Carry out a decision. Return the answer; None with the refusal or the conflict in the form."""
    reason = form.cleaned_data["reason"]
    if action == "approve" or not is_mine:
        _require(request, Permission.RECORD)
    with refusals_beside(form):
        if action == "approve":
            services.approve_proposal(
                proposal=item.pk,
                actor=request.handle,
                seen_version=form.cleaned_data["seen_version"],
                signature=_signature(request, item, form.cleaned_data["credential"]),
            )
            messages.success(request, gettext("Approved and recorded."))
            if item.source:
                return redirect("editor_source", slug=item.source.slug)
            item.commitment.refresh_from_db()
            return back_to(item.commitment, "#history")
        if is_mine and not reason:
            reason = "Withdrawn by the one who proposed it."
        services.decline_proposal(proposal=item.pk, reason=reason, actor=request.handle)
        messages.success(request, gettext("Withdrawn.") if is_mine else gettext("Declined."))
        return redirect("editor_proposals")


def _to_sign(request, item) -> dict | None:
    """Return what the browser needs for a signature; None without a passkey, or where one would join an editor's handles."""
    if settings.PLANWATCH_PRIVATE_EDITORS:
        return None
    return options_for(request.user, services.digest_of(item))


def _signature(request, item, credential) -> dict[str, str] | None:
    if _to_sign(request, item) is None:
        return None
    return signature_of(request.user, services.digest_of(item), credential)


def _require(request, right: Permission) -> None:
    if not has_permission(request.user, right):
        raise PermissionDenied(gettext("Your account may not {label}.").format(label=right.label))
