"""The public pages: what they show, to whom, on which day, and in how many queries."""

import datetime as dt
import json
import re

import pytest

from commitments.dates import in_short
from commitments.models import Change, Commitment
from commitments.querysets.sql import today
from tests.factories import (
    change,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_section,
    make_site,
    make_source,
    review,
)

pytestmark = pytest.mark.django_db

LISTS = ("/", "/pillars/", "/commitments/", "/agencies/", "/sources/", "/changes/", "/method/")


def text(response) -> str:
    """Return the words of a page, without its marks and its spaces."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+([,.:;])", r"\1", re.sub(r"\s+", " ", words))


def get(client, address, status=200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return text(response)


@pytest.fixture(scope="class")
def stalled(class_database):
    """A commitment with two leads, three steps of which one is corrected, a review, and lineage."""
    make_agency("dhs", name="Department of Homeland Security", short_name="Homeland Security")
    make_agency("ice", name="Immigration and Customs Enforcement", parent="dhs")
    make_agency("doj", name="Department of Justice", short_name="Justice")
    make_section("protection-1", title="Identify and engage victims")
    commitment = make_commitment(
        "US21-PRT-001",
        title="Victim-centered approach across Homeland Security",
        section="protection-1",
        lead_agencies=["ice"],
        partner_agencies=["doj"],
        lead_note="Office of the Secretary, for all components",
        note="Two sources give different days.",
    )
    plan = make_source("plan", title="National Action Plan", published_on=dt.date(2021, 12, 3))
    cite(commitment, plan, locator="paragraph 67", note="The sheet prints another day.")
    change(commitment, "in_progress", dt.date(2022, 1, 25), explanation="Work has begun.")
    change(commitment, "in_place", dt.date(2024, 5, 1), precision="month", explanation="Adopted.")
    tracker = make_source(
        "tracker",
        title="ICE rescinds a directive",
        publisher="Policy Tracker",
        origin="independent",
        published_on=dt.date(2025, 1, 31),
        url="",
    )
    change(commitment, "withdrawn", dt.date(2025, 1, 31), [tracker], explanation="Withdrew it all.")
    correct(
        commitment,
        3,
        "stalled",
        dt.date(2025, 1, 31),
        [tracker],
        explanation="One component’s guidance was withdrawn.",
    )
    review(commitment, today(), note="Looked for a successor; none found.")
    later = make_commitment(
        "US24-PRT-001", title="Appoint a senior official", announced_on=dt.date(2024, 2, 14)
    )
    link(commitment, later, note="The same subject.")
    return commitment


@pytest.fixture
def hidden(stalled):
    """An unpublished commitment that every public page could name."""
    cited = make_source("draft-source", title="Document of a draft")
    draft = make_commitment(
        "US21-PRT-999",
        title="A secret draft",
        is_published=False,
        lead_agencies=["dhs"],
        due_on=dt.date(2022, 1, 1),
    )
    cite(draft, cited)
    change(draft, "in_progress", dt.date(2022, 2, 2), [cited], explanation="Secret step.")
    link(stalled, draft)
    return draft


@pytest.mark.parametrize("address", LISTS)
def test_an_empty_record_has_pages_that_say_so(client, address):
    get(client, address)


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("as_of=2024-13-01", "Write the day as YYYY-MM-DD"),
        ("as_of=2999-01-01", "lies in the future"),
        ("asof=2024-01-01", "“asof” is not a parameter here. The nearest valid one is “as_of”"),
    ],
)
def test_an_address_that_cannot_be_read_is_answered_400_with_the_reason(
    client, address, query, message
):
    page = get(client, f"{address}?{query}", status=400)
    assert message in page
    assert "The same page without that part" in page


# Nothing unpublished


# Home and pillars


# The list


# One commitment


def test_due_dates_are_written_with_the_precision_they_have(client):
    make_commitment("US21-PRT-001", due_on=dt.date(2024, 12, 31), due_precision="year")
    make_commitment("US21-PRT-002", due_on=dt.date(2021, 12, 31), due_precision="month")
    make_commitment("US21-PRT-003", due_on=dt.date(2024, 6, 30))
    page = get(client, "/commitments/")
    assert "End of 2024 Past due" in page
    assert "End of December 2021" in page
    assert "June 30, 2024" in page


# Agencies, sources, changes, method


def test_the_method_page_prints_every_status_with_its_rule(client):
    from commitments.choices import Status
    from commitments.statuses import RULES

    page = get(client, "/method/").replace("&#x27;", "'")
    for status in Status:
        assert str(status.label) in page
        assert str(RULES[status].meaning) in page
        assert str(RULES[status].evidence) in page
        assert RULES[status].gao in page


class TestPagesOfARecord:
    @pytest.mark.parametrize(
        "address",
        [
            *LISTS,
            "/pillars/protection/",
            "/agencies/dhs/",
            "/sources/plan/",
            "/commitments/US21-PRT-001/",
        ],
    )
    def test_every_page_answers_get_and_head_and_nothing_else(self, client, stalled, address):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
        assert client.post(address).status_code == 405

    @pytest.mark.parametrize(
        "address",
        [
            *LISTS,
            "/pillars/protection/",
            "/agencies/dhs/",
            "/sources/plan/",
            "/commitments/US21-PRT-001/",
        ],
    )
    def test_every_page_takes_a_day_says_so_and_leads_back(self, client, stalled, address):
        page = client.get(f"{address}?as_of=2024-12-31").content.decode()
        assert "You are viewing a past date." in page
        assert f'<a href="{address}">Back to today</a>' in page

    @pytest.mark.parametrize("address", LISTS)
    def test_links_keep_the_day(self, client, stalled, address):
        page = client.get(f"{address}?as_of=2024-12-31").content.decode()
        page = re.sub(r'href="[^"]*">Back to today', "", page)
        links = re.findall(r'href="(/(?:commitments|pillars|agencies|sources)/[^"]*)"', page)
        assert links
        assert all("as_of=2024-12-31" in item for item in links)

    def test_a_wrong_filter_is_answered_400_and_offers_the_rest_of_the_address(
        self, client, stalled
    ):
        response = client.get("/commitments/?status=done&kind=ongoing")
        assert response.status_code == 400
        assert "“done” is not a value of status" in text(response)
        assert 'href="/commitments/?kind=ongoing"' in response.content.decode()

    def test_fields_left_empty_do_not_stay_in_the_address(self, client, stalled):
        response = client.get("/commitments/?q=&kind=ongoing&as_of=")
        assert response.status_code == 302
        assert response["Location"] == "/commitments/?kind=ongoing"

    @pytest.mark.parametrize(
        "address",
        [
            "/nothing/",
            "/commitments/US99-XXX-001/",
            "/pillars/none/",
            "/agencies/none/",
            "/sources/none/",
        ],
    )
    def test_an_unknown_page_is_404_and_says_what_to_do_next(self, client, stalled, address):
        page = get(client, address, status=404)
        assert "There is no page at this address" in page
        assert "All commitments" in page

    def test_a_fault_of_ours_is_told_without_the_database(
        self, stalled, rf, django_assert_num_queries
    ):
        from planwatch.web.error_views import server_error

        with django_assert_num_queries(0):
            response = server_error(rf.get("/"))
            data = server_error(rf.get("/api/v1/commitments/"))
        assert json.loads(data.content)["type"] == "server_error"
        assert response.status_code == 500
        assert "Something went wrong here" in text(response)

    @pytest.mark.parametrize(
        "address",
        [
            *LISTS,
            "/pillars/protection/",
            "/agencies/dhs/",
            "/agencies/ice/",
            "/commitments/US21-PRT-001/",
            "/commitments/?q=secret",
            "/commitments/?as_of=2023-01-01",
            "/?as_of=2023-01-01",
            "/agencies/?as_of=2023-01-01",
        ],
    )
    def test_an_unpublished_commitment_shows_nowhere(self, client, hidden, address):
        page = get(client, address)
        assert "secret draft" not in page.lower()
        assert "US21-PRT-999" not in page
        assert "Secret step" not in page

    def test_an_unpublished_commitment_and_a_source_used_by_it_alone_have_no_page(
        self, client, hidden
    ):
        get(client, "/commitments/US21-PRT-999/", status=404)
        get(client, "/sources/draft-source/", status=404)

    def test_the_record_withholds_rows_about_an_unpublished_commitment(self, client, hidden):
        page = get(client, "/changes/")
        assert "Withheld: about something that is not published" in page

    def test_unpublished_commitments_are_not_counted(self, client, hidden):
        assert "All 2 commitments" in get(client, "/commitments/")
        assert "Leads 1 commitment" in get(client, "/agencies/dhs/")
        assert "0 of 2 are open and past the promised date" in get(client, "/")

    def test_the_front_page_shows_where_the_commitments_stand(self, client, stalled):
        make_site(promiser="en: the city")
        page = get(client, "/")
        assert "What the city promised on housing, and what became of it" in page
        assert "2 commitments, announced from Dec. 3, 2021 to Feb. 14, 2024" in page
        assert "How to read this page" in page and "It does not mean that nothing was done." in page
        assert "1 stalled" in page
        assert "1 no evidence found" in page
        assert "not met" not in page

    def test_the_front_page_names_what_is_past_its_date(self, client, stalled):
        make_commitment("US21-PRT-002", due_on=dt.date(2024, 12, 31), due_precision="year")
        page = get(client, "/")
        assert "1 of 3 are open and past the promised date" in page
        assert "None named, due end of 2024" in page

    def test_bars_lead_to_the_filtered_list(self, client, stalled):
        page = client.get("/").content.decode()
        assert 'href="/commitments/?status=stalled&amp;pillar=protection"' in page

    def test_a_pillar_shows_its_sections_and_filters_its_commitments(self, client, stalled):
        page = get(client, "/pillars/protection/")
        assert "Identify and engage victims 1 commitment" in page
        assert "1 further commitment under no section" in page
        page = get(client, "/pillars/protection/?section=us-nap-2021:protection-1")
        assert "1 protection commitment under the section “Identify and engage victims”." in page
        assert "Without filters there are 2." in page

    def test_the_list_says_what_it_shows_and_offers_to_remove_each_filter(self, client, stalled):
        response = client.get("/commitments/?status=stalled&status=in_place&agency=dhs&order=title")
        page = text(response)
        assert (
            "1 commitment led or shared by Homeland Security (DHS)"
            " and whose status is stalled or in place. Without filters there are 2." in page
        )
        assert (
            'href="/commitments/?status=in_place&amp;agency=dhs&amp;order=title"'
            in response.content.decode()
        )
        assert "Clear all" in page

    def test_the_list_shows_each_commitment_with_its_three_answers(self, client, stalled):
        page = get(client, "/commitments/")
        assert (
            "Victim-centered approach across Homeland Security US21-PRT-001 · Continuing duty"
            in page
        )
        assert "Stalled since Jan. 31, 2025" in page
        assert "Independent source 1 source" in page
        assert "None stated" in page

    def test_a_row_says_how_old_the_newest_evidence_is_and_what_was_done_when_announced(
        self, client
    ):
        old = make_commitment("US21-PRT-003", announced_on=dt.date(2022, 1, 31))
        change(old, "in_progress", dt.date(2022, 2, 1))
        early = make_commitment("US21-PRT-004", announced_on=dt.date(2022, 1, 31))
        change(early, "completed", dt.date(2022, 1, 31))
        undated = make_commitment("US21-PRT-005", announced_on=dt.date(2022, 1, 31))
        sources = [make_source(published_on=None, note="Undated; a copy of 2023 exists.")]
        change(undated, "in_progress", dt.date(2023, 1, 31), sources=sources)
        page = get(client, "/commitments/?as_of=2024-04-30")
        assert "Agency’s own account only 1 source Feb. 2022 26 months old" in page
        assert "Completed since Jan. 31, 2022 Done when announced" in page
        assert "No date on the document" in page
        assert "Feb. 2022 24 months" not in get(client, "/commitments/?as_of=2024-02-01")

    def test_the_list_counts_every_choice_that_would_leave_something(self, client, stalled):
        page = get(client, "/commitments/?status=stalled")
        assert "No evidence found 1" in page
        assert "Withdrawn 0" not in page

    def test_documents_of_the_same_title_are_told_apart_by_their_date(self, client, stalled):
        for year in (2022, 2023):
            cite(
                stalled,
                make_source(f"sheet-{year}", title="Fact sheet", published_on=dt.date(year, 2, 3)),
            )
        page = get(client, "/commitments/?source=sheet-2022")
        assert "“Fact sheet, Feb. 3, 2022”" in page
        assert "Fact sheet, Feb. 3, 2023" in page

    def test_a_list_without_a_match_says_what_to_do_next(self, client, stalled):
        page = get(client, "/commitments/?q=zebra")
        assert "0 commitments matching “zebra”. Without filters there are 2." in page
        assert "Drop “Search: zebra” leaves 2 commitments" in page

    def test_pages_of_the_list_neither_skip_nor_repeat(self, client, stalled):
        for _ in range(5):
            make_commitment()
        address, seen = "/commitments/?page_size=3&order=title", []
        while address:
            page = client.get(address).content.decode()
            seen += re.findall(r'href="/commitments/(US[^/]+)/"', page)
            found = re.search(r'rel="next"\s+href="([^"]+)"', page)
            address = found and found[1].replace("&amp;", "&")
        assert len(seen) == 7
        assert set(seen) == set(Commitment.objects.values_list("code", flat=True))

    def test_a_commitment_shows_promise_owner_status_evidence_and_notes(self, client, stalled):
        page = get(client, "/commitments/us21-prt-001/")
        assert "An agency is to do something for survivors." in page
        assert "Immigration and Customs Enforcement" in page
        assert "Office of the Secretary, for all components" in page
        assert "Partners: Justice." in page
        assert (
            "Stalled since Jan. 31, 2025, shown by an independent source; last reviewed on" in page
        )
        assert "Confirmed by Independent source Source attached: 1 independent" in page
        assert "No date promised" in page
        assert (
            "Policy Tracker, Jan. 31, 2025. Paragraph 1. No clean address known, so no link."
            in page
        )
        assert "Two sources give different days." in page
        assert "The sheet prints another day." in page
        assert "announces, paragraph 67" in page
        assert "Not known" in page

    def test_a_commitment_without_an_owner_or_evidence_says_so(self, client, stalled):
        page = get(client, "/commitments/US24-PRT-001/")
        assert "None named in any source read" in page
        assert "No source read for this record shows action on this promise." in page
        assert "Partners: none named." in page

    def test_the_history_keeps_the_corrected_step_below_its_correction(self, client, stalled):
        page = get(client, "/commitments/US21-PRT-001/")
        correction = page.index("Corrects step 3. One component’s guidance was withdrawn.")
        struck = page.index("Struck out: Withdrawn corrected by step 4")
        in_place = page.index("Since May 2024 In place")
        checked = page.index("Reviewed Looked for a successor; none found.")
        start = page.index("Announced In National Action Plan")
        assert checked < correction < struck < in_place < start
        assert (
            "<s>Withdrew it all.</s>" in client.get("/commitments/US21-PRT-001/").content.decode()
        )

    def test_the_bands_show_what_was_said_before_the_correction(self, client, stalled):
        page = get(client, "/commitments/US21-PRT-001/")
        assert (
            "As reported today: no evidence found, then in progress, then in place, then stalled."
            in page
        )
        assert (
            "Before the correction: no evidence found, then in progress, then in place, then withdrawn (corrected since)."
            in page
        )

    def test_on_an_earlier_day_only_what_was_true_by_then_is_shown(self, client, stalled):
        page = get(client, "/commitments/US21-PRT-001/?as_of=2024-12-31")
        assert "In place since May 2024, reported by the agency itself; last reviewed on" in page
        assert "Withdrawn" not in page
        assert "Stalled" not in page
        assert "Appoint a senior official" in page
        page = get(client, "/commitments/US21-PRT-001/?as_of=2023-12-31")
        assert (
            "In progress since Jan. 25, 2022, reported by the agency itself; last reviewed on"
            in page
        )
        assert "Appoint a senior official" not in page

    def test_on_a_past_date_a_text_written_later_says_so(self, client, stalled):
        address = "/commitments/US21-PRT-001/"
        step = stalled.status_changes.get(seq=1)
        flag = f"Written later, on {in_short(step.recorded_at.date())}"
        assert flag in get(client, f"{address}?as_of=2022-12-31")
        assert flag in get(client, "/news/?as_of=2022-12-31")
        assert "Written later" not in get(client, address)

    def test_one_control_leads_to_past_dates_and_to_none_before_the_record(self, client, stalled):
        page = client.get("/commitments/US21-PRT-001/").content.decode()
        begun = Change.objects.order_by("seq").first().recorded_at
        (control,) = re.findall(r'name="known_at"\s+min="([^"]*)"', page)
        assert control == f"{begun:%Y-%m-%d}"
        assert page.count('name="as_of"') == 1

    def test_as_known_before_the_correction_the_wrong_step_still_stands(self, client, stalled):
        wrong = stalled.status_changes.get(seq=3)
        moment = wrong.recorded_at.isoformat().replace("+00:00", "Z")
        page = get(client, f"/commitments/US21-PRT-001/?known_at={moment}")
        assert "as it was known on" in page
        assert (
            "Withdrawn since Jan. 31, 2025, shown by an independent source; last reviewed on"
            in page
        )
        assert "Struck out" not in page
        assert "One component’s guidance" not in page

    def test_a_commitment_not_yet_announced_is_404_and_says_when_it_was(self, client, stalled):
        page = get(client, "/commitments/US24-PRT-001/?as_of=2022-01-01", status=404)
        assert "US24-PRT-001 was announced on Feb. 14, 2024" in page

    def test_lineage_names_relation_and_basis_on_both_sides(self, client, stalled):
        page = get(client, "/commitments/US21-PRT-001/")
        assert "Feb. 14, 2024, continued by (inferred) Appoint a senior official" in page
        assert "The same subject." in page
        page = get(client, "/commitments/US24-PRT-001/")
        assert "Dec. 3, 2021, continues (inferred) Victim-centered approach" in page

    def test_the_citation_names_day_version_and_permanent_address(self, client, stalled):
        page = get(client, "/commitments/US21-PRT-001/?as_of=2024-12-31")
        assert "Status as of Dec. 31, 2024, data set version" in page
        assert "http://testserver/commitments/US21-PRT-001/?as_of=2024-12-31" in page

    def test_an_agency_counts_the_offices_below_it(self, client, stalled):
        page = get(client, "/agencies/dhs/")
        assert "Leads 1 commitment (1 open); partner on 0 more." in page
        assert "Component offices are included." in page
        page = get(client, "/agencies/doj/")
        assert "Leads 0 commitments" in page
        assert "partner on 1 more" in page

    def test_a_source_shows_what_it_announces_and_what_it_proves(self, client, stalled):
        page = get(client, "/sources/plan/")
        assert "Announces 1 commitment" in page
        assert "Read the document at example.org" in page
        page = get(client, "/sources/tracker/")
        assert "No clean address is known for this document" in page
        assert "Evidence for 1 status change" in page
        assert "Withdrawn" not in page

    def test_sources_are_listed_with_publisher_date_origin_and_counts(self, client, stalled):
        page = get(client, "/sources/")
        assert (
            "ICE rescinds a directive Fact sheet Policy Tracker Jan. 31, 2025 Independent" in page
        )
        assert "announces 1" in page

    def test_a_source_is_found_by_its_words_and_leads_to_the_commitments_that_it_names(
        self, client, stalled
    ):
        found = get(client, "/sources/?q=plan")
        assert "National Action Plan" in found
        assert "ICE rescinds a directive" not in found
        assert "No source contains all of these words." in get(client, "/sources/?q=nowhere")
        assert 'href="/commitments/?source=plan">The list of them' in (
            client.get("/sources/plan/").content.decode()
        )

    def test_the_record_is_newest_first_and_pages_by_number(self, client, stalled):
        response = client.get("/changes/?page_size=2")
        rows = [int(number) for number in re.findall(r"Row (\d+)<", response.content.decode())]
        assert rows == sorted(rows, reverse=True)
        assert len(rows) == 2
        following = re.search(r'rel="next"\s+href="([^"]+)"', response.content.decode())[1]
        older = client.get(following.replace("&amp;", "&")).content.decode()
        assert int(re.search(r"Row (\d+)<", older)[1]) == rows[-1] - 1

    def test_the_record_says_what_changed(self, client, stalled):
        page = get(client, "/changes/")
        assert "Status corrected Stalled" in page
        assert "Lineage link added" in page
