"""Starts what is measured, each as its own documentation says that it is run in production, and stops it again."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
# By address, the process that was started for it.
_started: dict[str, int] = {}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def _running(command: list, port: int, environment: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(
        list(map(str, command)),
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended with {process.returncode}")
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        _started[f"http://127.0.0.1:{port}"] = process.pid
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def serving(
    environment: dict[str, str], *words: str, program: str | Path = sys.executable
) -> Iterator[str]:
    """Serve by words of Python or another program, which get a free port in place of PORT; gives the address."""
    port = free_port()
    filled = [word.replace("PORT", str(port)) for word in words]
    environment = {name: value.replace("PORT", str(port)) for name, value in environment.items()}
    with _running([program, *filled], port, environment) as address:
        yield address


def planwatch(database: str, *, cached: bool, counted: bool = False):
    """Serve PlanWatch in production settings; it keeps no answers unless `cached`, and counts no requests unless `counted`.

    No comparator counts requests. The limit is one that is never reached.
    """
    limit = "1000000000/day" if counted else "off"
    environment = {
        "DEBUG": "0",
        "SECRET_KEY": "a key of fifty random characters or more, for nothing but measuring 0123456789",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "0",
        "PLANWATCH_LIMIT_ANONYMOUS": limit,
        "PLANWATCH_LIMIT_EXPORT": limit,
        "PLANWATCH_CACHE_FOLDER": str(ROOT / "var" / "bench" / "cache"),
        "DATABASE_URL": database,
        "STATIC_ROOT": str(ROOT / "var" / "bench" / "static"),
        "PLANWATCH_BIND": "127.0.0.1:PORT",
        "PLANWATCH_WORKERS": str(WORKERS),
    }
    if not cached:
        environment["PLANWATCH_RESPONSE_CACHE_MB"] = "0"
    return serving(environment, "manage.py", "serve")


def common(database: str):
    words = f"benchmarks.common.wsgi --workers {WORKERS} --threads 4 --bind 127.0.0.1:PORT --keep-alive 30"
    return serving({"DATABASE_URL": database}, "-m", "gunicorn", *words.split())


def bare(bodies: Path):
    words = (
        f"--interface wsgi --http 1 --no-ws --port PORT --workers {WORKERS} --blocking-threads 4"
    )
    return serving(
        {"BODIES": str(bodies)}, "-m", "granian", *words.split(), "benchmarks.bare:application"
    )


@contextmanager
def datasette(program: Path, file: Path) -> Iterator[str]:
    counts = file.with_suffix(".json")
    with counts.open("w") as out:
        subprocess.run([program, "inspect", file], stdout=out, check=True)
    port = free_port()
    command = [program, "serve", "--immutable", file, "--inspect-file", counts, "--port", port]
    command += ["--setting", "default_page_size", 100, "--setting", "max_csv_mb", 0]
    with _running(command, port, {}) as address:
        yield address


def memory_of_workers(address: str) -> list[float]:
    """Return the proportional share of memory of each worker of a server of ours, in MB."""
    pid = _started[address]
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    shares = [Path(f"/proc/{worker}/smaps_rollup").read_text() for worker in workers]
    return [int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1]) / 1024 for text in shares]


def fetched(address: str, headers: dict[str, str] | None = None) -> tuple[bytes, Message]:
    """Return body and headers of an answer; a 304 has none of the first. Raises for any other error."""
    request = urllib.request.Request(address, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read(), response.headers
    except urllib.error.HTTPError as error:
        if error.code != 304:
            raise
        return b"", error.headers
