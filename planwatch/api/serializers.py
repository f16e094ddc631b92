"""Serializer bases: the meaning of each field, chosen keys of responses, and strict request bodies."""

import inspect
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from planwatch.web.query_params import (
    MOST_VALUES,
    InvalidQuery,
    ParameterProblem,
    listed,
    refuse,
    unknown_value,
)


class Serializer(serializers.Serializer):
    """Takes what its fields mean from `help.yaml` beside its module: {class: {field: text}}."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name, text in texts_in(Path(inspect.getfile(cls)).parent).get(cls.__name__, {}).items():
            field = cls._declared_fields[name]
            # A serializer is given copies of its fields, made of their arguments.
            field.help_text = field._kwargs["help_text"] = text


@cache
def texts_in(folder: Path) -> dict[str, dict[str, str]]:
    """Return the texts of a folder's serializers; none where it has no file of them."""
    path = folder / "help.yaml"
    return yaml.load(path.read_text(), yaml.CSafeLoader) if path.exists() else {}


class ChosenKeysSerializer(Serializer):
    """Leaves out what `fields` and `omit` of the request do not want."""

    # By field, the serializer of what `expand` puts in the place of a slug or key.
    nestable: dict[str, type[serializers.Serializer]] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        request = self.context.get("request")
        if request is not None and not self.context.get("nested"):
            for name in keys_left_out(request.query_params, self.fields):
                self.fields.pop(name)


def keys_left_out(params, keys: Iterable[str]) -> set[str]:
    """Return the keys that `fields` (comma-separated, only these) and `omit` (all but these) take out.

    Raises InvalidQuery for a key that does not exist.
    """
    keys, out = list(keys), set()
    problems: list[ParameterProblem] = []
    for name in ("fields", "omit"):
        chosen = {*listed(params, name)}
        problems += [unknown_value(name, key, keys) for key in sorted(chosen - set(keys))]
        if chosen:
            out |= chosen if name == "omit" else set(keys) - chosen
    refuse(problems)
    if len(out) == len(keys):
        raise InvalidQuery([ParameterProblem("omit", "That leaves no key. Choose at least one.")])
    return out


class StrictSerializer(Serializer):
    # Refuses keys that it does not know: a misspelt one must not be ignored.

    def to_internal_value(self, data):
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        problems = {
            key: [ErrorDetail(f"Unknown key. Valid are: {', '.join(self.fields)}.", "unknown_key")]
            for key in unknown[:MOST_VALUES]
        }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **problems}) from error
        if problems:
            raise serializers.ValidationError(problems)
        return values


def shaped(request, serializer_class, **options) -> dict:
    """Return the values of a request's body, checked for shape."""
    serializer = serializer_class(data=request.data, **options)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


class TextField(serializers.CharField):
    """A text. A number is refused instead of being written out: 010 and 4.10 would have lost digits on the way."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)
