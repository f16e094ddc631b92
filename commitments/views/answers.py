"""Pages of focal points: the link from an invitation is the permission to answer for one agency."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments import services
from commitments.models import AnswerState, RoundAnswer
from commitments.pages import address_of, invited_page
from commitments.presenters.rounds import asked_of
from commitments.services.rounds import DOCUMENT, MOST_DOCUMENTS
from planwatch.web.text import LONGEST_TEXT


class DocumentForm(forms.Form):
    address = forms.CharField(label=_("Address"), max_length=500, required=False)
    title = forms.CharField(label=_("Title"), max_length=300, required=False)
    day = forms.CharField(label=_("Published on, as 2024-02-14"), max_length=10, required=False)
    place = forms.CharField(label=_("Where in it, such as page 4"), max_length=200, required=False)


Documents = forms.formset_factory(
    DocumentForm, extra=2, max_num=MOST_DOCUMENTS, absolute_max=MOST_DOCUMENTS
)


def _long(label, note="", rows=4):
    return forms.CharField(
        label=label,
        help_text=note,
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": rows}),
    )


class AnswerForm(forms.Form):
    wording = forms.CharField(
        label=_("Status, in your own words"),
        help_text=_("As your agency puts it: “on track”, “completed in May”."),
        max_length=200,
        required=False,
    )
    done = _long(_("What was done in the period"))
    next_step = _long(_("Next step"), rows=2)
    validated_by = forms.CharField(
        label=_("Who validated this answer"),
        help_text=_("Name and office, where your agency names one. It is not published."),
        max_length=200,
        required=False,
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


@invited_page
def answers(request, invitation):
    """List the commitments of the agency, and submit every draft at once."""
    problems = []
    if request.method == "POST":
        problems = _submit_drafts(invitation)
        if not problems:
            messages.success(request, gettext("Submitted. The editors read your answers now."))
            return redirect(address_of("round_answers", request))
    rows = asked_of(invitation, invitation.commitments())
    context = {
        "invitation": invitation,
        "item": invitation.reporting_round,
        "rows": [
            (row, address_of("round_form", request, code=row.commitment.code)) for row in rows
        ],
        "drafts": sum(row.is_draft for row in rows),
        "problems": problems,
        "sheet": address_of("round_sheet", request),
    }
    return render(request, "rounds/answers.html", context, status=422 if problems else 200)


def _submit_drafts(invitation) -> list[str]:
    """Submit all drafts or none; return what is missing, by commitment."""
    problems = []
    with transaction.atomic():
        drafts = invitation.answers.filter(state=AnswerState.DRAFT).select_related("commitment")
        for row in drafts:
            code = row.commitment.code
            try:
                services.save_answer(invitation=invitation, commitment=code, submit=True)
            except ValidationError as error:
                problems.append(f"{code}: {error.messages[0]}")
        transaction.set_rollback(bool(problems))
    return problems


@invited_page
def answer_form(request, invitation, code):
    """Ask for the answer on one commitment; a draft may be as unfinished as it is."""
    commitment = invitation.commitments().current().filter(code=code.upper()).first()
    if commitment is None:
        raise Http404
    stored = RoundAnswer.objects.filter(invitation=invitation, commitment=commitment).first()
    row = stored or RoundAnswer(invitation=invitation, commitment=commitment)
    names = ("wording", "done", "next_step", "validated_by")
    first = {name: getattr(row, name) for name in names} | {"seen_version": row.version}
    data = request.POST if request.method == "POST" else None
    form = AnswerForm(data, initial=first)
    documents = Documents(data, initial=row.documents, prefix="documents")
    conflict = None
    if data is not None and form.is_valid() and documents.is_valid():
        named = [each for each in documents.cleaned_data if any(map(each.get, DOCUMENT))]
        is_submitted = data.get("action") == "submit"
        values = form.cleaned_data | {"documents": named}
        try:
            services.save_answer(
                invitation=invitation, commitment=commitment.code, submit=is_submitted, **values
            )
        except ValidationError as error:
            _take_refusal(form, error)
        except services.Conflict:
            # What was typed stays; sent again it takes the place of what is stored.
            conflict, form.data = row, form.data.copy()
            form.data["seen_version"] = row.version
        else:
            words = gettext("Submitted.") if is_submitted else gettext("Saved as a draft.")
            messages.success(request, f"{commitment.code}: {words}")
            return redirect(address_of("round_answers", request))
    context = {
        "invitation": invitation,
        "commitment": commitment,
        "row": row,
        "form": form,
        "documents": documents,
        "conflict": conflict,
        "back": address_of("round_answers", request),
    }
    status = 409 if conflict else 200 if data is None else 422
    return render(request, "rounds/answer.html", context, status=status)


def _take_refusal(form, error: ValidationError) -> None:
    named = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for name, words in named.items():
        form.add_error(name if name in form.fields else None, words)
