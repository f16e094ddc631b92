"""Views that edit the texts, citations and lineage of a commitment."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils.translation import gettext

from commitments import services
from commitments.editor.autocomplete import commitment_meant, source_meant
from commitments.editor.base import (
    action_of,
    back_to,
    commitment_of,
    more_rows,
    refusals_beside,
    show,
    status_of,
)
from commitments.editor.forms.commitments import (
    AgencyFormSet,
    CitationForm,
    EditForm,
    LinkForm,
    RemoveForm,
    agency_choices,
)
from commitments.editor.forms.fields import VersionedForm, as_typed
from commitments.editor.forms.status_changes import UnpublishForm
from commitments.editor.views.sources import SourcePicker
from commitments.models import Proposal
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission


@editor_page(Permission.RECORD)
def edit(request, code):
    commitment = commitment_of(code)
    data, action = request.typed, action_of(request)
    stored = EditForm.initial_of(commitment)
    if action == "save":
        form = EditForm(data, commitment=commitment)
    else:
        # An unfinished form is shown again without complaint.
        first = stored if data is None else as_typed(EditForm, data)
        form = EditForm(commitment=commitment, initial=first)
    owed = [
        {"agency": row.agency.slug, "role": row.role, "place": row.position}
        for row in commitment.owed_by
    ]
    options = {"prefix": "agencies", "form_kwargs": {"agencies": agency_choices()}}
    rows = AgencyFormSet(more_rows(request, data), initial=owed, **options)
    if action == "save" and form.is_valid() and rows.is_valid():
        form.cleaned_data |= {
            "lead_agencies": rows.in_order("lead"),
            "partner_agencies": rows.in_order("partner"),
        }
        with refusals_beside(form, stored):
            saved = services.save_commitment(
                code=commitment.code,
                actor=request.handle,
                **form.values(),
            )
            services.restore_draft(commitment=commitment.code, actor=request.handle)
            same = saved.outcome == "unchanged"
            messages.success(
                request,
                gettext("Nothing was changed.") if same else gettext("The edit is recorded."),
            )
            return back_to(saved.item, "" if same else "#edits")
        if form.conflict and "lead_agencies" in form.conflict["others"]:
            rows = AgencyFormSet(initial=owed, **options)
    context = {
        "commitment": commitment,
        "is_draft": services.is_draft(commitment),
        "form": form,
        "rows": rows,
        "is_back": request.is_back,
        "needs_reason": commitment.is_published,
    }
    status = 409 if form.conflict else 422 if action == "save" else 200
    return show(request, "edit", context, status)


@editor_page(Permission.RECORD)
def delete_draft(request, code):
    """Take a draft off the desk."""
    commitment = commitment_of(code)
    form = VersionedForm(request.typed)
    if action_of(request) == "save" and form.is_valid():
        with refusals_beside(form):
            services.delete_draft(commitment=commitment.code, actor=request.handle)
            words = gettext("Deleted: {title}. To put it back, open its address and save it.")
            messages.success(request, words.format(title=commitment.title))
            return redirect("editor_desk")
    context = {"commitment": commitment, "form": form, "is_draft": services.is_draft(commitment)}
    return show(request, "delete_draft", context, status_of(request, form))


@editor_page(Permission.RECORD)
def unpublish(request, code):
    """Propose to take a commitment off every public surface."""
    commitment = commitment_of(code)
    form = UnpublishForm(request.typed, initial={"seen_version": commitment.seq})
    if action_of(request) == "save" and form.is_valid():
        with refusals_beside(form):
            made = services.submit_unpublishing(
                commitment=commitment.code, actor=request.handle, **form.cleaned_data
            )
            if isinstance(made, Proposal):
                messages.success(
                    request, gettext("Sent to a second editor. It stays public until then.")
                )
                return redirect("editor_proposal", number=made.pk)
            messages.success(request, gettext("Unpublished."))
            return redirect("editor_edit", code=commitment.code)
    context = {
        "commitment": commitment,
        "form": form,
        "two_people": settings.PLANWATCH_TWO_PERSON_RULE,
        "is_back": request.is_back,
    }
    return show(request, "unpublish", context, status_of(request, form))


@editor_page(Permission.RECORD)
def citations(request, code):
    commitment = commitment_of(code)
    rows = {
        "|".join((row.source.slug, row.relation, row.locator)): row for row in commitment.cited_in
    }

    def take_away(key, reason):
        row = rows[key]
        services.delete_citation(
            commitment=commitment.code,
            source=row.source.slug,
            relation=row.relation,
            locator=row.locator,
            reason=reason,
            actor=request.handle,
        )

    sources = SourcePicker(request)

    def add(values):
        return services.add_citations(
            commitment=commitment.code,
            relation=values["relation"],
            places=sources.chosen,
            reason=values["reason"],
            actor=request.handle,
        )

    context = {"commitment": commitment, "rows": rows, **sources.context()}
    return _parts(request, "citations", context, CitationForm, add, take_away, sources)


@editor_page(Permission.RECORD)
def lineage(request, code):
    commitment = commitment_of(code)
    links = commitment.links_to_later.select_related("later", "source")
    rows = {f"{code.upper()}|{row.later.code}|{row.relation}": (row, row.later) for row in links}
    links = commitment.links_to_earlier.select_related("earlier", "source")
    rows |= {
        f"{row.earlier.code}|{code.upper()}|{row.relation}": (row, row.earlier) for row in links
    }

    def take_away(key, reason):
        earlier, later, relation = key.split("|")
        services.delete_link(
            earlier=earlier, later=later, relation=relation, reason=reason, actor=request.handle
        )

    def add(values):
        other = commitment_meant(values.pop("other"), "other")
        ends = (commitment.code, other)
        if values.pop("direction") == "earlier":
            ends = (other, commitment.code)
        values["source"] = values["source"] and source_meant(values["source"], "source")
        try:
            saved = services.save_link(
                earlier=ends[0],
                later=ends[1],
                actor=request.handle,
                is_addition=True,
                **values | {"source": values["source"] or None},
            )
        except ValidationError as error:
            raise _renamed(error, commitment="other", later="other", earlier="other") from error
        return [saved]

    context = {"commitment": commitment, "rows": rows}
    return _parts(request, "lineage", context, LinkForm, add, take_away)


def _renamed(error: ValidationError, **names) -> ValidationError:
    """Return a refusal with the form's names for the service's fields."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError(
        {names.get(key, key): words for key, words in error.message_dict.items()}
    )


def _parts(request, template, context, form_class, add, take_away, sources=None):
    """Answer a page of rows that are added one by one and taken away one by one; either form keeps the other's words."""
    action, data = action_of(request), request.typed
    adding = form_class(data if action == "add" else None, prefix="add", initial=_kept(data, "add"))
    removing = RemoveForm(
        data if action == "remove" else None, prefix="gone", initial=_kept(data, "gone")
    )
    if action == "add" and sources:
        sources.refuse_half_a_source(adding)
    if action == "add" and adding.is_valid():
        with refusals_beside(adding):
            made = add(dict(adding.cleaned_data))
            same = all(saved.outcome == "unchanged" for saved in made)
            words = gettext("It is in the record already.") if same else gettext("Added.")
            messages.success(request, words)
            return redirect(request.path)
    if action == "remove" and removing.is_valid():
        key = removing.cleaned_data["remove"]
        with refusals_beside(removing):
            if key not in context["rows"]:
                raise ValidationError({"remove": gettext("It is gone already.")})
            take_away(key, removing.cleaned_data["reason"])
            messages.success(request, gettext("Taken away. The record keeps it."))
            return redirect(request.path)
    context |= {"adding": adding, "removing": removing, "is_back": request.is_back}
    beside = [sources.form] if sources else []
    return show(request, template, context, status_of(request, adding, removing, *beside))


def _kept(data, prefix) -> dict:
    """Return what was typed in the form that was not sent."""
    start = f"{prefix}-"
    return {
        name.removeprefix(start): value
        for name, value in (data or {}).items()
        if name.startswith(start)
    }
