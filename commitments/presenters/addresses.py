"""Addresses of pages that keep what the reader asked for: the day, and the filters."""

from __future__ import annotations

from urllib.parse import urlencode

from commitments.selection import IN_SCOPE
from planwatch.web.routes import is_plain

CLOCKS = ("as_of", "known_at")


def clocks_in(request) -> list[tuple[str, str]]:
    """Return the clocks of the address, once a view has read and accepted them."""
    if getattr(request, "clocks", None) is None:
        return []
    return [(name, request.GET[name]) for name in CLOCKS if request.GET.get(name)]


def scope_in(request) -> list[tuple[str, str]]:
    """Return what keeps an address to the jurisdiction or plans of a page that is of one jurisdiction of several."""
    if getattr(request, "scope", None) is None:
        return []
    return [(name, value) for name in IN_SCOPE for value in request.GET.getlist(name)]


def asked(request, *dropped) -> list[tuple[str, str]]:
    """Return the parameters of an address that have a value, without those of these names."""
    return [
        (name, value)
        for name, values in request.GET.lists()
        if name not in dropped
        for value in values
        if value
    ]


def joined(path, pairs):
    """Return a path with its query, if there is one."""
    if not pairs:
        return path
    if all(isinstance(value, str) and is_plain(value) for _, value in pairs):
        # Most pages have a hundred of these, and hardly one holds anything to quote.
        return f"{path}?{'&'.join(f'{name}={value}' for name, value in pairs)}"
    return f"{path}?{urlencode(pairs)}"
