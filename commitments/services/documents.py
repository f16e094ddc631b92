"""Public object of a commitment: the one builder of it, and the documents in which it is stored as JSON.

What depends on the day of the reader, the site's address or the words of a release is null here; the view that answers puts
it in (commitments.api.documents).
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import orjson

from commitments.models import Commitment, CommitmentDocument
from commitments.querysets.commitments import EFFECTIVE
from commitments.statuses import OPEN, days_late, done_when_announced

# What a document holds of a source that its commitment cites.
CITED_FIELDS = ("slug", "title", "publisher", "published_on", "precision", "url", "origin")
_AT_ONCE = 500


def document_text(commitment: Commitment) -> str:
    """Return the public object as JSON, in the order of the API's keys. The row must be one of `for_documents`."""
    pillar, section = commitment.pillar, commitment.section
    key = section and section.public_key
    lead, partner = (
        [row.agency.slug for row in commitment.owed_by if row.role == role]
        for role in ("lead", "partner")
    )
    return orjson.dumps(
        {
            "code": commitment.code,
            "url": None,
            "html_url": None,
            "title": commitment.title,
            "original_title": commitment.original_title,
            "language": commitment.language,
            "summary": commitment.summary,
            "plan": commitment.plan.slug,
            "plan_number": commitment.plan_number,
            "pillar": pillar and pillar.slug,
            "pillar_basis": pillar and commitment.pillar_basis,
            "themes": [row.theme.code for row in commitment.ordered_themes],
            "section": key,
            "objective": key,
            "kind": commitment.kind,
            "lead_agencies": lead,
            "lead_note": commitment.lead_note,
            "partner_agencies": partner,
            "announced_on": commitment.announced_on,
            "due_on": commitment.due_on,
            "due_precision": commitment.due_precision if commitment.due_on else None,
            "due_text": commitment.due_text,
            "target": commitment.target,
            **status_of(commitment),
            "note": commitment.note,
            "sources": [_cited(row) for row in commitment.cited_in],
            "created_at": _moment(commitment.created_at),
            **_last_edit(commitment),
        }
    ).decode()


def status_of(row) -> dict[str, Any]:
    """Return what an object says of the status, by the `effective_…` columns of `CommitmentQuerySet.shown`."""
    status, since = row.effective_status, row.effective_since
    return {
        "status": status,
        "status_label": None,
        "status_since": since,
        "status_precision": row.effective_precision,
        "verification": row.effective_verification,
        "is_open": status in OPEN,
        "is_overdue": None,
        "is_stale": None,
        "is_aging": None,
        "done_when_announced": done_when_announced(
            status, since, row.effective_precision, row.announced_on
        ),
        "days_late": days_late(status, since, row.due_on),
        "last_reviewed_on": row.effective_reviewed_on,
        "latest_evidence_on": row.effective_evidence_on,
    }


def _last_edit(row) -> dict[str, Any]:
    return {"updated_at": _moment(row.updated_at), "seq": row.seq}


def _cited(citation) -> dict[str, Any]:
    source = citation.source
    values = {name: getattr(source, name) for name in CITED_FIELDS}
    values["origin"] = citation.origin
    if source.published_on is None:
        values["precision"] = None
    return {**values, "locator": citation.locator, "relation": citation.relation}


def _moment(value: dt.datetime) -> str:
    return f"{value.astimezone(dt.UTC).isoformat()[:-6]}Z"


def write_documents(commitments: Iterable[int]) -> None:
    """Build the documents of the commitments with these primary keys anew."""
    keys = sorted(commitments)
    for place in range(0, len(keys), _AT_ONCE):
        rows = Commitment.objects.filter(pk__in=keys[place : place + _AT_ONCE])
        CommitmentDocument.objects.bulk_create(
            [
                CommitmentDocument(commitment=row, text=document_text(row))
                for row in rows.current().for_documents()
            ],
            update_conflicts=True,
            unique_fields=["commitment"],
            update_fields=["text"],
        )


def update_documents(commitments: Iterable[int]) -> None:
    """Bring the documents up to date of commitments (primary keys) of which only the status or the last edit was written.

    What they cite and who owes them is not read again, which would be most of the cost of a status change.
    """
    names = ("pk", "announced_on", "due_on", "updated_at", "seq", *EFFECTIVE, "document__text")
    rows = Commitment.objects.order_by().filter(pk__in=commitments).current()
    for row in rows.values_list(*names, named=True):
        item = orjson.loads(row.document__text) | status_of(row) | _last_edit(row)
        text = orjson.dumps(item).decode()
        CommitmentDocument.objects.filter(pk=row.pk).update(text=text)


def write_every_document() -> None:
    """Build the documents of all commitments anew, as they would be built today."""
    write_documents(Commitment.objects.order_by().values_list("pk", flat=True))
