"""Handles that rotate: where PLANWATCH_PRIVATE_EDITORS is on, an account writes under another name each month.

Whose they are is in a table that nothing publishes, so that nobody decides on what they proposed under another name.
"""

import datetime as dt
import re
from string import ascii_lowercase

from django.conf import settings
from django.db.models import Q
from django.utils.crypto import get_random_string

from planwatch.models import RotatingHandle

_OF_ACCOUNT = re.compile(r"editor-[0-9]+")


def public_handle(account: str, moment: dt.datetime) -> str:
    """Return the name under which a write is public; `account` is the lasting handle of an account, or of a program."""
    if not settings.PLANWATCH_PRIVATE_EDITORS or not _OF_ACCOUNT.fullmatch(account):
        return account
    made = {"handle": f"editor-{get_random_string(8, ascii_lowercase)}"}
    month = moment.astimezone(dt.UTC).date().replace(day=1)
    return RotatingHandle.objects.get_or_create(made, account=account, month=month)[0].handle


def is_by(handle: str, account: str) -> bool:
    """Tell whether a public handle is that of an account, or one that it had in some month."""
    return handle == account or (
        not _OF_ACCOUNT.fullmatch(handle)
        and RotatingHandle.objects.filter(account=account, handle=handle).exists()
    )


def by(column: str, account: str) -> Q:
    """Return the condition that a column holds a public handle of an account."""
    rotating = RotatingHandle.objects.filter(account=account).values("handle")
    return Q(**{column: account}) | Q(**{f"{column}__in": rotating})
