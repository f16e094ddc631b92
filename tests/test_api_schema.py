"""The API keeps what its own schema promises, whatever it is asked: no 5xx, no undocumented status or body."""

import datetime as dt

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
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


@schema.parametrize()
@settings(max_examples=4, suppress_health_check=list(HealthCheck), deadline=None)
def test_every_answer_is_one_that_the_schema_promises(case):
    # A slug that fits the schema may still name nothing: that is refused, and rightly so.
    case.call_and_validate(excluded_checks=[schemathesis.checks.positive_data_acceptance])
