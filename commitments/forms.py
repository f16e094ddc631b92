"""The shape of what editors type. Rules stand in statuses and services; here only words become values."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django import forms
from django.utils.text import slugify

from agencies.models import Agency
from commitments.models import (
    AgencyRole,
    Basis,
    CitationRelation,
    Commitment,
    CommitmentKind,
    LinkRelation,
    Objective,
    Pillar,
    Source,
    SourceKind,
)
from commitments.services import EvidenceItem
from commitments.statuses import Origin, Precision, Status, months_from

MONTHS = [
    ("", "Not known"),
    *((str(number), dt.date(2000, number, 1).strftime("%B")) for number in range(1, 13)),
]
MOST_EVIDENCE = 30
LONGEST = 10_000


class PartialDate(NamedTuple):
    """A day, with no more precision than was typed."""

    day: dt.date
    precision: str


class PartialDateWidget(forms.MultiWidget):
    """Three fields: `{name}_day`, `{name}_month`, `{name}_year`."""

    def __init__(self, attrs=None):
        parts = {
            "day": forms.TextInput(),
            "month": forms.Select(choices=MONTHS),
            "year": forms.TextInput(),
        }
        super().__init__(parts, attrs)

    def decompress(self, value):
        if value is None:
            return ["", "", ""]
        day, precision = value
        return [
            str(day.day) if precision == Precision.DAY else "",
            "" if precision == Precision.YEAR else str(day.month),
            str(day.year),
        ]


class PartialDateField(forms.MultiValueField):
    """A date whose day, or day and month, may be left empty. `at_end` means the last day of the month or year."""

    def __init__(self, *, at_end=False, **options):
        self.at_end = at_end
        fields = [forms.CharField(max_length=20, required=False) for _ in range(3)]
        super().__init__(fields, require_all_fields=False, widget=PartialDateWidget(), **options)

    def compress(self, values):
        day, month, year = (str(value or "").strip() for value in (values or ["", "", ""]))
        if not (day or month or year):
            if self.required:
                raise forms.ValidationError("Give at least the year.")
            return None
        if not year:
            raise forms.ValidationError("Give the year too.")
        if day and not month:
            raise forms.ValidationError("Choose the month too, or leave the day empty.")
        try:
            if not (year.isascii() and year.isdigit() and len(year) == 4):
                raise ValueError
            found = dt.date(int(year), int(month or 1), int(day or 1))
        except ValueError as error:
            raise forms.ValidationError(
                "This is not a date. Write the day as 1 to 31 and the year with four digits."
            ) from error
        precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
        if self.at_end and precision != Precision.DAY:
            months = 1 if precision == Precision.MONTH else 12
            found = months_from(found, months) - dt.timedelta(days=1)
        return PartialDate(found, precision.value)

    def has_changed(self, initial, data):
        return True


class WholeDayField(PartialDateField):
    """A full day in the same three fields."""

    def compress(self, values):
        found = super().compress(values)
        if found and found.precision != Precision.DAY:
            raise forms.ValidationError("Give the day, the month and the year.")
        return found.day if found else None


class Seen(forms.IntegerField):
    """The version that the writer looked at. One that is missing or garbled counts as the oldest: ask, never overwrite."""

    widget = forms.HiddenInput

    def __init__(self):
        super().__init__(required=False)

    def clean(self, value):
        try:
            return max(0, super().clean(value) or 0)
        except forms.ValidationError:
            return 0


def words(label, note="", rows=0, most=LONGEST, **options):
    """Return a text field; with `rows` one of several lines."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, help_text=note, widget=widget, max_length=most, **options)


class RecordForm(forms.Form):
    """One step of a status: the evidence is read by `Evidence` below."""

    status = forms.ChoiceField(
        choices=Status.choices, error_messages={"required": "Choose the new status."}
    )
    effective_on = PartialDateField(label="True from")
    explanation = words(
        "What happened",
        "Two or three plain sentences. Say who did what and when. If it is disputed, give both sides.",
        rows=5,
        required=False,
    )
    corrects = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    seen_version = Seen()
    sq = forms.CharField(required=False)
    evidence = forms.Field(required=False)

    def partial(self) -> dict:
        """Return what can be read of an unfinished form."""
        self.is_valid()
        return {
            name: self.cleaned_data.get(name)
            for name in ("status", "effective_on", "explanation", "corrects")
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


class SourceForm(forms.Form):
    title = words("Title", most=300)
    publisher = words("Publisher", "Who published it: a department, a newspaper.", most=200)
    author = words("Author", "Only where one is named.", most=200, required=False)
    published_on = PartialDateField(
        label="Published",
        help_text="Leave the day, the month or all of it empty where the document does not say.",
        required=False,
    )
    kind = forms.ChoiceField(label="Kind", choices=[("", "Choose"), *SourceKind.choices])
    origin = forms.ChoiceField(
        label="Who speaks",
        help_text="Seen from the plan’s government: itself, somebody independent, or a campaigner.",
        choices=[("", "Choose"), *Origin.choices],
    )
    url = words(
        "Address",
        "The document’s own address. Empty where no clean one is known; readers are told so.",
        most=500,
        required=False,
    )
    archived_url = words("Address of an archived copy", most=500, required=False)
    language = words("Language", "As a tag: en, es, en-US.", most=12, initial="en")
    note = words("Note for readers", rows=2, required=False)

    def values(self) -> dict:
        """Return what save_source takes, but for the slug."""
        values = dict(self.cleaned_data)
        published = values.pop("published_on")
        values["published_on"] = published.day if published else None
        values["precision"] = published.precision if published else Precision.DAY.value
        return values

    @staticmethod
    def initial_of(source: Source) -> dict:
        names = ("title", "publisher", "author", "kind", "origin", "url", "archived_url")
        published = source.published_on and PartialDate(source.published_on, source.precision)
        return {name: getattr(source, name) for name in (*names, "language", "note")} | {
            "published_on": published
        }


class NewSourceForm(SourceForm):
    slug = words(
        "Short name in addresses",
        "Small letters, digits and hyphens; it never changes. Empty: made from publisher, date and title.",
        most=80,
        required=False,
    )

    field_order = ["title", "publisher", "author", "published_on", "kind", "origin"]

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if slug and slug != slugify(slug):
            raise forms.ValidationError("Use small letters, digits and hyphens only.")
        if slug and Source.objects.filter(slug=slug).exists():
            raise forms.ValidationError("Another source has this short name.")
        return slug

    def values(self) -> dict:
        values = super().values()
        values["slug"] = values["slug"] or self._free_slug(values)
        return values

    @staticmethod
    def _free_slug(values: dict) -> str:
        year = f"{values['published_on'].year}" if values["published_on"] else "undated"
        words = slugify(f"{values['publisher']} {year} {values['title']}") or f"source-{year}"
        base = words[:70].rstrip("-")
        slug, number = base, 1
        while Source.objects.filter(slug=slug).exists():
            number += 1
            slug = f"{base}-{number}"
        return slug


class ReviewForm(forms.Form):
    reviewed_on = WholeDayField(label="Checked on")
    note = words(
        "What was looked for, and what was found",
        "Readers see this. Say where you looked, so that others need not look there again.",
        rows=3,
    )
    source = words(
        "A document that shows the unchanged state",
        "Its short name, if there is one.",
        most=80,
        required=False,
    )
    locator = words("Where in it", "Paragraph, page or section.", most=200, required=False)
    seen_version = Seen()


class BulkReviewForm(forms.Form):
    reviewed_on = WholeDayField(label="Checked on")
    note = ReviewForm.base_fields["note"]


class DecideForm(forms.Form):
    reason = words("Reason", rows=3, required=False)
    seen_version = Seen()


REASON_NOTE = "Readers see this beside the change."


class EditForm(forms.Form):
    """The texts of a commitment; its agencies are `AgencyFormSet` below."""

    title = words("Title", most=200)
    summary = words("The promise, in plain words", rows=4)
    kind = forms.ChoiceField(label="Kind", choices=CommitmentKind.choices)
    pillar = forms.ChoiceField(label="Pillar")
    pillar_basis = forms.ChoiceField(
        label="How the pillar is known",
        choices=[(Basis.STATED, "A source states it"), (Basis.INFERRED, "Inferred here")],
    )
    objective = forms.ChoiceField(label="Objective", required=False)
    due_on = PartialDateField(
        label="Due",
        help_text="As far as the promise says. Without a day it is the end of the month, without a month the end of the year.",
        at_end=True,
        required=False,
    )
    target = words("Target", "A number or result that the promise names.", rows=2, required=False)
    plan_number = words(
        "Number in the plan", "Only where a source prints it.", most=20, required=False
    )
    lead_note = words("Note on who owes it", rows=2, required=False)
    note = words("Note on this entry", rows=3, required=False)
    is_published = forms.BooleanField(
        label="Published: on every public page, in the API and in downloads", required=False
    )
    reason = words("Reason for this edit", REASON_NOTE, rows=2, required=False)
    seen_version = Seen()

    def __init__(self, data=None, *, commitment: Commitment, **options):
        super().__init__(data, **options)
        self.commitment = commitment
        self.fields["pillar"].choices = list(Pillar.objects.values_list("slug", "name"))
        groups: dict[str, list] = {}
        for row in Objective.objects.filter(plan=commitment.plan_id).select_related("pillar"):
            groups.setdefault(row.pillar.name, []).append((row.key, row.title))
        self.fields["objective"].choices = [("", "None stated"), *groups.items()]

    def clean(self):
        cleaned = super().clean()
        if self.commitment.is_published and not cleaned.get("reason"):
            self.add_error("reason", "This is public. Say why you change it.")
        return cleaned

    def values(self) -> dict:
        values = dict(self.cleaned_data)
        due = values.pop("due_on")
        values["due_on"] = due.day if due else None
        values["due_precision"] = due.precision if due else Precision.DAY.value
        values["objective"] = values["objective"] or None
        return values

    @staticmethod
    def initial_of(commitment: Commitment) -> dict:
        names = ("title", "summary", "kind", "pillar_basis", "target", "plan_number", "lead_note")
        due = commitment.due_on and PartialDate(commitment.due_on, commitment.due_precision)
        return {name: getattr(commitment, name) for name in (*names, "note", "is_published")} | {
            "pillar": commitment.pillar.slug,
            "objective": commitment.objective.key if commitment.objective else "",
            "due_on": due,
            "seen_version": commitment.seq,
        }


class AgencyRow(forms.Form):
    agency = forms.ChoiceField(label="Agency", required=False)
    role = forms.ChoiceField(label="Role", choices=AgencyRole.choices, required=False)
    place = forms.IntegerField(
        label="Order",
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 3}),
    )

    def __init__(self, *args, agencies=(), **options):
        super().__init__(*args, **options)
        self.fields["agency"].choices = [("", "None"), *agencies]


class _AgencyRows(forms.BaseFormSet):
    def in_order(self, role: str) -> list[str]:
        """Return the slugs of one role in the order given."""
        rows = [
            (row.cleaned_data.get("place") or 999, number, row.cleaned_data["agency"])
            for number, row in enumerate(self.forms)
            if row.cleaned_data.get("agency")
            and (row.cleaned_data.get("role") or AgencyRole.LEAD) == role
        ]
        return [slug for *_, slug in sorted(rows)]

    def clean(self):
        chosen = [row.cleaned_data.get("agency") for row in self.forms if row.is_valid()]
        twice = {slug for slug in chosen if slug and chosen.count(slug) > 1}
        if twice:
            raise forms.ValidationError(f"{', '.join(sorted(twice))} stands here twice.")


AgencyFormSet = forms.formset_factory(
    AgencyRow, formset=_AgencyRows, extra=2, max_num=40, absolute_max=60
)


def agency_choices() -> list[tuple[str, str]]:
    return [
        (slug, f"{name} ({acronym})" if acronym else name)
        for slug, name, acronym in Agency.objects.values_list("slug", "name", "acronym")
    ]


class CitationForm(forms.Form):
    source = words("Source", "Its short name; find it in the list of sources.", most=80)
    relation = forms.ChoiceField(label="What it does", choices=CitationRelation.choices)
    locator = words("Where in it", "Paragraph, page or section.", most=200)
    note = words("Note for readers", rows=2, required=False)
    reason = words("Reason for this edit", REASON_NOTE, rows=2, required=False)


class LinkForm(forms.Form):
    other = words("The other commitment", "Its code, for example US24-PRS-005.", most=20)
    direction = forms.ChoiceField(
        label="Which came first",
        choices=[
            ("later", "The other came later than this one"),
            ("earlier", "The other came earlier than this one"),
        ],
    )
    relation = forms.ChoiceField(
        label="The later one …",
        choices=[
            (code, f"{label.lower()} the earlier one".replace("relates to the", "relates to the"))
            for code, label in LinkRelation.choices
        ],
    )
    basis = forms.ChoiceField(
        label="How this is known",
        choices=[(Basis.INFERRED, "Inferred here"), (Basis.STATED, "A source states it")],
    )
    source = words("The source that states it", "Its short name.", most=80, required=False)
    note = words("Note for readers", rows=2, required=False)
    reason = words("Reason for this edit", REASON_NOTE, rows=2, required=False)


class RemoveForm(forms.Form):
    """Take away one citation or link, named by its key."""

    remove = forms.CharField(
        max_length=400, error_messages={"required": "Choose what to take away."}
    )
    reason = words("Reason for taking it away", REASON_NOTE, rows=2, required=False)
