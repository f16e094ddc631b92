"""YAML reader: Django's fixture format with natural keys, one file a model, values as printed.

A folder holds the files of one plan, or one folder for each plan and beside those `site.yaml`, the site's own data.

YAML makes a truth value of `no`, a number of `4.10` and 90 of `1:30`. Here the model says which kind a field has, and what
was made into another kind is refused with its line and what to write.
"""

import io
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext, gettext_lazy

from commitments.audit.replay import model_named
from commitments.imports.joining import ORDER, in_order
from commitments.imports.report import Problem, Row, Unreadable
from commitments.imports.values import is_step, read_day, read_number
from commitments.imports.workbooks import read_csv_files
from commitments.imports.writers import DATES
from commitments.imports.yaml_document import Refusal, Scalar, Value, read_documents
from commitments.models import Site
from commitments.querysets.former_names import as_named_today, kinds_of
from planwatch.net import isolated

# Read together with the file that they belong to.
PARTS = {"commitmentagency": "commitment", "evidence": "statuschange"}
SITE = "site.yaml"
# Its lists, and what their entries are.
SITE_LISTS = {"pillars": "pillar", "themes": "theme"}
# Its values with several parts, such as one for each language or term.
SITE_TEXTS = ("topic", "promiser", "languages", "glossary", "synonyms")
# A folder sent as a zip: no plan needs more, and no more is unpacked.
ZIP_FILES, ZIP_BYTES = 50, 20_000_000
# How long files may take that the operator of the site has on its own disk.
OWN_SECONDS = 600
_MADE_OF = {
    "bool": gettext_lazy("a yes or no"),
    "int": gettext_lazy("a number"),
    "float": gettext_lazy("a number"),
    "timestamp": gettext_lazy("a date"),
}


def read_folder(folder: Path) -> list[Row]:
    """Return the rows of a folder, and of those in it, in the order in which they can be written. Raises Unreadable."""
    if not folder.is_dir():
        raise Unreadable(
            gettext("{folder} is not a folder. Name the folder that holds the YAML files.").format(
                folder=folder
            )
        )
    patterns = ("*.y*ml", "*/*.y*ml", "*.csv")
    found = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
    return _read(files, str(folder))


def _read(files: Mapping[str, bytes], where: str, seconds: float = OWN_SECONDS) -> list[Row]:
    tables = [path for path in files if path.endswith(".csv")]
    if tables and len(tables) < len(files):
        raise Unreadable(
            gettext("{where} holds CSV and YAML files. Keep those of one form.").format(where=where)
        )
    return read_csv_files(files, where) if tables else read_files(files, where, seconds)


def read_zip(data: bytes, name: str) -> list[Row]:
    """Return the rows of a zipped folder of YAML or CSV files. Nothing is unpacked to disk. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(dict(_members(archive, name)), name, isolated.SECONDS)
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
        if path.suffix not in (".yaml", ".yml", ".csv"):
            continue
        folders.add(path.parent)
        if len(folders) > 1:
            raise Unreadable(
                gettext("{name} holds files in more than one folder. Send one plan.").format(
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


def read_files(found: Mapping[str, bytes], where: str, seconds: float = OWN_SECONDS) -> list[Row]:
    """Return the rows of YAML files, by path, in the order in which they can be written. Raises Unreadable.

    What is wrong with a value is a problem of its row; the cells of a row say on which lines its fields stand.
    """
    kinds = [kind for name in (*ORDER, *PARTS) for kind in kinds_of(name)]
    known = {SITE, *(f"{kind}.yaml" for kind in kinds)}
    if unknown := sorted(path for path in found if PurePosixPath(path).name not in known):
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
    rows: dict[str, list[Row]] = {name: [] for name in (*ORDER, *PARTS)}
    for path, content in read_documents(found, where, seconds):
        read = _site_rows if PurePosixPath(path).name == SITE else _rows
        for row in read(content, path):
            rows[row.kind].append(row)
    owned: dict[tuple, list[Row]] = {}
    for name, owner in PARTS.items():
        for part in rows[name]:
            key = part.fields.get("commitment" if owner == "commitment" else "status_change")
            if not isinstance(key, list):
                problem = next(iter(part.problems), gettext("Name the row that it belongs to."))
                raise Unreadable(f"{part.place}: {problem}")
            owned.setdefault((owner, *map(str, key)), []).append(part)
    for name in ORDER:
        for row in rows[name]:
            _add_parts(row, owned.pop((name, *map(str, _own_key(name, row.fields))), []))
    whole = in_order(row for name in ORDER for row in rows[name])
    # A row whose own key cannot be read is refused with the reason; what belongs to it is not lost for that.
    if owned and not any(row.problems for row in whole):
        owner, *key = next(iter(owned))
        raise Unreadable(
            gettext("{owner}.yaml has no row {key}, but another file refers to it.").format(
                owner=owner, key="/".join(key)
            )
        )
    return whole


def _add_parts(row: Row, parts: list[Row]) -> None:
    """Add the entries of another file that belong to a row, and what is wrong with those."""
    parts = sorted(parts, key=lambda part: part.fields.get("position") or 0)
    row.parts.extend(part.fields for part in parts)
    for part in parts:
        row.problems.extend(
            Problem(problem.message, f"{part.place}, {problem.cell}") for problem in part.problems
        )


def _own_key(name: str, fields: dict) -> list:
    """Return the key by which entries of other files name a row, empty where none may."""
    if name == "commitment":
        return [fields.get("code")]
    if name == "statuschange":
        commitment = fields.get("commitment")
        commitment = commitment if isinstance(commitment, list) else [commitment]
        return [*commitment, fields.get("seq")]
    return []


def _rows(content: Value | None, path: str) -> Iterator[Row]:
    written = PurePosixPath(path).stem
    model = model_named(as_named_today(written, None)[0])
    label = f"{model._meta.app_label}.{written}"
    if not isinstance(content, list):
        raise Unreadable(
            gettext("{file} must be a list of entries with `model: {model}` and `fields:`.").format(
                file=path, model=label
            )
        )
    for number, entry in enumerate(content, start=1):
        place = gettext("{file}, entry {number}").format(file=path, number=number)
        fields = entry.get("fields") if isinstance(entry, dict) else None
        if not isinstance(fields, dict) or str(entry.get("model")) != label:
            raise Unreadable(
                gettext("{place}: expected `model: {model}` and `fields:`.").format(
                    place=place, model=label
                )
            )
        yield _row(model, place, as_named_today(written, fields)[1])


def _site_rows(content: Value | None, path: str) -> Iterator[Row]:
    """Yield the site, its pillars and its themes; their order in the file is their position."""
    if isinstance(content, dict):
        own = {name: value for name, value in content.items() if name not in SITE_LISTS}
        printed = {name: own.pop(name) for name in SITE_TEXTS if name in own}
        row = _row(Site, path, own)
        row.fields.update({name: _lines(value) for name, value in printed.items()})
        yield row
    for name, kind in SITE_LISTS.items():
        entries = content.get(name, []) if isinstance(content, dict) else None
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise Unreadable(
                gettext("{file} must be a table, and its {name} a list of tables.").format(
                    file=path, name=name
                )
            )
        for number, fields in enumerate(entries, start=1):
            place = gettext("{file}, {name}, entry {number}")
            row = _row(model_named(kind), place.format(file=path, name=name, number=number), fields)
            row.fields["position"] = number
            yield row


def _lines(value: Value) -> str:
    """Return a list of tags as the database has it, phrases with a line for each language or term, or lists with a line each."""
    if isinstance(value, dict):
        return "\n".join(f"{name}: {phrase}" for name, phrase in value.items())
    if isinstance(value, list):
        lines = [" | ".join(map(str, item)) for item in value if isinstance(item, list)]
        return "\n".join(lines) if lines else "|".join(map(str, value))
    return str(value)


def _row(model: type[models.Model], place: str, printed: dict) -> Row:
    fields, problems, cells = {}, [], {}
    for field, value in printed.items():
        line = _line_of(value)
        cells[field] = gettext("line {line} ({field})").format(line=line, field=field)
        try:
            fields[field] = _value(model, field, value)
        except ValueError as error:
            problems.append(Problem(str(error), cells[field]))
    return Row(model._meta.model_name, place, fields, cells=cells, problems=problems)


def _line_of(value: Value) -> int:
    while not isinstance(value, Scalar):
        first = next(iter(value.values() if isinstance(value, dict) else value), None)
        if first is None:
            return 0
        value = first
    return value.line


# A value by the kind of its field


def _value(model: type[models.Model], name: str, value: Value) -> Any:
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
