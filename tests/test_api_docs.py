"""What is written about the API, held against the API."""

import re

import pytest
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

PAGE = (settings.BASE_DIR / "docs" / "api.md").read_text()
# Not the API's data: its description, and the documentation page.
ABOUT_ITSELF = {"schema/", "docs/"}


@pytest.fixture(scope="module")
def paths():
    document = SchemaGenerator().get_schema(public=True)
    return {path.removeprefix("/api/v1/"): item for path, item in document["paths"].items()}


def section(heading):
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_cells(heading):
    """Return what stands in code in the first cells of a section's table."""
    rows = re.findall(r"^\| (`.*?) \|", section(heading), re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


def test_every_address_is_described_and_every_described_address_is_there(paths):
    assert first_cells("Addresses") == paths.keys() | ABOUT_ITSELF


def test_every_parameter_is_described_and_every_described_parameter_is_there(paths):
    known = {
        parameter["name"]
        for path in paths.values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }
    assert first_cells("Parameters") == known


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


def test_every_order_and_every_count_is_described(paths):
    for path, name in (("commitments/", "order"), ("stats/", "by"), ("commitments/", "expand")):
        parameter = next(item for item in paths[path]["get"]["parameters"] if item["name"] == name)
        schema = parameter["schema"]
        choices = schema.get("enum") or schema["items"]["enum"]
        row = re.search(rf"^\| `{name}` \|.*$", section("Parameters"), re.MULTILINE)[0]
        assert all(f"`{choice.removeprefix('-')}`" in row for choice in choices), name
