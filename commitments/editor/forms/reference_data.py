"""Forms that add an agency, a section, a theme or a jurisdiction; their keys are proposed from their names."""

from __future__ import annotations

from django import forms
from django.db.models import Max, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Jurisdiction
from commitments import services
from commitments.editor.forms.fields import free_key, words
from commitments.models import Pillar, Plan, Section, Theme
from planwatch.time_zones import time_zones

KEY_NOTE = _("Small letters, digits and hyphens; it never changes. Empty: as proposed.")


def _key(label, most=60):
    return words(label, KEY_NOTE, most=most, required=False)


class NewRow(forms.ModelForm):
    """A row that is not in the record yet. `into` is its field of the form from which somebody comes to add it."""

    key_field, named_by = "slug", "name"
    heading = service = None

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3

    def rows(self) -> QuerySet:
        """Return the rows among which the key is the only one of its kind."""
        return self._meta.model.objects.all()

    def proposed(self) -> str:
        """Return a free key made from what is typed so far, "" where there is no name yet."""
        if self.key_field not in self.base_fields or self.base_fields[self.key_field].required:
            return ""
        name = self.cleaned_data.get(self.named_by) or ""
        most = self._meta.model._meta.get_field(self.key_field).max_length
        return free_key(self.rows(), self.key_field, name, most)

    def save_through_service(self, actor: str) -> Model:
        """Save by the service. Raises ValidationError and Conflict as it does."""
        values = {name: _plain(value) for name, value in self.cleaned_data.items()}
        values[self.key_field] = values[self.key_field] or self.proposed()
        if "position" in {field.name for field in self._meta.model._meta.fields}:
            last = self.rows().aggregate(last=Max("position"))["last"] or 0
            values["position"] = last + 1
        save = getattr(services, self.service)
        return save(**values, seen_version=0, actor=actor).item


def _plain(value):
    if isinstance(value, QuerySet):
        return [row.natural_key()[-1] for row in value]
    return value.natural_key()[-1] if isinstance(value, Model) else value


class NewAgency(NewRow):
    heading, service = _("Add an agency"), "save_agency"
    slug = _key(_("Short name in addresses"))
    url = words(_("Address of its website"), most=500, required=False)
    identifiers_url = words(
        _("Source of the identifiers"),
        _("The document that gives these identifiers."),
        most=500,
        required=False,
    )

    class Meta:
        model = Agency
        fields = ["name", "short_name", "acronym", "jurisdiction", "parent", "wikidata", "org_id"]
        labels = {
            "name": _("Full name"),
            "short_name": _("Short name"),
            "acronym": _("Acronym"),
            "jurisdiction": _("Jurisdiction"),
            "parent": _("Part of"),
            "wikidata": _("Wikidata item"),
            "org_id": _("Code in a register of organizations"),
        }
        help_texts = {
            "wikidata": _("Number of its Wikidata item."),
            "org_id": _("A list of org-id.guide and the code in it."),
            "short_name": _("What a reader says: Homeland Security."),
            "jurisdiction": _("A code of ISO 3166: US, CA-ON; or EU."),
        }


class _NamedWithPlan(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return f"{obj.plan.title}: {obj.title}"


class NewSection(NewRow):
    heading, service = _("Add a section of a plan"), "save_section"
    key_field, named_by = "key", "title"
    parent = _NamedWithPlan(
        Section.objects.select_related("plan"), label=_("Below the section"), required=False
    )
    pillars = forms.ModelMultipleChoiceField(
        Pillar.objects.all(),
        label=_("Pillars"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    key = _key(_("Short name in addresses"))

    class Meta:
        model = Section
        fields = ["plan", "title", "original_title", "level", "number", "parent"]
        labels = {
            "plan": _("Plan"),
            "title": _("Title"),
            "original_title": _("Title as printed"),
            "level": _("What the plan calls it"),
            "number": _("Number in the plan"),
        }
        help_texts = {
            "original_title": _("Where the title above is a translation."),
            "level": _("Priority, goal, principle."),
            "number": _("Only where a source prints it."),
        }

    def rows(self):
        return Section.objects.filter(plan=self.cleaned_data.get("plan"))


class NewTheme(NewRow):
    heading, service = _("Add a theme"), "save_theme"
    key_field = "code"
    code = _key(_("Code"), most=40)

    class Meta:
        model = Theme
        fields = ["name", "definition", "not_this"]
        labels = {
            "name": _("Name"),
            "definition": _("Which promises belong to it"),
            "not_this": _("Which promises belong to another theme"),
        }
        help_texts = {"definition": "", "not_this": ""}


class NewJurisdiction(NewRow):
    heading, service = _("Add a jurisdiction"), "save_jurisdiction"
    key_field = "code"
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("By whose days its deadlines pass.")
    )

    class Meta:
        model = Jurisdiction
        fields = ["code", "name", "level", "parent", "time_zone", "languages"]
        labels = {
            "code": _("Code"),
            "name": _("Name"),
            "level": _("Level"),
            "parent": _("Part of"),
            "languages": _("Languages"),
        }
        help_texts = {
            "code": _(
                "Of ISO 3166, such as US or CA-ON: those are added by themselves where one is named. Where "
                "ISO has none, one of your own: capital letters, digits and hyphens."
            ),
            "name": _("What a reader says: Canada, Ontario."),
            "languages": _("Tags such as en or fr, joined with |, the main one first."),
        }

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        self.fields["time_zone"].choices = [
            ("", _("Choose")),
            *((z, z) for z in sorted(time_zones())),
        ]


FORMS = {
    "agency": NewAgency,
    "section": NewSection,
    "theme": NewTheme,
    "jurisdiction": NewJurisdiction,
}


def key_of(item: Model) -> str:
    """Return what a form calls a row: a section by its plan too."""
    return getattr(item, "public_key", item.natural_key()[-1])


def first_of(kind: str, typed: dict[str, str]) -> dict:
    """Return what a new form begins with, by what is typed in the form from which somebody comes."""
    plan = Plan.objects.filter(slug=typed.get("plan", "")).first()
    return {"plan": plan} if kind == "section" else {}
