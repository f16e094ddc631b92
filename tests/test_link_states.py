"""What is kept of a check of a source's address, what moves by it, and where readers and editors see it."""

import csv
import datetime as dt
import io
import re
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from commitments import services
from commitments.choices import LinkState
from commitments.link_checks import states
from commitments.models import Change, DatasetVersion, Source, SourceCheck
from commitments.presenters.link_state import reading_address, shown_link
from planwatch.net import addresses
from tests.factories import (
    change,
    check_link,
    cite,
    each_visit_on_another_day,
    make_commitment,
    make_source,
)

pytestmark = pytest.mark.django_db

ARCHIVED = "https://web.example.net/2022/sheet"
WORDS = [
    "The",
    "department",
    "shall",
    "train",
    "every",
    "officer",
    "of",
    "the",
    "border",
    "within",
    "a",
    "year",
    "of",
    "this",
    "plan",
]


@pytest.fixture
def source(db):
    # Before any moment that a test sets: the record's clock never steps back.
    moment = timezone.now() - dt.timedelta(days=30)
    with patch("commitments.audit.recorder.timezone.now", return_value=moment):
        found = make_source("sheet", url="https://agency.example.org/sheet")
        item = make_commitment("US21-PRT-001")
        cite(item, found)
        change(item, "in_progress", dt.date(2022, 1, 25), [found])
    return found


@pytest.fixture
def today() -> dt.date:
    return timezone.now().date()


@pytest.fixture
def yesterday(today) -> dt.date:
    return today - dt.timedelta(days=1)


@pytest.fixture
def clock(monkeypatch):
    """Set the moment at which services write."""

    def set_to(day, hour=9):
        moment = dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)
        monkeypatch.setattr("commitments.audit.recorder.timezone.now", lambda: moment)
        return moment

    return set_to


def text(words):
    return {
        "content_hash": str(hash(tuple(words)) % 10**9),
        "fingerprint": states.fingerprint_of(words),
    }


def page(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+([,.:;)])", r"\1", re.sub(r"\s+", " ", words))


def version():
    return DatasetVersion.objects.get().seq


# What is kept


def test_the_first_check_is_a_row_of_the_public_record(source):
    before = version()
    check = check_link(source)
    row = Change.objects.latest("seq")
    assert (row.seq, row.object_type, row.actor) == (before + 1, "sourcecheck", "link-checker")
    assert row.object_key.startswith("sheet/")
    assert (row.after["source"], row.after["state"]) == ("sheet", "answered")
    assert check.is_recorded
    source.refresh_from_db()
    assert (source.link_state, source.link_http_status) == ("answered", 200)
    call_command("verify_record", verbosity=0)
    call_command("check_integrity", verbosity=0)


def test_a_check_that_finds_all_as_it_was_is_kept_and_moves_no_version(source):
    check_link(source)
    before = version()
    again = check_link(source, http_status=203, final_url=source.url + "?session=7")
    assert not again.is_recorded
    assert version() == before
    assert SourceCheck.objects.count() == 2
    source.refresh_from_db()
    assert source.link_checked_at == again.checked_at
    assert (source.link_http_status, source.link_final_url) == (200, source.url)
    call_command("check_integrity", verbosity=0)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("gone", {}),
        ("moved", {"final_url": "https://archives.example.org/sheet"}),
        ("unreachable", {"http_status": None, "final_url": "", "problem": "It did not answer."}),
        ("blocked", {"http_status": 403}),
    ],
)
def test_what_readers_must_be_told_anew_moves_the_version(source, state, found):
    check_link(source)
    before = version()
    assert check_link(source, state, **found).is_recorded
    assert version() == before + 1
    assert Source.objects.get(slug="sheet").link_state == state


def test_no_check_moves_a_commitment(source):
    item = source.citations.get().commitment
    before = (item.updated_at, item.seq, item.last_reviewed_on)
    check_link(source, "gone")
    item.refresh_from_db()
    assert (item.updated_at, item.seq, item.last_reviewed_on) == before


def test_a_new_address_has_not_been_checked(source):
    check_link(source, "gone")
    make_source("sheet", url="https://agency.example.org/new")
    source.refresh_from_db()
    assert (source.link_state, source.link_found_at) == ("unchecked", None)
    call_command("check_integrity", verbosity=0)


def test_an_answer_for_an_address_that_was_edited_meanwhile_is_dropped(source):
    before = version()
    answer = states.Answer(LinkState.GONE, http_status=404)
    assert (
        services.record_check(source="sheet", url="https://old.example.org/", answer=answer) is None
    )
    assert services.record_check(source="none", url=source.url, answer=answer) is None
    assert (version(), SourceCheck.objects.count()) == (before, 0)


def test_integrity_names_a_link_that_its_checks_do_not_bear_out(source, capsys):
    check_link(source)
    Source.objects.filter(slug="sheet").update(link_state="gone")
    with pytest.raises(Exception, match="1 differences"):
        call_command("check_integrity")
    assert "Source sheet: link_state is gone, its checks say answered" in capsys.readouterr().out


# Drift


def test_drift_is_measured_against_what_the_first_check_read(source):
    changed = [*WORDS[:-6], *["three", "years", "after", "the", "end", "of", "that", "plan"]]
    assert check_link(source, **text(WORDS)).drift == 0
    assert check_link(source, **text(WORDS)).drift == 0
    later = check_link(source, **text(changed))
    assert states.DRIFTED <= later.drift <= 80
    assert later.is_recorded
    assert Source.objects.get(slug="sheet").link_content_changed
    back = check_link(source, **text(WORDS))
    assert (back.drift, back.is_recorded) == (0, True)


def test_other_bytes_are_no_proof_that_a_text_has_changed(source):
    check_link(source, content_hash="a" * 64)
    check = check_link(source, content_hash="b" * 64)
    assert (check.drift, check.is_recorded) == (None, False)


def test_a_document_is_gone_once_two_days_have_found_it_so(source):
    gone = states.Answer(LinkState.GONE, final_url=source.url, http_status=404)
    visit = {"source": source.slug, "url": source.url}
    first = services.record_check(answer=gone, **visit)
    again = services.record_check(answer=gone, **visit)
    assert (first.is_recorded, again.is_recorded) == (False, False)
    assert Source.objects.get(slug="sheet").link_state == "unchecked"
    with each_visit_on_another_day():
        assert services.record_check(answer=gone, **visit).is_recorded
    assert Source.objects.get(slug="sheet").link_state == "gone"


def test_a_document_that_answers_between_two_failures_is_not_gone(source):
    gone = states.Answer(LinkState.GONE, final_url=source.url, http_status=404)
    visit = {"source": source.slug, "url": source.url}
    services.record_check(answer=gone, **visit)
    check_link(source)
    with each_visit_on_another_day():
        assert not services.record_check(answer=gone, **visit).is_recorded
    assert Source.objects.get(slug="sheet").link_state == "answered"


def test_an_unchanged_answer_keeps_what_the_last_check_read(source):
    first = check_link(source, etag='"1"', **text(WORDS))
    same = check_link(source, is_same=True, http_status=304)
    assert (same.content_hash, same.fingerprint) == (first.content_hash, first.fingerprint)
    assert (same.etag, same.drift, same.http_status) == ('"1"', 0, 200)
    assert not same.is_recorded


def test_an_unfinished_answer_leaves_the_drift_as_it_was(source):
    check_link(source, **text(WORDS))
    changed = check_link(source, **text([word[::-1] for word in WORDS]))
    unfinished = check_link(source, problem="It broke off before its end.")
    assert (unfinished.drift, unfinished.is_recorded) == (changed.drift, False)


def test_a_text_and_itself_with_a_new_date_are_nearly_the_same():
    text = [f"word{number}" for number in range(400)]
    dated = [*text[:200], "updated", "today", *text[200:]]
    one, other = states.fingerprint_of(text), states.fingerprint_of(dated)
    assert states.drift(one, one) == 0
    assert states.drift(one, other) < states.DRIFTED
    assert states.drift(one, states.fingerprint_of([word[::-1] for word in text])) > 50


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.example/x", "https://www.a.example/x/", True),
        ("https://a.example/x#part", "https://a.example/x", True),
        ("https://a.example:8443/x", "https://a.example/x", False),
        ("https://a.example/x?a=1", "https://a.example/x?a=2", False),
        ("https://a.example/x", "https://b.example/x", False),
    ],
)
def test_two_addresses_are_the_same_place_up_to_scheme_www_and_slash(one, other, same):
    assert addresses.same_place(one, other) is same


# What is told, and when


def test_the_day_of_a_check_that_found_nothing_new_is_told_from_the_next_day_on(
    source, clock, today, yesterday
):
    """What an address shows must not change while its ETag, made of version and day, stays."""
    first = today - dt.timedelta(days=9)
    for day in (first, yesterday, today):
        clock(day)
        check_link(source)
    source.refresh_from_db()
    assert shown_link(source, today).found_on == first
    assert shown_link(source, today).checked_on == yesterday
    assert shown_link(source, today + dt.timedelta(days=1)).checked_on == today


def test_what_was_found_today_is_told_today(source, clock, today, yesterday):
    clock(yesterday)
    check_link(source)
    clock(today)
    check_link(source, "gone")
    clock(today, 10)
    check_link(source, "gone")
    source.refresh_from_db()
    assert (shown_link(source, today).state, shown_link(source, today).checked_on) == (
        "gone",
        today,
    )


def test_as_known_before_the_finding_the_link_is_not_checked_yet(client, source, clock, yesterday):
    clock(yesterday)
    check_link(source, "gone")
    assert "The document is gone from its address" in page(client, "/sources/sheet/")
    before = dt.datetime.combine(yesterday, dt.time(8), tzinfo=dt.UTC).isoformat()
    assert "gone from its address" not in page(client, f"/sources/sheet/?known_at={before}")


def test_an_unchanged_link_keeps_the_etag_and_a_changed_one_moves_it(client, source):
    for address in ("/sources/sheet/", "/commitments/US21-PRT-001/", "/api/v1/sources/sheet/"):
        check_link(source)
        etag, body = client.get(address)["ETag"], client.get(address).content
        check_link(source)
        assert (client.get(address)["ETag"], client.get(address).content) == (etag, body)
        check_link(source, "gone")
        assert client.get(address)["ETag"] != etag


# Where it is shown


def test_before_any_check_a_page_says_so_once_and_quietly(client, source):
    make_source("memo")
    cite(make_commitment(), Source.objects.get(slug="memo"))
    listed = page(client, "/sources/")
    assert listed.count("not been checked yet") == 1
    assert "Link not checked" not in listed
    assert "Whether its address still works has not been checked yet." in page(
        client, "/sources/sheet/"
    )


@pytest.mark.parametrize(
    ("state", "found", "short", "long"),
    [
        ("answered", {}, "Link answered on", "Its address answered when it was last checked"),
        (
            "moved",
            {"final_url": "https://archives.example.org/sheet"},
            "Moved to archives.example.org, checked on",
            "Its address leads to another one, at archives.example.org",
        ),
        (
            "refused",
            {"http_status": 403},
            "Site refused the request",
            "refused the request (answer 403)",
        ),
        (
            "unreachable",
            {"http_status": None, "final_url": ""},
            "Link did not answer on",
            "Its address did not answer when it was last checked",
        ),
        ("gone", {}, "Gone from its address on", "The document is gone from its address"),
    ],
)
def test_the_state_of_a_link_stands_beside_its_source(client, source, state, found, short, long):
    check_link(source, state, **found)
    assert short in page(client, "/sources/")
    assert short in page(client, "/commitments/US21-PRT-001/")
    assert long in page(client, "/sources/sheet/")


def test_a_text_that_changed_is_told(client, source):
    check_link(source, **text(WORDS))
    check_link(source, **text([word[::-1] for word in WORDS]))
    assert "Text changed since the first check" in page(client, "/sources/")
    assert "differs from what the first check read" in page(client, "/sources/sheet/")
    assert client.get("/api/v1/sources/sheet/").json()["link"]["content_changed"] is True


def test_once_the_original_is_gone_its_title_leads_to_the_archived_copy(client, source):
    source = make_source("sheet", url=source.url, archived_url=ARCHIVED)
    for state, address in (
        ("answered", source.url),
        ("unreachable", source.url),
        ("gone", ARCHIVED),
    ):
        check_link(source, state)
        source.refresh_from_db()
        assert reading_address(source) == address
        shown = client.get("/commitments/US21-PRT-001/").content.decode()
        assert re.search(rf'href="{address}">\s*Document sheet', shown), state
        assert ("Archived copy" in shown) == (state != "answered")
        feed = client.get("/commitments/US21-PRT-001/changes.atom").content.decode()
        assert f'href="{address}"' in feed.replace("&quot;", '"').replace("&#34;", '"'), state
    assert "Read an archived copy at web.example.net" in page(client, "/sources/sheet/")


def test_the_api_tells_the_link_of_a_source(client, source, today):
    address = "/api/v1/sources/sheet/"
    assert client.get(address).json()["link"] == {
        "state": "unchecked",
        "found_on": None,
        "checked_on": None,
        "final_url": "",
        "http_status": None,
        "content_changed": False,
    }
    check_link(source, "moved", final_url="https://archives.example.org/sheet")
    assert client.get(address).json()["link"] == {
        "state": "moved",
        "found_on": today.isoformat(),
        "checked_on": today.isoformat(),
        "final_url": "https://archives.example.org/sheet",
        "http_status": 200,
        "content_changed": False,
    }


def test_the_export_of_sources_tells_the_link(client, source, today):
    check_link(source, "gone", http_status=404)
    table = client.get("/api/v1/sources/?format=csv").getvalue().decode()
    (row,) = csv.DictReader(io.StringIO(table))
    told = (row["link.state"], row["link.found_on"], row["link.http_status"])
    assert told == ("gone", today.isoformat(), "404")


def test_the_record_page_tells_a_check_and_leads_to_the_source(client, source):
    check_link(source, "gone")
    response = client.get("/changes/")
    assert "Link checked: gone" in page(client, "/changes/")
    assert 'href="/sources/sheet/">Document sheet' in response.content.decode()


# Archived copies


def test_a_copy_is_added_to_a_dead_source_once_and_in_the_record(source):
    add = {"source": "sheet", "archived_url": ARCHIVED}
    assert services.add_archived_copy(**add) is False, "the original was not found dead"
    check_link(source, "gone")
    assert services.add_archived_copy(**add) is True
    row = Change.objects.latest("seq")
    assert (row.object_type, row.object_key, row.actor) == ("source", "sheet", "link-checker")
    assert row.after["archived_url"] == ARCHIVED
    assert row.after["reason"]
    assert services.add_archived_copy(**add) is False
    call_command("check_integrity", verbosity=0)


# The editors' desk


@pytest.fixture
def editor(db):
    user = get_user_model().objects.create_user("first")
    user.groups.add(Group.objects.get(name="Editor"))
    found = Client()
    found.force_login(user)
    return found


def test_the_desk_lists_dead_links_with_what_rests_on_them(editor, source):
    desk = page(editor, "/editor/")
    assert "Dead links: 0" in desk
    assert "No link was found dead when it was last checked." in desk
    check_link(source, "gone")
    asleep = make_source("asleep", archived_url=ARCHIVED)
    cite(source.citations.get().commitment, asleep, "restates")
    check_link(asleep, "unreachable", http_status=None, final_url="")
    for state in ("answered", "moved", "refused"):
        fine = make_source(state)
        cite(make_commitment(), fine)
        check_link(fine, state)
    desk = page(editor, "/editor/")
    assert "Dead links: 2 1 published commitment rests on these documents." in desk
    assert "announces 1, evidence for 1 Gone from its address on" in desk
    assert "Link did not answer on" in desk
    assert f'href="{ARCHIVED}"' in editor.get("/editor/").content.decode()
    listed = page(editor, "/editor/sources/?dead_link=1")
    assert "2 sources whose link does not lead to the document" in listed


def test_a_dead_source_of_a_draft_alone_is_no_dead_link_of_what_is_published(editor, source):
    draft = make_commitment("US21-PRT-999", is_published=False)
    memo = make_source("memo")
    cite(draft, memo)
    check_link(memo, "gone")
    assert "Dead links: 0" in page(editor, "/editor/")


def test_an_editor_sees_the_last_checks_of_a_source_in_full(editor, source):
    shown = page(editor, "/editor/sources/sheet/")
    assert "Its address has not been asked yet." in shown
    check_link(source, **text(WORDS))
    check_link(
        source,
        "unreachable",
        http_status=None,
        final_url="",
        problem="Its certificate is not valid: certificate has expired.",
    )
    shown = page(editor, "/editor/sources/sheet/")
    assert "Did not answer" in shown
    assert "Its certificate is not valid: certificate has expired." in shown
    assert "Answered" in shown
