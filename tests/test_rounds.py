"""Reporting rounds: agencies are asked, answer by a link, and editors decide what is published of it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from commitments import services
from commitments.models import (
    Change,
    Citation,
    Commitment,
    ReportedStatus,
    ReportingRound,
    RoundAnswer,
    RoundInvitation,
    Source,
)
from commitments.services.rounds import CONTACTS_KEPT
from tests.example_round import ANSWER, DOCUMENT, MADE_UP, answer, fill, invitation_of, open_example
from tests.factories import (
    ACTOR,
    REASON,
    make_agency,
    make_commitment,
    make_source,
    unpublish,
)
from tests.test_pages import get

pytestmark = pytest.mark.django_db
CODE, HIDDEN = "US21-PRT-001", "US21-PRT-009"


@pytest.fixture
def item():
    for place, slug in enumerate(("dhs", "doj", "hhs"), start=1):
        make_agency(slug)
        make_commitment(f"US21-PRT-00{place}", lead_agencies=[slug])
    make_commitment(HIDDEN, lead_agencies=["dhs"], is_published=False, reason="")
    return open_example()


def published(item, **fields):
    found = services.publish_answer(number=answer(item).pk, actor=ACTOR, **fields)
    return RoundAnswer.objects.get(pk=found.pk)


def after_the_closing_day(item):
    yesterday = item.day_of() - dt.timedelta(days=1)
    ReportingRound.objects.filter(pk=item.pk).update(closes_on=yesterday)
    item.refresh_from_db()
    return item


# Opening and links


def test_a_round_invites_each_focal_point_and_stores_no_key(item):
    assert [row.agency.slug for row in item.invitations.all()] == ["dhs", "doj", "hhs"]
    for row in RoundInvitation.objects.all():
        key = services.link_key(row)
        assert services.invitation_of(key) == row
        assert key not in str(RoundInvitation.objects.values().get(pk=row.pk))
        assert row.mailed_at is None


def test_a_round_asks_only_about_what_is_published_and_led(item):
    assert [row.code for row in invitation_of(item, "dhs").commitments()] == [CODE]
    for code in (HIDDEN, "US21-PRT-002"):
        with pytest.raises(ValidationError, match="does not ask you"):
            answer(item, "dhs", code)


@pytest.mark.parametrize("key", ["", "1.1", "1.1:forged", "1.2:x", "\0", "é:é"])
def test_a_forged_key_opens_nothing(item, key):
    assert services.invitation_of(key) is None


def test_a_link_is_void_after_the_closing_day_and_opens_again_when_that_moves(item):
    row = invitation_of(item)
    key = services.link_key(row)
    after_the_closing_day(item)
    assert services.invitation_of(key) is None
    row = invitation_of(item)
    with pytest.raises(ValidationError, match="does not ask you"):
        services.save_answer(invitation=row, commitment=CODE, **ANSWER)
    services.move_closing_day(number=item.pk, closes_on=item.day_of(), actor=ACTOR)
    assert services.invitation_of(key) == row


def test_another_focal_point_gets_a_link_of_their_own_and_the_former_is_void(item):
    row = invitation_of(item, "dhs")
    RoundInvitation.objects.update(mailed_at=timezone.now())
    former = services.link_key(row)
    services.invite(
        number=item.pk, agency="dhs", contact="Another", address="b@example.org", actor=ACTOR
    )
    row.refresh_from_db()
    assert (row.contact, row.address, row.mailed_at) == ("Another", "b@example.org", None)
    assert services.invitation_of(former) is None
    assert services.invitation_of(services.link_key(row)) == row


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"contacts": []}, "contacts"),
        ({"contacts": [services.Contact("fbi", "A", "a@example.org")]}, "agency"),
        ({"contacts": [services.Contact("dhs", "", "a@example.org")]}, "contact"),
        ({"contacts": [services.Contact("dhs", "A", "nothing")]}, "address"),
        ({"closes_on": dt.date(2024, 1, 1)}, "closes_on"),
        ({"period_from": dt.date(2190, 1, 1), "period_until": dt.date(2191, 1, 1)}, "period_from"),
        ({"period_until": dt.date(2001, 1, 1)}, "__all__"),
    ],
)
def test_a_round_that_nobody_could_answer_is_refused(item, fields, field):
    make_agency("fbi")
    with pytest.raises(ValidationError) as error:
        open_example(**fields)
    assert list(error.value.message_dict) == [field]
    assert ReportingRound.objects.count() == 1


# Answers


def test_a_draft_may_be_empty_and_a_submitted_answer_may_not(item):
    row = answer(item, submit=False, wording="", done="", documents=[])
    assert (row.state, row.version) == ("draft", 1)
    with pytest.raises(ValidationError) as error:
        answer(item, wording=" ", done="")
    assert set(error.value.message_dict) == {"wording", "done"}
    assert answer(item).state == "submitted"


def test_two_who_write_one_answer_do_not_overwrite_each_other(item):
    first = answer(item, submit=False, seen_version=0)
    with pytest.raises(services.Conflict):
        answer(item, submit=False, seen_version=0, done="Mine.")
    assert RoundAnswer.objects.get().done == ANSWER["done"]
    answer(item, submit=False, seen_version=first.version, done="Mine.")
    assert RoundAnswer.objects.get().done == "Mine."


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"address": ""}, "Give address, title and day"),
        ({"address": "javascript:alert(1)"}, "begins with https"),
        ({"address": "https://nowhere"}, "valid URL"),
        ({"day": "May 2024"}, "is not a date"),
        ({"title": "x" * 301}, "at most 300 characters"),
        ({"title": "a\0b"}, "U\\+0000"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused(item, document, words):
    with pytest.raises(ValidationError, match=words):
        answer(item, documents=[DOCUMENT | document])


def test_an_answer_names_so_many_documents_at_most(item):
    with pytest.raises(ValidationError, match="at most 10"):
        answer(item, documents=[DOCUMENT] * 11)


def test_an_answer_that_was_sent_back_is_answered_again(item):
    row = answer(item)
    with pytest.raises(ValidationError, match="Tell the agency why"):
        services.send_back_answer(number=row.pk, reason=" ", actor=ACTOR)
    services.send_back_answer(number=row.pk, reason="Which officers?", actor=ACTOR)
    row.refresh_from_db()
    assert (row.state, row.reason, row.decided_by) == ("sent_back", "Which officers?", ACTOR)
    with pytest.raises(ValidationError, match="does not wait"):
        services.publish_answer(number=row.pk, actor=ACTOR)
    assert answer(item).state == "submitted"


# Publishing


def test_an_answer_that_is_published_becomes_an_official_source_and_moves_no_status(item):
    row = published(item, equivalent="completed")
    source = row.source
    assert (source.kind, source.origin, source.publisher) == (
        "agency_response",
        "official",
        "Department dhs",
    )
    assert source.published_on == item.day_of(row.submitted_at)
    assert source.url.endswith(source.get_absolute_url())
    told = ReportedStatus.objects.get()
    assert (told.wording, told.equivalent, told.source) == (
        ANSWER["wording"],
        "completed",
        source,
    )
    assert Commitment.objects.get(code=CODE).status == "no_evidence"
    cited = Citation.objects.get()
    assert cited.relation == "reports" and cited.note.startswith(ANSWER["done"])
    assert "Next step: " in cited.note and DOCUMENT["address"] in cited.note
    call_command("verify_record", verbosity=0)
    call_command("check_integrity", verbosity=0)


def test_a_published_answer_stands_on_its_page_and_beside_the_status(item, client):
    row = published(item)
    page = get(client, row.source.get_absolute_url())
    for words in (ANSWER["wording"], ANSWER["done"], "Next step", "annual report"):
        assert words in page
    assert "This page is where it is published" in page
    beside = get(client, f"/commitments/{CODE}/")
    assert "Agency response" in beside and ANSWER["wording"] in beside


@pytest.mark.parametrize("kinds", [[], [""]])
def test_documents_are_added_only_as_the_editor_says(item, kinds):
    published(item, kinds=kinds)
    assert Source.objects.count() == 1


def test_a_document_with_a_place_is_cited_there(item):
    published(item, kinds=["report"])
    cited = Citation.objects.get(source__kind="report")
    assert (cited.locator, cited.source.url) == ("page 12", DOCUMENT["address"])
    assert (cited.source.precision, cited.source.origin) == ("month", "official")


def test_a_document_that_is_known_is_not_added_twice(item):
    known = make_source("known", url=DOCUMENT["address"], origin="independent")
    published(item, kinds=["report"])
    assert Citation.objects.get(locator="page 12").source == known
    assert Source.objects.get(slug="known").origin == "independent"


def test_what_fails_half_way_publishes_nothing(item):
    row, before = answer(item), Change.objects.count()
    with pytest.raises(ValidationError):
        services.publish_answer(number=row.pk, actor=ACTOR, kinds=["rumour"])
    assert Change.objects.count() == before and not Source.objects.exists()
    assert RoundAnswer.objects.get().state == "submitted"


def test_an_answer_on_what_was_unpublished_meanwhile_is_not_published(item):
    row = answer(item)
    unpublish(Commitment.objects.get(code=CODE))
    with pytest.raises(ValidationError, match="not published"):
        services.publish_answer(number=row.pk, actor=ACTOR)


def test_a_page_of_this_site_is_not_asked_whether_it_is_there(item):
    published(item, kinds=["report"])
    assert [row.kind for row in Source.objects.to_check(timezone.now())] == ["report"]


# What is public


def test_nothing_of_a_round_is_in_the_record_but_what_was_published(item):
    before = Change.objects.count()
    fill(item)
    rows = Change.objects.order_by("seq")[before:]
    assert {row.object_type for row in rows} == {"source", "citation", "reportedstatus"}
    said = str([(row.before, row.after, row.actor) for row in Change.objects.all()])
    assert ANSWER["wording"] in said
    for private in ("Focal Point", "@example.org", "Nobody Real", "Done (made up)", "say where"):
        assert private not in said


def test_a_draft_and_a_person_appear_on_no_public_page(item, client):
    fill(item)
    for address in ("/changes/", "/sources/", "/commitments/US21-PRT-002/", "/agencies/hhs/"):
        page = get(client, address)
        for private in ("Focal Point", "Nobody Real", "Done (made up)"):
            assert private not in page
    assert MADE_UP not in get(client, "/commitments/US21-PRT-003/")


def test_persons_are_forgotten_long_after_the_closing_day(item):
    answer(item)
    last = timezone.now().date() - CONTACTS_KEPT
    ReportingRound.objects.update(closes_on=last)
    call_command("prune")
    assert invitation_of(item).contact and RoundAnswer.objects.get().validated_by
    ReportingRound.objects.update(closes_on=last - dt.timedelta(days=1))
    call_command("prune")
    assert (invitation_of(item).contact, invitation_of(item).address) == ("", "")
    assert RoundAnswer.objects.get().validated_by == "" and RoundAnswer.objects.get().done


def test_words_of_an_answer_are_redacted_like_others(item):
    row = published(item)
    asked = services.propose_redaction(words="two hundred officers", reason=REASON, actor="ada")
    services.approve_redaction(number=asked.pk, actor="ben")
    assert "two hundred" not in RoundAnswer.objects.get(pk=row.pk).done
    assert "two hundred" not in Citation.objects.get().note
