"""Status of one commitment in a sentence."""

from __future__ import annotations

from django.utils.translation import gettext

from commitments.choices import Status, Verification
from commitments.dates import in_words


def status_sentence(commitment, has_steps: bool) -> str:
    """Return “In place since March 2024, reported by the agency itself; last reviewed on 3 May 2025.”

    The commitment carries its shown columns; `has_steps` says whether any step stands on the reader's day.
    """
    reviewed_on = commitment.effective_reviewed_on
    is_reviewed = has_steps or reviewed_on > commitment.announced_on
    return _pattern(commitment.effective_verification, has_steps, is_reviewed).format(
        status=Status(commitment.effective_status).label,
        since=in_words(commitment.effective_since, commitment.effective_precision),
        reviewed=in_words(reviewed_on),
    )


def _pattern(verification: str, has_steps: bool, is_reviewed: bool) -> str:
    if not is_reviewed:
        return gettext("No source read shows action since the announcement on {since}.")
    if not has_steps:
        return gettext(
            "No source read shows action since the announcement on {since}; last reviewed on {reviewed}."
        )
    if verification == Verification.INDEPENDENT:
        return gettext(
            "{status} since {since}, shown by an independent source; last reviewed on {reviewed}."
        )
    if verification == Verification.AGENCY:
        return gettext(
            "{status} since {since}, reported by the agency itself; last reviewed on {reviewed}."
        )
    return gettext("{status} since {since}, confirmed by nobody yet; last reviewed on {reviewed}.")
