"""E-mail to the other administrators about what one person could do unseen."""

from functools import partial

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django_tasks import task

from planwatch.accounts.permissions import Role, handle_of


def alert_administrators(subject: str, *, actor: str) -> None:
    """Let a worker write to every administrator but `actor` (a public handle), once what is written is committed."""
    if settings.PLANWATCH_MAIL:
        transaction.on_commit(partial(send_alert.enqueue, subject, actor), robust=True)


@task()
def send_alert(subject: str, actor: str) -> int:
    """Send the alert to each administrator who has an address; return to how many."""
    is_administrator = Q(groups__name=Role.ADMINISTRATOR.value) | Q(is_superuser=True)
    users = get_user_model().objects.filter(is_administrator, is_active=True).exclude(email="")
    others = [user for user in users.distinct() if handle_of(user) != actor]
    words = f"{subject}\n\nBy {actor}. If nobody expected this, ask them, and look at the public record."
    for user in others:
        send_mail(subject, f"{words}\n\n{settings.PLANWATCH_SITE_URL}", None, [user.email])
    return len(others)
