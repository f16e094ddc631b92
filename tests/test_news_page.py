"""What happened to commitments, told by the day on which it happened, on the page and in the feed."""

import datetime as dt
import re
import xml.etree.ElementTree as ET

import pytest

from commitments.models import Commitment
from commitments.querysets.news import events
from commitments.views import news
from tests.factories import (
    change,
    cite,
    make_commitment,
    make_development,
    make_pillar,
    make_source,
)

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="class")
def happened(class_database):
    """A commitment with a change, a document, a report and a due date; and one that waits for its own."""
    make_pillar("prevention")
    sheet = make_source("sheet", published_on=dt.date(2021, 12, 3), publisher="The House")
    later = make_source("later", published_on=dt.date(2023, 5, 4), title="A later report")
    item = make_commitment("US21-PRT-001", title="Train judges", due_on=dt.date(2022, 6, 30))
    coming = make_commitment("US21-PRT-002", title="Open shelters", due_on=dt.date(2199, 1, 1))
    for each in (item, coming):
        cite(each, sheet)
    change(item, "in_progress", dt.date(2023, 5, 1), [later], explanation="Courses began.")
    make_development(
        commitments=[item.code],
        source="later",
        reported_on=dt.date(2024, 2, 1),
        sentence="The budget for courses was cut.",
        bearing="concern",
    )
    return item


@pytest.mark.django_db
class TestNews:
    def test_every_kind_stands_on_its_own_day_the_latest_first(self, happened):
        found = events(Commitment.objects.published(), dt.date(2026, 1, 1))
        assert [(kind, str(day)) for kind, _, day in found] == [
            ("development", "2024-02-01"),
            ("document", "2023-05-04"),
            ("status", "2023-05-01"),
            ("due", "2022-06-30"),
            ("document", "2021-12-03"),
        ]

    def test_the_page_names_sentence_commitment_and_source_and_what_is_ahead(
        self, happened, client
    ):
        page = client.get("/news/").content.decode()
        assert "Courses began." in page and "The budget for courses was cut." in page
        assert page.index("Open shelters") < page.index("The budget") < page.index("Courses began")
        assert "was no evidence found" in page

    def test_the_day_of_the_import_is_nowhere_news(self, happened, client):
        page = client.get("/news/").content.decode()
        days = re.findall(r'<time datetime="(\d{4})', page.partition('<main id="main"')[2])
        assert set(days) <= {"2021", "2022", "2023", "2024"}

    @pytest.mark.parametrize(
        ("query", "shown", "hidden"),
        [
            ("year=2024", "budget for courses", "Courses began"),
            ("event=status", "Courses began", "budget for courses"),
            ("event=due", "Open shelters", "Courses began"),
            ("before=2023-05-04", "Courses began", "A later report”"),
            ("pillar=prevention", "Nothing is recorded for these choices", "Courses began"),
            ("as_of=2023-12-31", "Courses began", "budget for courses"),
        ],
    )
    def test_filters_keep_what_they_name(self, happened, client, query, shown, hidden):
        page = client.get(f"/news/?{query}").content.decode()
        assert shown in page and hidden not in page

    @pytest.mark.parametrize("query", ["event=party", "year=soon", "before=never", "order=code"])
    def test_what_cannot_be_read_is_refused_with_what_to_write(self, happened, client, query):
        answer = client.get(f"/news/?{query}")
        assert answer.status_code == 400
        assert query.partition("=")[0] in answer.content.decode()

    def test_older_events_follow_without_a_gap_or_a_repetition(self, happened, client, monkeypatch):
        monkeypatch.setattr(news, "PAGE", 2)
        address, told = "/news/", []
        while address:
            page = client.get(address).content.decode().partition('<main id="main"')[2]
            told += re.findall(r"Courses began|budget for courses|A later report”|The House", page)
            following = re.search(r'href="(/news/\?before=[\d-]+)" rel="next"', page)
            address = following and following[1]
        assert told[:3] == ["budget for courses", "A later report”", "Courses began"]
        assert told.count("Courses began") == 1

    def test_a_day_fuller_than_a_page_is_shown_whole(self, happened, client, monkeypatch):
        monkeypatch.setattr(news, "PAGE", 1)
        make_development(
            "paragraph 2",
            commitments=[happened.code],
            source="later",
            reported_on=dt.date(2024, 2, 1),
            sentence="Two.",
        )
        make_development(
            "paragraph 3",
            commitments=[happened.code],
            source="later",
            reported_on=dt.date(2024, 2, 1),
            sentence="Three.",
        )
        page = client.get("/news/").content.decode()
        assert all(words in page for words in ("budget for courses", "Two.", "Three."))

    def test_the_feed_tells_the_same_events_on_the_same_days(self, happened, client):
        entries = ET.fromstring(client.get("/feeds/news.atom").content).findall(f"{ATOM}entry")
        days = [entry.findtext(f"{ATOM}published")[:10] for entry in entries]
        assert days == ["2024-02-01", "2023-05-04", "2023-05-01", "2022-06-30", "2021-12-03"]
        assert "The budget for courses was cut." in entries[0].findtext(f"{ATOM}content")
        assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 5

    def test_the_feed_takes_the_filters_of_the_list(self, happened, client):
        feed = client.get("/feeds/news.atom?pillar=prevention").content
        assert ET.fromstring(feed).findall(f"{ATOM}entry") == []
        assert client.get("/feeds/news.atom?pillar=nowhere").status_code == 400
