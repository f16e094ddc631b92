"""Every page as it is sent: valid HTML by the Nu Html Checker, and no script or style inside it."""

import json
import os
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import RequestFactory

from planwatch.web.error_views import server_error
from planwatch.web.languages import path_in
from tests.editors_at_work import enter, site  # noqa: F401
from tests.live_site import ROOT, public_addresses
from tests.test_browser import (
    ALSO,
    WRONG,
    browser_type_launch_args,  # noqa: F401
    pytestmark,  # noqa: F401
)
from tests.test_editor_browser import PAGES

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHECKER = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
# May propose, not edit.
REFUSED = "third"
# Data: no browser runs it, and no policy forbids it.
DATA = "application/ld+json"


@pytest.fixture(scope="module")
def pages(browser, site):  # noqa: F811
    """Return every page's text by its address as anybody, an editor and a contributor is sent it, each third in Spanish."""
    seen = {
        None: ["/accounts/login/", *public_addresses(), *ALSO, *WRONG],
        "first": [*PAGES, "/accounts/sessions/", "/accounts/second-factor/"],
        REFUSED: ["/editor/commitments/US21-PRV-001/edit/"],
        "fourth": ["/editor/import/"],
    }
    texts = {"a failure": server_error(RequestFactory().get("/")).content.decode()}
    for name, addresses in seen.items():
        context = browser.new_context(base_url=site)
        if name:
            enter(context.new_page(), name)
        for number, address in enumerate(addresses):
            for each in (address, path_in("es", address))[: 1 + (number % 3 == 0)]:
                answer = context.request.get(each)
                expected = 403 if name == REFUSED else WRONG.get(address, 200)
                assert answer.status == expected, each
                if "text/html" in answer.headers["content-type"]:
                    texts[f"{each} for {name or 'anybody'}"] = answer.text()
        context.close()
    return texts


@pytest.mark.skipif(
    not shutil.which("java"), reason="needs Java: apt-get install default-jre-headless"
)
@pytest.mark.skipif(
    not CHECKER.exists(), reason="needs the Nu Html Checker: npm install --omit=optional"
)
def test_every_page_is_valid_html(pages, tmp_path):
    names = dict(enumerate(pages))
    for number, name in names.items():
        (tmp_path / f"{number}.html").write_text(pages[name])
    # A page is in one language, and what it quotes may be in another.
    options = ["--format", "json", "--exit-zero-always", "--no-langdetect"]
    done = subprocess.run(
        ["java", "-jar", CHECKER, *options, tmp_path], capture_output=True, text=True, check=True
    )
    found = [
        f"{names[int(Path(each['url']).stem)]}: {each['message']} {each.get('extract', '')}"
        for each in json.loads(done.stderr)["messages"]
    ]
    assert len(names) > 60
    assert not found, "\n".join(found)


class Inline(HTMLParser):
    """Collects what a strict Content-Security-Policy would refuse."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        own_script = tag == "script" and "src" not in given and given.get("type") != DATA
        inside = [name for name in given if name == "style" or name.startswith("on")]
        if own_script or tag == "style" or inside:
            self.found.append(self.get_starttag_text())


def test_no_page_carries_a_script_or_a_style_inside(pages):
    assert Inline('<a onclick="x" href="y"><p style=""><style></style><script>1</script>').found
    assert {name: found for name, text in pages.items() if (found := Inline(text).found)} == {}
