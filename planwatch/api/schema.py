"""OpenAPI schema: errors, examples and links beyond what fields and parameters tell."""

import json
from pathlib import Path

import yaml
from django.utils import timezone
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated

from planwatch.api.filters import Filtered, described
from planwatch.api.renderers import FILES, LINKED, JsonLdRenderer, OrjsonRenderer
from planwatch.db.site_data import current_site, last_known_site

_HERE = Path(__file__).parent
SAID = yaml.safe_load((_HERE / "schema.yaml").read_text())
TAGS = SAID["tags"]
# By operation, its answer in a small data set.
ANSWERS = json.loads((_HERE / "examples.json").read_text())


class ErrorSerializer(serializers.Serializer):
    """One thing that is wrong."""

    code = serializers.CharField(help_text="Kind of error, for programs.")
    detail = serializers.CharField(help_text="What is wrong and what to do, in words.")
    attr = serializers.CharField(allow_null=True, help_text="The parameter that it is about.")


class RefusalSerializer(serializers.Serializer):
    """The one shape of every refusal."""

    type = serializers.ChoiceField(
        ["validation_error", "client_error", "server_error"], help_text="Who has to mend it."
    )
    errors = ErrorSerializer(many=True, help_text="Everything that is wrong, each on its own.")
    notice = serializers.DictField(
        required=False,
        help_text="Of a 410: `code`, `unpublished_on`, `reason`, and `seq`, the row of the record.",
    )


class SiteSchemaGenerator(SchemaGenerator):
    """Describes the API under the name and topic of the site."""

    def get_schema(self, request=None, public=False):
        document = super().get_schema(request, public)
        # Checks ask for it without a request, before there are tables.
        site = current_site() if request else last_known_site()
        document["info"] |= {
            "title": f"{site.name} API",
            "description": (
                f"What governments promised on {site.subject} and what became of it: commitments, their status, the "
                "evidence for it, and a public record of every change. Reading needs no account and no key."
            ),
            "license": {"name": site.license_name, "url": site.license_address},
            "contact": self._contact(site),
        }
        document["servers"] = [{"url": request.build_absolute_uri("/")[:-1] if request else "/"}]
        document["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
        return document

    def _contact(self, site) -> dict:
        kind = "email" if "@" in site.contact else "url"
        return {"name": site.publisher} | ({kind: site.contact} if site.contact else {})


class PlanWatchSchema(AutoSchema):
    def get_operation(self, *args, **kwargs):
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            self._explain_parameters(operation)
            self._add_refusals(operation)
            self._add_links(operation)
            self._add_examples(operation)
            operation.setdefault("security", [])
        return operation

    @property
    def resource(self) -> str:
        """The first part of the address, below that of the API."""
        return self.path.removeprefix("/api/v1/").partition("/")[0]

    def is_deprecated(self):
        return self.path.startswith("/api/v1/objectives/")

    def get_tags(self):
        return super().get_tags() or ["root"]

    def _get_filter_parameters(self):
        is_list = self.method == "GET" and isinstance(self.view, Filtered) and self.view.is_list
        return described(self.view) if is_list else []

    def _get_format_parameters(self):
        parameters = super()._get_format_parameters()
        for parameter in parameters:
            is_linked = JsonLdRenderer.format in parameter["schema"]["enum"]
            parameter["description"] = (
                "How the object comes: `json`, or as linked data, `jsonld` or `ttl`. Decides before `Accept`."
                if is_linked
                else "How the list comes: `json` in pages; `csv`, `ndjson` and `xlsx` all of it, as a file, without "
                "`page_size`, `cursor` and `limit`. Decides before `Accept`."
            )
        return parameters

    def _get_response_for_code(
        self, serializer, status_code, media_types=None, direction="response"
    ):
        """Describe refusals as JSON alone, and what is not JSON as what it is, not as the objects of the JSON."""
        if not status_code.startswith("2"):
            media_types = [OrjsonRenderer.media_type]
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        for renderer in (*FILES, *LINKED):
            if content := response.get("content", {}).get(renderer.media_type):
                content["schema"] = renderer.schema
        return response

    def get_summary(self):
        """The first sentence of the description, as a title."""
        return super().get_summary() or self.get_description().partition(".")[0].partition(":")[0]

    def _explain_parameters(self, operation):
        resource = self.resource
        for parameter in operation.get("parameters", ()):
            name = parameter["name"]
            if name in ("fields", "omit"):
                # Comma-separated, as OpenAPI says it.
                keys = sorted(self.view.get_serializer_class()().fields)
                items = {"type": "string", "enum": keys}
                parameter |= {"schema": {"type": "array", "items": items}, "explode": False}
            if parameter["in"] == "path":
                parameter.setdefault("description", SAID["keys"][name])
            if parameter["in"] == "path" and resource in SAID["slugs"]:
                example = SAID["slugs"][resource]
            else:
                found = SAID["examples"]
                example = found.get(f"{resource}.{name}", found.get(name))
            if name == "known_at":
                # Every record has begun by now, and no other day is in all of them.
                example = timezone.now().date().isoformat()
            if example is None and (choices := _choices(parameter["schema"])):
                many = parameter["schema"].get("type") == "array"
                example = choices[:1] if many else choices[0]
            if parameter.get("required"):
                parameter["example"] = example
            elif example is not None:
                # Where it stands on the parameter, documentation pages fill it in unasked.
                parameter["schema"] = {**parameter["schema"], "examples": [example]}

    def _add_refusals(self, operation):
        responses, headers, refusals = operation["responses"], SAID["headers"], SAID["refusals"]
        if self.method == "GET":
            responses["200"]["headers"] = {"ETag": headers["ETag"]}
            responses["304"] = {"description": ""}
        if "201" in responses:
            responses["201"]["headers"] = {"Location": headers["Location"]}
        for status, answer in responses.items():
            answer["description"] = answer["description"] or SAID["answers"][status]
        told = dict(refusals["all"])
        if self.method != "GET" or self._is_private():
            told |= refusals["private"]
        if "requestBody" in operation:
            told |= refusals["body"]
        for parameter in operation.get("parameters", ()):
            name = parameter["name"]
            told |= refusals.get(name, {}) | refusals.get(f"{self.resource}.{name}", {})
        for status, words in sorted(told.items()):
            response = self._get_response_for_code(RefusalSerializer, status)
            responses[status] = {**response, "description": words}
        for status in ("429", "503"):
            responses[status]["headers"] = {"Retry-After": headers["Retry-After"]}
        limits = {name: headers[name] for name in ("RateLimit-Policy", "RateLimit")}
        for answer in responses.values():
            answer["headers"] = {**answer.get("headers", {}), **limits}

    def _add_links(self, operation):
        if links := SAID["links"].get(operation["operationId"]):
            operation["responses"][min(operation["responses"])]["links"] = links

    def _add_examples(self, operation):
        name, responses = operation["operationId"], operation["responses"]
        shown = [(responses["400"], SAID["refused"])]
        if name in ANSWERS:
            shown.append((responses["200"], ANSWERS[name]))
        if name in SAID["bodies"]:
            shown.append((operation["requestBody"], SAID["bodies"][name]))
        for part, example in shown:
            part["content"][OrjsonRenderer.media_type]["example"] = example

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


def _choices(schema: dict) -> list:
    return schema.get("enum") or schema.get("items", {}).get("enum") or []


class ChosenKeysExtension(OpenApiSerializerExtension):
    """What `expand` nests has two shapes."""

    target_class = "planwatch.api.serializers.ChosenKeysSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema, direction):
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        for name, serializer in self.target.nestable.items():
            field = schema["properties"][name]
            nested = auto_schema.resolve_serializer(serializer, direction).ref
            if field["type"] == "array":
                field["items"] = {"oneOf": [field["items"], nested]}
            else:
                plain = {"type": field.pop("type")}
                field.pop("pattern", None)
                field["oneOf"] = [plain, nested]
        return schema
