"""YAML reader: Django's fixture format with natural keys, one file a model, values as printed.

YAML makes a truth value of `no`, a number of `4.10` and 90 of `1:30`. Here the model says which kind a field has, and what
was made into another kind is refused with its line and what to write.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext, gettext_lazy

from commitments.audit.replay import model_named
from commitments.imports.report import Problem, Row, Unreadable
from commitments.imports.runner import ORDER
from commitments.imports.values import is_step, read_day, read_number
from commitments.imports.writers import DATES
from commitments.imports.yaml_document import Refusal, Scalar, read_document

# Read together with the file that they belong to.
PARTS = {"commitmentagency": "commitment", "evidence": "statuschange"}
# A folder sent as a zip: no plan needs more, and no more is unpacked.
ZIP_FILES, ZIP_BYTES = 50, 20_000_000
_MADE_OF = {
    "bool": gettext_lazy("a yes or no"),
    "int": gettext_lazy("a number"),
    "float": gettext_lazy("a number"),
    "timestamp": gettext_lazy("a date"),
}


def read_folder(folder: Path) -> list[Row]:
    """Return the rows of a folder in the order in which they can be written. Raises Unreadable."""
    if not folder.is_dir():
        raise Unreadable(
            gettext("{folder} is not a folder. Name the folder that holds the YAML files.").format(
                folder=folder
            )
        )
    found = [path for path in sorted(folder.iterdir()) if path.suffix in (".yaml", ".yml")]
    return read_files({path.name: path.read_bytes() for path in found}, str(folder))


def read_zip(data: bytes, name: str) -> list[Row]:
    """Return the rows of a zipped folder of YAML files. Nothing is unpacked to disk. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return read_files(dict(_members(archive, name)), name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError) as error:
        raise Unreadable(
            gettext("{name} is not a readable zip file: {error}").format(name=name, error=error)
        ) from error


def _members(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, bytes]]:
    files = [
        item
        for item in archive.infolist()
        if not item.is_dir()
        and not item.filename.startswith("__MACOSX/")
        and not _path_of(item).name.startswith(".")
    ]
    if len(files) > ZIP_FILES:
        raise Unreadable(
            gettext("{name} holds {files} files. A plan has at most {most}.").format(
                name=name, files=len(files), most=ZIP_FILES
            )
        )
    if sum(item.file_size for item in files) > ZIP_BYTES:
        raise Unreadable(
            gettext("{name} unpacks to more than {size} MB.").format(
                name=name, size=ZIP_BYTES // 1_000_000
            )
        )
    folders, names = set(), set()
    for item in files:
        path = _path_of(item)
        if path.is_absolute() or ".." in path.parts or stat.S_ISLNK(item.external_attr >> 16):
            raise Unreadable(
                gettext("{name}: {filename} leads out of the folder.").format(
                    name=name, filename=item.filename[:100]
                )
            )
        if item.flag_bits & 1:
            raise Unreadable(
                gettext("{name} is locked with a password. Send it without one.").format(name=name)
            )
        if path.suffix not in (".yaml", ".yml"):
            continue
        folders.add(path.parent)
        if len(folders) > 1:
            raise Unreadable(
                gettext("{name} holds YAML files in more than one folder. Send one plan.").format(
                    name=name
                )
            )
        if path.name in names:
            raise Unreadable(
                gettext("{name} holds {file} twice.").format(name=name, file=path.name)
            )
        names.add(path.name)
        yield path.name, archive.read(item)


def _path_of(item: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(item.filename.replace("\\", "/"))


def read_files(found: Mapping[str, bytes], where: str) -> list[Row]:
    """Return the rows of YAML files, by name, in the order in which they can be written. Raises Unreadable.

    What is wrong with a value is a problem of its row; the cells of a row say on which lines its fields stand.
    """
    known = {f"{name}.yaml" for name in (*ORDER, *PARTS)}
    if unknown := sorted(set(found) - known):
        raise Unreadable(
            gettext("{where}: unknown {unknown}. Known are {known}.").format(
                where=where, unknown=", ".join(unknown), known=", ".join(sorted(known))
            )
        )
    if not found:
        raise Unreadable(
            gettext("{where} holds no YAML file. Known are {names}.").format(
                where=where, names=", ".join(sorted(known))
            )
        )
    rows = {name: list(_rows(found.get(f"{name}.yaml"), name)) for name in (*ORDER, *PARTS)}
    owned: dict[tuple, list[Row]] = {}
    for name, owner in PARTS.items():
        for part in rows[name]:
            key = part.fields.get("commitment" if owner == "commitment" else "status_change")
            if not isinstance(key, list):
                problem = next(iter(part.problems), gettext("Name the row that it belongs to."))
                raise Unreadable(f"{part.place}: {problem}")
            owned.setdefault((owner, *map(str, key)), []).append(part)
    whole = [
        _with_parts(row, owned.pop((name, *map(str, _own_key(name, row.fields))), []))
        for name in ORDER
        for row in rows[name]
    ]
    # A row whose own key cannot be read is refused with the reason; what belongs to it is not lost for that.
    if owned and not any(row.problems for row in whole):
        owner, *key = next(iter(owned))
        raise Unreadable(
            gettext("{owner}.yaml has no row {key}, but another file refers to it.").format(
                owner=owner, key="/".join(key)
            )
        )
    return whole


def _with_parts(row: Row, parts: list[Row]) -> Row:
    """Return a row with the entries of another file that belong to it, and with what is wrong with those."""
    parts = sorted(parts, key=lambda part: part.fields.get("position") or 0)
    row.parts.extend(part.fields for part in parts)
    for part in parts:
        row.problems.extend(
            Problem(problem.message, f"{part.place}, {problem.cell}") for problem in part.problems
        )
    return row


def _own_key(name: str, fields: dict) -> list:
    """Return the key by which entries of other files name a row, empty where none may."""
    if name == "commitment":
        return [fields.get("code")]
    if name == "statuschange":
        commitment = fields.get("commitment")
        commitment = commitment if isinstance(commitment, list) else [commitment]
        return [*commitment, fields.get("seq")]
    return []


def _rows(data: bytes | None, name: str) -> Iterator[Row]:
    if data is None:
        return
    try:
        content = read_document(data.decode("utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(
            gettext("{name}.yaml is not readable YAML: {error}").format(name=name, error=error)
        ) from error
    model = model_named(name)
    label = model._meta.label_lower
    if not isinstance(content, list):
        raise Unreadable(
            gettext(
                "{name}.yaml must be a list of entries with `model: {model}` and `fields:`."
            ).format(name=name, model=label)
        )
    for number, entry in enumerate(content, start=1):
        fields = entry.get("fields") if isinstance(entry, dict) else None
        if not isinstance(fields, dict) or str(entry.get("model")) != label:
            raise Unreadable(
                gettext(
                    "{name}.yaml, entry {number}: expected `model: {model}` and `fields:`."
                ).format(name=name, number=number, model=label)
            )
        yield _row(name, model, number, fields)


def _row(name: str, model: type[models.Model], number: int, printed: dict) -> Row:
    fields, problems, cells = {}, [], {}
    for field, value in printed.items():
        line = _line_of(value)
        cells[field] = gettext("line {line} ({field})").format(line=line, field=field)
        try:
            fields[field] = _value(model, field, value)
        except ValueError as error:
            problems.append(Problem(str(error), cells[field]))
    place = gettext("{name}.yaml, entry {number}").format(name=name, number=number)
    return Row(name, place, fields, cells=cells, problems=problems)


def _line_of(value: Scalar | list | dict) -> int:
    while not isinstance(value, Scalar):
        first = next(iter(value.values() if isinstance(value, dict) else value), None)
        if first is None:
            return 0
        value = first
    return value.line


# A value by the kind of its field


def _value(model: type[models.Model], name: str, value: Scalar | list | dict) -> Any:
    """Return what the services take for a field. Raises Refusal for what YAML makes into something else."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        # The service names the fields that it knows.
        return str(value) if isinstance(value, Scalar) else ""
    if not isinstance(value, Scalar):
        parts = value if isinstance(value, list) and field.is_relation else [value]
        if not all(isinstance(part, Scalar) for part in parts):
            raise Refusal(gettext("Give one value."))
        return [_part_of_key(field, number, part) for number, part in enumerate(parts)]
    if value.kind == "null":
        is_text = isinstance(field, models.CharField | models.TextField)
        return "" if is_text and field.blank else None
    if isinstance(field, models.BooleanField):
        return _truth(value)
    if isinstance(field, models.DateField):
        return value.text if name in DATES.get(model._meta.model_name, ()) else read_day(value.text)
    if isinstance(field, models.IntegerField):
        return _number(value)
    return _part_of_key(field, 1, value)


def _part_of_key(field: models.Field, number: int, value: Scalar) -> str | int:
    """Return a text, or of the key of a step its number."""
    return _number(value) if is_step(field) and number else _text(value)


def _text(value: Scalar) -> str:
    if value.kind == "str":
        return value.text
    raise Refusal(
        gettext(
            "YAML reads {text} as {kind}, not as text. Put it in quotation marks: '{text}'."
        ).format(kind=_MADE_OF.get(value.kind, value.kind), text=value.text[:60])
    )


def _number(value: Scalar) -> int:
    return read_number(value.text, "0|[1-9][0-9]{0,8}")


def _truth(value: Scalar) -> bool:
    if value.kind == "bool":
        return value.text.lower() in ("true", "yes", "on")
    raise Refusal(gettext("“{text}” is neither true nor false.").format(text=value.text[:40]))
