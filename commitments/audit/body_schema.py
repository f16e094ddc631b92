"""JSON Schema of the bodies of record rows: the keys of each kind of object, and what each holds."""

from collections.abc import Set
from typing import Any

from django.db import models

from commitments.audit.integrity import RECORDED
from commitments.audit.replay import KINDS

_TYPES = (
    (models.BooleanField, {"type": "boolean"}),
    (models.IntegerField, {"type": "integer"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.JSONField, {}),
)
_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_TEXTS = {"type": "array", "items": _TEXT}
# Kinds whose bodies are not the fields of a model: of a file the record says this alone, of a coding its result.
_OF_THEIR_OWN = {
    "importfile": {"name": _TEXT, "sha256": _TEXT, "rows": _NUMBER},
    "doublecoding": {"plan": _TEXT, "commitments": _TEXTS, "kappa": _TEXT}
    | dict.fromkeys(("coded", "agreed"), _NUMBER),
    # A section before it could be under several pillars.
    "objective": dict.fromkeys(("plan", "key", "pillar", "number", "title", "summary"), _TEXT)
    | {"position": _NUMBER, "reason": _TEXT},
}
# What a body has beside the fields of its model: related rows, by their keys.
_BESIDE: dict[str, dict[str, Any]] = {
    "commitment": dict.fromkeys(("lead_agencies", "partner_agencies", "themes"), _TEXTS),
    "development": {"commitments": _TEXTS},
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
# Keys that rows of the first release lack.
_ADDED = {
    "agency": {"identifiers_url", "org_id", "wikidata"},
    "commitment": {"due_text", "language", "original_title", "section", "themes", "objective"},
    "plan": {"actions", "actions_recorded", "coverage", "coverage_note", "language"}
    | {"original_title", "part_of", "prefix", "promised_by", "sister"},
    "proposal": {"correction_reason", "kind", "payload", "signature", "source"},
    "source": {"jurisdiction"},
    "statuschange": {"correction_reason"},
}


def body_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of `before` and `after` of a row, by `object_type` under `$defs`.

    It covers rows of every release, also under the names that they had before.
    """
    kinds = {model._meta.model_name: _schema_of(model) for model in RECORDED}
    kinds |= {kind: _closed(keys, {"reason"}) for kind, keys in _OF_THEIR_OWN.items()}
    commitment = kinds["commitment"]
    commitment["properties"]["objective"] = commitment["properties"]["section"]
    commitment["oneOf"] = [{"required": ["section"]}, {"required": ["objective"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A row of the public record",
        "type": "object",
        "properties": {"object_type": {"enum": sorted(kinds)}},
        "dependentRequired": dict.fromkeys(("before", "after"), ["object_type"]),
        "allOf": [_row_of(kind) for kind in kinds],
        "$defs": kinds | {"deletion": _closed({"reason": _TEXT})},
    }


def _row_of(kind: str) -> dict[str, Any]:
    body = {"anyOf": [{"type": "null"}, {"$ref": f"#/$defs/{kind}"}]}
    return {
        "if": {"properties": {"object_type": {"const": kind}}, "required": ["object_type"]},
        "then": {
            "properties": {"before": body},
            "if": {"properties": {"action": {"const": "delete"}}, "required": ["action"]},
            "then": {"properties": {"after": {"$ref": "#/$defs/deletion"}}},
            "else": {"properties": {"after": body}},
        },
    }


def _schema_of(model: type[models.Model]) -> dict[str, Any]:
    kind = model._meta.model_name
    fields = [field for field in model._meta.concrete_fields if field.editable]
    properties = {field.name: _value_of(field) for field in fields if not field.primary_key}
    # An edit has the reason that its editor gave.
    edited = {"reason": _TEXT} if kind in KINDS else {}
    keys = _BESIDE.get(kind, {}) | properties | edited
    return _closed(keys, _ADDED.get(kind, set()) | edited.keys())


def _closed(properties: dict[str, Any], optional: Set[str] = frozenset()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    closed = {"properties": properties, "required": required, "additionalProperties": False}
    return {"type": "object", **closed}


def _value_of(field: models.Field) -> dict[str, Any]:
    found = next((dict(shape) for kind, shape in _TYPES if isinstance(field, kind)), dict(_TEXT))
    if field.help_text:
        found["description"] = str(field.help_text)
    if field.null and "type" in found:
        found["type"] = [found["type"], "null"]
    return found
