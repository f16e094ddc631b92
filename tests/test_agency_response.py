"""An agency's response: a kind of source, shown beside the status and weighed like every official one."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from commitments.models import Commitment
from tests.factories import change, cite, make_commitment, make_source
from tests.test_pages import get

pytestmark = pytest.mark.django_db
DAY = dt.date(2023, 3, 1)
ADDRESS = "/commitments/US21-PRT-001/"


@pytest.fixture
def item():
    found = make_commitment("US21-PRT-001")
    answer = make_source(
        "answer",
        title="Letter to the editors",
        publisher="Department of State",
        kind="agency_response",
        published_on=DAY,
    )
    cite(found, answer, "reports", locator="page 2", note="Says that training began.")
    return found


def test_a_response_stands_beside_the_status_and_does_not_move_it(client, item):
    page = get(client, ADDRESS)
    shown = page[page.index("Agency response") : page.index("History")]
    assert "Letter to the editors Department of State, March 1, 2023. Page 2. Says that" in shown
    assert Commitment.objects.get().status == "no_evidence"
    assert (
        "Agency response" not in get(client, f"{ADDRESS}?as_of=2023-02-28").partition("Sources")[0]
    )


def test_a_status_on_a_response_alone_is_the_agencys_own_account(client, item):
    change(
        item,
        "in_progress",
        DAY,
        [make_source("answer-2", kind="agency_response", published_on=DAY)],
    )
    assert Commitment.objects.get().verification == "agency_reported"
    assert "Document answer-2" in get(client, ADDRESS).partition("Agency response")[2]


@pytest.mark.parametrize("origin", ["independent", "advocacy"])
def test_a_response_is_official(origin):
    with pytest.raises(ValidationError, match="own account"):
        make_source("answer", kind="agency_response", origin=origin)
