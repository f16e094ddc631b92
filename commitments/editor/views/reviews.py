"""Views that record reviews of one commitment or of many."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext, ngettext

from commitments import services
from commitments.editor.autocomplete import source_meant
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
from commitments.editor.forms.status_changes import BulkReviewForm, RetractForm, ReviewForm
from commitments.filter_labels import sentence
from commitments.models import Commitment, Review
from commitments.presenters.evidence import sources_of
from commitments.presenters.history import history
from commitments.querysets.sql import today
from commitments.selection import select_commitments
from commitments.status_rules import history_as_known
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission
from planwatch.db.dataset_version import version_for
from planwatch.web.error_views import bad_parameters
from planwatch.web.keyset import page_of
from planwatch.web.query_params import InvalidQuery


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
def review_many(request):
    """Record one check for many commitments of a filtered list."""
    # Asked before the list is read: what changes after that is a conflict.
    initial = {
        "reviewed_on": PartialDate(today(), "day"),
        "seen_version": version_for(request).version,
    }
    try:
        selection = select_commitments(request.GET)
        rows = selection.queryset.for_list()
        page = page_of(rows, selection.keys, request.GET.get("cursor", ""), ROWS)
    except InvalidQuery as error:
        return bad_parameters(request, error)
    typed = request.typed
    form = BulkReviewForm(typed, initial=initial)
    on_page = [row.code for row in page.rows]
    chosen = [] if typed is None else [c for c in typed.getlist("codes") if len(c) < 30]
    action = action_of(request)
    if action in ("look", "save") and form.is_valid() and not chosen:
        form.add_error(None, gettext("Choose at least one commitment."))
    if action == "look" and form.is_valid():
        return _look(request, form, chosen)
    if action == "save" and form.is_valid():
        with refusals_beside(form):
            made = services.record_reviews(
                commitments=chosen, actor=request.handle, **form.cleaned_data
            )
            said = ngettext("{count} review recorded.", "{count} reviews recorded.", len(made))
            messages.success(request, said.format(count=len(made)))
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
        "query": request.GET.urlencode(),
        "is_back": request.is_back,
    }
    return show(request, "review_many", context, status_of(request, form))


def _look(request, form, codes):
    """Show what would be recorded, commitment by commitment, before anything is."""
    rows = Commitment.objects.current().filter(code__in=codes).order_by("code")
    context = {"form": form, "rows": rows, **form.cleaned_data, "query": request.GET.urlencode()}
    return show(request, "review_many_look", context)


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
