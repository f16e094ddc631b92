"""The JSON Schema of record bodies: every body of every kind and release keeps to it, and nothing else does."""

import json
import lzma
import sqlite3
from contextlib import closing

import jsonschema
import pytest
from django.test import Client

from commitments.audit.body_schema import body_schema
from commitments.models import Change
from tests.kept_data_set import kept_database
from tests.test_alerts_mail_contents import everything  # noqa: F401
from tests.test_upgrade import DATA

COLUMNS = ("object_type", "action", "before", "after")


def problems(row):
    validator = jsonschema.Draft202012Validator(
        body_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in validator.iter_errors(row)]


def rows_of(path):
    """Return the rows of the record in a database file."""
    with closing(sqlite3.connect(path)) as database:
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        found = database.execute(f"SELECT {names} FROM commitments_change").fetchall()
    return [
        {"object_type": kind, "action": action, "before": json.loads(before or "null")}
        | {"after": json.loads(after or "null")}
        for kind, action, before, after in found
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("everything")
def test_every_body_of_every_kind_keeps_to_the_schema_and_loses_it_with_a_key_more_or_less():
    schema = Client().get("/record/bodies.schema.json").json()
    assert schema == body_schema()
    kinds = set()
    for row in Change.objects.values(*COLUMNS):
        assert problems(row) == [], row
        kinds.add(row["object_type"])
        for name in ("before", "after"):
            body = row[name]
            assert not body or problems({**row, name: {**body, "unheard_of": 1}})
            assert not body or all(
                problems({**row, name: {key: body[key] for key in body if key != lost}})
                for lost in schema["$defs"][row["object_type"]]["required"]
                if lost in body
            )
    # A section was an objective in the first release alone.
    assert kinds == {*schema["properties"]["object_type"]["enum"]} - {"objective"}


def test_every_body_of_the_data_set_keeps_to_the_schema():
    rows = rows_of(kept_database())
    assert len(rows) > 2000 and [row for row in rows if problems(row)] == []


def test_every_body_of_the_first_release_keeps_to_the_schema(tmp_path):
    old = tmp_path / "old.sqlite3"
    old.write_bytes(lzma.decompress((DATA / "last-release.sqlite3.xz").read_bytes()))
    rows = rows_of(old)
    assert {"objective", "commitment"} <= {row["object_type"] for row in rows}
    assert [(row, problems(row)) for row in rows if problems(row)] == []


@pytest.mark.parametrize(
    "row",
    [
        {"object_type": "promise", "after": {}},
        {"after": {"name": "a.csv", "sha256": "", "rows": 1}},
        {"object_type": "importfile", "after": {"name": "a.csv", "sha256": "", "rows": "1"}},
        {"object_type": "importfile", "after": {"name": "a.csv", "sha256": None, "rows": 1}},
        {"object_type": "reviewretraction", "after": {"review": "1"}},
        {"object_type": "pillar", "action": "delete", "before": None, "after": None},
        {"object_type": "pillar", "action": "update", "before": None, "after": {"reason": "So."}},
    ],
)
def test_what_the_record_never_holds_does_not_keep_to_it(row):
    assert problems(row)


def test_a_row_that_is_withheld_keeps_to_it():
    assert problems({"seq": 1, "withheld": True}) == []
