"""JSON Schema of the bodies of record rows: the keys of each kind of object, and what each holds."""

from typing import Any

from django.db import models

from commitments.audit.integrity import RECORDED
from commitments.models import DoubleCoding

_TYPES = (
    (models.BooleanField, {"type": "boolean"}),
    (models.IntegerField, {"type": "integer"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.JSONField, {}),
)
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
# Of a file that was imported the record says this alone.
_OF_A_FILE = {"name": _TEXT, "sha256": _TEXT, "rows": {"type": "integer"}}
# What a body has beside the fields of its model: related rows, by their keys, and the reason of an edit.
_BESIDE: dict[str, dict[str, Any]] = {
    "commitment": {
        "lead_agencies": _TEXTS,
        "partner_agencies": _TEXTS,
        "themes": _TEXTS,
    },
    "development": {"commitments": _TEXTS},
    "doublecoding": {"commitments": _TEXTS},
    "section": {"pillars": _TEXTS},
    "statuschange": {
        "evidence": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"locator": _TEXT, "note": _TEXT, "source": _TEXT},
                "required": ["locator", "note", "source"],
                "additionalProperties": False,
            },
        }
    },
}


def body_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of `before` and `after` of a row, by `object_type` under `$defs`.

    Rows that a former release wrote may lack keys that came later, and have keys under their former names.
    """
    kinds = {model._meta.model_name: _schema_of(model) for model in _MODELS}
    kinds["importfile"] = {"type": "object", "properties": _OF_A_FILE}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A row of the public record",
        "type": "object",
        "properties": {"object_type": {"type": "string"}},
        "allOf": [
            {
                "if": {"properties": {"object_type": {"const": kind}}, "required": ["object_type"]},
                "then": {"properties": dict.fromkeys(("before", "after"), _either(kind))},
            }
            for kind in kinds
        ],
        "$defs": kinds,
    }


_MODELS = (*RECORDED, DoubleCoding)


def _either(kind: str) -> dict[str, Any]:
    return {"anyOf": [{"type": "null"}, {"$ref": f"#/$defs/{kind}"}]}


def _schema_of(model: type[models.Model]) -> dict[str, Any]:
    fields = [field for field in model._meta.concrete_fields if field.editable]
    properties = {field.name: _value_of(field) for field in fields if not field.primary_key}
    beside = _BESIDE.get(model._meta.model_name, {}) | {"reason": _TEXT}
    return {"type": "object", "properties": beside | properties}


def _value_of(field: models.Field) -> dict[str, Any]:
    found = next((dict(shape) for kind, shape in _TYPES if isinstance(field, kind)), dict(_TEXT))
    if field.help_text:
        found["description"] = str(field.help_text)
    if field.null and "type" in found:
        found["type"] = [found["type"], "null"]
    return found
