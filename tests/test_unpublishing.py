"""Unpublishing: two people, a public reason, and a notice where the commitment was."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from commitments import services
from commitments.models import Change, Commitment, Proposal
from tests.factories import ACTOR, REASON, change, cite, make_commitment, make_source, unpublish

pytestmark = pytest.mark.django_db

CODE = "US21-PRT-801"
PAGES = [
    f"/commitments/{CODE}/",
    f"/es/commitments/{CODE}/",
    f"/commitments/{CODE}/cite.bib",
    f"/commitments/{CODE}/cite.ris",
    f"/commitments/{CODE}/cite.json",
    f"/commitments/{CODE}/changes.atom",
    f"/commitments/{CODE}/share.png",
    f"/commitments/{CODE}/history.svg",
    f"/commitments/{CODE}/lineage.svg",
    f"/embed/commitments/{CODE}/",
    f"/embed/commitments/{CODE}/badge.svg",
]
DATA = [f"/api/v1/commitments/{CODE}/{part}" for part in ("", "status-changes/", "reviews/")]


@pytest.fixture
def item(db):
    item = make_commitment(CODE, title="A promise taken down")
    cite(item, make_source("sheet"))
    change(item, "in_progress", dt.date(2022, 3, 1))
    return item


def refusal(**fields):
    with pytest.raises(ValidationError) as refused:
        services.submit_unpublishing(**({"commitment": CODE, "reason": REASON} | fields))
    return " ".join(refused.value.messages)


def test_one_person_cannot_unpublish(item):
    with pytest.raises(ValidationError, match="two people"):
        make_commitment(CODE, is_published=False)
    assert "Say why" in refusal(actor=ACTOR, reason=" ")
    waits = services.submit_unpublishing(commitment=CODE, reason=REASON, actor=ACTOR)
    assert "waits for a second person already" in refusal(actor="other")
    with pytest.raises(ValidationError, match="Another editor"):
        services.approve_proposal(proposal=waits.pk, actor=ACTOR)
    item.refresh_from_db()
    assert item.is_published
    services.approve_proposal(proposal=waits.pk, actor="other")
    item.refresh_from_db()
    assert not item.is_published
    assert "is not published" in refusal(actor=ACTOR)
    call_command("check_integrity", verbosity=0)
    call_command("verify_record", verbosity=0)


def test_without_the_rule_of_two_one_person_unpublishes_with_a_reason(item, settings):
    settings.PLANWATCH_TWO_PERSON_RULE = False
    services.submit_unpublishing(commitment=CODE, reason=REASON, actor=ACTOR)
    assert not Commitment.objects.get().is_published
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("at", ["", "?known_at={moment}"])
def test_every_address_of_what_was_unpublished_says_so_with_day_reason_and_row(client, item, at):
    moment = Change.objects.latest("seq").recorded_at.isoformat().replace("+00:00", "Z")
    at = at.format(moment=moment)
    assert client.get(PAGES[0] + at).status_code == 200
    unpublish(item, reason="It was entered twice.")
    row = Change.objects.get(object_type="commitment", after__is_published=False)
    for address in PAGES:
        if at and "share.png" in address:
            continue
        answer = client.get(address + at)
        assert answer.status_code == 410, address
        text = " ".join(answer.content.decode().split())
        assert CODE in text and "It was entered twice." in text and f" {row.seq} " in text, address
        assert "A promise taken down" not in text
    for address in DATA:
        answer = client.get(address + at)
        assert answer.status_code == 410, address
        assert answer.json()["errors"][0]["code"] == "gone"
        assert answer.json()["notice"] == {
            "code": CODE,
            "unpublished_on": row.recorded_at.date().isoformat(),
            "reason": "It was entered twice.",
            "seq": row.seq,
        }
    assert client.get(f"/api/v1/commitments/{at}").json()["count"] == 0
    assert client.get(f"/commitments/{CODE.lower()}/").status_code == 410
    card = client.get(f"/oembed.json?url=http://testserver/commitments/{CODE}/")
    assert card.status_code == 410
    assert "It was entered twice." in card.content.decode()


def test_what_never_was_public_stays_not_found(client):
    make_commitment("US21-PRT-802", is_published=False)
    for code in ("US21-PRT-802", "US21-PRT-803"):
        assert client.get(f"/commitments/{code}/").status_code == 404
        assert client.get(f"/api/v1/commitments/{code}/").status_code == 404


def test_publishing_again_is_recorded_and_ends_the_notice(client, item):
    unpublish(item)
    make_commitment(CODE, title=item.title, reason="It was a mistake.")
    row = Change.objects.latest("seq")
    assert (row.before["is_published"], row.after["is_published"]) == (False, True)
    assert row.after["reason"] == "It was a mistake."
    assert client.get(PAGES[0]).status_code == client.get(DATA[0]).status_code == 200


def test_no_browser_keeps_the_notice_or_a_not_found_page(client, item):
    unpublish(item)
    for address in (f"/commitments/{item.code}/", f"/api/v1/commitments/{item.code}/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Cache-Control"]) == (410, "no-cache")
    assert client.get("/commitments/US21-PRT-999/")["Cache-Control"] == "no-cache"


def test_a_declined_unpublishing_leaves_everything_as_it_was(client, item):
    before = Commitment.objects.get().seq
    waits = services.submit_unpublishing(commitment=CODE, reason=REASON, actor=ACTOR)
    services.decline_proposal(proposal=waits.pk, reason="It is right.", actor="other")
    assert Commitment.objects.get().seq == before
    assert client.get(PAGES[0]).status_code == 200
    withheld = Change.objects.filter(object_type="proposal").with_visibility()
    assert all(row.is_withheld for row in withheld)
