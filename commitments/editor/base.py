"""Helpers of the editor: redirects back, and errors and conflicts beside fields."""

import datetime as dt
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from commitments import services
from commitments.audit.rendering import render_entry
from commitments.dates import in_words
from commitments.editor import presenters
from commitments.editor.forms.fields import PartialDate, put
from commitments.models import Commitment
from planwatch.accounts import form_recovery

FOUND = 12
SHORT = 6
ROWS = 50
RECENT = 10


def show(request, template, context, status=200):
    return render(request, f"editor/{template}.html", context, status=status)


def action_of(request) -> str:
    """Return what the pressed button asks; a form that was brought back asks for nothing but to be shown."""
    return request.POST.get("action", "preview") if request.method == "POST" else ""


def status_of(request, *forms) -> int:
    if any(getattr(form, "conflict", None) for form in forms):
        return 409
    return 422 if request.method == "POST" and any(form.errors for form in forms) else 200


def take_refusal(form, error: ValidationError) -> None:
    """Show the refusal of a service beside the fields that it names, with the same words."""
    named = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for name, words in named.items():
        form.add_error(name if name in form.fields else None, words)


@contextmanager
def refusals_beside(form, stored=None, differences=()):
    """Show in a form why a service refused what this block does, or what others changed meanwhile.

    `stored` is what the form would begin with now.
    """
    try:
        yield
    except ValidationError as error:
        take_refusal(form, error)
    except services.Conflict as error:
        form.conflict = _conflict_of(form, error, stored or {}, differences)


def commitment_of(code: str) -> Commitment:
    rows = Commitment.objects.current().with_timeliness(
        timezone.now(), settings.PLANWATCH_STALE_AFTER_DAYS
    )
    return get_object_or_404(rows.for_editing(), code=code.upper())


def back_to(commitment: Commitment, anchor: str = ""):
    """Return to the public page of a commitment, or to its editing page while it has none."""
    if not commitment.is_published:
        return redirect("editor_edit", code=commitment.code)
    return redirect(f"{commitment.get_absolute_url()}{anchor}")


def returned(request, key: str):
    """Lead back to the form from which somebody came to add this row, which now names it; None where there is none."""
    back, field = request.GET.get("back", ""), request.GET.get("into", "")
    aside = form_recovery.aside_at(request, back)
    if not aside:
        return None
    named = form_recovery.put_aside(request, back, field, key)
    if not named and field.startswith("agencies"):
        # Every row of agencies is taken.
        total = int(aside.get("agencies-TOTAL_FORMS", 0))
        form_recovery.put_aside(request, back, "agencies-TOTAL_FORMS", str(total + 1))
        named = form_recovery.put_aside(request, back, f"agencies-{total}-agency", key)
    return redirect(f"{back}#id_{named}")


def _conflict_of(form, error: services.Conflict, stored: dict, differences) -> dict:
    """Return what others changed, and what differs from what was typed; the form may then be saved on top of it.

    Of what only others have changed, `stored` takes the place of what stood in the form, so that saving it again undoes
    nothing.
    """
    if stored:
        differences = _differences(form, stored, error.fields)
    seen = form.cleaned_data["seen_version"]
    form.data = form.data.copy()
    form.data[form.add_prefix("seen_version")] = max(map(services.version_of, error.items))
    for name in error.others & set(stored) & set(form.fields):
        put(form, name, stored[name])
    changed = [
        {"item": item, "since": _changed_since(item, seen)}
        for item in sorted(error.items, key=lambda item: item.natural_key())
    ]
    return {"changed": changed, "differences": differences, "others": error.others}


def _differences(form, stored: dict, names: frozenset[str]) -> list[presenters.Difference]:
    """Return the stored values of these fields where they differ from what was typed."""
    labels = {name: field.label for name, field in form.fields.items()}
    return presenters.differences(
        (
            labels.get(name, name.replace("_", " ").capitalize()),
            plain_value(stored.get(name)),
            plain_value(typed),
        )
        for name, typed in form.cleaned_data.items()
        if name in names
    )


def plain_value(value):
    if isinstance(value, PartialDate):
        return in_words(*value)
    return in_words(value, "day") if isinstance(value, dt.date) else value


def _changed_since(item, seen: int) -> list:
    rows = services.changes_of(item).filter(seq__gt=seen).order_by("seq")
    return [presenters.without_keys(render_entry(row)) for row in rows.for_editors()]


def more_rows(request, data):
    """Return the posted agency rows, with two more where the button for more was pressed."""
    if data is None or action_of(request) != "more":
        return data
    more = data.copy()
    total = data.get("agencies-TOTAL_FORMS", "")
    more["agencies-TOTAL_FORMS"] = str(min(int(total) + 2, 40) if total.isdigit() else 2)
    return more
