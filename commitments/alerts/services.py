"""Writes to subscriptions: request, confirm, change, pause, unsubscribe."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from commitments.alerts.delivery import enqueue
from commitments.alerts.models import Follower, Message, PauseReason, Reminder, Request
from commitments.alerts.schedule import next_time
from commitments.alerts.signed_links import REQUESTS_LAST
from commitments.choices import Frequency
from commitments.models import Commitment, DatasetVersion
from commitments.services.validation import validate

MOST_FOLLOWS = 100
# An address that cannot be reached is forgotten then.
PAUSES_LAST = dt.timedelta(days=90)


@transaction.atomic
def ask_to_follow(
    *,
    address: str,
    language: str,
    rhythm: str,
    commitment: Commitment | None = None,
    selection: str = "",
) -> None:
    """Ask the mailbox of an address whether it wants to follow something.

    The same is done for every address: who is known, and how often was asked, is looked at only where the mail is made.
    """
    request = Request(
        address=address.lower(),
        language=language,
        rhythm=rhythm,
        commitment=commitment,
        selection=selection,
    )
    validate(request)
    request.save()
    enqueue([Message(request=request)])


@transaction.atomic
def confirm(request: Request) -> Follower:
    """Let an address follow what was asked for, with the frequency and language that were asked for last.

    Raises ValidationError where it follows too much already.
    """
    head = DatasetVersion.objects.get().seq
    now = timezone.now()
    follower, is_new = Follower.objects.select_for_update().get_or_create(
        address=request.address,
        defaults={
            "language": request.language,
            "rhythm": request.rhythm,
            "cursor": head,
            "next_at": next_time(request.rhythm, now),
        },
    )
    if not is_new:
        _set(follower, request.rhythm, request.language)
    known = follower.follows.filter(commitment=request.commitment, selection=request.selection)
    if not known.exists():
        if follower.follows.count() >= MOST_FOLLOWS:
            raise ValidationError(
                gettext("One address follows at most %(most)s things. Drop one first.")
                % {"most": MOST_FOLLOWS}
            )
        follower.follows.create(
            commitment=request.commitment, selection=request.selection, since=head
        )
    request.delete()
    return follower


@transaction.atomic
def change(follower: Follower, *, rhythm: str, language: str) -> None:
    """Change how often and in which language a follower hears; one that was paused hears again."""
    _set(Follower.objects.select_for_update().get(pk=follower.pk), rhythm, language)


def _set(follower: Follower, rhythm: str, language: str) -> None:
    if rhythm != follower.rhythm:
        follower.next_at = next_time(rhythm, timezone.now())
    follower.rhythm, follower.language = rhythm, language
    follower.paused_at, follower.pause_reason, follower.failures = None, "", 0
    follower.full_clean()
    follower.save()


@transaction.atomic
def drop(follower: Follower, follow: int) -> bool:
    """Drop one thing; with the last one the address is forgotten. Returns whether anything is still followed."""
    follower.follows.filter(pk=follow).delete()
    if follower.follows.exists():
        return True
    leave(follower)
    return False


def leave(follower: Follower) -> None:
    """Forget an address with all that it followed and all that waits for it."""
    follower.delete()


def forget_the_old() -> None:
    """Forget requests that nobody confirmed, and addresses that were out of reach for long."""
    now = timezone.now()
    Request.objects.filter(created_at__lt=now - REQUESTS_LAST).delete()
    unreached = Follower.objects.exclude(pause_reason=PauseReason.FAILED)
    unreached.filter(paused_at__lt=now - PAUSES_LAST).delete()


def set_reminder(user: AbstractBaseUser, *, wanted: bool, language: str) -> None:
    """Remind an editor every week from now on, or no longer."""
    if not wanted:
        Reminder.objects.filter(user=user).delete()
        return
    Reminder.objects.update_or_create(
        user=user,
        defaults={"language": language},
        create_defaults={
            "language": language,
            "next_at": next_time(Frequency.WEEKLY, timezone.now()),
        },
    )
