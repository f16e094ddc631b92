"""View that adds a commitment with the sources that announce it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from commitments import services
from commitments.editor.base import action_of, back_to, more_rows, returned, show, take_refusal
from commitments.editor.forms.commitments import AgencyFormSet, NewEntryForm, agency_choices
from commitments.editor.forms.fields import as_typed
from commitments.editor.views.sources import SourcePicker
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission

SAVES = ("publish", "draft")


@editor_page(Permission.RECORD)
def entry_new(request):
    data, action = request.typed, action_of(request)
    sources = SourcePicker(request)
    options = {"prefix": "agencies", "form_kwargs": {"agencies": agency_choices()}}
    rows = AgencyFormSet(more_rows(request, data), **options)
    if action in SAVES:
        form = NewEntryForm(data)
        sources.refuse_half_a_source(form)
        if form.is_valid() and rows.is_valid():
            answer = _add(request, form, rows, sources, action == "publish")
            if answer:
                return answer
    else:
        form = NewEntryForm(initial=None if data is None else as_typed(NewEntryForm, data))
    context = {"form": form, "rows": rows, "is_back": request.is_back, **sources.context()}
    if data is not None:
        reading = NewEntryForm(data)
        reading.is_valid()
        context["proposed"] = reading.proposed()
    failed = action in SAVES or sources.is_refused
    return show(request, "entry_new", context, 422 if failed else 200)


def _add(request, form, rows, sources, is_published):
    """Hand the form to the service. Return the answer; None with the refusal in the form."""
    try:
        item = services.save_commitment(
            **form.values(),
            lead_agencies=rows.in_order("lead"),
            partner_agencies=rows.in_order("partner"),
            announced_in=sources.chosen,
            is_published=is_published,
            actor=request.handle,
        ).item
    except ValidationError as error:
        take_refusal(form, error)
        return None
    except services.Conflict:
        form.add_error("code", _("Another commitment has this code."))
        return None
    if is_published:
        messages.success(request, _("Published as %(code)s.") % {"code": item.code})
    else:
        words = _("Kept as a draft with the code %(code)s. Only signed-in people see it.")
        messages.success(request, words % {"code": item.code})
    return returned(request, item.code) or back_to(item)
