"""The feed of changes and the calendar of due dates: what they say, read by programs that nobody here wrote."""

import datetime as dt
import re

import feedparser
import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commitments.models import Change, Commitment, DatasetVersion, Source
from commitments.syndication import icalendar as our_calendar
from tests.factories import (
    ACTOR,
    change,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_plan,
    make_source,
    review,
)

pytestmark = pytest.mark.django_db


def feed(client, address="/feeds/changes.atom", **headers):
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(
        answer.content, response_headers={"content-type": answer["Content-Type"]}
    )
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


def calendar(client, address="/feeds/deadlines.ics"):
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return icalendar.Calendar.from_ical(answer.content)


def words(entry):
    """Return what an entry says, without its marks."""
    text = re.sub(r"<[^>]+>", " ", entry.content[0].value)
    return re.sub(r"\s+([,.”)])", r"\1", " ".join(text.split()))


def summaries(parsed):
    return [str(event["SUMMARY"]) for event in parsed.walk("VEVENT")]


def at(address, moment):
    return f"{address}?known_at={moment.isoformat().replace('+00:00', 'Z')}"


@pytest.fixture
def promise(db):
    make_agency("dhs", name="Homeland Security")
    item = make_commitment(
        "US21-PRT-001",
        title="Train every officer",
        lead_agencies=["dhs"],
        due_on=dt.date(2022, 12, 31),
        due_precision="year",
    )
    sheet = make_source("sheet", title="Fact sheet", published_on=dt.date(2022, 1, 25))
    cite(item, sheet, locator="page 2")
    change(item, "in_progress", dt.date(2022, 1, 25), [sheet], explanation="Training has begun.")
    return item


# The feed


def test_an_entry_says_what_changed_from_what_to_what_and_on_what_evidence(client, promise):
    entry = feed(client).entries[0]
    assert entry.title == "Train every officer: In progress, before that No evidence found"
    assert words(entry).startswith(
        "Status from “No evidence found” to “In progress”, since Jan. 25, 2022. "
        "Training has begun. Evidence: Fact sheet, The White House, Jan. 25, 2022, paragraph 1 (Official)"
    )
    assert 'href="https://example.org/sheet"' in entry.content[0].value
    assert entry.link == "http://testserver/commitments/US21-PRT-001/#history"
    assert entry.author == ACTOR
    assert [tag.term for tag in entry.tags] == ["statuschange", "in_progress"]


def test_a_correction_says_what_it_strikes_out(client, promise):
    correct(promise, 1, "stalled", dt.date(2022, 2, 1), explanation="The sheet was misread.")
    entry = feed(client).entries[0]
    assert entry.title == "Train every officer: Stalled (a correction)"
    assert (
        "Step 1 said “In progress” and is struck out; it is “Stalled” since Feb. 1, 2022."
        in words(entry)
    )
    assert "The sheet was misread." in words(entry)


def test_an_entry_keeps_saying_what_stood_before_it_then(client, promise):
    """A step that is later put in front of it, or struck out, does not change what was told."""
    change(promise, "stalled", dt.date(2022, 6, 1))
    told = feed(client).entries[0]
    assert "before that In progress" in told.title
    change(promise, "in_place", dt.date(2022, 3, 1))
    correct(promise, 1, "stalled", dt.date(2022, 1, 20))
    same = next(entry for entry in feed(client).entries if entry.id == told.id)
    assert (same.title, words(same)) == (told.title, words(told))


def test_checks_edits_citations_and_links_are_told_too(client, promise):
    other = make_commitment("US21-PRT-002")
    link(promise, other, "rewords")
    sheet = make_source("sheet", title="Fact sheet", published_on=dt.date(2022, 1, 25))
    review(promise, dt.date(2022, 3, 1), note="Nothing new.", source="sheet", locator="page 3")
    make_commitment(
        promise.code,
        title="Train each officer",
        lead_agencies=["dhs"],
        due_on=promise.due_on,
        due_precision="year",
        reason="As the sheet words it.",
    )
    entries = feed(client, "/commitments/US21-PRT-001/changes.atom").entries
    titles = [entry.title.removeprefix("Train each officer: ") for entry in entries]
    assert titles == [
        "Text edited",
        "Reviewed",
        "Lineage link added",
        "In progress, before that No evidence found",
        "Citation added",
        "Commitment entered",
    ]
    assert "As the sheet words it." in words(entries[0])
    assert "Title: from “Train every officer” to “Train each officer”" in words(entries[0])
    assert "Reviewed on March 1, 2022. Nothing new." in words(entries[1])
    assert f"{sheet.title}, The White House, Jan. 25, 2022, page 3 (Official)" in words(entries[1])
    assert "Fact sheet, The White House" in words(entries[4])
    assert "Due on: 2022-12-31" in words(entries[5])


def test_entries_and_the_feed_have_lasting_names_and_times_of_the_record(client, promise):
    parsed = feed(client)
    rows = list(Change.objects.filter(commitments=promise).order_by("-seq"))
    assert len({entry.id for entry in parsed.entries}) == len(parsed.entries) == len(rows)
    for entry, row in zip(parsed.entries, rows, strict=True):
        assert entry.id.startswith("urn:uuid:")
        assert dt.datetime.fromisoformat(entry.updated) == row.recorded_at
    assert dt.datetime.fromisoformat(parsed.feed.updated) == rows[0].recorded_at
    assert parsed.feed.id == "http://testserver/feeds/changes.atom"
    links = {item.rel: item.href for item in parsed.feed.links}
    assert links["self"] == links["first"] == "http://testserver/feeds/changes.atom"
    assert links["alternate"] == "http://testserver/commitments/"


def test_the_feed_takes_the_filters_of_the_list_and_says_so(client, promise):
    make_commitment("US21-PRV-001", pillar="prevention")
    parsed = feed(client, "/feeds/changes.atom?pillar=prevention&is_open=true")
    assert {entry.link.rstrip("/#history") for entry in parsed.entries} == {
        "http://testserver/commitments/US21-PRV-001"
    }
    assert parsed.feed.title == (
        "PlanWatch: changes to commitments (Pillar: Prevention; Still open)"
    )
    alternate = "http://testserver/commitments/?pillar=prevention&is_open=true"
    assert parsed.feed.link == alternate
    assert len(feed(client, "/feeds/changes.atom?q=officer").entries) == 3
    assert feed(client, "/feeds/changes.atom?status=completed").entries == []


def test_the_feed_comes_in_pages_that_neither_skip_nor_repeat(client, promise):
    for day in range(1, 5):
        review(promise, dt.date(2022, 2, day))
    whole = [entry.id for entry in feed(client).entries]
    address, found = "/feeds/changes.atom?page_size=3", []
    while address:
        page = feed(client, address)
        found += [entry.id for entry in page.entries]
        links = {item.rel: item.href for item in page.feed.links}
        assert links["self"] == f"http://testserver{address}"
        address = links.get("next", "").removeprefix("http://testserver")
        review(promise, dt.date(2022, 3, len(found)))
    assert found == whole
    assert links["first"] == "http://testserver/feeds/changes.atom?page_size=3"
    assert "previous" in links


def test_the_feed_of_an_earlier_moment_ends_there(client, promise):
    moment = DatasetVersion.objects.get().changed_at
    before = client.get(at("/feeds/changes.atom", moment)).content
    change(promise, "stalled", dt.date(2022, 6, 1))
    assert client.get(at("/feeds/changes.atom", moment)).content == before
    assert len(feed(client, at("/feeds/changes.atom", moment)).entries) == 3
    assert feed(client, "/feeds/changes.atom?as_of=2022-06-01").entries == []
    assert len(feed(client, f"/feeds/changes.atom?as_of={timezone.now().date()}").entries) == 4


def test_an_empty_feed_is_valid_and_does_not_move(client):
    first = client.get("/feeds/changes.atom").content
    parsed = feed(client)
    assert parsed.entries == []
    assert parsed.feed.updated == "1990-01-01T00:00:00+00:00"
    assert client.get("/feeds/changes.atom").content == first


HOSTILE = "<b>Bold</b> & \x0b \x07 ]]> \ufffe “quoted”; comma, back\\slash\nBEGIN:VEVENT 人身取引"


def test_no_text_breaks_a_feed_or_a_calendar(client, promise):
    source = make_source("bad", published_on=dt.date(2022, 1, 1))
    item = make_commitment("US21-PRT-002", due_on=dt.date(2023, 1, 1))
    cite(item, source)
    words = re.sub("[\x0b\x07\ufffe]", "", HOSTILE)
    change(item, "in_progress", dt.date(2022, 1, 1), [source], explanation=words)
    # Services refuse these; a database that was filled before they did may hold them.
    Source.objects.filter(slug="bad").update(title=HOSTILE, publisher=HOSTILE)
    Commitment.objects.filter(pk=item.pk).update(title=HOSTILE, summary=HOSTILE)
    entry = feed(client).entries[0]
    assert (
        "<b>Bold</b> & "
        in feedparser.parse(client.get("/feeds/changes.atom").content).entries[0].title
        or "Bold" in entry.title
    )
    assert "<b>" not in entry.content[0].value.replace("&lt;b&gt;", "")
    assert "人身取引" in entry.title
    events = calendar(client).walk("VEVENT")
    assert len(events) == 3
    event = next(event for event in events if "US21-PRT-002" in event["SUMMARY"])
    assert "<b>Bold</b> &" in event["SUMMARY"]
    assert "; comma, back\\slash" in event["DESCRIPTION"]


def test_nothing_unpublished_is_told(client, promise):
    hidden = make_commitment(
        "US21-PRT-900", title="Secret", due_on=dt.date(2023, 1, 1), is_published=False
    )
    change(hidden, "in_progress")
    link(promise, hidden, note="Secret link")
    for address in (
        "/feeds/changes.atom",
        "/commitments/US21-PRT-001/changes.atom",
        "/feeds/deadlines.ics",
    ):
        text = client.get(address).content.decode()
        assert "Secret" not in text
        assert "US21-PRT-900" not in text
    assert client.get("/commitments/US21-PRT-900/changes.atom").status_code == 404


# The calendar


def test_a_due_date_is_an_all_day_event_with_its_source(client, promise):
    parsed = calendar(client)
    assert str(parsed["X-WR-CALNAME"]) == "PlanWatch: due dates of all commitments"
    event = next(event for event in parsed.walk("VEVENT") if "Due" in event["SUMMARY"])
    assert event["SUMMARY"] == "Due: Train every officer (US21-PRT-001)"
    assert (event.start, event.end) == (dt.date(2022, 12, 31), dt.date(2023, 1, 1))
    assert event["URL"] == "http://testserver/commitments/US21-PRT-001/"
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["DESCRIPTION"].split("\n") == [
        "An agency is to do something for survivors.",
        "Responsible agency: Homeland Security",
        "Status: In progress since Jan. 25, 2022",
        "The source names no day but 2022; shown on its last day.",
        "Source: Fact sheet, The White House, Jan. 25, 2022, https://example.org/sheet",
    ]


def test_the_end_of_a_plan_is_an_event(client, promise):
    make_plan("us-nap-2021", period_note="Three years from its release.")
    event = next(event for event in calendar(client).walk("VEVENT") if "ends" in event["SUMMARY"])
    assert event["SUMMARY"] == "The period of a plan ends: National Action Plan"
    assert event.start == dt.date(2024, 12, 3)
    assert event["DESCRIPTION"] == "Three years from its release."
    assert event["URL"] == "http://testserver/commitments/?plan=us-nap-2021"


def test_the_calendar_is_the_same_bytes_until_the_record_changes(client, promise):
    first = client.get("/feeds/deadlines.ics").content
    assert client.get("/feeds/deadlines.ics").content == first
    events = {str(event["UID"]): event for event in calendar(client).walk("VEVENT")}
    change(promise, "stalled", dt.date(2022, 6, 1))
    later = {str(event["UID"]): event for event in calendar(client).walk("VEVENT")}
    assert events.keys() == later.keys()
    promise.refresh_from_db()
    event = next(event for event in later.values() if "Due" in event["SUMMARY"])
    assert event["SEQUENCE"] > events[str(event["UID"])]["SEQUENCE"]
    assert event["DTSTAMP"].dt == promise.updated_at.replace(microsecond=0)
    assert "Stalled" in event["DESCRIPTION"]


def test_the_calendar_takes_the_filters_and_clocks_of_the_list(client, promise):
    make_plan(
        "other",
        title="Another plan",
        published_on=dt.date(2023, 1, 1),
        starts_on=None,
        ends_on=None,
    )
    make_commitment(
        "US23-PRV-001",
        pillar="prevention",
        plan="us-nap-2021",
        title="Later",
        announced_on=dt.date(2023, 2, 1),
        due_on=dt.date(2023, 12, 31),
    )
    everything = summaries(calendar(client))
    assert [text.partition(":")[0] for text in everything] == [
        "Due",
        "Due",
        "The period of a plan ends",
    ]
    assert len(summaries(calendar(client, "/feeds/deadlines.ics?pillar=prevention"))) == 2
    assert len(summaries(calendar(client, "/feeds/deadlines.ics?as_of=2022-01-01"))) == 2
    assert len(summaries(calendar(client, "/feeds/deadlines.ics?due_after=2023-01-01"))) == 2
    assert summaries(calendar(client, "/feeds/deadlines.ics?status=completed")) == []
    then = calendar(client, "/feeds/deadlines.ics?as_of=2022-01-01").walk("VEVENT")[0]
    assert "Status: No evidence found" in then["DESCRIPTION"]


def test_a_calendar_too_large_is_refused_rather_than_cut(client, promise, monkeypatch):
    make_commitment("US21-PRT-002", due_on=dt.date(2023, 1, 1))
    monkeypatch.setattr(our_calendar, "LIMIT", 1)
    answer = client.get("/feeds/deadlines.ics")
    assert answer.status_code == 400
    assert "more than 1 due dates" in answer.content.decode()
    assert client.get("/feeds/deadlines.ics?due_before=2022-12-31").status_code == 200


# Addresses, caching and cost


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/feeds/changes.atom?pilar=protection", "nearest valid one is “pillar”"),
        ("/feeds/changes.atom?pillar=protections", "nearest valid one is “protection”"),
        ("/feeds/changes.atom?order=title", "leave order out"),
        ("/feeds/changes.atom?cursor=nonsense", "cursor"),
        ("/feeds/changes.atom?page_size=0", "page_size"),
        ("/feeds/changes.atom?known_at=soon", "known_at"),
        ("/feeds/deadlines.ics?order=due_on", "leave order out"),
        ("/feeds/deadlines.ics?page_size=5", "page_size"),
        ("/feeds/deadlines.ics?as_of=2999-01-01", "future"),
        ("/commitments/US21-PRT-001/changes.atom?pillar=protection", "pillar"),
    ],
)
def test_a_feed_that_cannot_be_asked_for_is_refused_with_the_reason(
    client, promise, address, words
):
    answer = client.get(address)
    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    ["/feeds/changes.atom", "/feeds/deadlines.ics", "/commitments/US21-PRT-001/changes.atom"],
)
def test_asking_again_costs_nothing_until_something_is_recorded(client, promise, address):
    etag = client.get(address)["ETag"]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address, headers={"if-none-match": etag}).status_code == 304
    assert len(queries) == 1
    review(promise, dt.date(2022, 3, 1))
    assert client.get(address, headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize(
    "address", ["/feeds/changes.atom", "/feeds/deadlines.ics?plan=us-nap-2021"]
)
def test_the_number_of_queries_does_not_grow(client, promise, address):
    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    few = queries()
    for number in range(4):
        item = make_commitment(
            f"US21-PRT-10{number}", lead_agencies=["dhs"], due_on=dt.date(2022, 5, number + 1)
        )
        cite(item)
        change(item, "in_progress")
        review(item, dt.date(2022, 3, 1), source=make_source().slug, locator="page 1")
    assert queries() == few
    assert few <= 11


# How a reader finds them


def test_pages_tell_programs_and_readers_what_can_be_subscribed_to(client, promise):
    atom, ics = "/feeds/changes.atom", "/feeds/deadlines.ics"
    for address, hrefs in (
        ("/", [atom, ics]),
        ("/changes/", [atom]),
        (
            "/commitments/?as_of=2024-01-01&pillar=protection&order=title",
            [f"{atom}?pillar=protection", f"{ics}?pillar=protection"],
        ),
        ("/pillars/protection/?is_open=true", [f"{atom}?is_open=true&amp;pillar=protection"]),
        ("/agencies/dhs/", [f"{atom}?agency=dhs", f"{ics}?agency=dhs"]),
        ("/sources/sheet/", [f"{atom}?source=sheet"]),
        ("/commitments/us21-prt-001/", ["/commitments/US21-PRT-001/changes.atom"]),
    ):
        page = " ".join(client.get(address).content.decode().split())
        for href in hrefs:
            assert f'href="{href}">' in page, (address, href)
            assert f'<a href="{href}" type="' in page, (address, href)
            assert client.get(href.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize(
    "address", ["/commitments/US21-PRT-999/", "/commitments/?pilar=x", "/no-such-page/", "/method/"]
)
def test_other_pages_offer_no_feed(client, promise, address):
    assert "application/atom+xml" not in client.get(address).content.decode()


# RFC 5545 and 7986: what a property is where it names no type, and what else it may be.
DEFAULT_TYPES = {
    "REFRESH-INTERVAL": None,
    "SOURCE": None,
    "URL": "URI",
    "DTSTART": "DATE-TIME",
    "DTEND": "DATE-TIME",
    "DTSTAMP": "DATE-TIME",
    "LAST-MODIFIED": "DATE-TIME",
    "SEQUENCE": "INTEGER",
}
FORMS = {
    "DATE": r"\d{8}",
    "DATE-TIME": r"\d{8}T\d{6}Z",
    "DURATION": r"P\d+[DW]",
    "INTEGER": r"\d+",
    "URI": r"https?://\S+",
    "TEXT": r"(?:[^\\,;]|\\[\\,;nN])*(?:,(?:[^\\,;]|\\[\\,;nN])*)*",
}


def test_every_property_of_the_calendar_has_the_type_that_it_names(client, world):
    change(world["item"], "in_place", dt.date(2022, 2, 1), [world["source"]])
    content = client.get("/feeds/deadlines.ics?pillar=protection").content
    assert icalendar.Calendar.from_ical(content).errors == []
    lines = content.decode().replace("\r\n ", "").split("\r\n")
    named = set()
    for line in filter(None, lines):
        found = re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=[^:;]+)*):(.*)", line)
        name, parameters, value = found.groups()
        given = re.search(r";VALUE=([A-Z-]+)", parameters)
        kind = given[1] if given else DEFAULT_TYPES.get(name, "TEXT")
        assert kind, f"{name} has no type of its own"
        assert re.fullmatch(FORMS[kind], value), line
        named.add((name, kind))
    assert {("REFRESH-INTERVAL", "DURATION"), ("SOURCE", "URI")} <= named
