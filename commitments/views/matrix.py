"""Page of agencies by pillars."""

import textwrap

from django.shortcuts import render
from django.utils.translation import gettext

from agencies.models import Agency
from commitments.choices import NO_PILLAR, WITHOUT_PILLAR
from commitments.filter_labels import chips_above_a_list, sentence
from commitments.models import Pillar
from commitments.pages import filtered_view, picture
from commitments.presenters import matrix as matrix_module
from commitments.presenters.coverage import in_one_sentence
from commitments.presenters.matrix import CellWriter, size_of
from commitments.selection import select_within_one
from planwatch.web.query_params import InvalidQuery, ParameterProblem

# Of the text below a picture: letters of a line, and the height of one in pixels.
LETTERS, LINE = 140, 18


@filtered_view
def matrix(request):
    context = _laid_out(request)
    laid_out, writer = context["matrix"], CellWriter(request, context["pillars"])
    rows = [
        {
            "depth": row.depth,
            "slug": row.agency.slug,
            "name": row.agency.short_name,
            "cells": writer.cells([*row.cells, row.whole], row.agency.slug, row.agency.short_name),
        }
        for row in laid_out.rows
    ]
    sums = writer.cells([*laid_out.columns, laid_out.whole], "", gettext("All agencies"), False)
    return render(request, "commitments/matrix.html", context | {"rows": rows, "sums": sums})


@filtered_view
def matrix_picture(request):
    context = _laid_out(request)
    size = size_of(context["matrix"])
    return picture(request, "charts/matrix.svg", context | {"size": size})


def _laid_out(request):
    """Return the matrix of the commitments that the address asks for, with the filters of the list."""
    selection = chart_selection(request, without=("agency",))
    scope = selection.scope
    chosen = {item.value for item in selection.chosen if item.parameter == "pillar"}
    pillars = [row for row in Pillar.objects.all() if row.slug in chosen or not chosen]
    by_pillar = selection.queryset.count_by("pillar", "status")
    if any(row["by_pillar"] is None for row in by_pillar):
        pillars.append(Pillar(slug=WITHOUT_PILLAR, name=NO_PILLAR))
    laid_out = matrix_module.matrix(
        selection.queryset.count_by("agency", "pillar", "status"),
        by_pillar,
        [row for row in Agency.objects.all() if not scope or scope.has_agency(row)],
        [pillar.slug for pillar in pillars],
    )
    return {
        **in_words(selection, laid_out.whole.total),
        "pillars": pillars if laid_out.columns else [],
        "matrix": laid_out,
    }


def chart_selection(request, without=(), also=()):
    """Return the selection of a chart's address, of one jurisdiction, and leave its clocks on the request.

    A chart has an order of its own; `also` names what its view reads itself. Raises InvalidQuery for `order`, for `without`, and for what
    `select_within_one` refuses.
    """
    refused = [name for name in ("order", *without) if name in request.GET]
    if refused:
        raise InvalidQuery(
            ParameterProblem(name, f"{name} has no meaning for this chart. Leave it out.")
            for name in refused
        )
    return select_within_one(request, also=also)


def in_words(selection, count):
    """Return what a chart of so many commitments shows, as a sentence, and the chips that take each filter away."""
    return {
        "chips": chips_above_a_list(selection.narrowing),
        "sentence": sentence(count, selection.chosen, selection.clocks),
        "partly_read": selection.partly_read,
        **in_lines(in_one_sentence(selection.partly_read)),
    }


def in_lines(coverage):
    """Return what is said of coverage below a picture, in lines, and how high they are."""
    lines = textwrap.wrap(coverage, LETTERS)
    return {"coverage": lines, "more": LINE * len(lines)}
