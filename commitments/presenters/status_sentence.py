"""Status of one commitment in a sentence."""

from collections.abc import Sequence

from django.utils.translation import gettext, ngettext

from commitments.choices import Bearing, Status, Verification
from commitments.dates import in_short, in_words, since_in_words, written_later
from commitments.statuses import AGING_MONTHS, months_from
from planwatch.web.text import quoted


def status_sentence(commitment, has_steps: bool, reports: Sequence, clocks) -> str:
    """Return “In place since March 2024, reported by the agency itself; last reviewed on May 3, 2025.”, and of
    the `reports` that came in the AGING_MONTHS before the reader's day how many speak for and against, and what the newest says.

    The commitment carries its shown columns; `has_steps` says whether any step stands on the reader's day. The reports
    bear on the commitment and come newest first.
    """
    reviewed_on = commitment.effective_reviewed_on
    is_reviewed = has_steps or reviewed_on > commitment.announced_on
    standing = _pattern(commitment.effective_verification, has_steps, is_reviewed).format(
        status=Status(commitment.effective_status).label,
        since=since_in_words(commitment.effective_since, commitment.effective_precision),
        reviewed=in_words(reviewed_on),
    )
    recent = [row for row in reports if row.reported_on >= months_from(clocks.day, -AGING_MONTHS)]
    if not recent:
        return standing
    latest = ngettext(
        "A report from {day} bears on it: {report}",
        "{n} reports from the past two years bear on it (concern: {concern}, progress: {support}). The newest, {day}: {report}",
        len(recent),
    )
    told = latest.format(
        n=len(recent),
        **{bearing: sum(row.bearing == bearing for row in recent) for bearing in Bearing},
        day=in_words(recent[0].reported_on, recent[0].precision),
        report=recent[0].sentence,
    )
    later = written_later(recent[0].recorded_at, clocks.as_of)
    return f"{standing} {told} {later}." if later else f"{standing} {told}"


def own_word(row) -> str:
    """Return “Reported by the government: “On track” (Department X, May 4, 2023, page 4), roughly our “in progress”.”"""
    day = in_short(row.reported_on, row.precision) if row.reported_on else gettext("undated")
    said = gettext("Reported by the government:")
    said = f"{said} {quoted(row.wording)} ({row.source.publisher}, {day}, {row.locator})"
    if row.equivalent:
        label = row.get_equivalent_display()
        near = gettext("roughly our “%(status)s”") % {"status": label[:1].lower() + label[1:]}
        said = f"{said}, {near}"
    return f"{said}."


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
    return gettext("{status} since {since}, unconfirmed; last reviewed on {reviewed}.")
