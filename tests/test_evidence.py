"""Evidence: added to a step that stands, one address is one document, and what was recorded under laxer rules."""

import datetime as dt
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from commitments import services
from commitments.imports.runner import import_rows
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.known_at import known_at
from commitments.models import Change, Commitment, Evidence, Proposal, Source
from planwatch.net.addresses import normalized
from tests.editor_pages import signed_in
from tests.factories import ACTOR, change, cite, correct, make_commitment, make_source

pytestmark = pytest.mark.django_db
DAY = dt.date(2022, 3, 1)


@pytest.fixture
def item():
    found = make_commitment("US21-PRT-001")
    sheet = make_source("sheet", published_on=DAY)
    cite(found, sheet)
    change(found, "in_progress", DAY, [sheet])
    return found


def add(source, locator="page 1", seq=1, **fields):
    return services.add_evidence(
        commitment="US21-PRT-001",
        seq=seq,
        evidence=[services.EvidenceItem(source, locator)],
        actor=ACTOR,
        **fields,
    )


def test_added_evidence_is_a_row_of_the_record_and_moves_the_verification(item):
    make_source("audit", origin="independent", publisher="Auditors")
    before = Change.objects.latest("seq")
    [row] = add("audit")
    assert Commitment.objects.get().verification == "independently_reported"
    entry = Change.objects.latest("seq")
    assert (entry.object_type, entry.object_key) == ("evidence", "US21-PRT-001/1/audit/page 1")
    assert entry.recorded_at == row.recorded_at > before.recorded_at
    assert Commitment.objects.get().seq == entry.seq
    for command in ("check_integrity", "verify_record"):
        call_command(command, stdout=io.StringIO())


def test_what_was_known_before_does_not_have_the_evidence(item, client):
    make_source("audit", origin="independent", publisher="Auditors")
    moment = Change.objects.latest("seq").recorded_at
    add("audit")
    with known_at(moment):
        assert [row.source.slug for row in Evidence.objects.select_related("source")] == ["sheet"]
        assert Commitment.objects.get().verification == "agency_reported"
    step = client.get("/api/v1/commitments/US21-PRT-001/").json()["history"][0]
    assert [row["slug"] for row in step["evidence"]] == ["sheet", "audit"]
    assert step["evidence"][0]["recorded_at"] < step["evidence"][1]["recorded_at"]
    assert step["verification"] == "independently_reported"


def test_evidence_is_added_only_to_a_step_that_stands_and_only_once(item):
    make_source("audit")
    correct(item, 1, "stalled", DAY)
    for seq, source, field in ((1, "audit", "seq"), (9, "audit", "seq"), (2, "none", "evidence")):
        with pytest.raises(ValidationError) as refused:
            add(source, seq=seq)
        assert list(refused.value.message_dict) == [field]
    add("audit", seq=2)
    with pytest.raises(ValidationError, match="attached twice at the same place"):
        add("audit", seq=2)


def test_the_database_lets_nobody_change_or_take_evidence(item):
    for write in (
        lambda: Evidence.objects.update(note="x"),
        lambda: Evidence.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            write()


def test_an_editor_adds_evidence_at_the_desk(item, client):
    make_source("audit", origin="independent", publisher="Auditors")
    editor = signed_in("first", "Editor")
    page = reverse("editor_evidence", kwargs={"code": item.code, "seq": 1})
    assert page in editor.get(item.get_absolute_url()).content.decode()
    typed = {"action": "save", "evidence": ["audit"], "locator-audit": "page 4"}
    seen = {"seen_version": Commitment.objects.get().seq}
    assert editor.post(page, typed | seen | {"evidence": []}).status_code == 422
    assert editor.post(page, typed | seen).status_code == 302
    assert Evidence.objects.latest("id").locator == "page 4"
    assert editor.post(page, typed | seen | {"locator-audit": "page 5"}).status_code == 409
    assert "added" in client.get(item.get_absolute_url()).content.decode()
    assert signed_in("third", "Contributor").get(page).status_code == 403


def test_an_import_adds_the_evidence_that_a_step_lacks(item):
    make_source("audit", origin="independent", publisher="Auditors")
    header = "commitment,effective_on,status,evidence_1_source,evidence_1_locator"
    first = "US21-PRT-001,2022-03-01,in_progress,sheet,paragraph 1"
    data = f"{header},evidence_2_source,evidence_2_locator\n{first},audit,page 1\n".encode()
    for result in ("changed", "unchanged"):
        rows = read_spreadsheet(data, "steps.csv", "statuschange")
        [outcome] = import_rows(rows, actor=ACTOR).outcomes
        assert outcome.result == result, outcome.detail
    shorter = f"{header}\n{first}\n".encode()
    [outcome] = import_rows(
        read_spreadsheet(shorter, "steps.csv", "statuschange"), actor=ACTOR
    ).outcomes
    assert outcome.result == "unchanged"
    assert Evidence.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [
        "https://news.example.org/a",
        "http://news.example.org/a",
        "https://News.Example.ORG/a/",
        "https://news.example.org:443/a#part",
    ],
)
def test_a_second_entry_with_an_address_is_refused_with_the_first(other):
    make_source("first", title="The first", url="https://news.example.org/a")
    with pytest.raises(ValidationError) as refused:
        make_source("second", url=other)
    assert "“The first” (first) has this address already" in refused.value.message_dict["url"][0]
    make_source("first", title="Retitled", url=other)
    make_source("third", url="https://news.example.org/a?page=2")
    make_source("fourth", url=""), make_source("fifth", url="")


def test_an_address_that_cannot_be_read_is_known_by_itself():
    assert normalized("http://[broken") == "http://[broken"
    assert normalized(" ") == ""


def test_two_entries_of_one_address_from_earlier_times_are_one_document(item):
    for slug, publisher in (("one", "Paper"), ("two", "Review")):
        make_source(slug, origin="independent", publisher=publisher, published_on=DAY)
    same = {"url": "https://example.org/x", "normalized_url": "example.org/x"}
    Source.objects.filter(slug__in=("one", "two")).update(**same)
    with pytest.raises(ValidationError, match="two independent sources from different publishers"):
        change(item, "completed", DAY, [Source.objects.get(slug=slug) for slug in ("one", "two")])


def test_a_step_of_laxer_times_blocks_no_other_write_and_can_be_mended(item):
    early = dt.date(2020, 1, 1)
    Source.objects.filter(slug="sheet").update(published_on=early)
    make_commitment("US21-PRT-001", title="Another title")
    change(item, "stalled", dt.date(2022, 5, 1))
    make_source("sheet", title="Another title", published_on=early)
    add(make_source("late", published_on=dt.date(2022, 4, 1)).slug)
    make_source("sheet", title="Another title", published_on=early)
    with pytest.raises(ValidationError, match="needs a source published on 2022-03-01 or later"):
        make_source("late", published_on=early)


def test_a_correction_has_its_reason_and_its_explanation(item, client):
    editor, second = signed_in("first", "Editor"), signed_in("second", "Editor")
    page = reverse("editor_record", kwargs={"code": item.code})
    typed = {
        "status": "stalled",
        "effective_on_year": "2022",
        "effective_on_month": "3",
        "explanation": "Work was paused for lack of funds.",
        "evidence": ["sheet"],
        "locator-sheet": "page 3",
        "corrects": "1",
        "seen_version": Commitment.objects.get().seq,
        "action": "save",
    }
    assert editor.post(f"{page}?corrects=1", typed).status_code == 422
    typed["correction_reason"] = "The sheet was misread."
    waits = editor.post(f"{page}?corrects=1", typed)
    assert "The sheet was misread." in editor.get(waits.url).content.decode()
    second.post(waits.url, {"action": "approve", "seen_version": Commitment.objects.get().seq})
    assert Proposal.objects.get().state == "approved"
    step = client.get("/api/v1/commitments/US21-PRT-001/").json()["history"][-1]
    assert (step["correction_reason"], step["explanation"]) == (
        "The sheet was misread.",
        "Work was paused for lack of funds.",
    )
    for address in (item.get_absolute_url(), "/corrections/"):
        shown = client.get(address).content.decode()
        assert "The sheet was misread." in shown
        assert "Work was paused for lack of funds." in shown
