"""Describes, for every operation, the one shape in which the API refuses."""

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

REFUSALS = {
    "400": "The address asks for something that does not exist; the answer names each wrong parameter.",
    "404": "There is nothing at this address, or nothing published.",
}


class ErrorSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField(help_text="What is wrong and what to do, in words.")
    attr = serializers.CharField(allow_null=True, help_text="The parameter that it is about.")


class RefusalSerializer(serializers.Serializer):
    type = serializers.ChoiceField(["validation_error", "client_error", "server_error"])
    errors = ErrorSerializer(many=True)


class PlanWatchSchema(AutoSchema):
    def get_operation(self, *args, **kwargs):
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            for status, words in REFUSALS.items():
                response = self._get_response_for_code(RefusalSerializer, status)
                operation["responses"][status] = {**response, "description": words}
        return operation


class ChosenKeysExtension(OpenApiSerializerExtension):
    """No key is required where `fields` and `omit` may leave it out."""

    target_class = "planwatch.api.ChosenKeysSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema, direction):
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema.pop("required", None)
        return schema
