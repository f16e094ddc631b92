"""API errors for requests that are refused before the API is reached."""

import orjson
from django.http import HttpResponse


def json_error(status: int, code: str, words: str) -> HttpResponse:
    """Return one refusal in the shape of the API, for what is refused before the API is reached."""
    error = {"code": code, "detail": words, "attr": None}
    kind = "client_error" if status < 500 else "server_error"
    return HttpResponse(
        orjson.dumps({"type": kind, "errors": [error]}),
        status=status,
        content_type="application/json",
    )
