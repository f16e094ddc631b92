"""The API keeps what its own schema promises, whatever it is asked: no 5xx, no undocumented status or body."""

import datetime as dt

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings

from tests.factories import change, cite, link, make_agency, make_commitment, make_objective, review


@pytest.fixture
def api(db):
    make_agency("dhs")
    make_objective("protection-1")
    first = make_commitment("US21-PRT-001", objective="protection-1", lead_agencies=["dhs"])
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
    case.call_and_validate(
        headers={"Accept-Encoding": "identity"},
        excluded_checks=[schemathesis.checks.positive_data_acceptance],
    )


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(public=True)


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
        if not parameter.get("description") or "example" not in parameter
    ]
    assert silent == []


def test_every_operation_has_a_description_and_its_refusals(document):
    for name, operation in operations(document).items():
        assert operation["description"] and operation["summary"], name
        assert {"400", "404"} <= operation["responses"].keys(), name
        assert all(answer["description"] for answer in operation["responses"].values()), name


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
