"""Snapshots: what the address of a source answered, kept in a folder that editors alone read."""

import datetime as dt
import hashlib
import mimetypes
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

_NAME = re.compile(r"(\d{8}T\d{12})Z-([0-9a-f]{64})(\.[a-z0-9]{1,8})?")
_MOMENT = "%Y%m%dT%H%M%S%f"


class Snapshot(NamedTuple):
    """A file with its moment (UTC) and the SHA-256 of its bytes, in lower-case hex. `size` is in bytes."""

    path: Path
    taken_at: dt.datetime
    sha256: str
    size: int

    @property
    def is_intact(self) -> bool:
        """Whether the file has the bytes that were kept."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def take(slug: str, moment: dt.datetime, body: bytes, media_type: str) -> None:
    """Keep the bytes that a source's address answered at a moment, unless the same ones are kept already."""
    digest = hashlib.sha256(body).hexdigest()
    if any(known.sha256 == digest for known in snapshots_of(slug)):
        return
    folder = _folder_of(slug)
    folder.mkdir(parents=True, exist_ok=True)
    ending = mimetypes.guess_extension(media_type.partition(";")[0].strip().lower()) or ""
    name = f"{moment.astimezone(dt.UTC).strftime(_MOMENT)}Z-{digest}{ending}"
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as file:
        file.write(body)
    Path(file.name).replace(folder / name)


def snapshots_of(slug: str) -> list[Snapshot]:
    """Return the snapshots of a source, the newest first; none where the settings keep none."""
    if not settings.PLANWATCH_SNAPSHOTS or not _folder_of(slug).is_dir():
        return []
    found = []
    for path in _folder_of(slug).iterdir():
        if read := _NAME.fullmatch(path.name):
            moment = dt.datetime.strptime(read[1], _MOMENT).replace(tzinfo=dt.UTC)
            found.append(Snapshot(path, moment, read[2], path.stat().st_size))
    return sorted(found, key=lambda snapshot: snapshot.taken_at, reverse=True)


def _folder_of(slug: str) -> Path:
    return Path(settings.PLANWATCH_SNAPSHOTS) / slug
