"""The administrators' pages: who gets in, that every save is in the record, and that nothing else can be written there."""

import datetime as dt
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse

from agencies.models import Agency
from commitments.editor.service_admin import ServiceAdmin
from commitments.models import (
    Change,
    Commitment,
    DatasetVersion,
    Pillar,
    Plan,
    Section,
    Source,
    StatusChange,
    Theme,
)
from planwatch.accounts.permissions import handle_of
from planwatch.admin_site import PARTS, site
from tests import factories

pytestmark = pytest.mark.django_db


def account(name, *roles, **fields):
    user = get_user_model().objects.create_user(name, password="a long pass phrase", **fields)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


@pytest.fixture
def administrator(client):
    user = account("root", "Administrator", is_staff=True)
    client.force_login(user)
    return user


def typed(answer, **changes):
    """Return what a browser would send back from a form of the admin, with some fields typed over."""
    form = answer.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values = {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in values.items()
    }
    return {name: "" if value is None else value for name, value in (values | changes).items()}


def errors(answer):
    return {name: list(words) for name, words in answer.context["adminform"].form.errors.items()}


# Who gets in


def test_a_visitor_is_sent_to_the_sign_in_of_the_site_and_comes_back(client):
    answer = client.get(reverse("admin:agencies_agency_changelist"), follow=True)
    last = answer.redirect_chain[-1][0]
    assert last.startswith("/accounts/login/?next=")
    assert "/admin/agencies/agency/" in last


def test_a_visitor_is_not_sent_to_another_site_afterwards(client):
    answer = client.get("/admin/login/?next=https://elsewhere.example/")
    assert answer["Location"] == "/accounts/login/?next=/admin/"


@pytest.mark.parametrize("role", ["Contributor", "Editor"])
def test_an_account_without_the_right_is_told_what_it_lacks_even_as_staff(client, role):
    client.force_login(account("someone", role, is_staff=True))
    for address in ("/admin/", reverse("admin:agencies_agency_add")):
        answer = client.get(address, follow=True)
        assert answer.status_code == 403
    assert not Agency.objects.exists()


def test_the_role_of_an_administrator_suffices(client, administrator):
    answer = client.get("/admin/")
    assert answer.status_code == 200
    for words in ("PlanWatch", "Agencies", "Sources", "Plans", "Pillars", "Sections", "Accounts"):
        assert words in answer.content.decode()


def test_a_superuser_counts_as_an_administrator(client):
    client.force_login(get_user_model().objects.create_superuser("super"))
    assert client.get("/admin/").status_code == 200


def test_an_account_that_was_switched_off_is_out(client, administrator):
    administrator.is_active = False
    administrator.save()
    assert client.get("/admin/agencies/agency/").status_code == 302


def test_every_list_and_every_form_of_the_admin_opens(client, world, administrator):
    for model, model_admin in site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = client.get(reverse(f"{name}_changelist"), {"q": "a"})
        assert listed.status_code == 200, model
        row = model.objects.first()
        if row:
            assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, model
        if isinstance(model_admin, ServiceAdmin):
            assert client.get(reverse(f"{name}_add")).status_code == 200, model


def test_the_first_page_is_ordered_by_what_administrators_come_for(client, administrator):
    page = client.get("/admin/").content.decode()
    places = [page.index(f">{name}</a>") for name in PARTS]
    assert places == sorted(places)
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert page.count(f'href="{reverse(f"{name}_changelist")}"') >= 1, model
    assert client.get("/admin/commitments/").status_code == 200


# Every save goes through the services


def test_a_new_agency_is_in_the_record_under_the_public_name(client, administrator):
    answer = client.post(
        reverse("admin:agencies_agency_add"),
        {"slug": "doj", "name": "Department of Justice", "short_name": "Justice", "acronym": "DOJ"}
        | {"jurisdiction": "US", "url": "", "parent": ""},
    )
    assert answer.status_code == 302
    there, row = Change.objects.order_by("seq")
    assert (there.object_type, there.object_key) == ("jurisdiction", "US")
    assert (row.action, row.object_key) == ("create", "doj")
    assert row.actor == handle_of(administrator)
    assert Agency.objects.get().name == "Department of Justice"


def test_a_changed_agency_is_in_the_record_and_its_key_stays(client, administrator):
    agency = factories.make_agency("doj")
    address = reverse("admin:agencies_agency_change", args=[agency.pk])
    client.post(address, typed(client.get(address), name="Department of Justice", slug="other"))
    agency.refresh_from_db()
    assert (agency.slug, agency.name) == ("doj", "Department of Justice")
    assert Change.objects.last().after["name"] == "Department of Justice"


def test_saving_without_a_change_writes_nothing(client, administrator):
    agency = factories.make_agency("doj")
    address = reverse("admin:agencies_agency_change", args=[agency.pk])
    before = DatasetVersion.objects.get().seq
    assert client.post(address, typed(client.get(address))).status_code == 302
    assert DatasetVersion.objects.get().seq == before


def test_what_a_service_refuses_is_an_error_of_the_form(client, administrator):
    above = factories.make_agency("above")
    below = factories.make_agency("below", parent="above")
    address = reverse("admin:agencies_agency_change", args=[above.pk])
    answer = client.post(
        address, typed(client.get(address), parent=below.pk, name="Typed with care")
    )
    assert answer.status_code == 200
    assert errors(answer) == {"parent": ["An agency cannot stand below itself."]}
    assert "Typed with care" in answer.content.decode()
    above.refresh_from_db()
    assert above.parent is None


def test_a_source_whose_status_rests_on_it_cannot_lose_its_origin(client, administrator):
    source = factories.make_source("sheet")
    item = factories.make_commitment("US21-PRT-001")
    factories.change(item, "completed", dt.date(2022, 3, 1), [source])
    address = reverse("admin:commitments_source_change", args=[source.pk])
    changed = {"origin": "advocacy", "reason": "Misjudged."}
    answer = client.post(address, typed(client.get(address), **changed))
    assert "this would make step 1" in errors(answer)["__all__"][0]
    assert Source.objects.get().origin == "official"


def test_a_date_is_typed_as_exactly_as_it_is_known(client, administrator):
    source = factories.make_source("sheet", published_on=dt.date(2022, 1, 25))
    address = reverse("admin:commitments_source_change", args=[source.pk])
    for typed_in, day, precision in (
        ("2022", dt.date(2022, 1, 1), "year"),
        ("2022-03", dt.date(2022, 3, 1), "month"),
        ("2022-03-04", dt.date(2022, 3, 4), "day"),
        ("", None, "day"),
    ):
        answer = client.post(address, typed(client.get(address), published_on=typed_in))
        assert answer.status_code == 302, errors(answer)
        source.refresh_from_db()
        assert (source.published_on, source.precision) == (day, precision)
        assert client.get(address).context["adminform"].form["published_on"].value() in (
            typed_in,
            None,
        )
    answer = client.post(address, typed(client.get(address), published_on="March 2022"))
    assert list(errors(answer)) == ["published_on"]


def test_a_plan_that_ends_before_it_starts_is_an_error_of_the_form(client, administrator):
    plan = factories.make_plan()
    address = reverse("admin:commitments_plan_change", args=[plan.pk])
    answer = client.post(address, typed(client.get(address), ends_on="2001-01-01"))
    assert answer.status_code == 200
    assert errors(answer)
    assert Plan.objects.get().ends_on == dt.date(2024, 12, 3)


def test_pillars_themes_and_sections_are_saved_through_the_services_too(client, administrator):
    section = factories.make_section()
    for item, changes in (
        (section.pillars.get(), {"name": "Safety"}),
        (factories.make_theme(), {"name": "Courses"}),
        (section, {"title": "New"}),
    ):
        name = f"admin:commitments_{item._meta.model_name}_change"
        address = reverse(name, args=[item.pk])
        assert client.post(address, typed(client.get(address), **changes)).status_code == 302
        assert Change.objects.last().after | changes == Change.objects.last().after
    assert Pillar.objects.get().name == "Safety"
    assert Theme.objects.get().name == "Courses"
    assert Section.objects.get().title == "New"


def test_what_somebody_else_changed_meanwhile_is_shown_and_nothing_typed_is_lost(
    client, administrator
):
    agency = factories.make_agency("doj")
    address = reverse("admin:agencies_agency_change", args=[agency.pk])
    opened = client.get(address)
    factories.make_agency("doj", name="Named by another")
    answer = client.post(address, typed(opened, name="Named by me"))
    assert "Named by another" in errors(answer)["__all__"][0]
    assert "Named by me" in answer.content.decode()
    assert Agency.objects.get().name == "Named by another"
    again = client.post(address, typed(answer, name="Named by me"))
    assert again.status_code == 302
    assert Agency.objects.get().name == "Named by me"


def test_nonsense_never_breaks_a_form(client, administrator):
    for address in ("admin:commitments_source_add", "admin:commitments_section_add"):
        for value in ("", "x" * 5000, "\x00", "’; DROP TABLE", "99999999999999999999"):
            form = client.get(reverse(address)).context["adminform"].form
            answer = client.post(reverse(address), dict.fromkeys(form.fields, value))
            assert answer.status_code == 200
            assert errors(answer)
    assert not Change.objects.exists()


# What is not written here


def test_what_editors_write_can_only_be_looked_at(client, administrator):
    item = factories.make_commitment("US21-PRT-001")
    factories.change(item, "in_progress", dt.date(2022, 3, 1), [factories.make_source()])
    before = DatasetVersion.objects.get().seq
    for model in (Change, Commitment, StatusChange):
        name, row = model._meta.model_name, model.objects.first()
        address = reverse(f"admin:commitments_{name}_change", args=[row.pk])
        assert 'name="_save"' not in client.get(address).content.decode()
        assert client.post(address, {"title": "Rewritten"}).status_code == 403
        for action in ("add", "delete"):
            keys = [row.pk] if action == "delete" else []
            address = reverse(f"admin:commitments_{name}_{action}", args=keys)
            assert client.post(address, {"post": "yes"}).status_code == 403
    assert DatasetVersion.objects.get().seq == before
    assert Commitment.objects.get().title != "Rewritten"


def test_no_content_can_be_deleted(client, administrator):
    agency = factories.make_agency("doj")
    address = reverse("admin:agencies_agency_delete", args=[agency.pk])
    assert client.post(address, {"post": "yes"}).status_code == 403
    listed = client.post(
        reverse("admin:agencies_agency_changelist"),
        {"action": "delete_selected", "_selected_action": agency.pk, "post": "yes"},
    )
    assert listed.status_code in (200, 302, 403)
    assert Agency.objects.exists()


# Accounts and roles


def test_an_account_is_made_without_a_role(client, administrator):
    answer = client.post(
        reverse("admin:auth_user_add"),
        {"username": "new", "password1": "a long pass phrase", "password2": "a long pass phrase"}
        | {"usable_password": "true"},
    )
    user = get_user_model().objects.get(username="new")
    assert answer["Location"] == reverse("admin:auth_user_change", args=[user.pk])
    opened = client.get(answer["Location"])
    assert handle_of(user) in opened.content.decode()
    assert "new" in client.get(reverse("admin:auth_user_changelist")).content.decode()


def test_nobody_makes_a_superuser_or_deletes_an_account_here(client, administrator):
    user = account("someone", "Editor")
    address = reverse("admin:auth_user_change", args=[user.pk])
    client.post(address, {"username": "someone", "is_active": "on", "is_superuser": "on"})
    user.refresh_from_db()
    assert not user.is_superuser
    address = reverse("admin:auth_user_delete", args=[user.pk])
    assert client.post(address, {"post": "yes"}).status_code == 403


def test_the_roles_say_what_they_allow_and_who_has_them(client, administrator):
    page = client.get(reverse("admin:auth_group_changelist")).content.decode()
    assert "import plans and spreadsheets" in page
    assert re.search(r"propose status changes.*record changes", page)
    assert "root" in page


def test_the_admin_is_never_kept_by_a_shared_cache(client, administrator):
    assert "no-store" in client.get("/admin/")["Cache-Control"]
