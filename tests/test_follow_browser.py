"""Following by mail as a person does it: the form, the mail, the yes, the page of what is followed, leaving."""

import re
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import expect

from tests.live_site import _environment, _manage
from tests.test_browser import (
    DESK,
    PHONE,
    browser_type_launch_args,  # noqa: F401
    problems_of_access,
    problems_of_width,
    pytestmark,  # noqa: F401
    site,  # noqa: F401
    visit,  # noqa: F401
)


@pytest.fixture
def mails(tmp_path_factory, worker_id, site):  # noqa: F811
    """Return a function that lets the worker do what lies ready and gives the addresses of the links in the latest mail."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if worker_id != "master" else folder) / "site"
    name = f"site-{site.rpartition(':')[2]}"
    environment = _environment(folder / f"{name}.sqlite3")

    def links():
        _manage("db_worker --batch --no-startup-delay", environment)
        (path,) = (folder / f"mail-{name}").iterdir()
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        path.unlink()
        text = mail.get_body(("plain",)).get_content()
        return re.findall(r"^https?://[^/]+(\S+)$", text, re.MULTILINE)

    return links


def test_a_reader_follows_by_mail_and_leaves_again(visit, mails):  # noqa: F811
    page = visit(PHONE)
    problems = []

    def judge():
        for width in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": 844})
            problems.extend(problems_of_width(page) + problems_of_access(page))

    page.goto("/es/commitments/US21-PRV-001/")
    page.get_by_text("Seguir por correo").click()
    page.get_by_label("Correo electrónico").fill("reader@example.org")
    page.get_by_label("Con qué frecuencia").select_option("daily")
    page.get_by_role("button", name="Seguir", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mire su buzón")
    confirm = next(link for link in mails() if "/confirm/" in link)
    page.goto(confirm)
    judge()
    page.get_by_role("button", name="Sí, seguirlo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lo que sigue")
    judge()
    page.get_by_role("button", name="Darme de baja").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Se ha dado de baja")
    judge()
    assert problems + page.problems == []
