"""Log formatters, which remove secrets and personal addresses."""

import datetime as dt
import json
import logging
import re
from contextvars import ContextVar

from django.conf import settings
from django.utils.html import escape
from django.views.debug import ExceptionReporter

# What a request says beyond its message, and an event of an account.
TOLD = ("method", "path", "status", "milliseconds", "queries", "database_milliseconds", "who")
TOLD += ("security",)
# What holds words of a client, or of a library.
WRITTEN_BY_OTHERS = ("message", "path", "traceback")
HIDDEN = "[hidden]"
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_AUTHORIZATION = re.compile(r"\b(Token|Basic|Bearer)\s+[\w+/=.~-]{8,}", re.IGNORECASE)
_NAMED = re.compile(
    r"((?:password|sessionid|csrf\w*|secret|api_?key)['\"]?\s*[=:]\s*)[^\s,;&)}]+", re.I
)
# Without one of these nothing of the three is there, and most lines are looked at once.
_SUSPECT = re.compile(r"[@=:]|\b(?:token|basic|bearer)\s", re.IGNORECASE)
_SECRET_FIELD = re.compile("password|token|secret|code|otp", re.IGNORECASE)
# Once: a line is written for every request.
_ENCODER = json.JSONEncoder(ensure_ascii=False)
current_request: ContextVar = ContextVar("request", default=None)


def _secrets_of(request) -> list[str]:
    """Return what no log may hold: the secrets of the site, and what a request carries."""
    found = [*settings.PLANWATCH_SECRETS]
    if request is not None:
        found += [
            value
            for name, value in request.COOKIES.items()
            if name != settings.LANGUAGE_COOKIE_NAME
        ]
        found += request.META.get("HTTP_AUTHORIZATION", "").split()[1:]
        # Only what was read already: a log must not read a body.
        for name, values in getattr(request, "_post", None) and request._post.lists() or ():
            if _SECRET_FIELD.search(name):
                found += values
    return sorted((value for value in found if len(value) > 3), key=len, reverse=True)


def without_secrets(text: str, request=None) -> str:
    """Return a text without addresses of people, credentials, and whatever secret the request carries."""
    return _without(text, _secrets_of(request))


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    if not _SUSPECT.search(text):
        return text
    text = _ADDRESS.sub(HIDDEN, text)
    text = _AUTHORIZATION.sub(rf"\1 {HIDDEN}", text)
    return _NAMED.sub(rf"\1{HIDDEN}", text)


class ReporterWithoutSecrets(ExceptionReporter):
    """Django's page and text about an error, which show variables and the environment, without secrets of the site."""

    def get_traceback_html(self):
        return self._without_secrets(super().get_traceback_html())

    def get_traceback_text(self):
        return self._without_secrets(super().get_traceback_text())

    def _without_secrets(self, text):
        for secret in sorted(settings.PLANWATCH_SECRETS, key=len, reverse=True):
            text = text.replace(escape(secret), HIDDEN).replace(secret, HIDDEN)
        return text


class TextFormatter(logging.Formatter):
    """Lines for a person, without secrets."""

    def format(self, record):
        return without_secrets(super().format(record), current_request.get())


class JsonFormatter(logging.Formatter):
    """One JSON object a line, without secrets."""

    def format(self, record):
        request = current_request.get()
        said = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", getattr(request, "id", None)),
        }
        said |= {name: getattr(record, name) for name in TOLD if hasattr(record, name)}
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        secrets = _secrets_of(request)
        for name in WRITTEN_BY_OTHERS:
            if said.get(name):
                said[name] = _without(said[name], secrets)
        return _ENCODER.encode(said)
