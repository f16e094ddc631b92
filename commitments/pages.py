"""Decorators of public pages: safe methods, strict parameters, dates."""

from collections.abc import Collection
from functools import wraps

from django.http import (
    Http404,
    HttpResponse,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from commitments.audit.notices import notice_of
from commitments.known_at import known_at
from commitments.selection import in_todays_names, moment_of, read_clocks
from planwatch.middleware.tracking_params import address_without_blanks, is_page
from planwatch.web.error_views import bad_parameters, page_not_found
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


def picture(request, template: str, context: dict) -> HttpResponse:
    """Answer with a chart alone, as SVG that holds its colors itself: for a report, a slide or another site."""
    drawn = render_to_string(template, {**context, "alone": True}, request)
    return HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")
