"""View bases for what can be asked as known at a moment, and what lists of commitments say beside their count."""

from commitments.known_at import EachKnownAt, edition_asked, known_at, moment_asked
from commitments.presenters.coverage import in_one_sentence
from commitments.selection import moment_of
from planwatch.api import views
from planwatch.api.pagination import KeysetPagination

COVERAGE = (
    "That plans of which commitments are counted were read in part, and how many actions each has; "
    "empty where all were read whole."
)


class CoveragePagination(KeysetPagination):
    """The list envelope of commitments, with the coverage of their plans beside the count."""

    def envelope(self, data) -> dict:
        said = {"coverage": in_one_sentence(self.view.selection.partly_read)}
        return said | super().envelope(data)

    def get_paginated_response_schema(self, schema):
        found = super().get_paginated_response_schema(schema)
        found["properties"]["coverage"] = {"type": "string", "description": COVERAGE}
        return found | {"required": [*found["required"], "coverage"]}


class ListFormats(views.ListFormats):
    """Reads all that it answers as the record stood at `known_at` of the address."""

    def dispatch(self, request, *args, **kwargs):
        moment = moment_of(request.GET) if request.method in ("GET", "HEAD") else None
        with known_at(moment):
            return super().dispatch(request, *args, **kwargs)

    @property
    def version(self):
        return edition_asked(self.request).version

    def pieces(self, renderer):
        return EachKnownAt(moment_asked(), super().pieces(renderer))


class ReadViewSet(ListFormats, views.ReadViewSet):
    """A list and a detail of the record."""
