"""`manage.py check_sources`: what it asks, keeps and says, that it goes on where it was ended, and where it looks for copies."""

import json
import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlencode

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import connection, connections

from commitments.link_checks import runner
from commitments.models import Change, Source, SourceCheck
from tests.factories import check_link, each_visit_on_another_day, make_source
from tests.misbehaving_site import answer, page, redirect, silence, site_started


@pytest.fixture
def site(settings):
    settings.PLANWATCH_LINK_CHECK_PRIVATE = True
    with site_started() as started:
        yield started


@pytest.fixture
def sources(db, site):
    """Three documents on two hosts: one that answers, one that moved, one that is gone."""
    site.answers |= {
        "/plan": page(ETag='"1"'),
        "/sheet": redirect("/archive/sheet", 301),
        "/archive/sheet": page(),
    }
    make_source("plan", url=site.url("/plan"))
    make_source("sheet", url=site.url("/sheet"))
    make_source("memo", url=site.url("/memo", "127.0.0.2"))
    make_source("nowhere", url="")


def check(*arguments, **options):
    call_command("check_sources", *arguments, **{"delay": 0, "verbosity": 0, **options})


def check_on_two_days(*arguments):
    """Check, and again on the next day: what is gone or changed is told then."""
    check(*arguments, older_than=0)
    with each_visit_on_another_day():
        check(*arguments, older_than=0)


def states():
    return dict(Source.objects.exclude(url="").values_list("slug", "link_state"))


def test_every_address_is_asked_and_what_it_answers_is_kept(sources, site, capsys):
    check()
    assert states() == {"plan": "answered", "sheet": "moved", "memo": "unchecked"}
    assert "1 answered, 1 moved, 1 gone." in capsys.readouterr().out
    moved = SourceCheck.objects.get(source__slug="sheet")
    assert (moved.final_url, moved.redirects) == (
        site.url("/archive/sheet"),
        [site.url("/archive/sheet")],
    )
    assert Change.objects.filter(object_type="sourcecheck").count() == 2
    check_on_two_days("memo")
    assert states()["memo"] == "gone"
    assert Change.objects.filter(object_type="sourcecheck").count() == 3
    call_command("check_integrity", verbosity=0)
    call_command("verify_record", verbosity=0)


def test_what_was_asked_lately_is_not_asked_again(sources, site, capsys):
    check()
    asked = len(site.asked)
    check()
    assert len(site.asked) == asked
    assert "Nothing to ask: all was asked in the last 20 hours." in capsys.readouterr().out


def test_asked_again_an_unchanged_document_costs_a_304_and_no_row_of_the_record(sources, site):
    check("plan")
    site.answers["/plan"] = answer(304)
    before = Change.objects.count()
    check("plan", older_than=0)
    assert site.headers["/plan"][-1]["if-none-match"] == '"1"'
    assert (Change.objects.count(), SourceCheck.objects.count()) == (before, 2)
    assert SourceCheck.objects.latest("checked_at").content_hash != ""
    check("plan", older_than=0)
    assert site.headers["/plan"][-1]["if-none-match"] == '"1"'


def test_a_text_that_changed_is_noticed(sources, site):
    check("plan")
    site.answers["/plan"] = page(text="This plan was replaced by another one of a different kind.")
    check("plan", older_than=0)
    assert SourceCheck.objects.latest("checked_at").drift > 50
    assert not Source.objects.get(slug="plan").link_content_changed
    check_on_two_days("plan")
    assert Source.objects.get(slug="plan").link_content_changed


def test_only_the_sources_that_are_named_are_asked(sources, site):
    check("plan")
    assert states() == {"plan": "answered", "sheet": "unchecked", "memo": "unchecked"}
    with pytest.raises(CommandError, match="There is no source plam"):
        check("plam")


@pytest.mark.parametrize("wrong", ["--older-than=-1", "--delay=x", "--at-once=0", "--delay=nan"])
def test_a_number_that_makes_no_sense_is_refused(db, wrong):
    with pytest.raises(CommandError, match="invalid number"):
        call_command("check_sources", wrong)


def test_without_the_setting_for_tests_nothing_on_this_machine_is_asked(sources, site, settings):
    settings.PLANWATCH_LINK_CHECK_PRIVATE = False
    with pytest.raises(CommandError, match="No site answered"):
        check()
    assert site.asked == []


def test_where_no_site_answers_the_connection_is_in_doubt_and_nothing_is_kept(sources, site):
    Source.objects.update(url="")
    make_source("one", url="http://127.0.0.3:1/")
    make_source("two", url="http://127.0.0.4:1/")
    with pytest.raises(CommandError, match="Nothing was kept"):
        check()
    assert SourceCheck.objects.count() == 0
    site.answers["/plan?third"] = page()
    make_source("three", url=site.url("/plan?third"))
    check()
    assert states() == {"one": "unreachable", "two": "unreachable", "three": "answered"}


def test_a_stored_address_that_cannot_be_read_does_not_end_the_round(sources, site):
    Source.objects.filter(slug="plan").update(url="http://[")
    check()
    assert states()["sheet"] == "moved"


def test_a_host_that_wants_peace_is_left_for_another_day(sources, site, capsys):
    site.answers["/plan"] = answer(429)
    check()
    assert states() == {"plan": "blocked", "sheet": "unchecked", "memo": "unchecked"}
    assert "1 blocks automatic checks, 1 gone, 1 left for later." in capsys.readouterr().out


def test_an_answer_that_cannot_be_kept_does_not_end_the_round(sources, site, monkeypatch, capsys):
    keep = runner.record_check

    def fail_for_the_plan(**arguments):
        if arguments["source"] == "plan":
            raise ValueError("A string literal cannot contain NUL characters.")
        return keep(**arguments)

    monkeypatch.setattr("commitments.link_checks.runner.record_check", fail_for_the_plan)
    check()
    assert states() == {"plan": "unchecked", "sheet": "moved", "memo": "unchecked"}
    assert "1 moved, 1 gone, 1 left for later." in capsys.readouterr().out


@pytest.mark.parametrize(
    "title", ["Page not found\0 on this site", "Not found \x01\x08", "R\ud800"]
)
def test_what_a_page_says_is_kept_without_characters_that_no_database_takes(sources, site, title):
    body = f"<title>{title}</title><main>404</main>".encode(errors="surrogatepass")
    site.answers["/plan"] = answer(200, body, Content_Type="text/html", ETag=b'"caf\xe9\x01"')
    check("plan")
    assert "\0" not in SourceCheck.objects.get(source__slug="plan").problem


def test_it_can_be_stopped_and_says_how_to_go_on(sources, site, monkeypatch):
    def stop(**arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("commitments.link_checks.runner.record_check", stop)
    with pytest.raises(CommandError, match="0 asked, 3 to go: the same command goes on") as stopped:
        check()
    assert stopped.value.returncode == 130


def test_killed_it_has_kept_what_it_heard_and_goes_on_with_the_rest(shared_database, site):
    slugs = [f"source-{number}" for number in range(6)]
    for slug in slugs:
        site.answers[f"/{slug}"] = page()
        make_source(slug, url=site.url(f"/{slug}"))
    site.answers["/source-3"] = silence
    running = start_check(site)
    wait_until(lambda: "/source-3" in site.asked and SourceCheck.objects.count() == 3)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert set(SourceCheck.objects.values_list("source__slug", flat=True)) == set(slugs[:3])

    site.answers["/source-3"] = page()
    assert start_check(site).wait() == 0
    assert SourceCheck.objects.count() == 6
    assert {slug: site.asked.count(f"/{slug}") for slug in slugs} == dict.fromkeys(slugs, 1) | {
        "source-3": 2
    }
    call_command("verify_record", verbosity=0)
    call_command("check_integrity", verbosity=0)


def start_check(site):
    database = connections.settings["default"]
    if connection.vendor == "sqlite":
        address = f"sqlite:///{database['NAME']}"
    else:
        user, password = database["USER"], database["PASSWORD"]
        address = (
            f"postgres://{user}:{password}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        )
    variables = {"DEBUG": "1", "DATABASE_URL": address, "PLANWATCH_LINK_CHECK_PRIVATE": "1"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "check_sources", "--delay=0", "--verbosity=0"],
        cwd=project.BASE_DIR,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
    )


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


# Archived copies

COPY = "http://web.example.net/web/20220125000000/http://agency.example.org/memo"


def found_copy(**changes):
    closest = {"available": True, "url": COPY, "timestamp": "20220125000000", "status": "200"}
    return json.dumps({"archived_snapshots": {"closest": closest | changes}})


@pytest.fixture
def archive(sources, site, settings):
    """An archive that answers every question about the memo with `archive(body)`."""
    settings.PLANWATCH_ARCHIVE_AVAILABILITY_URL = site.url("/available", "127.0.0.6")
    memo = Source.objects.get(slug="memo")
    query = urlencode({"url": memo.url, "timestamp": f"{memo.published_on:%Y%m%d}"})

    def answering(body):
        site.answers[f"/available?{query}"] = (
            body if isinstance(body, bytes) or callable(body) else answer(200, body)
        )

    return answering


def test_for_a_dead_source_an_archive_is_asked_and_its_copy_kept_in_the_record(
    archive, site, capsys
):
    archive(found_copy())
    check_on_two_days()
    assert Source.objects.get(slug="memo").archived_url == COPY
    row = Change.objects.filter(object_type="source", action="update").get()
    assert (row.object_key, row.actor, row.after["archived_url"]) == ("memo", "link-checker", COPY)
    assert "Archived copies found: 1." in capsys.readouterr().out
    asked = len(site.asked)
    check()
    assert len(site.asked) == asked, "what has a copy is not looked for again"


@pytest.mark.parametrize(
    "body",
    [
        '{"archived_snapshots": {}}',
        found_copy(available=False),
        found_copy(status="404"),
        found_copy(url="javascript:alert(1)"),
        found_copy(url="http://web.example.net/" + "x" * 600),
        found_copy(url=7),
        '{"archived_snapshots": []}',
        "[" * 5000,
        "not JSON",
        "",
        answer(500),
        answer(429),
    ],
    ids=lambda body: str(body)[:40],
)
def test_what_an_archive_does_not_have_or_says_oddly_is_not_kept(archive, body):
    archive(body)
    check_on_two_days("memo")
    assert states()["memo"] == "gone"
    assert Source.objects.get(slug="memo").archived_url == ""


def test_no_archive_is_asked_unless_a_setting_names_one(archive, site, settings):
    settings.PLANWATCH_ARCHIVE_AVAILABILITY_URL = ""
    archive(found_copy())
    check()
    assert not [path for path in site.asked if path.startswith("/available")]


def test_a_copy_that_an_editor_gave_is_kept(archive, site):
    archive(found_copy())
    memo = make_source(
        "memo", url=site.url("/memo", "127.0.0.2"), archived_url="https://kept.example.org/"
    )
    check_link(memo, "gone")
    check()
    assert Source.objects.get(slug="memo").archived_url == "https://kept.example.org/"
