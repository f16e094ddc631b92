"""What every public page has in common: safe methods, a strict address, its clocks, and the pages for when it goes wrong."""

import sys
from collections.abc import Collection
from functools import wraps

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseServerError,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from commitments.filters import moment_of, read_clocks
from commitments.known_at import known_at
from commitments.notices import notice_of
from planwatch.errors import BadParameters, as_data, check_names
from planwatch.limits import answer_refusal
from planwatch.outages import outage_of
from planwatch.web.query_params import address_without_blanks, is_page

CLOCKS = ("as_of", "known_at")


def filtered_page(view):
    """Make a view a public page that reads its whole address with `commitments.filters.select`.

    With `known_at` in the address, all that the view reads is as it stood at that moment.

    An address that cannot be read gets the page that says what is wrong with it, with status 400.
    """

    @require_safe
    @wraps(view)
    def page(request, **kwargs):
        if is_page(request.path_info) and (address := address_without_blanks(request)):
            return redirect(address)
        try:
            with known_at(moment_of(request.GET)):
                return view(request, **kwargs)
        except BadParameters as error:
            return bad_parameters(request, error)
        except Http404 as error:
            if notice := notice_of(kwargs.get("code", "")):
                return render(
                    request, "commitments/unpublished.html", {"notice": notice}, status=410
                )
            return page_not_found(request, error)

    return page


def public_page(*also: str, repeatable: Collection[str] = ()):
    """Make a view a public page, which takes the clocks and the parameters named here and no others.

    Those of `repeatable` may be given several times.

    The view finds the clocks as `request.clocks`.
    """

    def decorate(view):
        @filtered_page
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


def bad_parameters(request, error: BadParameters):
    """Say what is wrong with the address, and offer it again without the wrong parts."""
    kept = request.GET.copy()
    for problem in error.problems:
        kept.pop(problem.parameter, None)
    query = kept.urlencode()
    corrected = f"{request.path}?{query}" if query else request.path
    context = {"problems": error.problems, "corrected": corrected}
    return render(request, "400.html", context, status=400)


def bad_request(request, exception=None):
    """Say what is wrong with a request that nothing could be done with: in words alone where no page can be made."""
    words = gettext("This request cannot be read.")
    if isinstance(exception, RequestDataTooBig):
        words = gettext("This form holds more than can be sent at once. Send less.")
        return answer_refusal(request, 413, "content_too_large", words, 0)
    if isinstance(exception, DisallowedHost):
        words = gettext("This site does not answer under that name.")
    elif isinstance(exception, TooManyFieldsSent):
        words = gettext("There are too many parameters or fields in this request.")
    elif not request.path_info.startswith("/api/"):
        return render(request, "400.html", status=400)
    if request.path_info.startswith("/api/"):
        return as_data(400, "bad_request", words)
    return HttpResponseBadRequest(f"{words}\n", content_type="text/plain; charset=utf-8")


def page_not_found(request, exception=None):
    return render(request, "404.html", {"own_search": True}, status=404)


def server_error(request):
    """Answer what nothing else answered: 503 where the database or the disk failed, else 500.

    Use no database and no context processor: they may be what failed.
    """
    outage = outage_of(sys.exc_info()[1])
    if outage is None:
        return HttpResponseServerError(render_to_string("500.html"))
    if request.path_info.startswith("/api/"):
        error = {"code": "unavailable", "detail": str(outage.words), "attr": None}
        response = JsonResponse({"type": "server_error", "errors": [error]}, status=503)
    else:
        context = {"words": outage.words, "retry_after": outage.retry_after}
        response = HttpResponse(render_to_string("503.html", context), status=503)
    response["Retry-After"] = outage.retry_after
    response["Cache-Control"] = "no-store"
    return response
