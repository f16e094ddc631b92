"""A site of another topic, from docs/examples/city-housing: nothing of the first site's topic or publisher shows."""

import io
import re
import zipfile

import duckdb
import pytest
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from commitments.alerts import emails
from commitments.alerts.emails import Words
from commitments.alerts.models import Message, Request
from commitments.datasets import archive
from commitments.imports.runner import import_rows
from commitments.imports.yaml_reader import read_folder
from commitments.models import Commitment, DatasetVersion, Pillar
from planwatch.api.schema import SiteSchemaGenerator
from planwatch.db.site_data import current_site

pytestmark = pytest.mark.django_db
FOLDER = settings.BASE_DIR / "docs" / "examples" / "city-housing"
FOREIGN = re.compile(r"trafficking|four pillars|United States|US government|\bPlanWatch\b", re.I)
CODE = "HV25-BLD-001"
PAGES = [
    *("/", "/es/", "/commitments/", "/plans/", "/plans/harborview-2025/", "/pillars/"),
    *("/pillars/build/", "/themes/", "/themes/permits/", "/agencies/", "/agencies/housing-office/"),
    *("/sources/", "/sources/plan-2025/", "/matrix/", "/timeline/", "/compare/", "/changes/"),
    *(
        "/method/",
        "/data/",
        "/corrections/",
        "/nothing-here/",
        "/accounts/login/",
        "/follow/",
    ),
    *(f"/commitments/{CODE}/", f"/commitments/{CODE}/?as_of=2025-06-01", "/commitments/?q=permits"),
    *("/news/", "/feeds/news.atom", "/search/?q=permits", "/about/", "/about/privacy/", "/report/"),
    *("/themes/permits/brief/", "/status-over-time.svg", "/plans/harborview-2025/questions/"),
    *("/api/v1/", "/api/v1/plans/", "/record/"),
    *("/feeds/changes.atom", f"/commitments/{CODE}/changes.atom", "/feeds/deadlines.ics"),
    *(
        f"/embed/commitments/{CODE}/",
        f"/embed/commitments/{CODE}/badge.svg",
        "/embed/pillars/build/",
    ),
    *(f"/commitments/{CODE}/cite.bib", "/data/cite.ris", "/data/cite.json"),
    *(f"/commitments/{CODE}/history.svg", "/commitments.svg", "/matrix.svg", "/timeline.svg"),
    *(
        f"/commitments/{CODE}/brief/",
        "/plans/harborview-2025/brief/",
        "/oembed.json?url=http://testserver/commitments/HV25-BLD-001/",
    ),
    *(
        "/api/v1/statuses/",
        "/api/v1/schema/",
        "/api/v1/docs/",
        "/api/v1/commitments/",
        "/api/v1/changes/",
    ),
]


@pytest.fixture(scope="module", autouse=True)
def site(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        report = import_rows(read_folder(FOLDER), actor="importer")
        assert report.written, report.refused
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("address", PAGES)
def test_no_answer_speaks_of_another_sites_topic_or_publisher(client, address):
    answer = client.get(address)
    assert answer.status_code == (404 if address == "/nothing-here/" else 200), address
    text = answer.getvalue().decode()
    # The address of a stylesheet or a file is the software's.
    text = re.sub(r"planwatch[-/.\w]*|[-\w]*\.planwatch", "", text)
    assert not FOREIGN.findall(text), address


def test_the_folder_a_second_time_changes_nothing():
    report = import_rows(read_folder(FOLDER), actor="importer")
    assert {outcome.result for outcome in report.outcomes} == {"unchanged"}


def test_its_pillars_name_and_topic_are_its_own(client):
    page = client.get("/").content.decode()
    assert "What the city of Harborview promised on housing, and what became of it" in page
    assert list(Pillar.objects.values_list("slug", flat=True)) == ["build", "keep"]
    assert "Harborview Housing Watch" in client.get("/data/").content.decode()
    assert Commitment.objects.count() == 2


def test_the_data_package_is_the_publishers_under_its_license(tmp_path):
    file = io.BytesIO()
    archive.build(file, DatasetVersion.objects.get())
    with zipfile.ZipFile(file) as package:
        for name in package.namelist():
            if name.endswith(".parquet"):
                rows = duckdb.read_parquet(package.extract(name, tmp_path))
                text = str(rows.select("COLUMNS(*)::VARCHAR").fetchall())
            else:
                text = package.read(name).decode()
            assert not FOREIGN.findall(text), name
        assert "license: CC0-1.0" in package.read("CITATION.cff").decode()


def test_the_mails_are_from_the_site():
    mails = []
    for template in ("question", "news", "reminder"):
        for form in ("txt", "html"):
            context = {"site": current_site(), "site_url": "https://harborview.example", "count": 1}
            mails.append(render_to_string(f"alerts/mail/{template}.{form}", context))
    request = Request(address="reader@harborview.example", language="en", rhythm="weekly")
    words = Words(request.address, "A question", "question", {}, {})
    sent = emails._mail(
        Message(request=request, created_at=timezone.now()), words, "en", current_site()
    )
    assert sent.message()["From"].startswith("Harborview Housing Watch <")
    for text in (*mails, sent.message().as_string()):
        assert "Harborview Housing Watch" in text
        assert not FOREIGN.findall(text)


def test_the_description_of_the_api_has_the_sites_name_and_topic():
    info = SiteSchemaGenerator().get_schema(public=True)["info"]
    assert info["title"] == "Harborview Housing Watch API"
    assert "promised on housing" in info["description"]
    assert current_site().license_name == "Creative Commons Zero 1.0 Universal"
