"""iCalendar of due dates and plan ends (RFC 5545). Its bytes depend on the record alone."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from commitments import dates
from commitments.choices import Precision, Status
from commitments.models import Change, Commitment, Plan
from commitments.presenters.evidence import announcement_of
from commitments.presenters.link_state import reading_address
from planwatch.batches import contained
from planwatch.db.site_data import current_site
from planwatch.web.text import legible, one_line

# A calendar has no pages. One with more due dates than this is refused rather than cut.
LIMIT = 2000
REFRESHED = dt.timedelta(days=1)
_NAMESPACE = uuid.UUID("6f0d1f0a-4f5b-4bb5-9d3c-0c0a6d8a7c11")


def write(
    title: str,
    commitments: Iterable[Commitment],
    plans: Iterable[Plan],
    own: str,
    alternate: str,
    absolute: Callable[[str], str],
) -> bytes:
    """Return the calendar of the days on which commitments fall due and plans end, all-day events in UTF-8.

    `commitments` are of `for_list()` and have a due date, `plans` have an end; `own` and `alternate` are the absolute
    addresses of the calendar and of the page for readers, and `absolute` completes any other.
    """
    calendar = Calendar.new(
        uid=uuid.uuid5(_NAMESPACE, own),
        prodid=f"-//{one_line(current_site().name)}//Deadlines//EN",
        name=one_line(title),
        language=get_language(),
        refresh_interval=REFRESHED,
        source=own,
        url=alternate,
    )
    # RFC 7986 gives neither a type of its own, so each must be named.
    calendar["REFRESH-INTERVAL"].params["VALUE"] = "DURATION"
    calendar["SOURCE"].params["VALUE"] = "URI"
    for commitment in commitments:
        with contained("Due date of %s", commitment):
            calendar.add_component(_due(commitment, absolute))
    plans = list(plans)
    edited = _edited(plans)
    for plan in plans:
        first = dt.datetime.combine(plan.published_on, dt.time(), dt.UTC), 0
        with contained("End of plan %s", plan):
            calendar.add_component(_end(plan, *edited.get(plan.slug, first), absolute))
    return calendar.to_ical()


def _event(key: str, day: dt.date, edited_at: dt.datetime, seq: int, **words) -> Event:
    """Return an event of one day. It blocks nobody's time, and counts its editions by rows of the record."""
    return Event.new(
        uid=uuid.uuid5(_NAMESPACE, key),
        stamp=edited_at,
        last_modified=edited_at,
        sequence=seq,
        start=day,
        end=day + dt.timedelta(days=1),
        transparency="TRANSPARENT",
        **words,
    )


def _due(commitment: Commitment, absolute: Callable[[str], str]) -> Event:
    status = Status(commitment.effective_status).label
    return _event(
        f"commitment/{commitment.code}/due",
        commitment.due_on,
        commitment.updated_at,
        commitment.seq,
        summary=one_line(
            _("Due: %(title)s (%(code)s)") % {"title": commitment.title, "code": commitment.code}
        ),
        description=legible("\n".join(_about(commitment, status))),
        url=absolute(commitment.get_absolute_url()),
        categories=[*([commitment.pillar.name] if commitment.pillar else []), status],
    )


def _about(commitment: Commitment, status: str) -> list[str]:
    """Return what the event of a due date says, line by line, with the document that announced it."""
    leads = [role.agency.name for role in commitment.owed_by if role.role == "lead"]
    since = dates.in_words(commitment.effective_since, commitment.effective_precision)
    lines = [
        commitment.summary,
        _("Responsible agency: %(names)s")
        % {"names": "; ".join(leads) or _("none named in any source read")},
        _("Status: %(status)s since %(since)s") % {"status": status, "since": since},
    ]
    if commitment.due_precision != Precision.DAY:
        named = dates.in_words(commitment.due_on, commitment.due_precision)
        lines.append(
            _("The source names no day but %(period)s; shown on its last day.") % {"period": named}
        )
    if announced := announcement_of(commitment):
        lines.append(_source(announced.source))
    return lines


def _source(source) -> str:
    published = (
        dates.in_words(source.published_on, source.precision)
        if source.published_on
        else _("undated")
    )
    parts = (source.title, source.publisher, published, reading_address(source))
    return _("Source: %(source)s") % {"source": ", ".join(filter(None, parts))}


def _end(plan: Plan, edited_at: dt.datetime, seq: int, absolute: Callable[[str], str]) -> Event:
    lines = [plan.period_note, _source(plan.document) if plan.document else ""]
    return _event(
        f"plan/{plan.slug}/end",
        plan.ends_on,
        edited_at,
        seq,
        summary=one_line(_("The period of a plan ends: %(title)s") % {"title": plan.title}),
        description=legible("\n".join(filter(None, lines))),
        url=absolute(f"{reverse('commitment_list')}?{urlencode({'plan': plan.slug})}"),
        categories=[_("Plan")],
    )


def _edited(plans: Iterable[Plan]) -> dict[str, tuple[dt.datetime, int]]:
    """Return when each plan was last written to the record, and in which row."""
    rows = Change.objects.filter(object_type="plan", object_key__in=[plan.slug for plan in plans])
    latest = rows.order_by().values("object_key").annotate(at=Max("recorded_at"), seq=Max("pk"))
    return {row["object_key"]: (row["at"], row["seq"]) for row in latest}
