"""View that adds an agency, a section, a theme or a jurisdiction, also on the way of another form."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from commitments import services
from commitments.editor.base import action_of, returned, show, status_of, take_refusal
from commitments.editor.forms.reference_data import FORMS, first_of, key_of
from planwatch.accounts import form_recovery
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission

# What has a page of its own.
ELSEWHERE = {"commitment": "editor_entry_new", "source": "editor_source_new"}


@editor_page(Permission.RECORD)
def new(request, kind):
    if kind in ELSEWHERE:
        return redirect(f"{reverse(ELSEWHERE[kind])}?{request.GET.urlencode()}")
    if kind not in FORMS:
        raise Http404
    back = request.GET.get("back", "")
    aside = form_recovery.aside_at(request, back)
    form = FORMS[kind](request.typed, initial=first_of(kind, aside))
    proposed = form.proposed() if form.is_valid() or form.is_bound else ""
    if action_of(request) == "save" and form.is_valid():
        try:
            item = form.save_through_service(request.handle)
        except ValidationError as error:
            take_refusal(form, error)
        except services.Conflict:
            form.add_error(form.key_field, _("Another one has this name in addresses."))
        else:
            messages.success(request, _("Added: {title}.").format(title=item))
            return returned(request, key_of(item)) or redirect(request.get_full_path())
    if action_of(request) != "save" and form.is_bound:
        form = FORMS[kind](initial=request.typed.dict())
    context = {
        "form": form,
        "proposed": proposed,
        "is_back": request.is_back,
        "is_aside": bool(aside),
        "back": back if aside else reverse("editor_desk"),
    }
    return show(request, "new_row", context, status_of(request, form))
