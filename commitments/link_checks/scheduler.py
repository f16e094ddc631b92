"""Scheduler: many hosts at once, the URLs of one host in turn."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

import httpx

from commitments.link_checks.http_client import Manners, Visitor

logger = logging.getLogger(__name__)

Item, Result = TypeVar("Item"), TypeVar("Result")


def go_round(
    items: Sequence[Item],
    ask: Callable[[Item, Callable[[], Visitor]], Awaitable[Result]],
    manners: Manners,
) -> Iterator[tuple[Item, Result | None]]:
    """Yield each item with what `ask` found, as it comes. Between two, nothing runs: the caller may take its time.

    Closing the generator ends what is under way. Where `ask` fails with an error, that item is given None and the log
    tells why.
    """
    tls = httpx.create_ssl_context()
    with asyncio.Runner() as runner:
        found: asyncio.Queue = asyncio.Queue()

        async def work(item):
            try:
                result = await ask(item, lambda: Visitor(manners, tls))
            except Exception:
                logger.exception("Asking about %s failed.", item)
                result = None
            await found.put((item, result))

        async def begin():
            return [asyncio.create_task(work(item)) for item in items]

        tasks = runner.run(begin())
        for _ in tasks:
            yield runner.run(found.get())
