"""Sections of plans: a tree with pillars, and the names that they had when they were objectives under one pillar."""

import pytest

from commitments import services
from commitments.audit.integrity import differences
from commitments.imports.report import Row
from commitments.imports.yaml_reader import read_files
from commitments.models import Change, Commitment
from commitments.querysets.former_names import as_named_today, kinds_of
from tests.factories import ACTOR, make_agency, make_commitment, make_pillar, make_section
from tests.service_writes import refusal

pytestmark = pytest.mark.django_db
PRIORITY, PRINCIPLE = "us-nap-2021:priority-1", "us-nap-2021:principle-1"


@pytest.fixture
def tree():
    """One commitment under a principle, which stands below a priority of two pillars, and one under no section."""
    make_pillar("prevention")
    make_section("priority-1", pillars=["protection", "prevention"], level="priority")
    make_section("principle-1", parent="priority-1", pillars=[], level="principle", position=1)
    make_commitment("US21-PRT-001", section="principle-1")
    make_commitment("US21-PRT-002")


def codes(client, query):
    return [row["code"] for row in client.get(f"/api/v1/commitments/?{query}").json()["results"]]


def test_a_filter_by_a_section_finds_what_stands_below_it(client, tree):
    assert codes(client, f"section={PRIORITY}") == ["US21-PRT-001"]
    assert codes(client, f"section={PRINCIPLE}") == ["US21-PRT-001"]


def test_a_facet_of_a_section_counts_what_its_filter_finds(client, tree):
    page = client.get("/commitments/").content.decode()
    for section in (PRIORITY, PRINCIPLE):
        assert f"section={section.replace(':', '%3A')}" in page or section in page


def test_a_section_names_its_parent_and_its_pillars_in_their_order(client, tree):
    answer = client.get(f"/api/v1/sections/{PRINCIPLE}/").json()
    assert (answer["parent"], answer["pillars"], answer["pillar"]) == (PRIORITY, [], None)
    answer = client.get(f"/api/v1/sections/{PRIORITY}/").json()
    assert (answer["pillars"], answer["pillar"]) == (["prevention", "protection"], "prevention")


def test_the_former_addresses_parameters_and_keys_still_answer(client, tree):
    assert client.get(f"/api/v1/objectives/{PRIORITY}/").json()["key"] == PRIORITY
    assert codes(client, f"objective={PRIORITY}") == ["US21-PRT-001"]
    assert client.get(f"/api/v1/stats/?by=status&objective={PRIORITY}").json()["total"] == 1
    item = client.get("/api/v1/commitments/US21-PRT-001/").json()
    assert item["objective"] == item["section"] == PRINCIPLE
    answer = client.get("/commitments/", {"objective": PRIORITY, "status": "no_evidence"})
    assert answer.status_code == 301
    assert answer.url == ("/commitments/?section=us-nap-2021%3Apriority-1&status=no_evidence")


def test_a_commitment_without_a_pillar_shows_on_every_face(client, tree):
    make_agency("hhs")
    make_commitment("US21-PRT-003")
    fields = {"pillar": None, "section": "principle-1"}
    item = Commitment.objects.get(code="US21-PRT-003")
    services.save_commitment(
        code=item.code,
        plan="us-nap-2021",
        kind=item.kind,
        title=item.title,
        summary=item.summary,
        announced_on=item.announced_on,
        lead_agencies=["hhs"],
        actor=ACTOR,
        reason="No source states a pillar.",
        **fields,
    )
    answer = client.get("/api/v1/commitments/US21-PRT-003/").json()
    assert (answer["pillar"], answer["pillar_basis"]) == (None, None)
    for address in (
        *("/", "/commitments/", "/commitments/US21-PRT-003/", "/matrix/", "/pillars/"),
        *("/plans/us-nap-2021/", "/feeds/deadlines.ics", "/commitments.svg", "/timeline/"),
    ):
        assert client.get(address).status_code == 200, address
    assert "No pillar stated" in client.get("/matrix/").content.decode()
    assert list(differences()) == []


def test_a_section_cannot_stand_below_itself(tree):
    assert "below itself" in refusal(
        lambda: make_section("priority-1", parent="principle-1"), "parent"
    )


def test_where_the_pillars_are_only_inferred_a_commitment_may_stand_under_another(tree):
    make_pillar("prosecution")

    def stated():
        return make_commitment("US21-PRS-001", pillar="prosecution", section="priority-1")

    assert "another pillar" in refusal(stated, "section")
    pillars = ["protection", "prevention"]
    make_section("priority-1", pillars=pillars, level="priority", pillar_basis="inferred")
    assert stated().section.key == "priority-1"


def test_the_record_reads_rows_under_their_former_names():
    before = {"key": "one", "pillar": "protection", "plan": "us-nap-2021"}
    kind, body = as_named_today("objective", before)
    assert (kind, body["pillars"]) == ("section", ["protection"])
    assert "pillar" not in body and "pillar" in before
    assert as_named_today("commitment", {"objective": "a/b"}) == ("commitment", {"section": "a/b"})
    assert kinds_of("section") == ("section", "objective")


def test_the_pillars_of_a_section_are_those_of_the_moment_asked_for(client, tree):
    before = Change.objects.order_by("-seq").first().recorded_at
    make_section("priority-1", pillars=["protection"], level="priority")
    answer = client.get(f"/api/v1/sections/{PRIORITY}/", {"known_at": before.isoformat()})
    assert answer.json()["pillars"] == ["prevention", "protection"]
    assert client.get(f"/api/v1/sections/{PRIORITY}/").json()["pillars"] == ["protection"]
    assert list(differences()) == []


def test_files_of_a_plan_with_objectives_are_read():
    files = {
        "objective.yaml": b"""
- model: commitments.objective
  fields: {plan: [us-nap-2021], key: one, pillar: [protection], title: One, position: 1}
"""
    }
    [row] = read_files(files, "the folder")
    assert isinstance(row, Row)
    assert (row.kind, row.fields["pillars"], row.problems) == ("section", ["protection"], [])
