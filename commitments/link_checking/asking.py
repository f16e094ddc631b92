"""Asks one address and says what its answer means."""

from __future__ import annotations

import logging
import re
import ssl
import string
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urlsplit

import httpx

from commitments.link_checking.addresses import NotPublic
from commitments.link_checking.reading import read
from commitments.link_checking.visiting import Left, Page, Visitor
from commitments.links import Answer, LinkState, Question, same_place

logger = logging.getLogger(__name__)

REDIRECTS = 10
LONGEST_ADDRESS = 2000
REDIRECTING = (301, 302, 303, 307, 308)
SAYS_NOT_FOUND = re.compile(
    r"^\W*(error\s*)?404\b|\b404\b.{0,20}\b(error|not found)\b"
    r"|\b(page|document|file)\b.{0,40}(\bnot\b|\bno longer\b|n[’']t\b).{0,20}\b(found|exists?|available)\b"
    r"|\b(page|document|file)\b.{0,40}\b(unavailable|has been (removed|deleted))\b"
    r"|^\W*not found\b|\bp[áa]gina no encontrada\b|\bpage (non trouvée|introuvable)\b",
    re.IGNORECASE,
)
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
        except Exception:
            # One odd site must not keep the others from being asked; what it did is for whoever mends this.
            logger.exception("Asking %s failed.", question.url)
            return None
    return answer


async def _followed(question: Question, visit: Visitor, hops: list[str]) -> Answer:
    url = question.url
    while True:
        known = question.final_url or question.url
        conditions = {}
        if url == known:
            conditions = {
                "If-None-Match": question.etag,
                "If-Modified-Since": question.last_modified,
            }
        page = await _got(visit, url, {name: value for name, value in conditions.items() if value})
        if page.status not in REDIRECTING:
            break
        url = _next(url, page)
        if url in (question.url, *hops):
            raise Unanswered("It redirects in a circle.", status=page.status)
        hops.append(url)
        if len(hops) > REDIRECTS:
            raise Unanswered(f"It redirects more than {REDIRECTS} times.", status=page.status)
    return _judged(question, url, tuple(hops), page)


async def _got(visit: Visitor, url: str, headers: dict[str, str]) -> Page:
    try:
        return await visit.get(url, headers)
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


def _next(url: str, page: Page) -> str:
    """Return where a redirect leads. Raises Unanswered where that is no address of the web."""
    raw = next((value for name, value in page.headers.raw if name.lower() == b"location"), b"")
    try:
        # A name outside ASCII is read as UTF-8; bytes that are not UTF-8 are kept as they came, percent-encoded.
        try:
            location = raw.decode()
        except UnicodeDecodeError:
            location = quote(raw, safe=string.punctuation)
        following = httpx.URL(url).join(location.strip()).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise Unanswered("It redirects to what is no address.", status=page.status) from error
    if not raw.strip():
        raise Unanswered("It redirects without saying where to.", status=page.status)
    if len(str(following)) > LONGEST_ADDRESS:
        raise Unanswered("It redirects to an address that is too long.", status=page.status)
    return str(following)


def _judged(question: Question, url: str, hops: tuple[str, ...], page: Page) -> Answer:
    status = page.status
    answer = Answer(
        LinkState.ANSWERED if same_place(question.url, url) else LinkState.MOVED,
        final_url=url,
        redirects=hops,
        http_status=status,
        problem=page.problem,
        etag=page.headers.get("ETag", "")[:200],
        last_modified=page.headers.get("Last-Modified", "")[:60],
    )
    if status == 304 and (question.etag or question.last_modified):
        return replace(answer, is_same=True)
    if status in (404, 410):
        return replace(answer, state=LinkState.GONE, etag="", last_modified="")
    if 400 <= status < 500:
        return replace(answer, state=LinkState.REFUSED, etag="", last_modified="")
    if not 200 <= status < 300:
        raise Unanswered(
            f"The site answered with an error, {status}.", again=status >= 500, status=status
        )
    reading = read(page)
    if SAYS_NOT_FOUND.search(reading.title):
        problem = f"It answers, but with a page that says: {reading.title[:120]}"
    elif hops and _leads_home(question.url, url):
        problem = "It leads to the front page of a site instead."
    else:
        return replace(answer, content_hash=reading.digest, fingerprint=reading.fingerprint)
    return replace(
        answer, state=LinkState.GONE, is_soft_404=True, problem=problem, etag="", last_modified=""
    )


def _leads_home(asked: str, final: str) -> bool:
    """Tell whether a page below a front page now leads to one."""
    asked, final = urlsplit(asked), urlsplit(final)
    return (
        not HOME.fullmatch(asked.path)
        and HOME.fullmatch(final.path) is not None
        and not final.query
    )
