"""The administration and the life of an account in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.editors_at_work import (
    needs_a_browser,
    on_a_desk,
    sign_in,  # noqa: F401
    site,  # noqa: F401
    type_sign_in,
    wrong_with,
)
from tests.test_browser import (
    LIGHT,
    PHONE,
    REDONE,
    browser_type_launch_args,  # noqa: F401
    problems_of_access,
    visit,  # noqa: F401
)

pytestmark = needs_a_browser


PAGES = [
    "/admin/",
    "/admin/agencies/agency/",
    "/admin/agencies/agency/add/",
    "/admin/commitments/source/",
    "/admin/commitments/source/add/",
    "/admin/commitments/plan/",
    "/admin/commitments/commitment/",
    "/admin/commitments/change/",
    "/admin/auth/user/",
    "/admin/auth/user/add/",
]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_of_the_administration_is_sound(sign_in, address):
    page = sign_in("fourth")
    page.goto(address)
    problems = [*page.problems, *problems_of_access(page, [LIGHT])]
    page.set_viewport_size({"width": PHONE, "height": 844})
    assert problems + problems_of_access(page, [REDONE]) == []


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()


@on_a_desk
def test_an_administrator_keeps_agencies_sources_and_plans(sign_in, width):
    page = sign_in("fourth", width)
    page.locator(".staff").get_by_role("link", name="Administration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Administration")
    page.goto("/admin/agencies/agency/add/")
    page.get_by_label("Slug").fill("labor office")
    page.get_by_label("Name:", exact=True).fill("Office of Labor Affairs")
    page.get_by_label("Short name").fill("Labor Affairs")
    page.get_by_label("Jurisdiction").fill("US")
    save(page)
    expect(page.locator(".errornote")).to_be_visible()
    expect(page.get_by_label("Name:", exact=True)).to_have_value("Office of Labor Affairs")
    page.get_by_label("Slug").fill(f"labor-office-{width}")
    save(page)
    expect(page.locator(".success")).to_contain_text("Office of Labor Affairs")
    page.goto("/admin/commitments/source/add/")
    document, plan = f"A plan, printed at {width}", f"A plan of {width}"
    page.get_by_label("Slug").fill(f"a-new-plan-{width}")
    page.get_by_label("Title").fill(document)
    page.get_by_label("Publisher").fill("Office of Labor Affairs")
    page.get_by_label("Published on").fill("2026-03-02")
    page.get_by_label("Kind").select_option(label="Plan")
    page.get_by_label("Origin").select_option(label="Official")
    save(page)
    expect(page.locator(".success")).to_contain_text(document)
    page.goto("/admin/commitments/plan/add/")
    page.get_by_label("Slug").fill(f"us-nap-{width}")
    page.get_by_label("Jurisdiction").fill("US")
    page.get_by_label("Title:", exact=True).fill(plan)
    page.locator("#id_document").select_option(label=f"Office of Labor Affairs: {document}")
    page.get_by_label("Published on").fill("2026-03-02")
    save(page)
    expect(page.locator(".success")).to_contain_text(plan)
    page.goto("/changes/")
    expect(page.locator("main")).to_contain_text(plan)


@on_a_desk
def test_status_and_record_can_only_be_looked_at(sign_in, width):
    page = sign_in("fourth", width)
    for kind in ("commitment", "statuschange", "change"):
        page.goto(f"/admin/commitments/{kind}/")
        expect(page.locator(".object-tools .addlink")).to_have_count(0)
        page.locator("#result_list tbody th a").first.click()
        expect(page.get_by_role("link", name="Close")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Save|^Delete"))).to_have_count(0)


@on_a_desk
def test_an_account_changes_its_password_and_is_locked_after_wrong_ones(sign_in, visit, width):
    name, password, changed = f"newcomer-{width}", "a quite unusual phrase", "another odd phrase"
    page = sign_in("fourth", width)
    page.goto("/admin/auth/user/add/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password:", exact=True).fill("12345")
    page.get_by_label("Password confirmation").fill("12345")
    save(page)
    expect(page.locator(".errorlist").first).to_contain_text("too short")
    page.get_by_label("Password:", exact=True).fill(password)
    page.get_by_label("Password confirmation").fill(password)
    save(page)
    # A role takes two administrators: test_two_administrators.py.
    expect(page.locator("#user_form")).to_contain_text("What it may do")
    save(page)
    expect(page.locator("#result_list tbody tr", has_text=name)).to_have_count(1)

    newcomer = visit(width)
    newcomer.goto("/editor/")
    type_sign_in(newcomer, name, password)
    newcomer.locator(".staff").get_by_role("link", name="Password").click()
    newcomer.get_by_label("Old password").fill(password)
    for new in ("12345", changed):
        newcomer.get_by_label("New password", exact=True).fill(new)
        newcomer.get_by_label(re.compile("New password confirmation")).fill(new)
        newcomer.get_by_role("button", name="Change it").click()
        if new != changed:
            expect(newcomer.get_by_role("alert").first).to_contain_text("too short")
            newcomer.get_by_label("Old password").fill(password)
    expect(newcomer.get_by_role("status")).to_contain_text("Your password has been changed")
    newcomer.get_by_role("button", name="Sign out").click()
    expect(newcomer.locator(".staff")).to_have_count(0)

    newcomer.goto("/editor/")
    type_sign_in(newcomer, name, changed)
    expect(newcomer.get_by_role("heading", level=1)).to_have_text("Your account may not do this")
    newcomer.get_by_role("button", name="Sign out").click()
    newcomer.goto("/accounts/login/")
    for _ in range(4):
        type_sign_in(newcomer, name, password)
        expect(newcomer.get_by_role("alert")).to_contain_text("After five wrong passwords")
        expect(newcomer.get_by_label("Username")).to_have_value(name)
    type_sign_in(newcomer, name, password)
    locked = "This sign-in is locked for now"
    expect(newcomer.get_by_role("heading", level=1)).to_have_text(locked)
    assert wrong_with(newcomer) == []
    newcomer.get_by_role("link", name="Go on to sign in").click()
    type_sign_in(newcomer, name, changed)
    expect(newcomer.get_by_role("heading", level=1)).to_have_text(locked)
