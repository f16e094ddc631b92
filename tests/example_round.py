"""A worked reporting round for three agencies of a plan. Every answer in it is made up, and says so."""

import datetime as dt

from agencies.models import Agency
from commitments import services
from commitments.models import Plan, ReportingRound, RoundInvitation

MADE_UP = "Made up for a test"
DOCUMENT = {
    "address": "https://example.org/made-up-report",
    "title": f"{MADE_UP}: annual report",
    "day": "2024-05",
    "place": "page 12",
}
ANSWER = {
    "wording": "On track (made up)",
    "done": f"{MADE_UP}: two hundred officers were trained.",
    "next_step": f"{MADE_UP}: train the rest by June.",
    "documents": [DOCUMENT],
    "validated_by": "Nobody Real",
}


def three_agencies(plan="us-nap-2021"):
    """Return the agencies that lead the most published commitments of a plan."""
    led = {}
    for slug in Agency.objects.filter(
        roles__role="lead", roles__commitment__plan__slug=plan, roles__commitment__is_published=True
    ).values_list("slug", flat=True):
        led[slug] = led.get(slug, 0) + 1
    return sorted(led, key=lambda slug: (-led[slug], slug))[:3]


def open_example(plan="us-nap-2021", actor="test-editor", **fields) -> ReportingRound:
    """Open a round for three agencies that closes in two weeks."""
    item = Plan.objects.get(slug=plan)
    today = ReportingRound(plan=item).day_of()
    defaults = {
        "period_from": dt.date(today.year - 1, 1, 1),
        "period_until": dt.date(today.year - 1, 12, 31),
        "closes_on": today + dt.timedelta(days=14),
        "questions": f"{MADE_UP}: which of these have a budget?",
        "contacts": [
            services.Contact(slug, f"Focal Point {slug}", f"{slug}@example.org")
            for slug in three_agencies(plan)
        ],
    }
    return services.open_round(plan=plan, actor=actor, **(defaults | fields))


def invitation_of(item, agency="") -> RoundInvitation:
    rows = item.invitations.select_related("reporting_round__plan", "agency")
    return rows.get(agency__slug=agency) if agency else rows.order_by("agency__slug")[0]


def answer(item, agency="", commitment="", **fields):
    """Submit the example answer of an agency on one of its commitments, the first unless told."""
    invitation = invitation_of(item, agency)
    code = commitment or invitation.commitments()[0].code
    values = {"submit": True, **ANSWER, **fields}
    return services.save_answer(invitation=invitation, commitment=code, **values)


def fill(item, actor="test-editor") -> None:
    """Of three agencies one has its answer published, one sent back, and one has a draft and no answer."""
    first, second, third = (row.agency.slug for row in item.invitations.order_by("agency__slug"))
    services.publish_answer(
        number=answer(item, first).pk, actor=actor, equivalent="in_progress", kinds=["report"]
    )
    sent = answer(item, second, wording="Done (made up)", documents=[])
    services.send_back_answer(number=sent.pk, reason=f"{MADE_UP}: say where.", actor=actor)
    answer(item, third, submit=False)
