"""A hostile corpus at every door: parameters, paths, headers, forms, API bodies, file names and cells.

Each is answered with a harmless page or a refusal that names it: never with a fault, never with what was sent standing
in a page as markup, worked out by a template, or set as a header.
"""

import csv
import io
import itertools
import json
import re
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver
from openpyxl import load_workbook

from commitments import services
from commitments.models import Commitment, CommitmentAgency, DatasetVersion
from commitments.selection import PARAMETERS
from tests.example_round import answer, open_example
from tests.factories import cite, make_commitment, make_source
from tests.test_access import PUBLIC, SHOWN, client_of, routes

pytestmark = pytest.mark.django_db

MARKUP = "<zz onload=alert(1)>"
SUM = "1337331"  # of the template injections
SHORT = {
    "SQL": "' OR 1=1; DROP TABLE commitments_change;--",
    "SQL of a union": "x') UNION SELECT password FROM auth_user --",
    "full text of SQLite": 'NEAR("a" *) AND ^ {x : y} -',
    "full text of PostgreSQL": "a & | !( b <-> :* '",
    "pattern": "%_\\%\\",
    "markup": f"\"'>{MARKUP}<script>alert(1)</script>",
    "template": "{{ 1337*1000+331 }}{% debug %}${1337*1000+331}#{7}",
    "header": "x\r\nSet-Cookie: stolen=1\r\n\r\n<zz>",
    "formula": '=HYPERLINK("http://evil.example",A1)',
    "format": "%s%n{0.__class__}%(password)s",
    "path": "../../../../etc/passwd",
    "command": "$(id)`id`|id;",
    "NUL": "a\0b",
    "lone surrogate": "a\ud800b",
    "right to left": "\u202egnp.exe\u2066\ufeff",
    "number": "9" * 40,
    "number of another script": "٣٤\u00b2",
    "infinite": "NaN",
    "day": "9999999-99-99T99:99:99+99:99",
    "nested": "[" * 3000,
}
LONG = "x" * 1_000_000
# Beside the filters and clocks: what single addresses take.
OTHERS = ["page_size", "cursor", "after", "limit", "fields", "omit", "expand", "format", "by"]
OTHERS += ["from", "to", "year", "lang", "next", "view", "page", "kind"]
NAMES = [*PARAMETERS, *OTHERS]


def quoted(value):
    """Return a value as it stands in an address, with the bytes that no text has for a lone surrogate."""
    return "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))


def some(every, turn):
    """Return each so-many-th value, others at each turn: enough pairs to meet, few enough to wait for."""
    return dict(itertools.islice(SHORT.items(), turn % every, None, every))


TRIED = Counter()


@pytest.fixture(scope="module", autouse=True)
def figures(record_testsuite_property):
    """Tell `make trust` how much was tried, and how it was answered."""
    yield
    for kind, times in TRIED.items():
        record_testsuite_property(f"answered {kind}xx", times)


def harmless(answer, sent):
    """Hold an answer to what must be true of every one; return its status."""
    status = answer.status_code
    TRIED[status // 100] += 1
    # 501 is what oEmbed says of a format that is not there.
    assert status < 500 or status == 501, (sent, answer.content[:300])
    assert "stolen" not in answer.cookies, sent
    for header, value in answer.headers.items():
        assert "\r" not in value and "\n" not in value, (sent, header)
    if answer.get("Content-Type", "").startswith(("text/html", "image/svg")):
        text = answer.getvalue().decode(errors="replace")
        assert MARKUP not in text, sent
        assert SUM not in text, sent
    elif answer.streaming:
        answer.getvalue()
    return status


@pytest.fixture
def visitor(world):
    return Client(raise_request_exception=False)


def plain_addresses():
    """Return one address of every public route, without its query."""
    return sorted({group[0].partition("?")[0] for group in PUBLIC.values() if group})


LISTS = ("/commitments/", "/api/v1/commitments/")


@pytest.mark.parametrize("address", LISTS)
def test_every_parameter_of_the_lists_takes_what_is_tried(visitor, address):
    answered = {
        (name, what): harmless(visitor.get(f"{address}?{name}={quoted(value)}"), (name, what))
        for turn, name in enumerate(PARAMETERS)
        for what, value in (SHORT if name == "q" else some(10, turn)).items()
    }
    # Free text is searched for; all else is refused by name.
    assert {status for (name, _), status in answered.items() if name != "q"} == {400}
    assert answered["q", "SQL"] == answered["q", "markup"] == 200


def test_every_other_public_address_takes_every_parameter(visitor):
    values, turns = itertools.cycle(SHORT.items()), itertools.count()
    for address in plain_addresses():
        if address in LISTS or "{published}" in address or address.endswith("share.png"):
            continue
        for name in NAMES[next(turns) % 16 :: 16]:
            what, value = next(values)
            sent = f"{address}?{name}={quoted(value)}"
            harmless(visitor.get(sent), (address, name, what))


def test_every_part_of_every_path_takes_what_is_tried(visitor):
    part = re.compile(r"<(?:\w+:)?\w+>|\(\?P<\w+>.*?\)(?=/|\$|$)")
    found, turns = set(), itertools.count()
    for route in routes(get_resolver().url_patterns):
        if not part.search(route) or route.startswith("admin/"):
            continue
        for what, value in some(7, next(turns)).items():
            path = "/" + part.sub(quoted(value), route).replace("^", "").replace("$", "")
            found.add(harmless(visitor.get(path), (route, what)))
    assert found <= {200, 301, 302, 400, 401, 404, 405, 501} and 404 in found


HEADERS = ["accept", "accept-language", "accept-encoding", "authorization", "cookie", "host"]
HEADERS += ["if-none-match", "if-match", "if-modified-since", "origin", "referer", "range"]
HEADERS += ["user-agent", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]
HEADERS += ["hx-request", "hx-current-url", "hx-target", "content-type", "idempotency-key"]


def test_every_header_takes_what_is_tried(visitor, settings):
    settings.PLANWATCH_TRUSTED_PROXIES = 1
    addresses = itertools.cycle(["/", "/api/v1/commitments/", "/editor/", "/accounts/login/"])
    for turn, name in enumerate(HEADERS):
        for what, value in some(7, turn).items():
            # As a server hands them on: bytes as Latin-1, and never a line break or NUL.
            sent = re.sub(r"[\r\n\0]", "", value).encode("utf-8", "surrogatepass").decode("latin-1")
            for given in (sent, f"Token {sent}", f"sessionid={sent}; csrftoken={sent}"):
                if given != sent and name not in ("authorization", "cookie"):
                    continue
                harmless(visitor.get(next(addresses), headers={name: given}), (name, what))


def test_a_megabyte_and_ten_thousand_parameters_are_answered(visitor):
    many = "&".join(f"p{number}=1" for number in range(10_000))
    repeated = "&".join(["status=completed"] * 10_000)
    for address in ("/", "/commitments/", "/api/v1/commitments/", "/compare/", "/accounts/login/"):
        for query in (many, repeated):
            assert harmless(visitor.get(f"{address}?{query}"), address) in (200, 400)
        for name in ("q", "status", "as_of", "cursor", "next"):
            found = harmless(visitor.get(address, {name: LONG}), (address, name))
            assert found in (200, 400)
        assert harmless(visitor.get(address, headers={"cookie": "x=" + "y" * 1_000_000}), address)
    form = {f"p{number}": "1" for number in range(10_000)}
    for address in ("/accounts/login/", "/editor/commitments/new/"):
        assert harmless(visitor.post(address, form), address) in (400, 401)
    sign_in = {"username": LONG, "password": LONG}
    assert harmless(visitor.post("/accounts/login/", sign_in), "sign-in") in (200, 400)


def test_a_search_for_a_megabyte_or_a_thousand_words_is_answered(world):
    many = " ".join(f"w{number}" for number in range(1000))
    form = f"/editor/commitments/{SHOWN}/record/"
    searches = {
        "editor": ["/commitments/?q", "/api/v1/commitments/?q", "/editor/?q", "/editor/sources/?q"],
        "administrator": ["/admin/commitments/source/?q", "/admin/auth/user/?q"],
    }
    for role, addresses in searches.items():
        client = client_of(role)
        client.raise_request_exception = False
        for words in (LONG, many):
            for address in addresses:
                path, _, name = address.partition("?")
                assert harmless(client.get(path, {name: words}), address) in (200, 400), address
            if role == "editor":
                assert harmless(client.post(form, {"sq": words}), form) == 200


def test_what_cannot_be_read_is_said_in_the_shape_of_the_api_and_in_words(visitor):
    query = "&".join(f"p{number}=1" for number in range(10_000))
    (error,) = visitor.get(f"/api/v1/commitments/?{query}").json()["errors"]
    assert error["code"] == "too_many_parameters"
    page = visitor.get(f"/es/commitments/?{query}")
    assert page.status_code == 400 and page.content


def test_signing_in_takes_what_is_tried(visitor):
    for what, value in SHORT.items():
        sent = {name: value for name in ("username", "password", "next", "typed")}
        body = "&".join(f"{name}={quoted(value)}" for name, value in sent.items())
        kind = "application/x-www-form-urlencoded"
        answer = visitor.post("/accounts/login/", body, content_type=kind)
        assert harmless(answer, what) in (200, 400, 429)


FORMS = [
    *[
        f"/editor/commitments/{SHOWN}/{page}/"
        for page in ("record", "review", "edit", "citations", "lineage")
    ],
    "/editor/commitments/new/",
    "/editor/review/",
    *[f"/editor/new/{kind}/" for kind in ("agency", "section", "theme", "jurisdiction")],
    "/editor/coding/",
    "/editor/sources/new/",
    "/editor/sources/sheet/",
    "/editor/tokens/",
    "/editor/webhooks/",
    "/accounts/password/",
]
FIELD = re.compile(r'<(?:input|textarea|select)[^>]*\bname="([^"]+)"')


def test_every_form_of_the_editors_takes_every_value_in_every_field(world):
    editor = client_of("editor")
    editor.raise_request_exception = False
    version = DatasetVersion.objects.get().seq
    turns = itertools.count()
    for address in FORMS:
        fields = set(FIELD.findall(editor.get(address).content.decode())) - {"csrfmiddlewaretoken"}
        assert len(fields) > 1, address
        for what, value in some(3, next(turns)).items():
            for action in ("save", "preview") if what == "markup" else ("save",):
                sent = {name: value for name in fields if name != "action"}
                body = "&".join(
                    f"{quoted(k)}={quoted(v)}" for k, v in {**sent, "action": action}.items()
                )
                kind = "application/x-www-form-urlencoded"
                answer = editor.post(address, body, content_type=kind)
                assert harmless(answer, (address, what)) in (200, 302, 400, 422), (address, what)
    assert DatasetVersion.objects.get().seq >= version


FOLLOWING = {"address": "reader@example.org", "rhythm": "weekly", "language": "en", "q": "promise"}


def test_every_form_of_who_follows_takes_every_value_in_every_field(visitor, settings):
    settings.PLANWATCH_MAIL = True
    kind = "application/x-www-form-urlencoded"
    for name, (what, value) in itertools.product([*FOLLOWING, "commitment"], SHORT.items()):
        sent = {**FOLLOWING, name: value}
        body = "&".join(f"{key}={quoted(typed)}" for key, typed in sent.items())
        answer = visitor.post("/follow/", body, content_type=kind)
        assert harmless(answer, (name, what)) in (302, 400, 404), (name, what)
    for address, (what, value) in itertools.product(
        ["/alerts/", "/alerts/confirm/", "/alerts/leave/"], SHORT.items()
    ):
        for ask in (visitor.get, visitor.post):
            answer = ask(f"{address}?key={quoted(value)}")
            assert harmless(answer, (address, what)) in (200, 400, 404), (address, what)


def test_every_form_of_a_reporting_round_takes_every_value_in_every_field(world, visitor):
    editor, kind = client_of("editor"), "application/x-www-form-urlencoded"
    editor.raise_request_exception = False
    CommitmentAgency.objects.update(role="lead")
    asked = open_example()
    sent = answer(asked)
    key = quoted(services.link_key(sent.invitation))
    pages = {
        "/editor/rounds/new/?plan=us-nap-2021": (editor, ("save",)),
        f"/editor/rounds/{asked.pk}/": (editor, ("move", "invite")),
        f"/editor/rounds/{asked.pk}/{sent.pk}/": (editor, ("publish", "send_back")),
        f"/rounds/answers/{sent.commitment.code}/?key={key}": (visitor, ("draft", "submit")),
    }
    for address, (client, actions) in pages.items():
        fields = set(FIELD.findall(client.get(address).content.decode())) - {"csrfmiddlewaretoken"}
        assert len(fields) > 3, address
        for action, (what, value) in itertools.product(actions, SHORT.items()):
            body = "&".join(f"{quoted(name)}={quoted(value)}" for name in fields - {"action"})
            answered = client.post(address, f"{body}&action={action}", content_type=kind)
            assert harmless(answered, (address, what)) in (302, 400, 409, 422), (address, what)
    for what, value in SHORT.items():
        for page in ("answers/", f"answers/{sent.commitment.code}/", "sheet/", "sheet.xlsx"):
            answered = visitor.get(f"/rounds/{page}?key={quoted(value)}")
            assert harmless(answered, (page, what)) in (400, 404), (page, what)


BODIES = {
    f"commitments/{SHOWN}/status-changes/": {
        "status": "stalled",
        "effective_on": "2022-03-01",
        "explanation": "Words.",
        "evidence": [{"source": "sheet", "locator": "page 2", "note": ""}],
    },
    f"commitments/{SHOWN}/reviews/": {
        "reviewed_on": "2022-03-01",
        "source": "sheet",
        "locator": "p",
        "note": "n",
    },
    f"commitments/{SHOWN}/proposals/": {
        "status": "stalled",
        "effective_on": "2022-03-01",
        "explanation": "W.",
    },
    "webhooks/": {"name": "ours", "url": "https://example.org/", "filters": "pillar=protection"},
    "auth/tokens/": {"name": "script", "expires_in_days": 1},
}
ODD = [None, True, -1, 1e308, 10**40, [], {}, [[]], {"a": {"b": []}}]


def test_every_field_of_the_api_takes_every_value_and_every_shape(world):
    client = client_of("editor")
    client.raise_request_exception = False
    headers = {"if-match": "*"}
    turns = itertools.count()
    for path, body in BODIES.items():
        for name in body:
            for value in [*SHORT.values(), *ODD, LONG][next(turns) % 4 :: 4]:
                sent = json.dumps({**body, name: value})
                answer = client.post(
                    f"/api/v1/{path}", sent, content_type="application/json", headers=headers
                )
                found = harmless(answer, (path, name, str(value)[:20]))
                assert found in (200, 201, 202, 400, 401, 403), (path, name, str(value)[:20])
        for raw in (
            b"",
            b"\xff\xfe",
            b"[" * 50_000,
            b'{"a":' * 5000,
            b"1" * 5000,
            b'"\\ud800"',
            b"NaN",
        ):
            answer = client.post(
                f"/api/v1/{path}", raw, content_type="application/json", headers=headers
            )
            assert harmless(answer, (path, raw[:10])) in (400, 401, 403), (path, raw[:10])


def test_every_upload_takes_every_name_and_every_cell(world):
    importer = client_of("administrator")
    importer.raise_request_exception = False
    for what, value in SHORT.items():
        text = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        buffer = io.StringIO()
        csv.writer(buffer).writerows(
            [["slug", "name", "short_name", "jurisdiction"], [text, text, text, "US"]]
        )
        for name in (f"{text}.csv", "a.csv"):
            file = SimpleUploadedFile("a.csv", buffer.getvalue().encode())
            file._name = name  # as a browser of ill will may say it
            answer = importer.post("/editor/import/", {"kind": "agency", "file": file}, follow=True)
            assert harmless(answer, (what, name[:10])) in (200, 400, 422), (what, name[:10])


def test_what_was_stored_with_ill_will_is_harmless_wherever_it_is_shown_or_taken_away(world):
    source = make_source("evil", title=f"{SHORT['markup']} {{{{ 1337*1000+331 }}}}")
    starts = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\u202e=1", "a;=1"]
    texts = {}
    for number, start in enumerate(starts):
        code = f"US21-PRT-{700 + number}"
        item = make_commitment(
            code, title=f"{start} {SHORT['markup']}", summary=f"{start} summary."
        )
        cite(item, source)
        texts[code] = Commitment.objects.get(code=code).title
    client = Client(raise_request_exception=False)
    for address in plain_addresses():
        if "{published}" not in address:
            harmless(client.get(address), address)
    for code in texts:
        for address in (
            f"/commitments/{code}/",
            f"/commitments/{code}/changes.atom",
            f"/commitments/{code}/cite.ris",
        ):
            harmless(client.get(address), address)
    plain = client.get("/api/v1/commitments/?format=csv").getvalue().decode()
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(plain, newline=""))}
    for code, text in texts.items():
        cell = rows[code]["title"]
        assert not re.match(r"\s*[=+\-@]", cell), code
        assert text == cell or text == cell.replace("'", "", 1), code
    book = load_workbook(io.BytesIO(client.get("/api/v1/commitments/?format=xlsx").getvalue()))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert cells and {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    assert set(texts.values()) <= {cell.value for cell in cells}
