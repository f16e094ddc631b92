"""A week of editors in a browser: the desk, proposals that are declined, edits, new sources and new commitments."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.editors_at_work import (
    WORDS,
    a_commitment,
    attach,
    fill_date,
    needs_a_browser,
    on_a_desk,
    record_page,
    sign_in,  # noqa: F401
    site,  # noqa: F401
    wrong_with,
)
from tests.test_browser import DESK, browser_type_launch_args, visit  # noqa: F401

pytestmark = needs_a_browser


@on_a_desk
def test_the_desk_says_what_waits_and_leads_to_any_commitment(sign_in, width):
    page = sign_in("first", width)
    for heading in (
        "Waiting for you to decide",
        "Your proposals waiting for someone else",
        "Past due",
        "Not reviewed for a year",
        "No evidence found",
        "Dead links",
        "Sources without an address",
        "Your recent edits",
    ):
        expect(page.get_by_role("heading", level=2, name=heading)).to_be_visible()
    box = page.get_by_label("Go to a commitment")
    box.fill("us21-prv-001")
    box.press("Enter")
    expect(page).to_have_url(re.compile("/commitments/US21-PRV-001/$"))
    expect(page.get_by_role("link", name="Record a change")).to_be_visible()
    page.locator(".staff").get_by_role("link", name="Desk").click()
    box.fill("labor")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which one?")
    title = page.locator("#main .promise a").first.inner_text()
    page.locator("#main .promise a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.locator(".staff").get_by_role("link", name="Desk").click()
    box.fill("nothing-like-it")
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing found")
    assert page.problems == []


def type_a_step(page, words):
    page.locator("#s-in_progress").check()
    fill_date(page, "", "Not known", "2025")
    page.locator("#id_explanation").fill(words)
    attach(page)


@on_a_desk
def test_a_proposal_that_no_longer_fits_is_declined_and_its_proposer_reads_why(sign_in, width):
    proposer, editor = sign_in("third", width), sign_in("first", width)
    code = a_commitment(proposer, number=6)
    proposer.goto(f"/commitments/{code}/")
    proposer.get_by_role("link", name="Propose a change").click()
    type_a_step(proposer, WORDS)
    proposer.get_by_role("button", name="Send to a second editor").click()
    expect(proposer.get_by_role("status").first).to_contain_text("Sent to a second editor")
    where = proposer.url
    record_page(editor, code)
    type_a_step(editor, "Mine came first.")
    editor.locator("#save").click()
    expect(editor).to_have_url(re.compile("#history"))
    editor.goto(where)
    alert = editor.get_by_role("alert").first
    expect(alert).to_contain_text("This proposal no longer fits")
    expect(alert.get_by_role("listitem").first).to_contain_text("In progress")
    expect(editor.get_by_role("button", name="Approve and record")).to_have_count(0)
    assert wrong_with(editor) == []
    editor.get_by_role("button", name="Decline").click()
    expect(editor.get_by_role("alert").first).to_contain_text("Reason")
    reason = f"It is in the record already, as {code} shows."
    editor.get_by_label("Reason").fill(reason)
    editor.get_by_role("button", name="Decline").click()
    expect(editor.get_by_role("status")).to_contain_text("Declined")
    proposer.locator(".staff").get_by_role("link", name="Proposals").click()
    decided = proposer.get_by_role("region", name="Decided").locator("li", has_text=code)
    expect(decided).to_contain_text(reason)


@on_a_desk
def test_an_entry_is_edited_taken_back_and_published_again_and_readers_see_why(
    sign_in, visit, width
):
    page, reader = sign_in("first", width), visit(width)
    # Ones that a document announces.
    code = "US21-PRS-001" if width == DESK else "US21-PRS-004"
    where = f"/commitments/{code}/"
    page.goto(where)
    before = page.get_by_role("heading", level=1).inner_text()
    after = f"{before[:60]}, said anew"
    edit = page.get_by_label("Edit this commitment").get_by_role("link", name="Edit")
    edit.click()
    page.get_by_label("Title", exact=True).fill(after)
    save = page.get_by_role("button", name="Save the edit")
    save.click()
    expect(page.get_by_role("alert").first).to_contain_text("Say why you change it")
    expect(page.get_by_label("Title", exact=True)).to_have_value(after)
    page.get_by_label(re.compile("Reason for this edit")).fill("The document says it so.")
    save.click()
    expect(page).to_have_url(re.compile(f"{where}#edits$"))
    reader.goto(where)
    expect(reader.get_by_role("heading", level=1)).to_have_text(after)
    edits = reader.get_by_role("region", name="Edits to this entry")
    expect(edits).to_contain_text("The document says it so.")
    edits.locator("summary").first.click()
    expect(edits.locator("details").first).to_contain_text(before)
    expect(edits.locator("details").first).to_contain_text(after)
    page.goto(f"/editor/commitments/{code}/unpublish/")
    assert wrong_with(page) == []
    page.get_by_label(re.compile("Reason")).fill("Twice in the record.")
    page.get_by_role("button", name="Propose to unpublish").click()
    expect(page).to_have_url(re.compile(r"/editor/proposals/\d+/$"))
    assert reader.goto(where).status == 200
    other = sign_in("second", width)
    other.goto(urlsplit(page.url).path)
    other.get_by_role("button", name=re.compile("^Approve")).click()
    expect(other.get_by_role("status").first).to_contain_text("Approved and recorded")
    assert reader.goto(where).status == 410
    expect(reader.locator("main")).to_contain_text("Twice in the record.")
    page.goto("/editor/")
    page.get_by_role("region", name="Not published").get_by_role("link", name=after).click()
    expect(page.get_by_label("Title", exact=True)).to_have_value(after)
    page.get_by_label(re.compile("^Published")).check()
    page.get_by_label(re.compile("Reason for this edit")).fill("It stands once after all.")
    save.click()
    expect(page.get_by_role("status").first).to_contain_text("The edit is recorded")
    assert reader.goto(where).status == 200
    expect(edits).to_contain_text("It stands once after all.")


@on_a_desk
def test_a_source_is_added_while_recording_and_no_refusal_loses_a_word(sign_in, width):
    page = sign_in("first", width)
    code = a_commitment(page, number=7 if width == DESK else 12)
    record_page(page, code)
    page.locator("#s-in_progress").check()
    page.locator("#id_explanation").fill(WORDS)
    page.get_by_text("Add a source that is not in the record yet").click()
    source = page.locator(".adds")
    title = f"An audit of 2025, as printed on {width}"
    source.get_by_label("Title").fill(title)
    fill_date(source, "", "May", "2025")
    source.get_by_role("button", name="Add this source").click()
    expect(page.get_by_role("alert").first).to_contain_text("Publisher")
    expect(page.locator("#id_explanation")).to_have_value(WORDS)
    expect(source.get_by_label("Title")).to_have_value(title)
    source.get_by_label("Publisher").fill("The Office of Audits")
    source.get_by_label("Kind").select_option(label="Report")
    source.get_by_label("Origin").select_option(label="Independent")
    source.get_by_role("button", name="Add this source").click()
    added = page.locator(".take", has_text=title)
    expect(added.get_by_role("checkbox")).to_be_checked()
    added.get_by_label(re.compile("Where in it")).fill("page 12")
    fill_date(page, "31", "February", "2025")
    page.locator("#save").click()
    expect(page.get_by_role("alert").first).to_contain_text("Since")
    assert wrong_with(page) == []
    expect(page.locator("#id_explanation")).to_have_value(WORDS)
    expect(added.get_by_label(re.compile("Where in it"))).to_have_value("page 12")
    fill_date(page, "", "May", "2025")
    page.locator("#save").click()
    expect(page).to_have_url(re.compile(f"/commitments/{code}/#history"))
    expect(page.locator(".history")).to_contain_text(WORDS)
    expect(page.locator("main")).to_contain_text(title)


@on_a_desk
def test_a_new_commitment_is_written_with_its_source_or_not_at_all(sign_in, visit, width):
    page, reader = sign_in("second", width), visit(width)
    page.get_by_role("link", name="Add a commitment").click()
    expect(page.get_by_role("button", name="Publish it")).to_be_visible()
    assert wrong_with(page) == []
    title = f"Train every nurse who works nights, as seen at {width}"
    plan = page.get_by_label("Plan", exact=True)
    plan.select_option(label="National Action Plan to Combat Human Trafficking (December 2021)")
    page.get_by_label("Title").first.fill(title)
    page.get_by_label("The promise, in plain words").fill(WORDS)
    fill_date(page, "3", "December", "2021")
    page.get_by_label("Kind").last.select_option(label="Deliverable")
    page.get_by_label("Pillar", exact=True).select_option(label="Protection")
    page.get_by_label("Agency 1", exact=True).select_option(index=1)
    publish = page.get_by_role("button", name="Publish it")
    publish.click()
    expect(page.get_by_role("alert").first).to_contain_text("Where it was announced")
    expect(page.get_by_label("The promise, in plain words")).to_have_value(WORDS)
    page.get_by_label("Search sources").press_sequentially("white house")
    attach(page, "paragraph 7")
    publish.click()
    expect(page.get_by_role("status").first).to_contain_text("Published as US21-PRT-")
    assert reader.goto(page.url).status == 200
    expect(reader.get_by_role("heading", level=1)).to_have_text(title)
    expect(reader.locator("main")).to_contain_text("paragraph 7")


@on_a_desk
def test_evidence_is_added_to_a_step_that_stands(sign_in, width):
    page = sign_in("first", width)
    page.goto("/commitments/?status=completed&jurisdiction=US")
    page.goto(f"/commitments/{page.locator('tbody .code').first.text_content().strip()}/")
    page.get_by_role("link", name=re.compile("Add evidence")).first.click()
    attach(page, "page 77")
    page.get_by_role("button", name="Add this evidence").click()
    expect(page.get_by_role("status").first).to_contain_text("The evidence is recorded.")
    expect(page.locator(".history")).to_contain_text("page 77")
