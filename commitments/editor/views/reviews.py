"""Views that record and retract a review of one commitment."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from commitments import services
from commitments.editor.autocomplete import source_meant
from commitments.editor.base import (
    action_of,
    back_to,
    commitment_of,
    refusals_beside,
    show,
    status_of,
)
from commitments.editor.forms.fields import PartialDate
from commitments.editor.forms.status_changes import RetractForm, ReviewForm
from commitments.models import Review
from commitments.presenters.evidence import sources_of
from commitments.presenters.history import history
from commitments.querysets.sql import today
from commitments.status_rules import history_as_known
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission


@editor_page(Permission.RECORD)
def review(request, code):
    commitment = commitment_of(code)
    initial = {"reviewed_on": PartialDate(today(), "day"), "seen_version": commitment.seq}
    form = ReviewForm(request.typed, initial=initial)
    if action_of(request) == "save" and form.is_valid():
        values = form.cleaned_data
        with refusals_beside(form):
            named = values["source"] and source_meant(values["source"], "source")
            services.record_review(
                commitment=commitment.code, actor=request.handle, **values | {"source": named}
            )
            messages.success(request, gettext("Review recorded."))
            return back_to(commitment, "#history")
    seen = history_as_known(commitment.steps, commitment.checks)
    context = {
        "commitment": commitment,
        "form": form,
        "history": history(commitment, seen),
        "suggestions": [
            (item.source.slug, item.source.title) for item in sources_of(commitment, seen)
        ],
        "is_back": request.is_back,
    }
    return show(request, "review", context, status_of(request, form))


@editor_page(Permission.RECORD)
def retract(request, number):
    """Take back a review of one's own, within a day."""
    item = get_object_or_404(Review.objects.select_related("commitment"), pk=number)
    form = RetractForm(request.typed)
    if action_of(request) == "save" and form.is_valid():
        with refusals_beside(form):
            services.retract_review(review=number, actor=request.handle, **form.cleaned_data)
            messages.success(
                request, gettext("The review is retracted. It stays visible, struck through.")
            )
            return back_to(item.commitment, "#history")
    context = {
        "commitment": item.commitment,
        "review": item,
        "form": form,
        "is_back": request.is_back,
    }
    return show(request, "retract", context, status_of(request, form))
