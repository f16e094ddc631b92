"""Signing in with a second factor in a real browser: an app that makes codes, without scripts; a passkey, with them."""

import re
import time
from urllib.parse import urlsplit

from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import expect

from tests.editors_at_work import (  # noqa: F401
    DESK,
    PASSWORD,
    PHONE,
    WORDS,
    a_commitment,
    attach,
    fill_date,
    needs_a_browser,
    problems_of_access,
    problems_of_width,
    record_page,
    sign_in,
    site,
    type_sign_in,
)
from tests.test_browser import browser_type_launch_args, visit  # noqa: F401

pytestmark = needs_a_browser

FACTOR = "/accounts/second-factor/"


def code_of(secret):
    """Return the code of the moment; near its end wait for the next, so that it is not too old when it is read."""
    left = 30 - time.time() % 30
    if left < 5:
        time.sleep(left)
    return totp.format_hotp_value(
        totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time()))
    )


def fine(page):
    assert problems_of_access(page) + problems_of_width(page) == []


def confirm(page):
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def test_an_app_is_set_up_and_signs_in_without_scripts(visit):
    page = visit(PHONE, java_script_enabled=False)
    page.goto("/accounts/login/")
    type_sign_in(page, "fifth")
    page.goto(FACTOR)
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    expect(page.get_by_role("img", name=re.compile("The key as a picture"))).to_be_visible()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery = page.locator("ul.code li").first.inner_text()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    type_sign_in(page, "fifth")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/editor/$"))


def add_passkey(page, here, name):
    """Sign in, and add a passkey that the browser keeps and that answers without being touched."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto(f"{here}/accounts/login/")
    type_sign_in(page, name)
    page.goto(f"{here}{FACTOR}")
    fine(page)
    page.get_by_role("link", name="Add a passkey").click()
    fine(page)
    confirm(page)
    fine(page)
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    fine(page)


def test_a_passkey_is_added_and_signs_in(visit, site):
    page = visit(DESK)
    # Passkeys belong to names, not to numbers.
    here = site.replace("127.0.0.1", "localhost")
    add_passkey(page, here, "sixth")
    page.goto(f"{here}/accounts/sessions/")
    expect(page.get_by_text("(this one)")).to_be_visible()
    fine(page)
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{here}/accounts/login/")
    type_sign_in(page, "sixth")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    fine(page)
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page).to_have_url(re.compile("/editor/$"))
    page.goto(f"{here}{FACTOR}")
    expect(page.get_by_role("link", name=re.compile("^Remove"))).to_be_visible()


def test_a_passkey_signs_an_approval(sign_in, visit, site):
    page, here = visit(DESK), site.replace("127.0.0.1", "localhost")
    add_passkey(page, here, "seventh")
    first = sign_in("first")
    record_page(first, a_commitment(first, number=3))
    first.locator("#s-withdrawn").check()
    fill_date(first, "", "March", "2025")
    first.locator("#id_explanation").fill(WORDS)
    attach(first)
    first.locator("#save").click()
    expect(first).to_have_url(re.compile(r"/editor/proposals/\d+/$"))
    page.goto(here + urlsplit(first.url).path)
    expect(page.locator("#main")).to_contain_text("Your passkey signs it")
    fine(page)
    page.get_by_role("button", name="Approve and record").click()
    expect(page.get_by_role("status")).to_contain_text("Approved and recorded")
    first.reload()
    expect(first.locator("#main")).to_contain_text("Signed by a passkey.")
    assert [each for each in page.problems if "leaves the host" not in each] == []
