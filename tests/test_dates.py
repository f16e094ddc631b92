"""Dates as exact as they are known: how they are read, which end of a period counts, and when a day is in the future."""

import datetime as dt
import importlib
import io

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone

from commitments.audit.replay import rebuild
from commitments.dates import read_date
from commitments.imports.runner import import_rows
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.models import Change, Commitment, Source
from commitments.services.documents import write_every_document
from planwatch.time_zones import day_in, is_future, latest_day, other_days, zone_of
from tests.factories import ACTOR, change, cite, make_commitment, make_plan, make_source, review
from tests.test_spreadsheets import as_csv, as_xlsx


@pytest.mark.parametrize(
    ("written", "beside", "day", "precision"),
    [
        ("2026", None, (2026, 1, 1), "year"),
        (2026, "", (2026, 1, 1), "year"),
        ("2026-06", None, (2026, 6, 1), "month"),
        (" 2026-06-15 ", None, (2026, 6, 15), "day"),
        (dt.date(2026, 6, 15), None, (2026, 6, 15), "day"),
        (dt.datetime(2026, 6, 15, 9, 30), "day", (2026, 6, 15), "day"),
        ("2026-06-15", "month", (2026, 6, 1), "month"),
        (dt.date(2026, 12, 31), "year", (2026, 1, 1), "year"),
        ("2026-06", "year", (2026, 1, 1), "year"),
    ],
)
def test_a_date_says_how_exact_it_is(written, beside, day, precision):
    assert read_date(written, beside) == (dt.date(*day), precision)


@pytest.mark.parametrize(
    ("written", "beside"),
    [
        *((text, None) for text in ("", "26", "2026-13", "2026-6", "June 2026", "2026-06-31")),
        *(
            (text, None)
            for text in ("2026-06-15T10:00", "٢٠٢٦", "2026-W05", "0000", True, 4.5, None)
        ),
        ("2026", "day"),
        ("2026", "month"),
        ("2026-06", "day"),
        ("2026-06-15", "week"),
    ],
)
def test_what_is_no_date_or_less_exact_than_it_claims_is_refused(written, beside):
    with pytest.raises(ValueError, match=r"\w"):
        read_date(written, beside)


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("US", "America/New_York"),
        ("EU", "Europe/Brussels"),
        ("AU", "Australia/Sydney"),
        ("CA-ON", "America/Toronto"),
        ("DE", "Europe/Berlin"),
        ("NZ", "Pacific/Auckland"),
        ("XX", "UTC"),
        ("", "UTC"),
    ],
)
def test_a_jurisdiction_has_the_zone_of_its_capital(code, zone):
    assert zone_of(code) == zone


@pytest.mark.parametrize(
    ("moment", "there", "day"),
    [
        ("2026-11-30T00:30", "US", (2026, 11, 29)),
        ("2026-11-30T04:59", "US", (2026, 11, 29)),
        ("2026-11-30T05:00", "US", (2026, 11, 30)),
        # In summer an hour earlier.
        ("2026-07-01T04:00", "US", (2026, 7, 1)),
        ("2026-11-29T13:00", "AU", (2026, 11, 30)),
        ("2026-11-29T12:59", "AU", (2026, 11, 29)),
        ("2026-11-29T18:15", "NP", (2026, 11, 30)),
    ],
)
def test_the_day_turns_at_midnight_of_the_jurisdiction(moment, there, day):
    moment = dt.datetime.fromisoformat(f"{moment}+00:00")
    zone = zone_of(there)
    assert day_in(zone, moment) == dt.date(*day)
    others = {name: other for other, names in other_days(moment).items() for name in names}
    assert others.get(zone, moment.date()) == dt.date(*day)


@pytest.mark.parametrize(
    ("now", "latest"),
    [("2026-11-29T09:59", (2026, 11, 29)), ("2026-11-29T10:00", (2026, 11, 30))],
)
def test_a_day_is_in_the_future_while_it_has_begun_nowhere(monkeypatch, now, latest):
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime.fromisoformat(f"{now}+00:00"))
    assert latest_day() == dt.date(*latest)
    assert not is_future(dt.date(*latest))
    assert is_future(dt.date(*latest) + dt.timedelta(days=1))


DUE = [
    ("2026", "", "2026-12-31", "year"),
    ("2026-02", "", "2026-02-28", "month"),
    ("2026-06-15", "", "2026-06-15", "day"),
    ("2026-01-01", "year", "2026-12-31", "year"),
    ("2026-11-01", "month", "2026-11-30", "month"),
    ("2026-12-31", "year", "2026-12-31", "year"),
]


def _spreadsheet(form, code, due_on, precision):
    due_on = int(due_on) if form == "xlsx" and due_on.isdigit() else due_on
    write = as_xlsx if form == "xlsx" else as_csv
    return write(["code", "due_on", "due_precision"], [code, due_on, precision])


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(("due_on", "precision", "day", "kept"), DUE)
def test_a_spreadsheet_says_when_something_is_due(form, due_on, precision, day, kept):
    cite(make_commitment("US21-PRT-001"), make_source())
    data = _spreadsheet(form, "US21-PRT-001", due_on, precision)
    for result in ("changed", "unchanged"):
        rows = read_spreadsheet(data, f"due.{form}", "commitment")
        report = import_rows(rows, actor=ACTOR, allowed={"commitment:US21-PRT-001"})
        assert [outcome.result for outcome in report.outcomes] == [result]
    item = Commitment.objects.get()
    assert (item.due_on.isoformat(), item.due_precision) == (day, kept)


@pytest.mark.django_db
def test_a_cell_that_is_less_exact_than_its_precision_is_named():
    make_commitment("US21-PRT-001")
    data = _spreadsheet("csv", "US21-PRT-001", "2026", "day")
    [outcome] = import_rows(read_spreadsheet(data, "due.csv", "commitment"), actor=ACTOR).outcomes
    assert outcome.result == "refused"
    assert outcome.detail == "B2 (due_on): “2026” is less exact than its precision, “day”."


@pytest.mark.django_db
def test_a_folder_says_when_something_is_due_and_when_a_document_came_out(tmp_path):
    make_plan()
    make_commitment("US21-PRT-001")
    source = "slug: paper, title: Paper, publisher: Press, kind: news, origin: independent"
    (tmp_path / "source.yaml").write_text(
        f"- model: commitments.source\n  fields: {{{source}, published_on: 2026-02}}\n"
        f"- model: commitments.source\n  fields: {{{source.replace('paper', 'book')}, published_on: 2024}}\n"
    )
    call_command("import_plan", tmp_path, verbosity=0, stdout=io.StringIO())
    assert list(
        Source.objects.order_by("slug").values_list("slug", "published_on", "precision")
    ) == [
        ("book", dt.date(2024, 1, 1), "year"),
        ("paper", dt.date(2026, 2, 1), "month"),
    ]


@pytest.mark.django_db
def test_due_dates_that_were_stored_by_the_first_day_are_moved_in_the_record(monkeypatch):
    monkeypatch.setattr("commitments.services.commitments.last_day", lambda day, precision: day)
    for number, (due_on, precision) in enumerate(
        [
            ("2026-01-01", "year"),
            ("2026-11-01", "month"),
            ("2026-01-01", "day"),
            ("2026-12-31", "year"),
        ],
        start=1,
    ):
        day = dt.date.fromisoformat(due_on)
        make_commitment(f"US21-PRT-00{number}", due_on=day, due_precision=precision)
    before = Change.objects.count()
    migration = importlib.import_module("commitments.migrations.0009_due_by_the_end_of_the_period")
    for _ in range(2):
        migration.due_by_the_end(apps, None)
        days = Commitment.objects.order_by("code").values_list("due_on", flat=True)
        assert [day.isoformat() for day in days] == [
            "2026-12-31",
            "2026-11-30",
            "2026-01-01",
            "2026-12-31",
        ]
        assert Change.objects.count() == before + 2
    row = Change.objects.latest("seq")
    assert (row.before["due_on"], row.after["due_on"]) == ("2026-11-01", "2026-11-30")
    # Migrating then makes the revisions of all that was recorded, and the documents.
    rebuild()
    write_every_document()
    for command in ("verify_record", "check_integrity"):
        call_command(command, stdout=io.StringIO())


def _at(monkeypatch, moment):
    monkeypatch.setattr(
        timezone, "now", lambda: dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "overdue"),
    [
        ("2026-11-29T12:00", []),
        ("2026-11-30T12:59", []),
        ("2026-11-30T13:00", ["AU"]),
        ("2026-11-30T23:00", ["AU", "EU"]),
        ("2026-12-01T00:30", ["AU", "EU", "GB"]),
        ("2026-12-01T04:59", ["AU", "EU", "GB"]),
        ("2026-12-01T05:00", ["AU", "EU", "GB", "US"]),
    ],
)
def test_each_plan_is_late_by_the_day_of_its_own_country(client, monkeypatch, moment, overdue):
    for code in ("AU", "EU", "GB", "US"):
        plan, day = f"plan-{code.lower()}", dt.date(2026, 11, 30)
        make_commitment(f"{code}26-PRT-001", plan=plan, due_on=day)
        make_plan(plan, jurisdiction=code)
    _at(monkeypatch, moment)
    answer = client.get("/api/v1/commitments/?is_overdue=true").json()
    assert [row["code"][:2] for row in answer["results"]] == overdue
    flags = client.get("/api/v1/commitments/").json()["results"]
    assert [row["code"][:2] for row in flags if row["is_overdue"]] == overdue
    pinned = client.get("/api/v1/commitments/?is_overdue=true&as_of=2026-11-30").json()
    assert pinned["count"] == 0


@pytest.mark.django_db
def test_an_etag_turns_over_when_the_day_turns_where_something_is_due(client, monkeypatch):
    make_plan()

    def etag(moment):
        _at(monkeypatch, moment)
        return client.get("/api/v1/commitments/")["ETag"]

    before = etag("2026-11-30T04:45")
    assert etag("2026-11-30T04:59") == before
    after = etag("2026-11-30T05:00")
    assert after != before
    # No plan is due in Sydney.
    assert etag("2026-11-30T13:30") == after
    make_plan("plan-au", jurisdiction="AU")
    assert etag("2026-11-30T12:30") != etag("2026-11-30T13:00")


@pytest.mark.django_db
def test_a_day_that_has_begun_in_the_east_alone_is_asked_about_and_recorded(client, monkeypatch):
    item = make_commitment("US21-PRT-001")
    _at(monkeypatch, "2026-11-29T11:00")
    make_source("sheet", published_on=dt.date(2026, 11, 30))
    change(item, "in_progress", dt.date(2026, 11, 30), [Source.objects.get()])
    assert client.get("/api/v1/commitments/?as_of=2026-11-30").status_code == 200
    assert client.get("/api/v1/commitments/?as_of=2026-12-01").status_code == 400
    assert client.get("/api/v1/commitments/").json()["results"][0]["status"] == "in_progress"
    assert "In progress" in client.get("/timeline/?year=2026").content.decode()


@pytest.mark.django_db
def test_without_a_date_there_is_no_precision(client):
    item = make_commitment("US21-PRT-001")
    cite(item, make_source("sheet", published_on=None))
    [row] = client.get("/api/v1/commitments/").json()["results"]
    detail = client.get("/api/v1/commitments/US21-PRT-001/").json()
    for shown in (row, detail):
        assert (shown["due_on"], shown["due_precision"]) == (None, None)
        assert shown["sources"][0]["precision"] is None
    assert client.get("/api/v1/sources/sheet/").json()["precision"] is None
    make_commitment("US21-PRT-001", due_on=dt.date(2026, 1, 1), due_precision="year")
    assert client.get("/api/v1/commitments/").json()["results"][0]["due_precision"] == "year"


@pytest.mark.django_db
def test_one_day_says_when_a_commitment_was_last_reviewed(client):
    item = make_commitment("US21-PRT-001")
    review(item, dt.date(2022, 5, 2))
    page = client.get(item.get_absolute_url()).content.decode()
    assert "Last reviewed" in page
    assert "Last checked" not in page
    day = client.get("/api/v1/commitments/US21-PRT-001/").json()["last_reviewed_on"]
    assert day == "2022-05-02"
    answer = client.get("/api/v1/commitments/?reviewed_before=2022-05-03").json()
    assert answer["count"] == 1
    assert client.get("/api/v1/commitments/?reviewed_before=2022-05-02").json()["count"] == 0
