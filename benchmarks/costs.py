"""What an answer costs: processor time, memory and bytes. python -m benchmarks costs DATABASE_URL

The processor time of a server's own processes is the same on a busy machine, or nearly; so it says how many machines are
needed, which answers a second on a shared machine do not. Beside it stands that of PostgreSQL and Redis on this machine,
which nobody else should use meanwhile; with CACHE_URL set, Redis is used. It prints rows as those in docs/scale.md.
"""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from benchmarks import servers
from benchmarks.growth import COMMON_WORD, LIST, ONE, PAGE
from benchmarks.servers import fetched

TICK = os.sysconf("SC_CLK_TCK")
SECONDS = 2
ADDRESSES = {
    "home page": "/",
    "page of the list": PAGE,
    "page of one commitment": "/commitments/US21-PRT-0000042/",
    "API list, 100 rows": LIST,
    "API one commitment": ONE.format(42),
    "API full text": f"/api/v1/commitments/?q={COMMON_WORD}",
}


def costs(database: str) -> None:
    print("| answer | bytes, compressed | ms of the site | of PostgreSQL and Redis | ms of a 304 |")
    for cached in (True, False):
        with servers.planwatch(database, cached=cached, counted=True) as ours:
            workers = _workers()
            for what, address in ADDRESSES.items():
                body, headers = fetched(ours + address, {"Accept-Encoding": "gzip"})
                row = [f"{what}, {'kept' if cached else 'made'}", f"{len(body):,}"]
                row += _cost(ours + address, workers)
                if cached:
                    unchanged = f"If-None-Match: {headers['ETag']}"
                    row += _cost(ours + address, workers, unchanged)[:1]
                print(f"| {' | '.join([*row, *['–'] * (5 - len(row))])} |", flush=True)
            print(f"memory of a worker: {max(map(_memory, workers)):.0f} MB")


def _workers() -> list[int]:
    """Return the processes of the server that answer: children of the one child of this process."""
    parents = _children(os.getpid())
    for _ in range(100):
        workers = [child for parent in parents for child in _children(parent)]
        if len(workers) == servers.WORKERS:
            return workers
        time.sleep(0.1)
    raise SystemExit("the server has not all of its workers")


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _named(*names: str) -> list[int]:
    """Return the processes of those names; PostgreSQL has one for each connection."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "comm").read_text().strip() in names:
                found.append(int(folder.name))
    return found


def _cost(address: str, workers: list[int], header: str = "X-Nothing: 1") -> list[str]:
    """Return the milliseconds of processor time that an answer takes the server, and those that it takes its stores."""
    load = ["wrk", "-t1", "-c1", "--timeout", "30s", "-H", "Accept-Encoding: gzip", "-H", header]
    subprocess.run([*load, "-d1s", address], capture_output=True, check=True)
    parts = workers, _named("postgres", "redis-server")
    before = [sum(map(_spent, part)) for part in parts]
    said = subprocess.run(
        [*load, f"-d{SECONDS}s", address], capture_output=True, check=True, text=True
    ).stdout
    after = [sum(map(_spent, part)) for part in parts]
    answers = int(said.split(" requests in ")[0].rsplit(maxsplit=1)[-1])
    return [f"{1000 * (now - was) / answers:.2f}" for was, now in zip(before, after, strict=True)]


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _memory(pid: int) -> float:
    """Return the proportional share in megabytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0
