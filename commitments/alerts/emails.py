"""Composition of alert e-mails: text and HTML in the subscriber's language, without tracking."""

import re
from collections import defaultdict
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, formatdate, parseaddr
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments.alerts import signed_links
from commitments.alerts.bounces import return_address
from commitments.alerts.descriptions import in_words, page_of, whole
from commitments.alerts.models import RECIPIENTS, Follower, Message, Reminder, Request
from commitments.audit import matching
from commitments.audit.events import ChangeEvent
from commitments.choices import NO_PILLAR, Frequency
from commitments.models import AnswerState, Commitment, RoundInvitation
from commitments.presenters.work_queue import work_queue_for
from commitments.services import link_key
from commitments.services.rounds import CONTACTS_KEPT
from planwatch.accounts.permissions import handle_of, rights_of
from planwatch.batches import together_or_alone
from planwatch.db.site_data import SiteData, current_site
from planwatch.middleware.rate_limit import hit
from planwatch.web.mailboxes import mailbox_of
from planwatch.web.text import one_line

# So many rows of each kind a reminder names; the rest it counts.
NAMED = 10


@dataclass(frozen=True)
class Words:
    """What a mail says, and the headers that belong to it."""

    to: str
    subject: str
    template: str
    context: dict
    headers: dict[str, str]


def write(message: Message, told: dict) -> EmailMultiAlternatives | None:
    """Write the mail of a message; None where there is nothing left to say.

    `told` keeps what rows of the record said, and the site, for the next message that tells of the same ones.
    """
    if "site" not in told:
        told["site"] = current_site()
    site = told["site"]
    to_whom = next(filter(None, (getattr(message, name) for name in RECIPIENTS)))
    with translation.override(to_whom.language):
        if message.follower_id:
            words = _news(message.follower, message, told, site)
        elif message.request_id:
            words = _question(message.request, is_first=message.attempts <= 1)
        elif message.invitation_id:
            words = _invitation(message.invitation, site)
        else:
            words = _reminder(message.reminder, site)
        return words and _mail(message, words, to_whom.language, site)


def _mail(message: Message, words: Words, language: str, site: SiteData) -> EmailMultiAlternatives:
    host = urlsplit(settings.PLANWATCH_SITE_URL).hostname
    context = words.context | {
        "language": language,
        "site": site,
        "site_url": settings.PLANWATCH_SITE_URL,
    }
    sender, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    text = render_to_string(f"alerts/mail/{words.template}.txt", context)
    mail = EmailMultiAlternatives(
        subject=one_line(words.subject),
        body=_squeezed(text),
        # The envelope's; readers see the header.
        from_email=return_address(message) or settings.DEFAULT_FROM_EMAIL,
        to=[words.to],
        headers={
            "From": formataddr((sender or site.name, address)),
            "Date": formatdate(message.created_at.timestamp()),
            "Message-ID": f"<{message.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
            **words.headers,
        },
    )
    mail.attach_alternative(
        render_to_string(f"alerts/mail/{words.template}.html", context), "text/html"
    )
    return mail


def _squeezed(text: str) -> str:
    """Return a text without the room that the tags of its template leave."""
    text = "\n".join(line.strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _linked(name: str, key: str) -> str:
    return whole(f"{reverse(name)}?{urlencode({'key': key})}")


# What changed


@dataclass(frozen=True)
class Entry:
    """A commitment, its address, and what the record says of it."""

    commitment: Commitment
    address: str
    told: list[ChangeEvent]


def _news(follower: Follower, message: Message, told: dict, site: SiteData) -> Words | None:
    known = (follower.language, *message.seqs)
    if known not in told:
        told[known] = matching.load_events(message.seqs)
    rows, due = told[known], _due(message.due, told)
    if not rows and not due:
        return None
    key = signed_links.key_to_manage(follower)
    leave = _linked("alerts_leave", key)
    host = urlsplit(settings.PLANWATCH_SITE_URL).hostname
    return Words(
        to=follower.address,
        subject=_subject(rows, site) if rows else _subject_of_due(due, site),
        template="news",
        context={
            "pillars": _by_pillar(rows),
            "count": len(rows),
            "due": due,
            "news": whole(reverse("news")),
            "untold": message.untold,
            "has_unreadable": message.has_unreadable,
            "record": whole(reverse("change_list")),
            "manage": _linked("alerts_manage", key),
            "leave": leave,
            "rhythm": Frequency(follower.rhythm).label,
        },
        headers={
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": f"{Header(site.name).encode()} <alerts.{host}>",
        },
    )


def _subject(rows: list[ChangeEvent], site: SiteData) -> str:
    if len(rows) == 1:
        return f"{rows[0].commitment.code}: {rows[0].title}"
    codes = {row.commitment.code for row in rows}
    changes = ngettext("{n} change", "{n} changes", len(rows)).format(n=len(rows))
    if len(codes) == 1:
        return f"{codes.pop()}: {changes}"
    commitments = ngettext("{n} commitment", "{n} commitments", len(codes)).format(n=len(codes))
    return _("{site}: {changes} to {commitments}").format(
        site=site.name, changes=changes, commitments=commitments
    )


def _due(commitments: list[int], told: dict) -> list[tuple[Commitment, str]]:
    """Return the commitments, still public, whose due date has passed, each with its address, in their order."""
    if (known := ("due", *commitments)) not in told:
        rows = Commitment.objects.published().filter(pk__in=commitments).current()
        rows = rows.order_by("due_on", "code") if commitments else ()
        told[known] = [(row, whole(row.get_absolute_url())) for row in rows]
    return told[known]


def _subject_of_due(due: list[tuple[Commitment, str]], site: SiteData) -> str:
    if len(due) == 1:
        code, title = due[0][0].code, due[0][0].title
        return _("{code}: {title}: due date passed").format(code=code, title=title)
    passed = ngettext("{n} due date passed", "{n} due dates passed", len(due)).format(n=len(due))
    return f"{site.name}: {passed}"


def _by_pillar(rows: list[ChangeEvent]) -> list[tuple[str, list[Entry]]]:
    """Return the commitments by pillar, in the order of the pillars and codes, each with what was recorded in its order."""
    found: dict[Commitment, list[ChangeEvent]] = defaultdict(list)
    for row in rows:
        found[row.commitment].append(row)
    pillars: dict[str, list[Entry]] = {}
    for commitment in sorted(found, key=_place):
        entry = Entry(commitment, whole(commitment.get_absolute_url()), found[commitment])
        pillar = commitment.pillar.name if commitment.pillar else NO_PILLAR
        pillars.setdefault(str(pillar), []).append(entry)
    return list(pillars.items())


def _place(commitment: Commitment) -> tuple[bool, int, str]:
    """Return where a commitment stands in a mail: by pillar, those without one last, then by code."""
    pillar = commitment.pillar
    return pillar is None, pillar.position if pillar else 0, commitment.code


# Whether somebody wants to hear


def _question(request: Request, *, is_first: bool) -> Words | None:
    """Ask a mailbox; not where it was asked too often today, or where the site has asked too many in this hour.

    The mailbox may be somebody else's: what a visitor typed into a search is not in the mail.
    """
    if is_first and (
        hit("confirm", mailbox_of(request.address)) or hit("confirmations", "all mailboxes")
    ):
        return None
    known = Follower.objects.filter(address=request.address).first()
    is_typed = "q" in QueryDict(request.selection)
    what = _("A search on this site") if is_typed else in_words(request)
    return Words(
        to=request.address,
        subject=_("Do you want to follow this? {what}").format(what=what),
        template="question",
        context={
            "what": what,
            "page": whole(reverse("commitment_list") if is_typed else page_of(request)),
            "rhythm": Frequency(request.rhythm).label,
            "confirm": _linked("alerts_confirm", signed_links.key_to_confirm(request)),
            "manage": known and _linked("alerts_manage", signed_links.key_to_manage(known)),
            "hours": int(signed_links.REQUESTS_LAST.total_seconds() // 3600),
        },
        headers={},
    )


# What an agency is asked


def _invitation(invitation: RoundInvitation, site: SiteData) -> Words | None:
    """Ask the focal point of an agency; not one whose address is forgotten, or whose round has closed meanwhile."""
    item = invitation.reporting_round
    if not invitation.address or item.is_closed:
        return None
    return Words(
        to=invitation.address,
        subject=_("{site} asks about {plan}").format(site=site.name, plan=item.plan.title),
        template="invitation",
        context={
            "invitation": invitation,
            "item": item,
            "count": invitation.commitments().count(),
            "sent_back": invitation.answers.filter(state=AnswerState.SENT_BACK).count(),
            "link": _linked("round_answers", link_key(invitation)),
            "days": CONTACTS_KEPT.days,
        },
        headers={},
    )


# What waits for an editor


def _reminder(reminder: Reminder, site: SiteData) -> Words | None:
    """Remind an editor; not one who has no address or no role any more, or for whom nothing waits."""
    user = reminder.user
    if not user.email or not rights_of(user):
        return None
    needing = work_queue_for(handle_of(user))
    parts = [
        (_("Waiting for you to decide"), needing.waiting, "editor_proposal"),
        (_("Past due"), needing.overdue, "commitment_detail"),
        (_("Not reviewed for a year"), needing.stale, "commitment_detail"),
        (_("No evidence found"), needing.unknown, "commitment_detail"),
        (_("Dead links"), needing.dead, "editor_source"),
    ]
    found = [
        {"title": title, "count": count, "rows": _all_named(rows[:NAMED], page)}
        for title, rows, page in parts
        if (count := rows.count())
    ]
    if not found:
        return None
    total = sum(part["count"] for part in found)
    return Words(
        to=user.email,
        subject=ngettext(
            "{site}: {n} thing waits for an editor",
            "{site}: {n} things wait for an editor",
            total,
        ).format(site=site.name, n=total),
        template="reminder",
        context={
            "parts": found,
            "desk": whole(reverse("editor_desk")),
            "settings": whole(reverse("editor_reminders")),
        },
        headers={},
    )


def _all_named(rows, page: str) -> list[tuple[str, str]]:
    """Return the words and address of each row; one that has none is counted, but not named."""
    return together_or_alone(lambda some: [_named(row, page) for row in some], list(rows))


def _named(row, page: str) -> tuple[str, str]:
    """Return a row's words and its address."""
    if page == "editor_proposal":
        words = f"{row.key}, {row.subject.title}: {row.what}"
        return words, whole(reverse(page, kwargs={"number": row.pk}))
    if page == "editor_source":
        return row.title, whole(reverse(page, kwargs={"slug": row.slug}))
    return f"{row.code}, {row.title}", whole(row.get_absolute_url())
