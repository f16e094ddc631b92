"""Reviews, of one commitment and of many."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect

from commitments import presenting, services
from commitments.editor_views.changes import conflict_of
from commitments.editor_views.shared import (
    ROWS,
    action_of,
    back_to,
    commitment_of,
    editor_page,
    show,
    status_of,
    take_refusal,
)
from commitments.filters import select
from commitments.forms import (
    BulkReviewForm,
    PartialDate,
    ReviewForm,
)
from commitments.models import Commitment
from commitments.querysets import today
from planwatch.errors import BadParameters
from planwatch.paging import page_of
from planwatch.roles import Right
from planwatch.views import bad_parameters


@editor_page(Right.RECORD)
def review(request, code):
    commitment = commitment_of(code)
    initial = {"reviewed_on": PartialDate(today(), "day"), "seen_version": commitment.seq}
    form, conflict = ReviewForm(request.typed, initial=initial), None
    if action_of(request) and form.is_valid():
        values = form.cleaned_data
        try:
            services.record_review(commitment=commitment.code, actor=request.handle, **values)
        except ValidationError as error:
            take_refusal(form, error)
        except services.Conflict as error:
            conflict = conflict_of(form, error.commitment, [])
        else:
            messages.success(request, "The check is recorded.")
            return back_to(commitment, "#history")
    context = {
        "commitment": commitment,
        "form": form,
        "conflict": conflict,
        "history": presenting.history(
            commitment, presenting.known(commitment.steps, commitment.checks)
        ),
        "sources": presenting.sources_of(
            commitment, presenting.known(commitment.steps, commitment.checks)
        ),
        "is_back": request.is_back,
    }
    return show(request, "review", context, 409 if conflict else status_of(request, form))


@editor_page(Right.RECORD)
def review_many(request):
    """Record one check for many commitments of a filtered list."""
    try:
        selection = select(request.GET)
        rows = selection.queryset.for_list()
        page = page_of(rows, selection.keys, request.GET.get("cursor", ""), ROWS)
    except BadParameters as error:
        return bad_parameters(request, error)
    typed = request.typed
    form = BulkReviewForm(typed, initial={"reviewed_on": PartialDate(today(), "day")})
    on_page = [row.code for row in page.rows]
    chosen = on_page if typed is None else [c for c in typed.getlist("codes") if len(c) < 30]
    if action_of(request) and form.is_valid():
        try:
            made = services.record_reviews(
                commitments=chosen, actor=request.handle, **form.cleaned_data
            )
        except ValidationError as error:
            take_refusal(form, error)
        else:
            plural = "" if len(made) == 1 else "s"
            messages.success(request, f"{len(made)} check{plural} recorded.")
            return redirect("editor_desk")
    # What was chosen on the page stays in sight, also if it left the list meanwhile.
    strayed = Commitment.objects.current().filter(code__in=set(chosen) - set(on_page))
    context = {
        "page": page,
        "strayed": strayed.order_by("code")[:ROWS],
        "chosen": set(chosen),
        "form": form,
        "count": selection.queryset.count(),
        "conditions": presenting.conditions(selection.chosen),
        "query": request.GET.urlencode(),
        "is_back": request.is_back,
    }
    return show(request, "review_many", context, status_of(request, form))
