"""Export tables: columns from a serializer, and file names."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.drainage import get_override
from rest_framework import serializers

# Rows fetched at once, and so the most that an export holds.
CHUNK = 500


# Columns


@dataclass(frozen=True)
class Column:
    """One column: where its value stands in an object, and what it is.

    `kind` is string, integer, boolean, date, datetime or json; `many` says that a cell may hold several.
    """

    path: tuple[str, ...]
    kind: str
    many: bool
    nullable: bool
    help_text: str

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True)
class Table:
    """What is exported: columns, and the objects as the API's JSON has them, read one by one."""

    columns: list[Column]
    items: Iterator[dict[str, Any]]
    count: int


_KINDS = (
    (serializers.BooleanField, "boolean"),
    (serializers.IntegerField, "integer"),
    (serializers.DateTimeField, "datetime"),
    (serializers.DateField, "date"),
    ((serializers.DictField, serializers.JSONField), "json"),
)


def columns_of(serializer: serializers.Serializer) -> list[Column]:
    """Return the columns of a table of what the serializer writes, with what `fields`, `omit` and `expand` ask for."""
    nested = getattr(serializer, "nested", {})
    found = []
    for name, field in serializer.fields.items():
        found += _columns((name,), nested.get(name, field), field.help_text or "")
    return found


def _columns(path, field, help_text, many=False, nullable=False) -> list[Column]:
    field = described(field)
    nullable = nullable or field.allow_null
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        return _columns(path, field.child, help_text, True, nullable)
    if isinstance(field, serializers.Serializer):
        found = []
        for name, part in field.fields.items():
            found += _columns((*path, name), part, part.help_text or "", many, nullable)
        return found
    kind = next((kind for fields, kind in _KINDS if isinstance(field, fields)), "string")
    return [Column(path, kind, many, nullable, str(help_text))]


def described(field: serializers.Field) -> serializers.Field:
    """Return what a method's answer is described as, where it is described by a field or a serializer."""
    method = getattr(field.parent, getattr(field, "method_name", None) or "", None)
    described = get_override(method, "field")
    return described if isinstance(described, serializers.Field) else field


def table_of(rows: QuerySet, serializer: serializers.Serializer) -> Table:
    """Return rows as a table, fetched as it is read, CHUNK at a time with what belongs to them."""
    items = map(serializer.to_representation, rows.iterator(chunk_size=CHUNK))
    return Table(columns_of(serializer), items, rows.count())


def value_at(item: Any, path: tuple[str, ...]) -> Any:
    """Return what stands at a path of keys; below a list, the list of what stands there in each."""
    if len(path) == 1 and isinstance(item, dict):
        return item.get(path[0])
    for depth, name in enumerate(path):
        if item is None:
            return None
        if isinstance(item, list):
            return [value_at(part, path[depth:]) for part in item]
        item = item.get(name)
    return item


# Names

# Part of what a file is named after; the rest of its parameters tell how it looks, not what is in it.
_UNNAMED = ("format", "fields", "omit", "expand", "order", "as_of", "cursor", "page_size", "limit")
_LONGEST = 120


def file_name(path: str, params, day: dt.date, version: int, extension: str) -> str:
    """Return the name of a file: the list, its filters, the day spoken of, the version of the data set.

    `path` is the list's address below the API's root, `params` the QueryDict of the request.
    """
    filters = "_".join(
        f"{name.replace('_', '-')}-{_tidy('+'.join(values))}"
        for name, values in params.lists()
        if name not in _UNNAMED
    )
    encoded = filters.encode()
    if len(encoded) > _LONGEST:
        digest = hashlib.sha256(encoded).hexdigest()[:8]
        filters = f"{encoded[:_LONGEST].decode(errors='ignore').rstrip('-_')}-{digest}"
    parts = (f"planwatch-{_tidy(path)}", filters, f"as-of-{day.isoformat()}", f"v{version}")
    return f"{'_'.join(part for part in parts if part)}.{extension}"


def _tidy(text: str) -> str:
    return re.sub(r"[^\w+]+", "-", text).strip("-")
