"""Refusals of the services: each says why and leaves nothing behind."""

import datetime as dt

import pytest

from commitments import services
from commitments.models import Commitment, Source
from planwatch.time_zones import latest_day
from tests.factories import (
    ACTOR,
    ANNOUNCED,
    REASON,
    cite,
    link,
    make_agency,
    make_commitment,
    make_plan,
    make_section,
    make_source,
    review,
)
from tests.service_writes import ONE, day, refusal, save_commitment, status_change

pytestmark = pytest.mark.django_db


REFUSED = {
    "an unknown commitment": ("commitment", lambda: status_change(commitment="US21-PRT-999")),
    "an unknown status": ("status", lambda: status_change(status="broken")),
    "an unknown precision": ("precision", lambda: status_change(precision="week")),
    "tomorrow": ("effective_on", lambda: status_change(effective_on=latest_day() + ONE)),
    "a day before 1990": (
        "effective_on",
        lambda: status_change(effective_on=dt.date(1989, 12, 31)),
    ),
    "a year before 1990": (
        "effective_on",
        lambda: status_change(effective_on=dt.date(1989, 5, 5), precision="year"),
    ),
    "a day before the announcement": (
        "effective_on",
        lambda: status_change(effective_on=ANNOUNCED - ONE),
    ),
    "a move that is not allowed": ("status", lambda: status_change(status="in_progress")),
    "no evidence": ("evidence", lambda: status_change(evidence=[])),
    "an unknown source": (
        "evidence",
        lambda: status_change(evidence=[services.EvidenceItem("nowhere", "page 1")]),
    ),
    "evidence without a place": (
        "evidence",
        lambda: status_change(evidence=[services.EvidenceItem("sheet", " ")]),
    ),
    "the same place twice": (
        "evidence",
        lambda: status_change(
            evidence=[
                services.EvidenceItem("sheet", "page 1"),
                services.EvidenceItem("sheet", "page 1 "),
            ]
        ),
    ),
    "a place too long to store": (
        "locator",
        lambda: status_change(evidence=[services.EvidenceItem("sheet", "x" * 201)]),
    ),
    "a correction of nothing": (
        "corrects",
        lambda: status_change(corrects=7, explanation="It was misread."),
    ),
    "a correction without a reason": (
        "correction_reason",
        lambda: status_change(corrects=1, status="not_started"),
    ),
    "undelivered before the deadline": (
        "status",
        lambda: status_change(status="not_met", explanation="Nothing came."),
    ),
    "a review tomorrow": (
        "reviewed_on",
        lambda: review(Commitment.objects.get(code="US21-PRT-001"), latest_day() + ONE),
    ),
    "a review before the announcement": (
        "reviewed_on",
        lambda: review(Commitment.objects.get(code="US21-PRT-001"), ANNOUNCED - ONE),
    ),
    "a review without a note": (
        "note",
        lambda: review(Commitment.objects.get(code="US21-PRT-001"), day(30), " "),
    ),
    "a review of an unknown source": (
        "evidence",
        lambda: review(
            Commitment.objects.get(code="US21-PRT-001"), day(30), source="nowhere", locator="page 1"
        ),
    ),
    "a review of a source without a place": (
        "evidence",
        lambda: review(Commitment.objects.get(code="US21-PRT-001"), day(30), source="sheet"),
    ),
    "a review of an unknown commitment": (
        "commitment",
        lambda: services.record_review(
            commitment="US21-PRT-999", reviewed_on=day(30), note="Nothing.", actor=ACTOR
        ),
    ),
    "a lower-case code": (None, lambda: save_commitment(code="us21-prt-009")),
    "a commitment of an unknown plan": ("plan", lambda: save_commitment(plan="nowhere")),
    "a commitment of an unknown pillar": ("pillar", lambda: save_commitment(pillar="nowhere")),
    "a commitment of an unknown section": (
        "section",
        lambda: save_commitment(section="nowhere"),
    ),
    "a commitment of an unknown agency": (
        "lead_agencies",
        lambda: save_commitment(lead_agencies=["nowhere"]),
    ),
    "an agency that leads and shares": (
        "partner_agencies",
        lambda: save_commitment(lead_agencies=["hhs"], partner_agencies=["hhs"]),
    ),
    "a commitment of an unknown kind": ("kind", lambda: save_commitment(kind="wish")),
    "a commitment without a title": ("title", lambda: save_commitment(title=" ")),
    "a commitment from before 1990": (
        None,
        lambda: save_commitment(announced_on=dt.date(1989, 12, 31)),
    ),
    "a citation without a place": (
        "locator",
        lambda: cite(
            Commitment.objects.get(code="US21-PRT-001"),
            Source.objects.get(slug="sheet"),
            locator="",
        ),
    ),
    "a citation of an unknown relation": (
        "relation",
        lambda: cite(
            Commitment.objects.get(code="US21-PRT-001"),
            Source.objects.get(slug="sheet"),
            relation="praises",
        ),
    ),
    "removing a citation that is not there": (
        "citation",
        lambda: services.delete_citation(
            reason=REASON,
            commitment="US21-PRT-001",
            source="sheet",
            relation="reports",
            locator="x",
            actor=ACTOR,
        ),
    ),
    "removing a link that is not there": (
        "link",
        lambda: services.delete_link(
            reason=REASON,
            earlier="US21-PRT-001",
            later="US21-PRT-002",
            relation="splits",
            actor=ACTOR,
        ),
    ),
    "a link of a commitment to itself": (
        None,
        lambda: services.save_link(
            reason=REASON,
            earlier="US21-PRT-001",
            later="US21-PRT-001",
            relation="continues",
            basis="inferred",
            actor=ACTOR,
        ),
    ),
    "a stated link without a source": (
        None,
        lambda: services.save_link(
            reason=REASON,
            earlier="US21-PRT-001",
            later="US21-PRT-002",
            relation="splits",
            basis="stated",
            actor=ACTOR,
        ),
    ),
    "a source of an unknown origin": ("origin", lambda: make_source("memo", origin="rumour")),
    "a source at something that is no address": (
        "url",
        lambda: make_source("memo", url="javascript:alert(1)"),
    ),
    "an agency below an unknown one": ("parent", lambda: make_agency("acf", parent="nowhere")),
    "a plan that ends before it starts": (
        None,
        lambda: make_plan("us-nap-2027", ends_on=ANNOUNCED - ONE),
    ),
}


class TestRefusals:
    @pytest.mark.parametrize("name", REFUSED)
    def test_a_refused_write_says_why_and_leaves_nothing_behind(self, world, name):
        field, write = REFUSED[name]
        assert refusal(write, field)

    def test_a_later_commitment_cannot_have_been_announced_before_the_earlier_one(self, world):
        first = make_commitment("US21-PRT-010", announced_on=day(5))
        second = make_commitment("US21-PRT-011", announced_on=day(6))
        assert "before" in refusal(lambda: link(second, first), "later")
        link(first, second)

    @pytest.mark.parametrize("actor", ["", "a.person@example.org", "x" * 61])
    def test_the_record_takes_no_address_for_a_handle(self, world, actor):
        fields = {"commitment": "US21-PRT-001", "reviewed_on": day(30), "note": "Nothing new."}
        assert "handle" in refusal(lambda: services.record_review(**fields, actor=actor), "actor")

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("https://user:secret@example.org/plan", "name or password"),
            ("https://user@example.org/plan", "name or password"),
            ("ftp://example.org/plan", "begins with"),
            ("javascript:alert(1)", "begins with"),
            ("https://example.org/\u202efdp.exe", "nobody sees"),
            ("https://exam\u200bple.org/", "nobody sees"),
        ],
    )
    def test_no_source_is_entered_at_an_address_that_deceives(self, world, url, words):
        assert words in refusal(lambda: make_source("paper", url=url), "url")
        assert words in refusal(lambda: make_source("paper", archived_url=url), "archived_url")

    def test_the_section_of_a_commitment_stands_under_its_pillar(self, world):
        make_section("prevention-1", pillar="prevention")
        assert "pillar" in refusal(lambda: save_commitment(section="prevention-1"), "section")
        assert "pillar" in refusal(
            lambda: make_section("protection-1", pillar="prevention"), "section"
        ), "nor does a section move away from its commitments"


@pytest.mark.parametrize("above", ["hhs", "acf", "otip"])
def test_an_agency_cannot_stand_below_itself(above):
    make_agency("hhs")
    make_agency("acf", parent="hhs")
    make_agency("otip", parent="acf")
    refusal(lambda: make_agency("hhs", parent=above))
