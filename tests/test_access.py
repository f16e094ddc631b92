"""Who may see and do what: every route of the project, every role, and a commitment that is not published.

A route that the table does not name fails the test, so that a new one cannot be forgotten.
"""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from commitments import services
from commitments.models import (
    DatasetVersion,
    DoubleCoding,
    ErrorReport,
    ReportingRound,
    Review,
    RoundAnswer,
)
from planwatch.accounts.tokens import make_token
from planwatch.sitemaps import SITEMAPS
from tests.example_round import answer, open_example
from tests.factories import (
    ANNOUNCED,
    change,
    cite,
    link,
    make_agency,
    make_commitment,
    make_development,
    make_reported_status,
    make_section,
    make_source,
    make_theme,
    review,
)

# A member has an account and no role.
ROLES = ("anonymous", "member", "contributor", "editor", "administrator")
SHOWN, HIDDEN = "US21-PRT-001", "US21-PRT-900"
SECRET = "Zebrafinch"


def everyone(status):
    return dict.fromkeys(ROLES, status)


def only(*roles, status=200, refused=403):
    """Return the statuses of a page for `roles`: visitors without an account are sent to sign in."""
    return {
        role: status if role in roles else (302 if role == "anonymous" else refused)
        for role in ROLES
    }


def by_token(*roles, status):
    return {
        role: status if role in roles else (401 if role == "anonymous" else 403) for role in ROLES
    }


SIGNED_IN = ("contributor", "editor", "administrator")
EDITORS = ("editor", "administrator")

# Route → addresses, method and what each role is answered.
PUBLIC = {
    "healthz/live": ["/healthz/live"],
    "healthz/ready": ["/healthz/ready"],
    "": ["/", "/?as_of=2024-01-01"],
    "search/": [f"/search/?q={SECRET}", "/search/?q=promise"],
    "plans/": ["/plans/"],
    "plans/<key:slug>/": ["/plans/us-nap-2021/"],
    "pillars/": ["/pillars/"],
    "pillars/<key:slug>/": ["/pillars/protection/"],
    "commitments/": ["/commitments/", f"/commitments/?q={SECRET}", "/commitments/?agency=dhs"],
    "commitments/<key:code>/": [f"/commitments/{SHOWN}/"],
    "commitments/<key:code>/cite.<slug:form>": [
        f"/commitments/{SHOWN}/cite.{form}" for form in ("bib", "ris", "json")
    ],
    "commitments/<key:code>/share.png": [f"/commitments/{SHOWN}/share.png"],
    "commitments/<key:code>/history.svg": [f"/commitments/{SHOWN}/history.svg"],
    "commitments/<key:code>/lineage.svg": [f"/commitments/{SHOWN}/lineage.svg"],
    "sitemap.xml": ["/sitemap.xml"],
    "sitemap-<slug:section>.xml": [f"/sitemap-{section}.xml" for section in SITEMAPS],
    "robots.txt": ["/robots.txt"],
    "sources/": ["/sources/"],
    "sources/<key:slug>/": ["/sources/shared/"],
    "commitments.svg": ["/commitments.svg", "/commitments.svg?agency=dhs"],
    "matrix/": ["/matrix/", "/matrix/?is_open=true"],
    "matrix.svg": ["/matrix.svg"],
    "status-over-time.svg": ["/status-over-time.svg"],
    "status-over-time.csv": ["/status-over-time.csv"],
    "timeline/": ["/timeline/", "/timeline/?year=2021"],
    "timeline.svg": ["/timeline.svg?year=2021"],
    "compare/": ["/compare/", "/compare/?from=shared&to=shared", "/compare/?from=shared&to=sheet"],
    "compare.svg": ["/compare.svg?from=shared&to=sheet"],
    "sources/<key:slug>/cite.<slug:form>": [
        f"/sources/shared/cite.{form}" for form in ("bib", "ris", "json")
    ],
    "news/": ["/news/", "/news/?year=2021"],
    "feeds/news.atom": ["/feeds/news.atom"],
    "changes/": ["/changes/"],
    "corrections/": ["/corrections/"],
    "record/": ["/record/"],
    "commitments/<key:code>/changes.atom": [f"/commitments/{SHOWN}/changes.atom"],
    "data/cite.<slug:form>": [f"/data/cite.{form}" for form in ("bib", "ris", "json")],
    "feeds/changes.atom": ["/feeds/changes.atom?page_size=500"],
    "feeds/deadlines.ics": ["/feeds/deadlines.ics"],
    "embed/commitments/<key:code>/": [f"/embed/commitments/{SHOWN}/"],
    "embed/commitments/<key:code>/badge.svg": [f"/embed/commitments/{SHOWN}/badge.svg?theme=dark"],
    "embed/pillars/<key:slug>/": ["/embed/pillars/protection/?theme=dark"],
    "embed/pillars/<key:slug>/badge.svg": ["/embed/pillars/protection/badge.svg"],
    "oembed.<slug:form>": [
        f"/oembed.json?url=http://testserver/commitments/{SHOWN}/",
        "/oembed.xml?url=http://testserver/es/pillars/protection/",
    ],
    "follow/": ["/follow/", f"/follow/?q={SECRET}", f"/follow/?commitment={SHOWN}"],
    "follow/sent/": ["/follow/sent/"],
    "method/": ["/method/"],
    "about/": ["/about/"],
    "about/privacy/": ["/about/privacy/"],
    "about/reports/": ["/about/reports/"],
    "report/": ["/report/", "/report/?page=/commitments/"],
    "report/sent/": ["/report/sent/"],
    "data/": ["/data/"],
    "data/q/": ["/data/q/"],
    "record/bodies.schema.json": ["/record/bodies.schema.json"],
    "data/dcat.<slug:form>": ["/data/dcat.jsonld", "/data/dcat.ttl"],
    "data/vocabularies.<slug:form>": ["/data/vocabularies.jsonld", "/data/vocabularies.ttl"],
    # It leads to the next.
    "data/planwatch-latest.zip": [],
    "data/planwatch-<str:version>.zip": ["/data/planwatch-{published}.zip"],
    "agencies/": ["/agencies/"],
    "commitments/brief/": ["/commitments/brief/?status=no_evidence"],
    "commitments/brief.<slug:form>": ["/commitments/brief.pdf", "/commitments/brief.docx?paper=a4"],
    "commitments/<key:code>/brief/": [f"/commitments/{SHOWN}/brief/"],
    "commitments/<key:code>/brief.<slug:form>": [f"/commitments/{SHOWN}/brief.pdf"],
    "pillars/<key:key>/brief/": ["/pillars/protection/brief/"],
    "pillars/<key:key>/brief.<slug:form>": ["/pillars/protection/brief.docx"],
    "plans/<key:key>/brief/": ["/plans/us-nap-2021/brief/"],
    "plans/<key:key>/brief.<slug:form>": ["/plans/us-nap-2021/brief.pdf"],
    "themes/<key:key>/brief/": ["/themes/training/brief/"],
    "themes/<key:key>/brief.<slug:form>": ["/themes/training/brief.pdf"],
    "agencies/<key:key>/brief/": ["/agencies/dhs/brief/"],
    "agencies/<key:key>/brief.<slug:form>": ["/agencies/dhs/brief.pdf?paper=a4"],
    "plans/<key:key>/questions/": ["/plans/us-nap-2021/questions/"],
    "plans/<key:key>/questions.<slug:form>": ["/plans/us-nap-2021/questions.csv"],
    "agencies/<key:key>/questions/": ["/agencies/dhs/questions/"],
    "agencies/<key:key>/questions.<slug:form>": ["/agencies/dhs/questions.txt"],
    "agencies/compare/": ["/agencies/compare/?agency=dhs&agency=doj"],
    "agencies/<key:slug>/": ["/agencies/dhs/"],
    "accounts/login/": ["/accounts/login/"],
    "api/v1/": ["/api/v1/"],
    "api/v1/panel/": ["/api/v1/panel/", "/api/v1/panel/?format=ndjson"],
    "api/v1/plans/": ["/api/v1/plans/"],
    "api/v1/plans/<key:slug>/": ["/api/v1/plans/us-nap-2021/"],
    "api/v1/pillars/": ["/api/v1/pillars/"],
    "api/v1/pillars/<key:slug>/": ["/api/v1/pillars/protection/"],
    "api/v1/jurisdictions/": ["/api/v1/jurisdictions/"],
    "api/v1/jurisdictions/<key:code>/": ["/api/v1/jurisdictions/US/"],
    "themes/": ["/themes/"],
    "themes/<key:code>/": ["/themes/training/"],
    "api/v1/themes/": ["/api/v1/themes/"],
    "api/v1/themes/<key:code>/": ["/api/v1/themes/training/"],
    "api/v1/sections/": ["/api/v1/sections/"],
    "api/v1/sections/<key:key>/": ["/api/v1/sections/us-nap-2021:protection-1/"],
    "api/v1/objectives/": ["/api/v1/objectives/"],
    "api/v1/objectives/<key:key>/": ["/api/v1/objectives/us-nap-2021:protection-1/"],
    "api/v1/agencies/": ["/api/v1/agencies/"],
    "api/v1/agencies/<key:slug>/": ["/api/v1/agencies/dhs/"],
    "api/v1/sources/": ["/api/v1/sources/"],
    "api/v1/sources/<key:slug>/": ["/api/v1/sources/shared/"],
    "api/v1/commitments/": ["/api/v1/commitments/", f"/api/v1/commitments/?q={SECRET}"],
    "api/v1/commitments/<key:code>/": [f"/api/v1/commitments/{SHOWN}/"],
    "api/v1/commitments/<key:code>/status-changes/": [
        f"/api/v1/commitments/{SHOWN}/status-changes/"
    ],
    "api/v1/commitments/<key:code>/reviews/": [f"/api/v1/commitments/{SHOWN}/reviews/"],
    "api/v1/reviews/": ["/api/v1/reviews/"],
    "api/v1/developments/": ["/api/v1/developments/"],
    "api/v1/reported-statuses/": ["/api/v1/reported-statuses/"],
    "api/v1/status-changes/": ["/api/v1/status-changes/"],
    "api/v1/changes/": ["/api/v1/changes/?limit=500"],
    "api/v1/statuses/": ["/api/v1/statuses/"],
    "api/v1/datasets/": ["/api/v1/datasets/"],
    "api/v1/stats/": ["/api/v1/stats/?by=pillar,status", "/api/v1/stats/?by=agency,source"],
    "api/v1/schema/": ["/api/v1/schema/"],
    "api/v1/docs/": ["/api/v1/docs/"],
}
WORK = {
    "editor/": ("GET", "/editor/", only(*SIGNED_IN)),
    "editor/week/": ("GET", "/editor/week/", only(*EDITORS)),
    "editor/rounds/": ("GET", "/editor/rounds/", only(*EDITORS)),
    "editor/rounds/new/": ("GET", "/editor/rounds/new/?plan=us-nap-2021", only(*EDITORS)),
    "editor/rounds/<id:number>/": ("GET", "/editor/rounds/{round}/", only(*EDITORS)),
    "editor/rounds/<id:number>/report/": (
        "GET",
        "/editor/rounds/{round}/report/",
        only(*EDITORS),
    ),
    "editor/rounds/<id:number>/report.docx": (
        "GET",
        "/editor/rounds/{round}/report.docx",
        only(*EDITORS),
    ),
    "editor/rounds/<id:number>/<id:answer>/": (
        "GET",
        "/editor/rounds/{round}/{answer}/",
        only(*EDITORS),
    ),
    "editor/coding/": ("GET", "/editor/coding/", only(*EDITORS)),
    "editor/coding/<id:number>/": ("GET", "/editor/coding/{coding}/", only(*EDITORS)),
    "editor/coding/<id:number>/<key:code>/": (
        "GET",
        f"/editor/coding/{{coding}}/{SHOWN}/",
        only(*EDITORS),
    ),
    "editor/found/": ("GET", "/editor/found/", only(*EDITORS)),
    "editor/queue/": ("GET", "/editor/queue/", only(*EDITORS)),
    "editor/new/<slug:kind>/": ("GET", "/editor/new/agency/", only(*EDITORS)),
    "editor/commitments/new/": ("GET", "/editor/commitments/new/", only(*EDITORS)),
    "editor/commitments/<key:code>/record/": (
        "GET",
        f"/editor/commitments/{HIDDEN}/record/",
        only(*SIGNED_IN),
    ),
    "editor/commitments/<key:code>/steps/<int:seq>/evidence/": (
        "GET",
        f"/editor/commitments/{SHOWN}/steps/1/evidence/",
        only(*EDITORS),
    ),
    "editor/commitments/<key:code>/review/": (
        "GET",
        f"/editor/commitments/{HIDDEN}/review/",
        only(*EDITORS),
    ),
    "editor/commitments/<key:code>/edit/": (
        "GET",
        f"/editor/commitments/{HIDDEN}/edit/",
        only(*EDITORS),
    ),
    "editor/commitments/<key:code>/citations/": (
        "GET",
        f"/editor/commitments/{HIDDEN}/citations/",
        only(*EDITORS),
    ),
    "editor/commitments/<key:code>/lineage/": (
        "GET",
        f"/editor/commitments/{HIDDEN}/lineage/",
        only(*EDITORS),
    ),
    "editor/commitments/<key:code>/unpublish/": (
        "GET",
        f"/editor/commitments/{SHOWN}/unpublish/",
        only(*EDITORS),
    ),
    "editor/commitments/<key:code>/preview/": (
        "GET",
        f"/editor/commitments/{HIDDEN}/preview/",
        only(*EDITORS),
    ),
    "editor/commitments/<key:code>/delete/": (
        "GET",
        f"/editor/commitments/{HIDDEN}/delete/",
        only(*EDITORS),
    ),
    "editor/review/": ("GET", "/editor/review/", only(*EDITORS)),
    "editor/record/": ("GET", "/editor/record/", only(*EDITORS)),
    "editor/reviews/<id:number>/retract/": (
        "GET",
        "/editor/reviews/{review}/retract/",
        only(*EDITORS),
    ),
    "editor/proposals/": ("GET", "/editor/proposals/", only(*SIGNED_IN)),
    "editor/proposals/<id:number>/": ("GET", "/editor/proposals/{proposal}/", only(*SIGNED_IN)),
    "editor/reports/": ("GET", "/editor/reports/", only(*EDITORS)),
    "editor/reports/<id:number>/": ("GET", "/editor/reports/{report}/", only(*EDITORS)),
    "editor/sources/": ("GET", "/editor/sources/", only(*SIGNED_IN)),
    "editor/sources/new/": ("GET", "/editor/sources/new/", only(*SIGNED_IN)),
    "editor/sources/<key:slug>/": ("GET", "/editor/sources/shared/", only(*SIGNED_IN)),
    "editor/sources/<key:slug>/snapshots/<slug:sha256>/": (
        "GET",
        "/editor/sources/shared/snapshots/none/",
        only(*EDITORS, status=404),
    ),
    "editor/tokens/": ("GET", "/editor/tokens/", only("member", *SIGNED_IN)),
    "editor/tokens/<uuid:public_id>/revoke/": (
        "POST",
        "/editor/tokens/00000000-0000-4000-8000-000000000000/revoke/",
        only("member", *SIGNED_IN, status=302),
    ),
    "editor/webhooks/": ("GET", "/editor/webhooks/", only("member", *SIGNED_IN)),
    "editor/webhooks/<uuid:webhook_id>/": (
        "GET",
        "/editor/webhooks/00000000-0000-4000-8000-000000000000/",
        only("member", *SIGNED_IN, status=404),
    ),
    "editor/import/": ("GET", "/editor/import/", only(*EDITORS)),
    "editor/import/part/": (
        "GET",
        f"/editor/import/part/?digest={'0' * 64}",
        only(*EDITORS),
    ),
    "editor/import/columns/": ("GET", "/editor/import/columns/", only(*EDITORS, status=302)),
    "editor/import/check/": ("GET", "/editor/import/check/", only(*EDITORS, status=302)),
    "editor/import/done/": ("GET", "/editor/import/done/", only(*EDITORS, status=302)),
    "editor/import/templates/<slug:kind>.<slug:form>": (
        "GET",
        "/editor/import/templates/source.csv",
        only(*EDITORS),
    ),
    # Opened by the key of a mail, no matter who brings it.
    "rounds/sheet/": ("GET", "/rounds/sheet/", everyone(404)),
    "rounds/sheet.xlsx": ("GET", "/rounds/sheet.xlsx?key=x", everyone(404)),
    "rounds/answers/": ("GET", "/rounds/answers/?key=x", everyone(404)),
    "rounds/answers/<key:code>/": ("GET", f"/rounds/answers/{SHOWN}/", everyone(404)),
    "alerts/": ("GET", "/alerts/", everyone(404)),
    "alerts/confirm/": ("GET", "/alerts/confirm/?key=x", everyone(404)),
    "alerts/leave/": ("GET", "/alerts/leave/", everyone(404)),
    "editor/reminders/": ("GET", "/editor/reminders/", only(*SIGNED_IN)),
    "accounts/logout/": ("GET", "/accounts/logout/", everyone(405)),
    # Nobody has saved one.
    "data/q/<slug:digest>/": ("GET", "/data/q/0123456789abcdef/", everyone(404)),
    # Nobody is named unless a setting does.
    # Nothing is signed unless the operator has a key.
    "record/head": ("GET", "/record/head", everyone(404)),
    "record/head-<int:size>.<str:ending>": ("GET", "/record/head-1.txt", everyone(404)),
    "api/v1/record/head/": ("GET", "/api/v1/record/head/", everyone(404)),
    "api/v1/record/inclusion/": ("GET", "/api/v1/record/inclusion/?seq=1", everyone(404)),
    "api/v1/record/consistency/": ("GET", "/api/v1/record/consistency/?earlier=1", everyone(404)),
    "api/v1/record/cosignatures/": ("POST", "/api/v1/record/cosignatures/", everyone(400)),
    ".well-known/security.txt": ("GET", "/.well-known/security.txt", everyone(404)),
    "accounts/confirm/": ("GET", "/accounts/confirm/", only("member", *SIGNED_IN)),
    "accounts/sessions/": ("GET", "/accounts/sessions/", only("member", *SIGNED_IN)),
    "accounts/second-factor/": ("GET", "/accounts/second-factor/", only("member", *SIGNED_IN)),
    # Opens with the key that an administrator was shown.
    "accounts/second-factor/enroll/": (
        "GET",
        "/accounts/second-factor/enroll/",
        only("member", *SIGNED_IN, status=403),
    ),
    # For who has given a password and not yet the second factor; all others are sent away.
    "accounts/second-factor/sign-in/": (
        "GET",
        "/accounts/second-factor/sign-in/",
        everyone(302),
    ),
    # These ask for the password again.
    "accounts/second-factor/app/": ("GET", "/accounts/second-factor/app/", everyone(302)),
    "accounts/second-factor/app/remove/": (
        "GET",
        "/accounts/second-factor/app/remove/",
        only("member", *SIGNED_IN, status=404),
    ),
    "accounts/second-factor/codes/": (
        "GET",
        "/accounts/second-factor/codes/",
        only("member", *SIGNED_IN, status=404),
    ),
    "accounts/second-factor/codes/new/": (
        "GET",
        "/accounts/second-factor/codes/new/",
        everyone(302),
    ),
    "accounts/second-factor/passkeys/add/": (
        "GET",
        "/accounts/second-factor/passkeys/add/",
        everyone(302),
    ),
    "accounts/second-factor/passkeys/<int:pk>/remove/": (
        "GET",
        "/accounts/second-factor/passkeys/1/remove/",
        everyone(302),
    ),
    "accounts/password/": ("GET", "/accounts/password/", only("member", *SIGNED_IN)),
    "api/v1/commitments/<key:code>/proposals/": (
        "GET",
        f"/api/v1/commitments/{HIDDEN}/proposals/",
        by_token(*SIGNED_IN, status=200),
    ),
    "api/v1/commitments/<key:code>/status-changes/<id:seq>/evidence/": (
        "POST",
        f"/api/v1/commitments/{HIDDEN}/status-changes/1/evidence/",
        by_token(*EDITORS, status=428),
    ),
    "api/v1/proposals/<id:number>/approve/": (
        "POST",
        "/api/v1/proposals/999/approve/",
        by_token(*EDITORS, status=404),
    ),
    "api/v1/proposals/<id:number>/decline/": (
        "POST",
        "/api/v1/proposals/999/decline/",
        by_token(*EDITORS, status=404),
    ),
    "api/v1/auth/tokens/": (
        "GET",
        "/api/v1/auth/tokens/",
        by_token("member", *SIGNED_IN, status=200),
    ),
    "api/v1/auth/tokens/<uuid:public_id>/": (
        "DELETE",
        "/api/v1/auth/tokens/00000000-0000-4000-8000-000000000000/",
        by_token("member", *SIGNED_IN, status=404),
    ),
    "api/v1/webhooks/": ("GET", "/api/v1/webhooks/", by_token("member", *SIGNED_IN, status=200)),
    **{
        f"api/v1/webhooks/<uuid:webhook_id>/{rest}": (
            method,
            f"/api/v1/webhooks/00000000-0000-4000-8000-000000000000/{rest}",
            by_token("member", *SIGNED_IN, status=404),
        )
        for rest, method in {
            "": "DELETE",
            "deliveries/": "GET",
            "test/": "POST",
            "replay/": "POST",
        }.items()
    },
    r"^api/(?:[\s\S]*/)?$": ("GET", "/api/v1/nothing/", everyone(404)),
    "^(?!static/).*/$": ("GET", "/nothing/", everyone(404)),
}
# The writes of the API, on the addresses that anybody may read.
API_WRITES = {
    f"/api/v1/commitments/{SHOWN}/status-changes/": by_token(*SIGNED_IN, status=428),
    f"/api/v1/commitments/{SHOWN}/reviews/": by_token(*EDITORS, status=428),
    f"/api/v1/commitments/{HIDDEN}/proposals/": by_token(*SIGNED_IN, status=428),
}


def routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


@pytest.fixture
def place(db, settings, tmp_path):
    settings.PLANWATCH_DATASETS = str(tmp_path)
    make_agency("dhs")
    make_agency("doj")
    make_section("protection-1")
    make_theme("training")
    shown = make_commitment(
        SHOWN, lead_agencies=["dhs"], section="protection-1", themes=["training"]
    )
    hidden = make_commitment(
        HIDDEN,
        title=f"{SECRET} promise",
        summary=f"{SECRET} summary.",
        lead_agencies=["dhs"],
        is_published=False,
    )
    shared, sheet = make_source("shared"), make_source("sheet")
    for commitment in (shown, hidden):
        cite(commitment, shared)
        cite(commitment, sheet, "restates")
        change(
            commitment,
            "in_progress",
            explanation=f"{SECRET}." if commitment == hidden else "Begun.",
        )
        review(commitment, ANNOUNCED, note=f"{SECRET}." if commitment == hidden else "Nothing new.")
    link(hidden, shown, "relates", note=f"{SECRET} note.")
    link(shown, make_commitment("US21-PRT-002"))
    make_development(source="sheet", commitments=[HIDDEN, SHOWN], sentence=f"{SECRET} report.")
    make_development("page 2", source="sheet", commitments=[SHOWN])
    make_reported_status(commitment=HIDDEN, source="sheet", wording=SECRET)
    make_reported_status(commitment=SHOWN, source="sheet")
    proposal = services.submit_status_change(
        commitment=HIDDEN,
        status="stalled",
        effective_on=ANNOUNCED,
        explanation=f"{SECRET} proposal.",
        evidence=[services.EvidenceItem("shared", "paragraph 2")],
        actor="editor-99",
        may_record=False,
    )
    call_command("publish_dataset", verbosity=0)
    services.report_error(page="/", message=SECRET)
    services.open_double_coding(plan="us-nap-2021", commitments=[SHOWN], actor="editor-99")
    asked = open_example(contacts=[services.Contact("dhs", SECRET, f"{SECRET}@example.org")])
    answer(asked, wording=SECRET, done=SECRET, documents=[])
    return proposal


def client_of(role):
    if role == "anonymous":
        return Client()
    user = User.objects.create_user(role, password="a long enough passphrase")
    user.is_staff = role == "administrator"
    user.save()
    user.groups.set(Group.objects.filter(name=role.capitalize()))
    _, secret = make_token(user, name="test", expires_in_days=1, read_only=False)
    client = Client(headers={"authorization": f"Token {secret}"})
    client.force_login(user)
    return client


def test_the_table_names_every_route_of_the_project():
    all_routes = {route for route in routes(get_resolver().url_patterns)}
    plain = {route for route in all_routes if not route.startswith("admin/")}
    assert plain == PUBLIC.keys() | WORK.keys()


# What a public page shows to nobody and to everybody, it shows to the roles between them.
@pytest.mark.parametrize("role", ["anonymous", "administrator"])
def test_everybody_reads_what_is_public_and_nobody_finds_there_what_is_not(place, role):
    client = client_of(role)
    for addresses in PUBLIC.values():
        # Formats and filters of an address show the same to all.
        for address in addresses if role == "anonymous" else addresses[:1]:
            version = DatasetVersion.objects.get().seq
            response = client.get(address.replace("{published}", str(version)))
            assert response.status_code == 200, address
            text = response.getvalue().decode(errors="replace")
            assert HIDDEN not in text, address
            if SECRET not in address:
                assert SECRET not in text, address
    for address in (
        f"/commitments/{HIDDEN}/",
        f"/commitments/{HIDDEN}/?as_of=2024-01-01",
        f"/commitments/{HIDDEN}/cite.bib",
        f"/commitments/{HIDDEN}/changes.atom",
        f"/embed/commitments/{HIDDEN}/",
        f"/embed/commitments/{HIDDEN}/badge.svg",
        f"/oembed.json?url=http://testserver/commitments/{HIDDEN}/",
        f"/follow/?commitment={HIDDEN}",
        f"/api/v1/commitments/{HIDDEN}/",
        f"/api/v1/commitments/{HIDDEN}/status-changes/",
        f"/api/v1/commitments/{HIDDEN}/reviews/",
    ):
        response = client.get(address)
        assert response.status_code == 404, address
        assert SECRET not in response.content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(place, role):
    client = client_of(role)
    for route, (method, address, statuses) in WORK.items():
        address = address.format(
            proposal=place.pk,
            review=Review.objects.earliest("pk").pk,
            report=ErrorReport.objects.earliest("pk").pk,
            coding=DoubleCoding.objects.earliest("pk").pk,
            round=ReportingRound.objects.earliest("pk").pk,
            answer=RoundAnswer.objects.earliest("pk").pk,
        )
        response = client.generic(method, address)
        assert response.status_code == statuses[role], (route, role, response.content[:300])
        if statuses[role] in (401, 403, 404):
            assert SECRET not in response.content.decode(), route


@pytest.mark.parametrize("role", ROLES)
def test_each_role_writes_by_api_where_the_table_says(place, role):
    client = client_of(role)
    for address, statuses in API_WRITES.items():
        response = client.post(address, {}, content_type="application/json")
        assert response.status_code == statuses[role], (address, response.content[:300])


@pytest.mark.parametrize("role", ROLES)
def test_the_admin_lets_in_administrators_only(place, role):
    client = client_of(role)
    lists = [
        f"/{route}"
        for route in routes(get_resolver().url_patterns)
        if re.fullmatch(r"admin/([a-z]+/[a-z]+/)?", route) and "<" not in route
    ]
    assert len(lists) > 10
    for address in lists:
        if address in ("/admin/login/", "/admin/logout/", "/admin/password_change/done/"):
            continue
        response = client.get(address)
        if role == "administrator":
            assert response.status_code == 200, address
        else:
            assert response.status_code in (302, 403), address
            assert SECRET not in response.content.decode(), address
