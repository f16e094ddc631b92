"""Two things asked for in turn, and the ratios of their speeds."""

from __future__ import annotations

import http.client
import re
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from benchmarks import servers
from benchmarks.servers import fetched

# The goal of what is measured to be known.
NONE = "–"


@dataclass
class Row:
    """One line of the report: a ratio of two things, as measured in each round, and what it should be."""

    what: str
    against: str
    goal: str
    database: str
    ratios: list[float] = field(default_factory=list)
    ours: float = 0
    theirs: float = 0
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        if not self.ratios or self.goal == NONE:
            return None
        sign, limit = self.goal.split()[:2]
        median = statistics.median(self.ratios)
        return median >= float(limit) if sign == "≥" else median <= float(limit)


def load(address: str, seconds: float, header: str = "") -> float:
    """Return how many answers a second one connection gets. Raises SystemExit where an answer is an error.

    What takes long is asked by a client that waits for three answers; wrk does not count what is under way at its end.
    """
    started = time.perf_counter()
    fetched(address, _named(header))
    if time.perf_counter() - started > seconds / 20:
        return _load_slowly(address, seconds, header)
    command = ["wrk", "-t1", "-c1", f"-d{seconds}s", "--timeout", "30s", address]
    out = subprocess.run(
        [*command, *(["-H", header] if header else [])], capture_output=True, text=True, check=True
    ).stdout
    if found := re.search(r"Non-2xx or 3xx responses: (\d+)", out):
        raise SystemExit(f"{address} answered with {found[1]} errors")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def _named(header: str) -> dict[str, str]:
    return dict([header.split(": ", 1)]) if header else {}


def warm(address: str, header: str = "") -> None:
    """Ask often enough that every worker of a server has answered once: what it loads then is not measured."""
    for _ in range(4 * servers.WORKERS):
        fetched(address, _named(header))


def _load_slowly(address: str, seconds: float, header: str) -> float:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.netloc, timeout=60)
    started, answers = time.perf_counter(), 0
    while answers < 3 or time.perf_counter() - started < seconds:
        connection.request("GET", f"{place.path}?{place.query}", headers=_named(header))
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"{address} answered {response.status}")
        answers += 1
    return answers / (time.perf_counter() - started)


class Bench:
    def __init__(self, quick: bool):
        self.rounds, self.seconds = (2 if quick else 5), 1
        self.rows: list[Row] = []

    def compare(
        self,
        what: str,
        database: str,
        ours: str,
        others: list[tuple[str, str, str]],
        header: str = "",
        their_header: str = "",
    ) -> None:
        """Measure one address of ours and, in turn with it, addresses (name, goal, address) of others."""
        rows = [Row(what, name, goal, database) for name, goal, _ in others]
        warm(ours)
        for *_, address in others:
            warm(address, their_header)
        speeds: list[list[float]] = []
        for _ in range(self.rounds):
            mine = load(ours, self.seconds, header)
            theirs = [load(address, self.seconds, their_header) for *_, address in others]
            speeds.append([mine, *theirs])
        for place, row in enumerate(rows, 1):
            row.ratios = [round(each[0] / each[place], 3) for each in speeds]
            row.ours = round(statistics.median(each[0] for each in speeds), 1)
            row.theirs = round(statistics.median(each[place] for each in speeds), 1)
            self.say(row)

    def say(self, row: Row) -> None:
        self.rows.append(row)
        print(
            f"{row.database:10} {row.what} / {row.against}: {shown(row)} (goal {row.goal})",
            flush=True,
        )


def shown(row: Row) -> str:
    if not row.ratios:
        return row.note
    return f"{statistics.median(row.ratios):.3g} ({min(row.ratios):.3g} to {max(row.ratios):.3g})"
