"""Every file of docs/deploy at work: one server, and several machines, each played by a process on this one."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import psycopg2
import psycopg2.errors
import pytest
from django.db import connection

from tests import killing
from tests.machines import FOLDER, NAME, Machines

UNITS = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".service", ".timer"))
ELSEWHERE = {
    "nginx.conf",
    "proxy.conf",
    "upstream-one.conf",
    "upstream-several.conf",
    "planwatch.env",
    "several.env",
    "witness.env",
    "postgresql.conf",
    "postgresql-several.conf",
    "redis.conf",
    "redis-responses.conf",
    "keep-backups",
    "owner-role.sql",
    "prometheus.yml",
    "prometheus-rules.yml",
    "grafana-dashboard.json",
    "Containerfile",
    "compose.yml",
}
MISSING = [
    name
    for name in ("nginx", "redis-server")
    if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
]
MISSING += [] if killing.PROGRAMS else ["PostgreSQL's programs"]
needs_machines = pytest.mark.skipif(
    bool(MISSING) or connection.vendor != "sqlite",
    reason=f"missing here: {', '.join(MISSING)}"
    if MISSING
    else "runs once, with the tests on SQLite",
)


@pytest.fixture(scope="module")
def machines():
    # Not pytest's own folder: PostgreSQL runs under a name of its own, which may not enter there.
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        yield Machines(Path(folder), ending, apps=2)


def test_no_file_of_the_folder_goes_untried():
    assert {path.name for path in FOLDER.iterdir()} == {*UNITS, *ELSEWHERE}


@needs_machines
def test_several_machines_serve_the_site_and_stand_in_for_one_another(machines):
    home = machines.get("/")
    assert home.status_code == 200 and "<h1" in home.text
    assert "max-age" in home.headers["Strict-Transport-Security"]
    assert home.headers["Server"] == "nginx"
    address = f"http://127.0.0.1:{machines.http}/data/"
    plain = httpx.get(address, headers={"Host": NAME}, timeout=killing.PATIENCE)
    assert (plain.status_code, plain.headers["Location"]) == (308, f"https://{NAME}/data/")
    assert "django_http_requests" in machines.get("/metrics").text

    machines.write("first")
    said = machines.get("/healthz/ready").text
    assert machines.get("/commitments/").status_code == 200
    reading = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'planwatch'"
    assert any(int(standby.sql("planwatch", reading)) for standby in machines.standbys)

    # Standbys that are behind answer nobody.
    for standby in machines.standbys:
        standby.sql("postgres", "SELECT pg_wal_replay_pause()")
    machines.write("behind")
    assert '"note":"behind"' in machines.get("/api/v1/changes/?after=1").text
    for standby in machines.standbys:
        standby.sql("postgres", "SELECT pg_wal_replay_resume()")

    # The primary gone: readers read on. A standby made primary: the site finds it by itself.
    machines.primary.kill()
    assert machines.get("/commitments/?status=completed").status_code == 200
    refused = machines.post("second")
    assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
    machines.lose_the_primary()
    machines.write("second")
    for _ in range(50):  # An answer may be two seconds old.
        ready = machines.get("/healthz/ready")
        if ready.text != said:
            break
        time.sleep(0.1)
    assert ready.status_code == 200 and ready.text != said
    assert '"note":"second"' in machines.get("/api/v1/changes/?after=1").text

    # Redis without an answer, then gone: nothing is counted, and everything goes on.
    machines.redis.send_signal(signal.SIGSTOP)
    assert machines.get("/commitments/").status_code == 200
    machines.redis.send_signal(signal.SIGKILL)
    machines.redis.wait()
    assert machines.get("/commitments/").status_code == 200

    # One machine of the site gone: no reader notices.
    process, _ = machines.apps[0]
    killing.kill_at_once(process.pid, *killing.children_of(process.pid))
    process.wait()
    assert [machines.get("/commitments/").status_code for _ in range(6)] == [200] * 6

    log = (machines.folder / "planwatch.log").read_text()
    assert "/reviews/ 503" in log and "status=completed" not in log
    written = "".join(path.read_text() for path in machines.folder.glob("app-*.log"))
    assert '"path": "/commitments/"' in written and machines.tokens[0] not in written + log


@needs_machines
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE commitments_change DISABLE TRIGGER ALL",
        "DROP TRIGGER change_is_append_only ON commitments_change",
        "CREATE TRIGGER x BEFORE INSERT ON commitments_change FOR EACH ROW EXECUTE FUNCTION planwatch_append_only()",
        "DROP FUNCTION planwatch_append_only CASCADE",
        "CREATE OR REPLACE FUNCTION planwatch_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "ALTER TABLE commitments_change OWNER TO planwatch",
        "ALTER TABLE commitments_change RENAME TO x",
        "DROP TABLE commitments_change CASCADE",
        "TRUNCATE commitments_change CASCADE",
        "CREATE TABLE public.x (id int)",
        "CREATE RULE x AS ON UPDATE TO commitments_change DO INSTEAD NOTHING",
        "SET session_replication_role = replica",
        "SET ROLE planwatch_owner",
    ],
)
def test_the_role_of_the_site_cannot_take_the_guards_away(machines, statement):
    url = f"postgres://planwatch@127.0.0.1:{machines.primary.port}/planwatch"
    with contextlib.closing(psycopg2.connect(url)) as database, database.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)
        database.rollback()
        with pytest.raises(psycopg2.errors.IntegrityConstraintViolation):
            cursor.execute("UPDATE commitments_change SET actor = 'x'")


@needs_machines
def test_nginx_bounds_what_one_client_sends(machines):
    # Requests that have not arrived yet count as open, and each may take 15 seconds to arrive.
    asked = f"POST / HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 9\r\n\r\nx".encode()
    with contextlib.ExitStack() as opened:
        slow = []
        for _ in range(33):
            plain = socket.create_connection(("127.0.0.1", machines.https), killing.PATIENCE)
            slow.append(
                opened.enter_context(machines.context.wrap_socket(plain, server_hostname=NAME))
            )
            slow[-1].sendall(asked)
        began = time.monotonic()
        answers = [one.recv(12)[-3:] for one in slow]
    assert answers[30:] == [b"429"] * 3
    # The connection is closed without a word.
    assert answers[:30] == [b""] * 30 and 10 < time.monotonic() - began < 25
    said = [machines.anybody.get("/healthz/live") for _ in range(250)]
    refused = [answer for answer in said if answer.status_code == 429]
    assert refused and all("<center>nginx</center>" in answer.text for answer in refused)
    assert [answer.status_code for answer in said[:100]] == [200] * 100


@needs_machines
def test_one_server_answers_behind_nginx_and_keeps_backups(machines, tmp_path):
    machines.nginx.terminate()
    machines.nginx.wait()
    _, port = machines.start_app()
    machines.wait_for(port)
    machines.start_nginx("upstream-one.conf", [port])
    assert machines.get("/").status_code == 200
    # The server itself would take it for the proxy's own header, and send to HTTPS.
    assert machines.anybody.get("/", headers={"X_Forwarded_Proto": "http"}).status_code == 200

    (tmp_path / "planwatch-old.backup").write_text("old")
    long_ago = time.time() - 40 * 24 * 3600
    os.utime(tmp_path / "planwatch-old.backup", (long_ago, long_ago))
    key, public = machines.folder / "backup.pem", machines.folder / "public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
    words = [FOLDER / "keep-backups", tmp_path, key]
    subprocess.run(words, cwd=killing.ROOT, env=machines.environment, check=True)
    (made,) = tmp_path.iterdir()
    assert made.name.startswith("planwatch-2") and made.stat().st_size > 10_000
    restored = {"DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3", "DATABASE_READ_URL": ""}
    restored["PLANWATCH_DATASETS"] = f"{tmp_path}/datasets"
    machines.manage("restore", str(made), "--signed-by", str(public), **restored)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing here")
@pytest.mark.sqlite_only
def test_systemd_accepts_every_unit(tmp_path):
    for name in UNITS:
        text = (FOLDER / name).read_text()
        (tmp_path / name).write_text(text.replace("/srv/planwatch/", f"{killing.ROOT}/"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in UNITS)],
        capture_output=True,
        text=True,
    )
    ours = [line for line in verified.stderr.splitlines() if "planwatch" in line]
    assert (verified.returncode, ours) == (0, []), verified.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing here")
@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_every_unit_is_confined_bounded_and_reports_its_failure(name):
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", FOLDER / name],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stdout[-2000:]
    text = (FOLDER / name).read_text()
    assert "MemoryMax=" in text
    assert "OnFailure=planwatch-failure@%n.service" in text or name.startswith("planwatch-failure")
