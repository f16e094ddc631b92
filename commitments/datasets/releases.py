"""Published releases: numbered archives in one folder, each with its size, checksum and rows.

An archive never changes. It is offered while the record holds the very row that it ends with, so that a folder left
behind by another database offers nothing.
"""

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import orjson
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commitments.audit.hash_chain import moment
from commitments.datasets.archive import build
from commitments.models import Change, DatasetVersion
from planwatch.batches import contained
from planwatch.db.dataset_version import snapshot
from planwatch.web.public import published_mark

# Why nothing about published versions takes a clock.
TIMELESS = _(
    "A published version holds what had been recorded when it was made, and never changes. "
    "For a day in the past ask a list of the API."
)


class Refused(Exception):
    """The data set cannot be published; says why and what to do."""


@dataclass(frozen=True)
class Published:
    """One published version. `recorded_at` is the moment of its latest record row, `hash` that row's hash.

    `note` says in paragraphs what is new in it; it is kept next to the file, not in it, so that the bytes do not depend on it.
    """

    version: int
    recorded_at: str
    hash: str
    bytes: int
    sha256: str
    rows: dict[str, int]
    note: str = ""

    @property
    def recorded_on(self) -> dt.date:
        return dt.datetime.fromisoformat(self.recorded_at).date()

    @property
    def name(self) -> str:
        return f"planwatch-{self.version}.zip"

    @property
    def path(self) -> Path:
        return folder() / self.name


def folder() -> Path:
    """Return where the archives lie."""
    return Path(settings.PLANWATCH_DATASETS)


def published() -> list[Published]:
    """Return what is published of this site's record, the newest first, without what redactions withdrew."""
    return [note for note, redaction in _editions() if redaction is None]


def redaction_of(version: str) -> Change | None:
    """Return the record row of the redaction that withdrew a published version; None where none did."""
    return next((row for note, row in _editions() if str(note.version) == version), None)


def _editions() -> Iterator[tuple[Published, Change | None]]:
    """Yield what was published of this site's record, the newest first, with the redaction that withdrew it.

    An archive holds the words that were removed after it was made from rows that it holds.
    """
    if not (notes := _notes(folder(), published_mark())):
        return
    rows = Change.objects.filter(
        Q(seq__in=[note.version for note in notes])
        | Q(object_type="redaction", after__state="approved")
    )
    held = {row.seq: row for row in rows.order_by("seq")}
    redactions = [row for row in held.values() if row.object_type == "redaction"]
    for note in notes:
        if note.version in held and held[note.version].hash == note.hash:
            later = (row for row in redactions if row.seq > note.version)
            yield (
                note,
                next(
                    (
                        row
                        for row in later
                        if min(row.after["rows"], default=row.seq) <= note.version
                    ),
                    None,
                ),
            )


@lru_cache(maxsize=4)
def _notes(place: Path, seen: int) -> tuple[Published, ...]:
    notes = []
    for path in place.glob("planwatch-*.json"):
        # A note that cannot be read takes its own version off the list, and no other.
        with contained("Reading %s", path):
            notes.append(Published(**orjson.loads(path.read_bytes())))
    return tuple(sorted(notes, key=lambda note: note.version, reverse=True))


def publish(note: str = "") -> tuple[Published, bool]:
    """Publish the data set as it stands, with a release note; return it, and whether it is new. Deletes withdrawn archives.

    A version that is published already is made once more and compared. Raises Refused where there is nothing to
    publish, and where what is published under this number has other bytes.
    """
    folder().mkdir(parents=True, exist_ok=True)
    for old, redaction in _editions():
        if redaction:
            old.path.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=".making-", dir=folder())
    made = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file, snapshot():
            version = DatasetVersion.objects.get(pk=1)
            if not version.seq:
                raise Refused("Nothing has been recorded yet. Import a plan first.")
            rows = build(file, version)
            file.flush()
            os.fsync(file.fileno())
        new = Published(
            version.seq,
            moment(version.changed_at),
            version.hash,
            made.stat().st_size,
            checksum(made),
            rows,
            note,
        )
        if (description := new.path.with_suffix(".json")).exists():
            kept = Published(**orjson.loads(description.read_bytes()))
            _require_same(new, kept)
            return kept, False
        made.chmod(0o644)
        made.replace(new.path)
        # The description comes last: without it a file counts as not published, and is made again.
        made.write_bytes(orjson.dumps(asdict(new), option=orjson.OPT_APPEND_NEWLINE))
        made.chmod(0o644)
        made.replace(description)
        return new, True
    finally:
        made.unlink(missing_ok=True)


def altered_archives() -> Iterator[str]:
    """Yield, in words, each published archive that is not the file that was published. It stays where it is."""
    for note in published():
        if not note.path.exists() or checksum(note.path) != note.sha256:
            yield f"{note.path} is not the file that was published: its SHA-256 was {note.sha256}."


def checksum(path: Path) -> str:
    """Return the lower-case hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_same(made: Published, kept: Published) -> None:
    if kept.hash != made.hash:
        raise Refused(
            f"{made.path} was published from another record: its version {made.version} ends with another row. "
            "Move that folder away, or set PLANWATCH_DATASETS to another."
        )
    if not made.path.exists() or checksum(made.path) != kept.sha256:
        raise Refused(
            f"{made.path} is not the file that was published: its SHA-256 was {kept.sha256}. "
            "Restore it from a backup; a published version never changes."
        )
    if made.sha256 != kept.sha256:
        raise Refused(
            f"Version {made.version} was published with the SHA-256 {kept.sha256}; made now it has {made.sha256}. "
            "A published version never changes, so it stays as it is. The form of the data set has changed since: "
            "publish again after the next change to the data."
        )
