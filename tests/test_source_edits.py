"""A cited source is part of the verdicts that rest on it: who may change it, and what changes with it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from commitments import services
from commitments.audit.matching import load_events
from commitments.models import Change, Commitment, Proposal, Source
from tests.factories import (
    ACTOR,
    change,
    cite,
    correct,
    make_commitment,
    make_source,
    review,
    unpublish,
)
from tests.test_api_writes import Writer
from tests.test_spreadsheets import as_csv, outcomes

pytestmark = pytest.mark.django_db

DAY = dt.date(2022, 3, 1)
EDITS = [
    {"publisher": "Another"},
    {"origin": "independent"},
    {"url": "https://example.org/elsewhere"},
    {"published_on": dt.date(2022, 3, 2)},
    {"published_on": dt.date(2022, 3, 1), "precision": "month"},
]


@pytest.fixture
def source(db):
    return make_source("sheet")


def seq_of(item):
    return Commitment.objects.values_list("seq", flat=True).get(pk=item.pk)


@pytest.mark.parametrize("edit", EDITS)
def test_what_a_verdict_rests_on_changes_each_commitment_that_names_the_source(source, edit):
    cited, evidenced, reviewed, other = (make_commitment() for _ in range(4))
    draft = make_commitment(is_published=False)
    cite(cited, source)
    cite(draft, source)
    change(evidenced, "in_progress", DAY, [source])
    review(reviewed, DAY, source="sheet", locator="page 1")
    before = [seq_of(item) for item in (other, draft)]
    with pytest.raises(ValidationError, match="Say why"):
        make_source("sheet", **edit, reason="")
    make_source("sheet", **edit)
    row = Change.objects.latest("seq")
    assert (row.object_type, row.after["reason"]) == ("source", "Edited in a test.")
    assert {seq_of(item) for item in (cited, evidenced, reviewed)} == {row.seq}
    assert [seq_of(item) for item in (other, draft)] == before
    (entry,) = load_events([row.seq])
    assert entry.title.startswith(source.title)
    assert entry.code == ", ".join(sorted(item.code for item in (cited, evidenced, reviewed)))
    call_command("check_integrity", verbosity=0)


def test_an_edit_that_bears_on_no_verdict_needs_no_reason_and_moves_nothing(source):
    item = make_commitment()
    cite(item, source)
    before = seq_of(item)
    make_source("sheet", note="Read on paper.", reason="")
    make_source("unused", reason="")
    make_source("unused", publisher="Another", reason="")
    assert seq_of(item) == before


def test_the_feed_tells_of_it_and_the_commitment_is_updated(client, source):
    item = make_commitment("US21-PRT-811")
    cite(item, source)
    before = Commitment.objects.get().updated_at
    make_source("sheet", publisher="The Other House")
    feed = client.get("/commitments/US21-PRT-811/changes.atom").content.decode()
    assert "The Other House" in feed and "/sources/sheet/" in feed
    assert Commitment.objects.get().updated_at > before


@pytest.mark.parametrize("edit", EDITS)
def test_under_a_closed_status_an_edit_waits_for_a_second_person(source, edit):
    item = make_commitment()
    change(item, "completed", DAY, [source, make_source("second")])
    before, rows = seq_of(item), Change.objects.count()
    with pytest.raises(ValidationError, match="Say why"):
        make_source("sheet", **edit, reason="")
    assert Change.objects.count() == rows
    make_source("sheet", **edit)
    make_source("sheet", **edit)
    waits = Proposal.objects.get()
    assert (waits.kind, waits.source, waits.commitment) == ("source_edit", source, None)
    assert seq_of(item) == before
    with pytest.raises(ValidationError, match="Another editor"):
        services.approve_proposal(proposal=waits.pk, actor=ACTOR)
    services.approve_proposal(proposal=waits.pk, actor="other")
    source.refresh_from_db()
    assert {name: getattr(source, name) for name in edit} == edit
    assert seq_of(item) > before
    call_command("check_integrity", verbosity=0)
    call_command("verify_record", verbosity=0)


def test_verification_follows_an_approved_edit(source):
    item = make_commitment()
    change(item, "completed", DAY, [source, make_source("second")])
    make_source("sheet", origin="independent")
    assert Commitment.objects.get().verification == "agency_reported"
    services.approve_proposal(proposal=Proposal.objects.get().pk, actor="other")
    assert Commitment.objects.get().verification == "independently_reported"


def test_a_waiting_edit_does_not_overwrite_what_was_changed_meanwhile(source):
    item = make_commitment()
    change(item, "completed", DAY, [source])
    make_source("sheet", publisher="Mine")
    make_source("sheet", publisher="Theirs")
    mine, theirs = Proposal.objects.order_by("pk")
    services.approve_proposal(proposal=theirs.pk, actor="other")
    with pytest.raises(ValidationError, match="Changed since this was proposed: publisher"):
        services.approve_proposal(proposal=mine.pk, actor="other")
    services.decline_proposal(proposal=mine.pk, reason="Overtaken.", actor="other")
    assert Source.objects.get(slug="sheet").publisher == "Theirs"


def test_one_person_is_enough_where_no_standing_closed_status_of_a_public_one_rests_on_it(
    source, settings
):
    item, taken_down, draft = (
        make_commitment(),
        make_commitment(),
        make_commitment(is_published=False),
    )
    for each in (item, taken_down, draft):
        change(each, "completed", DAY, [source])
    correct(item, 1, "in_progress", DAY, [source])
    unpublish(taken_down)
    make_source("sheet", publisher="Another")
    assert Source.objects.get(slug="sheet").publisher == "Another"
    change(item, "completed", dt.date(2022, 4, 1), [source])
    settings.PLANWATCH_TWO_PERSON_RULE = False
    make_source("sheet", publisher="A third")
    assert Source.objects.get(slug="sheet").publisher == "A third"


def test_an_import_proposes_it_too_and_finds_it_waiting_the_next_time(source):
    item = make_commitment()
    change(item, "completed", DAY, [source])
    file = as_csv(["slug", "publisher"], ["sheet", "Another"])
    seen = {"allowed": {"source:sheet"}}
    assert [result for result, _ in outcomes(file, "source", **seen)] == ["proposed"]
    assert [result for result, _ in outcomes(file, "source")] == ["unchanged"]
    assert Proposal.objects.get().payload["values"] == {"publisher": "Another"}


def test_a_waiting_edit_is_withheld_until_it_is_approved(client, source):
    item = make_commitment()
    change(item, "completed", DAY, [source])
    make_source("sheet", publisher="Another")
    row = Change.objects.latest("seq").seq

    def shown(after=0):
        return client.get(f"/api/v1/changes/?after={after}&limit=500").json()

    assert shown()["results"][-1]["withheld"]
    services.approve_proposal(proposal=Proposal.objects.get().pk, actor="other")
    assert not any(row["withheld"] for row in shown()["results"])
    assert shown(row)["read_again"] == [row]


def test_a_waiting_edit_is_approved_by_api_with_the_etag_of_the_source(source):
    item = make_commitment()
    change(item, "completed", DAY, [source])
    make_source("sheet", publisher="Another")
    waits = Proposal.objects.get()
    writer = Writer("reviewer", "Editor")
    address = f"proposals/{waits.pk}/approve/"
    assert writer.post(address).status_code == 428
    wrong = writer.etag(item.code)
    assert writer.post(address, if_match=wrong).status_code == 412
    answer = writer.post(address, if_match=writer.get("sources/sheet/")["ETag"])
    assert answer.status_code == 200, answer.content
    assert answer.json()["kind"] == "source_edit" and answer.json()["source"] == "sheet"
    assert Source.objects.get().publisher == "Another"
