"""What is answered stays small, however much is asked for, and what takes one value is given once."""

import json

import pytest
from django.test import Client

from commitments.models import Plan
from planwatch.middleware.rate_limit import LONGEST_QUERY, MOST_PARAMETERS
from planwatch.web.query_params import ECHOED, MOST_VALUES
from tests.factories import cite, make_agency, make_commitment, make_section, make_source
from tests.test_api_writes import Writer

pytestmark = pytest.mark.django_db
LISTS = ("/commitments/", "/api/v1/commitments/", "/feeds/changes.atom", "/feeds/deadlines.ics")
LISTS += ("/matrix/", "/timeline/", "/commitments.svg", "/api/v1/stats/?by=status")
LARGEST = 1_000_000


@pytest.fixture(scope="class")
def client():
    return Client()


def asked(address, query):
    return f"{address}{'&' if '?' in address else '?'}{query}"


def size_of(answer):
    return len(answer.getvalue())


@pytest.fixture(scope="class")
def many(class_database):
    """Sixty commitments, documents, agencies and sections with long names."""
    for number in range(60):
        agency = make_agency(
            f"agency-{number}", name=f"Agency number {number} " + "of a long name " * 5
        )
        source = make_source(f"a-long-name-of-a-document-{number}", title="A long title " * 15)
        section = make_section(f"section-number-{number}", title="A long aim " * 15)
        item = make_commitment(
            f"US21-PRT-{number:03}", section=section.key, lead_agencies=[agency.slug]
        )
        cite(item, source)


@pytest.mark.parametrize("address", LISTS)
def test_an_endless_query_is_refused_and_not_repeated(client, world, address):
    of_parameters = "&".join(f"a{number}=1" for number in range(MOST_PARAMETERS + 1))
    for query in (of_parameters, "&".join(["source=sheet"] * 900), "q=" + "x" * LONGEST_QUERY):
        answer = client.get(asked(address, query))
        assert answer.status_code == 400 and size_of(answer) < 50_000
        assert "at most 200 parameters" in answer.content.decode()


class TestManyValues:
    @pytest.mark.parametrize("address", LISTS)
    def test_fifty_values_of_a_filter_are_taken_and_no_more(self, client, many, address):
        values = [f"source=a-long-name-of-a-document-{number}" for number in range(60)]
        most = client.get(asked(address, "&".join(values[:MOST_VALUES])))
        assert most.status_code == 200 and size_of(most) < LARGEST
        refused = client.get(asked(address, "&".join(values[: MOST_VALUES + 1])))
        assert refused.status_code == 400 and size_of(refused) < 100_000
        assert f"Give source at most {MOST_VALUES} values." in refused.content.decode()
        again = client.get(asked(address, "&".join(values[:1] * 100)))
        assert again.status_code == 200 and size_of(again) < LARGEST

    @pytest.mark.parametrize(
        "page",
        ["/commitments/", "/pillars/protection/", "/es/commitments/", "/timeline/", "/matrix/"],
    )
    def test_no_page_grows_beyond_a_megabyte_with_what_is_asked(self, client, many, page):
        names = ("agency", "lead", "partner") if page != "/matrix/" else ()
        query, plan = "", Plan.objects.get().slug
        for number in range(40):
            pairs = [f"{name}=agency-{number}" for name in names]
            pairs += [
                f"source=a-long-name-of-a-document-{number}",
                f"section={plan}:section-number-{number}",
            ]
            if len(query) + len("&".join(pairs)) < LONGEST_QUERY - 1:
                query = "&".join([*filter(None, [query]), *pairs])
        answer = client.get(f"{page}?{query}")
        assert answer.status_code == 200 and size_of(answer) < LARGEST
        if page == "/commitments/":
            assert "40 values" in answer.content.decode()
            assert size_of(client.get(f"{page}?page_size=500")) < LARGEST
            assert size_of(client.get("/changes/?page_size=200")) < LARGEST
            assert client.get("/changes/?page_size=201").status_code == 400


@pytest.mark.parametrize("name", ["fields", "omit", "expand", "by"])
def test_thousands_of_names_are_refused_by_one_word(client, world, name):
    address = "/api/v1/stats/" if name == "by" else "/api/v1/commitments/"
    names = ",".join(f"n{number}" for number in range(1000))
    answer = client.get(f"{address}?{name}={names}")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["attr"], error["code"]) == (name, "too_many_values")
    assert client.get(f"{address}?{name}={'status,' * 100}").status_code in (200, 400)


def test_a_refusal_repeats_little_of_what_was_sent(client, world):
    long = "x" * 4000
    for query in ("status={}", "{}=1", "order={}", "format={}", "as_of={}"):
        answer = client.get(f"/api/v1/commitments/?{query.format(long)}")
        assert answer.status_code == 400
        assert "x" * (2 * ECHOED + 1) not in answer.content.decode(), query
    editor = Writer("ed", "Editor")
    body = {"status": "x" * 100_000, **{f"key{number}": 1 for number in range(10_000)}}
    answer = editor.post("commitments/US21-PRT-001/status-changes/", body, if_match="*")
    assert answer.status_code == 400 and size_of(answer) < 20_000
    body = {"status": "in_progress", "effective_on": "2024-01-01", "y" * 100_000: 1}
    answer = editor.post("commitments/US21-PRT-001/status-changes/", body, if_match="*")
    assert answer.status_code == 400 and size_of(answer) < 1_000
    assert json.loads(answer.content)["errors"][0]["attr"].startswith("yyy")


ONCE = {
    "/commitments/": ("q", "as_of", "order", "is_open", "due_after", "cursor", "page_size"),
    "/api/v1/commitments/": ("q", "known_at", "order", "cursor", "page_size", "format"),
    "/api/v1/plans/": ("as_of", "cursor", "page_size", "format"),
    "/api/v1/changes/": ("after", "limit", "known_at"),
    "/api/v1/stats/?by=status": ("q", "as_of"),
    "/api/v1/schema/": ("format",),
    "/feeds/changes.atom": ("q", "as_of", "cursor", "page_size"),
    "/feeds/deadlines.ics": ("q", "as_of"),
    "/timeline/": ("year", "as_of"),
    "/compare/": ("from", "to"),
    "/sources/": ("q", "page_size"),
    "/changes/": ("cursor", "page_size"),
    "/commitments/US21-PRT-001/cite.bib": ("as_of",),
    "/embed/commitments/US21-PRT-001/": ("theme",),
    "/oembed.json": ("url", "maxwidth", "format"),
}


@pytest.mark.parametrize("address", ONCE)
def test_what_takes_one_value_is_refused_when_it_is_given_twice(client, world, address):
    for name in ONCE[address]:
        for second in ("1", "2"):
            answer = client.get(asked(address, f"{name}=1&{name}={second}"))
            assert answer.status_code == 400, (name, answer.content[:200])
            assert f"Give {name} once." in answer.content.decode(), name
