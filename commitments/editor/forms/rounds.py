"""Forms of reporting rounds: to open one, to invite an agency, to decide about an answer."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy

from agencies.models import Agency
from commitments.choices import SourceKind, Status
from commitments.editor.forms.fields import Seen, WholeDayField, words

_LANGUAGE = forms.ChoiceField(
    label=gettext_lazy("Language of the e-mail"), choices=settings.LANGUAGES
)


class ContactForm(forms.Form):
    """The focal point of one agency; an agency without one is not invited."""

    contact = words(gettext_lazy("Name"), most=200, required=False)
    address = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, required=False)

    def clean(self):
        given = [bool(self.cleaned_data.get(name)) for name in ("contact", "address")]
        if any(given) and not all(given) and not self.errors:
            self.add_error(None, gettext("Give a name and an address."))
        return self.cleaned_data


class InviteForm(ContactForm):
    agency = forms.ModelChoiceField(
        label=gettext_lazy("Agency"), queryset=Agency.objects.none(), to_field_name="slug"
    )
    language = _LANGUAGE
    field_order = ["agency", "contact", "address", "language"]

    def __init__(self, data=None, *, agencies, **options):
        super().__init__(data, **options)
        self.fields["agency"].queryset = agencies
        self.fields["contact"].required = self.fields["address"].required = True


class ClosingForm(forms.Form):
    closes_on = WholeDayField(
        label=gettext_lazy("Last day for answers"),
        help_text=gettext_lazy("The links open until this day is over where the plan was made."),
    )


class OpenForm(ClosingForm):
    period_from = WholeDayField(
        label=gettext_lazy("First day of the period"),
        help_text=gettext_lazy("Agencies are asked what was done in the period."),
    )
    period_until = WholeDayField(label=gettext_lazy("Last day of the period"))
    questions = words(
        gettext_lazy("Questions"),
        gettext_lazy(
            "What to answer besides status, work done and next step. It is published with each answer."
        ),
        rows=4,
        required=False,
    )
    language = _LANGUAGE
    field_order = ["period_from", "period_until", "closes_on", "questions", "language"]


class PublishForm(forms.Form):
    seen_version = Seen()
    equivalent = forms.ChoiceField(
        label=gettext_lazy("Nearest of our statuses"),
        help_text=gettext_lazy("Shown beside the agency’s own words, and counted nowhere."),
        choices=[("", gettext_lazy("None is near")), *Status.choices],
        required=False,
    )

    def __init__(self, data=None, *, documents=(), **options):
        super().__init__(data, **options)
        kinds = [("", gettext("Do not add")), *SourceKind.choices]
        for place, document in enumerate(documents):
            self.fields[f"kind_{place}"] = forms.ChoiceField(
                label=gettext("Add “{title}” as").format(title=document["title"]),
                choices=kinds,
                required=False,
            )

    def values(self) -> dict:
        """Return what publish_answer takes."""
        kinds = [value for name, value in self.cleaned_data.items() if name.startswith("kind_")]
        values = {name: self.cleaned_data[name] for name in ("equivalent", "seen_version")}
        return values | {"kinds": kinds}


class SendBackForm(forms.Form):
    seen_version = Seen()
    reason = words(
        gettext_lazy("Why it is sent back"),
        gettext_lazy("The agency reads this. It is not published."),
        rows=3,
    )
