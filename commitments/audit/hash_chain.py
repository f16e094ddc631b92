"""Hash chain of the public record: what is hashed of a row, and where a chain breaks."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator
from typing import Any

import rfc8785

from commitments.models import Change, DatasetVersion
from planwatch.batches import contained

FIRST_PREVIOUS_HASH = "0" * 64


def moment(value: dt.date | dt.datetime) -> str:
    """Return a day as YYYY-MM-DD, a moment as UTC to the microsecond with Z: one spelling, so that hashes agree."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat()


def body_of(row: Change) -> dict[str, Any]:
    """Return the part of a record row that is withheld for an unpublished object."""
    return {
        "object_type": row.object_type,
        "object_key": row.object_key,
        "actor": row.actor,
        "before": row.before,
        "after": row.after,
        "nonce": row.nonce,
    }


def header_of(row: Change) -> dict[str, Any]:
    """Return the part of a record row that is always public and chained, without its own hash."""
    return {
        "seq": row.seq,
        "recorded_at": moment(row.recorded_at),
        "action": row.action,
        "body_hash": row.body_hash,
        "prev_hash": row.prev_hash,
    }


def digest(value: dict[str, Any]) -> str:
    """Return the lower-case hex SHA-256 of a value as RFC 8785 canonical JSON in UTF-8."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def nonce_for(request_id: str, salt: str = "") -> str:
    """Return a row's nonce: 32 random hex digits, and as many that seal the id of the request that wrote the row."""
    salt = salt or secrets.token_hex(16)
    return salt + hashlib.sha256(f"{salt} {request_id}".encode()).hexdigest()[:32]


def sealed_in(row: Change) -> dict[str, Any]:
    """Return what the nonce of a row with an opening is the digest of; given away, it proves who wrote the row and when."""
    return row.opening | {"request_id": row.request_id}


def has_own_nonce(row: Change) -> bool:
    """Return whether the nonce of a row seals its request id and its opening. Of before are nonces of half the length."""
    if row.opening:
        return row.nonce == digest(sealed_in(row))
    return len(row.nonce) <= 32 or row.nonce == nonce_for(row.request_id, row.nonce[:32])


def verify_chain() -> Iterator[str]:
    """Walk the whole chain and yield, in words, every place where it does not hold."""
    seq, previous = 0, FIRST_PREVIOUS_HASH
    for row in Change.objects.order_by("seq").iterator(chunk_size=1000):
        with contained("Verifying row %s", row.seq) as failures:
            yield from _problems_of(row, seq, previous)
        if failures:
            yield f"Row {row.seq} cannot be read ({type(failures[0]).__name__})."
        seq, previous = row.seq, row.hash
    version = DatasetVersion.objects.get(pk=1)
    if (version.seq, version.hash) != (seq, previous):
        yield f"The data set's version says row {version.seq}, the record ends at row {seq}."


def _problems_of(row: Change, seq: int, previous: str) -> Iterator[str]:
    """Yield what is wrong with a row that follows row `seq` of hash `previous`."""
    if row.seq != seq + 1:
        yield f"Row {row.seq} follows row {seq}: the numbering has a gap."
    if row.prev_hash != previous:
        yield f"Row {row.seq} does not name the hash of the row before it."
    if row.redaction_id is None and digest(body_of(row)) != row.body_hash:
        yield f"Row {row.seq}: its body is not the one that was sealed."
    if digest(header_of(row)) != row.hash:
        yield f"Row {row.seq}: its header is not the one that was sealed."
