"""Forms of a commitment: texts, agencies, citations and lineage."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency
from commitments.choices import NO_PILLAR, WITHOUT_PILLAR, Precision
from commitments.editor.forms.fields import (
    PartialDate,
    PartialDateField,
    ThemesField,
    VersionedForm,
    WholeDayField,
    words,
)
from commitments.models import (
    AgencyRole,
    Basis,
    CitationRelation,
    Commitment,
    CommitmentKind,
    LinkRelation,
    Pillar,
    Plan,
    Section,
    Theme,
)
from commitments.statuses import last_day
from planwatch.validators.keys import LONGEST_CODE

REASON_NOTE = _("Readers see this beside the change.")


class EntryForm(forms.Form):
    """The texts of a commitment; its agencies are `AgencyFormSet` below."""

    plan = forms.ChoiceField(label=_("Plan"))
    announced_on = WholeDayField(
        label=_("Announced on"), help_text=_("The day of the first document that announces it.")
    )
    title = words(_("Title"), most=300)
    original_title = words(
        _("Title as printed"),
        _("Where the title above is a translation."),
        most=300,
        required=False,
    )
    language = words(
        _("Language of the original"),
        _("Its tag, such as fr, where it is not the plan's."),
        most=12,
        required=False,
    )
    summary = words(
        _("The promise, in plain words"), _("Two or three sentences in your own words."), rows=4
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=CommitmentKind.choices)
    pillar = forms.ChoiceField(label=_("Pillar"))
    pillar_basis = forms.ChoiceField(
        label=_("How the pillar is known"),
        choices=[(Basis.STATED, _("A source states it")), (Basis.INFERRED, _("Inferred here"))],
    )
    section = forms.ChoiceField(label=_("Section of the plan"), required=False)
    themes = ThemesField(
        label=_("Themes"), help_text=_("What it is about: the main theme first, three at most.")
    )
    due_on = PartialDateField(
        label=_("Due"),
        help_text=_(
            "As far as the promise says. Without a day it is the end of the month, without a month the end of the year."
        ),
        required=False,
    )
    due_text = words(
        _("Deadline as printed"),
        _("Where the source says more or less than a date: “2023 (partially), 2025”."),
        most=200,
        required=False,
    )
    target = words(
        _("Target"), _("A number or result that the promise names."), rows=2, required=False
    )
    plan_number = words(
        _("Number in the plan"), _("Only where a source prints it."), most=20, required=False
    )
    lead_note = words(_("Note on the responsible agency"), rows=2, required=False)
    note = words(_("Note on this entry"), rows=3, required=False)

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        self.fields["plan"].choices = list(Plan.objects.values_list("slug", "title"))
        pillars = list(Pillar.objects.values_list("slug", "name"))
        self.fields["pillar"].choices = [*pillars, (WITHOUT_PILLAR, NO_PILLAR)]
        self.fields["themes"].offer(list(Theme.objects.values_list("code", "name")))
        groups: dict[str, list] = {}
        for row in Section.objects.select_related("plan", "parent"):
            heading = row.parent.title if row.parent else row.plan.title
            groups.setdefault(heading, []).append((row.public_key, row.title))
        self.fields["section"].choices = [("", _("None stated")), *groups.items()]

    def clean(self):
        cleaned = super().clean()
        plan = (cleaned.get("section") or "").partition(":")[0]
        if plan and plan != cleaned.get("plan"):
            self.add_error("section", _("This section belongs to another plan."))
        return cleaned

    def values(self) -> dict:
        """Return what save_commitment takes, but for agencies and citations."""
        values = dict(self.cleaned_data)
        due = values.pop("due_on")
        values["due_on"] = last_day(*due) if due else None
        values["due_precision"] = due.precision if due else Precision.DAY.value
        values["section"] = values["section"].partition(":")[2] or None
        if values["pillar"] == WITHOUT_PILLAR:
            values["pillar"] = None
        return values


class EditForm(VersionedForm, EntryForm):
    is_published = forms.BooleanField(
        label=_("Published: on every public page, in the API and in downloads"), required=False
    )
    reason = words(_("Reason for this edit"), REASON_NOTE, rows=2, required=False)

    def __init__(self, data=None, *, commitment: Commitment, **options):
        self.commitment = commitment
        super().__init__(data, **options)
        if commitment.is_published:
            # Unpublishing has a page of its own: it takes two people.
            del self.fields["is_published"]

    def values(self) -> dict:
        return {"is_published": True} | super().values()

    def clean(self):
        cleaned = super().clean()
        if self.commitment.is_published and not cleaned.get("reason"):
            self.add_error("reason", _("This is public. Say why you change it."))
        return cleaned

    @staticmethod
    def initial_of(commitment: Commitment) -> dict:
        names = ("title", "summary", "kind", "pillar_basis", "due_text", "target")
        names += ("plan_number", "lead_note", "original_title", "language")
        due = commitment.due_on and PartialDate(commitment.due_on, commitment.due_precision)
        return {name: getattr(commitment, name) for name in (*names, "note", "is_published")} | {
            "plan": commitment.plan.slug,
            "announced_on": PartialDate(commitment.announced_on, "day"),
            "pillar": commitment.pillar.slug if commitment.pillar else WITHOUT_PILLAR,
            "section": commitment.section.public_key if commitment.section else "",
            "due_on": due,
            "themes": [row.theme.code for row in commitment.ordered_themes],
            "seen_version": commitment.seq,
            **{
                f"{role}_agencies": [
                    row.agency.slug for row in commitment.owed_by if row.role == role
                ]
                for role in AgencyRole.values
            },
        }


class NewEntryForm(EntryForm):
    """A commitment that is not in the record yet; the documents that announce it are read by `attached_in`."""

    code = words(
        _("Code"),
        _(
            "Such as US24-PRS-005; it never changes. Empty: made from country, year and pillar with the next free number."
        ),
        most=LONGEST_CODE,
        required=False,
    )
    evidence = forms.Field(required=False, label=_("Where it was announced"))

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        choose = [("", _("Choose"))]
        several = len(self.fields["plan"].choices) > 1
        for name in ("pillar", "kind", *(["plan"] if several else [])):
            self.fields[name].choices = choose + list(self.fields[name].choices)

    def clean_code(self):
        return self.cleaned_data["code"].upper()

    def values(self) -> dict:
        values = super().values()
        del values["evidence"]
        values["code"] = values["code"] or self.proposed()
        return values | {"seen_version": 0}

    def proposed(self) -> str:
        """Return the next free code by what is typed so far, "" before plan, day and pillar say how it begins."""
        typed = self.cleaned_data
        plan = Plan.objects.filter(slug=typed.get("plan", "")).first()
        day, pillar = typed.get("announced_on"), typed.get("pillar")
        if plan is None or not (plan.prefix or (day and pillar)):
            return ""
        start = f"{plan.prefix or plan.jurisdiction + format(day, '%y')}-"
        row = Pillar.objects.filter(slug=pillar).first()
        if row and not plan.prefix:
            start += f"{row.code}-"
        taken = Commitment.objects.filter(code__startswith=start).values_list("code", flat=True)
        numbers = [int(end) for code in taken if (end := code.removeprefix(start)).isdigit()]
        return f"{start}{max(numbers, default=0) + 1:03d}"


class AgencyRow(forms.Form):
    agency = forms.ChoiceField(label=_("Agency"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=AgencyRole.choices, required=False)
    place = forms.IntegerField(
        label=_("Order"),
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 3}),
    )

    def __init__(self, *args, agencies=(), **options):
        super().__init__(*args, **options)
        self.fields["agency"].choices = [("", gettext("None")), *agencies]


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
            raise forms.ValidationError(
                gettext("{names} stands here twice.").format(names=", ".join(sorted(twice)))
            )


AgencyFormSet = forms.formset_factory(
    AgencyRow, formset=_AgencyRows, extra=2, max_num=40, absolute_max=60
)


def agency_choices() -> list[tuple[str, str]]:
    return [
        (slug, f"{name} ({acronym})" if acronym else name)
        for slug, name, acronym in Agency.objects.values_list("slug", "name", "acronym")
    ]


class CitationForm(forms.Form):
    """What documents do; which ones, and where in them, is read as for a status (`attached_in`)."""

    evidence = forms.Field(label=_("Document"), required=False)
    relation = forms.ChoiceField(
        label=_("What it does"),
        help_text=_(
            "It announces what it says first, restates what was said before, and reports what "
            "somebody else has said."
        ),
        choices=CitationRelation.choices,
    )
    reason = words(_("Reason for this edit"), REASON_NOTE, rows=2, required=False)


class LinkForm(forms.Form):
    other = words(
        _("The other commitment"), _("Its code, for example US24-PRS-005, or words of its title.")
    )
    direction = forms.ChoiceField(
        label=_("Which came first"),
        choices=[
            ("later", _("The other came later than this one")),
            ("earlier", _("The other came earlier than this one")),
        ],
    )
    relation = forms.ChoiceField(
        label=_("The later one …"),
        choices=[
            (code, f"{label.lower()} the earlier one") for code, label in LinkRelation.choices
        ],
    )
    basis = forms.ChoiceField(
        label=_("How this is known"),
        choices=[(Basis.INFERRED, _("Inferred here")), (Basis.STATED, _("A source states it"))],
    )
    source = words(
        _("The source that states it"),
        _("Words of its title or address, or its short name."),
        required=False,
    )
    note = words(_("Note for readers"), rows=2, required=False)
    reason = words(_("Reason for this edit"), REASON_NOTE, rows=2, required=False)


class RemoveForm(forms.Form):
    """Take away one citation or link, named by its key."""

    remove = forms.CharField(
        max_length=400, error_messages={"required": _("Choose what to take away.")}
    )
    reason = words(_("Reason for taking it away"), REASON_NOTE, rows=2, required=False)
