"""Embeds for other sites: cards for a frame, SVG badges, and oEmbed."""

from functools import wraps
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

from csp.decorators import csp_replace
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from commitments.audit.unpublished import Notice, notice_of
from commitments.choices import Status
from commitments.models import Commitment, Development, Pillar
from commitments.pages import public_view
from commitments.presenters.addresses import joined
from commitments.presenters.bars import COUNTED, bars_by
from commitments.presenters.coverage import in_one_sentence
from commitments.presenters.news import newest
from commitments.presenters.status_sentence import status_sentence
from commitments.selection import IN_SCOPE, select_within_one
from commitments.statuses import START
from commitments.syndication.social_card import CARD_HEIGHT, CARD_WIDTH, badge_widths
from planwatch.db.site_data import current_site
from planwatch.web.languages import split
from planwatch.web.query_params import InvalidQuery, unknown_value

THEMES = ("light", "dark")
# A card is asked for anew after so many seconds; a page of another site may show it for a day when this one is away.
SECONDS = 300
CACHE = f"public, max-age={SECONDS}, stale-while-revalidate=86400, stale-if-error=86400"


def for_other_sites(*also):
    """Make a public page that other sites may frame, show and keep for a while, as they may no other page.

    Besides its colors it takes the parameters named here.
    """

    def decorate(view):
        @xframe_options_exempt
        @csp_replace({"frame-ancestors": ["*"]})
        @public_view("theme", *also, repeatable=also)
        @wraps(view)
        def page(request, **kwargs):
            theme = request.GET.get("theme", "")
            if theme and theme not in THEMES:
                raise InvalidQuery([unknown_value("theme", theme, THEMES)])
            request.theme = theme
            try:
                response = view(request, **kwargs)
            except Http404:
                notice = notice_of(kwargs.get("code", ""))
                status = 410 if notice else 404
                return render(request, "embeds/nothing.html", {"notice": notice}, status=status)
            response["Cache-Control"] = CACHE
            response["Cross-Origin-Resource-Policy"] = "cross-origin"
            return response

        return page

    return decorate


@for_other_sites()
def commitment_embed(request, code):
    return render(request, "embeds/commitment.html", _commitment(request, code))


@for_other_sites()
def commitment_badge(request, code):
    context = _commitment(request, code)
    commitment = context["commitment"]
    label = str(Status(commitment.effective_status).label)
    return _badge(request, "embeds/commitment.svg", context, commitment.code, label)


@for_other_sites(*IN_SCOPE)
def pillar_embed(request, slug):
    context = _pillar(request, slug)
    selection = context.pop("selection")
    context["latest"] = newest(selection.queryset, selection.clocks.until, 1)
    return render(request, "embeds/pillar.html", context)


@for_other_sites(*IN_SCOPE)
def pillar_badge(request, slug):
    context = _pillar(request, slug)
    return _badge(
        request, "embeds/pillar.svg", context, context["title"], str(context["bar"].total)
    )


def _commitment(request, code):
    rows = request.clocks.show(Commitment.objects.published()).for_card()
    commitment = get_object_or_404(rows, code=code.upper())
    has_moved = commitment.effective_status != START
    reports = Development.objects.on_one(commitment, request.clocks.as_of)
    standing = status_sentence(commitment, has_moved, reports, request.clocks)
    return {"commitment": commitment, "standing": standing}


def _pillar(request, slug):
    pillar = get_object_or_404(Pillar, slug=slug)
    within = Commitment.objects.filter(pillar=pillar)
    selection = select_within_one(request, within, without=("theme",))
    bars = bars_by(selection.queryset.count_by("pillar", *COUNTED), "pillar")
    names = [item.label for item in selection.chosen]
    return {
        "pillar": pillar,
        "title": ", ".join([pillar.name, *names]),
        "bar": bars[slug],
        "coverage": in_one_sentence(selection.partly_read, most=1),
        "selection": selection,
    }


def _badge(request, template, context, left, right):
    """Answer with a badge. A picture cannot ask what its reader prefers, so it is light unless told otherwise."""
    context |= {
        "alone": True,
        "dark": request.theme == "dark",
        "left": left,
        "right": right,
        "widths": badge_widths(left, right),
    }
    drawn = render_to_string(template, context, request)
    return HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")


# oEmbed 1.0, https://oembed.com


@require_safe
def oembed(request, form):
    """Tell a program how to show a page of this site: /oembed.json?url=… or /oembed.xml?url=…

    The address is read as people copy it: without its closing slash, with a query or a fragment, by http or https.
    Answers 404 for an address that has no card, 410 with the notice for a commitment that was unpublished, and 501 for another form, as the specification asks. What it does not
    know of, such as a consumer's own parameters, it leaves alone.
    """
    for name in ("url", "maxwidth", "maxheight", "format"):
        if len(request.GET.getlist(name)) > 1:
            return _plain(f"Give {name} once.", 400)
    if form not in ("json", "xml") or request.GET.get("format", form) != form:
        return _plain("There is JSON and XML here.", 501)
    found = _title_and_paths(request, request.GET.get("url", ""))
    if isinstance(found, Notice):
        return _plain(
            f"{found.code} was unpublished on {found.unpublished_on} (row {found.seq} of the record): {found.reason}",
            410,
        )
    if found is None:
        return _plain("No page with a card stands at this address.", 404)
    title, card, *pictures = found
    try:
        width = min(CARD_WIDTH, int(request.GET.get("maxwidth", CARD_WIDTH)))
        height = min(CARD_HEIGHT, int(request.GET.get("maxheight", CARD_HEIGHT)))
    except ValueError:
        return _plain("maxwidth and maxheight are whole numbers of pixels.", 400)
    if width <= 0 or height <= 0:
        return _plain("maxwidth and maxheight are greater than 0.", 400)
    absolute = request.build_absolute_uri
    answer = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": current_site().name,
        "provider_url": absolute("/"),
        "cache_age": SECONDS,
        "width": width,
        "height": height,
        "html": frame(absolute(card), title, width, height),
    }
    for picture in pictures:
        answer |= {
            "thumbnail_url": absolute(picture),
            "thumbnail_width": 1200,
            "thumbnail_height": 630,
        }
    response = _xml(answer) if form == "xml" else JsonResponse(answer)
    response["Cache-Control"] = CACHE
    return response


def frame(address: str, title: str, width: int, height: int) -> str:
    """Return the markup that shows a card on another page."""
    context = {
        "site": current_site(),
        "address": address,
        "title": title,
        "width": width,
        "height": height,
    }
    return render_to_string("embeds/frame.txt", context).strip()


def _host_of(url: str) -> str | None:
    """Return the host of an address of the web, with its port where that is no usual one; None of any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return None
    return f"{parts.hostname}:{port}" if port not in (None, 80, 443) else parts.hostname


def _title_and_paths(request, url: str) -> tuple[str, ...] | Notice | None:
    """Return of a page with a card its title, and the paths of the card and, if it has one, of its picture."""
    if _host_of(url) != _host_of(request.build_absolute_uri("/")):
        return None
    path = unquote(urlsplit(url).path)
    path = path if path.endswith("/") else f"{path}/"
    language, _ = split(path)
    with translation.override(language):
        try:
            match = resolve(path)
        except Resolver404:
            return None
        if match.url_name in ("commitment_detail", "commitment_embed"):
            code = match.kwargs["code"].upper()
            commitment = Commitment.objects.published().filter(code=code).first()
            paths = [
                reverse(name, args=[code]) for name in ("commitment_embed", "commitment_picture")
            ]
            return (commitment.title, *paths) if commitment else notice_of(code)
        if match.url_name in ("pillar_detail", "pillar_embed"):
            pillar = Pillar.objects.filter(slug=match.kwargs["slug"]).first()
            query = parse_qsl(urlsplit(url).query)
            kept = [(name, value) for name, value in query if name in IN_SCOPE]
            return pillar and (
                pillar.name,
                joined(reverse("pillar_embed", args=[pillar.slug]), kept),
            )
    return None


def _xml(answer):
    root = ElementTree.Element("oembed")
    for name, value in answer.items():
        ElementTree.SubElement(root, name).text = str(value)
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return HttpResponse(content, content_type="text/xml; charset=utf-8")


def _plain(words, status):
    return HttpResponse(f"{words}\n", content_type="text/plain; charset=utf-8", status=status)
