"""Writes of link checks.

Every check is a row. One that changes what readers are shown stands in the public record too, and so moves the version
of the data set; one that finds all as it was does neither. No check moves a commitment: it observes, and edits nothing.

That a document is gone or says something else is told once two visits on different days have found so.
"""

import datetime as dt
from typing import Any

from commitments.audit.recorder import Recorder, audited_transaction, serialize_for_audit
from commitments.choices import LinkState
from commitments.link_checks.states import DRIFTED, Answer, drift
from commitments.models import ChangeAction, Source, SourceCheck
from commitments.querysets.sources import SourceCheckQuerySet
from commitments.services.upsert import save_row
from commitments.services.validation import validate
from planwatch.net.addresses import same_page

# The handle under which checks and what they lead to are recorded.
CHECKER = "link-checker"
COPY_FOUND = "The original did not answer or is gone; an archive has a copy."
READABLE = (LinkState.ANSWERED, LinkState.MOVED)


def record_check(*, source: str, url: str, answer: Answer) -> SourceCheck | None:
    """Keep what the address `url` of the source with that slug answered, and return the check.

    None, and nothing is written, where the source has another address by now or is not there any more.
    """
    with audited_transaction(CHECKER) as record:
        item = Source.objects.filter(slug=source, url=url).exclude(url="").first()
        if item is None:
            return None
        check = SourceCheck(
            source=item, url=url, checked_at=record.now, **_found(item, url, answer)
        )
        check.is_recorded = _is_news(check)
        validate(check)
        check.save()
        if check.is_recorded:
            record.log(ChangeAction.CREATE, check, None, serialize_for_audit(check))
        refresh_link(item, record)
    return check


def link_of(source: Source) -> dict[str, Any]:
    """Return the columns of a source that are copies from its checks, made anew from those of its present address."""
    checks = source.checks.filter(url=source.url).latest_first()
    last, finding = checks.first(), checks.recorded().first()
    shown = _shown_by(finding) if finding else _shown_by(SourceCheck(state=LinkState.UNCHECKED))
    before = None
    if last:
        before = checks.filter(checked_at__lt=start_of_day(last.checked_at)).first()
    return {
        **shown,
        "link_found_at": finding and finding.checked_at,
        "link_checked_at": last and last.checked_at,
        "link_checked_before": before and before.checked_at.astimezone(dt.UTC).date(),
    }


def refresh_link(source: Source, record: Recorder) -> None:
    """Write the copies of a source's link anew."""
    Source.objects.filter(pk=source.pk).update(**link_of(source))
    record.wrote(Source, source.pk)


def add_archived_copy(*, source: str, archived_url: str) -> bool:
    """Give the source with that slug the address of an archived copy; False where it has one or its original answers.

    Raises ValidationError for what is no address.
    """
    with audited_transaction(CHECKER) as record:
        dead = Source.objects.with_dead_link().filter(slug=source, archived_url="")
        if not dead.exists():
            return False
        save_row(record, Source, {"slug": source}, reason=COPY_FOUND, archived_url=archived_url)
    return True


def _is_news(check: SourceCheck) -> bool:
    """Tell whether readers must be shown something else. Which of its errors a site answers with is no news."""
    shown, source = _shown_by(check), check.source
    is_new = (
        shown["link_state"] != source.link_state
        or shown["link_content_changed"] != source.link_content_changed
        or not same_page(shown["link_final_url"], source.link_final_url)
    )
    is_claim = check.state == LinkState.GONE or shown["link_content_changed"]
    return is_new and (not is_claim or _was_found_before(check))


def _was_found_before(check: SourceCheck) -> bool:
    """Tell whether the visit before, on an earlier day in UTC, found the document gone or changed as this one does."""
    visits = check.source.checks.filter(url=check.url, checked_at__lt=_another_day(check))
    before = visits.latest_first().first()
    if before is None:
        return False
    if check.state == LinkState.GONE:
        return before.state == LinkState.GONE
    return before.state in READABLE and (before.drift or 0) >= DRIFTED


def _another_day(check: SourceCheck) -> dt.datetime:
    """Return the moment before which a visit was on another day than this one."""
    return start_of_day(check.checked_at)


def start_of_day(moment: dt.datetime) -> dt.datetime:
    """Return the first moment of a moment's day in UTC."""
    return dt.datetime.combine(moment.astimezone(dt.UTC), dt.time(), tzinfo=dt.UTC)


def _found(source: Source, url: str, answer: Answer) -> dict[str, Any]:
    """Return the values of a check. What an unchanged or unfinished answer does not say is taken from the last one."""
    earlier = source.checks.filter(url=url).latest_first()
    values = {
        "state": answer.state,
        "http_status": answer.http_status,
        "final_url": answer.final_url,
        "redirects": list(answer.redirects),
        "problem": answer.problem,
        "is_soft_404": answer.is_soft_404,
        "content_hash": answer.content_hash,
        "fingerprint": answer.fingerprint,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
        "drift": None,
    }
    if answer.state not in READABLE:
        return values
    last = earlier.filter(state__in=READABLE).first()
    if last and answer.is_same:
        for name in ("content_hash", "fingerprint", "drift", "etag", "last_modified"):
            values[name] = values[name] or getattr(last, name)
        values["http_status"] = last.http_status
    elif answer.content_hash:
        values["drift"] = _drift(earlier.exclude(content_hash=""), answer)
    elif last:
        values["drift"] = last.drift
    return values


def _drift(earlier: SourceCheckQuerySet, answer: Answer) -> int | None:
    """Return how far a text is from the first that was read; None where no two texts can be compared.

    Bytes that differ are no proof that the text does: pictures and archives are compared by nothing else.
    """
    first = earlier.last()
    if first is None or first.content_hash == answer.content_hash:
        return 0
    first = earlier.exclude(fingerprint="").last()
    if first is None or not answer.fingerprint:
        return None
    return drift(first.fingerprint, answer.fingerprint)


def _shown_by(check: SourceCheck) -> dict[str, Any]:
    """Return what readers are shown once this check is the latest that found something new."""
    return {
        "link_state": check.state,
        "link_final_url": check.final_url,
        "link_http_status": check.http_status,
        "link_content_changed": (check.drift or 0) >= DRIFTED,
    }
