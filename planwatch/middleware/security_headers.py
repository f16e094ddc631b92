"""Security headers beside Django's and django-csp's, and request bytes that are refused."""

import re

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.core.exceptions import BadRequest

# Nothing of a browser's that a page of this site has a use for; a passkey is the one exception.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
# Made to be taken by other sites: the data, its files, feeds, citations, and pictures of charts and for shared links.
FOR_OTHERS = re.compile(
    r"^/(?:api/(?!v1/auth/)|data/|oembed\.)|\.(?:svg|png|atom|ics|bib|ris|json)$"
)
_FOR_NOBODY_ELSE = ("/admin/", "/editor/", "/accounts/")


def is_for_others(path: str) -> bool:
    """Return whether other sites may show, and their scripts read, what an address answers to anybody."""
    return bool(FOR_OTHERS.search(path)) and not path.startswith(_FOR_NOBODY_ELSE)


class CrossOriginReading(CorsMiddleware):
    """Lets scripts of other origins read what is made for other sites, and write nothing."""

    def is_enabled(self, request):
        return request.method in settings.CORS_ALLOW_METHODS and is_for_others(request.path_info)


def security_headers(get_response):
    """Let other sites embed what is made for them and nothing else, and give pages no use of a device's senses."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        policy = "cross-origin" if is_for_others(request.path_info) else "same-origin"
        response.headers.setdefault("Cross-Origin-Resource-Policy", policy)
        return response

    return middleware


def holds_nul(exception: Exception) -> bool:
    """Return whether PostgreSQL was asked for a text with the character NUL, of which it keeps none."""
    return isinstance(exception, ValueError) and "cannot contain NUL" in str(exception)


def reject_null_bytes(get_response):
    """Answer 400 where a text with NUL came as far as PostgreSQL. What reads field by field says so before."""

    def middleware(request):
        return get_response(request)

    def process_exception(request, exception):
        if holds_nul(exception):
            raise BadRequest from exception

    middleware.process_exception = process_exception
    return middleware
