"""View bases of the API: lists, formats, one row."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from drf_spectacular.utils import OpenApiParameter
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import exceptions, mixins, viewsets
from rest_framework.response import Response
from rest_framework.views import APIView

from planwatch.api.filters import Filtered
from planwatch.api.pagination import KeysetPagination
from planwatch.api.renderers import FILES, LINKED, FileRenderer, LinkedRenderer, OrjsonRenderer
from planwatch.api.serializers import keys_left_out
from planwatch.db.dataset_version import refresh_version, snapshot, version_for
from planwatch.exports import tables, writers
from planwatch.middleware.conditional import etag_of
from planwatch.web.keyset import Page, page_of, size_from
from planwatch.web.query_params import InvalidQuery, ParameterProblem, check_names


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


KEY_PARAMETERS = [
    OpenApiParameter("fields", str, description="Only these keys, comma-separated."),
    OpenApiParameter("omit", str, description="All but these keys, comma-separated."),
]
JSON_ALONE = OpenApiParameter(
    "format", str, enum=[OrjsonRenderer.format], description="The one format of this address."
)
DETAIL_PARAMETERS = [*KEY_PARAMETERS, JSON_ALONE]
LINKED_PARAMETERS = [
    *KEY_PARAMETERS,
    OpenApiParameter(
        "format",
        str,
        enum=[OrjsonRenderer.format, *(renderer.format for renderer in LINKED)],
        description="JSON, or the same as linked data. Without it Accept decides.",
    ),
]


class ListFormats:
    """Gives a view's list as a file, too: every row of it, in every format of renderers.FILES, for `format` or `Accept`.

    A file contains one dataset version, which its name carries. A view says in `table` what its rows are.
    """

    paging_parameters: tuple[str, ...] = ("cursor", "page_size")

    def table(self) -> tables.Table:
        raise NotImplementedError

    @property
    def day(self) -> dt.date:
        """The day that the answer speaks of; a list with clocks says its own."""
        return timezone.now().date()

    @property
    def version(self) -> int:
        """The dataset version that the answer speaks of."""
        return version_for(self.request).version

    def get_renderers(self):
        action = getattr(self, "action", "list")
        also = FILES if action not in ("retrieve", "create") else ()
        if action == "retrieve" and hasattr(self, "linked"):
            also = LINKED
        return [OrjsonRenderer(), *(renderer() for renderer in also)]

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

        Raises InvalidQuery for parameters of pages, and for a list that does not fit the format.
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
            raise InvalidQuery(problems)
        asked = self.request._request
        if unchanged := get_conditional_response(asked, etag=etag_of(asked)):
            return unchanged
        pieces = self.pieces(renderer)
        table = next(pieces)
        if self.request.method == "HEAD":
            pieces.close()
            pieces = (piece for piece in ())
        response = StreamingHttpResponse(pieces, content_type=renderer.content_type)
        response["Row-Count"] = table.count
        response["Content-Disposition"] = self.disposition(renderer.format, as_attachment=True)
        return response

    def pieces(self, renderer: FileRenderer) -> Iterator:
        """Yield the table, once the data stand still and the first piece is made; then the pieces of the file."""
        with ExitStack() as reading:
            reading.enter_context(snapshot())
            refresh_version(self.request)
            table = self.table()
            first = b""
            chunks = renderer.chunks(table)
            if self.request.method != "HEAD":
                try:
                    first = next(chunks)
                except writers.NotForASheet as error:
                    raise InvalidQuery([ParameterProblem("format", str(error))]) from error
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
        name = tables.file_name(path, request.query_params, self.day, self.version, extension)
        return content_disposition_header(as_attachment, name)


class ReadViewSet(
    ListFormats, Filtered, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """A list and a detail, strict about parameters. `order_keys` must be unique together."""

    pagination_class = KeysetPagination
    lookup_value_converter = "key"
    order_keys: tuple[str, ...] = ("slug",)
    list_parameters: tuple[str, ...] = ()
    detail_parameters: tuple[str, ...] = ()
    shared_parameters = ("format", "fields", "omit")
    # What else reads the address and may refuse it.
    reads: tuple[Callable, ...] = ()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if self.action in ("list", "retrieve"):
            self.check_parameters(request)

    def check_parameters(self, request):
        names = (
            self.detail_parameters
            if self.detail
            else (*self.list_parameters, *self.paging_parameters)
        )
        reads = (*self.reads, self.read_keys, self.read_size)
        self.check(request.query_params, (*self.shared_parameters, *names), *reads)

    def read_keys(self, params):
        chosen = [name for name in ("fields", "omit", "expand") if name in params]
        if chosen and isinstance(self.request.accepted_renderer, LinkedRenderer):
            words = "Linked data come whole: leave {name} out."
            raise InvalidQuery(ParameterProblem(name, words.format(name=name)) for name in chosen)
        if params.keys() & {"fields", "omit"}:
            keys_left_out(params, self.get_serializer_class()().fields)

    def read_size(self, params):
        size_from(params.get("page_size", ""))

    def list(self, request, *args, **kwargs):
        if self.file_renderer:
            return self.file()
        page = self.paginate_queryset(self.filtered(self.get_queryset()))
        return self.named(self.paginator.envelope(self.data_of(page)))

    # Whether an edit may give a row another place in the list while it is walked through.
    edits_move_rows = False

    def count_of(self, queryset) -> int:
        """Return how many rows there are on all pages of a list."""
        return queryset.count()

    def page_of(self, queryset, cursor: str, size: int) -> Page:
        """Return one page of a list."""
        return page_of(queryset, self.keys, cursor, size)

    def data_of(self, rows) -> list:
        """Return the rows of a page as data."""
        return self.get_serializer(rows, many=True).data

    def table(self):
        rows = self.filtered(self.get_queryset()).order_by(*self.keys)
        return tables.table_of(rows, self.get_serializer())
