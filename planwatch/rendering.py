"""The API answers with data, never with HTML, whatever a browser says it would rather have."""

from __future__ import annotations

import orjson
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer

from planwatch.errors import BadParameters, unknown_value


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return b"" if data is None else orjson.dumps(data, default=str)


class DataNegotiation(DefaultContentNegotiation):
    """`?format=` decides; then `Accept`; then JSON."""

    def select_renderer(self, request, renderers, format_suffix=None):
        wanted = request.query_params.get(self.settings.URL_FORMAT_OVERRIDE)
        formats = [renderer.format for renderer in renderers]
        if wanted and wanted not in formats:
            raise BadParameters([unknown_value("format", wanted, formats)])
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type
