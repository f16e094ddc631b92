"""What is said about security holds: the tests it names exist, and whom to tell is never invented."""

import ast
import datetime as dt
import re

import pytest
from django.conf import settings as current
from django.utils import timezone

PAGE = current.BASE_DIR / "docs" / "security.md"
NAMED = re.compile(r"`(tests/\w+\.py)::(\w+)`")


def test_every_threat_names_a_test_and_every_named_test_exists():
    rows = re.findall(r"^\| .+ \|$", PAGE.read_text("utf-8"), re.MULTILINE)[2:]
    assert len(rows) > 20
    for row in rows:
        named = NAMED.findall(row)
        assert named, row
        for path, name in named:
            tree = ast.parse((current.BASE_DIR / path).read_text("utf-8"))
            defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in defined, (path, name)


@pytest.mark.parametrize("contact", ["mailto:security@example.org", "https://example.org/report"])
def test_security_txt_names_the_contact_that_is_set_and_expires_within_a_year(
    client, db, settings, contact
):
    settings.PLANWATCH_SECURITY_CONTACT = contact
    answer = client.get("/.well-known/security.txt", secure=True)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert fields["Contact"] == contact
    assert fields["Canonical"] == "https://testserver/.well-known/security.txt"
    left = dt.datetime.fromisoformat(fields["Expires"]) - timezone.now()
    assert dt.timedelta(days=30) < left < dt.timedelta(days=365)


def test_without_a_contact_there_is_no_security_txt(client, db):
    assert client.get("/.well-known/security.txt").status_code == 404
