"""The read API, address by address, as a researcher's script meets it."""

import datetime as dt
import hashlib
import json
import re

import pytest
import rfc8785
from django.core.management import call_command
from django.test import Client

from agencies.models import Agency
from commitments import services
from commitments.choices import Status
from commitments.models import Commitment, DatasetVersion, Pillar
from tests.factories import (
    ACTOR,
    ANNOUNCED,
    change,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_section,
    make_source,
    review,
    unpublish,
)

pytestmark = pytest.mark.django_db

LISTS = (
    "plans",
    "pillars",
    "sections",
    "agencies",
    "sources",
    "commitments",
    "status-changes",
)
COMMITMENT_KEYS = {
    "code",
    "url",
    "html_url",
    "title",
    "summary",
    "plan",
    "plan_number",
    "pillar",
    "section",
    "kind",
    "lead_agencies",
    "partner_agencies",
    "announced_on",
    "due_on",
    "target",
    "status",
    "status_label",
    "status_since",
    "verification",
    "is_open",
    "is_overdue",
    "is_stale",
    "is_aging",
    "done_when_announced",
    "days_late",
    "last_reviewed_on",
    "latest_evidence_on",
    "sources",
    "created_at",
    "updated_at",
    "seq",
}


def get(client, address, status=200, **headers):
    response = client.get(f"/api/v1/{address}", headers=headers)
    assert response.status_code == status, response.content[:500]
    assert response["Content-Type"].startswith(("application/json", "application/vnd.oai"))
    return response.json() if response.content else None


def problems(client, address):
    body = get(client, address, status=400)
    assert body["type"] == "validation_error"
    return {error["attr"]: error["detail"] for error in body["errors"]}


@pytest.fixture(scope="class")
def tracker(class_database):
    """One commitment with everything: two agencies, a section, two sources, three steps, a review, a successor."""
    make_agency("doi", name="Department of the Interior")
    make_agency("bia", parent="doi")
    make_agency("fbi")
    make_section("prosecution-1", pillar="prosecution")
    item = make_commitment(
        "US24-PRS-003",
        pillar="prosecution",
        section="prosecution-1",
        kind="deliverable",
        title="Complete the case tracker",
        lead_agencies=["bia"],
        partner_agencies=["fbi"],
        announced_on=dt.date(2024, 2, 14),
        due_on=dt.date(2024, 12, 31),
        due_precision="year",
    )
    cite(item, make_source("sheet", published_on=dt.date(2024, 2, 14)), locator="paragraph 21")
    cite(
        item,
        make_source(
            "blog", kind="commentary", origin="advocacy", published_on=dt.date(2024, 3, 21)
        ),
        relation="reports",
        locator="line 15",
    )
    change(item, "in_progress", dt.date(2024, 6, 1))
    change(item, "stalled", dt.date(2025, 1, 1), precision="month")
    change(item, "completed", dt.date(2025, 3, 1))
    review(item, dt.date(2025, 2, 1))
    link(make_commitment("US21-PRS-001", pillar="prosecution"), item)
    return Commitment.objects.get(pk=item.pk)


def test_every_problem_of_an_address_is_named_at_once(client):
    found = problems(client, "commitments/?pilar=x&as_of=x&order=x&is_open=x&announced_after=x")
    assert found.keys() == {"pilar", "as_of", "order", "is_open", "announced_after"}


def test_a_cursor_walks_the_whole_list_and_back(client):
    codes = [make_commitment(f"US21-PRT-{number:03d}").code for number in range(1, 8)]
    body, seen = get(client, "commitments/?page_size=3&order=-code"), []
    while True:
        seen += [row["code"] for row in body["results"]]
        if body["next"] is None:
            break
        body = get(client, body["next"].removeprefix("http://testserver/api/v1/"))
    assert seen == codes[::-1]
    back = get(client, body["previous"].removeprefix("http://testserver/api/v1/"))
    assert [row["code"] for row in back["results"]] == codes[1:4][::-1]
    assert back["count"] == 7


def test_a_list_that_ends_on_a_full_page_has_no_next(client):
    for number in range(1, 4):
        make_commitment(f"US21-PRT-{number:03d}")
    body = get(client, "commitments/?page_size=3")
    assert (body["next"], body["previous"], len(body["results"])) == (None, None, 3)


def test_the_vocabulary_tells_moves_and_rules(client):
    body = get(client, "statuses/")
    rules = {rule["code"]: rule for rule in body["statuses"]}
    assert body["start"] == "no_evidence"
    assert len(rules) == 10
    assert "in_place" not in rules["not_started"]["moves"]
    assert rules["not_met"]["only_after_deadline"] is True
    assert all(
        rule["meaning"] and rule["evidence"] and rule["crosswalk"] for rule in rules.values()
    )


def digest(value):
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def test_an_answer_that_is_refused_carries_no_etag(client):
    assert "ETag" not in client.get("/api/v1/commitments/?pilar=x")
    assert "ETag" not in client.get("/api/v1/nothing/")


READ_BY_OTHERS = (
    "/api/v1/commitments/US24-PRS-003/",
    "/api/v1/nothing/",
    "/feeds/changes.atom",
    "/feeds/deadlines.ics",
    "/es/feeds/deadlines.ics",
    "/commitments/US24-PRS-003/changes.atom",
    "/commitments/US24-PRS-003/cite.bib",
    "/commitments/US24-PRS-003/cite.ris",
    "/commitments/US24-PRS-003/cite.json",
    "/data/cite.json",
    "/commitments.svg",
    "/commitments/US24-PRS-003/history.svg",
    "/embed/commitments/US24-PRS-003/badge.svg",
    "/oembed.json?url=http://testserver/commitments/US24-PRS-003/",
    "/oembed.xml?url=http://testserver/commitments/US24-PRS-003/",
    "/data/planwatch-1.zip",
)
ORIGIN = {"origin": "https://newsroom.example"}


@pytest.mark.parametrize("address", [f"{name}/" for name in LISTS])
def test_a_list_costs_the_same_queries_however_long(client, django_assert_max_num_queries, address):
    def fill(count):
        for _ in range(count):
            agency = make_agency()
            item = make_commitment(lead_agencies=[agency.slug])
            make_section(f"key-{item.pk}")
            cite(item)
            change(item, "in_progress")

    fill(2)
    with django_assert_max_num_queries(100) as few:
        get(client, f"{address}?page_size=500")
    fill(5)
    with django_assert_max_num_queries(len(few)) as many:
        get(client, f"{address}?page_size=500")
    assert len(many) == len(few) <= 7


def test_the_documentation_is_served_from_our_own_files(client):
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "/static/drf_spectacular_sidecar/" in text
    loaded = re.findall(r'<(?:script|link|img)\b[^>]*\b(?:src|href)="([^"]*)"', text)
    assert all(address.startswith(("/", "http://testserver/")) for address in loaded)


def test_the_schema_is_openapi_31_without_a_warning(tmp_path):
    path = tmp_path / "schema.json"
    call_command(
        "spectacular",
        "--validate",
        "--fail-on-warn",
        "--format",
        "openapi-json",
        "--file",
        str(path),
    )
    schema = json.loads(path.read_text())
    assert schema["openapi"].startswith("3.1")
    for route, operations in schema["paths"].items():
        for operation in operations.values():
            assert operation["description"], route


def test_no_agency_is_repeated_when_it_leads_twice():
    make_agency("hhs")
    item = make_commitment(lead_agencies=["hhs", "hhs"])
    assert list(Agency.objects.filter(roles__commitment=item).values_list("slug", flat=True)) == [
        "hhs"
    ]


class TestOneCommitmentWithEverything:
    @pytest.mark.parametrize("name", LISTS)
    def test_every_list_has_the_same_envelope(self, client, tracker, name):
        body = get(client, f"{name}/")
        said = ["coverage"] if name == "commitments" else []
        envelope = [*said, "count", "next", "previous", "as_of", "dataset_version", "results"]
        assert list(body) == envelope
        assert body["count"] == len(body["results"]) > 0
        assert body["dataset_version"] == DatasetVersion.objects.get().seq
        assert body["as_of"] == dt.datetime.now(dt.UTC).date().isoformat()

    def test_a_commitment_tells_everything_under_the_promised_keys(self, client, tracker):
        body = get(client, "commitments/US24-PRS-003/")
        assert body.keys() >= COMMITMENT_KEYS | {"history", "citations", "links", "reviews"}
        assert body["url"] == "http://testserver/api/v1/commitments/US24-PRS-003/"
        assert body["html_url"] == "http://testserver/commitments/US24-PRS-003/"
        assert (body["plan"], body["pillar"]) == ("us-nap-2021", "prosecution")
        assert body["section"] == "us-nap-2021:prosecution-1"
        assert (body["lead_agencies"], body["partner_agencies"]) == (["bia"], ["fbi"])
        assert (body["status"], body["status_label"]) == ("completed", "Completed")
        assert (body["status_since"], body["verification"]) == ("2025-03-01", "agency_reported")
        assert (body["is_open"], body["is_overdue"], body["days_late"]) == (False, False, 60)
        assert body["last_reviewed_on"] == dt.datetime.now(dt.UTC).date().isoformat()
        assert body["sources"][0] == {
            "slug": "sheet",
            "title": "Document sheet",
            "publisher": "The White House",
            "published_on": "2024-02-14",
            "precision": "day",
            "url": "https://example.org/sheet",
            "origin": "official",
            "locator": "paragraph 21",
            "relation": "announces",
        }
        assert [row["relation"] for row in body["citations"]] == ["announces", "reports"]
        assert [(row["earlier"], row["relation"]) for row in body["links"]] == [
            ("US21-PRS-001", "continues")
        ]
        assert [(row["status"], row["previous_status"]) for row in body["history"]] == [
            ("in_progress", "no_evidence"),
            ("stalled", "in_progress"),
            ("completed", "stalled"),
        ]
        assert body["history"][1]["precision"] == "month"

    def test_the_list_and_the_detail_share_the_commitment_object(self, client, tracker):
        row = get(client, "commitments/?q=tracker")["results"][0]
        detail = get(client, "commitments/US24-PRS-003/")
        assert row == {key: detail[key] for key in row}

    def test_a_status_change_tells_what_it_rests_on_and_what_corrects_it(self, client, tracker):
        correct(tracker, 2, "in_progress", dt.date(2025, 1, 1))
        rows = get(client, "commitments/US24-PRS-003/status-changes/")["results"]
        by_seq = {row["seq"]: row for row in rows}
        assert [row["seq"] for row in rows] == [4, 3, 2, 1]
        assert (by_seq[2]["corrected_by"], by_seq[2]["previous_status"]) == (4, None)
        assert (by_seq[4]["corrects"], by_seq[4]["previous_status"]) == (2, "in_progress")
        assert by_seq[4]["correction_reason"] == "The source was misread."
        assert by_seq[1]["evidence"][0]["locator"] == "paragraph 1"
        assert by_seq[1]["actor"] == ACTOR
        detail = get(client, "commitments/US24-PRS-003/")["history"]
        assert {row["seq"]: row for row in detail} == by_seq

    def test_as_of_answers_what_was_true_on_a_day(self, client, tracker):
        earlier = get(client, "commitments/US24-PRS-003/?as_of=2024-07-01")
        assert (earlier["status"], earlier["status_since"]) == ("in_progress", "2024-06-01")
        assert [row["seq"] for row in earlier["history"]] == [1]
        assert earlier["is_overdue"] is False
        assert get(client, "commitments/US24-PRS-003/?as_of=2025-02-01")["is_overdue"] is True
        assert [
            row["slug"]
            for row in get(client, "commitments/US24-PRS-003/?as_of=2024-03-01")["sources"]
        ] == ["sheet"]
        get(client, "commitments/US24-PRS-003/?as_of=2024-02-13", status=404)
        listed = get(client, "commitments/?as_of=2024-02-13")
        assert [row["code"] for row in listed["results"]] == ["US21-PRS-001"]
        assert listed["as_of"] == "2024-02-13"

    def test_known_at_answers_what_the_tracker_said_then(self, client, tracker):
        moment = tracker.status_changes.get(seq=3).recorded_at
        correct(tracker, 3, "stalled", dt.date(2025, 3, 1), explanation="Not finished.")
        assert get(client, "commitments/US24-PRS-003/")["status"] == "stalled"
        then = get(
            client,
            f"commitments/US24-PRS-003/?known_at={moment.isoformat().replace('+00:00', 'Z')}",
        )
        assert then["status"] == "completed"
        assert then["history"][-1]["corrected_by"] is None
        plus = get(client, f"commitments/US24-PRS-003/?known_at={moment.isoformat()}")
        assert plus["status"] == "completed"

    @pytest.mark.parametrize(
        ("address", "parameter", "says"),
        [
            ("commitments/?pilar=protection", "pilar", "“pillar”"),
            ("commitments/?status=compleet", "status", "“completed”"),
            ("commitments/?as_of=2024-2-1", "as_of", "YYYY-MM-DD"),
            ("commitments/?as_of=2999-01-01", "as_of", "future"),
            ("commitments/?as_of=0000-01-01", "as_of", "YYYY-MM-DD"),
            ("commitments/?as_of=2024-01-01&as_of=2024-01-02", "as_of", "once"),
            ("commitments/?known_at=yesterday", "known_at", "2024-02-14T09:30:00Z"),
            ("commitments/?known_at=2024-01-01T00:00:00", "known_at", "2024-02-14T09:30:00Z"),
            ("commitments/?order=colour", "order", "Valid are: code, title"),
            ("commitments/?order=relevance", "order", "add q"),
            ("commitments/?page_size=0", "page_size", "1 to 500"),
            ("commitments/?page_size=501", "page_size", "1 to 500"),
            ("commitments/?cursor=bm9uc2Vuc2U", "cursor", "does not belong"),
            ("commitments/?cursor=a%00", "cursor", "does not belong"),
            ("commitments/?is_open=maybe", "is_open", "Valid are: true, false."),
            ("commitments/?format=jsn", "format", "“json”"),
            ("commitments/US24-PRS-003/?format=csv", "format", "Lists come as csv"),
            ("commitments/?fields=titel", "fields", "“title”"),
            ("commitments/?expand=pillars", "expand", "“pillar”"),
            ("commitments/?q=a%00", "q", "Null characters"),
            ("commitments/?agency=dhs", "agency", "Valid are: bia, doi, fbi."),
            ("commitments/US24-PRS-003/?pillar=protection", "pillar", "not a parameter here"),
            ("statuses/?order=name", "order", "not a parameter here"),
            ("commitments/?agency=", "agency", "leave it out"),
            ("commitments/?pillar=prosecution&q=", "q", "leave it out"),
            ("plans/?page_size=", "page_size", "leave it out"),
            ("stats/", "by", "one or two of"),
            ("stats/?by=colour", "by", "Valid are: pillar, status"),
            ("stats/?by=status,pillar,plan", "by", "one or two of"),
            ("changes/?after=-1", "after", "whole number"),
            ("changes/?limit=many", "limit", "1 to 500"),
            ("statuses/?lang=en", "lang", "not a parameter here"),
        ],
    )
    def test_a_bad_address_gets_a_400_that_names_the_parameter(
        self, client, tracker, address, parameter, says
    ):
        found = problems(client, address)
        assert list(found) == [parameter]
        assert says in found[parameter]

    @pytest.mark.parametrize(
        "address",
        [
            "nothing/",
            "commitments/US99-XXX-001/",
            "commitments/US99-XXX-001/status-changes/",
            "sections/us-nap-2021:none/",
            "agencies/%00/",
        ],
    )
    def test_what_does_not_exist_is_a_404_as_data(self, client, tracker, address):
        body = get(client, address, status=404)
        assert body["errors"][0]["code"] == "not_found"

    def test_writing_is_refused_as_data(self, client, tracker):
        for method in ("post", "put", "patch", "delete"):
            response = getattr(client, method)("/api/v1/commitments/")
            assert response.status_code == 405
            assert response.json()["errors"][0]["code"] == "method_not_allowed"

    def test_a_browser_gets_data_and_never_a_page(self, client, tracker):
        body = get(client, "commitments/", accept="text/html,application/xhtml+xml")
        assert body["count"] == 2

    def test_fields_omit_and_expand_shape_the_answer(self, client, tracker):
        row = get(
            client,
            "commitments/US24-PRS-003/?fields=code,plan,lead_agencies&expand=plan,lead_agencies",
        )
        assert row.keys() == {"code", "plan", "lead_agencies"}
        assert row["plan"]["slug"] == "us-nap-2021"
        assert row["lead_agencies"][0]["parent"] == "doi"
        assert "history" not in get(client, "commitments/US24-PRS-003/?omit=history")

    def test_an_agency_counts_the_offices_below_it(self, client, tracker):
        assert get(client, "commitments/?agency=doi")["count"] == 1
        assert get(client, "commitments/?lead=doi&partner=fbi")["count"] == 1
        assert get(client, "commitments/?partner=doi")["count"] == 0
        counts = get(client, "stats/?by=agency")
        assert {row["agency"]: row["count"] for row in counts["results"]} == {
            "doi": 1,
            "bia": 1,
            "fbi": 1,
            None: 1,
        }
        assert counts["total"] == 2 and counts["counts_repeat"]

    def test_stats_count_two_dimensions_with_the_filters_applied(self, client, tracker):
        make_commitment("US21-PRT-001")
        body = get(client, "stats/?by=pillar,status&is_open=true")
        assert [row for row in body["results"] if row["count"]] == [
            {"pillar": "prosecution", "status": "no_evidence", "count": 1},
            {"pillar": "protection", "status": "no_evidence", "count": 1},
        ]
        assert len(body["results"]) == Pillar.objects.count() * len(Status)
        earlier = get(client, "stats/?by=status&as_of=2024-07-01")["results"]
        assert len(earlier) == len(Status)
        assert [row for row in earlier if row["count"]] == [
            {"status": "in_progress", "count": 1},
            {"status": "no_evidence", "count": 2},
        ]
        assert get(client, "stats/?by=year")["results"] == [
            {"year": 2021, "count": 2},
            {"year": 2024, "count": 1},
        ]

    def test_the_record_can_be_verified_from_the_answers_alone(self, client, tracker):
        unpublish(
            make_commitment("US21-PRS-055", pillar="prosecution", summary="Kept from the public.")
        )
        after, rows = 0, []
        while found := get(client, f"changes/?after={after}&limit=7")["results"]:
            rows += found
            after = found[-1]["seq"]
        assert [row["seq"] for row in rows] == list(range(1, DatasetVersion.objects.get().seq + 1))
        previous = "0" * 64
        body_keys = ("object_type", "object_key", "actor", "before", "after", "nonce")
        header_keys = ("seq", "recorded_at", "action", "body_hash", "prev_hash")
        for row in rows:
            if row["withheld"]:
                assert not set(body_keys) & row.keys()
            else:
                assert digest({key: row[key] for key in body_keys}) == row["body_hash"]
            assert row["prev_hash"] == previous
            assert digest({key: row[key] for key in header_keys}) == row["hash"]
            previous = row["hash"]
        withheld = [row["seq"] for row in rows if row["withheld"]]
        assert withheld
        assert "Kept from the public" not in json.dumps(rows)

    def test_an_unpublished_commitment_shows_in_no_answer(self, client, tracker):
        hidden = make_commitment(
            "US21-PRS-777",
            pillar="prosecution",
            title="Hidden zebra",
            is_published=False,
            lead_agencies=["doi"],
        )
        cite(hidden, make_source("hidden-source"))
        change(hidden, "in_progress")
        review(hidden, ANNOUNCED)
        link(hidden, tracker, "relates")
        for address in (
            "commitments/?page_size=500",
            "commitments/?q=zebra",
            "commitments/?agency=doi",
            "commitments/?as_of=2026-01-01",
            "commitments/US24-PRS-003/",
            "status-changes/",
            "sources/",
            "stats/?by=pillar,status",
            "stats/?by=agency",
            "stats/?by=source",
            "changes/?limit=500",
            "plans/",
            "pillars/",
            "sections/",
            "agencies/",
            "schema/",
        ):
            text = json.dumps(get(client, address))
            assert "US21-PRS-777" not in text, address
            assert "zebra" not in text.lower(), address
            assert address.startswith("changes") or "hidden-source" not in text, address
        assert get(client, "stats/?by=pillar")["total"] == 2
        for address in ("", "status-changes/", "reviews/"):
            get(client, f"commitments/US21-PRS-777/{address}", status=404)
        get(client, "sources/hidden-source/", status=404)

    def test_an_answer_that_did_not_change_is_a_304(self, client, tracker):
        first = client.get("/api/v1/commitments/")
        etag = first["ETag"]
        assert etag.startswith('"') and "public" in first["Cache-Control"]
        again = client.get("/api/v1/commitments/", headers={"if-none-match": etag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
        assert (
            client.get("/api/v1/commitments/?q=x", headers={"if-none-match": etag}).status_code
            == 200
        )
        review(tracker, dt.date(2025, 4, 1))
        fresh = client.get("/api/v1/commitments/", headers={"if-none-match": etag})
        assert fresh.status_code == 200
        assert fresh["ETag"] != etag

    def test_head_answers_like_get_without_a_body(self, client, tracker):
        response = client.head("/api/v1/commitments/")
        assert (response.status_code, response.content) == (200, b"")
        assert response["ETag"] == client.get("/api/v1/commitments/")["ETag"]

    def test_pages_of_other_origins_may_read_and_not_write(self, client, tracker):
        read = client.get("/api/v1/commitments/", headers={"origin": "https://newsroom.example"})
        assert read["Access-Control-Allow-Origin"] == "*"
        asked = client.options(
            "/api/v1/commitments/",
            headers={"origin": "https://newsroom.example", "access-control-request-method": "POST"},
        )
        assert "POST" not in asked["Access-Control-Allow-Methods"]

    @pytest.mark.parametrize("address", READ_BY_OTHERS)
    def test_scripts_of_other_origins_may_read_what_is_made_for_other_sites(
        self, client, tracker, address
    ):
        answer = client.get(address, headers=ORIGIN)
        assert answer["Access-Control-Allow-Origin"] == "*"
        exposed = answer["Access-Control-Expose-Headers"].split(", ")
        assert {"ETag", "Retry-After", "Content-Disposition", "Link"} <= {*exposed}
        if etag := answer.get("ETag"):
            unchanged = client.get(address, headers={**ORIGIN, "if-none-match": etag})
            assert (unchanged.status_code, unchanged["Access-Control-Allow-Origin"]) == (304, "*")
        wanted = "if-none-match, if-modified-since, range"
        asked = {"access-control-request-method": "GET", "access-control-request-headers": wanted}
        allowed = client.options(address, headers=ORIGIN | asked)["Access-Control-Allow-Headers"]
        assert {*wanted.split(", ")} <= {*allowed.split(", ")}
        assert "Access-Control-Allow-Origin" not in client.post(address, headers=ORIGIN)

    @pytest.mark.parametrize("address", ["/", "/commitments/", "/api/v1/auth/tokens/", "/follow/"])
    def test_scripts_of_other_origins_read_no_page(self, client, tracker, address):
        assert "Access-Control-Allow-Origin" not in client.get(address, headers=ORIGIN)

    def test_updated_at_moves_with_content_and_not_with_reprocessing(self, client, tracker):
        before = get(client, "commitments/US24-PRS-003/")
        services.save_agency(
            slug="doi",
            name="Department of the Interior",
            short_name="Interior",
            acronym="DOI",
            jurisdiction="US",
            actor=ACTOR,
        )
        assert get(client, "commitments/US24-PRS-003/")["updated_at"] == before["updated_at"]
        review(tracker, dt.date(2025, 5, 1))
        after = get(client, "commitments/US24-PRS-003/")
        assert after["updated_at"] > before["updated_at"]
        assert after["seq"] == DatasetVersion.objects.get().seq

    def test_one_commitment_costs_the_same_queries_however_long_its_history(
        self, client, tracker, django_assert_num_queries
    ):
        with django_assert_num_queries(10):
            get(client, "commitments/US24-PRS-003/")
        for month in range(1, 9):
            review(tracker, dt.date(2025, 3, month))
            cite(tracker)
        change(tracker, "in_progress", dt.date(2025, 6, 1), explanation="Reopened.")
        change(tracker, "stalled", dt.date(2025, 7, 1))
        with django_assert_num_queries(10):
            get(client, "commitments/US24-PRS-003/")

    def test_a_broken_server_still_answers_with_data(self, client, tracker, monkeypatch):
        def burst(*args, **kwargs):
            raise RuntimeError("secret detail")

        monkeypatch.setattr("commitments.api.read_views.select_commitments", burst)
        quiet = Client(raise_request_exception=False)
        response = quiet.get("/api/v1/commitments/")
        assert response.status_code == 500
        assert response.json()["type"] == "server_error"
        assert b"secret detail" not in response.content
