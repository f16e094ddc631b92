"""Which database answers: a hot standby for who only reads and is not known, the primary for everybody else."""

from __future__ import annotations

import threading

from django.conf import settings

from planwatch.web.languages import split

PRIMARY, STANDBY = "default", "standby"
# What these answer depends on who asks, or on what the primary alone knows.
OF_THE_PRIMARY = ("/admin/", "/accounts/", "/editor/", "/alerts/", "/healthz/")
_settled = threading.local()


def settle(alias: str) -> None:
    """Let this thread read from that database until its next request."""
    _settled.alias = alias


def reading_from() -> str:
    return getattr(_settled, "alias", PRIMARY)


def may_read_behind(request) -> bool:
    """Return whether a request may be answered by a standby: it writes nothing, and nobody is signed in."""
    return (
        STANDBY in settings.DATABASES
        and request.method in ("GET", "HEAD")
        and "HTTP_AUTHORIZATION" not in request.META
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and not split(request.path_info)[1].startswith(OF_THE_PRIMARY)
    )


class Router:
    """Reads go where the request was settled, all else to the primary."""

    def db_for_read(self, model, **hints):
        return reading_from()

    def db_for_write(self, model, **hints):
        return PRIMARY

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, alias, app_label, **hints):
        return alias == PRIMARY
