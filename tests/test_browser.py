"""Every public page in a real browser, and a few walks through the site as a person takes them."""

import os
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.live_site import LAUNCH, public_addresses, serving

# Playwright keeps an event loop in the thread of the tests, which Django would take for asynchronous code in every
# test that this process runs afterwards.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

pytestmark = pytest.mark.skipif(
    os.environ.get("PLANWATCH_BROWSER_TESTS") != "required",
    reason="takes minutes and Chromium (Debian: apt-get install chromium); run make test-browser",
)

DESK, PHONE, SMALL_PHONE = 1280, 390, 320
# Pages on which every color of text and ground is.
ALL_COLORS = (
    *("/", "/commitments/", "/commitments/US21-PRV-001/", "/matrix/", "/timeline/", "/compare/"),
    *("/news/", "/pillars/protection/", "/changes/", "/editor/"),
)
# 640 px is the desk at 200 % zoom.
SCREENS = (640, SMALL_PHONE, DESK)
# A request that a newer one replaced, as it should.
ABORTED = ("htmx:afterRequest", "htmx:sendAbort")
# Targets of at least 24 px are a rule of WCAG 2.2, which axe applies only when asked to.
AXE = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
LIGHT, DARK = ("light", {}), ("dark", {"runOnly": ["color-contrast"]})
# What another width or another language can change: sizes, names, labels.
LAYOUT = (
    *("target-size", "scrollable-region-focusable", "link-name", "button-name", "label"),
    *("html-has-lang", "html-lang-valid", "valid-lang", "document-title", "image-alt"),
)
REDONE = ("light", {"runOnly": [*LAYOUT]})
MOST_BYTES, MOST_REQUESTS = 60_000, 10
ALSO = [
    "/?as_of=2024-03-01",
    "/commitments/?q=labor&pillar=protection&order=-title",
    "/commitments/?q=nothing-like-it-anywhere",
    "/commitments/?as_of=2022-06-30&is_open=true&pillar=protection",
    "/commitments/US21-PRV-001/?as_of=2022-06-30",
]
WRONG = {"/no-such-page/": 404, "/commitments/US21-PRV-999/": 404, "/commitments/?pilar=x": 400}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | LAUNCH


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id):
    folder = tmp_path_factory.getbasetemp()
    # The workers of one run share the prepared database.
    folder = (folder.parent if worker_id != "master" else folder) / "site"
    folder.mkdir(exist_ok=True)
    with serving(folder) as address:
        yield address


@pytest.fixture
def visit(browser, site):
    """Open pages in a context of one's own. What goes wrong in them is collected in `problems`."""
    contexts = []

    def open_page(width=DESK, **options):
        # Without motion no color is judged halfway from light to dark.
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(f"script: {error}"))
        page.on(
            "console",
            lambda line: page.problems.append(f"console: {line.text}")
            if line.type in ("error", "warning") and not line.text.startswith(ABORTED)
            else None,
        )
        page.on(
            "request",
            lambda request: page.problems.append(f"leaves the host: {request.url}")
            if not request.url.startswith((site + "/", "data:"))
            else None,
        )
        page.transfer = Transfer(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


class Transfer:
    """Counts what a page takes over the wire: head and body of every answer, as they are sent."""

    def __init__(self, page):
        self.network = page.context.new_cdp_session(page)
        self.sizes = []
        self.network.on(
            "Network.loadingFinished", lambda sent: self.sizes.append(sent["encodedDataLength"])
        )
        self.network.send("Network.enable")

    def begin(self):
        """Forget what was loaded before, so that the next page is loaded as on a first visit."""
        self.network.send("Network.clearBrowserCache")
        self.sizes.clear()

    def problems(self):
        problems = []
        if sum(self.sizes) > MOST_BYTES:
            problems.append(f"{sum(self.sizes):.0f} bytes over the wire")
        if len(self.sizes) > MOST_REQUESTS:
            problems.append(f"{len(self.sizes)} requests")
        return problems if self.sizes else ["nothing was measured"]


def problems_of_focus(page):
    """Return what the tab key can reach without showing that it did, and what moves although no motion is wanted."""
    page.keyboard.press("Tab")
    return page.evaluate(
        """() => {
            const outlined = part => part && getComputedStyle(part).outlineStyle != "none"
                && parseFloat(getComputedStyle(part).outlineWidth) >= 2;
            const reachable = "a[href], button, input, select, textarea, summary, [tabindex='0']";
            const hidden = [...document.querySelectorAll(reachable)].filter(part => {
                if (part.disabled || !part.checkVisibility({visibilityProperty: true})) return false;
                part.focus({preventScroll: true});
                return document.activeElement == part && !outlined(part)
                    && !outlined(part.closest("label")) && !(part.labels && [...part.labels].some(outlined));
            });
            const moving = [...document.querySelectorAll("*")].filter(part => {
                const style = getComputedStyle(part);
                return [style.transitionDuration, style.animationDuration].some(
                    given => given.split(",").some(each => parseFloat(each) > 0.01));
            });
            return [...hidden.map(part => "no visible focus: " + part.outerHTML.slice(0, 160)),
                    ...moving.map(part => "moves: " + part.outerHTML.slice(0, 160))];
        }"""
    )


def problems_of_width(page):
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{page.viewport_size['width']} px: {wide} px too wide"] if wide > 0 else []


def problems_of_access(page, schemes=(LIGHT, DARK)):
    """Return what axe finds, in light and in dark, where nothing but the colors differs."""
    problems = []
    for scheme, options in schemes:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options=AXE | options)
        problems += [
            f"{page.viewport_size['width']} px, {scheme}: {rule['help']}: {node['html'][:160]}"
            for rule in found.response["violations"]
            for node in rule["nodes"]
        ]
    return problems


def loaded(page, address, status=200, weighed=True):
    """Open a page as on a first visit. Return its problems of weight, or None where it is no page to look at.

    What people see who are signed in is never compressed, so it is not `weighed`.
    """
    page.transfer.begin()
    answer = page.goto(address)
    assert answer.status == status
    if "text/html" not in answer.headers["content-type"]:
        return None
    return page.transfer.problems() if weighed else []


def looked_at(page, address, status=200, weighed=True):
    """Return everything that is wrong with a page: its weight, on all screens, folded and unfolded, light and dark."""
    problems = loaded(page, address, status, weighed)
    if problems is None:
        return page.problems
    for width in SCREENS:
        page.set_viewport_size({"width": width, "height": 844})
        problems += problems_of_width(page)
    # Unfolded, a page shows all that it shows folded. Every rule is asked on the desk in the light; on the phone those
    # of layout, and every rule in the dark for pages that have all colors.
    page.evaluate("document.querySelectorAll('details').forEach(part => (part.open = true))")
    problems += problems_of_access(page, [LIGHT])
    page.set_viewport_size({"width": PHONE, "height": 844})
    problems += problems_of_focus(page)
    scheme = ("dark", {}) if address.partition("?")[0] in ALL_COLORS else REDONE
    problems += problems_of_width(page) + problems_of_access(page, [scheme])
    # The browser itself reports the failed answer of a page that should fail.
    return problems + [
        each for each in page.problems if not (status >= 400 and f"status of {status}" in each)
    ]


@pytest.mark.parametrize("address", [*public_addresses(), *ALSO])
def test_page_is_sound_for_everyone_on_every_screen(visit, address):
    assert looked_at(visit(), address) == []


@pytest.mark.parametrize(("address", "status"), WRONG.items())
def test_page_that_says_what_went_wrong_is_sound_too(visit, address, status):
    assert looked_at(visit(), address, status) == []


def test_every_page_is_sound_in_spanish_too(visit):
    page = visit()
    problems = []
    for address in public_addresses():
        found = loaded(page, f"/es{address}") or []
        for width in (DESK, SMALL_PHONE, PHONE):
            page.set_viewport_size({"width": width, "height": 844})
            found += problems_of_width(page)
        found += problems_of_access(page, [REDONE])
        problems += [f"{address}: {each}" for each in found]
    assert problems + page.problems == []


def test_a_form_that_was_refused_is_accessible_too(visit):
    page = visit(PHONE)
    page.goto("/es/accounts/login/")
    page.get_by_label("Nombre de usuario").fill("nobody")
    page.get_by_label("Contraseña").fill("not the password")
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert problems_of_access(page) + problems_of_width(page) == []


def test_api_documentation_loads_from_this_host_alone(visit):
    page = visit()
    page.goto("/api/v1/docs/")
    expect(page.get_by_text("/api/v1/commitments/{code}/", exact=True).first).to_be_visible()
    assert page.problems == []


def test_every_read_of_the_api_documentation_answers_at_try_it_out_and_execute(visit, site):
    page = visit()
    page.goto("/api/v1/docs/")
    page.locator(".opblock-get").first.wait_for()
    schema = page.request.get("/api/v1/schema/").json()["paths"]
    # What needs a token is refused without one.
    reads = {
        path for path, item in schema.items() if not item.get("get", {"security": 1})["security"]
    }
    answers = {}
    for block in page.locator(".opblock").all():
        path = block.locator("[data-path]").get_attribute("data-path")
        if path in reads and block.locator(".opblock-summary-method").inner_text() == "GET":
            block.locator(".opblock-summary-control").click()
            block.get_by_role("button", name="Try it out").click()
            block.get_by_role("button", name="Execute").click()
            status = block.locator(".live-responses-table .response-col_status").last
            status.wait_for()
            answers[path] = (status.inner_text(), block.locator(".request-url pre").inner_text())
            block.locator(".opblock-summary-control").click()
    assert reads - answers.keys() == set() and len(reads) > 25
    assert {path: told for path, told in answers.items() if told[0] >= "400"} == {}
    # Only what has to be there is filled in.
    needing = {
        path
        for path in reads
        for each in schema[path]["get"].get("parameters", ())
        if each["in"] == "query" and each.get("required")
    }
    assert {path for path, (_, address) in answers.items() if "?" in address} == needing
    assert page.problems == []


# Walks


def test_a_reader_filters_the_list_without_javascript(visit):
    page = visit(java_script_enabled=False)
    page.goto("/commitments/")
    before = page.locator("tbody tr").count()
    page.get_by_role("checkbox", name=re.compile("^Protection")).check()
    page.get_by_role("button", name="Show results").click()
    expect(page).to_have_url(re.compile(r"/commitments/\?pillar=protection$"))
    page.wait_for_load_state()
    codes = page.locator("tbody .code").all_inner_texts()
    assert codes and len(codes) <= before
    address = "/api/v1/commitments/?pillar=protection&page_size=500"
    found = page.request.get(address).json()["results"]
    assert set(codes) <= {row["code"] for row in found}
    page.get_by_role("link", name="Clear all").click()
    expect(page).to_have_url(re.compile(r"/commitments/$"))


def test_a_reader_searches_from_home_and_opens_a_commitment(visit):
    page = visit(PHONE)
    page.goto("/")
    page.get_by_role("searchbox").first.fill("trafficking victims")
    page.get_by_role("searchbox").first.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=trafficking\+victims"))
    first = page.get_by_role("region", name="Commitments").get_by_role("listitem").first
    title, code = first.get_by_role("link").inner_text(), first.locator(".code").inner_text()
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page).to_have_url(re.compile(f"/commitments/{code}/$"))
    assert page.problems == []


def test_a_reader_goes_from_home_to_a_commitment_by_keyboard_alone(visit):
    page = visit()
    page.goto("/")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Skip to content")
    expect(focused).to_be_in_viewport()
    for destination in (r"^/commitments/$", "^#results$", r"^/commitments/[A-Z]{2}\d\d-"):
        for _ in range(40):
            page.keyboard.press("Tab")
            # In a date the browser itself marks the part that has the focus.
            assert page.evaluate(
                "document.activeElement.type == 'date'"
                " || getComputedStyle(document.activeElement).outlineStyle != 'none'"
            ), page.evaluate("document.activeElement.outerHTML")
            address = page.evaluate("document.activeElement.getAttribute('href') || ''")
            if re.search(destination, address):
                break
        else:
            pytest.fail(f"40 steps do not reach {destination}")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(re.escape(address) + "$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_another_day_is_announced_kept_while_reading_and_left_again(visit):
    page = visit()
    page.goto("/commitments/?as_of=2022-06-30")
    banner = page.locator(".banner")
    expect(banner).to_contain_text("June 30, 2022")
    page.locator("tbody a").first.click()
    expect(page).to_have_url(re.compile(r"as_of=2022-06-30"))
    expect(banner).to_contain_text("June 30, 2022")
    banner.get_by_role("link", name="Back to today").click()
    expect(page).not_to_have_url(re.compile("as_of"))
    expect(banner).to_have_count(0)


def test_every_commitment_is_at_most_three_clicks_from_home(visit):
    """Home, then a pillar or the list, then the commitment: its link stands on one of those pages."""
    page = visit(java_script_enabled=False)
    links = "links => links.map(link => new URL(link.getAttribute('href'), location).pathname)"
    asked = links.replace(").pathname", ")).map(url => url.pathname + url.search")
    page.goto("/")
    first = set(page.locator("a[href]").evaluate_all(asked))
    assert {"/commitments/", "/pillars/protection/"} <= first
    reached = set()
    # A pillar, the list, or the list of another country.
    lists = re.compile(r"/pillars/[\w-]+/|/commitments/(\?jurisdiction=[A-Z]+)?")
    for address in sorted(filter(lists.fullmatch, first)):
        page.goto(address)
        reached |= set(page.locator("a[href]").evaluate_all(links))
    wanted = set()
    page.goto("/commitments/")
    while True:
        wanted |= set(page.locator("tbody th a").evaluate_all(links))
        further = page.get_by_role("link", name=re.compile("^Next"))
        if not further.count():
            break
        page.goto(further.first.evaluate("link => link.href"))
    assert wanted and wanted <= reached


def test_a_card_shows_in_a_page_of_another_site_again_and_again(visit, site, tmp_path):
    card = f"{site}/embed/commitments/US21-PRV-001/"
    frame = f'<iframe src="{card}" width="480" height="260"></iframe>'
    (tmp_path / "index.html").write_text(f"<!doctype html><title>News</title>{frame}")
    pages = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), pages) as news:
        threading.Thread(target=news.serve_forever, daemon=True).start()
        page = visit()
        page.goto(f"http://localhost:{news.server_port}/")
        # The second time the browser asks with what it has kept.
        for _ in range(2):
            shown = page.frame_locator("iframe").locator("main")
            expect(shown.get_by_role("heading", level=1)).to_be_visible()
            assert shown.evaluate("card => card.scrollHeight <= card.clientHeight")
            page.reload()
        news.shutdown()
