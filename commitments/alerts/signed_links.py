"""Signed links in e-mails: who has one reads that mailbox and needs no account."""

import datetime as dt
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.utils import timezone

from commitments.alerts.models import Follower, Request

# A request that nobody confirms is forgotten then.
REQUESTS_LAST = dt.timedelta(days=2)

_confirming = Signer(salt="planwatch.alerts.confirm")
_managing = Signer(salt="planwatch.alerts.manage")


def key_to_confirm(request: Request) -> str:
    return _confirming.sign(request.pk.hex)


def key_to_manage(follower: Follower) -> str:
    """Return what opens the page of a follower's alerts, and ends them."""
    return _managing.sign(follower.secret.hex)


def _opened(signer: Signer, key: str) -> UUID | None:
    try:
        return UUID(signer.unsign(key))
    except (BadSignature, ValueError):
        return None


def request_of(key: str) -> Request | None:
    """Return the request that a key opens; None for no key, and for one that was used or is too old."""
    since = timezone.now() - REQUESTS_LAST
    rows = Request.objects.select_related("commitment").filter(created_at__gte=since)
    return rows.filter(pk=_opened(_confirming, key)).first()


def follower_of(key: str) -> Follower | None:
    """Return the follower whose alerts a key opens; None for no key, and for one who has left."""
    return Follower.objects.filter(secret=_opened(_managing, key)).first()
