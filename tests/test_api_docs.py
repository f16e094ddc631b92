"""What is written about the API, held against the API."""

import inspect
import re
from pathlib import Path

import pytest
from django.conf import settings

from benchmarks.recipes import LANGUAGES, TABLE, lines, recipes
from planwatch.api.root import EXAMPLE_SITE
from planwatch.api.schema import SiteSchemaGenerator
from planwatch.api.serializers import Serializer, texts_in

PAGE = (settings.BASE_DIR / "docs" / "api.md").read_text()
# Not the API's data: its description, and the documentation page.
ABOUT_ITSELF = {"schema/", "docs/"}


@pytest.fixture(scope="module")
def paths():
    document = SiteSchemaGenerator().get_schema(public=True)
    return {path.removeprefix("/api/v1/"): item for path, item in document["paths"].items()}


def section(heading):
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_cells(heading):
    """Return what stands in code in the first cells of a section's table."""
    rows = re.findall(r"^\| (`.*?) \|", section(heading), re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


def test_every_address_is_described_and_every_described_address_is_there(paths):
    described = {path.removeprefix("/api/v1/") for path in first_cells("Addresses")}
    assert described == paths.keys() | ABOUT_ITSELF


def test_the_root_leads_to_every_address_that_needs_nothing_more(client, db, paths):
    root = client.get("/api/v1/").json()
    alone = {path for path, item in paths.items() if "get" in item and "{" not in path and path}
    alone -= {path for path in alone if paths[path]["get"].get("deprecated")}
    # A proof is of a row, or of two heads.
    alone -= {"record/inclusion/", "record/consistency/"}
    assert root["addresses"].keys() == alone
    for name in ("guide", "openapi"):
        assert client.get(root[name]).status_code == 200
    for path, entry in root["addresses"].items():
        assert entry["url"] == f"http://testserver/api/v1/{path}" and entry["description"]


def test_the_page_of_the_operations_begins_with_the_guide(client, db):
    page = client.get("/api/v1/docs/").content.decode()
    headings = re.findall(r"^#{1,3} (.*)$", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL), re.M)
    assert re.findall(r"<h[1-3][^>]*>([^<]*)</h[1-3]>", page)[: len(headings)] == headings
    assert "http://testserver/data/cite.bib" in page and EXAMPLE_SITE not in page


def test_the_table_of_the_recipes_says_how_many_lines_each_has():
    _, _, *rows = TABLE.search(PAGE)[0].splitlines()
    told = [[cell.split(" → ")[0] for cell in row.strip("| ").split(" | ")] for row in rows]
    assert told == [
        [task, *(str(lines(blocks[name])) if name in blocks else "–" for name in LANGUAGES)]
        for task, blocks in recipes().items()
    ]


def test_every_parameter_is_described_and_every_described_parameter_is_there(paths):
    known = {
        parameter["name"]
        for path in paths.values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }
    lists = {path.removeprefix("/api/v1/") for path in first_cells("Addresses")}
    assert first_cells("Parameters") - lists | set().union(*filters_of_lists().values()) == known


def filters_of_lists():
    """Return by list what its row in the guide's table of filters names: filters and orders."""
    table = section("Parameters").partition("### Filters of the other lists")[2]
    rows = re.findall(r"^\| (`.*?) \| (.*?) ?\| (.*?) ?\|$", table, re.MULTILINE)
    return {
        path: re.findall(r"`(\w+)`", filters)
        for paths, filters, _ in rows
        for path in re.findall(r"`(\S+)`", paths)
    }


def test_the_filters_of_each_list_are_those_in_its_row(paths):
    shared = {"as_of", "known_at", "fields", "omit", "format", "cursor", "page_size", "order"}
    shared |= {"after", "limit"}
    for path, filters in filters_of_lists().items():
        known = {item["name"] for item in paths[path]["get"]["parameters"]}
        assert known - shared == set(filters), path


def test_every_status_of_a_refusal_is_described(paths):
    known = {
        status
        for path in paths.values()
        for operation in path.values()
        for status in operation["responses"]
        if status >= "400"
    }
    described = set(re.findall(r"\b[45]\d\d\b", section("Refusals")))
    assert known <= described


def test_every_code_of_a_rule_is_described():
    """The codes that services give, as their source has them: calls of `refused`, `Problem` and `_lacking`."""
    named = set()
    for path in (settings.BASE_DIR / "commitments").glob("s*/*.py"):
        named |= set(re.findall(r'refused\(\s*"(\w+)"', path.read_text()))
    rules = (settings.BASE_DIR / "commitments" / "status_rules.py").read_text()
    named |= set(re.findall(r'(?:Problem\(|_lacking\(\s*step,)\s*"(\w+)"', rules))
    of_other_things = {"invalid_choice", "unknown_commitment", "unknown_proposal"}
    described = set(re.findall(r"`(\w+)`", section("Refusals")))
    assert len(named) > 15 and named - of_other_things <= described


def test_every_order_and_every_count_is_described(paths):
    for path, name in (("commitments/", "order"), ("stats/", "by"), ("commitments/", "expand")):
        parameter = next(item for item in paths[path]["get"]["parameters"] if item["name"] == name)
        schema = parameter["schema"]
        choices = schema.get("enum") or schema["items"]["enum"]
        row = re.search(rf"^\| `{name}` \|.*$", section("Parameters"), re.MULTILINE)[0]
        assert all(f"`{choice.removeprefix('-')}`" in row for choice in choices), name


def test_every_meaning_in_yaml_is_of_a_serializer(paths):
    known, waiting = {}, [Serializer]
    while waiting:
        found = waiting.pop()
        known.setdefault(Path(inspect.getfile(found)).parent, set()).add(found.__name__)
        waiting += found.__subclasses__()
    files = [*settings.BASE_DIR.glob("*/help.yaml"), *settings.BASE_DIR.glob("*/*/help.yaml")]
    assert len(files) > 3
    for file in files:
        assert texts_in(file.parent).keys() <= known[file.parent]
