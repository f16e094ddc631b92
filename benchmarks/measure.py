"""What is measured, of which database."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks import datasette, nocodb, servers, writing
from benchmarks.databases import FEW, FOLDER, MANY, NUMBER, database_of, manage, postgresql_of
from benchmarks.growth import COMMON_WORD, LIST, ONE, PAGE, RARE_WORD, growth
from benchmarks.report import write
from benchmarks.rounds import NONE, Bench, Row
from benchmarks.servers import ROOT, fetched


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
                    NONE,
                    f"{other}.json?pillar=protection&status=in_progress&_shape=objects",
                ),
                (
                    "Datasette, leanest",
                    "≥ 5",
                    f"{other}.json?pillar=protection&status=in_progress&_shape=array&_nosuggest=1&_nocount=1",
                ),
            ],
        )
        bench.compare(
            "API one commitment",
            kind,
            ours + one,
            [
                ("common", "≥ 5", f"{common}/api/commitments/{code}/"),
                ("Datasette", "≥ 1.5", f"{other}/{code}.json?_shape=objects"),
            ],
        )
        bench.compare(
            "API full text, common word",
            kind,
            f"{ours}/api/v1/commitments/?q={COMMON_WORD}",
            [
                ("common", "≥ 10", f"{common}/api/commitments/?search={COMMON_WORD}"),
                ("Datasette", "≥ 20", f"{other}.json?_search={COMMON_WORD}&_shape=objects"),
            ],
        )
        bench.compare(
            "API full text, rare word",
            kind,
            f"{ours}/api/v1/commitments/?q={RARE_WORD}",
            [
                ("common", "≥ 10", f"{common}/api/commitments/?search={RARE_WORD}"),
                ("Datasette", "≥ 20", f"{other}.json?_search={RARE_WORD}&_shape=objects"),
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
                    "≥ 3",
                    f"{common}/commitments/?pillar__slug=protection&status=in_progress",
                ),
                (
                    "Datasette, facets",
                    "≥ 5",
                    f"{other}?pillar=protection&status=in_progress&{facets}",
                ),
            ],
        )
        _exports(bench, kind, ours, other)


def _exports(bench: Bench, kind: str, ours: str, other: str) -> None:
    """Files of everything against the one that Datasette streams."""
    theirs = f"{other}.csv?_stream=on&_size=max"
    for form, goal in (("csv", "≥ 1.5"), ("ndjson", "≥ 4")):
        what = f"{form.upper()} of everything, rows a second"
        row = Row(what, "Datasette, _stream=on", goal, kind)
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
                    [("bare", "≥ 0.5", f"{bare}/{name}")],
                )
            etag = fetched(ours + LIST)[1]["ETag"]
            bench.compare(
                "conditional GET, 304",
                kind,
                ours + LIST,
                [("bare, no body", "≥ 0.6", f"{bare}/nothing")],
                f"If-None-Match: {etag}",
            )
            with servers.planwatch(database, cached=True, counted=True) as counting:
                bench.compare(
                    "anonymous GET, kept: one, requests counted",
                    kind,
                    counting + ONE.format(42),
                    [("bare", "≥ 0.5", f"{bare}/one")],
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


def _writes(bench: Bench, kind: str, few: str, usual: str, many: str, number: int) -> None:
    """What writers make together, how evenly, and what a write costs where there is much and where there is little."""
    found = writing.figures(few, usual, many, bench.rounds, bench.seconds)
    much = f"N = {number:,} over N = {FEW}"
    longer = f"record {writing.MORE_ROWS:,} rows longer, histories {writing.MORE_STEPS} steps"
    rows = {
        "together": (
            f"writes a second, {writing.PROCESSES} processes",
            *("–", "≥ 100" if kind == "SQLite" else "–"),
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
    manage("migrate", database)
    started = time.perf_counter()
    manage("import_plan", database, "fixtures")
    loaded = time.perf_counter() - started
    for left in FOLDER.glob("run.sqlite3*"):
        left.unlink()
    for what, goal, seconds in (
        ("data set loaded, s", "≤ 15", loaded),
        ("make run, first time, s", "≤ 60", _seconds_to_first_page(database)),
        ("make run, second time, s", "≤ 3", _seconds_to_first_page(database)),
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
    manage(
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
            growth(bench, kind, made(FEW), made(MANY))
        number = NUMBER if quick else MANY
        _writes(bench, kind, made(FEW), database, made(number), number)
    _queries(bench)
    if not quick:
        _starts(bench)
    write(bench, quick, postgresql)
