"""Decorators of public pages: safe methods, strict parameters, dates; and of the pages that an invitation opens."""

from collections.abc import Collection
from functools import wraps

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from commitments import services
from commitments.audit.unpublished import notice_of
from commitments.known_at import known_at
from commitments.selection import in_todays_names, moment_of, read_clocks
from planwatch.accounts.pages import PRIVATE
from planwatch.db.site_data import current_site
from planwatch.middleware.tracking_params import address_without_blanks, is_page
from planwatch.web.error_views import bad_parameters, page_not_found
from planwatch.web.languages import split
from planwatch.web.negotiation import preferred
from planwatch.web.query_params import InvalidQuery, check_names

CLOCKS = ("as_of", "known_at")


def filtered_view(view):
    """Make a view a public page that reads its whole address with `commitments.selection.select_commitments`.

    With `known_at` in the address, all that the view reads is as it stood at that moment.

    An address that cannot be read gets the page that says what is wrong with it, with status 400.
    """

    @require_safe
    @wraps(view)
    def page(request, **kwargs):
        if is_page(request.path_info) and (address := address_without_blanks(request)):
            return redirect(address)
        if (
            is_page(request.path_info)
            and (query := in_todays_names(request.GET)) is not request.GET
        ):
            return redirect(f"{request.path}?{query.urlencode()}", permanent=True)
        try:
            with known_at(moment_of(request.GET)):
                return view(request, **kwargs)
        except InvalidQuery as error:
            return bad_parameters(request, error)
        except Http404 as error:
            if notice := notice_of(kwargs.get("code", "")):
                return render(
                    request, "commitments/unpublished.html", {"notice": notice}, status=410
                )
            return page_not_found(request, error)

    return page


def public_view(*also: str, repeatable: Collection[str] = ()):
    """Make a view a public page, which takes the clocks and the parameters named here and no others.

    Those of `repeatable` may be given several times.

    The view finds the clocks as `request.clocks`.
    """

    def decorate(view):
        @filtered_view
        @wraps(view)
        def page(request, **kwargs):
            check_names(request.GET, (*CLOCKS, *also), repeatable=repeatable)
            request.clocks = read_clocks(request.GET)
            return view(request, **kwargs)

        return page

    return decorate


LINKED_FORMATS = {"application/ld+json": "jsonld", "text/turtle": "ttl"}
_DATA_FORMATS = {"application/json": "json", **LINKED_FORMATS}


def linked_page(name: str, clocks: Collection[str] = CLOCKS):
    """Make a page one that is found as data, too: `name` is the API's address of what it shows, `clocks` are those it takes.

    `Accept` leads to JSON, JSON-LD or Turtle where it prefers them. A page says in its Link header how to cite it, under which
    license, and where its description, its data and the whole data set are (https://signposting.org/).
    """

    def decorate(view):
        @wraps(view)
        def page(request, **kwargs):
            address, query = reverse(name, kwargs=kwargs), request.GET.copy()
            liked = preferred(request.headers.get("Accept", ""), ("text/html", *_DATA_FORMATS))
            if liked in _DATA_FORMATS:
                query["format"] = _DATA_FORMATS[liked]
                return HttpResponseRedirect(f"{address}?{query.urlencode()}", status=303)
            request.data_addresses = data_addresses(request, address, clocks)
            response = view(request, **kwargs)
            if response.status_code == 200:
                response["Link"] = signposts(
                    request,
                    split(request.path)[1],
                    request.data_addresses,
                    (request.data_addresses["application/json"], "item", "application/json"),
                    (request.build_absolute_uri(reverse("data")), "collection", "text/html"),
                )
            return response

        return page

    return decorate


def data_addresses(request, address: str, clocks: Collection[str] = CLOCKS) -> dict[str, str]:
    """Return by media type where the API has one object, at the clocks of a request."""
    query, found = request.GET.copy(), {}
    for parameter in query.keys() - {*clocks}:
        del query[parameter]
    for media_type, form in _DATA_FORMATS.items():
        if form != "json":
            query["format"] = form
        asked = f"?{query.urlencode()}" if query else ""
        found[media_type] = request.build_absolute_uri(f"{address}{asked}")
    return found


def signposts(request, page: str, data: dict[str, str], *more: tuple[str, str, str]) -> str:
    """Return a Link header: how what a page shows is cited, where its `data` describe it, its license, and more."""
    links = [(data[media_type], "describedby", media_type) for media_type in LINKED_FORMATS]
    named = [
        f'<{address}>; rel="{rel}"; type="{media_type}"'
        for address, rel, media_type in (*links, *more)
    ]
    license = current_site().license_address
    return ", ".join(
        [
            f'<{request.build_absolute_uri(page)}>; rel="cite-as"',
            f'<{license}>; rel="license"',
            *named,
        ]
    )


def picture(request, template: str, context: dict) -> HttpResponse:
    """Answer with a chart alone, as SVG that holds its colors itself: for a report, a slide or another site."""
    drawn = render_to_string(template, {**context, "alone": True}, request)
    return HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")


def invited_page(view):
    """Make a view a page of one invitation, for nobody else's eyes: kept nowhere, and its address is not handed on.

    It takes no CSRF token: the key in its address is needed for each request.
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request, **kwargs):
        invitation = services.invitation_of(request.GET.get("key", ""))
        if invitation is None:
            response = render(request, "rounds/nothing.html", status=404)
        else:
            response = view(request, invitation, **kwargs)
        response["Cache-Control"], response["Referrer-Policy"] = PRIVATE, "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    return page


def address_of(name: str, request, **keys: str) -> str:
    """Return the address of another page of the same invitation."""
    return f"{reverse(name, kwargs=keys)}?{urlencode({'key': request.GET['key']})}"
