"""Filters and orders of the lists beside that of commitments."""

import datetime as dt

import pytest

from commitments.audit.api import ChangeList
from planwatch.api.schema import SiteSchemaGenerator
from tests.factories import (
    change,
    cite,
    make_agency,
    make_commitment,
    make_plan,
    make_section,
    make_source,
    review,
    unpublish,
)

DAY = dt.date(2024, 2, 14)
CANADA = "ca-strategy-2019"


@pytest.fixture(scope="class")
def rows(class_database):
    make_agency("dhs")
    make_agency("ice", parent="dhs")
    make_agency("cbsa", jurisdiction="CA")
    make_plan()
    make_plan(CANADA, jurisdiction="CA", published_on=dt.date(2019, 9, 4), prefix="CA19")
    make_section("protection-1", title="Zeal")
    make_section("action-1", plan=CANADA, pillar="prevention", title="Action", level="pillar")
    sheet = make_source("sheet", published_on=DAY)
    audit = make_source(
        "audit", published_on=None, kind="report", origin="independent", publisher="GAO"
    )
    first = make_commitment("US21-PRT-001")
    second = make_commitment("CA19-001", plan=CANADA, pillar="prevention")
    for source in (sheet, audit):
        cite(first, source)
    change(first, "in_progress", DAY, [sheet])
    change(second, "not_started", dt.date(2023, 1, 5))
    review(first, dt.date(2024, 5, 1))
    review(second, dt.date(2024, 6, 1))
    return first, second


# List, its key, what is asked → the keys of the rows that come, in their order.
FOUND = {
    ("plans", "slug", "jurisdiction=CA"): [CANADA],
    ("plans", "slug", "jurisdiction=CA&jurisdiction=US&order=-published_on"): [
        "us-nap-2021",
        CANADA,
    ],
    ("plans", "slug", "published_before=2020-01-01"): [CANADA],
    ("plans", "slug", "order=jurisdiction"): [CANADA, "us-nap-2021"],
    ("sections", "key", f"plan={CANADA}"): [f"{CANADA}:action-1"],
    ("sections", "key", "jurisdiction=US"): ["us-nap-2021:protection-1"],
    ("sections", "key", "pillar=prevention&pillar=protection&order=-title"): [
        "us-nap-2021:protection-1",
        f"{CANADA}:action-1",
    ],
    ("sections", "key", "level=pillar"): [f"{CANADA}:action-1"],
    ("pillars", "slug", "order=name"): ["prevention", "protection"],
    ("agencies", "slug", "parent=dhs"): ["ice"],
    ("agencies", "slug", "jurisdiction=CA"): ["cbsa"],
    ("agencies", "slug", "order=-slug"): ["ice", "dhs", "cbsa"],
    ("jurisdictions", "code", "level=national&order=-name"): ["US", "CA"],
    ("sources", "slug", "publisher=GAO"): ["audit"],
    ("sources", "slug", "kind=fact_sheet&published_after=2024-01-01"): ["sheet"],
    ("sources", "slug", "origin=official&link_state=unchecked&published_after=2024-01-01"): [
        "sheet"
    ],
    ("status-changes", "commitment", "plan=us-nap-2021&status=in_progress"): ["US21-PRT-001"],
    ("status-changes", "commitment", "jurisdiction=CA&status=not_started"): ["CA19-001"],
    ("status-changes", "commitment", "source=sheet"): ["US21-PRT-001"],
    ("status-changes", "commitment", "effective_after=2023-01-01&order=effective_on"): [
        "CA19-001",
        "US21-PRT-001",
    ],
    ("status-changes", "commitment", "recorded_before=2020-01-01"): [],
    ("reviews", "commitment", ""): ["CA19-001", "US21-PRT-001"],
    ("reviews", "commitment", "order=reviewed_on"): ["US21-PRT-001", "CA19-001"],
    ("reviews", "commitment", "pillar=prevention"): None,
    ("reviews", "commitment", "reviewed_before=2024-06-01"): ["US21-PRT-001"],
}


@pytest.mark.django_db
class TestLists:
    @pytest.mark.parametrize(("name", "key", "query"), FOUND)
    def test_a_list_has_what_its_filters_leave_in_the_order_asked_for(
        self, client, rows, name, key, query
    ):
        answer = client.get(f"/api/v1/{name}/?{query}")
        expected = FOUND[name, key, query]
        if expected is None:
            assert answer.status_code == 400
            return
        assert [row[key] for row in answer.json()["results"]] == expected
        file = client.get(f"/api/v1/{name}/?format=ndjson&{query}")
        assert int(file["Row-Count"]) == len(expected) == len(file.getvalue().splitlines())

    @pytest.mark.parametrize("order", ["published_on", "-published_on", "-title"])
    def test_pages_of_an_ordered_list_have_every_row_once(self, client, rows, order):
        address, slugs = f"/api/v1/sources/?page_size=1&order={order}", []
        while address:
            page = client.get(address).json()
            slugs += [row["slug"] for row in page["results"]]
            address = page["next"]
        assert len(slugs) == page["count"] == len({*slugs}) > 2
        if order.endswith("published_on"):
            assert slugs[0 if order == "published_on" else -1] == "audit"

    def test_all_that_is_wrong_with_an_address_is_named_at_once(self, client, rows):
        query = "plan=us-nap-2012&levl=goal&order=age&fields=kee,titel&page_size=0&as_of=soon"
        answer = client.get(f"/api/v1/sections/?{query}")
        assert answer.status_code == 400
        named = [error["attr"] for error in answer.json()["errors"]]
        assert sorted(named) == [
            *("as_of", "fields", "fields", "levl", "order", "page_size", "plan")
        ]

    @pytest.mark.parametrize(
        ("address", "attrs"),
        [
            ("stats/?by=age&plan=x&step=week", ["by", "plan", "step"]),
            ("panel/?from=soon&plan=x&step=week&order=code", ["from", "order", "plan", "step"]),
            (
                "changes/?after=x&limit=0&action=make&page_size=9",
                ["action", "after", "limit", "page_size"],
            ),
        ],
    )
    def test_all_that_is_wrong_with_counts_and_the_record_is_named_at_once(
        self, client, rows, address, attrs
    ):
        answer = client.get(f"/api/v1/{address}")
        assert answer.status_code == 400
        assert sorted(error["attr"] for error in answer.json()["errors"]) == attrs

    def test_every_filter_of_every_list_refuses_what_does_not_exist(self, client, rows):
        paths = SiteSchemaGenerator().get_schema(public=True)["paths"]
        tried = 0
        for path, item in paths.items():
            described = {
                each["name"]: each["schema"] for each in item.get("get", {}).get("parameters", ())
            }
            if "{" in path or not {"order", "action"} & described.keys():
                continue
            for name, schema in described.items():
                others = ("fields", "omit", "expand", "objective")
                if schema["type"] == "array" and name not in others:
                    answer = client.get(f"{path}?{name}=no-such-thing")
                    assert answer.status_code == 400, (path, name)
                    (error,) = answer.json()["errors"]
                    assert (error["attr"], error["code"]) == (name, "unknown_value")
                    tried += 1
        assert tried > 40

    def test_the_record_can_be_narrowed(self, client, rows):
        def found(query):
            return client.get(f"/api/v1/changes/?limit=500&{query}").json()["results"]

        every = found("")
        steps = [row for row in every if row["object_type"] == "statuschange"]
        assert found("kind=status_change") == steps
        about = found("commitment=CA19-001")
        assert about and all("CA19-001" in str(row) for row in about)
        assert len(about) == len({row["seq"] for row in about})
        updates = [row for row in every if row["action"] == "update"]
        assert found("action=update") == updates

    def test_no_filter_tells_what_a_withheld_row_is_about(self, client, rows):
        unpublish(rows[1])
        every = client.get("/api/v1/changes/?limit=500").json()["results"]
        withheld = {row["seq"] for row in every if row["withheld"]}
        assert withheld
        for kind in ChangeList.filters.base_filters["kind"].extra["choices"]:
            answer = client.get(f"/api/v1/changes/?limit=500&kind={kind[0]}").json()
            assert not withheld & {row["seq"] for row in answer["results"]}
        assert client.get("/api/v1/changes/?commitment=CA19-001").status_code == 400
        for name in ("status-changes", "reviews"):
            answer = client.get(f"/api/v1/{name}/").json()
            assert "CA19-001" not in str(answer)
            assert client.get(f"/api/v1/{name}/?plan={CANADA}").json()["results"] == []

    def test_counts_list_what_could_be_and_nothing_that_could_not(self, client, rows):
        def counts(query):
            found = client.get(f"/api/v1/stats/?{query}").json()
            assert not found["counts_repeat"]
            return {
                tuple(row[name] for name in found["by"]): row["count"] for row in found["results"]
            }

        assert counts("by=section") == {
            (None,): 2,
            ("us-nap-2021:protection-1",): 0,
            (f"{CANADA}:action-1",): 0,
        }
        assert counts("by=section&plan=us-nap-2021") == {
            (None,): 1,
            ("us-nap-2021:protection-1",): 0,
        }
        assert counts("by=plan,jurisdiction") == {("us-nap-2021", "US"): 1, (CANADA, "CA"): 1}
        assert counts("by=plan&jurisdiction=CA&status=withdrawn") == {(CANADA,): 0}
        assert counts("by=pillar&pillar=protection&status=withdrawn") == {("protection",): 0}
