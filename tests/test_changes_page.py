"""The public record as a page: by day, by kind, in words, and nothing in it that is not for the public."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from commitments.models import Change
from commitments.querysets.audit import CHANGE_KINDS
from tests.factories import change, cite, correct, link, make_commitment, make_source, review


@pytest.fixture(scope="class")
def record(class_database):
    first = make_commitment("US21-PRT-001", title="First promise")
    second = make_commitment("US21-PRT-002", title="Second promise")
    source = make_source("sheet", title="Fact sheet")
    cite(first, source)
    change(first, "in_progress", dt.date(2022, 1, 2), [source])
    correct(first, 1, "stalled", dt.date(2022, 1, 2), [source], explanation="It was paused.")
    review(first, dt.date(2022, 3, 1), note="Nothing found.")
    link(first, second)
    make_commitment("US21-PRT-001", title="First promise, reworded", reason="Clearer.")
    hidden = make_commitment("US21-PRT-900", title="Secret", is_published=False)
    change(hidden, "in_progress", dt.date(2022, 1, 2))


def done(client, query=""):
    """Return what the rows of the page say was done, in their order."""
    response = client.get(f"/changes/?page_size=100&{query}".rstrip("&"))
    assert response.status_code == 200
    return re.findall(r"<b>([^<]+)</b>", response.content.decode())


class TestChangesPage:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("status_change", ["Status changed"]),
            ("correction", ["Status corrected"]),
            ("review", ["Reviewed"]),
            ("commitment", ["Commitment entered", "Commitment entered"]),
            ("text_edit", ["Text edited"]),
            ("citation", ["Citation added"]),
            ("lineage", ["Lineage link added"]),
            ("proposal", []),
        ],
    )
    def test_each_kind_shows_its_own_rows_and_no_other(self, client, record, kind, expected):
        assert done(client, f"kind={kind}") == expected

    def test_several_kinds_are_shown_together_newest_first(self, client, record):
        found = done(client, "kind=review&kind=correction")
        assert found == ["Reviewed", "Status corrected"]

    def test_every_row_of_the_record_has_a_kind(self, client, record):
        rows = Change.objects.with_visibility()
        assert set(rows.of_kinds(CHANGE_KINDS).values_list("seq", flat=True)) == set(
            rows.filter(is_withheld=False).values_list("seq", flat=True)
        )

    def test_a_filter_does_not_tell_what_a_withheld_row_is_about(self, client, record):
        everything = client.get("/changes/?page_size=100").content.decode()
        assert everything.count("Withheld") == 3, "the document of the hidden one, too"
        for kind in ("status_change", "commitment", "source"):
            page = client.get(f"/changes/?page_size=100&kind={kind}").content.decode()
            assert "Withheld" not in page and "Secret" not in page

    def test_rows_stand_under_the_day_on_which_they_were_recorded(self, client, record):
        page = client.get("/changes/").content.decode()
        today = timezone.now().date()
        assert f'id="day-{today.isoformat()}"' in page
        assert page.count("<h2 id=") == 1

    def test_the_next_page_keeps_the_kinds(self, client, record):
        page = client.get("/changes/?kind=commitment&kind=source&page_size=1").content.decode()
        further = re.search(r'rel="next"\s+href="([^"]+)"', page)[1].replace("&amp;", "&")
        assert "kind=commitment&kind=source" in further
        assert client.get(further).status_code == 200

    def test_an_unknown_kind_is_refused_with_the_nearest(self, client, record):
        response = client.get("/changes/?kind=corections")
        assert response.status_code == 400
        assert "The nearest valid one is “correction”" in response.content.decode()

    def test_a_kind_without_rows_says_so_and_leads_back(self, client, record):
        page = client.get("/changes/?kind=proposal").content.decode()
        assert "No change of this kind is recorded." in page
