"""Security log: one line an event of an account, without names, secrets or e-mail addresses."""

import hashlib
import hmac
import logging

from django.conf import settings

from planwatch.accounts.permissions import handle_of

logger = logging.getLogger("planwatch.security")


def note(event: str, request=None, *, account=None, name: str = "", **facts) -> None:
    """Write one event, such as `sign_in account=editor-03 address=203.0.113.7`; as data it is the record's `security`.

    `account` stands under its public handle. `name` is what somebody typed, which may be a password in the wrong
    field: it becomes a short keyed hash, by which attempts with the same name can be told to belong together.
    """
    # The API wraps requests in its own, which would sign in once more when it is asked for its user.
    request = getattr(request, "_request", request)
    told = {"account": handle_of(account)} if account is not None else {}
    if name:
        key = settings.SECRET_KEY.encode()
        told["name"] = hmac.new(key, name.casefold().encode(), hashlib.sha256).hexdigest()[:12]
    if request is not None:
        told["address"] = request.META.get("REMOTE_ADDR", "")
        actor = getattr(request, "user", None)
        if actor is not None and actor.is_authenticated and actor != account:
            told["by"] = handle_of(actor)
    told |= {key: str(value) for key, value in facts.items()}
    words = " ".join([event, *(f"{key}={value}" for key, value in told.items())])
    # Nothing that somebody sent may begin a line of its own.
    logger.info(
        "%s",
        words.replace("\n", " ").replace("\r", " "),
        extra={"security": {"event": event, **told}},
    )
