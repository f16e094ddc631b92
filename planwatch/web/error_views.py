"""Error pages."""

import sys

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext

from planwatch.db.errors import outage_of
from planwatch.db.site_data import last_known_site
from planwatch.middleware.rate_limit import answer_refusal
from planwatch.web.api_errors import json_error
from planwatch.web.query_params import InvalidQuery


def bad_parameters(request, error: InvalidQuery):
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
        return json_error(400, "bad_request", words)
    return HttpResponseBadRequest(f"{words}\n", content_type="text/plain; charset=utf-8")


def page_not_found(request, exception=None):
    return render(request, "404.html", {"own_search": True}, status=404)


def server_error(request):
    """Answer what nothing else answered: 503 where the database or the disk failed, else 500.

    Use no database and no context processor: they may be what failed.
    """
    outage = outage_of(sys.exc_info()[1])
    is_api = request.path_info.startswith("/api/")
    if outage is None and is_api:
        return json_error(500, "error", gettext("A server error occurred."))
    if outage is None:
        return HttpResponseServerError(render_to_string("500.html", {"site": last_known_site()}))
    if is_api:
        response = json_error(503, "unavailable", str(outage.words))
    else:
        context = {
            "site": last_known_site(),
            "words": outage.words,
            "retry_after": outage.retry_after,
        }
        response = HttpResponse(render_to_string("503.html", context), status=503)
    response["Retry-After"] = outage.retry_after
    response["Cache-Control"] = "no-store"
    return response
