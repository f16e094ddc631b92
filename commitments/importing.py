"""Reads a plan from a folder of YAML files and writes it through the services: all of it or nothing.

The files are in Django's fixture format with natural keys, one a model, named after it (`commitment.yaml`). A file
may be missing. The same folder imported twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction

from commitments import services
from commitments.models import Review, StatusChange
from commitments.services.record import snapshot
from commitments.statuses import first_day

# Each row may refer to rows of the files before its own.
ORDER = (
    "agency",
    "source",
    "pillar",
    "plan",
    "objective",
    "commitment",
    "citation",
    "commitmentlink",
    "statuschange",
    "review",
)
# Read together with the file that they belong to.
PARTS = {"commitmentagency": "commitment", "evidence": "statuschange"}
APPS = {"agency": "agencies"}


class Unreadable(Exception):
    """The folder cannot be read as a plan. The message says which file and what to do."""


class _Cancelled(Exception):
    """Rolls a rehearsal back."""


@dataclass(frozen=True)
class Row:
    """One entry of a file, with the entries of other files that belong to it."""

    file: str
    number: int
    fields: dict[str, Any]
    parts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What became of a row: new, changed, unchanged or refused, and why or how."""

    row: Row
    key: str
    result: str
    detail: str = ""


@dataclass(frozen=True)
class Report:
    outcomes: list[Outcome]
    written: bool

    def count(self, result: str) -> int:
        return sum(outcome.result == result for outcome in self.outcomes)

    @property
    def refused(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.result == "refused"]


def read_folder(folder: Path) -> list[Row]:
    """Return the rows of a folder in the order in which they can be written. Raises Unreadable."""
    if not folder.is_dir():
        raise Unreadable(f"{folder} is not a folder. Name the folder that holds the YAML files.")
    known = {f"{name}.yaml" for name in (*ORDER, *PARTS)}
    found = {
        path.name: path for path in sorted(folder.iterdir()) if path.suffix in (".yaml", ".yml")
    }
    if unknown := sorted(set(found) - known):
        raise Unreadable(
            f"{folder}: unknown {', '.join(unknown)}. Known are {', '.join(sorted(known))}."
        )
    if not found:
        raise Unreadable(f"{folder} holds no YAML file. Known are {', '.join(sorted(known))}.")
    entries = {name: list(_entries(found.get(f"{name}.yaml"), name)) for name in (*ORDER, *PARTS)}
    parts: dict[tuple, list[dict]] = {}
    for name, owner in PARTS.items():
        for number, fields in entries[name]:
            key = fields.get("commitment") if owner == "commitment" else fields.get("status_change")
            if not isinstance(key, list) or not all(map(_is_simple, key)):
                raise Unreadable(f"{name}.yaml, entry {number}: name the row that it belongs to.")
            if not isinstance(fields.get("position") or 0, int):
                raise Unreadable(f"{name}.yaml, entry {number}: a position is a number.")
            parts.setdefault((owner, *key), []).append(fields)
    rows = []
    for name in ORDER:
        for number, fields in entries[name]:
            key = _own_key(name, fields)
            if not all(map(_is_simple, key)):
                raise Unreadable(
                    f"{name}.yaml, entry {number}: give the row a key of texts and numbers."
                )
            owned = parts.pop((name, *key), [])
            owned.sort(key=lambda part: part.get("position") or 0)
            rows.append(Row(f"{name}.yaml", number, fields, owned))
    if parts:
        owner, *key = next(iter(parts))
        raise Unreadable(
            f"{owner}.yaml has no row {'/'.join(map(str, key))}, but another file refers to it."
        )
    return rows


def _entries(path: Path | None, name: str) -> Iterator[tuple[int, dict]]:
    if path is None:
        return
    try:
        content = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(f"{path.name} is not readable YAML: {error}") from error
    model = f"{APPS.get(name, 'commitments')}.{name}"
    if not isinstance(content, list):
        raise Unreadable(
            f"{path.name} must be a list of entries with `model: {model}` and `fields:`."
        )
    for number, entry in enumerate(content, start=1):
        fields = entry.get("fields") if isinstance(entry, dict) else None
        if not isinstance(fields, dict) or entry.get("model") != model:
            raise Unreadable(
                f"{path.name}, entry {number}: expected `model: {model}` and `fields:`."
            )
        yield number, fields


def _is_simple(value) -> bool:
    return value is None or isinstance(value, str | int)


def _own_key(name: str, fields: dict) -> list:
    """Return the key by which entries of other files name a row, empty where none may."""
    if name == "commitment":
        return [fields.get("code")]
    if name == "statuschange":
        commitment = fields.get("commitment")
        commitment = commitment if isinstance(commitment, list) else [commitment]
        return [*commitment, fields.get("seq")]
    return []


def import_rows(
    rows: Iterable[Row],
    *,
    actor: str,
    rehearse: bool = False,
    progress: Callable[[Row], None] = lambda row: None,
) -> Report:
    """Write the rows in one transaction and report on each. If any is refused, or in a rehearsal, nothing is written."""
    outcomes = []
    try:
        with transaction.atomic():
            for row in rows:
                outcomes.append(_import_row(row, actor))
                progress(row)
            if rehearse or any(outcome.result == "refused" for outcome in outcomes):
                raise _Cancelled
    except _Cancelled:
        return Report(outcomes, written=False)
    return Report(outcomes, written=True)


def _import_row(row: Row, actor: str) -> Outcome:
    name = row.file.removesuffix(".yaml")
    key = _name_of(row)
    try:
        with transaction.atomic():
            result, detail = _WRITERS[name](row, actor)
    except ValidationError as error:
        return Outcome(row, key, "refused", _in_words(error))
    except (TypeError, LookupError, ValueError, AttributeError) as error:
        return Outcome(
            row, key, "refused", f"A field is missing, unknown or of the wrong type: {error}."
        )
    return Outcome(row, key, result, detail)


def _name_of(row: Row) -> str:
    fields = row.fields
    for name in ("code", "slug", "key"):
        if name in fields:
            return str(fields[name])
    parts = [
        fields.get(name)
        for name in ("commitment", "earlier", "later", "seq", "source", "reviewed_on")
    ]
    return " ".join(
        "/".join(map(str, part)) if isinstance(part, list) else str(part)
        for part in parts
        if part is not None
    )


def _in_words(error: ValidationError) -> str:
    if hasattr(error, "error_dict"):
        return " ".join(
            f"{name}: {' '.join(texts)}" if name != "__all__" else " ".join(texts)
            for name, texts in error.message_dict.items()
        )
    return " ".join(error.messages)


def _plain(fields: dict[str, Any], longer: str = "") -> dict[str, Any]:
    """Turn natural keys of one part into that part. Raises ValidationError for lists and tables elsewhere than in `longer`."""
    plain = {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value
        for name, value in fields.items()
    }
    for name, value in plain.items():
        if isinstance(value, list | dict) and name != longer:
            raise ValidationError({name: "Give one value."})
    return plain


def _parts(row: Row, *known: str) -> list[dict[str, Any]]:
    for part in row.parts:
        if unknown := sorted(set(part) - {*known, "position"}):
            raise ValidationError(
                f"An entry that belongs to it has unknown {', '.join(unknown)}. Known are {', '.join(known)}."
            )
    return row.parts


def _saved(saved: services.Saved) -> tuple[str, str]:
    if saved.outcome != "changed":
        return saved.outcome, ""
    return "changed", "; ".join(
        f"{name}: {saved.before[name]!r} becomes {saved.after[name]!r}"
        for name in saved.after
        if saved.before[name] != saved.after[name]
    )


def _save_with(service) -> Callable[[Row, str], tuple[str, str]]:
    return lambda row, actor: _saved(service(**_plain(row.fields), actor=actor))


def _commitment(row: Row, actor: str) -> tuple[str, str]:
    fields = _plain(row.fields, longer="objective")
    if isinstance(fields.get("objective"), list):
        plan, fields["objective"] = fields["objective"]
        if plan != fields["plan"]:
            raise ValidationError({"objective": "The objective belongs to another plan."})
    owed: dict[str, list[str]] = {"lead": [], "partner": []}
    for part in _parts(row, "commitment", "agency", "role"):
        owed[part["role"]].append(part["agency"][0])
    fields |= {f"{role}_agencies": slugs for role, slugs in owed.items()}
    return _saved(services.save_commitment(**fields, actor=actor))


def _status_change(row: Row, actor: str) -> tuple[str, str]:
    fields = _plain(row.fields, longer="corrects")
    seq, corrects = fields.pop("seq"), fields.pop("corrects", None)
    if corrects is not None and (len(corrects) != 2 or corrects[0] != fields["commitment"]):
        raise ValidationError({"corrects": "Name the commitment and the number of its step."})
    evidence = [
        services.EvidenceItem(part["source"][0], part["locator"], part.get("note", ""))
        for part in _parts(row, "status_change", "source", "locator", "note")
    ]
    present = StatusChange.objects.filter(commitment__code=fields["commitment"], seq=seq).first()
    if present is not None:
        return _same_step(present, {**fields, "corrects": corrects}, evidence)
    change = services.record_status_change(
        **fields, corrects=corrects[1] if corrects else None, evidence=evidence, actor=actor
    )
    if change.seq != seq:
        raise ValidationError({"seq": f"This would be step {change.seq}, not {seq}."})
    return "new", ""


def _same_step(present: StatusChange, fields: dict, evidence: list) -> tuple[str, str]:
    stored, precision = snapshot(present), fields.get("precision", "day")
    wanted = {
        "effective_on": first_day(fields["effective_on"], precision).isoformat(),
        "precision": precision,
        "status": fields["status"],
        "explanation": fields.get("explanation", "").strip(),
        "corrects": "/".join(map(str, fields["corrects"])) if fields["corrects"] else None,
        "evidence": [
            {"locator": item.locator.strip(), "note": item.note.strip(), "source": item.source}
            for item in evidence
        ],
    }
    if different := [name for name in wanted if wanted[name] != stored[name]]:
        raise ValidationError(
            f"This step is recorded otherwise ({', '.join(different)}). Steps are never edited: add a correction."
        )
    return "unchanged", ""


def _review(row: Row, actor: str) -> tuple[str, str]:
    fields = _plain(row.fields)
    if not isinstance(fields.get("reviewed_on"), dt.date):
        raise ValidationError({"reviewed_on": "Give a day."})
    source = fields.pop("source", None) or ""
    known = Review.objects.filter(
        commitment__code=fields["commitment"],
        reviewed_on=fields["reviewed_on"],
        note=fields["note"].strip(),
        source__slug=source or None,
    )
    if known.exists():
        return "unchanged", ""
    services.record_review(**fields, source=source, actor=actor)
    return "new", ""


_WRITERS: dict[str, Callable[[Row, str], tuple[str, str]]] = {
    "agency": _save_with(services.save_agency),
    "source": _save_with(services.save_source),
    "pillar": _save_with(services.save_pillar),
    "plan": _save_with(services.save_plan),
    "objective": _save_with(services.save_objective),
    "commitment": _commitment,
    "citation": _save_with(services.save_citation),
    "commitmentlink": _save_with(services.save_link),
    "statuschange": _status_change,
    "review": _review,
}
