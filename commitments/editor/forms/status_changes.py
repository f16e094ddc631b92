"""Forms of status changes and their evidence, of reviews, and of decisions about proposals."""

from typing import NamedTuple

from django import forms
from django.utils.translation import gettext, gettext_lazy

from commitments.choices import Status
from commitments.editor.forms.fields import PartialDateField, VersionedForm, WholeDayField, words
from commitments.services import EvidenceItem

MOST_EVIDENCE = 30


class RecordForm(VersionedForm):
    """One step of a status: the evidence is read by `Evidence` below."""

    status = forms.ChoiceField(
        choices=Status.choices, error_messages={"required": gettext_lazy("Choose the new status.")}
    )
    effective_on = PartialDateField(label=gettext_lazy("Since"))
    explanation = words(
        gettext_lazy("What happened"),
        gettext_lazy(
            "Two or three plain sentences. Say who did what and when. If it is disputed, give "
            "both sides."
        ),
        rows=5,
        required=False,
    )
    correction_reason = words(
        gettext_lazy("Why the step was wrong"),
        gettext_lazy("Readers see this reason beside the struck step."),
        rows=3,
        required=False,
    )
    corrects = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    sq = forms.CharField(required=False)
    evidence = forms.Field(required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("corrects") and not cleaned.get("correction_reason"):
            self.add_error(
                "correction_reason", gettext("A correction needs a public reason. Say why.")
            )
        return cleaned

    def partial(self) -> dict:
        """Return what can be read of an unfinished form."""
        self.is_valid()
        return {
            name: self.cleaned_data.get(name)
            for name in ("status", "effective_on", "explanation", "correction_reason", "corrects")
        }


class Attached(NamedTuple):
    """One source beside the form: `key` names its fields; a second place in a source is `slug~2`."""

    key: str
    is_chosen: bool
    locator: str
    note: str

    @property
    def slug(self) -> str:
        return self.key.partition("~")[0]

    def as_item(self) -> EvidenceItem:
        return EvidenceItem(self.slug, self.locator, self.note)


def attached_in(data) -> list[Attached]:
    """Read the chosen sources, and where in them, from a posted form; also what was typed beside others."""
    chosen = list(dict.fromkeys(data.getlist("evidence")))[:MOST_EVIDENCE]
    beside = [
        name.removeprefix("locator-")
        for name in data
        if name.startswith(("locator-", "note-")) and _plain(data.get(name))
    ]
    keys = dict.fromkeys([*chosen, *(key.removeprefix("note-") for key in beside)])
    return [
        Attached(
            key,
            key in chosen,
            _plain(data.get(f"locator-{key}", "")),
            _plain(data.get(f"note-{key}", "")),
        )
        for key in list(keys)[: 2 * MOST_EVIDENCE]
    ]


def _plain(text: str) -> str:
    return text.replace("\0", "").strip()


class EvidenceForm(VersionedForm):
    """More evidence for a step that stands: read by `attached_in`."""

    evidence = forms.Field(required=False, label=gettext_lazy("Evidence"))
    sq = forms.CharField(required=False)


class ReviewForm(VersionedForm):
    reviewed_on = WholeDayField(label=gettext_lazy("Reviewed on"))
    note = words(
        gettext_lazy("What was looked for, and what was found"),
        gettext_lazy(
            "Readers see this. Say where you looked, so that others need not look there again."
        ),
        rows=3,
    )
    source = words(
        gettext_lazy("A document that shows the unchanged state"),
        gettext_lazy("If there is one: words of its title or address, or its short name."),
        required=False,
    )
    locator = words(
        gettext_lazy("Where in it"),
        gettext_lazy("Paragraph, page or section."),
        most=200,
        required=False,
    )


class BulkReviewForm(VersionedForm):
    reviewed_on = WholeDayField(label=gettext_lazy("Reviewed on"))
    note = ReviewForm.base_fields["note"]


class BulkRecordForm(EvidenceForm):
    """The same step for many commitments, none of them a correction."""

    status = forms.ChoiceField(
        label=gettext_lazy("New status"),
        choices=[
            ("", gettext_lazy("Choose")),
            # Back to this one leads a correction alone.
            *(each for each in Status.choices if each[0] != Status.NO_EVIDENCE),
        ],
        error_messages=RecordForm.base_fields["status"].error_messages,
    )
    effective_on = RecordForm.base_fields["effective_on"]
    explanation = RecordForm.base_fields["explanation"]


class UnpublishForm(VersionedForm):
    reason = words(
        gettext_lazy("Reason"),
        gettext_lazy("Readers who come to its address see this in its place."),
        rows=3,
    )


class RetractForm(forms.Form):
    reason = words(
        gettext_lazy("Reason"), gettext_lazy("Readers see this beside the review."), rows=2
    )


class DecideForm(VersionedForm):
    credential = forms.JSONField(required=False, widget=forms.HiddenInput)
    reason = words(gettext_lazy("Reason"), rows=3, required=False)
