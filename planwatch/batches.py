"""Batches in which one failing item is logged and the others go on."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from planwatch.db.errors import outage_of

logger = logging.getLogger(__name__)


@contextmanager
def contained(what: str, *args) -> Iterator[list[Exception]]:
    """Log an unexpected failure of one item, described by `what` as logging has it, and go on.

    Yield a list that holds the failure afterwards, if there was one. A database or disk that fails is no item's fault
    and is raised: every other item would fail alike.
    """
    failures: list[Exception] = []
    try:
        yield failures
    except Exception as error:
        if outage_of(error):
            raise
        logger.exception(f"{what} failed.", *args)
        failures.append(error)


def together_or_alone(
    work: Callable[[list], list], items: list, failed: Callable[[object], None] | None = None
) -> list:
    """Return what `work` makes of all items at once; where that fails, of each alone.

    An item that fails alone is logged, passed to `failed`, and left out.
    """
    try:
        return work(items)
    except Exception as error:
        if outage_of(error):
            raise
        if len(items) == 1:
            logger.exception("%r failed.", items[0])
            if failed:
                failed(items[0])
            return []
    return [found for item in items for found in together_or_alone(work, [item], failed)]
