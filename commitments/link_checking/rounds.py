"""Many addresses side by side, one after another on each host."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

import httpx

from commitments.link_checking.visiting import Manners, Visitor

Item, Result = TypeVar("Item"), TypeVar("Result")


def go_round(
    items: Sequence[Item],
    ask: Callable[[Item, Callable[[], Visitor]], Awaitable[Result]],
    manners: Manners,
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with what `ask` found, as it comes. Between two, nothing runs: the caller may take its time.

    Closing the generator ends what is under way. An error that `ask` does not know is raised here.
    """
    tls = httpx.create_ssl_context()
    with asyncio.Runner() as runner:
        found: asyncio.Queue = asyncio.Queue()

        async def work(item):
            try:
                result = await ask(item, lambda: Visitor(manners, tls))
            except Exception as error:
                result = error
            await found.put((item, result))

        async def begin():
            return [asyncio.create_task(work(item)) for item in items]

        tasks = runner.run(begin())
        for _ in tasks:
            item, result = runner.run(found.get())
            if isinstance(result, Exception):
                raise result
            yield item, result
