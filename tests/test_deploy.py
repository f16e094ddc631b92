"""Every file of docs/deploy at work: one server, and several machines, each played by a process on this one."""

import contextlib
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest
import trustme
from django.db import connection

from tests import killing
from tests.test_logs import name_static_files

FOLDER = killing.ROOT / "docs" / "deploy"
NAME = "planwatch.example.org"
UNITS = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".service", ".timer"))
ELSEWHERE = {
    "nginx.conf",
    "proxy.conf",
    "upstream-one.conf",
    "upstream-several.conf",
    "gunicorn.conf.py",
    "planwatch.env",
    "several.env",
    "postgresql.conf",
    "redis.conf",
    "keep-backups",
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


def settings_of(name, **replaced):
    """Return the variables of an environment file, some texts in them replaced."""
    text = (FOLDER / name).read_text()
    for old, new in replaced.pop("texts", {}).items():
        assert old in text, old
        text = text.replace(old, new)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines) | replaced


class Machines:
    """A primary, a hot standby, Redis, two machines with the site, and nginx before them."""

    def __init__(self, folder, ending):
        self.folder, self.ending = folder, ending
        folder.chmod(0o711)
        self.start_databases()
        self.start_redis()
        self.environment = os.environ | self.settings()
        self.prepare()
        self.apps = [self.start_app(), self.start_app()]
        self.start_nginx("upstream-several.conf", [port for _, port in self.apps])

    def start_databases(self):
        self.primary = killing.Cluster(self.folder / "primary")
        (self.primary.folder / "conf.d").mkdir()
        shutil.copy(FOLDER / "postgresql.conf", self.primary.folder / "conf.d")
        (self.primary.folder / "conf.d").chmod(0o755)
        with (self.primary.folder / "postgresql.conf").open("a") as file:
            file.write("include_dir 'conf.d'\n")
        self.ending.callback(self.primary.stop)
        self.primary.start()
        self.primary.create("planwatch")
        self.primary.sql(
            "planwatch", "CREATE ROLE planwatch LOGIN; ALTER SCHEMA public OWNER TO planwatch"
        )
        self.standby = killing.Cluster(self.folder / "standby", self.primary)
        self.ending.callback(self.standby.stop)
        self.standby.start()

    def start_redis(self):
        self.redis_port = killing.free_port()
        words = ["redis-server", FOLDER / "redis.conf", "--port", str(self.redis_port)]
        self.redis = self.run([*words, "--bind", "127.0.0.1", "--dir", self.folder], "redis.log")

    def run(self, words, log, **more):
        with (self.folder / log).open("a") as out:
            process = subprocess.Popen(words, stdout=out, stderr=out, **more)
        self.ending.callback(process.wait, 20)
        self.ending.callback(
            lambda: killing.kill_at_once(process.pid, *killing.children_of(process.pid))
        )
        return process

    def settings(self):
        (self.folder / "secret-key").write_text(
            "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        )
        places = {"/var/lib/planwatch": str(self.folder), "/etc/planwatch": str(self.folder)}
        several = {
            "10.0.0.11:5432": f"127.0.0.1:{self.primary.port}",
            "10.0.0.12:5432": f"127.0.0.1:{self.standby.port}",
            "10.0.0.21:6379": f"127.0.0.1:{self.redis_port}",
        }
        found = settings_of("planwatch.env", texts=places) | settings_of(
            "several.env", texts=several
        )
        return found | {
            "DEBUG": "0",
            "PLANWATCH_SECOND_FACTOR": "0",
            "PROMETHEUS_MULTIPROC_DIR": str(self.folder),
        }

    def prepare(self):
        name_static_files(self.folder / "static")
        words = [
            "shell",
            "--no-imports",
            "--verbosity=0",
            "--command",
            killing.PREPARE.format(writers=1),
        ]
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=killing.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        (self.token,) = json.loads(done.stdout)

    def start_app(self):
        port = killing.free_port()
        words = [
            sys.executable,
            "-m",
            "gunicorn",
            "planwatch.wsgi",
            "--config",
            FOLDER / "gunicorn.conf.py",
        ]
        words += [f"--bind=127.0.0.1:{port}", "--workers=1"]
        process = self.run(words, f"app-{port}.log", cwd=killing.ROOT, env=self.environment)

        def is_ready():
            with contextlib.suppress(httpx.TransportError):
                ready = httpx.get(f"http://127.0.0.1:{port}/healthz/ready", headers={"Host": NAME})
                return ready.status_code == 200
            return False

        killing.wait_until(is_ready, "gunicorn is ready")
        return process, port

    def start_nginx(self, upstream, ports):
        """Start nginx with the files as they are, but for ports, addresses and the place of what they name."""
        authority = trustme.CA()
        certificate = authority.issue_cert(NAME)
        certificate.private_key_and_cert_chain_pem.write_to_path(self.folder / "both.pem")
        self.http, self.https = killing.free_port(), killing.free_port()
        live = f"/etc/letsencrypt/live/{NAME}"
        replaced = {
            "listen 80;": f"listen 127.0.0.1:{self.http};",
            "listen 443 ": f"listen 127.0.0.1:{self.https} ",
            f"{live}/fullchain.pem": f"{self.folder}/both.pem",
            f"{live}/privkey.pem": f"{self.folder}/both.pem",
            "/var/log/nginx": str(self.folder),
            "/etc/nginx": str(self.folder),
        }
        addresses = re.findall(r"server (\S+:8001)", (FOLDER / upstream).read_text())
        replaced |= {old: f"127.0.0.1:{port}" for old, port in zip(addresses, ports, strict=True)}
        for source, target in (
            ("nginx.conf", "site.conf"),
            ("proxy.conf", "planwatch-proxy.conf"),
            (upstream, "upstream.conf"),
        ):
            text = (FOLDER / source).read_text()
            for old, new in replaced.items():
                text = text.replace(old, new)
            (self.folder / target).write_text(text)
        temporary = " ".join(
            f"{kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "whole.conf").write_text(
            f"daemon off; pid {self.folder}/nginx.pid; events {{}}\n"
            f"http {{ access_log off; {temporary} include {self.folder}/upstream.conf; include {self.folder}/site.conf; }}"
        )
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        words = [program, "-c", self.folder / "whole.conf", "-e", self.folder / "nginx-errors.log"]
        subprocess.run([*words, "-t", "-q"], check=True)
        self.nginx = self.run(words, "nginx-said.log")
        context = ssl.create_default_context()
        authority.configure_trust(context)
        self.client = httpx.Client(
            base_url=f"https://127.0.0.1:{self.https}",
            headers={"Host": NAME},
            verify=context,
            timeout=killing.PATIENCE,
        )
        killing.wait_until(lambda: self.get("/healthz/live") is not None, "nginx answers")

    def get(self, path, **more):
        with contextlib.suppress(httpx.TransportError):
            return self.client.get(path, extensions={"sni_hostname": NAME}, **more)

    def write(self, key):
        """Send a write until it is acknowledged, as every client should."""
        body = {"reviewed_on": "2024-01-01", "note": key}
        headers = {"Authorization": f"Token {self.token}", "If-Match": "*", "Idempotency-Key": key}

        def is_written():
            with contextlib.suppress(httpx.TransportError):
                answer = self.client.post(
                    "/api/v1/commitments/US21-PRT-001/reviews/",
                    json=body,
                    headers=headers | {"X-Forwarded-For": "192.0.2.1"},
                    extensions={"sni_hostname": NAME},
                )
                assert answer.status_code in (201, 502, 503), answer.text
                return answer.status_code == 201
            return False

        killing.wait_until(is_written, f"{key} is acknowledged")


@pytest.fixture(scope="module")
def machines():
    # Not pytest's own folder: PostgreSQL runs under a name of its own, which may not enter there.
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        yield Machines(Path(folder), ending)


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
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{NAME}/data/")
    assert "django_http_requests" in machines.get("/metrics").text

    machines.write("first")
    said = machines.get("/healthz/ready").text
    killing.wait_until(
        lambda: machines.standby.sql("planwatch", "SELECT hash FROM commitments_datasetversion")
        in said,
        "The standby has the write",
    )

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

    # The primary gone, the standby made primary: the site finds it by itself.
    machines.primary.kill()
    down = machines.get("/commitments/?status=completed")
    assert (down.status_code, "Retry-After" in down.headers) == (503, True)
    machines.standby.run("pg_ctl", "promote")
    machines.write("second")
    ready = machines.get("/healthz/ready")
    assert ready.status_code == 200 and ready.text != said

    log = (machines.folder / "planwatch.log").read_text()
    assert "/commitments/ 503" in log and "status=completed" not in log
    written = "".join(path.read_text() for path in machines.folder.glob("app-*.log"))
    assert '"path": "/commitments/"' in written and machines.token not in written + log


@needs_machines
def test_one_server_answers_behind_nginx_and_keeps_backups(machines, tmp_path):
    machines.nginx.terminate()
    machines.nginx.wait()
    process, port = machines.start_app()
    machines.start_nginx("upstream-one.conf", [port])
    assert machines.get("/").status_code == 200

    (tmp_path / "planwatch-old.backup").write_text("old")
    long_ago = time.time() - 40 * 24 * 3600
    os.utime(tmp_path / "planwatch-old.backup", (long_ago, long_ago))
    subprocess.run(
        [FOLDER / "keep-backups", tmp_path], cwd=killing.ROOT, env=machines.environment, check=True
    )
    (made,) = tmp_path.iterdir()
    assert made.name.startswith("planwatch-2") and made.stat().st_size > 10_000


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
