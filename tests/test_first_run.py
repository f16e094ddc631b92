"""What `make run` does on a new machine, and what keeps the service running asks of it."""

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory

from commitments.models import Commitment
from planwatch import health
from planwatch.management.commands import demo_accounts, develop
from tests import factories

pytestmark = pytest.mark.django_db


def signed_in(name, password):
    """Return the account that a sign-in page would find, or None."""
    return authenticate(RequestFactory().post("/accounts/login/"), username=name, password=password)


def said(capsys) -> str:
    return capsys.readouterr().out


def test_a_database_in_use_is_left_alone(settings):
    factories.make_agency("a-first-row")
    call_command("import_plan", settings.BASE_DIR / "fixtures", if_empty=True, verbosity=0)
    assert not Commitment.objects.exists()


def test_demo_accounts_are_refused_without_debug(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="only with DEBUG=1"):
        call_command("demo_accounts")
    assert not get_user_model().objects.exists()


def test_demo_accounts_are_made_once_and_say_what_they_are(settings, capsys):
    settings.DEBUG = True
    call_command("demo_accounts")
    assert "For this machine only" in said(capsys)
    accounts = {
        name: signed_in(name, demo_accounts.PASSWORD)
        for name in ("contributor", "editor", "second-editor", "admin")
    }
    assert [name for name, user in accounts.items() if user.is_superuser] == ["admin"]
    assert [name for name, user in accounts.items() if user.is_staff] == ["admin"]
    assert [group.name for group in accounts["editor"].groups.all()] == ["Editor"]

    accounts["editor"].set_password("a better one")
    accounts["editor"].save()
    call_command("demo_accounts")
    assert signed_in("editor", "a better one")
    assert get_user_model().objects.count() == 4


def test_the_server_for_developing_is_refused_without_debug(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG is off"):
        call_command("develop")


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("127.0.0.1", "http://127.0.0.1:9611"),
        ("::1", "http://[::1]:9611"),
        ("0.0.0.0", "http://localhost:9611"),
    ],
)
def test_the_server_for_developing_notes_where_it_serves_while_it_does(
    settings, monkeypatch, tmp_path, host, site
):
    settings.DEBUG, settings.PLANWATCH_SERVED_AT = True, tmp_path / "var" / "served-at"
    noted = []

    def serve(*args):
        noted.append(settings.PLANWATCH_SERVED_AT.read_text())

    monkeypatch.setattr(develop, "call_command", serve)
    monkeypatch.setattr(develop.Command, "prepare", lambda *args: None)
    monkeypatch.setattr(develop.Command, "require_free", lambda *args: None)
    call_command("develop", host=host, port=9611)
    assert noted == [site]
    assert not settings.PLANWATCH_SERVED_AT.exists()


def test_live_answers_without_the_database(client, monkeypatch):
    monkeypatch.setattr(connection, "cursor", _fail)
    answer = client.get("/healthz/live")
    assert (answer.status_code, answer.content) == (200, b"live\n")
    assert "no-store" in answer["Cache-Control"]


def test_ready_answers_while_every_migration_is_applied(client):
    answer = client.get("/healthz/ready")
    assert answer.status_code == 200
    assert answer.content == f"ready\nrecord: row 0, head {'0' * 64}\n".encode()
    assert "no-store" in answer["Cache-Control"]

    MigrationRecorder(connection).migration_qs.filter(app="commitments").delete()
    health._state.cache_clear()
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert b"migrations to apply" in answer.content


def test_not_ready_without_the_database(client, monkeypatch):
    monkeypatch.setattr(health, "migrations_to_apply", _fail)
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.content == b"not ready: the database does not answer\n"


def _fail(*args, **kwargs):
    raise DatabaseError("The server is away.")
