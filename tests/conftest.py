"""Which database a test needs, a database that threads may share, and a Hypothesis that always does the same."""

import contextlib
import datetime as dt
import hashlib
import inspect
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.test import override_settings
from hypothesis import HealthCheck, settings

from commitments import services
from planwatch import health
from planwatch.management.commands.migrate import Command as Migrate
from tests.factories import (
    change,
    check_link,
    cite,
    link,
    make_agency,
    make_commitment,
    make_section,
    make_source,
    review,
)

ONLY_ON = {
    "postgresql_only": (
        "postgresql",
        "needs PostgreSQL; run DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres pytest",
    ),
    "sqlite_only": ("sqlite", "needs SQLite; run pytest without DATABASE_URL"),
}

# `pytest --hypothesis-profile=deep` looks longer, and elsewhere every time.
_common = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("steady", derandomize=True, max_examples=25, **_common)
settings.register_profile("deep", max_examples=2000, stateful_step_count=40, **_common)
settings.load_profile("steady")


def pytest_configure(config):
    config.addinivalue_line("markers", "presentation: what a database cannot change")
    for name, (vendor, _) in ONLY_ON.items():
        config.addinivalue_line("markers", f"{name}: runs where the database is {vendor}")
    # Once for all tests: setting and restoring them around each told every listener each time.
    memory = "django.core.cache.backends.locmem.LocMemCache"
    override_settings(
        # What a test waits for when it hashes a password is not what it tests.
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        # Let tests ask as much as they like, and count in their own memory; those of the limits set their own.
        PLANWATCH_LIMITS={},
        CACHES={name: {"BACKEND": memory, "LOCATION": name} for name in django_settings.CACHES},
        # Tests set the clock as they need it, and those of the clock set this.
        PLANWATCH_CLOCK_ACCEPTED_UNTIL=dt.datetime.max.replace(tzinfo=dt.UTC),
    ).enable()


# Pages, forms, files, mails, rules of texts and their words: what they read and write is tried on both databases by the
# tests of querysets and services, and every public address by test_golden and test_query_counts. `-m "not presentation"`
# leaves these out.
PRESENTATION = {
    "access",
    "admin",
    "admission",
    "adopted_site",
    "agencies",
    "agency_response",
    "alerts",
    "alerts_failures",
    "alerts_mail_contents",
    "api",
    "api_clocks",
    "api_refusals",
    "api_schema",
    "api_walks",
    "bars_picture",
    "batches",
    "benchmarks",
    "bounded_answers",
    "briefs",
    "changes_page",
    "check_sources",
    "citations",
    "commitment_pictures",
    "comparison",
    "conflicts",
    "data",
    "dataset",
    "dates",
    "delivery",
    "developments",
    "documents",
    "due_text",
    "editor",
    "editor_conflicts",
    "editor_entries",
    "editor_reviews",
    "editor_sources",
    "editor_status_changes",
    "editor_texts",
    "embeds",
    "error_reports",
    "evidence",
    "export_links",
    "export_stream",
    "exports",
    "feeds",
    "first_run",
    "glossary",
    "headers",
    "hostile",
    "import",
    "imports_cells",
    "imports_own_exports",
    "imports_yaml",
    "languages",
    "limits",
    "lineage",
    "link_checking",
    "link_checking_addresses",
    "link_checking_pages",
    "link_states",
    "listing",
    "logs",
    "matrix",
    "mirror",
    "news",
    "news_page",
    "pages",
    "plan_coverage",
    "plan_folders",
    "plan_pages",
    "query_counts",
    "query_params",
    "response_cache",
    "retractions",
    "scripts_and_directions",
    "search_word_forms",
    "second_factor",
    "second_plan",
    "security_page",
    "services_gate",
    "services_grounds",
    "services_refusals",
    "services_standards",
    "sharing",
    "source_edits",
    "spanish_pages",
    "spreadsheets",
    "status_over_time",
    "structured_data",
    "themes",
    "threads",
    "timeline",
    "token_page",
    "unpublishing",
    "upload_bombs",
    "webhook_faces",
    "webhooks",
}
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "class_database", "live_server"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    if connection.vendor != "sqlite":
        # What touches no database was tried on SQLite, and is the same here.
        without = [item for item in items if not _uses_a_database(item)]
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if _uses_a_database(item)]
    for item in items:
        marker = item.get_closest_marker("django_db")
        if "transactional_db" in getattr(item, "fixturenames", ()) or marker and marker.kwargs:
            # To empty the tables would take what migrations put there from every test that follows.
            raise pytest.UsageError(f"{item.nodeid}: let shared_database give it transactions.")
        if item.path.stem.removeprefix("test_") in PRESENTATION:
            item.add_marker(pytest.mark.presentation)
        for name, (vendor, reason) in ONLY_ON.items():
            if item.get_closest_marker(name) and connection.vendor != vendor:
                item.add_marker(pytest.mark.skip(reason=reason))


def _uses_a_database(item) -> bool:
    if DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
        return True
    return any(item.get_closest_marker(name) for name in ("django_db", "postgresql_only"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, pytestconfig):
    """Let migrations be applied once for all runs of the tests on SQLite, until one of them changes."""
    if connection.vendor != "sqlite":
        return
    folder = pytestconfig.rootpath / ".pytest_cache" / "d" / "migrated"
    folder.mkdir(parents=True, exist_ok=True)
    applied = folder / f"{_digest_of_migrations()}.sqlite3"
    migrate = Migrate.handle

    def copy_or_migrate(self, *args, **options):
        Migrate.handle = migrate
        connection.ensure_connection()
        if applied.exists():
            with contextlib.closing(sqlite3.connect(applied)) as kept:
                kept.backup(connection.connection)
            return
        migrate(self, *args, **options)
        making = applied.with_suffix(f".{os.getpid()}")
        with contextlib.closing(sqlite3.connect(making)) as kept:
            connection.connection.backup(kept)
        making.rename(applied)

    Migrate.handle = copy_or_migrate


def _digest_of_migrations() -> str:
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for key, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        digest.update(repr(key).encode() + Path(inspect.getfile(type(migration))).read_bytes())
    return digest.hexdigest()


@pytest.fixture(scope="class")
def class_database(django_db_setup, django_db_blocker):
    """Let class-scoped fixtures make rows that every test of a class begins with; rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="class")
def world(class_database):
    """One row of everything, and a commitment with a history; for the tests of a class, which roll back to it."""
    agency = make_agency("hhs")
    source = make_source("sheet")
    make_section()
    item = make_commitment("US21-PRT-001", section="protection-1", lead_agencies=["hhs"])
    later = make_commitment("US21-PRT-002")
    cite(item, source)
    change(item, "in_progress", dt.date(2021, 12, 13), [source])
    checked = review(item, dt.date(2021, 12, 23), source=source.slug, locator="page 2")
    link(item, later)
    check_link(source)
    services.submit_status_change(
        commitment=item.code,
        status="completed",
        effective_on=dt.date(2022, 1, 2),
        evidence=[services.EvidenceItem(source.slug, "page 3")],
        actor="somebody",
        may_record=False,
    )
    return {"agency": agency, "source": source, "item": item, "later": later, "review": checked}


@pytest.fixture
def unguarded(db):
    """Take the triggers off a table, as one could who has the database to himself; the rollback puts them back."""

    def disarm(table):
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
                    [f"commitments_{table}"],
                )
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TRIGGER {name}")
            else:
                connection.check_constraints()
                cursor.execute(f"ALTER TABLE commitments_{table} DISABLE TRIGGER USER")

    return disarm


@pytest.fixture(scope="session")
def pristine_database(django_db_setup, django_db_blocker, tmp_path_factory):
    """Keep a copy of the test database as the migrations left it."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            path = tmp_path_factory.mktemp("databases") / "pristine.sqlite3"
            connection.ensure_connection()
            with contextlib.closing(sqlite3.connect(path)) as copy:
                connection.connection.backup(copy)
            yield str(path)
        else:
            connection.close()
            with _postgresql_copy(connection.settings_dict["NAME"], "pristine") as name:
                yield name


@pytest.fixture(scope="session", autouse=True)
def no_datasets(tmp_path_factory):
    """Keep what a site that was run here has published out of the tests."""
    django_settings.PLANWATCH_DATASETS = str(tmp_path_factory.getbasetemp() / "datasets")


@pytest.fixture(autouse=True)
def nothing_cached():
    """Let each test begin without what others left in the caches."""
    health._state.cache_clear()
    for each in django_settings.CACHES:
        caches[each].clear()


@pytest.fixture
def shared_database(pristine_database, db, tmp_path):
    """Give threads a database of their own, thrown away afterwards, in which transactions and locks are real.

    The append-only tables cannot be emptied, so it is a copy, and nothing is flushed. A thread ends with
    `connections.close_all()`.
    """
    kept, described = connections["default"], connections.settings["default"]
    with contextlib.ExitStack() as stack:
        if kept.vendor == "sqlite":
            name = shutil.copy(pristine_database, tmp_path / "shared.sqlite3")
        else:
            name = stack.enter_context(_postgresql_copy(pristine_database, "shared"))
        connections.settings["default"] = {**described, "NAME": str(name)}
        del connections["default"]
        try:
            yield
        finally:
            connections.close_all()
            connections["default"] = kept
            connections.settings["default"] = described


@contextlib.contextmanager
def _postgresql_copy(template, suffix):
    name = f"{template}_{suffix}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield name
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')
