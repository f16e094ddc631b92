"""Subscriptions in words and as addresses, in the reader's language."""

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from commitments.alerts.models import Followed
from commitments.filter_labels import filters_in_words
from commitments.selection import select_commitments
from planwatch.web.query_params import InvalidQuery


def in_words(followed: Followed) -> str:
    """Return what is followed as a title says it."""
    if followed.commitment_id:
        return f"{followed.commitment.code}, {followed.commitment.title}"
    if not followed.selection:
        return _("All commitments")
    try:
        chosen = select_commitments(QueryDict(followed.selection), also=()).chosen
    except InvalidQuery:
        return _("A list that can no longer be read")
    return filters_in_words(chosen)


def page_of(followed: Followed) -> str:
    """Return the address of what is followed, without the site."""
    if followed.commitment_id:
        return followed.commitment.get_absolute_url()
    asked = f"?{followed.selection}" if followed.selection else ""
    return f"{reverse('commitment_list')}{asked}"


def whole(path: str) -> str:
    """Return an address of this site as a mail needs it."""
    return f"{settings.PLANWATCH_SITE_URL}{path}"
