"""Probe of one URL, and what its response means."""

import asyncio
import re
import ssl
import string
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urlsplit

import httpx
from django.conf import settings

from commitments.choices import LinkState
from commitments.link_checks.http_client import Left, Page, Visitor
from commitments.link_checks.placeholder_pages import (
    asks_to_sign_in,
    blocks_programs,
    says_not_found,
)
from commitments.link_checks.states import Answer, Question
from commitments.link_checks.text_extract import Reading, read, unpacked
from planwatch.net.addresses import same_place
from planwatch.net.ssrf import NotPublic
from planwatch.web.text import one_line

REDIRECTS = 10
LONGEST_ADDRESS = 2000
REDIRECTING = (301, 302, 303, 307, 308)
HOME = re.compile(
    r"/?([a-z]{2}([-_][a-z]{2})?/?)?(index\.\w+|home|default\.aspx)?/?", re.IGNORECASE
)


class Unanswered(Exception):
    """No answer from which anything about the document follows. `status` is the one that came, if one did."""

    def __init__(self, words: str, *, again: bool = False, status: int | None = None):
        super().__init__(words)
        self.again, self.status = again, status


async def ask(question: Question, visitor: Callable[[], Visitor]) -> Answer | None:
    """Return what an address answers; None where its host asked for peace in this round, so that nothing is known.

    A failure that may pass (no connection, no time, a site's own error) is believed when it happens twice.
    """
    answer = None
    for _ in range(2):
        hops: list[str] = []
        try:
            async with visitor() as visit:
                return await _followed(question, visit, hops)
        except Left:
            return answer
        except Unanswered as error:
            answer = Answer(
                LinkState.UNREACHABLE,
                final_url=hops[-1] if hops else "",
                redirects=tuple(hops),
                http_status=error.status,
                problem=str(error),
            )
            if not error.again:
                break
    return answer


async def _followed(question: Question, visit: Visitor, hops: list[str]) -> Answer:
    url, page, reading = await arrive(question, visit, hops)
    return _judged(question, url, tuple(hops), page, reading)


async def arrive(question: Question, visit: Visitor, hops: list[str]) -> tuple[str, Page, Reading]:
    """Return the address to which one leads, what it answers and what stands there. Adds each redirect to `hops`.

    Raises Unanswered, and Left where its host wants peace.
    """
    url = question.url
    while True:
        conditions = {}
        if url == (question.final_url or question.url):
            conditions = {
                "If-None-Match": question.etag,
                "If-Modified-Since": question.last_modified,
            }
        # What is not ASCII cannot be sent back as it came.
        sent = {name: value for name, value in conditions.items() if value and value.isascii()}
        page = await _got(visit, url, sent)
        reading = None
        if page.status in REDIRECTING:
            raw = next(
                (value for name, value in page.headers.raw if name.lower() == b"location"), b""
            )
        else:
            # A process of its own reads it, and may be killed.
            reading = await asyncio.to_thread(read, page) if page.body else Reading()
            raw = reading.refresh.encode()
            if not (raw and 200 <= page.status < 300):
                break
        url = _next(url, raw, page.status)
        if url in (question.url, *hops):
            raise Unanswered("It redirects in a circle.", status=page.status)
        hops.append(url)
        if len(hops) > REDIRECTS:
            raise Unanswered(f"It redirects more than {REDIRECTS} times.", status=page.status)
    return url, page, reading


async def _got(visit: Visitor, url: str, headers: dict[str, str]) -> Page:
    try:
        return await visit.fetch(url, headers)
    except NotPublic as error:
        raise Unanswered(f"Not asked: {error}.") from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise Unanswered("It did not answer in time.", again=True) from error
    except (httpx.InvalidURL, UnicodeError) as error:
        raise Unanswered("Its address cannot be read.") from error
    except (httpx.HTTPError, OSError) as error:
        raise _failure(error) from error


def _failure(error: Exception) -> Unanswered:
    causes = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for found in causes:
        if isinstance(found, ssl.SSLCertVerificationError):
            return Unanswered(f"Its certificate is not valid: {found.verify_message}.")
        if isinstance(found, ssl.SSLError):
            return Unanswered("No secure connection could be made.", again=True)
    if isinstance(error, OSError):
        return Unanswered("Its name leads nowhere.", again=True)
    if isinstance(error, httpx.ConnectError):
        return Unanswered("No connection could be made.", again=True)
    return Unanswered("The connection broke off.", again=True)


def _next(url: str, raw: bytes, status: int) -> str:
    """Return where a redirect leads, by header or by the page. Raises Unanswered where that is no address of the web."""
    try:
        # A name outside ASCII is read as UTF-8; bytes that are not UTF-8 are kept as they came, percent-encoded.
        try:
            location = raw.decode()
        except UnicodeDecodeError:
            location = quote(raw, safe=string.punctuation)
        following = httpx.URL(url).join(location.strip()).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise Unanswered("It redirects to what is no address.", status=status) from error
    if not raw.strip():
        raise Unanswered("It redirects without saying where to.", status=status)
    if len(str(following)) > LONGEST_ADDRESS:
        raise Unanswered("It redirects to an address that is too long.", status=status)
    return str(following)


def _judged(
    question: Question, url: str, hops: tuple[str, ...], page: Page, reading: Reading
) -> Answer:
    status = page.status
    answer = Answer(
        LinkState.ANSWERED if same_place(question.url, url) else LinkState.MOVED,
        final_url=url,
        redirects=hops,
        http_status=status,
        problem=page.problem,
        etag=one_line(page.headers.get("ETag", ""))[:200],
        last_modified=one_line(page.headers.get("Last-Modified", ""))[:60],
    )
    if status == 304 and (question.etag or question.last_modified):
        return replace(answer, is_same=True)
    unread = replace(answer, etag="", last_modified="")
    if blocks_programs(page, reading):
        return replace(
            unread, state=LinkState.BLOCKED, problem="The site keeps automatic checks out."
        )
    if status in (404, 410):
        return replace(unread, state=LinkState.GONE)
    if 400 <= status < 500:
        return replace(unread, state=LinkState.REFUSED)
    if not 200 <= status < 300 or status == 202:
        raise Unanswered(
            f"The site answered without the document, {status}.", again=status >= 500, status=status
        )
    if says_not_found(reading):
        problem = f"It answers, but with a page that says: {(reading.title or reading.text)[:120]}"
    elif hops and _leads_home(question.url, url):
        problem = "It leads to the front page of a site instead."
    elif asks_to_sign_in(reading):
        return replace(
            unread, state=LinkState.BLOCKED, problem="The site asks to sign in or to agree first."
        )
    else:
        answer = replace(answer, content_hash=reading.digest, fingerprint=reading.fingerprint)
        if not settings.PLANWATCH_SNAPSHOTS or page.problem:
            return answer
        media_type = page.headers.get("Content-Type", "")
        return replace(answer, body=unpacked(page), media_type=media_type)
    return replace(unread, state=LinkState.GONE, is_soft_404=True, problem=problem)


def _leads_home(asked: str, final: str) -> bool:
    """Tell whether a page below a front page now leads to one."""
    asked, final = urlsplit(asked), urlsplit(final)
    return (
        not HOME.fullmatch(asked.path)
        and HOME.fullmatch(final.path) is not None
        and not final.query
    )
