"""Three tables of other columns, brought in by a person in a browser: choose, map, look at every row, write."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.editors_at_work import (
    needs_a_browser,
    on_both_screens,
    problems_of_access,
    problems_of_width,
    sign_in,  # noqa: F401
    site,  # noqa: F401
    wrong_with,
)
from tests.test_browser import DESK, PHONE, browser_type_launch_args, visit  # noqa: F401

pytestmark = needs_a_browser
FOLDER = Path(__file__).parent / "data" / "foreign"
PLAN = "National Action Plan to Prevent and Combat Human Trafficking 2023-2027"
# By file: what a person says of its columns and words where the first guess is not right, and what stands there then.
TABLES = {
    "flat.csv": (
        {"source": "ie-gov-2023-11"},
        {"Link": "Leave out", "Last updated": "Leave out"},
        {"On hold since spring": "Stalled", "Not yet rated": "None of ours"},
        ("Build 200 homes", "Mend the roads", "Plant a forest", "Open a museum"),
    ),
    "gao.csv": (
        {"source": "ie-gov-2023-11"},
        {"Date of Status": "Leave out", "Report Number": "Number in the plan"},
        {"Open – Partially Addressed": "In progress", "Closed – Implemented": "Completed"},
        ("The Roads Office should publish what it spends.",),
    ),
    "nested.json": (
        {"source": "ie-gov-2023-11"},
        {"goal": "Leave out", "sources.url": "Leave out", "text": "Title"},
        {},
        ("Build a shelter", "Hire staff", "Paint the bridge"),
    ),
}


@pytest.mark.parametrize(
    ("name", "width"), [("flat.csv", DESK), ("gao.csv", PHONE), ("nested.json", DESK)]
)
def test_a_table_of_other_columns_is_brought_in_without_a_manual(sign_in, width, name):  # noqa: F811
    common, columns, words, titles = TABLES[name]
    page = sign_in("fourth", width)
    page.goto("/editor/import/")
    page.get_by_label("What is in the file?").select_option("foreign")
    page.get_by_label("File", exact=True).set_input_files(FOLDER / name)
    page.get_by_role("button", name="Look at what it would do").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What the columns are")
    assert wrong_with(page) == []
    page.get_by_label("Plan", exact=True).select_option(label=PLAN)
    for field, value in common.items():
        page.locator(f"#{field}").fill(value)
    for heading, field in columns.items():
        page.get_by_label(heading, exact=True).select_option(label=field)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=2, name="4. Words")).to_be_visible()
    for word, ours in words.items():
        page.get_by_label(word, exact=True).select_option(label=ours)
    for agency in page.locator("[name=agency_ours]").all():
        agency.fill("-")
    assert wrong_with(page) == []
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What this file would do")
    for title in titles:
        expect(page.locator("#main")).to_contain_text(title)
    assert wrong_with(page) == []
    page.get_by_role("button", name=re.compile(r"Import \d+ row")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imported")
    assert wrong_with(page) == []


@on_both_screens
def test_a_row_that_is_on_record_by_another_name_is_said_to_be_the_same(sign_in, width, tmp_path):  # noqa: F811
    file = tmp_path / "agencies.csv"
    row = "homeland,The Department of Homeland Security,Homeland Security,US"
    file.write_text(f"slug,name,short_name,jurisdiction\n{row}\n")
    page = sign_in("fourth", width)
    page.goto("/editor/import/")
    page.get_by_label("What is in the file?").select_option("agency")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Look at what it would do").click()
    page.get_by_label("It is the same as dhs").check()
    assert wrong_with(page) == []
    page.get_by_role("button", name="Look again with these").click()
    expect(page.locator("table.outcomes")).to_contain_text("becomes The Department of Homeland")
    expect(page.get_by_label("agency:homeland is the same as dhs")).to_be_checked()
    assert wrong_with(page) == []


def test_a_file_goes_on_where_its_sending_broke_off(sign_in, tmp_path):  # noqa: F811
    file = tmp_path / "long.csv"
    file.write_text("Nr,Promise\n" + "".join(f"{n},{'Build a home. ' * 40}\n" for n in range(1500)))
    parts = -(-file.stat().st_size // (192 * 1024))
    page = sign_in("fourth")
    sent, is_broken = [], True

    def pass_on(route):
        if route.request.method == "POST" and is_broken and len(sent) == 2:
            return route.abort("internetdisconnected")
        if route.request.method == "POST":
            sent.append(route.request.url)
        route.continue_()

    def choose():
        page.goto("/editor/import/")
        page.get_by_label("What is in the file?").select_option("foreign")
        page.get_by_label("File", exact=True).set_input_files(file)
        page.get_by_role("button", name="Look at what it would do").click()

    page.route("**/editor/import/part/**", pass_on)
    choose()
    expect(page.get_by_role("status")).to_contain_text("The line is broken")
    assert [each for each in wrong_with(page) if "ERR_INTERNET_DISCONNECTED" not in each] == []
    is_broken = False
    expect(page.get_by_role("heading", level=1)).to_have_text("What the columns are", timeout=9000)
    assert len(sent) == parts == 5, "the line came back, and nothing was sent twice"
    sent.clear()
    is_broken = True
    choose()
    expect(page.get_by_role("status")).to_contain_text("The line is broken")
    is_broken = False
    choose()
    expect(page.get_by_role("heading", level=1)).to_have_text("What the columns are")
    assert len(sent) == parts, "the page was left, and the rest sent another day"


@on_both_screens
def test_a_long_file_says_how_far_it_is_until_every_row_is_shown(sign_in, width, tmp_path):  # noqa: F811
    file = tmp_path / "sources.csv"
    rows = (f"letter-{n},Letter {n},The Ministry,report,official,2024-05-01" for n in range(1200))
    file.write_text("slug,title,publisher,kind,origin,published_on\n" + "\n".join(rows))
    page = sign_in("fourth", width)
    page.goto("/editor/import/")
    page.get_by_label("What is in the file?").select_option("source")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Look at what it would do").click(no_wait_after=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Working on the file")
    expect(page.locator(".steps progress").last).to_be_visible()
    expect(page.locator(".steps progress").nth(1)).to_be_attached()
    expect(page.locator(".steps progress").first).to_be_hidden()
    assert problems_of_width(page) + problems_of_access(page) == []
    expect(page.get_by_role("button", name="Import 1,200 rows")).to_be_visible(timeout=90_000)
    assert wrong_with(page) == []
