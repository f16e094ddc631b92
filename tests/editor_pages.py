"""Accounts at the desk, and what its forms post."""

import html
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from commitments.models import Commitment
from commitments.querysets.sql import today
from tests.factories import cite, make_agency, make_commitment, make_section, make_source

WORDS = "The Department closed the program; it calls this a “reorganization” & keeps <nothing>."
PASSWORD = "a-long-password-for-tests"


def account(name, role=""):
    user = get_user_model().objects.create_user(name, password=PASSWORD)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(name, role="", **options):
    client = Client(**options)
    client.user = account(name, role)
    client.force_login(client.user)
    return client


@pytest.fixture
def editor(db):
    return signed_in("first", "Editor")


@pytest.fixture
def second(db):
    return signed_in("second", "Editor")


@pytest.fixture
def contributor(db):
    return signed_in("third", "Contributor")


@pytest.fixture
def item(db):
    make_agency("hhs", name="Department of Health")
    make_agency("doj", name="Department of Justice")
    make_section("protection-1")
    found = make_commitment("US21-PRT-951", lead_agencies=["hhs"], title="Train every nurse")
    cite(found, make_source("sheet", title="A sheet of facts", publisher="The Press"))
    return found


@pytest.fixture
def paper(db):
    return make_source(
        "paper", title="Appropriators wonder", publisher="CQ Roll Call", origin="independent"
    )


def fields(item, **changed):
    """Return what the form of a new status posts."""
    typed = {
        "status": "in_progress",
        "effective_on_day": "5",
        "effective_on_month": "2",
        "effective_on_year": "2022",
        "explanation": WORDS,
        "evidence": ["sheet"],
        "locator-sheet": "page 3",
        "seen_version": Commitment.objects.get(pk=item.pk).seq,
        "action": "save",
    }
    return typed | changed


def address(item, page="record"):
    return f"/editor/commitments/{item.code}/{page}/"


def holds(response, *words):
    """Return whether a page holds all of these as a person would see them, in text or in a field."""
    page = " ".join(html.unescape(response.content.decode()).split())
    return all(word in page for word in words)


def new_source(**changed):
    typed = {
        "title": "A new report",
        "publisher": "Inspector General",
        "kind": "report",
        "origin": "independent",
        "published_on_day": "",
        "published_on_month": "3",
        "published_on_year": "2022",
        "language": "en",
        "url": "https://example.org/new",
    }
    return {f"new-{name}": value for name, value in (typed | changed).items()}


def reviewed(**changed):
    typed = {
        "reviewed_on_day": str(today().day),
        "reviewed_on_month": str(today().month),
        "reviewed_on_year": str(today().year),
        "note": WORDS,
        "action": "save",
    }
    return typed | changed


def seen_in(page):
    """Return the version that a page carries in its form."""
    return {
        "seen_version": re.search(r'name="seen_version" value="(\d+)"', page.content.decode())[1]
    }


def entry(item, **changed):
    typed = {
        "plan": "us-nap-2021",
        "announced_on_day": str(item.announced_on.day),
        "announced_on_month": str(item.announced_on.month),
        "announced_on_year": str(item.announced_on.year),
        "title": "Train every nurse",
        "summary": "An agency is to do something for survivors.",
        "kind": "ongoing",
        "pillar": "protection",
        "pillar_basis": "stated",
        "section": "us-nap-2021:protection-1",
        "due_on_day": "",
        "due_on_month": "",
        "due_on_year": "2024",
        "is_published": "on",
        "reason": "The sheet was read again.",
        "seen_version": Commitment.objects.get(pk=item.pk).seq,
        "agencies-TOTAL_FORMS": "3",
        "agencies-INITIAL_FORMS": "1",
        "agencies-0-agency": "hhs",
        "agencies-0-role": "lead",
        "agencies-0-place": "2",
        "agencies-1-agency": "doj",
        "agencies-1-role": "lead",
        "agencies-1-place": "1",
        "action": "save",
    }
    return typed | changed


def citation(**changed):
    typed = {
        "action": "add",
        "evidence": ["paper"],
        "locator-paper": "paragraph 9",
        "note-paper": WORDS,
        "add-relation": "reports",
        "add-reason": "Found it.",
    }
    return typed | changed
