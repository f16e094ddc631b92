"""Backup file: a ZIP with the rows of each table and a manifest."""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

FORMAT = "planwatch-backup"
VERSION = 2
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
# Who is signed in, who tried to, who is reached where and follows what, and work that lies ready: a backup must not open
# anybody's session, tell who came from where, or let what was sent be sent again.
APPS_LEFT_OUT = ("sessions", "usersessions", "axes", "account", "alerts", "django_tasks_database")
# Table → columns that are left empty: a backup holds no address of a person, and no file that waits to be imported.
BLANKED = {
    "auth_user": ("email",),
    "commitments_errorreport": ("email",),
    "commitments_roundinvitation": ("contact", "address"),
    "commitments_importfile": ("data", "report"),
}


class Refused(Exception):
    """A backup or a restoration that was not made; says why and what to do."""


def tables_left_out() -> list[str]:
    """Return the tables whose rows no backup holds."""
    return [
        model._meta.db_table
        for label in APPS_LEFT_OUT
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]


def pack(path: Path, folder: Path, contents: dict, key: Path | None = None) -> dict:
    """Make the file of what lies in `folder`, whole or not at all, and return its manifest, signed if `key` is given.

    Raises Refused where there is such a file already.
    """
    members = sorted(item for item in folder.iterdir() if item.is_file())
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": timezone.now().isoformat(),
        "release": settings.PLANWATCH_RELEASE,
        **contents,
        "files": {
            item.name: {"bytes": item.stat().st_size, "sha256": _sum_of(item)} for item in members
        },
    }
    finished = folder / "finished"
    with finished.open("xb") as file:
        os.chmod(file.fileno(), 0o600)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            text = json.dumps(manifest, indent=1).encode()
            packed.writestr(MANIFEST, text)
            if key:
                packed.writestr(SIGNATURE, load_pem_private_key(key.read_bytes(), None).sign(text))
            for item in members:
                packed.write(item, item.name)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(finished, path)
    except FileExistsError as error:
        raise Refused(f"{path} exists already. Choose another name.") from error
    _keep_entry_of(path)
    return manifest


def _keep_entry_of(path: Path) -> None:
    """Make sure that the name of a file, too, is on the disk."""
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def unpacked(path: Path, signed_by: Path | None = None) -> Iterator[tuple[Path, dict]]:
    """Give a folder with the files of a backup, each checked, and the manifest. Raises Refused for one that cannot be used,
    and where `signed_by` is the file of a public key, for one that this key did not sign."""
    try:
        with zipfile.ZipFile(path) as packed, tempfile.TemporaryDirectory() as folder:
            if signed_by:
                _require_signature(packed, signed_by)
            manifest = json.loads(packed.read(MANIFEST))
            if manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
                raise Refused(f"{path} is not a backup of a form that this release reads.")
            _require_own_schema(path, manifest)
            for name, said in manifest["files"].items():
                target = Path(folder) / Path(name).name
                with packed.open(name) as member, target.open("xb") as file:
                    shutil.copyfileobj(member, file)
                if _sum_of(target) != said["sha256"]:
                    raise Refused(f"{path} is damaged: {name} is not what was packed.")
            yield Path(folder), manifest
    except FileNotFoundError as error:
        raise Refused(f"There is no file {path}.") from error
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError, AttributeError) as error:
        raise Refused(f"{path} is damaged, or not a backup of PlanWatch: {error}") from error
    except zipfile.zlib.error as error:
        raise Refused(f"{path} is damaged: {error}") from error


def _require_signature(packed: zipfile.ZipFile, key: Path) -> None:
    public = load_pem_public_key(key.read_bytes())
    try:
        public.verify(packed.read(SIGNATURE), packed.read(MANIFEST))
    except (KeyError, InvalidSignature) as error:
        raise Refused(f"{packed.filename} is not signed by the key in {key}.") from error


def _require_own_schema(path: Path, manifest: dict) -> None:
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    held = set(manifest["migrations"])
    if newer := sorted(held - known):
        raise Refused(
            f"{path} has a newer schema than this release: it has the migration {newer[0]}. "
            "Restore it with the release that made it, or a later one."
        )
    if lacking := sorted(known - held):
        raise Refused(
            f"{path} has an older schema than this release: it lacks the migration {lacking[0]}. "
            f"Restore it with the release that made it ({manifest['release']}), then update and migrate."
        )


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
