"""The stored document of a commitment says what its rows do after every kind of write, and answers read it."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from commitments import services
from commitments.api.serializers import CommitmentSerializer
from commitments.audit.integrity import differences
from commitments.choices import LinkState
from commitments.models import Commitment, CommitmentDocument, Source
from commitments.services.documents import document_text, write_every_document
from tests.factories import (
    ACTOR,
    REASON,
    change,
    check_link,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_source,
    review,
    unpublish,
)

DAY = dt.date(2022, 1, 2)


def read(address, **asked):
    response = Client().get(f"/api/v1/commitments/{address}", **asked)
    assert response.status_code == 200
    return response.json()


def this_moment():
    return timezone.now().isoformat().replace("+00:00", "Z")


def edit(world, **fields):
    kept = {"section": "protection-1", "lead_agencies": ["hhs"]}
    return make_commitment("US21-PRT-001", **(kept | fields))


def retract(world):
    written = review(world["item"], DAY)
    services.retract_review(review=written.pk, reason="It was another office.", actor=ACTOR)


def take_a_citation_away(world):
    cite(world["item"], world["source"], "restates", "page 9")
    key = {"commitment": "US21-PRT-001", "source": "sheet", "relation": "restates"}
    services.delete_citation(**key, locator="page 9", reason=REASON, actor=ACTOR)


def add_evidence(world):
    places = [services.EvidenceItem(make_source(origin="independent").slug, "page 1")]
    services.add_evidence(commitment="US21-PRT-001", seq=1, evidence=places, actor=ACTOR)


def approve(world):
    [waiting] = world["item"].proposals.filter(state="waiting")
    services.approve_proposal(proposal=waiting.pk, actor="second-editor")


WRITES = {
    "a status change": lambda world: change(world["later"], "in_progress", DAY),
    "an approved proposal": approve,
    "a correction": lambda world: correct(world["item"], 1, "stalled", DAY),
    "more evidence": add_evidence,
    "a review": lambda world: review(world["item"], DAY),
    "a retracted review": retract,
    "an edit": lambda world: edit(world, title="Another", summary='“Other” \\ "words"', note="N."),
    "a due date": lambda world: edit(world, due_on=DAY, due_precision="month"),
    "another day": lambda world: edit(world, announced_on=dt.date(2021, 12, 2)),
    "other agencies": lambda world: edit(
        world, lead_agencies=[make_agency().slug], partner_agencies=["hhs"]
    ),
    "no section": lambda world: edit(world, section=None),
    "a citation": lambda world: cite(world["item"], make_source(published_on=None), "reports"),
    "a citation less": take_a_citation_away,
    "a link": lambda world: link(world["item"], make_commitment("US21-PRT-003")),
    "a taking down": lambda world: unpublish(world["item"]),
    "a source's title": lambda world: make_source("sheet", title="Another"),
    "a source's publisher": lambda world: make_source("sheet", publisher="Another"),
    "a source's origin": lambda world: make_source("sheet", origin="independent"),
    "a link check": lambda world: check_link(world["source"], LinkState.GONE),
    "an agency's name": lambda world: make_agency("hhs", name="Another"),
}


@pytest.mark.django_db
class TestAfterAWrite:
    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    def test_the_document_is_what_would_be_built(self, world, write):
        write(world)
        rows = Commitment.objects.current().for_documents().with_document()
        assert [row.document_text for row in rows] == [document_text(row) for row in rows]
        assert not list(differences())

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    def test_the_list_says_the_same_as_what_is_known_by_now(self, world, write):
        write(world)
        now = this_moment()
        assert read("")["results"] == read(f"?known_at={now}")["results"] != []


@pytest.mark.django_db
class TestAnswers:
    @pytest.fixture
    def items(self, world):
        late = make_commitment(
            "US21-PRT-003",
            title="“Quoted” <b> & naïve \\ tabbed",
            due_on=dt.date(2022, 1, 1),
            lead_agencies=["hhs", make_agency().slug],
            partner_agencies=[make_agency().slug],
        )
        cite(late, make_source(published_on=None), "reports", locator='page "3"')
        cite(late, make_source(published_on=dt.date(2021, 12, 3), title="Ünïcode / \\ “x”"))
        cite(late, world["source"], "restates")
        change(late, "completed", dt.date(2022, 3, 1))

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "order=-due_on",
            "order=-seq&status=in_progress",
            "q=promise",
            "as_of=2021-12-15",
            "as_of=2022-01-30&lead=hhs",
            "fields=sources,code",
            "omit=summary,url,note",
        ],
    )
    def test_are_those_that_history_gives(self, items, query):
        stored = read(f"?{query}")["results"]
        built = read(f"?{query}&known_at={this_moment()}")["results"]
        assert stored == built != []
        assert [list(row) for row in stored] == [list(row) for row in built]

    def test_have_the_keys_of_the_serializer_in_its_order(self, items):
        [row, *_] = read("")["results"]
        assert list(row) == list(CommitmentSerializer._declared_fields)
        assert list(read(row["code"] + "/"))[: len(row)] == list(row)

    def test_about_one_repeat_its_row_of_the_list(self, items):
        for query in ("", "?as_of=2021-12-15", f"?known_at={this_moment()}"):
            for row in read(query)["results"]:
                one = read(f"{row['code']}/{query}")
                assert {key: one[key] for key in row} == row

    def test_hold_any_text_of_a_document(self, world):
        # Also what looks like a key of the object.
        text = "".join(map(chr, range(1, 0xA1))) + '\u2028\ufeff\uffff😀/\\"</script>"url":null'
        cite(world["item"], make_source("any"))
        Source.objects.filter(slug="any").update(title=text)
        write_every_document()
        [row, _] = read("")["results"]
        assert [each["title"] for each in row["sources"] if each["slug"] == "any"] == [text]
        assert row["url"] == "http://testserver/api/v1/commitments/US21-PRT-001/"

    def test_name_the_address_by_which_they_were_asked(self, world, settings):
        settings.ALLOWED_HOSTS = ["*"]
        for asked in ("?page_size=1", "?fields=url,html_url"):
            row = read(asked, headers={"host": "other.example"})["results"][0]
            assert row["url"] == "http://other.example/api/v1/commitments/US21-PRT-001/"
            assert row["html_url"] == "http://other.example/commitments/US21-PRT-001/"

    def test_are_late_by_the_day_on_which_they_are_read(self, world, monkeypatch):
        tomorrow = timezone.now() + dt.timedelta(days=2)
        make_commitment("US21-PRT-077", due_on=timezone.now().date())
        assert not read("US21-PRT-077/")["is_overdue"]
        monkeypatch.setattr(timezone, "now", lambda: tomorrow)
        assert read("US21-PRT-077/")["is_overdue"]
        assert read("?is_overdue=true")["results"][0]["is_overdue"]


@pytest.mark.django_db
def test_a_document_that_says_something_else_is_named(world):
    CommitmentDocument.objects.filter(commitment=world["item"]).update(text="{}")
    assert list(differences()) == [
        "US21-PRT-001: its stored document does not say what its rows do."
    ]


@pytest.mark.django_db
def test_what_migrate_finds_without_documents_it_gives_them(world):
    CommitmentDocument.objects.all().delete()
    write_every_document()
    call_command("check_integrity", verbosity=0)


@pytest.mark.django_db
def test_a_page_of_the_list_takes_four_queries(world, client, django_assert_num_queries):
    for query in ("?status=in_progress&agency=hhs", "?as_of=2022-01-30"):
        with django_assert_num_queries(4):
            client.get(f"/api/v1/commitments/{query}")
