"""Bounce handling: the return address names the message (VERP) with a number that nobody can guess."""

import logging
import re
from email.message import EmailMessage
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commitments.alerts.models import Follower, Message, PauseReason, Request
from commitments.models import RoundInvitation

logger = logging.getLogger(__name__)

_RETURNED_TO = re.compile(r"\+([fr])([0-9a-f]{32})@", re.IGNORECASE)
# Where the programs that take mail note for whom they took it.
_NOTED_IN = ("X-Original-To", "Delivered-To", "Envelope-To", "To")


def return_address(message: Message) -> str:
    """Return the address to which a mail comes back that cannot be delivered; "" where the site has no mailbox for that."""
    name, at, domain = settings.PLANWATCH_BOUNCES.partition("@")
    if not at or not (message.follower_id or message.request_id):
        return ""
    key = f"f{message.follower.secret.hex}" if message.follower_id else f"r{message.request_id.hex}"
    return f"{name}+{key}@{domain}"


@transaction.atomic
def pause(follower: Follower, reason: PauseReason = PauseReason.RETURNED) -> None:
    """Send nothing more to a follower. What had not arrived is told once the follower resumes."""
    follower = Follower.objects.select_for_update().get(pk=follower.pk)
    waiting = [seqs[0] for seqs in follower.messages.values_list("seqs", flat=True) if seqs]
    follower.messages.all().delete()
    follower.cursor = min([follower.cursor, *(seq - 1 for seq in waiting)])
    follower.paused_at, follower.pause_reason = timezone.now(), reason
    follower.save(update_fields=["cursor", "paused_at", "pause_reason"])
    logger.warning("Follower %s is paused: %s.", follower.pk, reason.value)


def give_up(message: Message, reason: PauseReason = PauseReason.RETURNED) -> None:
    """Give up a mail: pause its follower, forget its request; a reminder comes again next week. Of an invitation the desk
    shows it."""
    if message.follower_id:
        pause(message.follower, reason)
    elif message.request_id:
        message.request.delete()
    else:
        RoundInvitation.objects.filter(pk=message.invitation_id).update(failed_at=timezone.now())
        message.delete()


def take(notice: EmailMessage) -> bool:
    """Take a mail that came back, and return whether it told of a failure for good (RFC 3464) of a mail of ours."""
    if not _is_for_good(notice):
        return False
    for name in _NOTED_IN:
        for value in notice.get_all(name, ()):
            if found := _RETURNED_TO.search(str(value)):
                return _take_back(found[1].lower(), UUID(found[2]))
    return False


def _is_for_good(notice: EmailMessage) -> bool:
    return any(
        block.get("Action", "").strip().lower() == "failed"
        and block.get("Status", "").strip().startswith("5")
        for part in notice.walk()
        if part.get_content_type() == "message/delivery-status"
        for block in (part.get_payload() if part.is_multipart() else ())
    )


def _take_back(kind: str, key: UUID) -> bool:
    if kind == "r":
        return bool(Request.objects.filter(pk=key).delete()[0])
    follower = Follower.objects.filter(secret=key).first()
    if follower is not None:
        pause(follower)
    return follower is not None
