"""Themes: what promises are about, across plans."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.html import strip_tags

from commitments import services
from commitments.audit import integrity
from commitments.imports.runner import import_rows
from commitments.imports.spreadsheets import read_spreadsheet
from commitments.imports.yaml_reader import read_files
from commitments.models import Change, Commitment, CommitmentTheme
from tests import factories
from tests.editor_pages import signed_in

pytestmark = pytest.mark.django_db


def make(code="US21-PRT-001", **fields):
    for name in ("training", "shelter", "funding", "treaties"):
        factories.make_theme(name)
    return factories.make_commitment(code, **fields)


def codes_of(commitment):
    return list(commitment.theme_rows.values_list("theme__code", flat=True))


class TestWrites:
    def test_the_first_theme_is_the_main_one(self):
        commitment = make(themes=["shelter", "training"])
        assert codes_of(commitment) == ["shelter", "training"]
        assert Change.objects.last().after["themes"] == ["shelter", "training"]

    def test_themes_that_are_not_named_stay(self):
        make(themes=["shelter"])
        assert codes_of(factories.make_commitment("US21-PRT-001", title="New")) == ["shelter"]

    def test_another_order_is_an_edit_with_a_reason(self):
        commitment = make(themes=["shelter", "training"])
        with pytest.raises(ValidationError, match="Say why"):
            factories.make_commitment(commitment.code, themes=["training", "shelter"], reason="")
        factories.make_commitment(commitment.code, themes=["training", "shelter"])
        row = Change.objects.last()
        assert row.before["themes"] == ["shelter", "training"]
        assert row.after["themes"] == ["training", "shelter"]

    def test_the_same_themes_again_change_nothing(self):
        make(themes=["shelter"])
        before = Change.objects.count()
        factories.make_commitment("US21-PRT-001", themes=["shelter"])
        assert Change.objects.count() == before

    @pytest.mark.parametrize(
        ("themes", "words"),
        [
            (["shelter", "shelter"], "each theme once"),
            (["shelter", "training", "funding", "treaties"], "3 themes at most"),
            (["no-such"], "There is no theme no-such"),
        ],
    )
    def test_what_cannot_be_a_list_of_themes_is_refused(self, themes, words):
        with pytest.raises(ValidationError, match=words) as error:
            make(themes=themes)
        assert "themes" in error.value.message_dict

    def test_the_database_refuses_a_fourth_place(self):
        commitment = make()
        theme = factories.make_theme("shelter")
        with pytest.raises(IntegrityError):
            CommitmentTheme.objects.create(commitment=commitment, theme=theme, position=4)

    def test_two_editors_may_change_the_themes_and_the_title(self):
        commitment = make(themes=["shelter"])
        factories.make_commitment(commitment.code, themes=["training"], seen_version=commitment.seq)
        factories.make_commitment(
            commitment.code, title="New", themes=["shelter"], seen_version=commitment.seq
        )
        commitment.refresh_from_db()
        assert (commitment.title, codes_of(commitment)) == ("New", ["training"])

    def test_two_editors_who_change_the_themes_are_in_conflict(self):
        commitment = make(themes=["shelter"])
        factories.make_commitment(commitment.code, themes=["training"], seen_version=commitment.seq)
        with pytest.raises(services.Conflict) as error:
            factories.make_commitment(
                commitment.code, themes=["funding"], seen_version=commitment.seq
            )
        assert error.value.fields == {"themes"}


class TestIntegrity:
    def test_rows_written_by_the_services_leave_no_difference(self):
        commitment = make(themes=["shelter", "training"])
        factories.cite(commitment)
        factories.make_commitment(commitment.code, themes=["training"])
        factories.make_theme("training", name="Courses")
        assert list(integrity.differences()) == []

    def test_a_theme_that_the_record_does_not_know_is_named(self):
        commitment = make(themes=["shelter"])
        factories.cite(commitment)
        CommitmentTheme.objects.all().delete()
        assert any(commitment.code in words for words in integrity.differences())

    def test_a_row_recorded_before_there_were_themes_has_none(self):
        commitment = make()
        factories.cite(commitment)
        latest = Change.objects.filter(object_type="commitment").latest("seq").after
        latest.pop("themes")
        assert list(integrity._of_recorded(commitment, latest)) == []


class TestReads:
    @pytest.fixture
    def world(self):
        for code, themes in (
            ("US21-PRT-001", ["shelter", "training"]),
            ("US21-PRT-002", ["training"]),
            ("US21-PRT-003", []),
        ):
            factories.cite(make(code, themes=themes))

    def test_the_commitment_object_names_its_themes_in_order(self, client, world):
        for address in ("?", "?known_at=2100-01-01", "?as_of=2023-01-01"):
            answer = client.get(f"/api/v1/commitments/US21-PRT-001/{address}")
            if answer.status_code == 200:
                assert answer.json()["themes"] == ["shelter", "training"]

    def test_a_theme_can_be_nested(self, client, world):
        [first, _] = client.get("/api/v1/commitments/US21-PRT-001/?expand=themes").json()["themes"]
        assert (first["code"], first["name"]) == ("shelter", "Theme shelter")

    def test_the_filter_finds_the_theme_in_any_place(self, client, world):
        answer = client.get("/api/v1/commitments/?theme=training&fields=code").json()
        assert [row["code"] for row in answer["results"]] == ["US21-PRT-001", "US21-PRT-002"]
        answer = client.get("/api/v1/commitments/?theme=training&theme=shelter&as_of=2023-01-01")
        assert answer.json()["count"] == 2

    def test_an_unknown_theme_is_refused_with_the_nearest(self, client, world):
        answer = client.get("/api/v1/commitments/?theme=trainig")
        assert answer.status_code == 400
        assert "training" in answer.json()["errors"][0]["detail"]

    def test_stats_count_a_commitment_once_for_each_theme(self, client, world):
        rows = client.get("/api/v1/stats/?by=theme").json()
        assert rows["total"] == 3
        counts = {row["theme"]: row["count"] for row in rows["results"]}
        assert counts == {None: 1, "shelter": 1, "training": 2, "funding": 0, "treaties": 0}
        assert rows["counts_repeat"]

    def test_themes_are_listed_in_their_order(self, client, world):
        rows = client.get("/api/v1/themes/").json()["results"]
        assert [row["code"] for row in rows] == ["training", "shelter", "funding", "treaties"]
        assert client.get("/api/v1/themes/shelter/").json()["definition"]
        assert client.get("/api/v1/themes/nothing/").status_code == 404

    def test_the_list_offers_themes_with_counts_and_says_which_is_chosen(self, client, world):
        page = client.get("/commitments/?theme=training")
        assert page.context["sentence"] == "2 commitments on the theme “Theme training”."
        [group] = [group for group in page.context["groups"] if group.name == "theme"]
        counts = {choice.value: choice.count for _, choice in group.picks}
        assert counts == {"training": 2, "shelter": 1}

    def test_known_at_answers_with_the_themes_of_that_moment(self, client, world):
        moment = Change.objects.latest("seq").recorded_at.isoformat().replace("+", "%2B")
        factories.make_commitment("US21-PRT-001", themes=["funding"])
        then = client.get(f"/api/v1/commitments/US21-PRT-001/?known_at={moment}").json()
        now = client.get("/api/v1/commitments/US21-PRT-001/").json()
        assert (then["themes"], now["themes"]) == (["shelter", "training"], ["funding"])
        found = client.get(f"/api/v1/commitments/?theme=shelter&known_at={moment}").json()
        assert found["count"] == 1
        assert client.get("/api/v1/commitments/?theme=shelter").json()["count"] == 0

    def test_an_unpublished_commitment_is_not_counted(self, client, world):
        factories.unpublish(Commitment.objects.get(code="US21-PRT-002"))
        rows = client.get("/api/v1/stats/?by=theme").json()["results"]
        assert {row["theme"]: row["count"] for row in rows}["training"] == 1


YAML = {
    "theme.yaml": """
- model: commitments.theme
  fields: {code: training, name: Courses, definition: Teaching., position: 1, sdg: '8.7'}
- model: commitments.theme
  fields: {code: shelter, name: Homes, definition: Housing., position: 2}
""",
    "commitment.yaml": """
- model: commitments.commitment
  fields:
    code: US21-PRT-001
    plan: [us-nap-2021]
    pillar: [protection]
    pillar_basis: stated
    themes: THEMES
    kind: ongoing
    title: Train people
    summary: People are to be trained.
    announced_on: 2021-12-03
    is_published: false
""",
}


def imported(themes="[shelter, training]", **options):
    files = {name: text.replace("THEMES", themes).encode() for name, text in YAML.items()}
    report = import_rows(read_files(files, "folder"), actor="importer", **options)
    return {outcome.key: outcome for outcome in report.outcomes}


class TestImports:
    @pytest.fixture(autouse=True)
    def frame(self):
        factories.make_plan()
        factories.make_pillar()

    @pytest.mark.parametrize(
        ("written", "codes"),
        [
            ("[shelter, training]", ["shelter", "training"]),
            ("[shelter]", ["shelter"]),
            ("shelter", ["shelter"]),
            ("[]", []),
            ("null", []),
        ],
    )
    def test_a_folder_names_the_themes_of_a_commitment_in_order(self, written, codes):
        assert imported(written)["US21-PRT-001"].result == "new"
        assert codes_of(Commitment.objects.get()) == codes
        assert {each.result for each in imported(written).values()} == {"unchanged"}

    def test_other_themes_are_told_before_and_after(self):
        imported("[shelter]")
        [difference] = imported("[training, shelter]")["US21-PRT-001"].differences
        assert (difference.before, difference.after) == (["shelter"], ["training", "shelter"])

    def test_an_import_of_a_plan_never_changes_the_themes_of_the_site(self):
        imported()
        factories.make_theme("shelter", name="Housing")
        assert imported(allowed={"theme:shelter"})["shelter"].result == "refused"
        assert "change them in site.yaml" in imported(allowed=None)["shelter"].detail

    def test_a_spreadsheet_without_the_column_leaves_the_themes(self):
        imported()
        for head, cell, codes in (
            ("note", "A note", ["shelter", "training"]),
            ("themes", "training|shelter", ["training", "shelter"]),
            ("themes", "", []),
        ):
            data = f"code,plan,title,{head}\nUS21-PRT-001,us-nap-2021,Train people,{cell}\n"
            rows = read_spreadsheet(data.encode(), "a.csv", "commitment")
            assert import_rows(rows, actor="importer").written
            assert codes_of(Commitment.objects.get()) == codes


class TestEditor:
    def typed(self, page, **changed):
        """Return what the form posts as it was opened, with these changes."""
        form = page.context["form"]
        values = {
            name: form[name].value() or ""
            for name in (
                "plan",
                "title",
                "summary",
                "kind",
                "pillar",
                "pillar_basis",
                "seen_version",
            )
        }
        day = form["announced_on"].value().day
        values |= {
            f"announced_on_{part}": str(getattr(day, part)) for part in ("day", "month", "year")
        }
        rows = {"agencies-TOTAL_FORMS": "0", "agencies-INITIAL_FORMS": "0"}
        return {**values, **rows, "reason": "Read again.", "action": "save", **changed}

    def test_an_editor_puts_up_to_three_themes_in_order(self):
        commitment = make(themes=["shelter"])
        editor, address = (
            signed_in("first", "Editor"),
            f"/editor/commitments/{commitment.code}/edit/",
        )
        page = editor.get(address)
        assert '<option value="shelter" selected>Theme shelter</option>' in page.content.decode()
        answer = editor.post(
            address, self.typed(page, themes_1="funding", themes_2="", themes_3="shelter")
        )
        assert answer.status_code == 302
        assert codes_of(commitment) == ["funding", "shelter"]

    def test_a_theme_twice_is_refused_above_the_form(self):
        commitment = make(themes=["shelter"])
        editor, address = (
            signed_in("first", "Editor"),
            f"/editor/commitments/{commitment.code}/edit/",
        )
        twice = self.typed(editor.get(address), themes_1="funding", themes_2="funding")
        answer = editor.post(address, twice)
        assert answer.status_code == 422
        assert answer.context["form"].errors["themes"] == ["Give each theme once."]

    def test_what_another_editor_chose_meanwhile_is_not_undone(self):
        commitment = make(themes=["shelter"])
        editor, address = (
            signed_in("first", "Editor"),
            f"/editor/commitments/{commitment.code}/edit/",
        )
        page = editor.get(address)
        factories.make_commitment(commitment.code, themes=["training"])
        both = self.typed(page, themes_1="funding")
        answer = editor.post(address, both)
        assert answer.status_code == 409
        factories.make_commitment(commitment.code, title="Another title", themes=["training"])
        other = self.typed(page, themes_1="shelter", title="Third title")
        answer = editor.post(address, other)
        assert answer.status_code == 409
        assert answer.context["form"]["themes"].value() == ["training", "", ""]


class TestPages:
    @pytest.fixture
    def two_plans(self):
        factories.make_plan()
        factories.make_plan("ca-plan-2019", jurisdiction="CA", title="National Strategy")
        make_with("US21-PRT-001", "us-nap-2021", ["shelter"])
        make_with("US21-PRT-002", "us-nap-2021", ["training"])
        make_with("CA19-001", "ca-plan-2019", ["training", "shelter"])

    def test_the_list_names_every_theme_with_its_definition(self, client):
        factories.make_theme("training", definition="Teaching of many kinds.")
        factories.make_theme("shelter")
        text = client.get("/themes/").content.decode()
        assert text.index("Theme training") < text.index("Theme shelter")
        assert "Teaching of many kinds." in text
        assert 'href="/themes/shelter/"' in text

    def test_a_list_without_themes_says_so(self, client):
        assert "No theme is recorded yet." in client.get("/themes/").content.decode()

    def test_each_plan_stands_under_its_country_with_its_own_promises(self, client, two_plans):
        page = client.get("/themes/shelter/")
        found = [
            (plan.country, plan.slug, [row.code for row in rows])
            for plan, rows, *_ in page.context["plans"]
        ]
        assert found == [
            ("Canada", "ca-plan-2019", ["CA19-001"]),
            ("United States", "us-nap-2021", ["US21-PRT-001"]),
        ]
        text = page.content.decode()
        assert "An agency is to do something for survivors." in text
        assert "Canada, published" in text

    def test_each_plan_says_how_much_of_it_was_read(self, client, two_plans):
        coverage = {"coverage": "partial", "actions": 46}
        factories.make_plan("ca-plan-2019", jurisdiction="CA", **coverage)
        text = client.get("/themes/shelter/").content.decode()
        assert "The plan has 46 actions." in text
        assert 'href="/plans/ca-plan-2019/"' in text

    def test_nothing_is_added_up_across_plans(self, client, two_plans):
        text = client.get("/themes/shelter/").content.decode()
        assert "2 commitments" not in text
        shown = strip_tags(text[text.index("<h1") : text.index("</main>")])
        assert "%" not in shown

    def test_a_long_plan_is_cut_and_leads_to_its_whole_list(self, client, monkeypatch):
        monkeypatch.setattr("commitments.views.themes.OF_A_PLAN", 2)
        for number in range(3):
            make(f"US21-PRT-00{number}", themes=["shelter"])
        page = client.get("/themes/shelter/")
        [(_, rows, has_more, _)] = page.context["plans"]
        assert ([row.code for row in rows], has_more) == (["US21-PRT-000", "US21-PRT-001"], True)
        address = "/commitments/?theme=shelter&amp;plan=us-nap-2021"
        assert address in page.content.decode()
        assert client.get(address.replace("&amp;", "&")).status_code == 200

    def test_an_earlier_day_shows_what_was_promised_by_then(self, client, two_plans):
        page = client.get("/themes/shelter/?as_of=2021-12-02")
        assert page.context["plans"] == []
        assert "No commitment on this theme is recorded." in page.content.decode()

    def test_the_past_of_the_record_has_the_themes_of_that_moment(self, client, two_plans):
        moment = Change.objects.latest("seq").recorded_at.isoformat().replace("+", "%2B")
        factories.make_commitment("US21-PRT-001", themes=["training"])
        codes = {
            address: [
                row.code for _, rows, *_ in client.get(address).context["plans"] for row in rows
            ]
            for address in ("/themes/shelter/", f"/themes/shelter/?known_at={moment}")
        }
        assert [*codes.values()] == [["CA19-001"], ["CA19-001", "US21-PRT-001"]]

    def test_unpublished_promises_are_left_out_and_unknown_themes_are_not_found(self, client):
        make(themes=["shelter"], is_published=False)
        assert client.get("/themes/shelter/").context["plans"] == []
        assert client.get("/themes/nothing/").status_code == 404

    def test_the_spanish_address_answers_in_spanish_words(self, client, two_plans):
        page = client.get("/es/themes/shelter/")
        assert page.status_code == 200
        assert page["Content-Language"] == "es"

    def test_the_page_of_a_commitment_leads_to_its_themes(self, client):
        commitment = make(themes=["shelter", "training"])
        factories.cite(commitment)
        text = client.get("/commitments/US21-PRT-001/").content.decode()
        assert text.index('href="/themes/shelter/"') < text.index('href="/themes/training/"')

    def test_the_feeds_of_the_page_tell_of_its_theme(self, client, two_plans):
        text = client.get("/themes/shelter/").content.decode()
        assert "/feeds/changes.atom?theme=shelter" in text
        assert client.get("/feeds/changes.atom?theme=shelter").status_code == 200

    def test_the_sitemap_lists_the_pages(self, client, two_plans):
        assert "/themes/shelter/" in client.get("/sitemap-themes.xml").content.decode()
        assert "/themes/</loc>" in client.get("/sitemap-lists.xml").content.decode()


def make_with(code, plan, themes):
    for name in ("training", "shelter"):
        factories.make_theme(name)
    factories.make_pillar()
    item = services.save_commitment(
        code=code,
        plan=plan,
        pillar="protection",
        pillar_basis="stated",
        kind="ongoing",
        title=f"Promise {code}",
        summary="An agency is to do something for survivors.",
        announced_on=factories.ANNOUNCED,
        themes=themes,
        actor=factories.ACTOR,
    ).item
    factories.cite(item)
