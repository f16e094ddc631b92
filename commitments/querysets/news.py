"""Querysets of what happened to commitments, by the day on which it happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from commitments.querysets.sql import model_named

# What an event can be, as an address names it.
KINDS = ("status", "development", "document", "due")


def documents_of(commitments: QuerySet, until: dt.date) -> QuerySet:
    """Return the documents published by a day that name the commitments, or are evidence for them."""
    # Asked of each document's own rows until one fits; a list of all that is chosen would be gone through for each.
    chosen = commitments.bare()
    cites = model_named("Citation").objects.filter(
        Exists(chosen.filter(pk=OuterRef("commitment"))), source=OuterRef("pk")
    )
    shows = model_named("Evidence").objects.filter(
        Exists(chosen.filter(pk=OuterRef("status_change__commitment"))), source=OuterRef("pk")
    )
    named = model_named("Source").objects.filter(Q(Exists(cites)) | Q(Exists(shows)))
    return named.filter(published_on__lte=until)


def steps_of(commitments: QuerySet, until: dt.date) -> QuerySet:
    """Return the standing changes of status of the commitments that had become true by a day."""
    standing = model_named("StatusChange").objects.published().not_corrected().true_by(until)
    return standing.filter(commitment__in=commitments.bare().values("pk"))


def events(
    commitments: QuerySet,
    until: dt.date,
    kinds: Collection[str] = KINDS,
    *,
    year: int | None = None,
    before: dt.date | None = None,
) -> QuerySet:
    """Return (kind, pk, day) of what happened to commitments up to a day, the latest first, in one query.

    A change of status has the day from which it was true, a development that of its report, a document that of its
    publication, and a due date that has passed its own. `year` keeps the events of one year, `before` those of the
    days before one.
    """
    developments = model_named("Development").objects.published().reported_by(until)
    rows = {
        "status": (steps_of(commitments, until), "effective_on"),
        "development": (developments.on_any(commitments), "reported_on"),
        "document": (documents_of(commitments, until), "published_on"),
        "due": (commitments.filter(due_on__lt=until), "due_on"),
    }
    found = [_dated(kind, *rows[kind], year, before) for kind in KINDS if kind in kinds]
    return found[0].union(*found[1:], all=True).order_by("-day", "event", "pk")


def _dated(kind: str, rows: QuerySet, column: str, year: int | None, before: dt.date | None):
    if year:
        rows = rows.filter(**{f"{column}__year": year})
    if before:
        rows = rows.filter(**{f"{column}__lt": before})
    rows = rows.order_by().annotate(event=Cast(Value(kind), CharField()), day=F(column))
    return rows.values_list("event", "pk", "day")
