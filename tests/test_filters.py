"""Filters, clocks and orders of an address: what each keeps, what is refused and how, and the counts beside them."""

import datetime as dt

import pytest
from django.http import QueryDict

from commitments.facets import FACETS, facets_of
from commitments.filters import CommitmentFilterSet
from commitments.known_at import known_at, record_begins
from commitments.models import Commitment
from commitments.querysets.sql import end_of, today
from commitments.selection import ORDERS, PARAMETERS, moment_of, read_clocks, select_commitments
from planwatch.web.query_params import InvalidQuery
from tests.factories import (
    change,
    cite,
    make_agency,
    make_commitment,
    make_development,
    make_plan,
    make_section,
    make_source,
    make_theme,
    review,
)

pytestmark = pytest.mark.django_db

CARE, TRIAL, STUDY, CALL = "US21-PRT-001", "US21-PRS-002", "US24-PRV-003", "US24-PAR-004"
ALL = {CARE, TRIAL, STUDY, CALL}
DRAFT = "US21-PRT-009"


@pytest.fixture(scope="class")
def library(class_database):
    """Four published commitments that differ in everything, and one that nobody may see."""
    make_agency("dhs")
    make_agency("ice", parent="dhs")
    make_agency("hsi", parent="ice")
    make_agency("doj")
    make_plan("us-sheet-2024", published_on=dt.date(2024, 2, 14), ends_on=None)
    for code in ("training", "shelter"):
        make_theme(code)
    make_section("protection-1")
    make_section("prevention-1", plan="us-sheet-2024", pillar="prevention")
    sheet = make_source("sheet", published_on=dt.date(2022, 2, 1))
    audit = make_source(
        "audit", kind="report", origin="independent", published_on=dt.date(2022, 3, 1)
    )
    blog = make_source(
        "blog", kind="commentary", origin="advocacy", published_on=dt.date(2024, 3, 1)
    )
    care = make_commitment(
        CARE,
        title="Care for victims",
        section="protection-1",
        lead_agencies=["hsi"],
        themes=["shelter", "training"],
        due_on=dt.date(2022, 6, 30),
    )
    cite(care, sheet)
    cite(care, audit, "reports", "page 3")
    change(care, "in_progress", dt.date(2022, 2, 1), [sheet])
    review(care, dt.date(2022, 5, 1))
    trial = make_commitment(
        TRIAL,
        pillar="prosecution",
        title="Bring cases to trial",
        kind="deliverable",
        lead_agencies=["doj"],
        partner_agencies=["ice"],
        themes=["training"],
        due_on=dt.date(2022, 12, 31),
    )
    cite(trial, sheet)
    change(trial, "completed", dt.date(2022, 3, 1), [sheet, audit])
    study = make_commitment(
        STUDY,
        pillar="prevention",
        plan="us-sheet-2024",
        section="prevention-1",
        title="A study of visas",
        kind="exploratory",
        announced_on=dt.date(2024, 2, 14),
    )
    cite(study, blog, "restates")
    call = make_commitment(
        CALL,
        pillar="partnerships",
        plan="us-sheet-2024",
        title="Call on partners",
        kind="aim",
        lead_agencies=["dhs", "doj"],
        announced_on=dt.date(2024, 2, 14),
    )
    change(call, "stalled", dt.date(2024, 3, 1), [blog], precision="month")
    make_development(source="audit", reported_on=dt.date(2022, 3, 1), commitments=[CARE])
    make_development(
        source="blog", reported_on=dt.date(2024, 3, 1), plan="us-nap-2021", commitments=()
    )
    draft = make_commitment(
        DRAFT, title="Hidden", lead_agencies=["hsi"], is_published=False, section="protection-1"
    )
    cite(draft, sheet)
    change(draft, "in_progress", dt.date(2022, 2, 1), [sheet])
    make_development(
        source="sheet",
        bearing="support",
        reported_on=dt.date(2022, 2, 1),
        commitments=[DRAFT, TRIAL],
    )


def codes(address):
    params = QueryDict(address)
    with known_at(moment_of(params)):
        return {row.code for row in select_commitments(params).queryset}


QUESTIONS = {
    "": ALL,
    "pillar=protection": {CARE},
    "jurisdiction=US": ALL,
    "pillar=protection&pillar=prevention": {CARE, STUDY},
    "status=in_progress": {CARE},
    "status=completed&status=stalled": {TRIAL, CALL},
    "status=withdrawn": set(),
    "kind=ongoing": {CARE},
    "kind=aim&kind=exploratory": {CALL, STUDY},
    "plan=us-nap-2021": {CARE, TRIAL},
    "section=us-nap-2021:protection-1": {CARE},
    "section=us-nap-2021:protection-1&section=us-sheet-2024:prevention-1": {CARE, STUDY},
    "theme=shelter": {CARE},
    "theme=training": {CARE, TRIAL},
    "theme=training&theme=shelter&lead=doj": {TRIAL},
    "agency=hsi": {CARE},
    "agency=ice": {CARE, TRIAL},
    "agency=dhs": {CARE, TRIAL, CALL},
    "agency=doj": {TRIAL, CALL},
    "agency=hsi&agency=doj": {CARE, TRIAL, CALL},
    "lead=ice": {CARE},
    "lead=dhs": {CARE, CALL},
    "partner=dhs": {TRIAL},
    "partner=hsi": set(),
    "lead=doj&partner=dhs": {TRIAL},
    "source=sheet": {CARE, TRIAL},
    "source=audit": {CARE},
    "source=audit&source=blog": {CARE, STUDY},
    "origin=official": {CARE, TRIAL},
    "origin=independent": {CARE},
    "origin=advocacy": {STUDY},
    "bearing=concern": {CARE},
    "bearing=support": set(),
    "verification=agency_reported": {CARE},
    "verification=independently_reported": {TRIAL},
    "verification=unverified": {STUDY, CALL},
    "q=victims": {CARE},
    "q=care+-victims": set(),
    "q=-victims": {TRIAL, STUDY, CALL},
    "q=hidden": set(),
    "announced_after=2021-12-04": {STUDY, CALL},
    "announced_after=2021-12-03": ALL,
    "announced_before=2021-12-03": {CARE, TRIAL},
    "announced_before=2021-12-02": set(),
    "due_after=2022-06-30": {CARE, TRIAL},
    "due_after=2022-07-01": {TRIAL},
    "due_before=2022-06-30": {CARE},
    "due_before=2022-06-29": set(),
    "changed_after=2022-03-01": {TRIAL, STUDY, CALL},
    "changed_after=2022-03-02": {STUDY, CALL},
    "changed_before=2022-02-01": {CARE},
    "changed_before=2022-01-31": set(),
    "reviewed_before=2024-02-14": set(),
    "reviewed_before=2024-02-15": {STUDY},
    "is_open=true": {CARE, STUDY, CALL},
    "is_open=false": {TRIAL},
    "is_overdue=true": {CARE},
    "is_overdue=false": ALL - {CARE},
    "is_stale=true": {STUDY},
    "is_stale=false": ALL - {STUDY},
    "is_aging=true": {CARE, CALL},
    "is_aging=false": {TRIAL, STUDY},
    "done_when_announced=true": set(),
    "done_when_announced=false": ALL,
    # Different parameters narrow each other.
    "pillar=protection&status=completed": set(),
    "agency=dhs&is_open=true&plan=us-sheet-2024": {CALL},
    "q=partners&status=stalled": {CALL},
    # Every value is as good as none, but not for what has none.
    "is_open=true&status=in_progress&status=completed": {CARE},
    "origin=official&origin=independent&origin=advocacy": {CARE, TRIAL, STUDY},
    "agency=dhs&agency=doj&agency=ice&agency=hsi": {CARE, TRIAL, CALL},
    # Of a day
    "as_of=2021-12-02": set(),
    "as_of=2021-12-03": {CARE, TRIAL},
    "as_of=2022-02-15&status=no_evidence": {TRIAL},
    "as_of=2022-02-15&status=in_progress": {CARE},
    "as_of=2022-02-15&changed_before=2022-01-01": {TRIAL},
    "as_of=2022-02-15&verification=unverified": {TRIAL},
    "as_of=2022-04-30&reviewed_before=2022-05-02": {CARE, TRIAL},
    "as_of=2022-05-01&reviewed_before=2022-05-01": {TRIAL},
    "as_of=2022-06-30&is_overdue=true": set(),
    "as_of=2022-07-01&is_overdue=true": {CARE},
    "as_of=2023-05-01&is_stale=true": set(),
    "as_of=2023-05-02&is_stale=true": {CARE},
    "as_of=2024-02-29&status=stalled": set(),
    "as_of=2024-03-01&status=stalled": {CALL},
    "known_at={today}": ALL,
    "as_of=2022-03-01&known_at={today}": {CARE, TRIAL},
    # Read by others
    "cursor=x&page_size=3": ALL,
}


REFUSED = {
    "pilar=protection": ("pilar", "The nearest valid one is “pillar”."),
    "search=x": ("search", "The nearest valid one is “q”."),
    "sort=title": ("sort", "The nearest valid one is “order”."),
    "limit=5": ("limit", "The nearest valid one is “page_size”."),
    "state=completed": ("state", "The nearest valid one is “status”."),
    "zebra=1": ("zebra", "Valid are: "),
    "kind=zebra": ("kind", "Valid are: deliverable"),
    "page=2": ("page", "The nearest valid one is “page_size”."),
    "STATUS=completed": ("STATUS", "The nearest valid one is “status”."),
    "Status=completed": ("Status", "The nearest valid one is “status”."),
    "status=complete": ("status", "The nearest valid one is “completed”."),
    "status=completed&status=broken": ("status", "“broken” is not a value of status."),
    "pillar=protektion": ("pillar", "The nearest valid one is “protection”."),
    "kind=deliverables": ("kind", "The nearest valid one is “deliverable”."),
    "jurisdiction=us": ("jurisdiction", "The nearest valid one is “US”."),
    "plan=us-nap-2022": ("plan", "The nearest valid one is “us-nap-2021”."),
    "section=protection-1": ("section", "“us-nap-2021:protection-1”"),
    "agency=DOJ": ("agency", "“DOJ” is not a value of agency."),
    "lead=dh": ("lead", "The nearest valid one is “dhs”."),
    "partner=icee": ("partner", "The nearest valid one is “ice”."),
    "source=sheets": ("source", "The nearest valid one is “sheet”."),
    "origin=independant": ("origin", "The nearest valid one is “independent”."),
    "verification=verified": ("verification", "“verified” is not a value of verification."),
    f"kind={'x' * 300}": ("kind", f"“{'x' * 80}” is not a value"),
    "is_open=yes": ("is_open", "“yes” is not a value of is_open."),
    "is_overdue=True": ("is_overdue", "The nearest valid one is “true”."),
    "announced_after=14.2.2024": ("announced_after", "Write the day as YYYY-MM-DD"),
    "announced_before=2024-02-30": ("announced_before", "Write the day as YYYY-MM-DD"),
    "due_after=2024-2-3": ("due_after", "Write the day as YYYY-MM-DD"),
    "due_before=20240203": ("due_before", "Write the day as YYYY-MM-DD"),
    "changed_after=2024-W07-3": ("changed_after", "Write the day as YYYY-MM-DD"),
    "changed_before=٢٠٢٤-٠٢-١٤": ("changed_before", "Write the day as YYYY-MM-DD"),
    "reviewed_before=2024-02-03T00:00": ("reviewed_before", "Write the day as YYYY-MM-DD"),
    "announced_after=0001-01-01": ("announced_after", "no day before 1900"),
    "as_of=tomorrow": ("as_of", "Write the day as YYYY-MM-DD"),
    "as_of=2999-01-01": ("as_of", "lies in the future"),
    "as_of=1899-12-31": ("as_of", "no day before 1900"),
    "known_at=yesterday": ("known_at", "2024-02-14T09:30:00Z"),
    "known_at=2024-02-14T09:30:00": ("known_at", "2024-02-14T09:30:00Z"),
    "known_at=2024-02-30": ("known_at", "2024-02-14T09:30:00Z"),
    "known_at=2999-01-01": ("known_at", "lies in the future"),
    "known_at=2999-01-01T00:00:00Z": ("known_at", "lies in the future"),
    "known_at=2020-01-01": ("known_at", "The record begins at 20"),
    "as_of=2022-03-01&known_at=2020-01-01T00:00:00Z": ("known_at", "The record begins at 20"),
    "known_at=0001-01-01T00:00:00%2B14:00": ("known_at", "2024-02-14T09:30:00Z"),
    "known_at=1800-01-01T00:00:00Z": ("known_at", "no day before 1900"),
    "order=newest": ("order", "“newest” is not a value of order."),
    "order=titel": ("order", "The nearest valid one is “title”."),
    "order=--code": ("order", "The nearest valid one is “-code”."),
    "order=relevance": ("order", "needs a search"),
    "order=-relevance": ("order", "needs a search"),
    "order=code&order=title": ("order", "Give order once."),
    "as_of=2022-01-01&as_of=2023-01-01": ("as_of", "Give as_of once."),
    "q=a&q=b": ("q", "Give q once."),
    "is_open=true&is_open=false": ("is_open", "Give is_open once."),
    "due_after=2022-01-01&due_after=2023-01-01": ("due_after", "Give due_after once."),
    f"q={'x' * 501}": ("q", "500"),
    "q=a%00b": ("q", "Null"),
    "pillar=a%00b": ("pillar", "is not a value of pillar."),
    "as_of=2022-01-01%00": ("as_of", "Write the day as YYYY-MM-DD"),
}


class TestQuestions:
    @pytest.mark.parametrize("address", QUESTIONS)
    def test_an_address_keeps_exactly_what_it_asks_for(self, library, address):
        assert codes(address.format(today=today())) == QUESTIONS[address]

    @pytest.mark.parametrize("address", REFUSED, ids=lambda address: ascii(address[:40]))
    def test_an_address_that_asks_for_nothing_known_is_refused_with_the_nearest(
        self, library, address
    ):
        parameter, words = REFUSED[address]
        params = QueryDict(address)
        with known_at(moment_of(params)), pytest.raises(InvalidQuery) as refused:
            select_commitments(params)
        assert {problem.parameter for problem in refused.value.problems} == {parameter}
        assert words in " ".join(problem.message for problem in refused.value.problems)

    @pytest.mark.parametrize("name", sorted(PARAMETERS))
    def test_an_empty_value_is_not_taken_for_every_value(self, library, name):
        with pytest.raises(InvalidQuery) as refused:
            select_commitments(QueryDict(f"{name}="))
        assert name in [problem.parameter for problem in refused.value.problems]

    def test_every_problem_of_an_address_is_named_at_once(self, library):
        address = "pilar=x&status=broken&as_of=never&known_at=ever&order=no&due_after=1&q=a&q=b"
        with pytest.raises(InvalidQuery) as refused:
            select_commitments(QueryDict(address))
        assert {problem.parameter for problem in refused.value.problems} == {
            *("pilar", "status", "as_of", "known_at", "order", "due_after", "q")
        }

    def test_every_filter_is_asked_in_these_tests(self):
        asked = {part.partition("=")[0] for address in QUESTIONS for part in address.split("&")}
        assert {*CommitmentFilterSet.base_filters, "as_of", "known_at"} <= asked

    def test_today_is_no_day_of_the_future(self, library):
        assert codes(f"as_of={today()}") == codes(f"known_at={today()}") == ALL

    def test_a_moment_with_an_unescaped_plus_is_understood(self, library):
        begin = record_begins().astimezone(dt.timezone(dt.timedelta(hours=2)))
        assert read_clocks(QueryDict(f"known_at={begin.isoformat()}")).known_at == begin

    def test_a_day_of_knowledge_ends_at_its_midnight(self, library):
        clocks = read_clocks(QueryDict(f"known_at={today()}"))
        assert clocks.known_at == end_of(today()) - dt.timedelta(microseconds=1)
        assert clocks.day == today()

    def test_what_is_done_to_the_present_is_asked_of_no_moment(self, library):
        with pytest.raises(InvalidQuery, match="Leave known_at out"):
            select_commitments(QueryDict(f"known_at={today()}"))

    def test_a_selection_may_begin_within_something_narrower(self, library):
        within = Commitment.objects.filter(pillar__slug="protection")
        rows = select_commitments(QueryDict("is_open=true"), within).queryset
        assert [row.code for row in rows] == [CARE], "and the unpublished one stays out"

    def test_an_active_filter_has_a_label(self, library):
        selection = select_commitments(
            QueryDict("agency=dhs&status=completed&is_open=false&q=case&due_after=2022-01-01")
        )
        assert [(item.parameter, item.value, item.label) for item in selection.chosen] == [
            ("is_open", "false", "Closed"),
            ("agency", "dhs", "DHS"),
            ("due_after", "2022-01-01", "Jan. 1, 2022"),
            ("status", "completed", "Completed"),
            ("q", "case", "case"),
        ]

    # Orders

    @pytest.mark.parametrize("name", ORDERS)
    def test_every_order_sorts_by_its_column_and_then_by_code(self, library, name):
        search = "&q=victims" if name == "relevance" else ""
        rows = list(select_commitments(QueryDict(f"order={name}{search}")).queryset)
        back = list(select_commitments(QueryDict(f"order=-{name}{search}")).queryset)
        column = ORDERS[name]
        assert rows == sorted(rows, key=lambda row: (getattr(row, column), row.code))
        assert [getattr(row, column) for row in back] == sorted(
            (getattr(row, column) for row in rows), reverse=True
        )
        assert {row.code for row in rows} == {row.code for row in back} == codes(search[1:])

    def test_without_a_due_date_comes_last(self, library):
        rows = [row.code for row in select_commitments(QueryDict("order=due_on")).queryset]
        assert rows == [CARE, TRIAL, CALL, STUDY]

    def test_a_search_is_ordered_by_relevance_and_a_list_by_code(self, library):
        assert select_commitments(QueryDict("q=case")).order == "relevance"
        assert select_commitments(QueryDict("")).order == "code"
        assert select_commitments(QueryDict("q=case&order=-title")).order == "-title"

    # Counts

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "pillar=protection",
            "agency=dhs",
            "agency=ice&status=completed",
            "status=in_progress&status=stalled&is_overdue=true",
            "source=sheet&verification=agency_reported",
            "q=victims",
            "q=!!",
            "is_stale=true",
            "as_of=2022-02-15&status=no_evidence",
            "status=withdrawn&pillar=prevention",
            "is_open=true&pillar=protection&agency=dhs&kind=ongoing",
            "section=us-nap-2021:protection-1&plan=us-nap-2021",
        ],
    )
    def test_a_count_is_what_its_choice_would_leave_under_the_other_filters(self, library, address):
        facets = facets_of(select_commitments(QueryDict(address)))
        assert facets.count == select_commitments(QueryDict(address)).queryset.count()
        facets = facets.choices
        assert set(facets) == set(FACETS)
        for name, choices in facets.items():
            others = QueryDict(address, mutable=True)
            chosen = others.pop(name, [])
            for choice in choices:
                others[name] = choice.value
                assert choice.count == select_commitments(others).queryset.count(), (
                    name,
                    choice.value,
                )
                assert choice.is_chosen == (choice.value in chosen)

    def test_short_vocabularies_are_listed_whole_and_long_ones_where_they_count(self, library):
        facets = facets_of(select_commitments(QueryDict("pillar=prevention"))).choices
        assert len(facets["status"]) == 10
        assert len(facets["pillar"]) == 4
        assert [item.value for item in facets["source"]] == ["blog"]
        assert facets["agency"] == []
        assert [item.value for item in facets["section"]] == ["us-sheet-2024:prevention-1"]

    def test_a_chosen_value_stays_listed_where_nothing_is_left(self, library):
        facets = facets_of(
            select_commitments(QueryDict("pillar=prevention&agency=hsi&source=sheet"))
        ).choices
        assert [(item.value, item.count) for item in facets["agency"]] == [] or [
            (item.value, item.is_chosen) for item in facets["agency"]
        ] == [("hsi", True)]
