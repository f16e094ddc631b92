"""Runs things in turn and writes what came out."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import platform
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import django

from benchmarks import datasette, nocodb, servers, writing
from benchmarks.servers import ROOT, fetched

FOLDER = ROOT / "var" / "bench"
REPORT = ROOT / "docs" / "benchmarks.md"
NUMBER, FEW, MANY = 10_000, 100, 200_000
# The goal of what is measured to be known.
NONE = "–"
# Under this heading stands in the report what no run writes.
WRITTEN = "## Why a goal is missed"


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
            f"{row.database:10} {row.what} / {row.against}: {_shown(row)} (goal {row.goal})",
            flush=True,
        )


def database_of(number: int) -> str:
    """Return the address of the SQLite file with so many commitments, made the first time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{number}.sqlite3"
    if not path.exists():
        making = path.with_suffix(".making")
        making.unlink(missing_ok=True)
        _fill(f"sqlite:///{making}", number)
        with sqlite3.connect(making) as done:
            done.execute("PRAGMA journal_mode=DELETE")
        making.rename(path)
    _manage("migrate", f"sqlite:///{path}")
    return f"sqlite:///{path}"


def _fill(database: str, number: int) -> None:
    _manage("migrate", database)
    subprocess.run(
        [sys.executable, "-m", "benchmarks", "generate", str(number)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database, "DEBUG": "1"},
        check=True,
    )


def _manage(command: str, database: str, *words: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", command, *(words or ["--no-input"]), "-v0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database, "DEBUG": "1"} | environment,
        check=True,
    )


def postgresql_of(server: str, number: int) -> str:
    """Return the address of a database with so many commitments on a PostgreSQL server, made the first time."""
    import psycopg2

    name = f"planwatch_bench_{number}"
    base = server.rpartition("/")[0]
    admin = psycopg2.connect(f"{base}/postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}_making"')
            cursor.execute(f'CREATE DATABASE "{name}_making"')
            _fill(f"{base}/{name}_making", number)
            cursor.execute(f'ALTER DATABASE "{name}_making" RENAME TO "{name}"')
    admin.close()
    _manage("migrate", f"{base}/{name}")
    return f"{base}/{name}"


LIST = "/api/v1/commitments/?pillar=protection&status=in_progress"
ONE = "/api/v1/commitments/US21-PRT-{:07d}/"
COMMON_WORD, RARE_WORD = "survivors", "zebra3"
PAGE = "/commitments/?pillar=protection&status=in_progress"


def _reads(bench: Bench, kind: str, database: str, program: Path, file: Path) -> None:
    """What is computed for each answer, and what is kept."""
    with ExitStack() as running:
        ours = running.enter_context(servers.planwatch(database, cached=False))
        common = running.enter_context(servers.common(database))
        other = (
            running.enter_context(servers.datasette(program, file)) + f"/{file.stem}/commitments"
        )
        one = ONE.format(42)
        code = one.split("/")[-2]
        bench.compare(
            "API list, 100 full rows, filtered",
            kind,
            ours + LIST,
            [
                (
                    "common",
                    "≥ 15",
                    f"{common}/api/commitments/?pillar__slug=protection&status=in_progress",
                ),
                (
                    "Datasette",
                    "≥ 20",
                    f"{other}.json?pillar=protection&status=in_progress&_shape=objects",
                ),
                (
                    "Datasette, leanest",
                    "≥ 6",
                    f"{other}.json?pillar=protection&status=in_progress&_shape=array&_nosuggest=1&_nocount=1",
                ),
            ],
        )
        bench.compare(
            "API one commitment",
            kind,
            ours + one,
            [
                ("common", "≥ 10", f"{common}/api/commitments/{code}/"),
                ("Datasette", "≥ 4", f"{other}/{code}.json?_shape=objects"),
            ],
        )
        bench.compare(
            "API full text, common word",
            kind,
            f"{ours}/api/v1/commitments/?q={COMMON_WORD}",
            [
                ("common", "≥ 25", f"{common}/api/commitments/?search={COMMON_WORD}"),
                ("Datasette", "≥ 50", f"{other}.json?_search={COMMON_WORD}&_shape=objects"),
            ],
        )
        bench.compare(
            "API full text, rare word",
            kind,
            f"{ours}/api/v1/commitments/?q={RARE_WORD}",
            [
                ("common", "≥ 25", f"{common}/api/commitments/?search={RARE_WORD}"),
                ("Datasette", "≥ 12", f"{other}.json?_search={RARE_WORD}&_shape=objects"),
            ],
        )
        facets = "&".join(f"_facet={name}" for name in datasette.FACETS)
        bench.compare(
            "HTML list with filter counts",
            kind,
            ours + PAGE,
            [
                (
                    "common",
                    "≥ 8",
                    f"{common}/commitments/?pillar__slug=protection&status=in_progress",
                ),
                (
                    "Datasette, facets",
                    "≥ 10",
                    f"{other}?pillar=protection&status=in_progress&{facets}",
                ),
            ],
        )
        _exports(bench, kind, ours, other)


def _exports(bench: Bench, kind: str, ours: str, other: str) -> None:
    """Files of everything against the one that Datasette streams."""
    theirs = f"{other}.csv?_stream=on&_size=max"
    for form in ("csv", "ndjson"):
        what = f"{form.upper()} of everything, rows a second"
        row = Row(what, "Datasette, _stream=on", "≥ 4", kind)
        mine = f"{ours}/api/v1/commitments/?format={form}"
        for address in (mine, theirs):
            fetched(address)
        for _ in range(bench.rounds):
            times = []
            for address in (mine, theirs):
                started = time.perf_counter()
                body, _ = fetched(address)
                times.append(time.perf_counter() - started)
                if body.count(b"US21-") < NUMBER:
                    raise SystemExit(f"{address} left out rows")
            row.ratios.append(round(times[1] / times[0], 3))
            row.ours, row.theirs = (round(NUMBER / each, 1) for each in times)
        bench.say(row)


def _kept(bench: Bench, kind: str, database: str) -> None:
    """What is answered from the cache, against the same bytes from a view without anything around it."""
    bodies = FOLDER / "bodies"
    shutil.rmtree(bodies, ignore_errors=True)
    bodies.mkdir(parents=True)
    addresses = {"list": LIST, "one": ONE.format(42), "page": PAGE, "home": "/"}
    with servers.planwatch(database, cached=True) as ours:
        for name, address in addresses.items():
            (bodies / name).write_bytes(fetched(ours + address)[0])
        (bodies / "nothing").write_bytes(b"")
        with servers.bare(bodies) as bare:
            for name, address in addresses.items():
                bench.compare(
                    f"anonymous GET, kept: {name}",
                    kind,
                    ours + address,
                    [("bare", "≥ 0.7", f"{bare}/{name}")],
                )
            etag = fetched(ours + LIST)[1]["ETag"]
            bench.compare(
                "conditional GET, 304",
                kind,
                ours + LIST,
                [("bare, no body", "≥ 0.8", f"{bare}/nothing")],
                f"If-None-Match: {etag}",
            )
            with servers.planwatch(database, cached=True, counted=True) as counting:
                bench.compare(
                    "anonymous GET, kept: one, requests counted",
                    kind,
                    counting + ONE.format(42),
                    [("bare", "≥ 0.7", f"{bare}/one")],
                )


# So many requests fill what a process keeps; before, it grows.
ENOUGH = 50_000


def _memory(bench: Bench, kind: str, database: str, requests: int) -> None:
    """What a worker takes after many mixed requests, what an export adds to it, and what a first visit weighs."""
    mixed = [LIST, ONE.format(42), PAGE, "/", f"/api/v1/commitments/?q={COMMON_WORD}"]
    with servers.planwatch(database, cached=True) as ours:
        halfway = []
        for number in range(requests):
            code = ONE.format(2 + 4 * (number % (NUMBER // 4)))
            fetched(ours + (code if number % 2 else mixed[number // 2 % len(mixed)]))
            if number == requests // 2:
                halfway = servers.memory_of_workers(ours)
        before = servers.memory_of_workers(ours)
        worker = Row(f"memory of a worker, {requests:,} requests", "–", "≤ 90 MB", kind)
        worker.ratios = [round(each, 1) for each in before]
        bench.say(worker)
        flat = Row("memory of a worker after these", "after half of them", "≤ 1.05", kind)
        flat.ratios = [round(a / b, 3) for a, b in zip(before, halfway, strict=True)]
        if requests >= ENOUGH:
            bench.say(flat)
        row = Row("CSV and NDJSON export, made and kept, memory", "idle", "≤ 40 MB", kind)
        for format in ("csv", "csv", "ndjson", "ndjson"):
            most, done = [0.0], threading.Event()

            def watch(most=most, done=done):
                while not done.wait(0.05):
                    now = servers.memory_of_workers(ours)
                    most[0] = max(most[0], *(a - b for a, b in zip(now, before, strict=True)))

            watching = threading.Thread(target=watch)
            watching.start()
            fetched(f"{ours}/api/v1/commitments/?format={format}")
            done.set()
            watching.join()
            row.ratios.append(round(most[0], 1))
        bench.say(row)
        bench.say(_first_visit(kind, ours))


def _first_visit(kind: str, ours: str) -> Row:
    row = Row("a page over the wire, first visit", "–", "≤ 60 kB", kind)
    packed = {"Accept-Encoding": "gzip"}
    for path in ("/", "/commitments/", ONE.format(42).removeprefix("/api/v1")):
        page = fetched(ours + path)[0].decode()
        parts = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
        sent = [fetched(ours + part, packed)[0] for part in (path, *parts)]
        row.ratios.append(round(sum(map(len, sent)) / 1000, 1))
    return row


GROWING = {
    "list": ("≤ 1.5", lambda ours: LIST),
    "one row": ("≤ 1.5", lambda ours: ONE.format(42)),
    "page at 90 % depth": ("≤ 1.5", lambda ours: _deep(ours)),
    "HTML list": ("≤ 1.5", lambda ours: PAGE),
    "q, common word": ("≤ 3", lambda ours: f"/api/v1/commitments/?q={COMMON_WORD}"),
    "as_of": ("≤ 3", lambda ours: "/api/v1/commitments/?as_of=2023-06-01"),
    "stats": ("≤ 3", lambda ours: "/api/v1/stats/?by=pillar,status"),
}


def _deep(ours: str) -> str:
    """Return the address of a page that begins near nine tenths of the way, in the order of announcements."""
    listed, _ = fetched(
        f"{ours}/api/v1/commitments/?order=announced_on&page_size=1&announced_after=2023-08-25"
    )
    following = json.loads(listed)["next"]
    cursor = re.search(r"cursor=([^&]+)", following)[1]
    return f"/api/v1/commitments/?order=announced_on&cursor={cursor}"


def _growth(bench: Bench, kind: str, few: str, many: str) -> None:
    with (
        servers.planwatch(few, cached=False) as small,
        servers.planwatch(many, cached=False) as large,
    ):
        for what, (goal, address) in GROWING.items():
            row = Row(f"growth: {what}", f"N = {FEW} over N = {MANY:,}", goal, kind)
            warm(large + address(large))
            warm(small + address(small))
            for _ in range(bench.rounds):
                row.ours = load(large + address(large), bench.seconds)
                row.theirs = load(small + address(small), bench.seconds)
                row.ratios.append(round(row.theirs / row.ours, 3))
            bench.say(row)


def _writes(bench: Bench, kind: str, few: str, usual: str, many: str, number: int) -> None:
    """What writers make together, how evenly, and what a write costs where there is much and where there is little."""
    found = writing.figures(few, usual, many, bench.rounds, bench.seconds)
    much = f"N = {number:,} over N = {FEW}"
    longer = f"record {writing.MORE_ROWS:,} rows longer, histories {writing.MORE_STEPS} steps"
    rows = {
        "together": (
            f"writes a second, {writing.PROCESSES} processes",
            *("–", "≥ 300" if kind == "SQLite" else "–"),
        ),
        "disk": (f"writes a second, {writing.PROCESSES} processes", "the disk, as many bytes", "–"),
        "processes": (f"slowest of {writing.PROCESSES} writing processes", "the quickest", "≥ 0.5"),
        "threads": (f"slowest of {writing.THREADS} writing threads", "the quickest", "≥ 0.5"),
        "number, time": ("one write", much, "≤ 1.5"),
        "number, processor": ("one write, processor time", much, "≤ 1.5"),
        "length, time": ("one write", longer, "≤ 1.5"),
        "length, processor": ("one write, processor time", longer, "≤ 1.5"),
    }
    for name, (what, against, goal) in rows.items():
        if name in found:
            ratios = [round(each, 3) for each in found[name]]
            bench.say(Row(what, against, goal, kind, ratios))


def _queries(bench: Bench) -> None:
    """What the tests hold every page and list to, from where they read it."""
    allowed = json.loads((ROOT / "tests" / "query_counts.json").read_text())
    lists = {
        address: count
        for address, count in allowed["API"].items()
        if "/stats/" not in address and not address.endswith("}/")
    }
    for what, goal, counts in (
        ("queries of a page, the most", "≤ 8", allowed["pages"]),
        ("queries of a list of the API, the most", "≤ 4", lists),
    ):
        bench.say(Row(what, "–", goal, "both", [max(counts.values())]))


def _starts(bench: Bench) -> None:
    """How long `make run` takes to its first page, with an empty database and again, and how long the data set to load."""
    for left in FOLDER.glob("run.sqlite3*"):
        left.unlink()
    database = f"sqlite:///{FOLDER}/run.sqlite3"
    _manage("migrate", database)
    started = time.perf_counter()
    _manage("import_plan", database, "fixtures")
    loaded = time.perf_counter() - started
    for left in FOLDER.glob("run.sqlite3*"):
        left.unlink()
    for what, goal, seconds in (
        ("data set loaded, s", "≤ 10", loaded),
        ("make run, first time, s", NONE, _seconds_to_first_page(database)),
        ("make run, second time, s", "≤ 5", _seconds_to_first_page(database)),
    ):
        bench.say(Row(what, "–", goal, "SQLite", [round(seconds, 1)]))


def _seconds_to_first_page(database: str) -> float:
    port = servers.free_port()
    environment = os.environ | {"DATABASE_URL": database, "DEBUG": "1"}
    started = time.perf_counter()
    running = subprocess.Popen(
        ["make", "run", f"PORT={port}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while running.poll() is None and time.perf_counter() - started < 120:
            try:
                fetched(f"http://127.0.0.1:{port}/")
                return time.perf_counter() - started
            except OSError:
                time.sleep(0.05)
        raise SystemExit("make run gave no page")
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(20)


def _beside_nocodb(bench: Bench, kind: str, database: str, file: Path, quick: bool) -> None:
    """The list of the API alone: the pages of NocoDB are made in the browser, so there is nothing to compare."""
    what, name, goal = "API list, 100 full rows, filtered", "NocoDB", "≥ 10"
    try:
        if quick:
            raise nocodb.Unavailable("left to make bench")
        program = nocodb.installed(ROOT / "var" / "nocodb")
    except nocodb.Unavailable as why:
        bench.say(Row(what, name, goal, kind, note=f"not measured: {why}"))
        return
    with (
        servers.planwatch(database, cached=False) as ours,
        nocodb.served(program, file, FOLDER / "nocodb") as (theirs, header),
    ):
        bench.compare(what, kind, ours + LIST, [(name, goal, theirs)], their_header=header)


def measure(*, quick: bool, postgresql: str) -> None:
    """Measure on SQLite, and on the PostgreSQL server at that address if one is given; write the report."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing. On Debian and Ubuntu: apt-get install wrk")
    bench, program = Bench(quick), datasette.installed(ROOT / "var" / "datasette")
    _manage(
        "collectstatic",
        f"sqlite:///{FOLDER}/none.sqlite3",
        STATIC_ROOT=str(FOLDER / "static"),
        DEBUG="0",
        SECRET_KEY="x" * 10 + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
        ALLOWED_HOSTS="127.0.0.1",
    )
    databases = {"SQLite": database_of}
    if postgresql:
        databases["PostgreSQL"] = lambda number: postgresql_of(postgresql, number)
    file = FOLDER / "datasette.sqlite3"
    source = database_of(NUMBER).removeprefix("sqlite:///")
    if not file.exists():
        datasette.prepare(Path(source), file)
    for kind, made in databases.items():
        database = made(NUMBER)
        _reads(bench, kind, database, program, file)
        _beside_nocodb(bench, kind, database, file, quick)
        _kept(bench, kind, database)
        _memory(bench, kind, database, 1_000 if quick else 100_000)
        if not quick:
            # The large database takes minutes to make.
            _growth(bench, kind, made(FEW), made(MANY))
        number = NUMBER if quick else MANY
        _writes(bench, kind, made(FEW), database, made(number), number)
    _queries(bench)
    if not quick:
        _starts(bench)
    _write(bench, quick, postgresql)


def _shown(row: Row) -> str:
    if not row.ratios:
        return row.note
    return f"{statistics.median(row.ratios):.3g} ({min(row.ratios):.3g} to {max(row.ratios):.3g})"


def _versions(postgresql: str) -> dict[str, str]:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": commit,
        "machine": f"{os.cpu_count()} × {model[1] if model else platform.machine()}",
        "Python": platform.python_version(),
        "Django": django.__version__,
        "granian": metadata.version("granian"),
        "gunicorn": metadata.version("gunicorn"),
        "SQLite": sqlite3.sqlite_version,
        **({"PostgreSQL": _version_of(postgresql)} if postgresql else {}),
        "Datasette": datasette.VERSION,
        "NocoDB": nocodb.VERSION,
    }


def _version_of(server: str) -> str:
    import psycopg2

    connection = psycopg2.connect(f"{server.rpartition('/')[0]}/postgres")
    number = connection.server_version
    connection.close()
    return f"{number // 10000}.{number % 10000}"


def _write(bench: Bench, quick: bool, postgresql: str) -> None:
    versions = _versions(postgresql)
    rows = [asdict(row) | {"met": row.is_met} for row in bench.rows]
    described = {
        "versions": versions,
        "rounds": bench.rounds,
        "seconds": bench.seconds,
        "rows": rows,
    }
    REPORT.with_suffix(".json").write_text(
        json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    )
    met = {True: "yes", False: "no", None: "–"}
    lines = [
        "# How fast it is",
        "",
        f"Written by `make {'bench-quick' if quick else 'bench'}`, with {NUMBER:,} commitments unless said otherwise. Every figure is a",
        "ratio of two things that one connection asked for in turn: the median of the rounds, and the least and greatest.",
        f"{bench.rounds} rounds of {bench.seconds} s each. "
        + ", ".join(f"{name} {value}" for name, value in versions.items())
        + ".",
        "",
        "`common` is the same data in Django and DRF as a tutorial writes it (`benchmarks/common/`), `bare` a Django view that",
        "returns prepared bytes (`benchmarks/bare.py`). Ours and `bare` run under granian, `common` under gunicorn, each with 2",
        "workers; Datasette and NocoDB as one process each. NocoDB has lists as data alone: its pages",
        "are made in the browser.",
        "What is not called kept is made for each request, while the cache of whole answers is off.",
        "",
        "| what | against | database | ratio | goal | met |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.what} | {row.against} | {row.database} | {_shown(row)} | {row.goal} | {met[row.is_met]} |"
        for row in bench.rows
    ]
    # What people have written below the figures stays.
    _, mark, written = REPORT.read_text().partition(WRITTEN)
    REPORT.write_text("\n".join(lines) + "\n" + (f"\n{mark}{written}" if mark else ""))
