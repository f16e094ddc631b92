"""A site of another topic, from docs/examples/city-housing, walked as its first reader would."""

import pytest
from django.db import connection
from playwright.sync_api import expect

from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_folder
from tests.live_site import serving
from tests.test_adopted_site import CODE, FOLDER, FOREIGN
from tests.test_browser import (
    DESK,
    PHONE,
    browser_type_launch_args,  # noqa: F401
    problems_of_width,
    pytestmark,  # noqa: F401
)


@pytest.fixture
def site(db, tmp_path_factory, worker_id):
    report = import_rows(read_folder(FOLDER), actor="importer")
    assert report.written, report.refused
    folder = tmp_path_factory.getbasetemp()
    # The other tests in a browser have put the files of style there.
    folder = (folder.parent if worker_id != "master" else folder) / "site"
    folder.mkdir(exist_ok=True)
    database = folder / "adopted.sqlite3"
    database.write_bytes(connection.connection.serialize())
    with serving(folder, database=database) as address:
        yield address


def test_a_reader_finds_a_commitment_of_the_adopters_own_topic(browser, site):
    page = browser.new_page(base_url=site, viewport={"width": DESK, "height": 900})

    def look():
        for width in (PHONE, DESK):
            page.set_viewport_size({"width": width, "height": 900})
            assert problems_of_width(page) == []
        assert not FOREIGN.findall(f"{page.title()} {page.locator('body').inner_text()}")

    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("promised on housing")
    look()
    page.get_by_role("link", name="All 2 commitments").click()
    expect(page.locator("main")).to_contain_text("Inspect every let building")
    look()
    page.get_by_role("checkbox", name="Keep").check()
    expect(page.locator("main")).not_to_contain_text("Decide on building permits")
    look()
    page.get_by_role("checkbox", name="Keep").uncheck()
    page.get_by_role("link", name="Decide on building permits within six weeks").click()
    expect(page.locator("main")).to_contain_text(CODE)
    look()
    page.close()
