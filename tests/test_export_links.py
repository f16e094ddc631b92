"""The links from a page to its list as data."""

from django.template import Context, Template
from django.test import RequestFactory


def link(address, tag):
    request = RequestFactory().get(address)
    return Template(
        "{% load commitments %}{% autoescape off %}" + tag + "{% endautoescape %}"
    ).render(Context({"request": request}))


def test_a_list_leads_to_the_same_view_as_data_without_its_place_in_the_pages():
    address = "/commitments/?pillar=protection&pillar=prevention&q=a+b%26c&as_of=2024-03-21&cursor=x&page_size=7"
    assert link(address, '{% data_address "csv" %}') == (
        "/api/v1/commitments/?pillar=protection&pillar=prevention&q=a+b%26c&as_of=2024-03-21&format=csv"
    )


def test_a_page_of_one_pillar_names_it_as_a_filter():
    assert link(
        "/pillars/protection/?order=title", '{% data_address "xlsx" pillar="protection" %}'
    ) == ("/api/v1/commitments/?order=title&pillar=protection&format=xlsx")
