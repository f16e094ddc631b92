"""Renderers, parser and content negotiation: the API responds with data, never with HTML."""

import json
from collections.abc import Callable, Iterator

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer

from planwatch.api.turtle import as_turtle
from planwatch.exports import tables, writers
from planwatch.web.negotiation import preferred
from planwatch.web.query_params import InvalidQuery, ParameterProblem, unknown_value


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=str)
        except TypeError:
            # A refusal may repeat what is no text in UTF-8 (half a character) or no number of 64 bits.
            return json.dumps(data, default=str).encode()


class ShallowJSONParser(JSONParser):
    """Reads a body, and refuses one that is nested deeper than Python can follow."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error


class FileRenderer(BaseRenderer):
    """Writes a whole list, piece by piece, with planwatch.exports. `made_first`: nothing is sent before all of it is made."""

    charset = None
    content_type: str
    schema = {"type": "string"}
    made_first = False
    chunks: Callable[[tables.Table], Iterator[bytes]]


class CsvRenderer(FileRenderer):
    media_type = "text/csv"
    format = "csv"
    content_type = "text/csv; charset=utf-8"
    chunks = staticmethod(writers.csv_chunks)


class NdjsonRenderer(FileRenderer):
    media_type = content_type = "application/x-ndjson"
    format = "ndjson"
    chunks = staticmethod(writers.ndjson_chunks)


class XlsxRenderer(FileRenderer):
    media_type = content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"
    made_first = True
    chunks = staticmethod(writers.xlsx_chunks)


class LinkedRenderer(BaseRenderer):
    """Writes one object as linked data: the view's `linked` makes a document of JSON-LD of it."""

    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return self.written(renderer_context["view"].linked(data))

    def written(self, document: bytes) -> bytes:
        return document


class JsonLdRenderer(LinkedRenderer):
    media_type = "application/ld+json"
    format = "jsonld"
    schema = {
        "type": "object",
        "properties": {
            "@context": {"type": "object"},
            "@graph": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["@context", "@graph"],
    }


class TurtleRenderer(LinkedRenderer):
    media_type = "text/turtle"
    format = "ttl"
    schema = {"type": "string"}

    def written(self, document):
        return as_turtle(document)


LINKED = (JsonLdRenderer, TurtleRenderer)
FILES = (CsvRenderer, NdjsonRenderer, XlsxRenderer)


def takes_a_file(accept: str) -> bool:
    """Return whether an Accept prefers one of FILES to JSON."""
    types = [renderer.media_type for renderer in (OrjsonRenderer, *FILES)]
    return (preferred(accept, types) or types[0]) != types[0]


class DataNegotiation(DefaultContentNegotiation):
    """`?format=` decides; then `Accept`, by its q-values; JSON also for who takes none of what there is."""

    def select_renderer(self, request, renderers, format_suffix=None):
        given = request.query_params.getlist(self.settings.URL_FORMAT_OVERRIDE)
        if len(given) > 1:
            raise InvalidQuery([ParameterProblem("format", "Give format once.")])
        if wanted := "".join(given):
            return self._named(wanted, renderers)
        by_type = {renderer.media_type: renderer for renderer in reversed(renderers)}
        liked = preferred(
            request.headers.get("Accept", ""), dict.fromkeys(r.media_type for r in renderers)
        )
        chosen = by_type.get(liked, renderers[0])
        return chosen, chosen.media_type

    def _named(self, wanted, renderers):
        for renderer in renderers:
            if renderer.format == wanted:
                return renderer, renderer.media_type
        formats = [renderer.format for renderer in renderers]
        problem = unknown_value("format", wanted, formats)
        if wanted in [renderer.format for renderer in FILES]:
            words = f"Lists come as {wanted}; this address answers in {' or '.join(formats)} alone."
            problem = ParameterProblem("format", words, "unknown_value")
        raise InvalidQuery([problem])
