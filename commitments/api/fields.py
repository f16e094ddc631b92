"""Serializer field of the precision of a date."""

from rest_framework import serializers
from rest_framework.fields import get_attribute

from commitments.choices import Precision


class PrecisionField(serializers.ChoiceField):
    """How exact a date is; null where there is no date. `of` is the path of the date."""

    def __init__(self, of: str, **kwargs):
        self.of = of.split(".")
        super().__init__(
            Precision.choices,
            allow_null=True,
            help_text=f"How exact `{self.of[-1]}` is; null where that is null.",
            **kwargs,
        )

    def get_attribute(self, instance):
        has_date = get_attribute(instance, self.of) is not None
        return super().get_attribute(instance) if has_date else None
