"""Forms for subscribing and managing subscriptions."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from commitments.choices import Frequency


class HearingForm(forms.Form):
    """How often, and in which language."""

    rhythm = forms.ChoiceField(choices=Frequency.choices, label=gettext_lazy("How often"))
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=gettext_lazy("Language"))


class FollowForm(HearingForm):
    address = forms.EmailField(
        max_length=254,
        label=gettext_lazy("E-mail address"),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    field_order = ("address", "rhythm", "language")
