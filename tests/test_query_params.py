"""How an address is read: blank values are refused or dropped, and what tracks a reader is ignored."""

import itertools

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from commitments.alerts.models import Request
from commitments.selection import FORMER_PARAMETERS
from planwatch.middleware.tracking_params import is_blank, is_page, without_tracking
from tests.factories import cite, make_agency, make_commitment, make_source

pytestmark = pytest.mark.django_db
# Space, tab, line feed, no-break space, zero-width space, soft hyphen, word joiner, ideographic space, Hangul filler,
# Braille blank, right-to-left mark, unit separator; and nothing at all.
BLANKS = ["", " ", "\t", "\n", "\xa0", "\u200b", "\xad", "\u2060", "\u3000", "\u3164", "\u2800"]
BLANKS += ["\u200f", "\x1f", "\x1b", " \t\u200b\xa0"]

TRACKING = ["utm_source", "UTM_Medium", "fbclid", "gclid", "gclsrc", "gbraid", "wbraid", "dclid"]
TRACKING += ["msclkid", "yclid", "mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "igshid", "igsh"]
TRACKING += ["twclid", "ttclid", "li_fat_id", "hsa_cam", "_ga", "_gl", "srsltid", "ref", "ref_src"]


@pytest.fixture(scope="class")
def item(class_database):
    make_agency("hhs")
    item = make_commitment("US21-PRT-001", lead_agencies=["hhs"])
    cite(item, make_source("sheet"))
    return item


def one_of_each(schema):
    """Yield each GET of the API that takes parameters, as (path, names of its parameters)."""
    for path, operations in schema["paths"].items():
        taken = operations.get("get", {}).get("parameters", [])
        names = [item["name"] for item in taken if item["in"] == "query"]
        if names:
            yield path, names


# Blank means refused


@pytest.mark.parametrize("value", BLANKS, ids=ascii)
def test_what_shows_nothing_is_blank(value):
    assert is_blank(value)


@pytest.mark.parametrize("value", ["a", " a ", "-", '""', ".", "\u200ba", "人", "0"])
def test_what_shows_something_is_not(value):
    assert not is_blank(value)


# What tracks a reader


@pytest.mark.parametrize("name", TRACKING)
def test_what_tracks_a_reader_is_dropped_and_the_rest_stays_as_written(name):
    assert without_tracking(f"{name}=x") == ""
    assert without_tracking(f"q=a+b%2Fc&{name}=x%20y&pillar=protection&{name}") == (
        "q=a+b%2Fc&pillar=protection"
    )


@pytest.mark.parametrize(
    ("query", "clean"),
    [
        ("q=labor&amp;pillar=protection", "q=labor&pillar=protection"),
        ("q=labor&amp;amp;pillar=protection", "q=labor&pillar=protection"),
        ("q=labor&amp%3Bpillar=protection", "q=labor&pillar=protection"),
        ("q=labor&amp;utm_source=x", "q=labor"),
        ("q=a%26amp%3Bb", "q=a%26amp%3Bb"),
        ("", ""),
    ],
)
def test_an_escaped_ampersand_between_parameters_is_read(query, clean):
    assert without_tracking(query) == clean


def test_the_redirect_of_a_tracked_address_never_leaves_the_site(client, db):
    response = client.get("/", PATH_INFO="//example.org/", QUERY_STRING="gclid=1")
    assert response["Location"] == "/%2Fexample.org/"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True),
        ("/es/matrix/", True),
        ("/editor/", True),
        ("/embed/pillars/protection/", False),
        ("/es/embed/pillars/protection/", False),
        ("/api/v1/commitments/", False),
        ("/matrix.svg", False),
    ],
)
def test_which_addresses_are_pages(path, expected):
    assert is_page(path) is expected


class TestParameters:
    @pytest.mark.parametrize("value", BLANKS, ids=ascii)
    @pytest.mark.parametrize(
        "address",
        [
            "/api/v1/commitments/",
            "/api/v1/commitments/?order=code",
            "/api/v1/commitments/?format=csv",
            "/api/v1/stats/?by=pillar",
            "/feeds/changes.atom",
            "/feeds/deadlines.ics",
            "/commitments.svg",
            "/matrix.svg",
            "/timeline.svg",
        ],
    )
    def test_a_blank_search_is_refused_by_name_wherever_data_are_asked_for(
        self, client, item, address, value
    ):
        query = QueryDict(mutable=True)
        query["q"] = value
        response = client.get(f"{address}{'&' if '?' in address else '?'}{query.urlencode()}")
        assert response.status_code == 400
        assert "Give q a value, or leave it out." in response.content.decode()

    def test_a_blank_value_of_any_parameter_of_the_api_is_refused_by_name(self, client, item):
        schema = client.get("/api/v1/schema/").json()
        asked, blanks = 0, itertools.cycle(("", "%20", "%C2%A0", "%E2%80%8B"))
        keys = {"code": "US21-PRT-001", "slug": "sheet", "version": "1"}
        for path, names in one_of_each(schema):
            address = path.format_map(keys | {"key": "us-nap-2021:protection-1", "seq": "1"})
            for name in names:
                value = next(blanks)
                response = client.get(f"{address}?{name}={value}")
                if response.status_code in (401, 404):
                    continue
                assert response.status_code == 400, (address, name, value)
                attributes = {error["attr"] for error in response.json()["errors"]}
                # A former name is refused under that of today.
                assert FORMER_PARAMETERS.get(name, name) in attributes, (address, name, value)
                asked += 1
        assert asked > 100

    @pytest.mark.parametrize("name", ["as_of", "known_at", "theme"])
    @pytest.mark.parametrize(
        "address",
        ["/embed/commitments/US21-PRT-001/", "/embed/pillars/protection/badge.svg"],
    )
    def test_a_blank_value_is_refused_in_embeds(self, client, item, address, name):
        assert client.get(f"{address}?{name}=%20").status_code == 400

    @pytest.mark.parametrize(
        ("address", "names"),
        [
            ("/", ["as_of", "known_at"]),
            ("/commitments/", ["q", "pillar", "as_of", "known_at", "order", "cursor", "page_size"]),
            ("/es/commitments/", ["q", "view", "due_after"]),
            ("/commitments/US21-PRT-001/", ["as_of", "known_at"]),
            ("/pillars/protection/", ["q", "as_of", "status"]),
            ("/agencies/hhs/", ["as_of"]),
            ("/sources/", ["q", "cursor", "page_size", "as_of"]),
            ("/matrix/", ["q", "as_of"]),
            ("/timeline/", ["q", "year", "as_of"]),
            ("/compare/", ["from", "to"]),
            ("/changes/", ["cursor", "page_size", "type"]),
            ("/corrections/", ["cursor", "page_size"]),
            ("/data/", ["as_of"]),
            ("/follow/", ["q", "commitment"]),
        ],
    )
    def test_a_page_drops_blank_parameters_by_a_redirect(
        self, client, settings, item, address, names
    ):
        settings.PLANWATCH_MAIL = True
        for name in names:
            for value in ("", "%20", "%09", "%E2%80%8B"):
                response = client.get(f"{address}?{name}={value}")
                assert (response.status_code, response["Location"]) == (302, address), (name, value)

    def test_a_page_of_an_editor_drops_blank_parameters_too(self, client, item):
        client.force_login(
            User.objects.create_superuser("olga", password="a long enough passphrase")
        )
        for address in ("/editor/", "/editor/review/", "/editor/sources/", "/editor/proposals/"):
            response = client.get(f"{address}?q=%20&cursor=")
            assert (response.status_code, response["Location"]) == (302, address)

    @pytest.mark.parametrize("value", BLANKS, ids=ascii)
    @pytest.mark.parametrize("name", ["q", "pillar", "due_after", "commitment"])
    def test_a_blank_search_cannot_be_followed(self, client, settings, item, name, value):
        settings.PLANWATCH_MAIL = True
        typed = {"address": "a@example.org", "rhythm": "immediate", name: value}
        response = client.post("/follow/", typed)
        assert response.status_code == 400
        assert name in response.content.decode()
        assert not Request.objects.exists()

    @pytest.mark.parametrize(
        ("address", "clean"),
        [
            ("/?utm_source=news&utm_medium=email", "/"),
            ("/es/?gclid=1", "/es/"),
            ("/commitments/US21-PRT-001/?fbclid=IwAR0&as_of=2026-01-01", "…?as_of=2026-01-01"),
            (
                "/commitments/?pillar=protection&mc_cid=1&q=a+b",
                "/commitments/?pillar=protection&q=a+b",
            ),
            ("/commitments/?q=a&amp;pillar=protection", "/commitments/?q=a&pillar=protection"),
            ("/sources/sheet/?igshid=x", "/sources/sheet/"),
            ("/alerts/?key=abc&utm_source=x", "/alerts/?key=abc"),
            ("/accounts/login/?next=/editor/&gclid=1", "/accounts/login/?next=/editor/"),
            ("/nothing/here/?gclid=1", "/nothing/here/"),
        ],
    )
    def test_a_page_that_is_shared_redirects_to_its_clean_address(
        self, client, item, address, clean
    ):
        clean = clean.replace("…", "/commitments/US21-PRT-001/")
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, clean)
        assert client.head(address)["Location"] == clean

    @pytest.mark.parametrize(
        "address",
        [
            "/feeds/changes.atom",
            "/feeds/deadlines.ics?pillar=protection",
            "/commitments/US21-PRT-001/changes.atom",
            "/matrix.svg",
            "/commitments/US21-PRT-001/share.png",
            "/commitments/US21-PRT-001/cite.bib",
            "/embed/commitments/US21-PRT-001/",
            "/es/embed/pillars/protection/badge.svg?theme=dark",
            "/api/v1/commitments/?pillar=protection&page_size=1",
            "/api/v1/commitments/US21-PRT-001/",
            "/sitemap.xml",
            "/data/cite.json",
        ],
    )
    def test_data_and_what_is_embedded_answer_as_if_nothing_tracked_the_reader(
        self, client, item, address
    ):
        plain = client.get(address)
        tracked = client.get(f"{address}{'&' if '?' in address else '?'}utm_source=x&amp;fbclid=y")
        assert plain.status_code == tracked.status_code == 200
        # One answer, under one key of the cache, that names its clean address.
        assert tracked.get("ETag") == plain.get("ETag")
        assert tracked.content == plain.content
        assert b"utm_source" not in tracked.content

    def test_a_form_that_is_sent_to_a_tracked_address_is_taken(self, client, settings, item):
        settings.PLANWATCH_MAIL = True
        typed = {"address": "a@example.org", "rhythm": "immediate", "q": "labor"}
        assert client.post("/follow/?utm_source=x", typed)["Location"] == "/follow/sent/"
