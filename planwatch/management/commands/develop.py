import os
import socket
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.urls import reverse

from commitments.datasets.releases import published
from planwatch.health import migrations_to_apply
from planwatch.management.commands.demo_accounts import PASSWORD


class Command(BaseCommand):
    help = "Migrate, import the data set into an empty database, create demo accounts, and serve."
    # runserver makes them, once.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--data", type=Path, default=settings.BASE_DIR / "fixtures")

    def handle(self, *, host, port, data, **options):
        if not settings.DEBUG:
            raise CommandError(
                "This is the server for developing, and DEBUG is off. Set DEBUG=1, or see README.md, Deployment."
            )
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        os.environ.setdefault("DJANGO_RUNSERVER_HIDE_WARNING", "true")
        # The reloader starts this command again, in a second process, whenever a file changes.
        if os.environ.get("RUN_MAIN") == "true":
            call_command("runserver", address)
            return
        self.require_free(host, port)
        site = f"http://localhost:{port}" if host in ("0.0.0.0", "::") else f"http://{address}"
        settings.PLANWATCH_SERVED_AT.parent.mkdir(parents=True, exist_ok=True)
        settings.PLANWATCH_SERVED_AT.write_text(site)
        try:
            self.prepare(data)
            self.greet(site)
            call_command("runserver", address)
        finally:
            settings.PLANWATCH_SERVED_AT.unlink(missing_ok=True)

    def require_free(self, host, port):
        if not 1 <= port <= 65535:
            raise CommandError(f"There is no port {port}. Choose one from 1024 to 65535.")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"Cannot serve at {host} port {port}: {error.strerror}. "
                    f"Stop what uses it, or choose another: make run PORT={port + 1}"
                ) from error

    def prepare(self, data):
        try:
            connection.ensure_connection()
        except DatabaseError as error:
            raise CommandError(
                f"The database does not answer: {str(error).strip()}\n"
                "Start it, or mend DATABASE_URL; without DATABASE_URL a file in var/ is used."
            ) from error
        if migrations_to_apply():
            self.stdout.write("Preparing the database …")
            call_command("migrate", verbosity=0)
        call_command("import_plan", data, if_empty=True)
        call_command("demo_accounts", verbosity=0)
        if not published():
            self.publish(data / "release-note.txt")
        connection.close()

    def publish(self, note):
        """Give the data page a first version; without one the site runs all the same."""
        try:
            note = note if note.exists() else None
            call_command("publish_dataset", note=note, stdout=self.stdout)
        except CommandError as error:
            self.stdout.write(self.style.WARNING(f"No data set was published: {error}"))

    def greet(self, site):
        self.stdout.write(self.style.SUCCESS(f"\nPlanWatch: {site}/") + "  (Ctrl-C ends it)")
        self.stdout.write(f"Sign in:   {site}{reverse('login')} as editor, password {PASSWORD}")
        self.stdout.write(
            self.style.WARNING(
                "           Demo accounts are for this machine only: everybody knows that password.\n"
            )
        )
