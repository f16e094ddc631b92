"""Keyset pagination: the list envelope, and the cursor that walks it."""

from urllib.parse import urlencode

from rest_framework.pagination import BasePagination

from planwatch.web.keyset import cursor_after, size_from, split_cursor


class KeysetPagination(BasePagination):
    """The list envelope: count, next and previous by position, the day and version that the answer speaks from."""

    def paginate_queryset(self, queryset, request, view=None):
        params = request.query_params
        self.request, self.view, self.day = request, view, view.day
        self.version = view.version
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
                "description": "Rows a page; 100 where nothing is said. For JSON alone.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 500},
            },
        ]
