"""What every part of the API shares: the list envelope, chosen keys, errors in one shape."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.views import APIView

from planwatch.edition import edition_of
from planwatch.errors import BadParameters, ParameterProblem, check_names, unknown_value
from planwatch.paging import page_of, size_from


class PlanWatchExceptionHandler(ExceptionHandler):
    """Gives a bad address the same 400 as any other invalid input."""

    def convert_known_exceptions(self, exc):
        if isinstance(exc, BadParameters):
            detail: dict[str, list] = {}
            for problem in exc.problems:
                detail.setdefault(problem.parameter, []).append(
                    exceptions.ErrorDetail(problem.message, problem.code)
                )
            return exceptions.ValidationError(detail)
        return super().convert_known_exceptions(exc)


class NothingHere(APIView):
    """Answers every address under the API that leads nowhere."""

    schema = None

    def initial(self, request, *args, **kwargs):
        raise exceptions.NotFound(
            "There is nothing at this address. See /api/v1/docs/ for what there is."
        )


class KeysetPagination(BasePagination):
    """The list envelope: count, next and previous by position, the day and version that the answer speaks from."""

    def paginate_queryset(self, queryset, request, view=None):
        params = request.query_params
        self.count = queryset.count()
        self.page = page_of(
            queryset,
            view.order_keys,
            params.get("cursor", ""),
            size_from(params.get("page_size", "")),
        )
        self.request, self.day = request, view.day
        return self.page.rows

    def get_paginated_response(self, data):
        return Response(
            {
                "count": self.count,
                "next": self._address(self.page.next),
                "previous": self._address(self.page.previous),
                "as_of": self.day.isoformat(),
                "dataset_version": edition_of(self.request).version,
                "results": data,
            }
        )

    def _address(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        params = [
            (name, value)
            for name, values in self.request.query_params.lists()
            for value in values
            if name != "cursor"
        ]
        return self.request.build_absolute_uri(
            f"{self.request.path}?{urlencode([*params, ('cursor', cursor)])}"
        )

    def get_paginated_response_schema(self, schema):
        address = {"type": ["string", "null"], "format": "uri"}
        properties = {
            "count": {"type": "integer", "description": "All rows that match, on every page."},
            "next": {**address, "description": "The following page, by position."},
            "previous": {**address, "description": "The page before."},
            "as_of": {"type": "string", "format": "date", "description": "The day spoken of."},
            "dataset_version": {
                "type": "integer",
                "description": "Number of the latest row of the public record.",
            },
            "results": schema,
        }
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view):
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Where to go on, from `next` or `previous`.",
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "description": "Rows a page.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
            },
        ]


class ChosenKeysSerializer(serializers.Serializer):
    """Leaves out what `fields` and `omit` of the request do not want."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        request = self.context.get("request")
        if request is not None and not self.context.get("nested"):
            for name in keys_left_out(request.query_params, self.fields):
                self.fields.pop(name)


def keys_left_out(params, keys: Iterable[str]) -> set[str]:
    """Return the keys that `fields` (comma-separated, only these) and `omit` (all but these) take out.

    Raises BadParameters for a key that does not exist.
    """
    keys, out = list(keys), set()
    for name in ("fields", "omit"):
        chosen = {key for value in params.getlist(name) for key in value.split(",") if key}
        if unknown := sorted(chosen - set(keys)):
            raise BadParameters([unknown_value(name, key, keys) for key in unknown])
        if chosen:
            out |= chosen if name == "omit" else set(keys) - chosen
    if len(out) == len(keys):
        raise BadParameters([ParameterProblem("omit", "That leaves no key. Choose at least one.")])
    return out


KEY_PARAMETERS = [
    OpenApiParameter("fields", str, description="Only these keys, comma-separated."),
    OpenApiParameter("omit", str, description="All but these keys, comma-separated."),
]


class ReadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """A list and a detail, strict about parameters. `order_keys` must be unique together."""

    pagination_class = KeysetPagination
    order_keys: tuple[str, ...] = ("slug",)
    list_parameters: tuple[str, ...] = ()
    detail_parameters: tuple[str, ...] = ()
    shared_parameters = ("format", "fields", "omit")

    @property
    def day(self):
        """The day that the answer speaks of; a list with clocks says its own."""
        return timezone.now().date()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if self.action in ("list", "retrieve"):
            self.check_parameters(request)

    def check_parameters(self, request):
        allowed = [*self.shared_parameters]
        allowed += (
            self.detail_parameters
            if self.detail
            else (*self.list_parameters, "cursor", "page_size")
        )
        check_names(request.query_params, allowed)
