"""Origins: an official source of one government is independent seen from the plan of another, everywhere alike."""

import datetime as dt
import io
import re

import pandas
import pytest
from django.core.exceptions import ValidationError
from django.utils.html import strip_tags

from commitments import services
from commitments.audit import integrity, replay
from commitments.choices import Origin
from commitments.datasets.tables import TABLES
from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_files
from commitments.models import Change, Citation, Commitment, Proposal, Source
from commitments.querysets.sql import F, seen_origin
from commitments.statuses import origin_seen_from
from tests.factories import (
    change,
    cite,
    make_commitment,
    make_development,
    make_plan,
    make_reported_status,
    make_source,
)

pytestmark = pytest.mark.django_db

HOME, ABROAD = "US21-PRT-001", "AU20-001"
SEEN = {HOME: "official", ABROAD: "independent"}
CONFIRMED = {HOME: "agency_reported", ABROAD: "independently_reported"}
DAY = dt.date(2022, 6, 1)


@pytest.fixture(scope="class")
def report(class_database):
    """A report of the United States on two plans, its own and Australia's."""
    make_plan("au-nap-2020", jurisdiction="AU", published_on=dt.date(2020, 12, 9))
    made = make_source("report", kind="report", jurisdiction="US", published_on=DAY)
    for code, plan in ((HOME, "us-nap-2021"), (ABROAD, "au-nap-2020")):
        item = make_commitment(code, plan=plan, themes=[])
        cite(item, made, "reports")
        change(item, "in_progress", DAY, [made])
        make_development(f"about {code}", commitments=[code], reported_on=DAY)
        make_reported_status(commitment=code, reported_on=DAY)
    return made


def get(client, address):
    response = client.get(address)
    assert response.status_code == 200, (address, response.content[:500])
    return response


def said(client, address):
    page = re.sub(r"(?s)\A.*?<main", "<main", get(client, address).content.decode())
    return re.sub(r"\s+", " ", strip_tags(page))


@pytest.mark.parametrize("origin", Origin.values)
@pytest.mark.parametrize("jurisdiction", ["", "US", "AU", "US-NY"])
def test_the_rule_is_one_in_python_and_in_queries(origin, jurisdiction):
    source = make_source(origin=origin, jurisdiction=jurisdiction)
    item = make_commitment(HOME)
    cite(item, source)
    foreign = origin == "official" and jurisdiction in ("AU", "US-NY")
    wanted = "independent" if foreign else origin
    assert origin_seen_from("US", origin, jurisdiction) == wanted
    assert source.origin_for(item.plan) == wanted
    rows = Citation.objects.annotate(seen=seen_origin(F("commitment__plan__jurisdiction")))
    assert rows.get().seen == rows.get().origin == wanted


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize("code", [HOME, ABROAD])
class TestEveryFace:
    def test_the_page_marks_it_as_the_plan_sees_it(self, client, code):
        page = get(client, f"/commitments/{code}/").content.decode()
        marks = set(re.findall(r'class="origin (\w+)"', page))
        assert marks == {SEEN[code]}
        assert f"Source attached: 1 {SEEN[code]}" in said(client, f"/commitments/{code}/")

    @pytest.mark.parametrize("query", ["", "?as_of=2023-01-01", "?known_at=2099-01-01"])
    def test_the_api_says_so_of_all_that_rests_on_it(self, client, code, query):
        if "known_at" in query:
            moment = Change.objects.last().recorded_at.isoformat().replace("+00:00", "Z")
            query = f"?known_at={moment}"
        item = get(client, f"/api/v1/commitments/{code}/{query}").json()
        assert item["verification"] == CONFIRMED[code]
        (step,) = item["history"]
        assert step["verification"] == CONFIRMED[code]
        rows = [*item["sources"], *item["citations"], *step["evidence"]]
        rows += [*item["developments"], *item["reported_statuses"]]
        assert len(rows) == 5
        assert {row["origin"] for row in rows} == {SEEN[code]}

    @pytest.mark.parametrize("name", ["status-changes", "developments", "reported-statuses"])
    def test_each_list_of_the_api_says_so(self, client, code, name):
        rows = get(client, f"/api/v1/{name}/").json()["results"]
        for row in rows:
            if code in (row.get("commitment"), *row.get("commitments", ())):
                each = row["evidence"][0] if "evidence" in row else row
                assert each["origin"] == SEEN[code]

    @pytest.mark.parametrize("clock", ["", "&as_of=2023-01-01"])
    def test_filters_and_counts_go_by_it(self, client, code, clock):
        for query in (f"origin={SEEN[code]}", f"verification={CONFIRMED[code]}"):
            rows = get(client, f"/api/v1/commitments/?{query}{clock}").json()["results"]
            assert [row["code"] for row in rows] == [code]
        stats = get(client, f"/api/v1/stats/?by=plan,verification{clock}").json()["results"]
        plan = Commitment.objects.get(code=code).plan.slug
        assert {"plan": plan, "verification": CONFIRMED[code], "count": 1} in stats

    def test_bars_have_the_rules_of_who_confirms_it(self, client, code):
        plan = Commitment.objects.get(code=code).plan.slug
        page = said(client, f"/plans/{plan}/")
        assert ("1 independently confirmed" in page) == (code == ABROAD)
        assert ("1 agency’s own account only" in page) == (code == HOME)

    def test_exports_say_so(self, client, code):
        data = get(client, "/api/v1/commitments/?format=csv").getvalue()
        row = pandas.read_csv(io.BytesIO(data)).set_index("code").loc[code]
        assert (row["verification"], row["sources.origin"]) == (CONFIRMED[code], SEEN[code])
        table = next(table for table in TABLES if table.name == "status_changes")
        steps = {row["commitment"]: row["verification"] for row in table.read()}
        assert steps[code] == CONFIRMED[code]

    def test_feeds_say_so(self, client, code):
        entries = get(client, f"/commitments/{code}/changes.atom").content.decode()
        assert set(re.findall(r"\((Official|Independent)\)", entries)) == {SEEN[code].capitalize()}
        # What was published is a document by itself; what happened to a commitment is seen from its plan.
        news = get(client, f"/feeds/news.atom?q={code}").content.decode().split("<entry>")[1:]
        news = "".join(entry for entry in news if "published “" not in entry)
        found = re.findall(r"\((Official|Independent)\)", news)
        assert found == 2 * [SEEN[code].capitalize()]

    def test_news_and_the_brief_say_so(self, client, code):
        for address in (f"/news/?q={code}", f"/commitments/{code}/brief/"):
            page = get(client, address).content.decode()
            assert set(re.findall(r'class="origin (\w+)"', page)) == {SEEN[code]}, address


@pytest.mark.usefixtures("report")
class TestTheSourceItself:
    def test_without_a_plan_in_sight_it_keeps_its_own_origin(self, client):
        item = get(client, "/api/v1/sources/report/").json()
        assert (item["origin"], item["jurisdiction"]) == ("official", "US")
        for address in ("/sources/", "/sources/report/"):
            page = get(client, address).content.decode()
            marks = re.findall(r'class="origin (\w+)"', page[page.index("<main") :])
            assert marks and set(marks) == {"official"}

    def test_the_record_explains_every_copy(self):
        assert list(integrity.differences()) == []
        replay.rebuild()
        assert list(integrity.differences()) == []


@pytest.mark.usefixtures("report")
class TestRules:
    def test_a_foreign_government_alone_does_not_show_that_a_promise_was_met(self):
        source, (home, abroad) = (
            Source.objects.get(slug="report"),
            Commitment.objects.order_by("-code"),
        )
        change(home, "completed", DAY, [source])
        with pytest.raises(ValidationError, match="needs one official source, or two independent"):
            change(abroad, "completed", DAY, [source])

    def test_a_jurisdiction_that_changes_how_a_plan_sees_a_source_needs_a_reason(self):
        with pytest.raises(ValidationError, match="Say why"):
            make_source("report", kind="report", jurisdiction="AU", published_on=DAY, reason="")
        make_source("report", kind="report", jurisdiction="AU", published_on=DAY)
        found = dict(Commitment.objects.values_list("code", "verification"))
        assert found == {HOME: "independently_reported", ABROAD: "agency_reported"}
        assert list(integrity.differences()) == []

    def test_a_jurisdiction_that_changes_nothing_waits_for_nobody(self):
        source = make_source("sheet", published_on=DAY)
        change(Commitment.objects.get(code=HOME), "withdrawn", DAY, [source])
        make_source("sheet", published_on=DAY, jurisdiction="US", reason="")
        assert Source.objects.get(slug="sheet").jurisdiction == "US"
        make_source("sheet", published_on=DAY, jurisdiction="GB")
        assert Proposal.objects.get().payload["values"] == {"jurisdiction": "GB"}

    def test_a_plan_that_moves_to_another_jurisdiction_sees_its_sources_anew(self):
        make_plan("au-nap-2020", jurisdiction="US", published_on=dt.date(2020, 12, 9))
        assert Commitment.objects.get(code=ABROAD).verification == "agency_reported"
        assert list(integrity.differences()) == []

    def test_a_code_that_is_no_jurisdiction_is_refused(self):
        with pytest.raises(ValidationError) as error:
            make_source("other", jurisdiction="XQ")
        assert "jurisdiction" in error.value.message_dict

    def test_a_file_names_it(self):
        text = """
- model: commitments.source
  fields: {slug: other, title: A report, publisher: A ministry, kind: report, origin: official, jurisdiction: IE}
"""
        rows = read_files({"source.yaml": text.encode()}, "folder")
        assert import_rows(rows, actor="importer").written
        assert Source.objects.get(slug="other").jurisdiction == "IE"

    def test_evidence_that_waits_is_judged_the_same(self):
        preview = services.preview_status_change(
            commitment=ABROAD,
            status="stalled",
            effective_on=DAY,
            evidence=[services.EvidenceItem("report", "page 9")],
            actor="somebody",
        )
        (fact,) = preview.path[-1].evidence
        assert fact.origin == "independent"
