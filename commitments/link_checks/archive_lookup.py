"""Look-up of a copy in a public archive, by the Internet Archive's availability API."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from commitments.link_checks.http_client import Left, Visitor
from planwatch.net.ssrf import NotPublic

LONGEST_ADDRESS = 500


@dataclass(frozen=True)
class Wanted:
    """An address of which a copy is wanted, from as near to that day as there is one."""

    key: str
    url: str
    day: dt.date | None = None


async def nearest_copy(service: str, wanted: Wanted, visitor: Callable[[], Visitor]) -> str:
    """Return the address of the copy nearest to a day, "" where the archive has none or does not say so in its form.

    `service` is asked as `?url=…&timestamp=YYYYMMDD`, and answers
    `{"archived_snapshots": {"closest": {"available": true, "status": "200", "url": …}}}`.
    """
    params = {"url": wanted.url}
    if wanted.day:
        params["timestamp"] = f"{wanted.day:%Y%m%d}"
    try:
        async with visitor() as visit:
            page = await visit.fetch(str(httpx.URL(service).copy_merge_params(params)))
        closest = json.loads(page.body or b"")["archived_snapshots"]["closest"]
        copy = httpx.URL(closest["url"])
        found = page.status == 200 and closest["available"] is True and closest["status"] == "200"
    except (httpx.HTTPError, httpx.InvalidURL, NotPublic, Left, OSError):
        return ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    if not found or copy.scheme not in ("http", "https") or not copy.host:
        return ""
    return str(copy) if len(str(copy)) <= LONGEST_ADDRESS else ""
