"""Pages of plans: every plan by its country, each with how much of it was read."""

import datetime as dt

import pytest
from django.test import Client

from commitments import services
from tests.factories import (
    ACTOR,
    ANNOUNCED,
    change,
    cite,
    make_agency,
    make_commitment,
    make_plan,
    make_section,
    make_source,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def plans(db):
    make_source("text", title="The text of the plan")
    make_plan(document="text", coverage="complete")
    make_plan(
        "nz-plan",
        jurisdiction="NZ",
        title="Plan of Action",
        original_title="He mahere",
        language="mi",
        coverage="partial",
        actions=46,
        coverage_note="Its second chapter.",
        predecessor="us-nap-2021",
    )
    make_plan("nz-late", jurisdiction="NZ", title="A later plan", published_on=dt.date(2024, 2, 1))
    for code, plan in (("US21-PRT-001", "us-nap-2021"), ("NZ21-001", "nz-plan")):
        item = make_commitment(code, plan=plan)
        cite(item)
    change(item, "in_progress", ANNOUNCED)


def page(address):
    return " ".join(Client().get(address).content.decode().split())


@pytest.mark.usefixtures("plans")
def test_every_plan_stands_under_its_country_with_what_was_read_of_it():
    text = page("/plans/")
    countries = [text.index(f"<bdi>{name}</bdi></h2>") for name in ("New Zealand", "United States")]
    assert countries == sorted(countries)
    assert text.index("Plan of Action") < countries[1] < text.index("National Action Plan")
    assert "Recorded commitments announced with the plan: 1. The plan has 46 actions." in text
    assert "Its second chapter." in text and "The plan was read whole." in text


@pytest.mark.usefixtures("plans")
def test_a_plan_shows_its_own_commitments_alone():
    text = page("/plans/nz-plan/")
    assert "NZ21-001" in text and "US21-PRT-001" not in text
    assert "Recorded commitments announced with the plan: 1. The plan has 46 actions." in text
    assert "What is not recorded here may still be promised." in text
    assert '<p class="note" lang="mi"><bdi>He mahere</bdi></p>' in text
    assert 'href="/commitments/?jurisdiction=NZ"' in text and 'href="/plans/us-nap-2021/"' in text
    assert 'href="/feeds/changes.atom?plan=nz-plan"' in text
    assert "The text of the plan" in page("/plans/us-nap-2021/")


@pytest.mark.usefixtures("plans")
def test_plans_that_are_linked_name_each_other():
    for slug, field in (
        ("a-part", "part_of"),
        ("a-sister", "sister"),
        ("a-promise", "promised_by"),
    ):
        make_plan(slug, title=f"Plan {slug}", **{field: "us-nap-2021"})
    link = '<dt>{}</dt> <dd> <a href="/plans/{}/"><bdi>'.format
    text = page("/plans/us-nap-2021/")
    assert link("Followed by", "nz-plan") in text and link("Includes", "a-part") in text
    assert link("Sister plan", "a-sister") in text and link("Promises", "a-promise") in text
    assert link("Follows", "us-nap-2021") in page("/plans/nz-plan/")
    assert link("Sister plan", "us-nap-2021") in page("/plans/a-sister/")
    assert link("Part of", "us-nap-2021") in page("/plans/a-part/")
    assert link("Promised by", "us-nap-2021") in page("/plans/a-promise/")
    answer = Client().get("/api/v1/plans/us-nap-2021/").json()
    assert (answer["predecessor"], answer["successors"]) == (None, ["nz-plan"])
    answer = Client().get("/api/v1/plans/a-part/").json()
    assert (answer["part_of"], answer["successors"]) == ("us-nap-2021", [])


@pytest.mark.usefixtures("plans")
def test_a_plan_counts_by_its_own_sections_with_what_stands_below_them():
    make_section("goal-1", plan="nz-plan", pillars=[], title="Goal one")
    make_section("aim-1", plan="nz-plan", parent="goal-1", pillars=[], title="Aim one")
    make_section("goal-2", plan="nz-plan", pillars=[], title="Goal two", position=2)
    cite(make_commitment("NZ21-002", plan="nz-plan", section="aim-1", pillar="protection"))
    text = page("/plans/nz-plan/")
    text = text[text.index("By the plan’s own sections") : text.index("Status over time")]
    link = '<a href="/commitments/?section=nz-plan%3Agoal-1"><bdi>Goal one</bdi></a></h3> <p> 1'
    assert link in text and "<h3><bdi>Goal two</bdi></h3> <p> 0" in text
    assert "Aim one" not in text and "1 further commitment under no section" in text
    assert "plans counted here" not in page("/plans/nz-plan/")


@pytest.mark.usefixtures("plans")
def test_the_list_of_a_plan_takes_the_filters_of_every_list():
    assert "NZ21-001" in page("/plans/nz-plan/?status=in_progress")
    assert "NZ21-001" not in page("/plans/nz-plan/?status=completed")
    assert Client().get("/plans/nz-plan/?status=half").status_code == 400


@pytest.mark.usefixtures("plans")
def test_every_commitment_says_its_country_and_plan_where_several_are_followed():
    for address in ("/commitments/", "/commitments/?view=cards", "/pillars/protection/"):
        assert "New Zealand: Plan of Action" in page(address)
    assert "New Zealand: Plan of Action" not in page("/plans/nz-plan/")
    text = page("/commitments/NZ21-001/")
    assert '<a href="/plans/nz-plan/"><bdi>Plan of Action</bdi></a>' in text
    assert '<a href="/commitments/?jurisdiction=NZ"><bdi>New Zealand</bdi></a>' in text


@pytest.mark.usefixtures("plans")
def test_a_count_of_a_plan_that_was_read_in_part_says_so():
    said = "The plan has 46 actions, and was read in part."
    make_agency("nz-office", jurisdiction="NZ")
    cite(make_commitment("NZ21-003", plan="nz-plan", lead_agencies=["nz-office"]))
    for address in (
        *("/commitments/?plan=nz-plan&is_open=true", "/commitments/?jurisdiction=NZ"),
        "/agencies/nz-office/",
    ):
        assert said in page(address)
    assert said not in page("/commitments/?plan=us-nap-2021")


def test_rows_of_one_country_do_not_repeat_it():
    cite(make_commitment("US21-PRT-001"))
    assert "United States: " not in page("/commitments/")


@pytest.mark.usefixtures("plans")
def test_a_day_before_a_plan_does_not_know_it():
    assert "A later plan" in page("/plans/")
    assert "A later plan" not in page("/plans/?as_of=2023-01-01")


def test_what_is_no_plan_is_not_found_and_no_plan_is_said_so():
    assert Client().get("/plans/none/").status_code == 404
    assert "No plan is recorded yet." in page("/plans/")


@pytest.mark.usefixtures("plans")
def test_plans_are_in_the_menu_the_sitemap_and_the_api():
    assert 'href="/plans/"' in page("/")
    assert "http://testserver/plans/nz-plan/" in page("/sitemap-plans.xml")
    plan = Client().get("/api/v1/plans/nz-plan/").json()
    assert plan["html_url"] == "http://testserver/plans/nz-plan/"


def test_home_opens_with_one_country_and_lists_the_plans_of_others(client):
    services.save_site(
        name="PlanWatch", topic="en: human trafficking", opening_jurisdiction="US", actor=ACTOR
    )
    cite(make_commitment("US21-PRT-001"))
    make_plan("au-plan", jurisdiction="AU", coverage="partial", actions=46, actions_recorded=19)
    cite(make_commitment("AU20-001", plan="au-plan"))
    page = " ".join(client.get("/").content.decode().split())
    assert "1 commitment, announced" in page
    assert "Plans of other governments" in page
    assert "Actions of the plan that are recorded: 19. The plan has 46 actions." in page
    assert 'href="/commitments/?jurisdiction=US"' in page
    assert 'href="/commitments.svg?jurisdiction=US"' in page
