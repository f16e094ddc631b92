"""Attacks the running site by one client that keeps within its limits, and measures what other readers notice.

The client is at one address and the readers at others, as a trusted proxy would name them.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import sqlite3
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache

import httpx
import psycopg2

from tests import killing

ATTACKERS, READERS = 12, 2
# Readers may wait so many times as long as undisturbed, 95 of 100.
MOST = 5
# What is quicker than this nobody notices, in seconds.
LEAST = 0.05

PREPARE = """
from django.contrib.auth.models import Group, User
from planwatch.api.token_views import make_token
user = User.objects.create_user("writer")
user.groups.add(Group.objects.get(name="Editor"))
print(make_token(user, name="writer", expires_in_days=1, read_only=False)[1])
"""
READ = (
    "/",
    "/commitments/",
    "/commitments/US21-PRV-001/",
    "/commitments/?status=completed",
    "/agencies/",
    "/api/v1/commitments/?page_size=20",
    "/api/v1/commitments/US21-PRV-001/",
    # Not kept: no two readers ask the same.
    "/api/v1/commitments/?page_size=20&due_before=20{:02}-01-01",
    "/commitments/?announced_before=20{:02}-01-01",
)


class Attacked:
    """A site with the shipped data under attack."""

    def __init__(self, site: killing.Site):
        self.site, self._numbers = site, itertools.count()
        site.environment |= {"PLANWATCH_TRUSTED_PROXIES": "1", "LOG_LEVEL": "ERROR"}
        site.manage("migrate", "--verbosity=0")
        site.manage("import_plan", "fixtures", "--verbosity=0")
        site.manage("collectstatic", "--no-input", "--verbosity=0")
        self.token = site.manage("shell", "--verbosity=0", "-c", PREPARE).split()[-1]
        site.start()

    def measure(self, attack: Callable | None, seconds: float) -> tuple[float, Counter]:
        """Return the 95th percentile of what readers waited, in seconds, and what the attackers were answered."""
        over, answered, waited = threading.Event(), Counter(), []
        with ExitStack() as stack:
            if attack is held_lock:
                stack.enter_context(locked(self.site.environment["DATABASE_URL"]))
            work = [(self._attack, attack, over, answered)] * (ATTACKERS if attack else 0)
            work += [(self._read, over, waited)] * READERS
            threads = [threading.Thread(target=each[0], args=each[1:]) for each in work]
            for thread in threads:
                thread.start()
            time.sleep(seconds)
            over.set()
            for thread in threads:
                thread.join()
        return statistics.quantiles(waited, n=20)[-1], answered

    def _attack(self, attack, over, answered) -> None:
        # A client for each attack, so that what one has spent does not count against the next.
        address = f"198.51.100.{100 + list(ATTACKS.values()).index(attack)}"
        client = self.site.client(**{"X-Forwarded-For": address})
        with client, contextlib.suppress(httpx.TransportError, OSError):
            while not over.is_set():
                status = attack(self, client, next(self._numbers))
                answered[status] += 1
                if status in (429, 503):
                    over.wait(0.2)

    def _read(self, over, waited) -> None:
        with self.site.client() as client:
            while not over.is_set():
                number = next(self._numbers)
                address = READ[number % len(READ)].format(number % 80 + 10)
                began = time.perf_counter()
                # Readers come from many addresses, each with limits of its own.
                reader = {"X-Forwarded-For": f"203.0.{number // 250 % 250}.{number % 250}"}
                answer = client.get(address, headers=reader)
                waited.append(time.perf_counter() - began)
                if answer.status_code != 200:
                    raise killing.Fault(f"A reader was answered {answer.status_code}: {address}")


def slow_bodies(attacked, client, number):
    """Send a form a byte at a time."""
    with socket.create_connection(("127.0.0.1", attacked.site.port)) as drip:
        head = "POST /follow/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
        drip.sendall(f"{head}X-Forwarded-For: 198.51.100.66\r\n\r\n".encode())
        drip.settimeout(0.5)
        for _ in range(60):
            drip.sendall(b"x")
            with contextlib.suppress(TimeoutError):
                return int(drip.recv(100).split()[1])
    return 0


def held_lock(attacked, client, number):
    """Write, from many addresses, while another program holds the lock of the database."""
    headers = {"Authorization": f"Token {attacked.token}", "If-Match": "*"}
    headers["X-Forwarded-For"] = f"198.51.100.{number % 250}"
    review = {"reviewed_on": "2026-01-01", "note": "Nothing new."}
    address = "/api/v1/commitments/US21-PRV-001/reviews/"
    return client.post(address, json=review, headers=headers).status_code


def searches(attacked, client, number):
    words = f"victim OR training OR labor OR report OR service OR word{number}"
    return client.get("/commitments/", params={"q": words}).status_code


def exports(attacked, client, number):
    params = {"format": "xlsx", "due_before": f"2{number % 900 + 100}-01-01"}
    return client.get("/api/v1/commitments/", params=params).status_code


def long_lists(attacked, client, number):
    return client.get(long_address(number % 20)).status_code


@lru_cache
def long_address(number):
    # Made once: the work of making it would slow the readers, who run in the same process.
    return httpx.URL("/commitments/", params=[("source", f"s-{number}-{n}") for n in range(900)])


ATTACKS = {
    "slow bodies": slow_bodies,
    "a held lock under writers": held_lock,
    "costly searches": searches,
    "exports": exports,
    "900 sources in an address": long_lists,
}


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold what every writer needs."""
    if url.startswith("sqlite"):
        held = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
    else:
        held = psycopg2.connect(url)
        held.cursor().execute("SELECT 1 FROM commitments_datasetversion FOR UPDATE")
    try:
        yield
    finally:
        held.close()


def run(site: killing.Site, seconds: float) -> list[dict]:
    """Return for each attack what readers waited undisturbed just before and during it, in milliseconds."""
    attacked = Attacked(site)
    workers = killing.children_of(site.process.pid)
    attacked.measure(None, 2)
    found = []
    for name, attack in ATTACKS.items():
        undisturbed, _ = attacked.measure(None, seconds)
        during, answered = attacked.measure(attack, seconds)
        figures = {"attack": name, "undisturbed": undisturbed, "during": during}
        found.append(figures | {"answers": dict(answered)})
        print(json.dumps(found[-1]), flush=True)
        if during > max(LEAST, MOST * undisturbed):
            raise killing.Fault(
                f"Readers waited {during:.3f} s instead of {undisturbed:.3f}: {name}"
            )
    if killing.children_of(site.process.pid) != workers:
        raise killing.Fault("A worker died.")
    return found
