"""Backups: made while writers write, refused where they cannot be trusted, and right after they are brought back."""

import contextlib
import datetime as dt
import json
import os
import shutil
import subprocess
import threading
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.apps import apps
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, models, transaction
from django.test import Client

from commitments.audit.hash_chain import verify_chain
from commitments.audit.integrity import differences
from commitments.models import Change, DatasetVersion, StatusChange
from commitments.search import matching
from planwatch.backups.archive import BLANKED, tables_left_out
from tests.factories import change, cite, make_commitment, make_source

ADDRESS = "ada.lovelace@example.org"
DAY = dt.date(2022, 3, 1)


@contextlib.contextmanager
def as_default(**described):
    """Let another database be the default one."""
    kept, before = connections["default"], connections.settings["default"]
    connections.settings["default"] = {**before, **described}
    del connections["default"]
    try:
        yield
    finally:
        connections.close_all()
        connections["default"], connections.settings["default"] = kept, before


@contextlib.contextmanager
def empty_database(tmp_path, vendor=None):
    """Let a new database, without tables, be the default one."""
    if (vendor or connection.vendor) == "sqlite":
        engine = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}
        described = engine if connection.vendor != "sqlite" else {}
        with as_default(NAME=str(tmp_path / "restored.sqlite3"), **described):
            yield
        return
    name = f"{connection.settings_dict['NAME']}_empty"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        with as_default(NAME=name):
            yield
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


@pytest.fixture
def full_database(shared_database):
    """A database with a history, an account that has an address, a session, and a number that is not given again."""
    source = make_source("sheet")
    item = make_commitment("US21-PRT-001", title="Shelters for survivors")
    cite(item, source)
    change(item, "in_progress", DAY, [source])
    User.objects.create_user("gone").delete()
    User.objects.create_user("ada", ADDRESS, "a long enough passphrase")
    User.objects.create_user("later").delete()
    session = SessionStore()
    session["_auth_user_id"] = "1"
    session.create()
    return session.session_key


def head():
    return DatasetVersion.objects.values_list("seq", "hash").get(pk=1)


def require_whole(seq):
    """Hold that the default database is what was backed up, and goes on from there."""
    assert head()[0] == seq
    assert list(verify_chain()) == []
    assert list(differences()) == []
    assert [row.code for row in matching(_commitments(), "shelter")] == ["US21-PRT-001"]
    assert Client().get("/commitments/US21-PRT-001/").status_code == 200
    assert User.objects.get(username="ada").check_password("a long enough passphrase")
    # Numbers make public handles: nobody gets that of an account that is gone.
    assert User.objects.create_user("new").pk == User.objects.get(username="ada").pk + 2
    last, digest = head()
    make_commitment("US21-PRT-777", title="Shelters after the restoration")
    assert Change.objects.get(seq=last + 1).prev_hash == digest
    assert len(matching(_commitments(), "shelter")) == 2
    assert list(verify_chain()) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        StatusChange.objects.update(explanation="Another one.")
    with pytest.raises(DatabaseError), transaction.atomic():
        Change.objects.all().delete()


def _commitments():
    return apps.get_model("commitments", "Commitment").objects.all()


def test_a_backup_brings_everything_back_into_an_empty_database(full_database, tmp_path, capsys):
    file = tmp_path / "site.backup"
    call_command("backup", file)
    seq, digest = head()
    with empty_database(tmp_path):
        call_command("restore", file)
        require_whole(seq)
    assert f"{seq} rows, head {digest}" in capsys.readouterr().out


def test_a_backup_holds_one_moment_while_writers_write(full_database, tmp_path):
    stop, failures = threading.Event(), []

    def write():
        number = 0
        try:
            while not stop.is_set():
                number += 1
                make_commitment(f"US21-PRV-{number:03d}")
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    began = head()[0]
    writer.start()
    try:
        while head()[0] < began + 4:
            pass
        call_command("backup", tmp_path / "site.backup")
    finally:
        stop.set()
        writer.join()
    assert failures == []
    with zipfile.ZipFile(tmp_path / "site.backup") as packed:
        said = json.loads(packed.read("manifest.json"))["record"]
    assert Change.objects.get(seq=said["seq"]).hash == said["hash"]
    held = Change.objects.filter(seq__lte=said["seq"])
    assert len(lines_of(tmp_path / "site.backup", "commitments_change")) == held.count()
    made = held.filter(object_type="commitment", action="create").count()
    assert len(lines_of(tmp_path / "site.backup", "commitments_commitment")) == made


def lines_of(file, table):
    with zipfile.ZipFile(file) as packed:
        return [json.loads(line) for line in packed.read(f"{table}.jsonl").splitlines()]


@pytest.mark.postgresql_only
def test_a_backup_goes_from_postgresql_to_sqlite_and_back(full_database, tmp_path):
    seq, _ = head()
    call_command("backup", tmp_path / "site.backup")
    with empty_database(tmp_path, "sqlite"):
        call_command("restore", tmp_path / "site.backup")
        call_command("backup", tmp_path / "again.backup")
        require_whole(seq)
    with empty_database(tmp_path):
        call_command("restore", tmp_path / "again.backup")
        require_whole(seq)


def test_a_backup_holds_no_session_and_no_address(full_database, tmp_path, client):
    client.force_login(User.objects.get(username="ada"))
    client.session.flush()
    call_command("backup", tmp_path / "site.backup")
    assert (tmp_path / "site.backup").stat().st_mode & 0o077 == 0
    folder = tmp_path / "unpacked"
    shutil.unpack_archive(tmp_path / "site.backup", folder, "zip")
    held = b"".join(file.read_bytes() for file in folder.iterdir())
    assert b"US21-PRT-001" in held
    assert full_database.encode() not in held
    assert ADDRESS.encode() not in held


def test_every_column_for_an_address_is_left_out_of_backups_or_blanked():
    left_out = tables_left_out()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.EmailField):
                table = model._meta.db_table
                assert table in left_out or field.column in BLANKED.get(table, ()), field


def changed_manifest(file, change_it):
    """Write the backup again with another manifest."""
    with zipfile.ZipFile(file) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(members["manifest.json"])
    change_it(manifest)
    members["manifest.json"] = json.dumps(manifest)
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)


def middle_byte(file):
    """Change a byte in the middle of the largest member: a changed one in a header may go unnoticed."""
    with zipfile.ZipFile(file) as packed:
        largest = max(packed.infolist(), key=lambda member: member.compress_size)
    content = bytearray(file.read_bytes())
    content[largest.header_offset + 100 + largest.compress_size // 2] ^= 0xFF
    file.write_bytes(content)


def cut(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


DAMAGES = {
    "a byte in its middle is another": (middle_byte, "is damaged"),
    "its second half is missing": (cut, "is damaged"),
    "it is empty": (lambda file: file.write_bytes(b""), "is damaged"),
    "its schema is older": (
        lambda file: changed_manifest(file, lambda said: said["migrations"].pop()),
        "has an older schema",
    ),
    "its schema is newer": (
        lambda file: changed_manifest(file, lambda said: said["migrations"].append("x.0001_x")),
        "has a newer schema",
    ),
    "a sum is another": (
        lambda file: changed_manifest(
            file, lambda said: [item.update(sha256="0") for item in said["files"].values()]
        ),
        "is damaged",
    ),
    "it is gone": (lambda file: file.unlink(), "There is no file"),
}


def test_a_file_that_cannot_be_trusted_is_refused_by_name_and_nothing_is_written(
    full_database, tmp_path
):
    call_command("backup", tmp_path / "good.backup")
    with empty_database(tmp_path):
        for what, (damage, words) in DAMAGES.items():
            file = tmp_path / "bad.backup"
            shutil.copy(tmp_path / "good.backup", file)
            damage(file)
            with pytest.raises(CommandError) as refused:
                call_command("restore", file)
            assert words in str(refused.value), what
            assert str(file) in str(refused.value), what
            assert connection.introspection.table_names() == [], what


def test_a_database_with_tables_is_not_restored_into(full_database, tmp_path):
    call_command("backup", tmp_path / "site.backup")
    before = head()
    with pytest.raises(CommandError, match="The database is not empty"):
        call_command("restore", tmp_path / "site.backup")
    assert head() == before


def test_a_backup_never_replaces_a_file_and_leaves_nothing_half_made(full_database, tmp_path):
    (tmp_path / "folder").mkdir()
    file = tmp_path / "folder" / "site.backup"
    file.write_text("yesterday's")
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", file)
    assert [item.name for item in file.parent.iterdir()] == ["site.backup"]
    assert file.read_text() == "yesterday's"


def key_pair(tmp_path, name):
    private = Ed25519PrivateKey.generate()
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / f"{name}.pem").write_bytes(private.private_bytes(*form))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / f"{name}.pub").write_bytes(public)
    return tmp_path / f"{name}.pem", tmp_path / f"{name}.pub"


def test_a_signed_backup_that_somebody_altered_is_refused(full_database, tmp_path):
    file, (private, public) = tmp_path / "site.backup", key_pair(tmp_path, "ours")
    call_command("backup", file, key=private)
    _, other = key_pair(tmp_path, "theirs")
    changed_manifest(shutil.copy(file, tmp_path / "altered"), lambda said: said.update(note="x"))
    call_command("backup", tmp_path / "unsigned")
    with empty_database(tmp_path):
        for name, key in (("site.backup", other), ("altered", public), ("unsigned", public)):
            with pytest.raises(CommandError, match="is not signed by the key"):
                call_command("restore", tmp_path / name, signed_by=key)
        call_command("restore", file, signed_by=public)


def commands_of_the_guide(folder, **names):
    """Run the commands about backups in the guide that begin so; `names` stand for words in them."""
    guide = (site_settings.BASE_DIR / "docs" / "deploy.md").read_text()
    section = guide.partition("## Backups")[2].partition("\n## ")[0]

    def run(*beginnings):
        lines = [line for line in section.splitlines() if line.startswith(beginnings)]
        assert len(lines) == len(beginnings)
        for line in lines:
            for name, value in names.items():
                line = line.replace(name, str(value))
            subprocess.run(["sh", "-c", line], cwd=folder, check=True, capture_output=True)

    return run


def test_a_backup_can_be_signed_with_a_key_that_never_was_on_the_machine(full_database, tmp_path):
    file, (_, public) = tmp_path / "site.backup", key_pair(tmp_path, "backup")
    call_command("backup", file)
    run = commands_of_the_guide(tmp_path, FILE=file)
    run("unzip -p FILE", "openssl pkeyutl -sign", "zip -q FILE")
    with empty_database(tmp_path):
        call_command("restore", file, signed_by=public)


def test_kept_backups_are_encrypted_to_a_key_that_is_elsewhere(full_database, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "planwatch-old.backup.cms").touch()
    os.utime(kept / "planwatch-old.backup.cms", (0, 0))
    call_command("backup", tmp_path / "site.backup")
    make_stand_in(tmp_path)
    run = commands_of_the_guide(tmp_path, FILE=tmp_path / "plain")
    run("openssl req -x509")
    words = [site_settings.BASE_DIR / "docs" / "deploy" / "keep-backups", kept, "", "backups.crt"]
    subprocess.run(words, cwd=tmp_path, check=True)
    (made,) = kept.iterdir()
    assert made.name.endswith(".backup.cms") and b"manifest" not in made.read_bytes()
    shutil.move(made, tmp_path / "plain.cms")
    run("openssl cms -decrypt")
    assert (tmp_path / "plain").read_bytes() == (tmp_path / "site.backup").read_bytes()


def make_stand_in(folder):
    """Let `manage.py backup FILE`, called in a folder without a site, copy the backup that is there."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\n[ "$*" = "manage.py backup $3" ] && cp site.backup "$3"\n')
    python.chmod(0o755)


def test_published_data_sets_come_back_where_they_are_missing(full_database, tmp_path, settings):
    settings.PLANWATCH_DATASETS = tmp_path / "datasets"
    (tmp_path / "datasets").mkdir()
    for name in ("planwatch-7.zip", "planwatch-7.json", "of-no-concern"):
        (tmp_path / "datasets" / name).write_text(name)
    call_command("backup", tmp_path / "site.backup")
    settings.PLANWATCH_DATASETS = tmp_path / "elsewhere"
    with empty_database(tmp_path):
        call_command("restore", tmp_path / "site.backup")
    found = {path.name: path.read_text() for path in (tmp_path / "elsewhere").iterdir()}
    assert found == {name: name for name in ("planwatch-7.zip", "planwatch-7.json")}
