"""Serializer fields that several serializers share."""

from __future__ import annotations

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import get_attribute

from commitments.choices import Precision


class AddressField(serializers.SerializerMethodField):
    """The absolute address of a row: of its answer, or of its page."""

    def __init__(self, route: str, key: str, **kwargs):
        self.route, self.key = route, key
        super().__init__(**kwargs)

    def to_representation(self, row) -> str:
        key = getattr(row, self.key)
        argument = "key" if self.key == "public_key" else self.key
        path = reverse(self.route, kwargs={argument: key})
        return self.context["request"].build_absolute_uri(path)


class SlugOf(serializers.SlugField):
    """The slug of a related row, or null."""

    def __init__(self, relation: str, **kwargs):
        super().__init__(source=f"{relation}.slug", allow_null=True, default=None, **kwargs)


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


@extend_schema_field({"type": "string", "format": "uri"})
class UriField(AddressField):
    pass
