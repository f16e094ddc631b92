"""Writes of webhook owners. Refusals are ValidationErrors with words for them."""

import datetime as dt
import ipaddress
import uuid

import httpx
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from commitments.audit.matching import stored
from commitments.models import DatasetVersion
from commitments.selection import select_commitments
from commitments.webhooks.delivery import hand_over
from commitments.webhooks.models import LONGEST_ADDRESS, LONGEST_FILTERS, State, Webhook
from commitments.webhooks.signing import SEALED_AS, new_secret
from planwatch.accounts.encryption import encrypt
from planwatch.middleware.tracking_params import without_tracking
from planwatch.net.ssrf import NotPublic, is_public, web_address
from planwatch.web.query_params import InvalidQuery
from planwatch.web.text import require_one_line, tidy

MOST = 10
BETWEEN_TESTS = dt.timedelta(seconds=10)


@transaction.atomic
def make_webhook(*, user, name: str, url: str, filters: str = "") -> tuple[Webhook, str]:
    """Make a webhook that hears of what is recorded from now on; return it with its secret, which is not shown again."""
    # The account's row keeps two requests from passing the limit together.
    get_user_model().objects.select_for_update().get(pk=user.pk)
    if user.webhooks.count() >= MOST:
        raise ValidationError(
            ngettext(
                "You have {most} webhook, which is the most. Delete it first.",
                "You have {most} webhooks, which is the most. Delete one first.",
                MOST,
            ).format(most=MOST)
        )
    secret = new_secret()
    webhook = Webhook(
        user=user,
        secret=encrypt(SEALED_AS, secret),
        after=_head(),
        **_checked(name=name, url=url, filters=filters),
    )
    webhook.save()
    return webhook, secret


@transaction.atomic
def change_webhook(
    *,
    webhook: Webhook,
    name: str | None = None,
    url: str | None = None,
    filters: str | None = None,
    paused: bool | None = None,
) -> Webhook:
    """Change what is not None. What is still to be told goes to the new address.

    Paused it sends nothing and keeps its place in the record; resumed it goes on there at once.
    """
    webhook = _held(webhook)
    given = {"name": name, "url": url, "filters": filters}
    if given := {field: value for field, value in given.items() if value is not None}:
        kept = {"name": webhook.name, "url": webhook.url, "filters": webhook.filters}
        for field, value in _checked(**kept | given).items():
            setattr(webhook, field, value)
    if paused is not None:
        webhook.state = State.PAUSED if paused else State.ACTIVE
    _let_go(webhook)
    return webhook


@transaction.atomic
def replay_webhook(*, webhook: Webhook, after: int) -> Webhook:
    """Tell again, under the same message ids, what was recorded after a row of the record; 0 is before the first."""
    webhook = _held(webhook)
    if not 0 <= after <= (head := _head()):
        raise ValidationError(
            {"after": gettext("Give a number from 0 to {head}, the latest row.").format(head=head)}
        )
    webhook.after = after
    _let_go(webhook)
    return webhook


@transaction.atomic
def ask_for_test(*, webhook: Webhook) -> Webhook:
    """Have a test message sent, also by a webhook that is paused."""
    webhook = _held(webhook)
    now = timezone.now()
    if webhook.test_asked_at and now - webhook.test_asked_at < BETWEEN_TESTS:
        raise ValidationError(gettext("A test was asked for a moment ago. Wait ten seconds."))
    webhook.test_id, webhook.test_asked_at = f"msg_{uuid.uuid4().hex}", now
    webhook.save(update_fields=["test_id", "test_asked_at"])
    hand_over(webhook.pk)
    return webhook


def delete_webhook(*, webhook: Webhook) -> None:
    """Forget a webhook and the log of its calls."""
    webhook.delete()


def _held(webhook: Webhook) -> Webhook:
    return Webhook.objects.select_for_update().get(pk=webhook.pk)


def _let_go(webhook: Webhook) -> None:
    """Save what the owner asked, and go on. A sender that has it in hand loses it: what it notes down moves nothing."""
    webhook.failures, webhook.next_attempt_at = 0, None
    webhook.claim = webhook.claimed_until = None
    webhook.save()
    hand_over(webhook.pk)


def _head() -> int:
    return DatasetVersion.objects.get(pk=1).seq


def _checked(**given: str) -> dict[str, str]:
    """Return name, url and filters as they are kept. Raises ValidationError with the problems of each."""
    kept, problems = {}, {}
    for field, check in (("name", _name), ("url", _address), ("filters", _filters)):
        try:
            kept[field] = check(given[field])
        except ValidationError as error:
            problems[field] = error.messages
    if problems:
        raise ValidationError(problems)
    return kept


def _name(text: str) -> str:
    text = Webhook._meta.get_field("name").clean(tidy(text), None)
    require_one_line(text)
    return text


def _address(url: str) -> str:
    """Refuse what can be told from the address alone. Where its name leads is judged at each call."""
    try:
        parts = web_address(url)
    except (NotPublic, httpx.InvalidURL, UnicodeError) as error:
        raise ValidationError(gettext("This is no address of the web.")) from error
    if len(url) > LONGEST_ADDRESS or not url.isprintable() or " " in url:
        raise ValidationError(gettext("This is no address of the web."))
    if parts.userinfo:
        raise ValidationError(
            gettext("Leave name and password out: the signature tells who calls.")
        )
    if not settings.PLANWATCH_WEBHOOK_PRIVATE:
        if parts.scheme != "https":
            raise ValidationError(gettext("Give an address that begins with https://."))
        if not _may_be_public(parts.host):
            raise ValidationError(gettext("Give an address of the public internet."))
    return url


def _may_be_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.rstrip(".")
    return is_public(host)


def _filters(text: str) -> str:
    """Return filters as they are kept. The whole address of a list is as good as its query."""
    _, is_address, query = text.strip().partition("/commitments/?")
    query = query if is_address else text.strip().removeprefix("?")
    if len(query) > LONGEST_FILTERS:
        raise ValidationError(gettext("These filters are too long."))
    params = QueryDict(without_tracking(query))
    if any(name in params for name in ("as_of", "known_at", "order")):
        raise ValidationError(
            gettext(
                "Leave as_of, known_at and order out: a webhook hears of what is recorded from now on."
            )
        )
    try:
        select_commitments(params, also=())
    except InvalidQuery as error:
        raise ValidationError([problem.message for problem in error.problems]) from error
    return stored(params)
