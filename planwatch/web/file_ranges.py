"""Responses of immutable files, whole or in ranges (RFC 9110, 13 and 14)."""

import re
from pathlib import Path

from django.http import FileResponse, HttpResponse
from django.utils.cache import get_conditional_response
from whitenoise.responders import SlicedFile

_RANGE = re.compile(r"bytes=(?=\d|-\d)(\d{0,18})-(\d{0,18})")


def file_answer(request, path: Path, headers: dict[str, str]) -> HttpResponse:
    """Return the file, the range of it that is asked for, or what the conditions of the request call for.

    `headers` holds its ETag. More ranges than one, and one that is no range, are answered by the whole file.
    """
    size, etag = path.stat().st_size, headers["ETag"]
    if done := get_conditional_response(request, etag=etag):
        return done
    part = _part(request, etag, size)
    if part and part[0] >= size:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = part or (0, size - 1)
    headers = {**headers, "Accept-Ranges": "bytes", "Content-Length": str(last - first + 1)}
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    file = path.open("rb")
    response = FileResponse(SlicedFile(file, first, last) if part else file)
    if part:
        response.status_code = 206
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    # Afterwards, for it makes some of them from the file's name.
    for name, value in headers.items():
        response[name] = value
    return response


def _part(request, etag: str, size: int) -> tuple[int, int] | None:
    """Return the first and the last byte that are asked for, the first behind the end where it is; None for the whole."""
    if request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if not found:
        return None
    if not found[1]:
        return size - min(int(found[2]), size), size - 1
    first = int(found[1])
    last = int(found[2]) if found[2] else max(first, size - 1)
    return (first, min(last, size - 1)) if first <= last else None
