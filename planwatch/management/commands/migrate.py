import fcntl
from contextlib import contextmanager

from django.conf import settings
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from commitments import services
from commitments.audit.replay import begin_revisions
from commitments.imports.yaml_reader import SITE, read_files
from commitments.models import Pillar, Site
from commitments.services import index_everything, record_jurisdictions
from commitments.services.documents import write_every_document
from commitments.services.jurisdictions import UPGRADE
from planwatch.db import planner_stats
from planwatch.health import migrations_to_apply

# Any number, the same in every process of PlanWatch.
LOCK = 7_265_102


class Command(Migrate):
    help = f"{Migrate.help} One process at a time; others wait."

    def handle(self, *args, **options):
        with alone(connections[options["database"]]):
            waiting = migrations_to_apply()
            super().handle(*args, **options)
            if not (options["plan"] or options["check_unapplied"]):
                if waiting and not migrations_to_apply():
                    record_jurisdictions()
                    record_site()
                    begin_revisions()
                    # How words are brought to one form changes with the code, and a former release wrote some wrongly.
                    index_everything()
                    write_every_document()
                # A new index of which SQLite knows nothing beside old ones of which it does misleads it.
                planner_stats.gather(options["database"])


def record_site():
    """Record the data of the site that every former release was."""
    if Pillar.objects.exists() and not Site.objects.exists():
        path = settings.BASE_DIR / "fixtures" / SITE
        rows = read_files({SITE: path.read_bytes()}, str(path))
        fields = next(row.fields for row in rows if row.kind == "site")
        services.save_site(**fields, actor=UPGRADE)


@contextmanager
def alone(connection):
    """Wait until no other process migrates this database, and keep others waiting."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            # Ends with the connection too, when the process does.
            if not connection.needs_rollback and connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    elif connection.is_in_memory_db():
        yield
    else:
        with open(f"{name}.migrating", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
