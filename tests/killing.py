"""Kills the site, or its PostgreSQL, at random moments under writers, and finds every acknowledged change exactly once.

The site runs with the settings of production, each of its databases in a folder of its own; nothing else on the machine
is touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from django.contrib.staticfiles.finders import get_finders

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
# How long anything may take to come back.
PATIENCE = 60

PREPARE = """
import json
from django.contrib.auth.models import Group, User
from django.core.management import call_command
call_command("migrate", verbosity=0)
from planwatch.api.token_views import make_token
from tests.factories import cite, make_commitment, make_source
source = make_source("sheet")
for number in range(1, {writers} + 1):
    cite(make_commitment(f"US21-PRT-{{number:03d}}"), source)
tokens = []
for number in range(1, {writers} + 1):
    user = User.objects.create_user(f"writer-{{number}}")
    user.groups.add(Group.objects.get(name="Editor"))
    tokens.append(make_token(user, name="writer", expires_in_days=1, read_only=False)[1])
print(json.dumps(tokens))
"""

VERIFY = """
from django.core.management import call_command
call_command("verify_record")
call_command("check_integrity")
"""


class Fault(Exception):
    """Something that must not happen did."""


def name_static_files(folder):
    """Tell the site how its stylesheets and scripts are called, without the long work of packing them."""
    found = {path: path for finder in get_finders() for path, _ in finder.list([])}
    folder.mkdir()
    (folder / "staticfiles.json").write_text(json.dumps({"version": "1.1", "paths": found}))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def children_of(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def kill_at_once(*pids: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_until_ready(address: str, **options) -> None:
    # A client for each question would read all certificates of the machine again.
    with httpx.Client(**options) as client:

        def is_ready():
            with contextlib.suppress(httpx.TransportError):
                return client.get(address).status_code == 200
            return False

        wait_until(is_ready, "the site is ready")


def wait_until(holds, what: str) -> None:
    patience = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > patience:
            raise Fault(f"{what}: not within {PATIENCE} seconds")
        time.sleep(0.05)


class Cluster:
    """A PostgreSQL of its own, in a folder and on a port of its own, with its settings as they are delivered."""

    def __init__(self, folder: Path, *, port: int = 0, source: str = ""):
        """Make the folder of a new cluster, or of a hot standby of what answers at `source`."""
        self.folder, self.port = folder, port or free_port()
        self.process = None
        # PostgreSQL refuses to run as root.
        self.identity = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        folder.mkdir()
        if self.identity:
            subprocess.run(["chown", "postgres", folder], check=True)
        folder.chmod(0o700)
        if source:
            self.run(
                "pg_basebackup", f"--dbname={source}", "--write-recovery-conf", "--checkpoint=fast"
            )
        else:
            self.run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8")

    def run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [PROGRAMS / program, f"--pgdata={self.folder}", *words],
            **self.identity,
            cwd="/",
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Fault(f"{program}: {done.stderr}")

    def url(self, name: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        words = [f"-p{self.port}", f"-k{self.folder}", "-clisten_addresses=127.0.0.1"]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", f"-D{self.folder}", *words],
                **self.identity,
                cwd="/",
                stdout=log,
                stderr=log,
            )
        wait_until(self.answers, "PostgreSQL starts")

    def answers(self) -> bool:
        asked = [PROGRAMS / "pg_isready", "-qh127.0.0.1", f"-p{self.port}"]
        return subprocess.run(asked).returncode == 0

    def create(self, name: str) -> None:
        words = ["-h127.0.0.1", f"-p{self.port}", "-Upostgres", name]
        subprocess.run([PROGRAMS / "createdb", *words], check=True, cwd="/")

    def sql(self, database: str, statement: str) -> str:
        """Run a statement and return what it answers."""
        words = ["-h127.0.0.1", f"-p{self.port}", "-Upostgres", "-XAtq", "-c", statement, database]
        done = subprocess.run(
            [PROGRAMS / "psql", *words], check=True, cwd="/", capture_output=True, text=True
        )
        return done.stdout.strip()

    def received(self) -> int:
        """Return how many bytes of the primary's log this standby has on its disk."""
        asked = "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')"
        return int(self.sql("postgres", asked))

    def kill(self) -> None:
        """Kill the server and every process of it, so that nothing is finished and nothing flushed."""
        pids = [self.process.pid, *children_of(self.process.pid)]
        kill_at_once(*pids)
        self.process.wait()
        wait_until(lambda: not any(map(running, pids)), "PostgreSQL is gone")

    def kill_one_backend(self, chance: random.Random) -> None:
        """Kill one of the processes that serve a connection; PostgreSQL then takes all down and recovers by itself."""
        serving = [pid for pid in children_of(self.process.pid) if b"127.0.0.1" in title_of(pid)]
        kill_at_once(chance.choice(serving))

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE)


def running(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    return False


def title_of(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


class Site:
    """The site as in production."""

    # Whether the certificate of an https address is to be judged.
    verify = True

    def __init__(self, folder: Path, database: str):
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.environment = os.environ | {
            "DEBUG": "0",
            "SECRET_KEY": "for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLM",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SECURE_SSL_REDIRECT": "0",
            "LOG_LEVEL": "WARNING",
            "PLANWATCH_BIND": f"127.0.0.1:{self.port}",
            "DATABASE_URL": database,
            "STATIC_ROOT": str(folder / "static"),
            "PLANWATCH_DATASETS": str(folder / "datasets"),
            "PLANWATCH_CACHE_FOLDER": str(folder / "cache"),
            # The writers are programs with tokens, and have no telephone.
            "PLANWATCH_SECOND_FACTOR": "0",
        }

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Fault(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        self.serve()
        self.wait()

    def serve(self) -> None:
        if not (static := self.folder / "static").exists():
            name_static_files(static)
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.address, headers=headers, timeout=PATIENCE)

    def wait(self) -> None:
        wait_until_ready(f"{self.address}/healthz/ready", verify=self.verify)

    def kill(self) -> None:
        kill_at_once(self.process.pid, *children_of(self.process.pid))
        self.process.wait()

    def kill_one_worker(self, chance: random.Random) -> None:
        kill_at_once(chance.choice(children_of(self.process.pid)))

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)


@dataclass
class Writers:
    """Clients that write without pause, each retrying a write under its key until it is acknowledged."""

    site: Site
    tokens: list[str]
    acknowledged: set[str] = field(default_factory=set)
    answers: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self):
        self.ending, self.may_write = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.may_write.set()

    def start(self) -> None:
        for number, token in enumerate(self.tokens, 1):
            self.threads.append(threading.Thread(target=self.write, args=(number, token)))
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def write(self, number: int, token: str) -> None:
        headers = {"Authorization": f"Token {token}", "If-Match": "*"}
        with self.site.client(**headers) as client:
            turn = 0
            while not self.ending.is_set() and not self.faults:
                turn += 1
                self.carry_through(client, number, turn)

    def carry_through(self, client: httpx.Client, number: int, turn: int) -> None:
        """Send one write until it is answered 201. The text that it writes is its own."""
        text = f"writer {number}, write {turn}"
        address, body = write_of(number, turn, text)
        patience = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < patience:
            self.may_write.wait()
            try:
                answer = client.post(address, json=body, headers={"Idempotency-Key": text})
            except httpx.ConnectError:
                # Nobody listens while the site starts: how often depends on how long that takes.
                self.count("not connected")
                time.sleep(0.05)
                continue
            except httpx.TransportError:
                self.count("no answer")
                time.sleep(0.05)
                continue
            self.count(answer.status_code)
            if answer.status_code == 201:
                with self.lock:
                    self.acknowledged.add(text)
                return
            if answer.status_code not in (429, 503) or "Retry-After" not in answer.headers:
                self.faults.append(f"{text}: {answer.status_code} {answer.text[:500]}")
                return
            time.sleep(0.1 if answer.status_code == 503 else float(answer.headers["Retry-After"]))
        self.faults.append(f"{text} was never acknowledged")

    def count(self, what) -> None:
        with self.lock:
            self.answers[what] += 1


def write_of(number: int, turn: int, text: str) -> tuple[str, dict]:
    """Return the address and the body of a write: every fourth one a step of the history, the others reviews."""
    commitment = f"/api/v1/commitments/US21-PRT-{number:03d}"
    if turn % 4:
        return f"{commitment}/reviews/", {"reviewed_on": "2026-01-01", "note": text}
    step = {
        "status": "in_progress" if turn % 8 else "stalled",
        "effective_on": "2022-01-25",
        "explanation": text,
        "evidence": [{"source": "sheet", "locator": "page 1"}],
    }
    return f"{commitment}/status-changes/", step


@dataclass
class Reader:
    """Follows the public record, and counts how often each text was written."""

    site: Site
    after: int = 0
    found: Counter = field(default_factory=Counter)

    def read_on(self) -> None:
        with self.site.client() as client:
            while True:
                answer = client.get("/api/v1/changes/", params={"after": self.after, "limit": 500})
                if answer.status_code == 429:
                    # Its limit is by the minute, and by what reading costs this machine.
                    time.sleep(int(answer.headers["Retry-After"]))
                    continue
                page = answer.raise_for_status().json()
                for row in page["results"]:
                    kind, after = row["object_type"], row["after"]
                    if kind in ("review", "statuschange"):
                        self.found[after["note" if kind == "review" else "explanation"]] += 1
                if not page["results"]:
                    return
                self.after = page["next_after"]


def hold(writers: Writers, reader: Reader) -> None:
    """Raise Fault unless every acknowledged change is there exactly once, and the database agrees with itself."""
    with writers.lock:
        acknowledged = set(writers.acknowledged)
    reader.read_on()
    if lost := sorted(text for text in acknowledged if not reader.found[text]):
        raise Fault(f"{len(lost)} acknowledged changes are lost: {lost[:5]}")
    if twice := sorted(text for text, times in reader.found.items() if times > 1):
        raise Fault(f"{len(twice)} changes were written twice: {twice[:5]}")
    reader.site.manage("shell", "--no-imports", "--verbosity=0", "--command", VERIFY)


def run(site: Site, kills: int, *, cluster: Cluster | None = None, seed: int, writers: int = 4):
    """Kill `kills` times and return the figures. `site` has an empty database. Raises Fault where anything is not held."""
    chance, began = random.Random(seed), time.monotonic()
    tokens = site.manage(
        "shell", "--no-imports", "--verbosity=0", "--command", PREPARE.format(writers=writers)
    )
    site.start()
    at_work, reader, killed = Writers(site, json.loads(tokens)), Reader(site), Counter()
    at_work.start()
    victims = ["the site", "one worker"]
    victims += ["PostgreSQL", "one backend"] if cluster else []
    try:
        for number in range(kills):
            victim = victims[number % len(victims)]
            time.sleep(chance.uniform(0.2, 3))
            kill_and_bring_back(victim, site, cluster, chance)
            killed[victim] += 1
            at_work.may_write.clear()
            hold(at_work, reader)
            at_work.may_write.set()
            if at_work.faults:
                break
    finally:
        at_work.may_write.set()
        at_work.end()
    if at_work.faults:
        raise Fault("; ".join(at_work.faults))
    hold(at_work, reader)
    if unasked := set(reader.found) - at_work.acknowledged:
        raise Fault(f"Changes that nobody was told of: {sorted(unasked)[:5]}")
    return {
        "kills": dict(killed),
        "acknowledged": len(at_work.acknowledged),
        "answers": {str(what): times for what, times in at_work.answers.items()},
        "seconds": round(time.monotonic() - began),
    }


def kill_and_bring_back(victim: str, site: Site, cluster: Cluster, chance: random.Random) -> None:
    if victim == "the site":
        site.kill()
        site.serve()
    elif victim == "one worker":
        site.kill_one_worker(chance)
    elif victim == "PostgreSQL":
        cluster.kill()
        time.sleep(chance.uniform(0, 0.5))
        cluster.start()
    else:
        cluster.kill_one_backend(chance)
    site.wait()
