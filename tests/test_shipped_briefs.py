"""Briefs of the shipped data: of every plan and pillar, and of what is longest or named by most, on one page of either paper."""

import pytest
from django.db.models import Count
from django.db.models.functions import Length
from django.test import Client

from agencies.models import Agency
from commitments.models import Commitment, Pillar, Plan, Theme
from tests.kept_data_set import data_set
from tests.test_briefs import ends_of, read, words_of

SPREAD = 3


@pytest.fixture(scope="module")
def shipped(django_db_setup, django_db_blocker):
    with data_set(django_db_blocker):
        yield


@pytest.fixture
def addresses(shipped, db):
    busiest = Agency.objects.annotate(count=Count("commitments")).order_by("-count", "slug")
    longest = Commitment.objects.published().order_by(-Length("summary") - Length("title"), "code")
    found = [f"/plans/{slug}" for slug in Plan.objects.values_list("slug", flat=True)]
    found += [f"/pillars/{slug}" for slug in Pillar.objects.values_list("slug", flat=True)]
    themes = Theme.objects.annotate(count=Count("commitments")).order_by("-count", "code")
    found += [f"/themes/{row.code}" for row in themes[:SPREAD]]
    found += [f"/agencies/{row.slug}" for row in busiest[:SPREAD]]
    found += [f"/commitments/{row.code}" for row in longest[:SPREAD]]
    return [f"{address}/brief" for address in [*found, "/commitments"]]


@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_every_brief_keeps_to_one_page_and_above_its_foot(addresses, paper):
    assert len(addresses) > 3 * SPREAD
    for address in addresses:
        foot, last, *_ = ends_of(address, paper)
        assert 27 < foot < last - 9, address


def test_every_format_says_all_of_every_brief(addresses):
    for address in addresses:
        said = words_of(Client().get(f"{address}/").context["brief"])
        for ending in ("/", ".pdf", ".docx"):
            text = read(address + ending)
            missing = [words for words in said if "".join(words.split()) not in text]
            assert missing == [], (address, ending)
