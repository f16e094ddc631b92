"""Several machines with the files of docs/deploy, each played by a process on this one."""

import contextlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys

import httpx
import trustme

from tests import killing

FOLDER = killing.ROOT / "docs" / "deploy"
NAME = "planwatch.example.org"


def settings_of(name, **replaced):
    """Return the variables of an environment file, some texts in them replaced."""
    text = (FOLDER / name).read_text()
    for old, new in replaced.pop("texts", {}).items():
        assert old in text, old
        text = text.replace(old, new)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines) | replaced


class Machines:
    """A primary, two hot standbys, Redis, machines with the site, and nginx before them. Files are taken as they are.

    Of the three machines with the site that the files name, those that are not started are off.
    """

    def __init__(self, folder, ending, apps, **environment):
        self.folder, self.ending = folder, ending
        folder.chmod(0o711)
        self.start_databases()
        self.start_redis()
        self.environment = os.environ | self.settings() | environment
        self.prepare()
        self.copy_to_standbys()
        self.apps = [self.start_app() for _ in range(apps)]
        for _, port in self.apps:
            self.wait_for(port)
        self.start_nginx("upstream-several.conf", [port for _, port in self.apps])

    def start_databases(self):
        self.ports = [killing.free_port() for _ in range(3)]
        self.primary = killing.Cluster(self.folder / "primary", port=self.ports[0])
        with (self.primary.folder / "postgresql.conf").open("a") as file:
            file.write("include_dir 'conf.d'\n")
        self.configure(self.primary, "postgresql.conf", "planwatch.conf")
        self.ending.callback(self.primary.stop)
        self.primary.start()
        self.primary.create("planwatch")
        self.primary.sql("planwatch", "CREATE ROLE planwatch LOGIN")
        self.divide_roles()

    def divide_roles(self):
        self.primary.sql("planwatch", (FOLDER / "owner-role.sql").read_text())

    def copy_to_standbys(self):
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        source = f"postgres://postgres@{hosts}/?target_session_attrs=read-write"
        self.standbys = []
        for number, port in enumerate(self.ports[1:], 1):
            standby = killing.Cluster(self.folder / f"standby-{number}", port=port, source=source)
            self.ending.callback(standby.stop)
            self.configure(standby, "postgresql-several.conf", "several.conf")
            standby.start()
            self.standbys.append(standby)
        self.configure(self.primary, "postgresql-several.conf", "several.conf")
        self.primary.run("pg_ctl", "reload")

    def configure(self, cluster, source, name):
        folder = cluster.folder / "conf.d"
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        shutil.copy(FOLDER / source, folder / name)

    def lose_the_primary(self):
        """Kill the primary, and make the standby primary that has received the most, as docs/deploy.md says."""
        if self.primary.process.poll() is None:
            self.primary.kill()
        self.standbys.sort(key=lambda standby: standby.received(), reverse=True)
        self.primary = self.standbys.pop(0)
        self.primary.run("pg_ctl", "promote")

    def start_redis(self):
        self.redis_ports = [killing.free_port(), killing.free_port()]
        self.redis, self.redis_responses = (
            self.run(
                [
                    *("redis-server", FOLDER / name, "--port", str(port)),
                    *("--bind", "127.0.0.1", "--dir", self.folder),
                ],
                "redis.log",
            )
            for name, port in zip(
                ("redis.conf", "redis-responses.conf"), self.redis_ports, strict=True
            )
        )

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
            "10.0.0.11:5432": f"127.0.0.1:{self.ports[0]}",
            "10.0.0.12:5432": f"127.0.0.1:{self.ports[1]}",
            "10.0.0.13:5432": f"127.0.0.1:{self.ports[2]}",
            "10.0.0.21:6379": f"127.0.0.1:{self.redis_ports[0]}",
            "10.0.0.21:6380": f"127.0.0.1:{self.redis_ports[1]}",
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
        killing.name_static_files(self.folder / "static")
        owner = self.environment["DATABASE_URL"].replace("//planwatch@", "//planwatch_owner@")
        self.manage("migrate", "--verbosity=0", DATABASE_URL=owner)
        # As in a database that is in use: what the owner has made is given again.
        self.divide_roles()
        words = [
            "shell",
            "--no-imports",
            "--verbosity=0",
            "--command",
            killing.PREPARE.format(writers=4),
        ]
        self.tokens = json.loads(self.manage(*words))

    def manage(self, *words, **environment):
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=killing.ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise killing.Fault(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def start_app(self):
        port = killing.free_port()
        environment = self.environment | {
            "PLANWATCH_BIND": f"127.0.0.1:{port}",
            "PLANWATCH_WORKERS": "1",
        }
        words = [sys.executable, "manage.py", "serve"]
        return self.run(words, f"app-{port}.log", cwd=killing.ROOT, env=environment), port

    def wait_for(self, port):
        address = f"http://127.0.0.1:{port}/healthz/ready"
        killing.wait_until_ready(address, headers={"Host": NAME})

    def start_nginx(self, upstream, ports):
        """Start nginx with the files as they are, but for ports, addresses and the place of what they name."""
        authority = trustme.CA()
        certificate = authority.issue_cert(NAME, "127.0.0.1")
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
        ports = [*ports, *(killing.free_port() for _ in addresses[len(ports) :])]
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
        self.context = ssl.create_default_context()
        authority.configure_trust(self.context)
        self.anybody = self.client()
        killing.wait_until(lambda: self.get("/healthz/live") is not None, "nginx answers")

    def client(self, **headers):
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.https}",
            headers={"Host": NAME, **headers},
            verify=self.context,
            timeout=killing.PATIENCE,
        )

    def get(self, path):
        with contextlib.suppress(httpx.TransportError):
            return self.anybody.get(path)

    def wait(self):
        killing.wait_until(lambda: self.get("/healthz/ready").status_code == 200, "all is ready")

    def post(self, key):
        """Send a write once."""
        return self.anybody.post(
            "/api/v1/commitments/US21-PRT-001/reviews/",
            json={"reviewed_on": "2024-01-01", "note": key},
            headers={
                "Authorization": f"Token {self.tokens[0]}",
                "If-Match": "*",
                "Idempotency-Key": key,
                "X-Forwarded-For": "192.0.2.1",
            },
        )

    def write(self, key):
        """Send a write until it is acknowledged, as every client should."""

        def is_written():
            with contextlib.suppress(httpx.TransportError):
                answer = self.post(key)
                assert answer.status_code in (201, 502, 503), answer.text
                return answer.status_code == 201
            return False

        killing.wait_until(is_written, f"{key} is acknowledged")
