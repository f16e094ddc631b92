"""OpenAPI schema: errors, examples and links beyond what fields and parameters tell."""

from django.utils import timezone
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated

from planwatch.api.renderers import FILES, OrjsonRenderer
from planwatch.db.site_data import current_site, last_known_site

ANSWERS = {
    "200": "What was asked for.",
    "201": "What was made.",
    "202": "It is taken on, and waits for a second person or for its turn.",
    "204": "It is gone.",
    "304": "Nothing has changed since the answer whose `ETag` you sent in `If-None-Match`.",
}
REFUSALS = {
    "400": "The address or the body asks for something that does not exist; the answer names each wrong part.",
    "401": "The token that you sent is not valid. Reading needs none.",
    "404": "There is nothing at this address, or nothing published.",
    "429": "Too many requests in a while; `Retry-After` says for how many seconds to wait.",
    "503": "The database does not answer, or nothing can be saved; nothing was done.",
}
RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds until asking again pays.",
        "schema": {"type": "integer"},
        "required": True,
    }
}
ETAG = {
    "ETag": {
        "description": "Marks this answer. Send it in `If-None-Match` to get 304 while nothing changes.",
        "schema": {"type": "string"},
        "required": True,
    }
}
# A site may set no limit, and then says nothing of it.
RATE_LIMIT = {
    "RateLimit-Policy": {
        "description": "Your limit: its name, `q` units in `w` seconds.",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "What is left of it: `r` units for the next `t` seconds.",
        "schema": {"type": "string"},
    },
}
LOCATION = {
    "Location": {
        "description": "What was made; where it has no address of its own, the list that begins with it.",
        "schema": {"type": "string", "format": "uri"},
        "required": True,
    }
}
PRIVATE_REFUSALS = {
    "401": "Credentials are missing or not valid.",
    "403": "Your role, or a token for reading only, does not allow this.",
}
# By the header that an operation takes.
HEADER_REFUSALS = {
    "If-Match": {
        "412": "The commitment has changed since you read it.",
        "428": "If-Match is missing.",
    },
    "Idempotency-Key": {"409": "The Idempotency-Key was used for another request."},
}
UNREADABLE = {"415": "The body is not JSON."}

# A value that means something in the data set that every copy begins with.
EXAMPLES = {
    "after": 0,
    "agency": ["dhs"],
    "announced_after": "2024-01-01",
    "announced_before": "2024-12-31",
    "as_of": "2024-03-01",
    "by": ["pillar", "status"],
    "bearing": ["concern"],
    "changed_after": "2024-01-01",
    "changed_before": "2024-12-31",
    "code": "US21-PRV-001",
    "commitment": ["US21-PRV-001"],
    "from": "2023-01-01",
    "to": "2023-12-31",
    "step": "quarter",
    "due_after": "2022-01-01",
    "due_before": "2024-12-31",
    "earlier": 1,
    "expand": ["plan", "lead_agencies"],
    "lead": ["dhs"],
    "limit": 100,
    "number": 1,
    "jurisdiction": ["US"],
    "objective": ["us-nap-2021:protection-1"],
    "section": ["us-nap-2021:protection-1"],
    "page_size": 100,
    "partner": ["dhs"],
    "plan": ["us-nap-2021"],
    "pillar": ["protection"],
    "public_id": "3f2b8d1c-6f4e-4a57-9d0e-2c1b5a7e9f10",
    "q": '"victim-centered" -forced',
    "reported_after": "2025-01-01",
    "reported_before": "2026-12-31",
    "reviewed_before": "2026-01-01",
    "seq": 1,
    "size": 1,
    "source": ["wh-2021-plan"],
    "theme": ["training"],
    "webhook_id": "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
    "If-Match": '"840-5f0c3a9d2b7e4c1a8d6f0b9e3a7c5d21"',
    "Idempotency-Key": "8a1f-first-try",
}
SLUGS = {
    "agencies": "dhs",
    "jurisdictions": "US",
    "objectives": "us-nap-2021:protection-1",
    "sections": "us-nap-2021:protection-1",
    "pillars": "protection",
    "plans": "us-nap-2021",
    "sources": "wh-2021-plan",
    "themes": "training",
}
KEYS = {
    "code": "Code of the commitment.",
    "key": "Plan and key of the section, as plan:key.",
    "number": "Number of the proposal.",
    "public_id": "`id` of the token.",
    "seq": "Number of the step in its commitment's history.",
    "slug": "Its slug.",
    "webhook_id": "`id` of the webhook.",
}

# By the first part of its addresses, what each part of the API is about. The root says the same.
ROOT = "Every list, with the version and the license of the data."
TAGS = {
    "commitments": "What governments promised, with what became of it.",
    "status-changes": "Every status change, latest recorded first.",
    "panel": "Status of every commitment at the end of every month.",
    "stats": "Counts of commitments, by what `by` says.",
    "developments": "Reports that bear on commitments without proving a step.",
    "reported-statuses": "Governments' own words for the status of commitments.",
    "plans": "The plans that are tracked.",
    "pillars": "The pillars of the plans.",
    "sections": "The plans' own headings, as trees.",
    "objectives": "The sections, under their former address.",
    "themes": "What commitments are about, across plans.",
    "agencies": "Agencies and their offices.",
    "sources": "The documents that something published rests on.",
    "jurisdictions": "Governments whose plans or agencies are followed.",
    "statuses": "The ten statuses: meaning, evidence rule, allowed moves.",
    "changes": "The public record, in the order it was written.",
    "record": "Signed heads of the public record, and proofs of what they cover.",
    "datasets": "The published versions of the data set.",
    "proposals": "Decisions on what waits for a second person.",
    "auth": "Your tokens. Needs a token, or a name and a password.",
    "webhooks": "Your webhooks. Needs a token.",
}

_FIRST = "$response.body#/results/0/"
# Where an answer leads: operation → name of the link → the next operation, and where its parameters come from.
LINKS = {
    **{
        f"{name}_list": {"first": (f"{name}_retrieve", {key: f"{_FIRST}{key}"})}
        for name, key in {
            "agencies": "slug",
            "jurisdictions": "code",
            "sections": "key",
            "pillars": "slug",
            "plans": "slug",
            "sources": "slug",
            "themes": "code",
        }.items()
    },
    "commitments_list": {
        "first": ("commitments_retrieve", {"code": f"{_FIRST}code"}),
        "history": ("commitments_status_changes_list", {"code": f"{_FIRST}code"}),
        "reviews": ("commitments_reviews_list", {"code": f"{_FIRST}code"}),
    },
    **{
        f"{name}_list": {"source": ("sources_retrieve", {"slug": f"{_FIRST}source"})}
        for name in ("developments", "reported_statuses")
    },
    "status_changes_list": {
        "commitment": ("commitments_retrieve", {"code": f"{_FIRST}commitment"})
    },
    "changes_retrieve": {"next": ("changes_retrieve", {"after": "$response.body#/next_after"})},
    "auth_tokens_create": {"revoke": ("auth_tokens_destroy", {"public_id": "$response.body#/id"})},
    "webhooks_create": {
        name: (f"webhooks_{target}", {"webhook_id": "$response.body#/id"})
        for name, target in {
            "deliveries": "deliveries_list",
            "replay": "replay_create",
            "test": "test_create",
            "delete": "destroy",
        }.items()
    },
    "commitments_proposals_create": {
        "approve": ("proposals_approve_create", {"number": "$response.body#/id"}),
        "decline": ("proposals_decline_create", {"number": "$response.body#/id"}),
    },
}


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
        document["tags"] = [
            {"name": name, "description": words} for name, words in {"root": ROOT, **TAGS}.items()
        ]
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
            operation.setdefault("security", [])
        return operation

    def is_deprecated(self):
        return self.path.startswith("/api/v1/objectives/")

    def get_tags(self):
        return super().get_tags() or ["root"]

    def _get_format_parameters(self):
        parameters = super()._get_format_parameters()
        for parameter in parameters:
            parameter["description"] = (
                "How the list comes: `json` in pages; `csv`, `ndjson` and `xlsx` all of it, as a file, without "
                "`page_size`, `cursor` and `limit`. Decides before `Accept`."
            )
        return parameters

    def _get_response_for_code(
        self, serializer, status_code, media_types=None, direction="response"
    ):
        """Describe refusals as JSON alone, and a file as what it is: text or bytes, not the objects of the JSON."""
        if not status_code.startswith("2"):
            media_types = [OrjsonRenderer.media_type]
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        for renderer in FILES:
            if content := response.get("content", {}).get(renderer.media_type):
                content["schema"] = {"type": "string"}
        return response

    def get_summary(self):
        """The first sentence of the description, as a title."""
        return super().get_summary() or self.get_description().partition(".")[0].partition(":")[0]

    def _explain_parameters(self, operation):
        resource = self.path.removeprefix("/api/v1/").partition("/")[0]
        for parameter in operation.get("parameters", ()):
            name = parameter["name"]
            if name in ("fields", "omit"):
                # Comma-separated, as OpenAPI says it.
                keys = sorted(self.view.get_serializer_class()().fields)
                items = {"type": "string", "enum": keys}
                parameter |= {"schema": {"type": "array", "items": items}, "explode": False}
            if parameter["in"] == "path":
                parameter.setdefault("description", KEYS[name])
            if parameter["in"] == "path" and resource in SLUGS:
                example = SLUGS[resource]
            else:
                example = EXAMPLES.get(name)
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
        if self.method == "GET":
            operation["responses"]["200"]["headers"] = ETAG
            operation["responses"]["304"] = {"description": ""}
        if "201" in operation["responses"]:
            operation["responses"]["201"]["headers"] = LOCATION
        for status, answer in operation["responses"].items():
            answer["description"] = answer["description"] or ANSWERS[status]
        refusals = dict(REFUSALS)
        if self.method != "GET" or self._is_private():
            refusals |= PRIVATE_REFUSALS
        if "requestBody" in operation:
            refusals |= UNREADABLE
        for parameter in operation.get("parameters", ()):
            refusals |= HEADER_REFUSALS.get(parameter["name"], {})
        for status, words in sorted(refusals.items()):
            response = self._get_response_for_code(RefusalSerializer, status)
            operation["responses"][status] = {**response, "description": words}
        for status in ("429", "503"):
            operation["responses"][status]["headers"] = RETRY_AFTER
        for answer in operation["responses"].values():
            answer["headers"] = {**answer.get("headers", {}), **RATE_LIMIT}

    def _add_links(self, operation):
        links = {
            name: {"operationId": target, "parameters": parameters}
            for name, (target, parameters) in LINKS.get(operation["operationId"], {}).items()
        }
        if links:
            success = min(operation["responses"])
            operation["responses"][success]["links"] = links

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
    """No key is required where `fields` and `omit` may leave it out; what `expand` nests has two shapes."""

    target_class = "planwatch.api.serializers.ChosenKeysSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema, direction):
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        schema.pop("required", None)
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
