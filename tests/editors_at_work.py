"""What the walks of signed-in people share: a site with an account for each role, and the moves of a hand."""

import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.live_site import ROOT, _environment, serving
from tests.test_browser import (  # noqa: F401
    DESK,
    PHONE,
    problems_of_access,
    problems_of_width,
    visit,
)

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PASSWORD = "a-long-password-for-tests"
ACCOUNTS = {
    "first": "Editor",
    "second": "Editor",
    "third": "Contributor",
    "fourth": "Administrator",
    # These three get a second factor, after which a password alone signs nobody in.
    "fifth": "Editor",
    "sixth": "Editor",
    "seventh": "Editor",
}
MAKE_ACCOUNTS = f"""
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
for name, role in {ACCOUNTS!r}.items():
    user = get_user_model().objects.create_user(name, password={PASSWORD!r})
    user.groups.add(Group.objects.get(name=role))
"""
WORDS = "The department says that it goes on; an audit office could not see it."
needs_a_browser = pytest.mark.skipif(
    os.environ.get("PLANWATCH_BROWSER_TESTS") != "required",
    reason="takes minutes and Chromium (Debian: apt-get install chromium); run make test-browser",
)
# What is only typed is tried on both screens; a walk of minutes on one.
on_both_screens = pytest.mark.parametrize("width", [DESK, PHONE])
on_a_desk = pytest.mark.parametrize("width", [DESK])
on_a_phone = pytest.mark.parametrize("width", [PHONE])


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id):
    """Serve the real data set from a database of one's own, with an account for each role."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if worker_id != "master" else folder) / "site"
    folder.mkdir(exist_ok=True)
    with serving(folder) as address:
        database = folder / f"site-{urlsplit(address).port}.sqlite3"
        subprocess.run(
            [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", MAKE_ACCOUNTS],
            cwd=ROOT,
            env=_environment(database),
            check=True,
            capture_output=True,
        )
        yield address


@pytest.fixture
def sign_in(visit):
    """Open a page as one of ACCOUNTS."""

    def signed_in(name, width=DESK, **options):
        page = visit(width, **options)
        enter(page, name)
        return page

    return signed_in


def enter(page, name):
    page.goto("/accounts/login/")
    type_sign_in(page, name)
    expect(page).to_have_url(re.compile("/editor/$"))


# Of the title of a document of January 2026.
LATE = "presidential message on national slavery"


def type_sign_in(page, name, password=PASSWORD):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def fill_date(page, day, month, year):
    page.get_by_label("Day", exact=True).first.fill(day)
    page.get_by_label("Month", exact=True).first.select_option(label=month)
    page.get_by_label("Year", exact=True).first.fill(year)


def attach(page, place="page 2"):
    """Find a source of 2026, which can show what became true before, choose it, and say where in it."""
    page.get_by_label("Search sources").fill("")
    page.get_by_label("Search sources").press_sequentially(LATE)
    # What is found takes the place of what was found for fewer letters, ticks and all.
    page.wait_for_load_state("networkidle")
    found = page.locator(".take", has_text=re.compile(LATE, re.IGNORECASE)).first
    found.get_by_role("checkbox").check()
    found.get_by_label(re.compile("Where in it")).fill(place)


def a_commitment(page, number=0):
    """Return the code of a commitment of the United States of which no evidence is known."""
    page.goto("/commitments/?jurisdiction=US&status=no_evidence&order=code")
    return page.locator("tbody .code").nth(number).text_content().strip()


def record_page(page, code):
    page.goto(f"/editor/commitments/{code}/record/")


def wrong_with(page):
    """Return what is wrong with a page that only a walk reaches, as wide as the walk is."""
    # The browser itself reports the answer that refuses a form.
    own = [each for each in page.problems if "status of 4" not in each]
    return problems_of_width(page) + problems_of_access(page) + own


def tab(page, condition):
    """Go on with the tab key until the focus is where it should be."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(f"(e => {condition})(document.activeElement)"):
            return
    pytest.fail(f"120 steps do not reach {condition}")
