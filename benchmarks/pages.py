"""python -m benchmarks.pages: the processor time of each page, uncached, on the data set of this repository.

Each page is asked in turn in this process, with nothing kept between requests; what counts is the quickest of up to 100
answers within a few seconds. The milliseconds of a fixed loop are printed too, so that two machines can be compared.
"""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator

# Milliseconds of processor time that a page may take, by address.
GOALS = {
    "/": 8,
    "/commitments/US21-PRV-001/": 8,
    "/sources/wh-2021-plan/": 8,
    "/commitments/": 10,
    "/commitments/?view=table": 10,
    "/commitments/?q=survivors": 10,
    "/search/?q=survivors": 10,
    "/pillars/protection/": 10,
    "/agencies/dhs/": 10,
    "/agencies/": 10,
    "/sources/": 10,
    "/matrix/": 12,
    "/timeline/": 12,
    "/compare/?from=wh-2021-plan&to=wh-2024-02-14": 12,
    "/changes/": 12,
}
TIMES, SECONDS = 100, 1


def measured() -> Iterator[tuple[str, float, int]]:
    """Yield each address with the milliseconds of its quickest answer, and the bytes of the page."""
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    for address in GOALS:
        answer = client.get(address, secure=True)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}.")
        yield address, quickest(lambda at=address: client.get(at, secure=True)), len(answer.content)


def quickest(work: Callable[[], object]) -> float:
    """Return the least milliseconds of processor time that some work took."""
    least, ends = float("inf"), time.monotonic() + SECONDS
    for _ in range(TIMES):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
        if time.monotonic() > ends:
            break
    return 1000 * least


def loop() -> None:
    """Do what takes about a millisecond where the goals were set."""
    sum(number * number for number in range(20_000))


def main() -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import override_settings

    call_command("migrate", verbosity=0)
    call_command("import_plan", "fixtures", if_empty=True, verbosity=0)
    logging.disable(logging.INFO)
    print(f"A loop of 20,000 squares takes {quickest(loop):.2f} ms here.")
    print(f"{'ms':>6} {'goal':>5} {'kB':>5}  page")
    # Where files are collected only their names differ, and that takes half a minute.
    files = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": files}):
        for address, took, size in measured():
            mark = " " if took <= GOALS[address] else "!"
            print(f"{took:6.1f} {GOALS[address]:5}{mark}{size / 1000:5.0f}  {address}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        # As in production, but for what is kept between requests.
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "planwatch.settings",
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "localhost",
            "PLANWATCH_RESPONSE_CACHE_MB": "0",
            "PLANWATCH_LIMIT_ANONYMOUS": "off",
        }
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/pages.sqlite3")
        import django

        django.setup()
        main()
