"""What the site said at a moment, it says again when asked for that moment, whatever was edited since."""

import datetime as dt
import io
import json
from contextlib import suppress
from unittest.mock import patch

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from commitments import services
from commitments.audit import replay
from commitments.audit.integrity import differences
from commitments.models import REVISIONS, Change, Commitment, CommitmentAgency
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
    make_development,
    make_pillar,
    make_plan,
    make_reported_status,
    make_section,
    make_source,
    make_theme,
    review,
)

pytestmark = pytest.mark.django_db

BEGIN = dt.datetime(2025, 3, 1, 9, tzinfo=dt.UTC)
DRAFT = "US21-PRT-009"
CODES = ["US21-PRT-001", "US21-PRT-002", "US21-PRT-003"]
API = "/api/v1"
# All that readers, scripts and other sites may ask of the past, with what depends on words, names and dates.
ADDRESSES = [
    *(
        f"{API}/{name}/"
        for name in (
            "commitments",
            "plans",
            "sections",
            "sources",
            "developments",
            "reported-statuses",
            "jurisdictions",
            "pillars",
            "themes",
            "agencies",
        )
    ),
    *(
        f"{API}/{row}/"
        for row in (
            "jurisdictions/US",
            "pillars/protection",
            "themes/training",
            "agencies/ice",
            "plans/us-nap-2021",
            "sections/us-nap-2021:protection-1",
            "sources/sheet",
        )
    ),
    f"{API}/agencies/?format=csv",
    f"{API}/panel/?from=2022-01-01&to=2024-06-30&step=year",
    *(f"{API}/commitments/{code}/" for code in CODES[:2]),
    f"{API}/commitments/{CODES[0]}/?expand=plan,pillar,section,themes,lead_agencies,partner_agencies",
    f"{API}/commitments/?order=-title",
    f"{API}/commitments/?order=due_on&is_overdue=true",
    f"{API}/commitments/?order=-seq",
    *(f"{API}/commitments/?q={word}" for word in ("shelter", "customs", "care")),
    f"{API}/commitments/?agency=dhs",
    f"{API}/commitments/?theme=training",
    f"{API}/commitments/?source=sheet&origin=official",
    f"{API}/commitments/?as_of=2022-06-30",
    f"{API}/commitments/?format=csv",
    *(f"{API}/stats/?by={by}" for by in ("kind,status", "agency", "theme", "source,verification")),
    f"{API}/status-changes/",
    f"{API}/commitments/{CODES[0]}/reviews/",
    f"{API}/changes/",
]


def written(moment):
    return moment.isoformat().replace("+00:00", "Z")


def answer(client, address, moment=None):
    """Return what an address answers, without what the address itself puts there."""
    if moment:
        joint = "&" if "?" in address else "?"
        address = f"{address}{joint}known_at={written(moment)}"
    response = client.get(address)
    if response.status_code != 200:
        return response.status_code
    if "format=" in address:
        return response.getvalue()
    body = response.json()
    return body | {"next": bool(body["next"])} if "next" in body else body


def at(moment):
    return patch("django.utils.timezone.now", return_value=moment)


def said(client, moment=None):
    return {address: answer(client, address, moment) for address in ADDRESSES}


def begin():
    with at(BEGIN):
        make_plan()
        make_pillar()
        for slug, parent in (("dhs", None), ("ice", "dhs"), ("doj", None)):
            make_agency(slug, parent=parent)
        for key in ("protection-1", "protection-2"):
            make_section(key)
        make_theme("training")
        make_theme("shelter")
        make_source("sheet")
        make_source("audit", origin="independent")
        for code in CODES:
            item = make_commitment(code, **first_texts(code))
            cite(item, make_source("sheet"))
        cite(make_commitment(DRAFT, is_published=False), make_source("sheet"))


@pytest.fixture
def world(settings, db):
    settings.PLANWATCH_STALE_AFTER_DAYS = 200
    begin()
    return BEGIN


def first_texts(code):
    return {
        "title": f"Shelter {code}",
        "lead_agencies": ["ice"],
        "section": "protection-1",
        "themes": ["training"],
        "due_on": dt.date(2025, 6, 1),
    }


# Any edit


def commitments(draw):
    return Commitment.objects.get(code=draw(st.sampled_from(CODES)))


def edit_texts(draw):
    code = draw(st.sampled_from(CODES))
    leads = draw(st.lists(st.sampled_from(["dhs", "ice", "doj"]), unique=True, max_size=2))
    make_commitment(
        code,
        title=draw(st.sampled_from(["Shelter", "Training", "Shelter and training"])),
        kind=draw(st.sampled_from(["ongoing", "aim"])),
        lead_agencies=leads,
        partner_agencies=[slug for slug in ("dhs", "doj") if slug not in leads],
        themes=draw(st.lists(st.sampled_from(["training", "shelter"]), unique=True)),
        section=draw(st.sampled_from(["protection-1", "protection-2", None])),
        due_on=draw(st.sampled_from([None, dt.date(2025, 1, 1), dt.date(2026, 6, 1)])),
    )


def edit_agency(draw):
    name = draw(st.sampled_from(["Customs", "Immigration"]))
    make_agency("ice", parent="dhs", name=name, short_name=name)


def edit_frame(draw):
    word = draw(st.sampled_from(["Protection", "Care"]))
    save_jurisdiction("US", f"{word} States")
    services.save_pillar(slug="protection", code="PRT", name=word, position=2, actor=ACTOR)
    make_section("protection-1", title=f"{word} of survivors")
    make_plan(title=f"{word} plan")
    make_theme("training", name=word)


def add_frame(draw):
    slug = draw(st.sampled_from(["prevention", "prosecution"]))
    make_pillar(slug)
    make_theme(slug)
    make_agency(slug, jurisdiction=draw(st.sampled_from(["CA-ON", "MY"])))
    save_jurisdiction(draw(st.sampled_from(["MY", "NZ"])), "Elsewhere")


def save_jurisdiction(code, name):
    services.save_jurisdiction(
        code=code, name=name, level="national", time_zone="America/New_York", actor=ACTOR
    )


def edit_source(draw):
    make_source(
        draw(st.sampled_from(["sheet", "audit"])),
        title=draw(st.sampled_from(["Fact sheet", "Report"])),
        publisher=draw(st.sampled_from(["The White House", "State"])),
        origin=draw(st.sampled_from(["official", "independent", "advocacy"])),
        published_on=draw(st.sampled_from([None, dt.date(2022, 1, 25), dt.date(2022, 8, 1)])),
    )


def publish(draw):
    make_commitment(DRAFT, title=draw(st.sampled_from(["Shelter", "Training"])))


def add_citation(draw):
    cite(commitments(draw), make_source("audit"), "reports", draw(st.sampled_from(["p 1", "p 2"])))


def drop_citation(draw):
    services.delete_citation(
        commitment=commitments(draw).code,
        source="audit",
        relation="reports",
        locator="p 1",
        actor=ACTOR,
        reason=REASON,
    )


def add_link(draw):
    link(*(Commitment(code=code) for code in CODES[:2]), note=draw(st.sampled_from(["", "As is."])))


def report(draw):
    make_development(
        source="audit",
        commitments=draw(st.permutations(CODES[:2]))[: draw(st.sampled_from([1, 2]))],
        bearing=draw(st.sampled_from(["concern", "support"])),
    )


def drop_link(draw):
    services.delete_link(
        earlier=CODES[0], later=CODES[1], relation="continues", actor=ACTOR, reason=REASON
    )


def add_step(draw):
    status = draw(st.sampled_from(["in_progress", "stalled", "not_started"]))
    day = draw(st.sampled_from([dt.date(2022, 2, 1), dt.date(2022, 8, 1), dt.date(2024, 1, 1)]))
    source = make_source(draw(st.sampled_from(["sheet", "audit"])))
    change(commitments(draw), status, day, [source])


def correct_step(draw):
    correct(commitments(draw), 1, "in_place", dt.date(2022, 2, 1), [make_source("sheet")])


def add_review(draw):
    review(commitments(draw), draw(st.sampled_from([dt.date(2022, 9, 1), dt.date(2025, 2, 1)])))


def check_source(draw):
    check_link(make_source("sheet"), draw(st.sampled_from(["answered", "gone"])))


EDITS = [
    *(edit_texts, edit_texts, edit_agency, edit_frame, add_frame, edit_source),
    *(
        add_citation,
        drop_citation,
        publish,
        add_link,
        drop_link,
        report,
        add_step,
        add_step,
        correct_step,
        add_review,
        check_source,
    ),
]
PAUSES = [dt.timedelta(microseconds=1), dt.timedelta(hours=5), dt.timedelta(days=40)]


@seed(1)
@settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_moment_is_answered_as_it_was_then(client, world, data):
    moment, told = max(world, Change.objects.latest("seq").recorded_at), {}
    for number in range(data.draw(st.integers(2, 6), "edits")):
        moment += data.draw(st.sampled_from(PAUSES), "pause")
        edit = data.draw(st.sampled_from(EDITS), f"edit {number}")
        with at(moment):
            # The services refuse what is not legal; nothing is written then.
            with suppress(ValidationError):
                edit(data.draw)
            told[moment] = said(client)
    with at(moment + dt.timedelta(days=90)):
        for then, answers in told.items():
            again = said(client, then)
            for address in ADDRESSES:
                assert again[address] == answers[address], f"{address} at {written(then)}"
    assert list(differences()) == []


# Each face of the site


def edited():
    """Edit everything that can be seen of one commitment, and return the moment before."""
    item = Commitment.objects.get(code=CODES[0])
    with at(BEGIN + dt.timedelta(days=1)):
        change(item, "in_progress", dt.date(2022, 2, 1), [make_source("sheet")])
        before = Change.objects.latest("seq").recorded_at
    with at(BEGIN + dt.timedelta(days=2)):
        make_commitment(
            CODES[0],
            title="Zebrafish",
            kind="aim",
            lead_agencies=["doj"],
            due_on=dt.date(2022, 6, 30),
        )
        make_agency("ice", parent="dhs", name="Zebrafish office", short_name="Zebrafish office")
        make_source("sheet", title="Zebrafish sheet", publisher="Zebrafish")
        make_section("protection-1", title="Zebrafish section")
        make_plan(title="Zebrafish plan")
        review(item, dt.date(2025, 3, 3), note="Zebrafish: looked for them.")
    return before


@pytest.fixture(scope="class")
def before(class_database):
    begin()
    return edited()


class TestEachFace:
    @pytest.mark.presentation
    @pytest.mark.parametrize(
        "address",
        [
            *(
                "/",
                "/commitments/",
                "/commitments/?q=shelter",
                f"/commitments/{CODES[0]}/",
                "/changes/",
            ),
            *("/pillars/", "/pillars/protection/", "/agencies/", "/agencies/ice/", "/matrix/"),
            *(
                "/timeline/",
                "/timeline/?year=2022",
                "/sources/",
                "/sources/sheet/",
                "/corrections/",
            ),
            *(
                "/feeds/changes.atom",
                f"/commitments/{CODES[0]}/changes.atom",
                "/feeds/deadlines.ics",
            ),
            *(f"/commitments/{CODES[0]}/cite.{end}" for end in ("bib", "ris", "json")),
            *(f"{API}/commitments/?format={name}" for name in ("csv", "ndjson", "xlsx")),
            *(f"{API}/commitments/?format=csv&expand=plan,section", f"{API}/sources/?format=csv"),
        ],
    )
    def test_no_face_shows_what_was_written_later(self, client, before, address):
        joint = "&" if "?" in address else "?"
        response = client.get(f"{address}{joint}known_at={written(before)}")
        assert response.status_code == 200
        shown = response.getvalue() if response.streaming else response.content
        if "xlsx" in address:
            book = openpyxl.load_workbook(io.BytesIO(shown))
            shown = str([row for sheet in book for row in sheet.values]).encode()
        assert b"zebrafish" not in shown.lower()
        assert b"Shelter" in shown or "commitments" not in address


def test_a_moment_has_its_own_lateness_words_and_counts(client, world):
    before = edited()
    late = f"{API}/commitments/?is_overdue=true"
    assert CODES[0] in [row["code"] for row in answer(client, late)["results"]]
    assert answer(client, late, before)["count"] == 0
    assert answer(client, f"{API}/commitments/?q=zebrafish", before)["count"] == 0
    assert answer(client, f"{API}/commitments/?kind=aim", before)["count"] == 0
    shown = answer(client, f"{API}/commitments/{CODES[0]}/", before)
    assert shown["updated_at"] == written(before)
    assert shown["seq"] == Change.objects.filter(recorded_at__lte=before).latest("seq").seq
    assert answer(client, f"{API}/commitments/{CODES[0]}/")["seq"] > shown["seq"]


@pytest.mark.parametrize("edit", [add_frame, edit_frame], ids=lambda edit: edit.__name__)
def test_what_commitments_are_sorted_by_is_listed_as_it_was(client, world, edit):
    frames = [f"{API}/{name}/" for name in ("jurisdictions", "pillars", "themes", "agencies")]
    told = [answer(client, address) for address in frames]
    with at(BEGIN + dt.timedelta(days=1)):
        edit(lambda strategy: strategy.elements[-1])
    for address, then in zip(frames, told, strict=True):
        if not (edit is edit_frame and "agencies" in address):
            assert answer(client, address)["results"] != then["results"]
        assert answer(client, address, BEGIN)["results"] == then["results"]


def test_both_clocks_ask_the_record_of_a_moment_about_a_day(client, world):
    before = edited()
    both = answer(client, f"{API}/commitments/{CODES[0]}/?as_of=2022-01-31", before)
    assert (both["status"], both["title"]) == ("no_evidence", f"Shelter {CODES[0]}")
    assert answer(client, f"{API}/commitments/{CODES[0]}/?as_of=2022-01-31")["title"] == "Zebrafish"


def test_a_citation_leads_back_to_what_was_cited(client, world):
    with at(BEGIN + dt.timedelta(hours=1)):
        [cited] = json.loads(client.get(f"/commitments/{CODES[0]}/cite.json").content)
    edited()
    page = client.get(cited["URL"].removeprefix("http://testserver")).content.decode()
    assert f"Shelter {CODES[0]}" in page
    assert "Zebrafish" not in page


@pytest.mark.parametrize(
    "address",
    [
        "/commitments/",
        f"/commitments/{CODES[0]}/",
        "/matrix/",
        "/feeds/changes.atom",
        "/sources/",
        "/plans/us-nap-2021/brief/",
        f"{API}/agencies/",
        f"{API}/jurisdictions/US/",
    ],
)
def test_pages_feeds_and_api_refuse_a_moment_before_the_record_begins(client, world, address):
    early = written(BEGIN - dt.timedelta(microseconds=1))
    response = client.get(f"{address}?known_at={early}")
    assert response.status_code == 400
    page = response.content.decode()
    assert f"The record begins at {written(BEGIN)}." in page and "Valid are" not in page
    assert client.get(f"{address}?known_at={written(BEGIN)}").status_code == 200


def test_what_is_not_public_today_is_not_public_at_any_moment(client, world):
    Commitment.objects.filter(code=CODES[0]).update(is_published=False)
    listed = answer(client, f"{API}/commitments/", BEGIN)
    assert [row["code"] for row in listed["results"]] == CODES[1:]
    assert answer(client, f"{API}/commitments/{CODES[0]}/", BEGIN) == 404
    withheld = [row for row in answer(client, f"{API}/changes/", BEGIN)["results"]]
    assert CODES[0] not in json.dumps(withheld)


def test_what_was_a_draft_then_is_not_shown_then(client, world):
    with at(BEGIN + dt.timedelta(days=1)):
        make_commitment(DRAFT)
    assert answer(client, f"{API}/commitments/{DRAFT}/")["code"] == DRAFT
    assert answer(client, f"{API}/commitments/{DRAFT}/", BEGIN) == 404


# How the past is kept


def test_the_revisions_of_an_older_record_are_made_from_it(client, world):
    before = edited()
    told = said(client, before)
    stored = {model: model.objects.count() for model in REVISIONS.values()}
    replay.rebuild()
    assert {model: model.objects.count() for model in REVISIONS.values()} == stored
    assert said(client, before) == told
    assert list(differences()) == []


@pytest.mark.presentation
@pytest.mark.parametrize("model", REVISIONS, ids=lambda model: model.__name__)
def test_a_revision_that_the_record_does_not_explain_is_named(client, world, model):
    edited()
    link(*(Commitment(code=code) for code in CODES[:2]))
    make_development(source="audit")
    make_reported_status(source="audit")
    services.save_site(name="Promises", topic="en: housing", actor="ed")
    assert list(differences()) == []
    rows = REVISIONS[model].objects.order_by("revision")
    rows.filter(pk=rows.first().pk).update(recorded_from=BEGIN - dt.timedelta(days=1))
    [problem] = differences()
    assert problem.startswith(model._meta.model_name)
    assert problem.endswith("its revisions are not those that follow from the record.")


def test_a_past_list_takes_as_many_queries_however_long_the_record_is(client, world):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert answer(client, f"{API}/commitments/", BEGIN)["count"] == len(CODES)
        return len(caught)

    short = count()
    for number in range(12):
        with at(BEGIN + dt.timedelta(days=number + 1)):
            make_commitment(CODES[0], title=f"Promise {number}")
    assert count() == short


def test_an_edit_and_its_revision_are_written_together_or_not_at_all(world):
    rows = REVISIONS[CommitmentAgency].objects
    stood = list(rows.order_by("revision").values())
    with pytest.raises(ValidationError):
        make_commitment(CODES[0], lead_agencies=["doj"], due_on=dt.date(2025, 6, 1), reason="")
    assert list(rows.order_by("revision").values()) == stood
