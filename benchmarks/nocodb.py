"""The comparator NocoDB: the same rows in one table of its own SQLite file, put in and read by its HTTP API.

As a policy office would have it, at its fastest: no column has a type that is worked out anew for each row, and of its
APIs the second, of which a list takes less time than of the third. It offers no index of columns.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import servers

VERSION = "0.301.3"
PACKAGES = {
    # NocoDB asks for Node 22 or newer, which is not every machine's.
    "dependencies": {"nocodb": VERSION, "node": "22.22.0"},
    # NocoDB takes its reader of spreadsheets from a site outside npm's registry; no list needs it.
    "overrides": {"xlsx": "0.18.5"},
}
# What the project's own image runs, but that it listens to this machine alone, and not before all is ready.
SERVER = """
const express = require('express');
const { Noco } = require('nocodb');
const server = express();
server.enable('trust proxy');
server.disable('etag');
server.disable('x-powered-by');
server.set('view engine', 'ejs');
const listening = require('http').createServer(server);
Noco.init({}, listening, server).then((site) => {
  server.use(site);
  listening.listen(PORT, '127.0.0.1');
});
"""
LONG = ("summary", "partners", "sources")
# The most rows that it takes in one request.
BATCH = 100
FILTER = "where=(pillar,eq,protection)~and(status,eq,in_progress)&limit=100"


class Unavailable(Exception):
    """NocoDB cannot be installed on this machine; the text says why."""


def installed(folder: Path) -> Path:
    """Return its Node, installed with NocoDB (1.6 GB, some minutes) the first time. Raises Unavailable."""
    modules = folder / "node_modules"
    program = modules / "node" / "bin" / "node"
    if (modules / "sqlite3" / "build" / "Release" / "node_sqlite3.node").exists():
        return program
    if shutil.which("npm") is None:
        raise Unavailable("npm is missing")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps(PACKAGES))
    try:
        # A script of one of its parts stops every installer but pnpm, so that only those run that are needed.
        _npm(folder, "install", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund")
        _npm(folder, "rebuild", "node")
        # Where no built SQLite can be fetched it is compiled, with this Node and the headers that came with it.
        headers = next(modules.glob("node/node_modules/node-*/include"))
        path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
        _npm(folder, "rebuild", "sqlite3", PATH=path, npm_config_nodedir=str(headers.parent))
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"{' '.join(error.cmd[:3])} failed") from error
    return program


def _npm(folder: Path, *words: str, **environment: str) -> None:
    command = ["npm", *words, "--loglevel=error"]
    subprocess.run(command, cwd=folder, env=os.environ | environment, check=True)


def prepare(program: Path, source: Path, folder: Path) -> None:
    """Fill a folder with NocoDB's database: an account, a token and the rows that were prepared for Datasette."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with sqlite3.connect(source) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM commitments ORDER BY code")]
    with _running(program, folder) as address:
        account = {"email": "bench@planwatch.example", "password": secrets.token_urlsafe(16)}
        signed_in = _posted(f"{address}/api/v1/auth/user/signup", account)["token"]
        by_account = {"xc-auth": signed_in}
        token = _posted(f"{address}/api/v1/tokens", {"description": "bench"}, by_account)["token"]
        base = _posted(f"{address}/api/v2/meta/bases", {"title": "bench"}, by_account)["id"]
        columns = [{"title": name, "column_name": name, "uidt": _kind(name)} for name in rows[0]]
        table = _posted(
            f"{address}/api/v2/meta/bases/{base}/tables",
            {"title": "commitments", "table_name": "commitments", "columns": columns},
            by_account,
        )["id"]
        place = f"/api/v2/tables/{table}/records"
        for first in range(0, len(rows), BATCH):
            _posted(address + place, rows[first : first + BATCH], {"xc-token": token})
    # Written last: without it the folder is not whole.
    access = {"list": f"{place}?{FILTER}", "header": f"xc-token: {token}"}
    (folder / "access.json").write_text(json.dumps(access))


def _kind(name: str) -> str:
    if name == "seq":
        return "Number"
    return "LongText" if name in LONG else "SingleLineText"


def _posted(address: str, body: dict | list, headers: dict[str, str] | None = None) -> dict:
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def _running(program: Path, folder: Path):
    environment = {
        "NODE_ENV": "production",
        "NODE_PATH": str(program.parents[2]),
        "NC_TOOL_DIR": str(folder),
        "NC_DISABLE_TELE": "true",
        "NC_DISABLE_ERR_REPORTS": "true",
        # Or NocoDB would take this project's database for its own.
        "DATABASE_URL": "",
    }
    return servers.serving(environment, "-e", SERVER, program=program)


@contextmanager
def served(program: Path, source: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Serve the rows, prepared the first time; gives the address of 100 of them, filtered, and the header it asks for."""
    if not (folder / "access.json").exists():
        prepare(program, source, folder)
    access = json.loads((folder / "access.json").read_text())
    with _running(program, folder) as address:
        yield address + access["list"], access["header"]
