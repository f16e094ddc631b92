"""The editors' pages in a real browser: sound on every screen, and their work walked through as people do it."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.editors_at_work import (
    LATE,
    PASSWORD,
    WORDS,
    a_commitment,
    attach,
    fill_date,
    needs_a_browser,
    on_a_phone,
    on_both_screens,
    record_page,
    sign_in,  # noqa: F401
    site,  # noqa: F401
    tab,
    type_sign_in,
    wrong_with,
)
from tests.test_browser import DESK, browser_type_launch_args, looked_at, visit  # noqa: F401

pytestmark = needs_a_browser

PAGES = [
    "/editor/",
    "/editor/?q=labor",
    "/editor/proposals/",
    "/editor/commitments/new/",
    "/editor/sources/",
    "/editor/sources/new/",
    "/editor/sources/wh-2021-plan/",
    "/editor/review/?is_overdue=true",
    *(f"/editor/{page}/" for page in ("week", "found", "queue", "reports", "coding", "rounds")),
    "/editor/record/?is_overdue=true",
    *(
        f"/editor/commitments/US21-PRV-001/{page}/"
        for page in ("record", "record/?corrects=1", "review", "edit", "citations", "lineage")
    ),
    "/editor/tokens/",
    "/editor/webhooks/",
    "/accounts/password/",
    "/commitments/US21-PRV-001/",
    "/commitments/",
]
PAGES = [page.replace("?corrects=1/", "?corrects=1") for page in PAGES]


@pytest.mark.parametrize("address", PAGES)
def test_page_is_sound_on_every_screen(sign_in, address):
    assert looked_at(sign_in("first"), address, weighed=False) == []


def test_the_page_on_which_an_import_begins_is_sound(sign_in):
    assert looked_at(sign_in("fourth"), "/editor/import/", weighed=False) == []


def test_the_page_that_says_what_right_is_missing_is_sound(sign_in):
    page = sign_in("third")
    assert looked_at(page, "/editor/commitments/US21-PRV-001/edit/", 403, weighed=False) == []


def test_the_page_of_a_webhook_is_sound(sign_in):
    page = sign_in("first")
    page.goto("/editor/webhooks/")
    page.get_by_label("What it is for").fill("Our archive")
    page.get_by_label("Address to call").fill("https://receiver.example.org/planwatch")
    page.get_by_label("Only these commitments").fill("pillar=protection&is_overdue=true")
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.get_by_role("status")).to_contain_text("whsec_")
    address = page.get_by_role("link", name="Our archive").get_attribute("href")
    page.goto(address)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test message is on its way.")).to_be_visible()
    assert looked_at(page, address, weighed=False) == []


@pytest.mark.parametrize("address", ["/accounts/login/", "/corrections/"])
def test_page_for_everybody_is_sound(visit, address):
    assert looked_at(visit(), address) == []


@on_both_screens
def test_a_check_is_recorded_with_the_keyboard_alone(sign_in, width):
    page = sign_in("first", width)
    code = a_commitment(page, number=4)
    page.goto(f"/editor/commitments/{code}/review/")
    tab(page, "e.name == 'note'")
    page.keyboard.type(WORDS)
    tab(page, "e.matches('main button.primary')")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/commitments/{code}/"))
    expect(page.locator(".history")).to_contain_text(WORDS)
    assert page.problems == []


@on_a_phone
def test_a_spreadsheet_is_looked_at_first_and_then_imported(sign_in, width, tmp_path):
    page = sign_in("fourth", width)
    page.locator(".staff").get_by_role("link", name="Import").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Sources, template as CSV").click()
    head, example = download.value.path().read_text("utf-8-sig").splitlines()
    assert head.startswith("slug,") and example.count(",") >= head.count(",")
    head = "slug,title,publisher,kind,origin,published_on,url"
    row = f"letter-{width},A letter,The Ministry,{{}},official,2024-05-01,\n"
    misnamed, wrong, right = (tmp_path / f"{name}.csv" for name in ("misnamed", "wrong", "right"))
    misnamed.write_text(f"{head.replace('publisher', 'publishr')}\n{row.format('report')}")
    wrong.write_text(f"{head}\n{row.format('rumour')}")
    right.write_text(f"{head}\n{row.format('report')}")

    def send(path):
        page.goto("/editor/import/")
        page.get_by_label("What is in the file?").select_option("source")
        page.locator("input[type=file]").set_input_files(path)
        page.get_by_role("button", name="Look at what it would do").click()

    send(misnamed)
    expect(page.get_by_role("alert")).to_contain_text("“publishr” is not a column")
    expect(page.get_by_role("alert")).to_contain_text("“publisher”")
    send(wrong)
    expect(page.get_by_role("alert")).to_contain_text("1 row cannot be imported")
    expect(page.locator("table.outcomes")).to_contain_text("rumour")
    send(right)
    # Judged once it is there: a page that is still on its way has no parts to judge.
    bring_in = page.get_by_role("button", name="Import 1 row")
    expect(bring_in).to_be_visible()
    assert wrong_with(page) == []
    bring_in.click()
    expect(page.locator("h1")).to_have_text("Imported")
    send(right)
    expect(page.locator("main")).to_contain_text("There is nothing to import")


@on_a_phone
def test_a_token_is_made_and_revoked(sign_in, width):
    page = sign_in("third", width)
    page.goto("/editor/tokens/")
    page.get_by_label("What it is for").fill("A script")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Make the token").click()
    assert len(page.locator(".secret").inner_text()) == 64
    page.get_by_role("button", name="Revoke A script").click()
    expect(page.get_by_role("status")).to_contain_text("revoked")
    expect(page.locator("main")).to_contain_text("None yet.")


@on_both_screens
def test_a_change_is_recorded_with_the_keyboard_alone(sign_in, width):
    page = sign_in("first", width)
    code = a_commitment(page)
    record_page(page, code)

    def tab_to(condition):
        tab(page, condition)

    tab_to("e.name == 'status'")
    # The arrows go through the allowed moves only.
    for _ in range(12):
        if page.evaluate("document.activeElement.value") == "in_progress" and page.evaluate(
            "document.activeElement.checked"
        ):
            break
        page.keyboard.press("ArrowDown")
    expect(page.locator("#after .new h3")).to_have_text("In progress")
    tab_to("e.name == 'effective_on_day'")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    tab_to("e.name == 'effective_on_year'")
    page.keyboard.press("Control+a")
    page.keyboard.type("2025")
    tab_to("e.name == 'explanation'")
    page.keyboard.type(WORDS)
    expect(page.locator("#after .new")).to_contain_text(WORDS)
    tab_to("e.name == 'sq'")
    page.keyboard.type(LATE)
    expect(page.locator(".take").first).to_contain_text(re.compile(LATE, re.IGNORECASE))
    tab_to("e.name == 'evidence'")
    page.keyboard.press("Space")
    tab_to("e.name.startsWith('locator-')")
    page.keyboard.type("page 4")
    tab_to("e.id == 'save'")
    expect(page.locator("#after")).not_to_contain_text("does not fit")
    expect(page.locator("#save")).to_have_text("Record this change")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/commitments/{code}/#history"))
    expect(page.get_by_role("status")).to_contain_text("Recorded as step")
    expect(page.locator(".history")).to_contain_text(WORDS)
    assert page.problems == []


@on_a_phone
def test_enter_in_a_field_saves_nothing_and_keeps_everything(sign_in, width):
    page = sign_in("first", width)
    record_page(page, "US21-PRV-001")
    page.locator("#id_explanation").fill(WORDS)
    attach(page)
    page.locator(".take input[name^=locator]").first.press("Enter")
    expect(page).to_have_url(re.compile("/record/$"))
    expect(page.locator("#id_explanation")).to_have_value(WORDS)
    expect(page.locator(".take").first.get_by_label(re.compile("Where"))).to_have_value("page 2")


@on_a_phone
def test_sources_are_found_while_typing_and_the_chosen_ones_stay(sign_in, width):
    page = sign_in("first", width)
    record_page(page, "US21-PRV-001")
    attach(page)
    chosen = page.locator(".take label").first.inner_text()
    page.get_by_label("Search sources").fill("")
    page.get_by_label("Search sources").press_sequentially("white house fact")
    expect(page.locator(".take").nth(1)).to_contain_text("White House")
    expect(page.locator(".take label").first).to_have_text(chosen)
    expect(page.locator(".take").first.get_by_role("checkbox")).to_be_checked()
    expect(page.get_by_label("Search sources")).to_be_focused()
    assert page.problems == []


@on_a_phone
def test_a_closing_is_proposed_and_a_second_editor_approves_it(sign_in, width):
    page = sign_in("first", width)
    code = a_commitment(page, number=1 if width == DESK else 2)
    record_page(page, code)
    page.locator("#s-withdrawn").check()
    fill_date(page, "", "March", "2025")
    page.locator("#id_explanation").fill(WORDS)
    attach(page)
    expect(page.locator("#save")).to_have_text("Send to a second editor")
    page.locator("#save").click()
    expect(page).to_have_url(re.compile(r"/editor/proposals/\d+/$"))
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    assert wrong_with(page) == []
    other = sign_in("second", width)
    other.locator(".staff").get_by_role("link", name=re.compile("Proposals, [1-9]")).click()
    other.locator("#main").get_by_role("link").first.click()
    expect(other.locator("main")).to_contain_text(WORDS)
    other.get_by_role("button", name="Approve and record").click()
    expect(other.locator(".axes .status")).to_have_text("Withdrawn")
    expect(other.get_by_role("status")).to_contain_text("Approved and recorded")


@on_a_phone
def test_a_step_is_corrected_from_its_history(sign_in, width):
    page = sign_in("first", width)
    page.goto("/commitments/?jurisdiction=US&status=in_progress")
    page.locator("tbody a.promise").nth(1).click()
    page.get_by_role("link", name=re.compile("Correct this step")).first.click()
    expect(page.locator(".step.wrong").first).to_be_visible()
    page.locator("#id_correction_reason").fill(WORDS)
    expect(page.locator("#after .wrong").first).to_be_visible()
    page.locator("#save").click()
    expect(page).to_have_url(re.compile(r"/editor/proposals/\d+/$"))
    where = urlsplit(page.url).path
    other = sign_in("second", width)
    other.goto(where)
    other.get_by_role("button", name="Approve and record").click()
    expect(other.locator(".step.wrong").first).to_be_visible()
    other.get_by_role("link", name="Corrections").click()
    expect(other.locator("main")).to_contain_text(WORDS)
    assert looked_at(other, "/corrections/", weighed=False) == []


@on_a_phone
def test_many_are_reviewed_at_once_and_what_changed_meanwhile_is_pointed_out(sign_in, width):
    page, other = sign_in("first", width), sign_in("second", width)
    page.goto("/commitments/?jurisdiction=US&is_overdue=true")
    page.get_by_role("link", name="Review these").click()
    boxes = page.locator("input[name=codes]")
    look = page.get_by_role("button", name="See what will be recorded")
    expect(look).to_be_visible()
    count = boxes.count()
    expect(page.locator("input[name=codes]:checked")).to_have_count(0)
    changed = boxes.nth(1).get_attribute("value")
    other.goto(f"/editor/commitments/{changed}/review/")
    other.get_by_label(re.compile("What was looked for")).fill("Mine came first.")
    other.get_by_role("button", name="Record this review").click()
    expect(other.get_by_role("status")).to_contain_text("Review recorded")
    for place in range(1, count):
        boxes.nth(place).check()
    page.get_by_label(re.compile("What was looked for")).fill(WORDS)
    look.click()
    expect(page.locator("main")).to_contain_text(WORDS)
    page.get_by_role("button", name=f"Record {count - 1} review").click()
    expect(page.get_by_role("alert").first).to_contain_text("Nothing of yours is lost or saved")
    expect(page.locator("label.pick", has_text=changed)).to_contain_text("Changed since you saw it")
    expect(boxes.first).not_to_be_checked()
    expect(page.get_by_label(re.compile("What was looked for"))).to_have_value(WORDS)
    page.locator(f"input[value={changed}]").uncheck()
    look.click()
    page.get_by_role("button", name=f"Record {count - 2} review").click()
    plural = "" if count == 3 else "s"
    expect(page.get_by_role("status")).to_contain_text(f"{count - 2} review{plural} recorded")


@on_both_screens
def test_many_change_status_at_once_after_a_look_at_each(sign_in, width):
    page = sign_in("first", width)
    page.goto("/commitments/?jurisdiction=US&status=no_evidence&order=-code")
    page.get_by_role("link", name="Record a change for these").click()
    expect(page.locator("input[name=codes]:checked")).to_have_count(0)
    for place in range(2):
        page.locator("input[name=codes]").nth(place).check()
    page.get_by_label("New status").select_option(label="In progress")
    fill_date(page, "4", "March", "2025")
    page.get_by_label(re.compile("What happened")).fill(WORDS)
    attach(page)
    assert wrong_with(page) == []
    page.get_by_role("button", name="See what will be recorded").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What will be recorded")
    expect(page.locator(".entries")).to_contain_text("“No evidence found” becomes “In progress”")
    assert wrong_with(page) == []
    page.get_by_role("button", name="Record 2 changes").click()
    expect(page.get_by_role("status").first).to_contain_text("Recorded: 2.")


@on_a_phone
def test_two_editors_meet_and_the_second_sees_both_texts(sign_in, width):
    page, other = sign_in("first", width), sign_in("second", width)
    code = a_commitment(page, number=3)
    for each in (page, other):
        record_page(each, code)
        each.locator("#s-in_progress").check()
        fill_date(each, "", "Not known", "2025")
        attach(each)
    page.locator("#id_explanation").fill("Mine came first.")
    page.locator("#save").click()
    expect(page).to_have_url(re.compile("#history"))
    other.locator("#s-stalled").check()
    other.locator("#id_explanation").fill(WORDS)
    other.locator("#save").click()
    problem = other.locator(".problem[role=alert]").first
    expect(problem).to_contain_text("Mine came first.")
    expect(problem).to_contain_text(WORDS)
    expect(other.locator("#id_explanation")).to_have_value(WORDS)
    other.locator("#save").click()
    expect(other).to_have_url(re.compile("#history"))
    expect(other.locator(".history")).to_contain_text("Mine came first.")
    expect(other.locator(".history")).to_contain_text(WORDS)


@on_a_phone
def test_an_expired_session_keeps_the_text(sign_in, width):
    page = sign_in("first", width)
    record_page(page, "US21-PRV-001")
    page.locator("#id_explanation").fill(WORDS)
    attach(page, "page 9")
    page.context.clear_cookies(name="sessionid")
    page.locator("#save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your session has ended")
    type_sign_in(page, "first")
    expect(page).to_have_url(re.compile("/record/$"))
    expect(page.locator("#id_explanation")).to_have_value(WORDS)
    expect(page.locator(".take input[name^=locator]").first).to_have_value("page 9")


@on_a_phone
def test_without_any_cookie_the_text_comes_back_too(sign_in, width):
    page = sign_in("first", width)
    record_page(page, "US21-PRV-001")
    page.locator("#id_explanation").fill(WORDS)
    page.context.clear_cookies()
    page.locator("#save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your session has ended")
    type_sign_in(page, "first")
    expect(page.locator("#id_explanation")).to_have_value(WORDS)


@on_a_phone
def test_a_change_is_recorded_without_javascript(sign_in, width):
    page = sign_in("first", width, java_script_enabled=False)
    code = a_commitment(page, number=4)
    record_page(page, code)
    page.locator("#s-in_progress").check()
    fill_date(page, "", "Not known", "2025")
    page.locator("#id_explanation").fill(WORDS)
    page.get_by_label("Search sources").fill("white house")
    page.get_by_role("button", name="Search sources").click()
    expect(page.locator("#id_explanation")).to_have_value(WORDS)
    page.locator(".take").first.get_by_role("checkbox").check()
    page.locator(".take").first.get_by_label(re.compile("Where")).fill("page 2")
    page.get_by_role("button", name="Refresh preview").click()
    expect(page.locator("#after .new")).to_contain_text(WORDS)
    expect(page.locator("#s-in_progress")).to_be_checked()
    page.locator("#save").click()
    expect(page).to_have_url(re.compile(f"/commitments/{code}/#history"))
    expect(page.locator(".history")).to_contain_text(WORDS)
