"""What a write costs, and what writers make side by side: status changes with evidence, record and chain.

Everything happens in copies of the databases that are thrown away. `python -m benchmarks write THREADS PART PARTS AMONG`
is a process of writers, started for each copy.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.servers import ROOT

PROCESSES, THREADS = 4, 8
# What a write costs is the median of so many.
COUNTED, NO_LIMIT = 100, 10**9
# What a long record and long histories hold beside what is there, and how many commitments have a long one.
MORE_ROWS, MORE_STEPS, LENGTHENED = 20_000, 45, 25

# A write appends about so many bytes to SQLite's log, which holds some 25 writes before it begins anew.
LOGGED, IN_LOG = 41 * 4120, 25

# What a process says of a round: how many writes each thread made, and the milliseconds that one took.
Round = dict


def write(threads: int, part: int, parts: int, among: int) -> None:
    """Read lines “SECONDS WRITES” until there are no more, write until either is over in each thread, print the round.

    Of the first `among` commitments every `parts`-th is written to, from number `part` on.
    """
    from commitments.models import Commitment

    found = Commitment.objects.order_by("id").values_list("code", "status")
    state = [list(each) for each in found[:among][part::parts]]
    source = _cited()
    for line in sys.stdin:
        seconds, writes = line.split()
        print(json.dumps(_round(threads, state, source, float(seconds), int(writes))), flush=True)


def _round(threads: int, state: list, source: str, seconds: float, writes: int) -> Round:
    from django.db import connection

    times: list[list[float]] = [[] for _ in range(threads)]
    together = threading.Barrier(threads)

    def work(number: int) -> None:
        mine = state[number::threads]
        connection.ensure_connection()
        together.wait()
        until = time.perf_counter() + seconds
        while len(times[number]) < writes and time.perf_counter() < until:
            item = mine[len(times[number]) % len(mine)]
            started = time.perf_counter()
            _write_one(item, source)
            times[number].append(time.perf_counter() - started)
        connection.close()

    before = time.process_time()
    running = [threading.Thread(target=work, args=[number]) for number in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    made = [len(each) for each in times]
    return {
        "made": made,
        "time": 1000 * statistics.median(sum(times, [])),
        "processor": 1000 * (time.process_time() - before) / sum(made),
    }


def _cited() -> str:
    """Return the slug of a document that can show what is written: it is of the day of the steps."""
    from commitments import services

    services.save_source(
        slug="cited-by-the-writers",
        title="What the writers cite",
        publisher="Benchmark",
        published_on=dt.date(2026, 1, 1),
        kind="report",
        origin="official",
        actor="writer",
    )
    return "cited-by-the-writers"


def _write_one(item: list, source: str) -> None:
    from commitments import services

    code, status = item
    item[1] = "stalled" if status == "in_progress" else "in_progress"
    services.record_status_change(
        commitment=code,
        status=item[1],
        effective_on=dt.date(2026, 1, 1),
        explanation="Nothing was heard of it.",
        evidence=[services.EvidenceItem(source, "page 1")],
        actor="writer",
    )


def lengthen(rows: int, steps: int) -> None:
    """Add so many rows to the record, and so many steps to each of the first commitments."""
    from django.db import transaction

    from benchmarks.generate import Writer
    from commitments.models import Commitment, DatasetVersion, Source

    version = DatasetVersion.objects.get()
    writer = Writer(version, version.changed_at, dt.timedelta(microseconds=1))
    items = Commitment.objects.order_by("id")
    about = items[0].pk
    for number in range(rows):
        writer.record(Source, f"another-{number}", {"title": "Another document"}, about)
    writer.finish()
    source = _cited()
    with transaction.atomic():
        for item in items.values_list("code", "status")[:LENGTHENED]:
            state = list(item)
            for _ in range(steps):
                _write_one(state, source)


def figures(few: str, usual: str, many: str, rounds: int, seconds: float) -> dict[str, list[float]]:
    """Return what each round found, by name; the three are addresses of databases of one kind, by their size.

    “together” is in writes a second. The others are ratios: of these to what the disk alone would take, of the slowest
    writer to the quickest, and of what a write costs where there is much to what it costs where there is little, once in
    time and once in the processor time of the process that writes.
    """
    found: dict[str, list[float]] = {}
    with (
        _writers(usual, "processes", processes=PROCESSES) as processes,
        _writers(usual, "threads", threads=THREADS) as threads,
    ):
        processes(NO_LIMIT, 1), threads(NO_LIMIT, 1)
        for _ in range(rounds):
            made = [each["made"][0] for each in processes(seconds, NO_LIMIT)]
            found.setdefault("together", []).append(sum(made) / seconds)
            found.setdefault("processes", []).append(min(made) / max(made))
            if usual.startswith("sqlite"):
                syncs = _syncs(Path(usual.removeprefix("sqlite:///")).parent, seconds)
                found.setdefault("disk", []).append(found["together"][-1] / syncs)
            [made] = [each["made"] for each in threads(seconds, NO_LIMIT)]
            found.setdefault("threads", []).append(min(made) / max(made))
    with (
        _writers(few, "few", among=COUNTED) as little,
        _writers(many, "many", among=COUNTED) as number,
        _writers(few, "long", among=LENGTHENED, longer=(MORE_ROWS, MORE_STEPS)) as length,
    ):
        for each in (little, number, length):
            each(NO_LIMIT, 1)
        for _ in range(rounds):
            for name, much in (("number", number), ("length", length)):
                [[less], [more]] = little(NO_LIMIT, COUNTED), much(NO_LIMIT, COUNTED)
                for cost in ("time", "processor"):
                    found.setdefault(f"{name}, {cost}", []).append(more[cost] / less[cost])
    return found


def _syncs(folder: Path, seconds: float) -> float:
    """Return how often a second as much as a write logs can be brought to the disk, one after the other."""
    with tempfile.TemporaryFile(dir=folder) as file:
        made, until = 0, time.perf_counter() + seconds
        while time.perf_counter() < until:
            os.pwrite(file.fileno(), bytes(LOGGED), made % IN_LOG * LOGGED)
            os.fdatasync(file.fileno())
            made += 1
    return made / seconds


@contextlib.contextmanager
def _writers(
    database: str,
    label: str,
    *,
    processes: int = 1,
    threads: int = 1,
    among: int = NO_LIMIT,
    longer: tuple[int, int] | None = None,
) -> Iterator[Callable[[float, int], list[Round]]]:
    """Start writers on a copy of a database; what is yielded has them write side by side for SECONDS or so many WRITES."""
    with contextlib.ExitStack() as leaving:
        environment = os.environ | {
            "DATABASE_URL": leaving.enter_context(_copy(database, label)),
            "DEBUG": "0",
            "SECRET_KEY": "a key of fifty random characters or more, for nothing but measuring 0123456789",
            "ALLOWED_HOSTS": "127.0.0.1",
        }

        def command(*words: object) -> list[str]:
            return [sys.executable, "-m", "benchmarks", *map(str, words)]

        if longer:
            subprocess.run(command("lengthen", *longer), cwd=ROOT, env=environment, check=True)
        started = [
            leaving.enter_context(
                subprocess.Popen(
                    command("write", threads, part, processes, among),
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for part in range(processes)
        ]

        def round_of(seconds: float, writes: int) -> list[Round]:
            for each in started:
                each.stdin.write(f"{seconds} {writes}\n")
                each.stdin.flush()
            return [json.loads(each.stdout.readline()) for each in started]

        yield round_of


@contextlib.contextmanager
def _copy(database: str, label: str) -> Iterator[str]:
    """Yield the address of a copy, which is gone afterwards. Nobody may use the database meanwhile."""
    if database.startswith("sqlite"):
        file = Path(database.removeprefix("sqlite:///"))
        copy = file.with_suffix(f".{label}")
        subprocess.run(["cp", "--reflink=auto", file, copy], check=True)
        # What is measured must not wait until the disk has taken the copy.
        with copy.open("rb") as copied:
            os.fsync(copied.fileno())
        try:
            yield f"sqlite:///{copy}"
        finally:
            for left in copy.parent.glob(f"{copy.name}*"):
                left.unlink()
    else:
        import psycopg2

        base, _, name = database.rpartition("/")
        copy = f"{name}_{label}"
        admin = psycopg2.connect(f"{base}/postgres")
        admin.autocommit = True
        with contextlib.closing(admin), admin.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{copy}"')
            cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}" STRATEGY file_copy')
            try:
                yield f"{base}/{copy}"
            finally:
                cursor.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')
