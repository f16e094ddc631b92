"""What no request may hold, and what every answer says to browsers about other sites beside Django and django-csp."""

from __future__ import annotations

import re

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
# Made to be taken by other sites: the data, its files, and pictures of charts and for shared links.
FOR_OTHERS = re.compile(r"^/(?:api/v1/(?!auth/)|data/)|\.(?:svg|png|atom|ics|bib|ris|json)$")


def keep_to_this_site(get_response):
    """Let other sites embed what is made for them and nothing else, and give pages no use of a device's senses."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        open_to_all = FOR_OTHERS.search(request.path_info) and not request.path_info.startswith(
            ("/admin/", "/editor/", "/accounts/")
        )
        response.headers.setdefault(
            "Cross-Origin-Resource-Policy", "cross-origin" if open_to_all else "same-origin"
        )
        return response

    return middleware


def refuse_nul(get_response):
    """Answer 400 where an address or a form holds the character NUL: no text has it, and PostgreSQL keeps none.

    A body in JSON is looked at field by field, where the API reads it.
    """

    def middleware(request):
        texts = [request.path_info, request.META.get("QUERY_STRING", "").replace("%00", "\0")]
        if request.method == "POST":
            texts += [text for name, values in request.POST.lists() for text in (name, *values)]
        if any("\0" in text for text in texts):
            raise BadRequest
        return get_response(request)

    return middleware
