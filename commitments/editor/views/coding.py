"""Views of double coding: two people judge the same commitments blind, and a third settles where they differ."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments import services, statuses
from commitments.choices import Status
from commitments.editor.base import action_of, refusals_beside, show, status_of
from commitments.editor.forms.fields import words
from commitments.models import Commitment, DoubleCoding, Plan
from commitments.presenters.evidence import sources_of
from commitments.services.coding import coders_of, cohens_kappa, pairs_of
from commitments.status_rules import history_as_known
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission


class OpenForm(forms.Form):
    plan = forms.ChoiceField(label=_("Plan"))
    commitments = words(
        _("Codes of the commitments"), _("With spaces or line ends between them."), rows=4
    )

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        plans = Plan.objects.values_list("slug", "title")
        self.fields["plan"].choices = [("", _("Choose")), *plans]

    def clean_commitments(self):
        return self.cleaned_data["commitments"].upper().split()


class CodeForm(forms.Form):
    status = forms.ChoiceField(label=_("Status"), choices=Status.choices, widget=forms.RadioSelect)
    note = words(_("Why"), _("What in which source decided it."), rows=3, required=False)


@editor_page(Permission.RECORD)
def double_codings(request):
    form = OpenForm(request.typed)
    if action_of(request) == "save" and form.is_valid():
        with refusals_beside(form):
            made = services.open_double_coding(**form.cleaned_data, actor=request.handle)
            return redirect("editor_coding", number=made.pk)
    rows = DoubleCoding.objects.select_related("plan")
    return show(request, "codings", {"form": form, "rows": rows}, status_of(request, form))


@editor_page(Permission.RECORD)
def double_coding(request, number):
    """Show one's own judgments; both, and how far they agree, once both have coded all."""
    item = get_object_or_404(DoubleCoding.objects.select_related("plan"), pk=number)
    pairs = pairs_of(item)
    codings = list(item.codings.all())
    coders = coders_of(codings)
    own = {row.commitment_id: row for row in codings if row.coder == request.handle}
    settled = {row.commitment_id: row for row in codings if row.is_settlement}
    rows = [
        {
            "commitment": row,
            "own": own.get(row.pk),
            "pair": pairs and pairs[row.pk],
            "differs": pairs and pairs[row.pk][0].status != pairs[row.pk][1].status,
            "settled": settled.get(row.pk),
        }
        for row in item.commitments.order_by("code")
    ]
    said = [(one.status, other.status) for one, other in (pairs or {}).values()]
    agreed = sum(one == other for one, other in said)
    kappa = cohens_kappa(said)
    context = {
        "item": item,
        "rows": rows,
        "coders": coders,
        "is_coder": request.handle in coders,
        "may_code": pairs is None and (request.handle in coders or len(coders) < 2),
        "pairs": pairs,
        "agreed": agreed,
        "percent": round(100 * agreed / len(said)) if said else None,
        "kappa": kappa,
        "done": {name: sum(row.coder == name for row in codings) for name in coders},
        "differing": sum(bool(row["differs"]) for row in rows),
    }
    return show(request, "coding", context)


@editor_page(Permission.RECORD)
def code_one(request, number, code):
    """Ask for the status that one person finds right, with the sources and without what anybody else said."""
    item = get_object_or_404(DoubleCoding.objects.select_related("plan"), pk=number)
    get_object_or_404(item.commitments, code=code.upper())
    commitment = Commitment.objects.current().for_editing().get(code=code.upper())
    own = item.codings.filter(commitment=commitment, coder=request.handle).first()
    first = {"status": own.status, "note": own.note} if own else None
    form = CodeForm(request.typed, initial=first)
    if action_of(request) == "save" and form.is_valid():
        with refusals_beside(form):
            services.save_coding(
                double_coding=item.pk,
                commitment=commitment.code,
                actor=request.handle,
                **form.cleaned_data,
            )
            messages.success(request, gettext("Coded: {title}.").format(title=commitment.title))
            return redirect("editor_coding", number=item.pk)
    seen = history_as_known(commitment.steps, commitment.checks)
    pairs = pairs_of(item)
    context = {
        "item": item,
        "commitment": commitment,
        "form": form,
        "rules": [(status.value, statuses.RULES[status]) for status in Status],
        "sources": sources_of(commitment, seen),
        "pair": pairs and pairs[commitment.pk],
        "is_back": request.is_back,
    }
    return show(request, "code", context, status_of(request, form))
