"""Databases die under readers and writers of a site on several machines: `make cluster-test`.

Three processes with the site behind nginx, a primary with two hot standbys, and Redis, all with the files of
docs/deploy. A standby falls behind, another is killed and comes back; then the primary is, and a standby takes its place. Ends at the first
write that was acknowledged and is lost, the first reader who is shown an older version than somebody before, the first
who meets errors for longer than five seconds, and the first two processes that answer differently. Writes its figures
to docs/quality.md.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import django
import httpx

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")
django.setup()

from tests import killing, quality  # noqa: E402
from tests.machines import NAME, Machines  # noqa: E402

LONGEST = 5
READERS = 4
# How long each part lasts.
SECONDS = 6
ADDRESSES = (
    "/",
    "/es/",
    "/commitments/",
    "/commitments/US21-PRT-001/",
    "/changes/",
    "/feeds/changes.atom",
    "/api/v1/commitments/",
    "/api/v1/commitments/US21-PRT-002/",
    "/api/v1/changes/?limit=5",
    "/api/v1/stats/?by=status",
)


@dataclass
class Readers:
    """Anonymous readers who ask without pause, each a different address every time, and compare what they see."""

    site: Machines
    highest: int = 0
    answers: int = 0
    errors: int = 0
    longest: float = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.lock, self.ending = threading.Lock(), threading.Event()
        self.threads = [
            threading.Thread(target=self.read, args=(number,)) for number in range(READERS)
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def read(self, number: int) -> None:
        failing_since = None
        with self.site.client() as client:
            while not self.ending.is_set():
                number += 1
                address, before = ADDRESSES[number % len(ADDRESSES)], self.highest
                began, status, version = time.monotonic(), "no answer", 0
                with contextlib.suppress(httpx.TransportError):
                    answer = client.get(address)
                    status = answer.status_code
                    version = version_of(answer) if status == 200 else 0
                if status == 200:
                    failing_since = None
                    self.saw(address, before, version)
                    continue
                failing_since = failing_since or began
                with self.lock:
                    self.errors += 1
                    self.longest = max(self.longest, time.monotonic() - failing_since)
                if self.longest > LONGEST:
                    self.faults.append(f"{address}: {status}, for {self.longest:.1f} s")
                    return
                time.sleep(0.05)

    def saw(self, address: str, before: int, version: int) -> None:
        if version < before:
            self.faults.append(f"{address}: version {version} after somebody saw {before}")
        with self.lock:
            self.answers += 1
            self.highest = max(self.highest, version)


def version_of(answer: httpx.Response) -> int:
    return int(re.match(r'"(\d+)-', answer.headers["ETag"])[1])


def asked_directly(machines: Machines, address: str) -> list[tuple[str, bytes]]:
    """Return what each of the processes answers, as nginx would ask them."""
    headers = {"Host": NAME, "X-Forwarded-Proto": "https", "Accept-Encoding": "gzip"}
    answers = [
        httpx.get(f"http://127.0.0.1:{port}{address}", headers=headers).raise_for_status()
        for _, port in machines.apps
    ]
    return [(answer.headers["ETag"], answer.content) for answer in answers]


def agree(machines: Machines) -> int:
    """Write, and ask every process at once; raise Fault where two answer differently, or one as before the write."""
    asked = 0
    for number, address in enumerate(ADDRESSES):
        before = asked_directly(machines, address)
        machines.write(f"agree {number} at {time.time()}")
        after = asked_directly(machines, address)
        if len(set(before)) > 1 or len(set(after)) > 1:
            raise killing.Fault(f"{address}: the processes answer differently")
        if before[0][0] == after[0][0]:
            raise killing.Fault(f"{address}: answered as before the write")
        asked += len(before) + len(after)
    return asked


def reads_of(cluster: killing.Cluster) -> int:
    """Return how many transactions a database has served for the site so far."""
    asked = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'planwatch'"
    return int(cluster.sql("postgres", asked))


def run() -> dict:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        off = dict.fromkeys(("PLANWATCH_LIMIT_ANONYMOUS", "PLANWATCH_LIMIT_TOKEN"), "off")
        machines = Machines(Path(folder), ending, apps=3, **off)
        agreed = agree(machines)
        writers, readers = killing.Writers(machines, machines.tokens), Readers(machines)
        served = reads_of(machines.primary), sum(map(reads_of, machines.standbys))
        readers.start()
        writers.start()
        try:
            time.sleep(SECONDS)
            served = [
                reads_of(machines.primary) - served[0],
                sum(map(reads_of, machines.standbys)) - served[1],
            ]
            machines.standbys[1].sql("postgres", "SELECT pg_wal_replay_pause()")
            time.sleep(SECONDS)
            machines.standbys[1].sql("postgres", "SELECT pg_wal_replay_resume()")
            machines.standbys[0].kill()
            time.sleep(SECONDS)
            machines.standbys[0].start()
            time.sleep(SECONDS)
            machines.lose_the_primary()
            time.sleep(2 * SECONDS)
        finally:
            writers.end()
            readers.end()
        if faults := writers.faults + readers.faults:
            raise killing.Fault("; ".join(faults[:5]))
        killing.hold(writers, killing.Reader(machines))
        agreed += agree(machines)
    return {
        "acknowledged": len(writers.acknowledged),
        "answers": {str(what): times for what, times in writers.answers.items()},
        "read": readers.answers,
        "errors": readers.errors,
        "longest": readers.longest,
        "agreed": agreed,
        "served": served,
    }


def report(found: dict) -> str:
    primary, standbys = found["served"]
    return "\n".join(
        [
            "## Databases lost under a site on several machines",
            "",
            f"`make cluster-test`, {dt.datetime.now(dt.UTC):%Y-%m-%d}: three processes behind nginx, a primary, two hot standbys "
            "and Redis on one machine, four writers by API and four readers without pause. A standby fell behind for seconds, another was killed and came back; "
            "then the primary was, and the standby that had received the most took its place.",
            "",
            "| | |",
            "|---|---|",
            f"| changes acknowledged | {found['acknowledged']:,} |",
            "| of them lost, or there twice | 0 |",
            f"| writes asked to come back (503) or without an answer, then repeated | {found['answers'].get('503', 0)} and {found['answers'].get('no answer', 0)} |",
            f"| answers to readers | {found['read']:,} |",
            "| of them older than what anybody had seen before it was asked for | 0 |",
            f"| errors that readers met, and the longest time until the next answer | {found['errors']}, {found['longest']:.1f} s |",
            f"| transactions on the standbys and on the primary, before the first loss | {standbys:,} and {primary:,} |",
            f"| answers of the three processes compared right before and after a write, all the same | {found['agreed']} |",
        ]
    )


if __name__ == "__main__":
    figures = run()
    quality.write("cluster", report(figures))
    print(report(figures))
