"""Form fields that several forms share: dates with a precision, versions seen, plain text."""

import datetime as dt
import itertools

from django import forms
from django.utils import dates
from django.utils.translation import gettext, gettext_lazy

from commitments.choices import Precision
from commitments.dates import PartialDate, read_date
from commitments.models import MOST_THEMES
from planwatch.validators.keys import slug_of
from planwatch.web.text import LONGEST_TEXT

MONTHS = [
    ("", gettext_lazy("Not known")),
    *((str(number), name) for number, name in dates.MONTHS.items()),
]


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
    """A date whose day, or day and month, may be left empty; then it is the first day of the month or year."""

    def __init__(self, **options):
        fields = [forms.CharField(max_length=20, required=False) for _ in range(3)]
        super().__init__(fields, require_all_fields=False, widget=PartialDateWidget(), **options)

    def compress(self, values):
        day, month, year = (str(value or "").strip() for value in (values or ["", "", ""]))
        if not (day or month or year):
            if self.required:
                raise forms.ValidationError(gettext("Give at least the year."))
            return None
        if not year:
            raise forms.ValidationError(gettext("Give the year too."))
        if day and not month:
            raise forms.ValidationError(gettext("Choose the month too, or leave the day empty."))
        try:
            if not (year.isascii() and year.isdigit() and len(year) == 4):
                raise ValueError
            found = dt.date(int(year), int(month or 1), int(day or 1))
        except ValueError as error:
            raise forms.ValidationError(
                gettext(
                    "This is not a date. Write the day as 1 to 31 and the year with four digits."
                )
            ) from error
        precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
        return PartialDate(found, precision.value)

    def has_changed(self, initial, data):
        return True


class ThemesWidget(forms.MultiWidget):
    """Three lists: `{name}_1` is the main theme."""

    def __init__(self):
        labels = (
            gettext_lazy("Main theme"),
            gettext_lazy("Second theme"),
            gettext_lazy("Third theme"),
        )
        super().__init__(
            {
                str(place): forms.Select(attrs={"aria-label": label})
                for place, label in enumerate(labels, start=1)
            }
        )

    def decompress(self, value):
        return [*(value or ()), "", "", ""][:MOST_THEMES]


class ThemesField(forms.MultiValueField):
    """The codes of up to three themes, in order."""

    def __init__(self, **options):
        fields = [forms.ChoiceField(required=False) for _ in range(MOST_THEMES)]
        super().__init__(fields, required=False, widget=ThemesWidget(), **options)

    def offer(self, choices: list[tuple[str, str]]) -> None:
        for part in (*self.fields, *self.widget.widgets):
            part.choices = [("", gettext("None")), *choices]

    def compress(self, values):
        return [code for code in values if code]


class WrittenDateField(forms.CharField):
    """A date as precise as it is known in one field of text; its value is a PartialDate, or None where it is empty."""

    def __init__(self, **options):
        note = gettext_lazy("2024-02-14, or 2024-02 or 2024 where no more is known.")
        super().__init__(**{"help_text": note, "max_length": 10} | options)

    def clean(self, value):
        text = super().clean(value)
        try:
            return read_date(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class WholeDayField(PartialDateField):
    """A full day in the same three fields."""

    def compress(self, values):
        found = super().compress(values)
        if found and found.precision != Precision.DAY:
            raise forms.ValidationError(gettext("Give the day, the month and the year."))
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


class VersionedForm(forms.Form):
    """A form about what others may change meanwhile; `conflict` is what they did, once saving it found that out."""

    seen_version = Seen()
    conflict: dict | None = None


def free_key(rows, field: str, words: str, most: int) -> str:
    """Return a slug from these words that no row has in that field."""
    base = slug_of(words, most - 4)
    if not base:
        return ""
    taken = set(rows.filter(**{f"{field}__startswith": base}).values_list(field, flat=True))
    numbered = (f"{base}-{number}" for number in itertools.count(2))
    return next(key for key in itertools.chain([base], numbered) if key not in taken)


def put(form: forms.Form, name: str, value) -> None:
    """Write a value into the data of a bound form, as if it had been typed."""
    key, widget = form.add_prefix(name), form.fields[name].widget
    if isinstance(widget, forms.MultiWidget):
        for part, text in zip(widget.widgets_names, widget.decompress(value), strict=True):
            form.data[f"{key}{part}"] = text
    elif isinstance(widget, forms.CheckboxInput) and not value:
        form.data.pop(key, None)
    else:
        form.data[key] = "" if value is None else value


def as_typed(form_class, data, prefix="") -> dict:
    """Return what was typed in an unfinished form as its initial values: shown again, without complaint."""
    start = f"{prefix}-" if prefix else ""
    return {
        name: [data.get(f"{start}{name}{part}", "") for part in field.widget.widgets_names]
        if isinstance(field, forms.MultiValueField)
        else data.get(f"{start}{name}", "")
        for name, field in form_class.base_fields.items()
    }


def words(label, note="", rows=0, most=LONGEST_TEXT, **options):
    """Return a text field; with `rows` one of several lines."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, help_text=note, widget=widget, max_length=most, **options)
