"""Views that edit the texts, citations and lineage of a commitment."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils.translation import gettext

from commitments import services
from commitments.editor import presenters
from commitments.editor.autocomplete import commitment_meant, source_meant
from commitments.editor.base import (
    action_of,
    back_to,
    commitment_of,
    conflict_of,
    editor_page,
    more_rows,
    show,
    status_of,
    take_refusal,
)
from commitments.editor.forms.commitments import (
    AgencyFormSet,
    CitationForm,
    EditForm,
    LinkForm,
    RemoveForm,
    agency_choices,
)
from commitments.editor.forms.fields import as_typed
from commitments.editor.forms.status_changes import Attached, UnpublishForm, attached_in
from commitments.editor.views.sources import HALF_A_SOURCE, source_beside, sources_to_take
from commitments.models import Proposal
from planwatch.accounts.permissions import Permission


@editor_page(Permission.RECORD)
def edit(request, code):
    commitment = commitment_of(code)
    data, action, conflict = request.typed, action_of(request), None
    if action == "save":
        form = EditForm(data, commitment=commitment)
    else:
        # An unfinished form is shown again without complaint.
        first = EditForm.initial_of(commitment) if data is None else as_typed(EditForm, data)
        form = EditForm(commitment=commitment, initial=first)
    owed = [
        {"agency": row.agency.slug, "role": row.role, "place": row.position}
        for row in commitment.owed_by
    ]
    options = {"prefix": "agencies", "form_kwargs": {"agencies": agency_choices()}}
    rows = AgencyFormSet(more_rows(request, data), initial=owed, **options)
    if action == "save" and form.is_valid() and rows.is_valid():
        values = form.values() | {
            "lead_agencies": rows.in_order("lead"),
            "partner_agencies": rows.in_order("partner"),
        }
        try:
            saved = services.save_commitment(
                code=commitment.code,
                plan=commitment.plan.slug,
                announced_on=commitment.announced_on,
                actor=request.handle,
                **values,
            )
        except ValidationError as error:
            take_refusal(form, error)
        except services.Conflict as error:
            differences = _edit_differences(commitment, values, error.fields)
            conflict = conflict_of(form, error, differences, EditForm.initial_of(commitment))
            if "lead_agencies" in error.others:
                rows = AgencyFormSet(initial=owed, **options)
        else:
            same = saved.outcome == "unchanged"
            messages.success(
                request,
                gettext("Nothing was changed.") if same else gettext("The edit is recorded."),
            )
            return back_to(saved.item, "" if same else "#edits")
    context = {
        "commitment": commitment,
        "form": form,
        "rows": rows,
        "conflict": conflict,
        "is_back": request.is_back,
        "needs_reason": commitment.is_published,
    }
    failed = action == "save" and not conflict
    return show(request, "edit", context, 409 if conflict else 422 if failed else 200)


def _edit_differences(commitment, values, names):
    now = _texts_of(commitment)
    pairs = [
        (_label_of(name), now.get(name), _plain_value(values[name]))
        for name in values
        if name in names
    ]
    return presenters.differences(pairs)


def _label_of(name: str) -> str:
    field = EditForm.base_fields.get(name)
    return str(field.label) if field else name.replace("_", " ").capitalize()


def _texts_of(commitment) -> dict:
    """Return a commitment's texts as the form names them."""
    names = ("title", "summary", "kind", "pillar_basis", "due_precision", "target", "plan_number")
    return {name: getattr(commitment, name) for name in names} | {
        "lead_note": commitment.lead_note,
        "note": commitment.note,
        "is_published": commitment.is_published,
        "due_on": _plain_value(commitment.due_on),
        "pillar": commitment.pillar.slug,
        "objective": commitment.objective.key if commitment.objective else None,
        "lead_agencies": [row.agency.slug for row in commitment.owed_by if row.role == "lead"],
        "partner_agencies": [
            row.agency.slug for row in commitment.owed_by if row.role == "partner"
        ],
    }


def _plain_value(value):
    return value.isoformat() if isinstance(value, dt.date) else value


@editor_page(Permission.RECORD)
def unpublish(request, code):
    """Propose to take a commitment off every public surface."""
    commitment = commitment_of(code)
    form = UnpublishForm(request.typed, initial={"seen_version": commitment.seq})
    conflict = None
    if action_of(request) and form.is_valid():
        try:
            made = services.submit_unpublishing(
                commitment=commitment.code, actor=request.handle, **form.cleaned_data
            )
        except ValidationError as error:
            take_refusal(form, error)
        except services.Conflict as error:
            conflict = conflict_of(form, error)
        else:
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
        "conflict": conflict,
        "two_people": settings.PLANWATCH_TWO_PERSON_RULE,
        "is_back": request.is_back,
    }
    return show(request, "unpublish", context, 409 if conflict else status_of(request, form))


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

    data, action = request.typed, action_of(request)
    attached = [] if data is None else attached_in(data)
    source_form, added = source_beside(request, action)
    if added:
        attached.append(Attached(added.slug, True, "", ""))

    def add(values):
        if source_form.has_content:
            raise ValidationError(HALF_A_SOURCE)
        return services.add_citations(
            commitment=commitment.code,
            relation=values["relation"],
            places=[item.as_item() for item in attached if item.is_chosen],
            reason=values["reason"],
            actor=request.handle,
        )

    context = {
        "commitment": commitment,
        "rows": rows,
        "takes": sources_to_take(request, None, None, attached, data),
        "sq": (data or {}).get("sq", ""),
        "source_form": source_form,
        "adding_source": bool(source_form.errors) or source_form.has_content,
    }
    return _parts(request, "citations", context, CitationForm, add, take_away, source_form)


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


def _parts(request, template, context, form_class, add, take_away, *beside):
    """Answer a page of rows that are added one by one and taken away one by one; either form keeps the other's words."""
    action, data = action_of(request), request.typed
    adding = form_class(data if action == "add" else None, prefix="add", initial=_kept(data, "add"))
    removing = RemoveForm(
        data if action == "remove" else None, prefix="gone", initial=_kept(data, "gone")
    )
    if action == "add" and adding.is_valid():
        try:
            made = add(dict(adding.cleaned_data))
        except ValidationError as error:
            take_refusal(adding, error)
        else:
            same = all(saved.outcome == "unchanged" for saved in made)
            words = gettext("It is in the record already.") if same else gettext("Added.")
            messages.success(request, words)
            return redirect(request.path)
    if action == "remove" and removing.is_valid():
        key = removing.cleaned_data["remove"]
        try:
            if key not in context["rows"]:
                raise ValidationError({"remove": gettext("It is gone already.")})
            take_away(key, removing.cleaned_data["reason"])
        except ValidationError as error:
            take_refusal(removing, error)
        else:
            messages.success(request, gettext("Taken away. The record keeps it."))
            return redirect(request.path)
    context |= {"adding": adding, "removing": removing, "is_back": request.is_back}
    return show(request, template, context, status_of(request, adding, removing, *beside))


def _kept(data, prefix) -> dict:
    """Return what was typed in the form that was not sent."""
    start = f"{prefix}-"
    return {
        name.removeprefix(start): value
        for name, value in (data or {}).items()
        if name.startswith(start)
    }
