"""Refusals of requests that Django would answer as a page: writes without the closing slash, bodies over the limit."""

from http import HTTPStatus

from django.conf import settings
from django.middleware.common import CommonMiddleware
from django.utils.http import escape_leading_slashes

from planwatch.web.api_errors import json_error

LONGEST_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
TOO_LONG = f"The body of a request may have {LONGEST_BODY:,} bytes at most."


class ClosingSlash(CommonMiddleware):
    """Redirects an address without its closing slash to the one with it, whatever the method, also while developing."""

    def get_full_path_with_slash(self, request):
        return escape_leading_slashes(request.get_full_path(force_append_slash=True))


def redirect_writes_as_writes(get_response):
    """Let a write keep its method and body where it is sent to another address (308 instead of 301).

    As a GET it would be answered 200 there, and nothing would have been written.
    """

    def middleware(request):
        response = get_response(request)
        if response.status_code == 301 and request.method not in ("GET", "HEAD"):
            response.status_code = 308
        return response

    return middleware


def refuse_by_the_api_as_data(get_response):
    """Refuse a body that is too long for the API before it is read (413), and give every 4xx under /api/ its shape.

    Some are answered before the API is reached: a wrong host, too many parameters, a missing proof of origin.
    """

    def middleware(request):
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > LONGEST_BODY:
            return json_error(413, "content_too_large", TOO_LONG)
        response = get_response(request)
        if not 400 <= response.status_code < 500:
            return response
        if "json" not in response.get("Content-Type", ""):
            status = HTTPStatus(response.status_code)
            data = json_error(status, status.name.lower(), f"{status.phrase}. {status.description}")
            response.content = data.content
            response.headers["Content-Length"] = str(len(data.content))
        response.headers["Content-Type"] = "application/json"
        return response

    return middleware
