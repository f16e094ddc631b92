"""Data page and downloads of published versions."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation

from commitments.datasets import descriptions, releases
from commitments.datasets.derived import ALL_TABLES
from commitments.pages import LINKED_FORMATS, filtered_view
from commitments.presenters import linked_data
from commitments.selection import Clocks
from planwatch.api.renderers import FILES
from planwatch.api.turtle import as_turtle
from planwatch.db.site_data import current_site
from planwatch.web.file_ranges import file_answer
from planwatch.web.query_params import check_names, timeless

A_DAY = "public, max-age=86400"


@filtered_view
def data_page(request):
    """Show what can be had. It is about the data set as it is published, so it takes no clock."""
    check_names(request.GET, (), timeless(releases.TIMELESS))
    request.clocks = Clocks()
    notes = releases.published()
    latest_one = notes[0] if notes else None
    context = {
        "published": notes,
        "latest": latest_one,
        "latest_address": reverse("dataset_latest"),
        "list_address": reverse("api:datasets"),
        "docs_address": reverse("api:docs"),
        "changes_address": reverse("change_list"),
        "tables": ALL_TABLES,
        "own_address": current_site().address,
        "cited": latest_one and descriptions.cited(latest_one.version, latest_one.recorded_on),
        "downloads": [
            (name, media_type, request.build_absolute_uri(address))
            for name, media_type, address in _downloads(latest_one)
        ],
        "site_url": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "datasets/data.html", context)


def _downloads(published):
    """Return (name, media type, address) of what can be had whole: the newest archive, and the list in each format."""
    if published:
        address = reverse("dataset_file", kwargs={"version": published.version})
        yield published.name, "application/zip", address
    commitments = reverse("api:commitment-list")
    for renderer in FILES:
        yield (
            f"commitments.{renderer.format}",
            renderer.media_type,
            f"{commitments}?format={renderer.format}",
        )


@filtered_view
def latest(request):
    """Lead to the newest published file. Citations use the address that it leads to."""
    check_names(request.GET, (), timeless(releases.TIMELESS))
    notes = releases.published()
    if not notes:
        return _not_published(request, notes)
    response = redirect("dataset_file", version=notes[0].version)
    response["Cache-Control"] = "no-cache"
    return response


@filtered_view
def dataset_file(request, version):
    """Serve a published file, whole or in part. Its address names one sequence of bytes for ever."""
    check_names(request.GET, (), timeless(releases.TIMELESS))
    notes = releases.published()
    note = next((note for note in notes if str(note.version) == version), None)
    if note is None or not note.path.exists():
        return _not_published(request, notes, version)
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{note.name}"',
        "ETag": f'"{note.sha256}"',
        "Cache-Control": A_DAY,
    }
    return file_answer(request, note.path, headers)


@filtered_view
def vocabularies(request, form):
    """Answer with the vocabularies of the data as concept schemes."""
    return _linked(request, form, linked_data.vocabularies)


@filtered_view
def catalog(request, form):
    """Answer with what the data set is, and where it can be had, for catalogs."""
    latest_one = next(iter(releases.published()), None)
    about, files = descriptions.abstract_and_keywords(), _downloads(latest_one)
    things = partial(linked_data.catalog, about=about, files=files, latest=latest_one)
    return _linked(request, form, things)


def _linked(request, form, things) -> HttpResponse:
    check_names(request.GET, (), timeless(releases.TIMELESS))
    media_type = next((name for name, known in LINKED_FORMATS.items() if known == form), None)
    if media_type is None:
        raise Http404
    with translation.override("en"):
        document = linked_data.written(things(request.build_absolute_uri))
    return HttpResponse(as_turtle(document) if form == "ttl" else document, content_type=media_type)


def _not_published(request, notes, version="") -> HttpResponse:
    redaction = releases.redaction_of(version)
    context = {"published": notes, "redaction": redaction, "data": reverse("data")}
    status = 410 if redaction else 404
    return render(request, "datasets/not_published.html", context, status=status)
