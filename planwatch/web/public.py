"""What anybody may see, and everything on which such an answer depends: for caches, ETags and standbys."""

import hashlib
from pathlib import Path

from django.conf import settings

from planwatch.web.languages import split
from planwatch.web.negotiation import quality

# Signed-in work, what the key of a mail opens, and the server's own affairs: never shared, never conditional.
PRIVATE_PREFIXES = (
    "/admin/",
    "/accounts/",
    "/editor/",
    "/alerts/",
    "/rounds/",
    "/healthz/",
    settings.STATIC_URL,
)
# They change when a version of the data set is published, which is no write to the record.
LISTS_OF_VERSIONS = ("/data/", "/api/v1/datasets/")
# And these when a head of the record is signed, cosigned or anchored.
SHOWING_HEADS = ("/record/", "/commitments/", "/api/v1/record/")


def is_public_path(path: str) -> bool:
    return not split(path)[1].startswith(PRIVATE_PREFIXES)


def has_personal_cookie(request) -> bool:
    """Return whether a session, or a message that waits to be shown, makes a page one of this visitor alone."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "messages" in request.COOKIES


def is_public_read(request) -> bool:
    """Return whether a request only reads, and what anybody may see: its answer is the same for everybody."""
    return (
        request.method in ("GET", "HEAD")
        and "HTTP_AUTHORIZATION" not in request.META
        and is_public_path(request.path_info)
        and not has_personal_cookie(request)
    )


def cache_key(request, version) -> str:
    """Return a digest of everything on which the answer to a read depends, but for who is signed in.

    That is: the dataset version and the day, which decides what is overdue; the release of the code; and the request.
    Raises DisallowedHost.
    """
    meta, path = request.META, split(request.path_info)[1]
    parts = (
        version.hash,
        str(published_mark()) if path in LISTS_OF_VERSIONS else "",
        f"{version.head} {version.cosigned} {version.anchored}"
        if path.startswith(SHOWING_HEADS)
        else "",
        settings.PLANWATCH_RELEASE,
        str(settings.PLANWATCH_STALE_AFTER_DAYS),
        version.days,
        request.scheme,
        request.get_host(),
        request.get_full_path(),
        meta.get("HTTP_ACCEPT", ""),
        "gzip" if accepts_gzip(request) else "",
        meta.get("HTTP_HX_REQUEST", ""),
        meta.get("HTTP_AUTHORIZATION", ""),
        # Data are open to every origin, and only a request that names one is answered with it.
        "origin" if "HTTP_ORIGIN" in meta else "",
    )
    return hashlib.sha256(chr(0).join(parts).encode()).hexdigest()


def accepts_gzip(request) -> bool:
    return quality(request.META.get("HTTP_ACCEPT_ENCODING", ""), "gzip") > 0


def published_mark() -> int:
    """Return a number that changes when a version of the data set is published."""
    try:
        return Path(settings.PLANWATCH_DATASETS).stat().st_mtime_ns
    except FileNotFoundError:
        return 0
