"""Every public address answers as it always has: what readers and scripts get stands in tests/golden/, one file an answer.

Where a difference is meant, `make golden` writes the files anew, and their diff shows what readers will see.
"""

import difflib
import json
import os
import re

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import resolve

from commitments.models import DatasetVersion
from planwatch.api.schema import SiteSchemaGenerator
from tests.golden_world import ADDRESSES, CODE, FOLDER, OF_THE_RECORD, answer_to, standing_still
from tests.test_access import PUBLIC

# What the schema's examples have: the site's address, and keys in the addresses of lists.
ELSEWHERE = b"https://planwatch.example.org"
# Other sites show them, too.
NEUTRAL = {
    b"http://testserver": ELSEWHERE,
    b'"PlanWatch"': b'"Example Watch"',
    b'"United States"': b'"A country"',
}
SECTION = {"key": "us-nap-2021:protection-1"}
KEYS_SHOWN = {
    "agencies": {"slug": "hhs"},
    # The first row is about a country, and its hash is over the name.
    "changes": {"query": {"after": "1"}},
    "jurisdictions": {"code": "US"},
    "objectives": SECTION,
    "panel": {"query": {"from": "2021-12-01", "to": "2022-01-31"}},
    "pillars": {"slug": "protection"},
    "plans": {"slug": "us-nap-2021"},
    "sections": SECTION,
    "sources": {"slug": "sheet"},
    "stats": {"query": {"by": "pillar"}},
}
WRITING = os.environ.get("PLANWATCH_GOLDEN") == "write"


@pytest.fixture(scope="class")
def still():
    with standing_still():
        yield


@pytest.fixture(scope="class")
def published(still, world, tmp_path_factory):
    """The world with one published version of the data set; its number."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("datasets")
        patch.setattr("django.conf.settings.PLANWATCH_DATASETS", str(folder))
        call_command("publish_dataset", verbosity=0)
        yield DatasetVersion.objects.get().seq


@pytest.mark.django_db
class TestAnswers:
    @pytest.mark.parametrize("name", ADDRESSES)
    def test_an_answer_is_the_one_that_is_kept(self, published, name):
        if name in OF_THE_RECORD and connection.vendor != "sqlite":
            pytest.skip("bodies and ids of rows are kept as SQLite gives them")
        found, kept = answer_to(name, published), FOLDER / f"{name}.txt"
        if WRITING:
            kept.write_text(found)
        expected = kept.read_text()
        if found != expected:
            lines = difflib.unified_diff(
                expected.splitlines(), found.splitlines(), n=1, lineterm=""
            )
            pytest.fail(
                "\n".join([f"{ADDRESSES[name]} differs; if meant: make golden", *lines]), False
            )

    def test_the_schema_shows_an_answer_of_each_operation_that_reads(self, published):
        found = {}
        for path, item in SiteSchemaGenerator().get_schema(public=True)["paths"].items():
            operation = item.get("get", {"security": "none"})
            if operation["security"] or operation["operationId"].startswith("record_"):
                continue
            place = KEYS_SHOWN.get(path.split("/")[3], {})
            answer = Client().get(path.format_map({"code": CODE} | place), place.get("query"))
            if answer.status_code == 404:
                continue
            content = answer.content
            for own, neutral in NEUTRAL.items():
                content = content.replace(own, neutral)
            body = json.loads(content)
            if "results" in body:
                body["results"] = body["results"][:1]
            if "sha256" in str(body):
                # Of a file that changes whenever anything is described in other words, and of a row's own database.
                none = 64 * "0"
                file = {"bytes": 130_000, "sha256": none, "hash": none, "rows": {"plans": 1}}
                body["results"][0] |= file
            found[operation["operationId"]] = body
        kept = settings.BASE_DIR / "planwatch" / "api" / "examples.json"
        if WRITING:
            kept.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
        assert found == json.loads(kept.read_text())

    def test_no_file_is_left_of_an_address_that_is_no_longer_asked(self):
        assert {path.stem for path in FOLDER.iterdir()} == set(ADDRESSES)


def test_every_public_route_has_an_answer_that_is_kept():
    asked = {
        resolve(address.partition("?")[0].replace("{version}", "1")).route
        for address in ADDRESSES.values()
    }
    public = {re.sub(r"(?<!\[)\^", "", route) for route in PUBLIC}
    # Pages are tested by what they do; a brief as a file names the moment at which it was made, and the catalog the
    # size of an archive with hashes that each database has of its own.
    behaves = r"(about|record|report|news|search|agencies/compare)/|(.*/)?(brief|questions)[/.].*|data/dcat[.].*"
    # Signing in is for editors, and its form has a secret of its own each time.
    assert {route for route in public - asked if not re.match(behaves, route)} == {
        "accounts/login/"
    }


@pytest.mark.django_db
def test_the_files_are_of_a_client_without_cookies():
    assert not Client().get("/").cookies
