"""HTTP client: one POST to a public address, within limits of time and size, without redirects."""

import asyncio
import re
import ssl
import time
from dataclasses import dataclass
from functools import cache

import httpx
from django.db import models
from django.utils.translation import gettext_lazy

from planwatch.net.ssrf import NotPublic, PublicTransport, web_address

SECONDS = 10


class Outcome(models.TextChoices):
    DELIVERED = "delivered", gettext_lazy("Delivered")
    REFUSED = "refused", gettext_lazy("Answered with an error")
    REDIRECTED = "redirected", gettext_lazy("Answered with a redirect, which is not followed")
    GONE = "gone", gettext_lazy("Answered that it is gone for good")
    TOO_SLOW = "too_slow", gettext_lazy("Did not answer in time")
    NOT_TRUSTED = "not_trusted", gettext_lazy("Has no valid certificate")
    UNREACHABLE = "unreachable", gettext_lazy("No connection could be made")
    NOT_PUBLIC = "not_public", gettext_lazy("Not called: its address is not public")


@dataclass(frozen=True)
class Called:
    """What became of a call. `wait` is for how many seconds the receiver asks to be left alone."""

    outcome: Outcome
    status: int | None = None
    milliseconds: int = 0
    wait: int = 0


def call(url: str, body: bytes, headers: dict[str, str], *, allow_private: bool) -> Called:
    """Send a message and return what became of it. Never raises for what the other side does."""
    begun = time.monotonic()
    status, wait = None, 0
    try:
        status, wait = asyncio.run(_posted(url, body, headers, allow_private))
        outcome = _meaning(status)
    except NotPublic:
        outcome = Outcome.NOT_PUBLIC
    except (TimeoutError, httpx.TimeoutException):
        outcome = Outcome.TOO_SLOW
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        outcome = Outcome.NOT_TRUSTED if _is_untrusted(error) else Outcome.UNREACHABLE
    return Called(outcome, status, round((time.monotonic() - begun) * 1000), wait)


async def _posted(url, body, headers, allow_private) -> tuple[int, int]:
    transport = PublicTransport(
        httpx.AsyncHTTPTransport(verify=_certificates()), allow_private=allow_private
    )
    async with (
        asyncio.timeout(SECONDS),
        httpx.AsyncClient(transport=transport, timeout=SECONDS, trust_env=False) as client,
        client.stream("POST", web_address(url), content=body, headers=headers) as response,
    ):
        # Its status says all: what else comes is never read, however much it is.
        asked = response.headers.get("Retry-After", "")
        return response.status_code, int(asked) if re.fullmatch(r"[0-9]{1,9}", asked) else 0


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _meaning(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status == 410:
        return Outcome.GONE
    return Outcome.REDIRECTED if 300 <= status < 400 else Outcome.REFUSED


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None
