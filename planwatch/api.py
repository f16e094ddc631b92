"""What every part of the API shares: the list envelope, chosen keys, errors in one shape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from urllib.parse import urlencode

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from drf_spectacular.utils import OpenApiParameter
from drf_spectacular.views import SpectacularJSONAPIView
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments.filters import moment_of
from commitments.known_at import EachKnownAt, edition_asked, known_at, moment_asked
from commitments.notices import Notice, notice_of
from planwatch import exporting
from planwatch.edition import edition_now, snapshot
from planwatch.errors import (
    ECHOED,
    MOST_VALUES,
    BadParameters,
    ParameterProblem,
    check_names,
    listed,
    unknown_value,
)
from planwatch.guarding import holds_nul
from planwatch.middleware import etag_of
from planwatch.outages import Outage, outage_of
from planwatch.paging import Page, cursor_after, page_of, size_from, split_cursor
from planwatch.rendering import FILES, FileRenderer, OrjsonRenderer

# Longer than anything that is said without repeating what was sent.
LONGEST_DETAIL = 500


class Unavailable(exceptions.APIException):
    """The database or the disk fails; `Retry-After` says when to ask again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"

    def __init__(self, outage: Outage):
        super().__init__(outage.words)
        self.wait = outage.retry_after


class Gone(exceptions.APIException):
    """A commitment that was unpublished; the answer carries the notice beside the error."""

    status_code = status.HTTP_410_GONE
    default_code = "gone"

    def __init__(self, notice: Notice):
        super().__init__(
            f"{notice.code} was unpublished on {notice.unpublished_on}: {notice.reason} "
            f"See row {notice.seq} of the public record."
        )
        self.notice = notice


class PlanWatchExceptionHandler(ExceptionHandler):
    """Gives a bad address the same 400 as any other invalid input, an outage 503, and what was unpublished 410."""

    def convert_known_exceptions(self, exc):
        if isinstance(exc, Http404) and (
            notice := notice_of(self.context["kwargs"].get("code", ""))
        ):
            return Gone(notice)
        if isinstance(exc, BadParameters):
            detail: dict[str, list] = {}
            for problem in exc.problems:
                detail.setdefault(problem.parameter, []).append(
                    exceptions.ErrorDetail(problem.message, problem.code)
                )
            return exceptions.ValidationError(detail)
        if outage := outage_of(exc):
            return Unavailable(outage)
        if isinstance(exc, SuspiciousOperation):
            return exceptions.ParseError("This request cannot be read.")
        if holds_nul(exc):
            return exceptions.ParseError("No text holds the character NUL.")
        return super().convert_known_exceptions(exc)

    def get_response(self, exc, data):
        if isinstance(exc, Gone):
            data = {**data, "notice": asdict(exc.notice)}
        return super().get_response(exc, data)


class ShortErrors(ExceptionFormatter):
    """Says what is wrong without saying back all that was sent: a body is many times longer than an answer may be."""

    def get_errors(self):
        errors = super().get_errors()[:MOST_VALUES]
        for error in errors:
            if len(error.detail) > LONGEST_DETAIL:
                error.detail = f"{error.detail[:ECHOED]} … {error.detail[-ECHOED:]}"
            if error.attr:
                error.attr = error.attr[: 2 * ECHOED]
        return errors


class NothingHere(APIView):
    """Answers every address under the API that leads nowhere."""

    schema = None

    def initial(self, request, *args, **kwargs):
        raise exceptions.NotFound(
            "There is nothing at this address. See /api/v1/docs/ for what there is."
        )


class Schema(SpectacularJSONAPIView):
    """Describes the API, in English like everything that it says."""

    schema = None

    def get(self, request, *args, **kwargs):
        check_names(request.GET, ("format",))
        return super().get(request, *args, **kwargs)


class KeysetPagination(BasePagination):
    """The list envelope: count, next and previous by position, the day and version that the answer speaks from."""

    def paginate_queryset(self, queryset, request, view=None):
        params = request.query_params
        self.request, self.view, self.day = request, view, view.day
        self.version = edition_asked(request).version
        cursor, self.began = params.get("cursor", ""), None
        if view.edits_move_rows:
            cursor, self.began = split_cursor(cursor, self.version)
        self.count = view.count_of(queryset)
        self.page = view.page_of(queryset, cursor, size_from(params.get("page_size", "")))
        return self.page.rows

    def envelope(self, data) -> dict:
        return {
            "count": self.count,
            "next": self._address(self.page.next) or self._moved_meanwhile(),
            "previous": self._address(self.page.previous),
            "as_of": self.day.isoformat(),
            "dataset_version": self.version,
            "results": data,
        }

    def _address(self, cursor: str | None, **other: str) -> str | None:
        if cursor is None:
            return None
        if self.began is not None and not other:
            cursor = f"{cursor}.{self.began}"
        params = [
            (name, value)
            for name, values in self.request.query_params.lists()
            for value in values
            if name != "cursor" and name not in other
        ]
        query = urlencode([*params, *other.items(), ("cursor", cursor)])
        return self.request.build_absolute_uri(f"{self.request.path}?{query}")

    def _moved_meanwhile(self) -> str | None:
        """Return where the rows are that were edited since the walk began, for an edit may have moved them past the reader.

        They come once more, in the order of their edits, which no later edit can make anybody miss.
        """
        if self.began in (None, self.version) or not self.view.has_edits_after(self.began):
            return None
        return self._address(cursor_after(("seq", "code"), [self.began, ""]), order="seq")

    def get_paginated_response_schema(self, schema):
        address = {"type": ["string", "null"], "format": "uri"}
        properties = {
            "count": {"type": "integer", "description": "All rows that match, on every page."},
            "next": {
                **address,
                "description": (
                    "The following page, by position. Where an edit may move rows past you, what was edited meanwhile "
                    "comes once more behind the last page."
                ),
            },
            "previous": {**address, "description": "The page before."},
            "as_of": {"type": "string", "format": "date", "description": "The day spoken of."},
            "dataset_version": {
                "type": "integer",
                "description": "Number of the latest row of the public record.",
            },
            "results": {**schema, "description": "The rows of this page."},
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

    Raises BadParameters for a key that does not exist.
    """
    keys, out = list(keys), set()
    for name in ("fields", "omit"):
        chosen = {*listed(params, name)}
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
JSON_ALONE = OpenApiParameter(
    "format", str, enum=[OrjsonRenderer.format], description="The one format of this address."
)
DETAIL_PARAMETERS = [*KEY_PARAMETERS, JSON_ALONE]


class ListFormats:
    """Gives a view's list as a file, too: every row of it, in every format of rendering.FILES, for `format` or `Accept`.

    A file speaks of one edition of the data, which its name carries. A view says in `table` what its rows are.
    """

    paging_parameters: tuple[str, ...] = ("cursor", "page_size")

    def table(self) -> exporting.Table:
        raise NotImplementedError

    @property
    def day(self) -> dt.date:
        """The day that the answer speaks of; a list with clocks says its own."""
        return timezone.now().date()

    def get_renderers(self):
        is_list = getattr(self, "action", "list") not in ("retrieve", "create")
        return [OrjsonRenderer(), *(renderer() for renderer in FILES if is_list)]

    def dispatch(self, request, *args, **kwargs):
        moment = moment_of(request.GET) if request.method in ("GET", "HEAD") else None
        with known_at(moment):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            self._answer_in_json()

    def handle_exception(self, exc):
        """Say in JSON what is wrong, whatever was asked for."""
        self._answer_in_json()
        return super().handle_exception(exc)

    def _answer_in_json(self):
        self.request.accepted_renderer = OrjsonRenderer()
        self.request.accepted_media_type = OrjsonRenderer.media_type

    @property
    def file_renderer(self) -> FileRenderer | None:
        """What writes the file that is asked for; None where JSON is."""
        renderer = self.request.accepted_renderer
        return renderer if isinstance(renderer, FileRenderer) else None

    def file(self) -> HttpResponseBase:
        """Return the whole list as a file, or 304. A failure after the first piece breaks the connection off.

        Raises BadParameters for parameters of pages, and for a list that does not fit the format.
        """
        renderer = self.file_renderer
        if problems := [
            ParameterProblem(
                name,
                f"{name} is for pages of json. {renderer.format} gives every row: leave it out.",
            )
            for name in self.paging_parameters
            if name in self.request.query_params
        ]:
            raise BadParameters(problems)
        asked = self.request._request
        if unchanged := get_conditional_response(asked, etag=etag_of(asked)):
            return unchanged
        pieces = self._pieces(renderer)
        table = next(pieces)
        if self.request.method == "HEAD":
            pieces.close()
            pieces = (piece for piece in ())
        pieces = EachKnownAt(moment_asked(), pieces)
        response = StreamingHttpResponse(pieces, content_type=renderer.content_type)
        response["Row-Count"] = table.count
        response["Content-Disposition"] = self.disposition(renderer.format, as_attachment=True)
        return response

    def _pieces(self, renderer: FileRenderer) -> Iterator:
        """Yield the table, once the data stand still and the first piece is made; then the pieces of the file."""
        with ExitStack() as reading:
            reading.enter_context(snapshot())
            edition_now(self.request)
            table = self.table()
            first = b""
            chunks = renderer.chunks(table)
            if self.request.method != "HEAD":
                try:
                    first = next(chunks)
                except exporting.NotForASheet as error:
                    raise BadParameters([ParameterProblem("format", str(error))]) from error
            if renderer.made_first:
                reading.close()
            yield table
            yield first
            yield from chunks

    def named(self, data: dict) -> Response:
        """Return the list as JSON, under the name that it has as a file."""
        disposition = self.disposition(OrjsonRenderer.format, as_attachment=False)
        return Response(data, headers={"Content-Disposition": disposition})

    def disposition(self, extension: str, *, as_attachment: bool) -> str:
        """Return the Content-Disposition of the list as a file."""
        request = self.request
        path = request.path_info.removeprefix("/api/v1/")
        version = edition_asked(request).version
        name = exporting.file_name(path, request.query_params, self.day, version, extension)
        return content_disposition_header(as_attachment, name)


class ReadViewSet(
    ListFormats, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """A list and a detail, strict about parameters. `order_keys` must be unique together."""

    pagination_class = KeysetPagination
    lookup_value_converter = "key"
    order_keys: tuple[str, ...] = ("slug",)
    list_parameters: tuple[str, ...] = ()
    detail_parameters: tuple[str, ...] = ()
    shared_parameters = ("format", "fields", "omit")
    # Parameters of other lists that make no sense here, and why.
    senseless: dict[str, str] = {}

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if self.action in ("list", "retrieve"):
            self.check_parameters(request)

    def check_parameters(self, request):
        allowed = [*self.shared_parameters]
        allowed += (
            self.detail_parameters
            if self.detail
            else (*self.list_parameters, *self.paging_parameters)
        )
        check_names(request.query_params, allowed, self.senseless)

    def list(self, request, *args, **kwargs):
        if self.file_renderer:
            return self.file()
        page = self.paginate_queryset(self.get_queryset())
        return self.named(self.paginator.envelope(self.data_of(page)))

    # Whether an edit may give a row another place in the list while it is walked through.
    edits_move_rows = False

    def count_of(self, queryset) -> int:
        """Return how many rows there are on all pages of a list."""
        return queryset.count()

    def page_of(self, queryset, cursor: str, size: int) -> Page:
        """Return one page of a list."""
        return page_of(queryset, self.order_keys, cursor, size)

    def data_of(self, rows) -> list:
        """Return the rows of a page as data."""
        return self.get_serializer(rows, many=True).data

    def table(self):
        rows = self.get_queryset().order_by(*self.order_keys)
        return exporting.table_of(rows, self.get_serializer())
