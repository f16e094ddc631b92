"""Forms for a document that somebody found: its address, then what it is about and what is to become of it."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments.choices import Bearing
from commitments.editor.autocomplete import commitment_meant
from commitments.editor.forms.fields import PartialDateField, words
from commitments.models import CitationRelation, QueueOutcome

REPORTING = [CitationRelation.REPORTS, CitationRelation.RESTATES, CitationRelation.ANNOUNCES]


class AddressForm(forms.Form):
    url = words(_("Address of the document"), most=500)


class FoundForm(forms.Form):
    """What an editor confirms about a document; the document itself is a NewSourceForm, or in the record already."""

    codes = forms.MultipleChoiceField(required=False, label=_("Commitments"))
    more = words(
        _("Another commitment"),
        _("Its code, or words of its title that it alone has."),
        required=False,
    )
    outcome = forms.ChoiceField(
        label=_("What to do with it"),
        choices=[
            (QueueOutcome.SOURCE, _("Add it to the sources, nothing more")),
            (QueueOutcome.RECORD, _("Record a status change that it shows")),
            (QueueOutcome.LINK, _("Cite it")),
            (
                QueueOutcome.DEVELOPMENT,
                _("Record a development: it reports something, proves no step"),
            ),
        ],
        initial=QueueOutcome.SOURCE,
        widget=forms.RadioSelect,
    )
    locator = words(_("Where in it"), _("Paragraph, page or section."), most=200, required=False)
    relation = forms.ChoiceField(
        label=_("Cite it: what it does"),
        choices=[(item.value, item.label) for item in REPORTING],
        required=False,
    )
    bearing = forms.ChoiceField(
        label=_("Development: how it bears on the commitments"),
        choices=[("", _("Choose")), *Bearing.choices],
        required=False,
    )
    sentence = words(
        _("Development: what it reports"),
        _("One sentence, in neutral words."),
        most=300,
        required=False,
    )
    reported_on = PartialDateField(
        label=_("Development: reported on"),
        help_text=_("Empty: the day of the document."),
        required=False,
    )
    reason = words(
        _("Reason for this edit"), _("Readers see this beside the change."), required=False
    )

    def __init__(self, data=None, *, offered=(), **options):
        super().__init__(data, **options)
        chosen = self.data.getlist("codes") if data is not None else []
        codes = dict.fromkeys([*(row.code for row in offered), *chosen])
        self.fields["codes"].choices = [(code, code) for code in codes]

    def clean(self):
        cleaned = super().clean()
        more = cleaned.get("more")
        if more:
            try:
                more = commitment_meant(more, "more")
            except forms.ValidationError as error:
                self.add_error(None, error)
        codes = list(dict.fromkeys([*cleaned.get("codes", ()), *([more] if more else [])]))
        cleaned["codes"] = codes
        outcome = cleaned.get("outcome")
        if outcome != QueueOutcome.SOURCE and not codes:
            self.add_error("codes", gettext("Choose the commitments that it concerns."))
        if outcome == QueueOutcome.RECORD and len(codes) > 1:
            self.add_error("codes", gettext("A status change is of one commitment. Choose one."))
        for name, outcomes in (
            ("locator", (QueueOutcome.LINK, QueueOutcome.DEVELOPMENT)),
            ("bearing", (QueueOutcome.DEVELOPMENT,)),
            ("sentence", (QueueOutcome.DEVELOPMENT,)),
        ):
            if outcome in outcomes and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, gettext("This is needed here."))
        return cleaned
