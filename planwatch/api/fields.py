"""Serializer fields of rows: their addresses, and the slugs of rows that they refer to."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({"type": "string", "format": "uri"})
class UriField(serializers.SerializerMethodField):
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
