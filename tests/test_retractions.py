"""A review taken back by its author: visible, struck through, and counted no more."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from commitments import services
from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_files
from commitments.models import Change, Commitment, Review, ReviewRetraction
from tests.factories import ACTOR, make_commitment, review

pytestmark = pytest.mark.django_db

CODE = "US21-PRT-821"
DAY = dt.date(2023, 5, 1)


@pytest.fixture
def mistaken(db):
    item = make_commitment(CODE)
    review(item, dt.date(2022, 5, 1))
    return review(item, DAY, note="Looked at the wrong program.")


def retract(item, actor=ACTOR, reason="It was another program."):
    return services.retract_review(review=item.pk, reason=reason, actor=actor)


def refused(item, **fields):
    with pytest.raises(ValidationError) as refusal:
        retract(item, **fields)
    return " ".join(refusal.value.messages)


def test_a_retracted_review_counts_no_more_and_the_one_before_does_again(mistaken):
    retract(mistaken)
    stored = Commitment.objects.get()
    assert stored.last_reviewed_on == dt.date(2022, 5, 1)
    row = Change.objects.latest("seq")
    assert (row.object_type, row.actor, row.after["reason"]) == (
        "reviewretraction",
        ACTOR,
        "It was another program.",
    )
    assert stored.seq == row.seq
    call_command("check_integrity", verbosity=0)
    assert "retracted already" in refused(mistaken)


def test_only_its_author_retracts_with_a_reason_and_for_a_day(mistaken, monkeypatch):
    assert "Only the author" in refused(mistaken, actor="somebody")
    assert refused(mistaken, reason=" ")
    later = timezone.now() + dt.timedelta(hours=24, minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: later)
        assert "24 hours" in refused(mistaken)
    retract(mistaken)


def test_readers_see_it_struck_through_and_an_earlier_moment_still_counts_it(client, mistaken):
    moment = Change.objects.latest("seq").recorded_at.isoformat().replace("+00:00", "Z")
    retract(mistaken)
    page = client.get(f"/commitments/{CODE}/").content.decode()
    assert "<s>Looked at the wrong program.</s>" in page and "It was another program." in page
    then = client.get(f"/commitments/{CODE}/", {"known_at": moment}).content.decode()
    assert "<s>" not in then and "Looked at the wrong program." in then

    def last(**params):
        rows = client.get("/api/v1/commitments/", params).json()["results"]
        one = client.get(f"/api/v1/commitments/{CODE}/", params).json()
        assert rows[0]["last_reviewed_on"] == one["last_reviewed_on"]
        return one["last_reviewed_on"], [bool(row["retracted_at"]) for row in one["reviews"]]

    assert last() == ("2022-05-01", [False, True])
    assert last(as_of="2023-12-31") == ("2022-05-01", [False, True])
    assert last(known_at=moment) == ("2023-05-01", [False, False])
    listed = client.get(f"/api/v1/commitments/{CODE}/reviews/").json()["results"]
    assert [row["retraction_reason"] for row in listed] == ["It was another program.", None]


def test_the_database_refuses_to_change_a_retraction(mistaken):
    retract(mistaken)
    for write in (
        lambda: ReviewRetraction.objects.update(reason="x"),
        lambda: ReviewRetraction.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            write()
    assert ReviewRetraction.objects.count() == 1 and Review.objects.count() == 2


def test_an_import_retracts_a_review_with_its_reason_once_and_at_any_time(mistaken, monkeypatch):
    data = f"""
- model: commitments.review
  fields:
    commitment: [{CODE}]
    reviewed_on: {DAY}
    note: Looked at the wrong program.
    source: null
    locator: ''
    retraction_reason: It was another program.
""".encode()
    later = timezone.now() + dt.timedelta(days=30)
    monkeypatch.setattr(timezone, "now", lambda: later)
    for result in ("changed", "unchanged"):
        report = import_rows(read_files({"review.yaml": data}, "a folder"), actor="importer")
        assert [outcome.result for outcome in report.outcomes] == [result], report.outcomes
    assert ReviewRetraction.objects.get().reason == "It was another program."
    assert Commitment.objects.get().last_reviewed_on == dt.date(2022, 5, 1)
