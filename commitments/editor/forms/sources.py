"""Forms to choose a source, to add one and to edit one."""

from django import forms
from django.utils.translation import gettext, gettext_lazy

from commitments.choices import Origin, Precision
from commitments.editor.forms.fields import (
    PartialDate,
    PartialDateField,
    VersionedForm,
    free_key,
    words,
)
from commitments.models import Source, SourceKind
from commitments.services import version_of
from planwatch.validators.keys import slug_of


class SourceForm(VersionedForm):
    title = words(gettext_lazy("Title"), most=300)
    publisher = words(
        gettext_lazy("Publisher"),
        gettext_lazy("Who published it: a department, a newspaper."),
        most=200,
    )
    author = words(
        gettext_lazy("Author"), gettext_lazy("Only where one is named."), most=200, required=False
    )
    published_on = PartialDateField(
        label=gettext_lazy("Published"),
        help_text=gettext_lazy(
            "Leave the day, the month or all of it empty where the document does not say."
        ),
        required=False,
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[("", gettext_lazy("Choose")), *SourceKind.choices]
    )
    origin = forms.ChoiceField(
        label=gettext_lazy("Origin"),
        help_text=gettext_lazy("A government, somebody independent of it, or a campaigner."),
        choices=[("", gettext_lazy("Choose")), *Origin.choices],
    )
    jurisdiction = words(
        gettext_lazy("Jurisdiction"),
        gettext_lazy(
            "Code of the publisher’s: US, CA-ON, EU. An official source of another government than the plan’s counts as "
            "independent. Empty where it is the plan’s own."
        ),
        most=6,
        required=False,
    )
    url = words(
        gettext_lazy("Address"),
        gettext_lazy(
            "The document’s own address. Empty where no clean one is known; readers are told so."
        ),
        most=500,
        required=False,
    )
    archived_url = words(gettext_lazy("Address of an archived copy"), most=500, required=False)
    language = words(
        gettext_lazy("Language"), gettext_lazy("As a tag: en, es, en-US."), most=12, initial="en"
    )
    note = words(gettext_lazy("Note for readers"), rows=2, required=False)
    reason = words(
        gettext_lazy("Reason for this edit"),
        gettext_lazy(
            "Needed where the publisher, the side, the address or the date of a cited source changes. Readers see it."
        ),
        rows=2,
        required=False,
    )

    def values(self) -> dict:
        """Return what save_source takes, but for the slug."""
        values = dict(self.cleaned_data)
        published = values.pop("published_on")
        values["published_on"] = published.day if published else None
        values["precision"] = published.precision if published else Precision.DAY.value
        return values

    @staticmethod
    def initial_of(source: Source) -> dict:
        names = (
            "title",
            "publisher",
            "author",
            "kind",
            "origin",
            "jurisdiction",
            "url",
            "archived_url",
        )
        published = source.published_on and PartialDate(source.published_on, source.precision)
        return {name: getattr(source, name) for name in (*names, "language", "note")} | {
            "published_on": published,
            "seen_version": version_of(source),
        }


class NewSourceForm(SourceForm):
    seen_version = reason = None
    slug = words(
        gettext_lazy("Short name in addresses"),
        gettext_lazy(
            "Small letters, digits and hyphens; it never changes. Empty: made from publisher, "
            "date and title."
        ),
        most=80,
        required=False,
    )

    field_order = ["title", "publisher", "author", "published_on", "kind", "origin", "jurisdiction"]

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if slug and Source.objects.filter(slug=slug).exists():
            raise forms.ValidationError(gettext("Another source has this short name."))
        return slug

    def values(self) -> dict:
        values = super().values()
        values["slug"] = values["slug"] or self.proposed()
        return values | {"seen_version": 0}

    def proposed(self) -> str:
        """Return the free slug made from what is typed so far, "" before there are a publisher and a title."""
        typed, published = self.cleaned_data, self.cleaned_data.get("published_on")
        if not (typed.get("publisher") and typed.get("title")):
            return ""
        year = published.day.year if published else "undated"
        words = f"{typed['publisher']} {year} {typed['title']}"
        if not (slug_of(typed["publisher"], 80) or slug_of(typed["title"], 80)):
            words = f"source-{year}"
        return free_key(Source.objects, "slug", words, 80)
