"""Kinds of filters of commitments: each definition has all that is said of a filter."""

import datetime as dt
from copy import copy
from functools import cached_property

import django_filters
from django.db.models import Q

from commitments.choices import NO_PILLAR, WITHOUT_PILLAR
from commitments.dates import in_words
from commitments.lookups import Lookups
from planwatch.web.date_fields import DayField
from planwatch.web.text import isolated, quoted


class CommitmentFilter(django_filters.Filter):
    """One filter with all that is said of it: what it asks, its name and its choices' names, and its clause in a sentence.

    `lookup` compares the value with a field; a filter with a `method` gets the condition from there instead.
    `clause` completes “12 commitments”, in its number. `counted_by` is the column by which the facets count its choices.
    """

    lookup = ""

    def __init__(self, *args, clause=None, counted_by="", **kwargs):
        super().__init__(*args, **kwargs)
        self.clause, self.counted_by = clause, counted_by

    def __deepcopy__(self, memo):
        twin = copy(self)
        twin.extra = dict(self.extra)  # alone of a definition the choices are each request's own
        return twin

    def condition(self, value) -> Q:
        if self.method:
            return getattr(self.parent, self.method)(value)
        return Q(**{f"{self.field_name}__{self.comparison}": value})

    @property
    def comparison(self) -> str:
        return self.lookup or self.lookup_expr

    @cached_property
    def names(self) -> dict[str, str]:
        """What each choice is called, in the order of the choices."""
        return {value: str(name) for value, name in self.extra.get("choices", ())}

    def name_of(self, value: str) -> str:
        return self.names.get(value, value)

    def in_sentence(self, value: str) -> str:
        return self.name_of(value).lower()

    def clause_for(self, value: str):
        return self.clause


class DayFilter(CommitmentFilter):
    field_class = DayField

    def __init__(self, field_name, lookup_expr, **kwargs):
        said = {"gte": "On that day or later.", "lte": "On that day or earlier."}
        kwargs.setdefault("help_text", said.get(lookup_expr))
        super().__init__(field_name, lookup_expr, **kwargs)

    def name_of(self, value: str) -> str:
        return in_words(dt.date.fromisoformat(value))

    in_sentence = name_of


class AnyOf(CommitmentFilter, django_filters.MultipleChoiceFilter):
    """Several values mean any of them. What has no choices takes them from the vocabulary, where `listed_in` says."""

    lookup = "in"

    def __init__(self, *args, listed_in="", **kwargs):
        kwargs = {"choices": (), "help_text": "Repeat for “or”."} | kwargs
        super().__init__(*args, **kwargs)
        self.listed_in = listed_in

    def read_choices(self, vocabulary: Lookups) -> None:
        self.extra["choices"] = [*getattr(vocabulary, self.listed_in).items()]


class AnyQuoted(AnyOf):
    """A sentence gives the names of the choices as quotations."""

    def in_sentence(self, value: str) -> str:
        return quoted(self.name_of(value))


class AnyPillar(AnyOf):
    """The pillars, and WITHOUT_PILLAR for what belongs to none of them."""

    def read_choices(self, vocabulary: Lookups) -> None:
        self.extra["choices"] = [*vocabulary.pillars.items(), (WITHOUT_PILLAR, NO_PILLAR)]

    def condition(self, value) -> Q:
        found = super().condition(value)
        return found | Q(pillar=None) if WITHOUT_PILLAR in value else found


class AnyAgency(AnyOf):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, listed_in="agencies", **kwargs)

    def read_choices(self, vocabulary: Lookups) -> None:
        self.agencies = vocabulary.agencies
        self.extra["choices"] = [(key, agency.short_name) for key, agency in self.agencies.items()]

    def in_sentence(self, value: str) -> str:
        agency = self.agencies[value]
        name = isolated(agency.short_name)
        if agency.acronym and agency.acronym != agency.short_name:
            return f"{name} ({agency.acronym})"
        return name


class SearchFilter(CommitmentFilter, django_filters.CharFilter):
    def in_sentence(self, value: str) -> str:
        return quoted(value)


class YesNo(CommitmentFilter, django_filters.TypedChoiceFilter):
    """Says the same on a chip and in a list of choices, without a name before it."""

    def __init__(self, yes, no, *args, clause=(None, None), **kwargs):
        choices = (("true", yes), ("false", no))
        coerce = "true".__eq__
        super().__init__(*args, label="", clause=clause, choices=choices, coerce=coerce, **kwargs)

    def clause_for(self, value: str):
        return self.clause[value == "false"]
