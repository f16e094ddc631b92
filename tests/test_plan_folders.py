"""A site's folder: its own data in site.yaml, and one folder for each plan."""

import re
from itertools import permutations

import pytest
from django.conf import settings
from django.utils import translation

from agencies.models import Agency
from commitments.imports.runner import import_rows
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.imports.yaml_reader import read_files, read_folder
from commitments.models import Change, Pillar, Plan, Site, Theme
from planwatch.db.site_data import current_site

pytestmark = pytest.mark.django_db

HOUSING = settings.BASE_DIR / "docs" / "examples" / "city-housing"
SITE = """
name: Houses
topic: {en: housing, es: vivienda}
pillars:
  - {slug: build, code: BLD, name: Building}
  - {slug: rent, code: RNT, name: Renting}
themes:
  - {code: tax, name: Taxes, definition: What is taxed.}
"""
AGENCY = """
- model: agencies.agency
  fields: {slug: %s, name: %s, short_name: %s, parent: %s, jurisdiction: CA}
"""
PLAN = """
- model: commitments.plan
  fields: {slug: %s, jurisdiction: CA, title: A plan, published_on: 2020-01-01, %s: %s}
"""
FILES = {
    "site.yaml": SITE,
    "a/agency.yaml": AGENCY % ("office", "Office", "Office", "city"),
    "a/plan.yaml": PLAN % ("a", "promised_by", "b"),
    "b/agency.yaml": AGENCY % ("city", "City", "City", "null"),
    "b/plan.yaml": PLAN % ("b", "predecessor", "null"),
}


def rows_of(files):
    return read_files({path: text.encode() for path, text in files.items()}, "here")


def results(report):
    return {outcome.result for outcome in report.outcomes}


@pytest.mark.parametrize("order", permutations("ab"))
def test_folders_refer_to_each_other_in_any_order(order):
    files = {path: FILES[path] for name in order for path in FILES if path.startswith(name)}
    report = import_rows(rows_of(files | {"site.yaml": SITE}), actor="importer")
    assert report.written, report.refused
    assert Agency.objects.get(slug="office").parent.slug == "city"
    assert Plan.objects.get(slug="a").promised_by.slug == "b"


def test_the_same_folders_a_second_time_change_nothing():
    assert import_rows(rows_of(FILES), actor="importer").written
    assert results(import_rows(rows_of(FILES), actor="importer")) == {"unchanged"}


def test_one_refused_row_keeps_every_folder_out():
    files = FILES | {"b/plan.yaml": PLAN % ("b", "predecessor", "nowhere")}
    report = import_rows(rows_of(files), actor="importer")
    assert not report.written
    assert [str(outcome.row.place) for outcome in report.refused][:1] == ["b/plan.yaml, entry 1"]
    assert not Plan.objects.exists()
    assert not Pillar.objects.exists()


def test_a_site_lists_its_pillars_and_themes_in_order():
    import_rows(rows_of(FILES), actor="importer")
    assert list(Pillar.objects.values_list("position", "slug")) == [(1, "build"), (2, "rent")]
    assert list(Theme.objects.values_list("position", "code")) == [(1, "tax")]


def test_what_two_folders_say_alike_is_one_row_and_what_they_say_otherwise_is_refused():
    shared = AGENCY % ("city", "City", "City", "null")
    alike = FILES | {"a/agency.yaml": FILES["a/agency.yaml"] + shared}
    agencies = [row for row in rows_of(alike) if row.kind == "agency"]
    assert [row.fields["slug"] for row in agencies] == ["city", "office"]
    other = FILES | {"a/agency.yaml": FILES["a/agency.yaml"] + shared.replace("City", "Town")}
    report = import_rows(rows_of(other), actor="importer")
    assert [outcome.detail for outcome in report.refused] == [
        "a/agency.yaml, entry 2 says something else of this row. Keep one of the two."
    ]


def test_agencies_above_each_other_in_a_circle_are_refused():
    files = {
        "agency.yaml": AGENCY % ("city", "City", "City", "office") + FILES["a/agency.yaml"],
    }
    assert import_rows(rows_of(files), actor="importer").refused


def test_the_sites_own_data_change_only_where_a_person_ticked_each_row():
    import_rows(rows_of(FILES), actor="importer")
    files = {"site.yaml": SITE.replace("Houses", "Homes").replace("Renting", "Rents")}
    report = import_rows(rows_of(files), actor="importer")
    assert [outcome.name for outcome in report.refused] == ["site:site", "pillar:rent"]
    assert report.refused[0].beyond == "the name, topic and publisher of this site"
    allowed = {"site:site", "pillar:rent"}
    assert import_rows(rows_of(files), actor="importer", allowed=allowed).written
    assert (Site.objects.get().name, Pillar.objects.get(slug="rent").name) == ("Homes", "Rents")


def test_pillars_change_places():
    import_rows(rows_of(FILES), actor="importer")
    lines = SITE.splitlines()
    site = "\n".join([*lines[:4], lines[5], lines[4], *lines[6:]])
    allowed = {"pillar:build", "pillar:rent"}
    assert import_rows(rows_of({"site.yaml": site}), actor="importer", allowed=allowed).written
    assert list(Pillar.objects.values_list("slug", "position")) == [("rent", 1), ("build", 2)]


def test_a_site_without_pillars_works_throughout(client):
    files = {
        path.relative_to(HOUSING).as_posix(): path.read_text() for path in HOUSING.rglob("*.yaml")
    }
    site = files["site.yaml"]
    files["site.yaml"] = site[: site.index("pillars:")] + site[site.index("themes:") :]
    path = "harborview-2025/commitment.yaml"
    files[path] = re.sub(r"\n +pillar.*", "", files[path])
    assert import_rows(rows_of(files), actor="importer").written
    for address in (
        *("/", "/commitments/", "/plans/harborview-2025/", "/pillars/", "/matrix/", "/matrix.svg"),
        *("/commitments.svg", "/agencies/housing-office/", "/themes/permits/"),
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "No pillar stated" not in answer.content.decode(), address
    assert "Agencies and pillars" not in client.get("/matrix/").content.decode()
    assert "does not sort commitments by pillars" in client.get("/pillars/").content.decode()
    assert client.get("/commitments/?pillar=build").status_code == 400
    listed = client.get("/api/v1/commitments/?pillar=none").json()
    assert [row["pillar"] for row in listed["results"]] == [None, None]
    counted = client.get("/api/v1/stats/?by=pillar").json()
    assert [row["pillar"] for row in counted["results"]] == [None]
    exported = client.get("/api/v1/commitments/?format=csv").getvalue()
    again = import_rows(read_spreadsheet(exported, "a.csv", "commitment"), actor="importer")
    assert results(again) == {"unchanged"}


def test_a_site_says_its_phrases_by_language_and_its_publisher_is_its_name_where_none_is_given():
    import_rows(rows_of(FILES), actor="importer")
    site = current_site()
    assert (site.subject, site.government, site.publisher) == ("housing", "governments", "Houses")
    with translation.override("es"):
        assert current_site().subject == "vivienda"


def test_an_edit_in_the_admin_is_a_row_of_the_public_record(admin_client):
    import_rows(rows_of(FILES), actor="importer")
    page = admin_client.get(f"/admin/commitments/site/{Site.objects.get().pk}/change/")
    form = page.context["adminform"].form
    values = {name: form.initial.get(name, "") for name in form.fields} | {"name": "Homes"}
    values["seen_version"] = form.initial["seen_version"]
    sent = admin_client.post(page.request["PATH_INFO"], values)
    assert sent.status_code == 302
    row = Change.objects.get(object_type="site", action="update")
    assert (row.before["name"], row.after["name"], Site.objects.get().name) == (
        "Houses",
        "Homes",
        "Homes",
    )
    assert admin_client.get("/admin/commitments/site/add/").status_code == 403


def test_a_folder_is_read_with_the_folders_in_it(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "a" / "README.md").write_text("Not read.")
    assert len(read_folder(tmp_path)) == 8
    assert {row.kind for row in read_folder(tmp_path / "b")} == {"agency", "plan"}
