"""The edition of the data set that an answer speaks from: read once a request."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps


@dataclass(frozen=True)
class Edition:
    """The number of the latest record row, and its hash."""

    version: int
    hash: str


def edition_of(request) -> Edition:
    """Return the edition, from the database the first time that a request asks."""
    if not hasattr(request, "planwatch_edition"):
        row = apps.get_model("commitments", "DatasetVersion").objects.values_list("seq", "hash")
        request.planwatch_edition = Edition(*row.get(pk=1))
    return request.planwatch_edition
