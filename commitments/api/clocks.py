"""View bases for what can be asked as known at a moment."""

from __future__ import annotations

from commitments.known_at import EachKnownAt, edition_asked, known_at, moment_asked
from commitments.selection import moment_of
from planwatch.api import views


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
