"""The API keeps what its own schema promises, whatever it is asked: no 5xx, no undocumented status or body."""

import datetime as dt
import itertools
import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

from commitments.selection import REPEATABLE
from planwatch.api.schema import SAID, SiteSchemaGenerator
from planwatch.web.query_params import LISTS
from tests.factories import (
    change,
    cite,
    link,
    make_agency,
    make_commitment,
    make_section,
    make_source,
    review,
)
from tests.test_api_writes import Writer


@pytest.fixture
def api(db):
    make_agency("dhs")
    make_section("protection-1")
    first = make_commitment("US21-PRT-001", section="protection-1", lead_agencies=["dhs"])
    second = make_commitment("US24-PRT-001", announced_on=dt.date(2024, 2, 14))
    cite(first)
    change(first, "in_progress", dt.date(2022, 1, 1), precision="month")
    review(first, dt.date(2023, 1, 1))
    link(first, second)
    # As Django's own test client does: a request must not close the connection in whose transaction the test runs.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


schema = schemathesis.pytest.from_fixture("api")


# On SQLite the whole fuzzer runs against a site; see test_api_live.
@pytest.mark.postgresql_only
@schema.parametrize()
@settings(max_examples=2, suppress_health_check=list(HealthCheck), deadline=None)
def test_every_answer_is_one_that_the_schema_promises(case):
    # A slug that fits the schema may still name nothing: that is refused, and rightly so.
    # In a WSGI call nobody would unpack a compressed answer.
    # With some keys alone an answer has fewer than the schema promises to those who ask without.
    case.query = {name: case.query[name] for name in case.query if name not in ("fields", "omit")}
    case.call_and_validate(
        headers={"Accept-Encoding": "identity"},
        excluded_checks=[schemathesis.checks.positive_data_acceptance],
    )


BLANKS = ("", " ", "\t", "\n", "\u00a0", "\u200b", "\x1b")
CONTROLS = ("a\0", "\x01b", "a\x7fb", "\x85c", "a\u202eb", "a\u2028b", "a\r\nb")
PLACES = {
    "code": "US21-PRT-001",
    "slug": "dhs",
    "key": "us-nap-2021:protection-1",
    "number": "1",
    "public_id": "00000000-0000-4000-8000-000000000000",
    "webhook_id": "00000000-0000-4000-8000-000000000000",
}


def asked(operation, query, place=None):
    """Call an operation with a query, hold the answer against the schema, and return its status."""
    places = {item.name: place or PLACES[item.name] for item in operation.path_parameters}
    case = operation.Case(path_parameters=places, query=query)
    answer = case.call(headers={"Accept-Encoding": "identity"})
    checks = schemathesis.checks
    case.validate_response(
        answer,
        checks=[
            checks.not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_schema_conformance,
        ],
    )
    return answer.status_code


def test_every_parameter_takes_blanks_control_characters_and_duplicates(api):
    blanks, controls = itertools.cycle(BLANKS), itertools.cycle(CONTROLS)
    tried = 0
    for found in api.get_all_operations():
        operation = found.ok()
        if operation.method.upper() != "GET":
            continue
        answered = asked(operation, {})
        for name in [item.name for item in operation.query]:
            if answered in (401, 403):
                break
            blank, control = next(blanks), next(controls)
            takes_many = name in LISTS or name in REPEATABLE
            missing = (400, 404) if operation.path_parameters else (400,)
            assert asked(operation, {name: blank}) in missing, (operation.label, name, blank)
            assert asked(operation, {name: [blank, blank]}) in missing
            asked(operation, {name: control})
            if not takes_many:
                assert asked(operation, {name: ["1", "1"]}) in missing, (operation.label, name)
            tried += 1
        for place in (next(controls), " ", "\x1f") if operation.path_parameters else ():
            assert asked(operation, {}, place) in (400, 401, 403, 404)
    assert tried > 100


def test_every_format_of_an_answer_is_what_the_schema_says_of_it(api):
    tried = set()
    for found in api.get_all_operations():
        operation = found.ok()
        for format in [item.definition for item in operation.query if item.name == "format"]:
            for name in format["schema"]["enum"]:
                if asked(operation, {"format": name}) == 200:
                    tried.add(name)
    assert tried == {"json", "csv", "ndjson", "xlsx", "jsonld", "ttl"}


@pytest.fixture
def document(db):
    return SiteSchemaGenerator().get_schema(public=True)


def operations(document):
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }


def test_every_field_says_what_it_holds(document):
    silent = [
        f"{shape}.{name}"
        for shape, definition in document["components"]["schemas"].items()
        for name, field in definition.get("properties", {}).items()
        if not field.get("description")
    ]
    assert silent == []


def test_every_parameter_says_what_it_does_and_shows_an_example(document):
    silent = [
        f"{name}: {parameter['name']}"
        for name, operation in operations(document).items()
        for parameter in operation.get("parameters", ())
        if not parameter.get("description") or not examples_of(parameter)
    ]
    assert silent == []


def examples_of(parameter):
    """Return what a parameter is shown with: where it must be given, what a page may fill in."""
    if parameter["name"] == "cursor":
        return ["of an answer"]
    return [parameter["example"]] if parameter.get("required") else parameter["schema"]["examples"]


def test_nothing_optional_is_filled_in_by_a_page_that_shows_the_schema(document):
    filled = [
        f"{name}: {parameter['name']}"
        for name, operation in operations(document).items()
        for parameter in operation.get("parameters", ())
        if not parameter.get("required")
        and ("example" in parameter or {"default", "example"} & parameter["schema"].keys())
    ]
    assert filled == []


def test_the_schema_says_whose_it_is_and_what_each_part_is_about(document):
    assert document["info"]["license"].keys() == {"name", "url"}
    assert document["info"]["contact"]["name"] and document["servers"]
    described = {tag["name"] for tag in document["tags"] if tag["description"]}
    used = [operation["tags"] for operation in operations(document).values()]
    assert {tag for tags in used for tag in tags} == described


def test_every_operation_has_a_description_and_its_refusals(document):
    for name, operation in operations(document).items():
        assert operation["description"] and operation["summary"], name
        assert {"400", "401", "404", "429", "503"} <= operation["responses"].keys(), name
        assert all(answer["description"] for answer in operation["responses"].values()), name


KEYS = {
    "code": "US21-PRT-001",
    "slug": "us-nap-2021",
    "key": "us-nap-2021:protection-1",
    "webhook_id": "00000000-0000-4000-8000-000000000000",
}


def test_every_address_takes_the_parameters_that_are_described_and_no_others(document, db):
    editor = Writer("reader", "Editor")
    make_commitment(KEYS["code"])
    described = {
        re.sub(r"{(\w+)}", lambda found: KEYS[found[1]], path).removeprefix("/api/v1/"): {
            parameter["name"]
            for parameter in item["get"].get("parameters", ())
            if parameter["in"] == "query"
        }
        for path, item in document["paths"].items()
        if "get" in item
    }
    everywhere = set().union(*described.values()) - {"format"}
    for address, names in described.items():
        # One that is refused at once says all that is wrong with it, up to 50 errors.
        asked, unknown = sorted([*everywhere, "none"]), set()
        for names_asked in (asked[::2], asked[1::2]):
            answer = editor.get(f"{address}?{'&'.join(f'{name}=~' for name in names_asked)}")
            assert answer.status_code == 400, address
            unknown |= {
                error["attr"]
                for error in answer.json()["errors"]
                if error["code"] == "unknown_parameter"
            }
        assert everywhere - unknown == names - {"format"}, address
        assert "none" in unknown
        answer = editor.get(f"{address}?format=json&none=1")
        about_format = [error for error in answer.json()["errors"] if error["attr"] == "format"]
        assert ("format" in names) == (not about_format), address


def test_what_any_operation_may_answer_is_described(document, client, db):
    held = {"If-None-Match": client.get("/api/v1/pillars/")["ETag"]}
    for headers in (held, {"Authorization": "Token nobody-has-this"}):
        status = client.get("/api/v1/pillars/", headers=headers).status_code
        for name, operation in operations(document).items():
            if name.endswith(("_list", "_retrieve")):
                assert str(status) in operation["responses"], name


def test_every_link_leads_to_an_operation_and_fills_its_parameters(document):
    known = operations(document)
    links = [
        step
        for operation in known.values()
        for answer in operation["responses"].values()
        for step in answer.get("links", {}).values()
    ]
    assert links
    for step in links:
        names = {item["name"] for item in known[step["operationId"]]["parameters"]}
        assert set(step["parameters"]) <= names


def test_the_bodies_that_the_schema_shows_are_taken(db):
    editor, second = Writer("ed", "Editor"), Writer("sue", "Editor")
    make_source("wh-2021-plan", published_on=dt.date(2024, 2, 14))
    make_commitment("US21-PRV-001", pillar="prevention")
    bodies = SAID["bodies"]
    place = "commitments/US21-PRV-001/"
    for name, address in (
        ("commitments_status_changes_create", f"{place}status-changes/"),
        ("commitments_status_changes_evidence_create", f"{place}status-changes/1/evidence/"),
        ("commitments_reviews_create", f"{place}reviews/"),
    ):
        answer = editor.post(address, bodies[name], if_match="*")
        assert answer.status_code == 201, answer.content
        assert answer["Location"].startswith(f"http://testserver/api/v1/{place}")
    other = bodies["commitments_proposals_create"] | {"status": "in_place"}
    answer = editor.post(f"{place}proposals/", other, if_match="*")
    assert answer.status_code == 201, answer.content
    number = answer.json()["id"]
    answer = second.post(f"proposals/{number}/decline/", bodies["proposals_decline_create"])
    assert answer.status_code == 200, answer.content


def test_every_body_is_shown_and_every_answer_that_can_be(document):
    for name, operation in operations(document).items():
        if body := operation.get("requestBody"):
            shown = "example" in body["content"]["application/json"]
            # A cosignature is made with the key of a witness.
            assert shown or name == "record_cosign", name
        elif name.endswith(("_list", "_retrieve")):
            answer = operation["responses"]["200"]["content"]["application/json"]
            # The data set of the examples has no signed head and no theme.
            private = operation["security"] or name.startswith(("record_", "themes_retrieve"))
            assert private or "example" in answer, name
