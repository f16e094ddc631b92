"""Describes, for every operation, the one shape in which the API refuses."""

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated

REFUSALS = {
    "400": "The address asks for something that does not exist; the answer names each wrong parameter.",
    "404": "There is nothing at this address, or nothing published.",
}
PRIVATE_REFUSALS = {
    "401": "Credentials are missing or not valid.",
    "403": "Your role, or a token for reading only, does not allow this.",
}
WRITE_REFUSALS = {
    "409": "The Idempotency-Key was used for another request.",
    "412": "The commitment has changed since you read it.",
    "415": "The body is not JSON.",
    "428": "If-Match is missing.",
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
            refusals = dict(REFUSALS)
            if self.method != "GET" or self._is_private():
                refusals |= PRIVATE_REFUSALS
            if self.method != "GET":
                refusals |= WRITE_REFUSALS
            for status, words in refusals.items():
                response = self._get_response_for_code(RefusalSerializer, status)
                operation["responses"][status] = {**response, "description": words}
        return operation

    def _is_private(self) -> bool:
        return (
            getattr(self.view, "reading_needs_right", False)
            or IsAuthenticated in self.view.permission_classes
        )

    def get_auth(self):
        """Reading needs no credentials, except where it is private."""
        if self.method == "GET" and not self._is_private():
            return []
        return super().get_auth()


class ChosenKeysExtension(OpenApiSerializerExtension):
    """No key is required where `fields` and `omit` may leave it out."""

    target_class = "planwatch.api.ChosenKeysSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema, direction):
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema.pop("required", None)
        return schema
