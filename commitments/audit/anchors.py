"""Anchors of signed heads: receipts of a time stamp authority, of OpenTimestamps and of a git repository elsewhere."""

import datetime as dt
import hashlib
import re
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from cryptography.x509 import load_pem_x509_certificates
from django.conf import settings
from django.utils import timezone
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from commitments.audit import opentimestamps
from commitments.choices import AnchorKind
from commitments.models import Anchor, SignedHead

# What a proof may weigh, and how long anybody is waited for.
MOST_BYTES, SECONDS = 100_000, 30
# A calendar's promise is in Bitcoin after some hours. It is an error after two days, and asked about for a week.
LATE, GIVEN_UP = dt.timedelta(days=2), dt.timedelta(days=7)
_FAILURES = (httpx.HTTPError, VerificationError, ValueError, OSError, subprocess.SubprocessError)

Receipt = tuple[str, bytes]


def anchor_latest() -> Iterator[str]:
    """Anchor the latest head with each service that a setting names, and complete earlier promises; yield what failed."""
    head = SignedHead.objects.first()
    if head is None:
        return
    for kind, (address, attempt) in _services().items():
        if address and not head.anchors.filter(kind=kind).exists():
            yield from _attempted(head, kind, lambda: attempt(head, address))  # noqa: B023 (called at once)
    yield from _promises()


def _services() -> dict[AnchorKind, tuple[str, Callable[[SignedHead, str], Receipt]]]:
    return {
        AnchorKind.RFC3161: (settings.PLANWATCH_ANCHOR_TSA, _time_stamp),
        AnchorKind.OPENTIMESTAMPS: (settings.PLANWATCH_ANCHOR_OPENTIMESTAMPS, _calendar),
        AnchorKind.GIT: (settings.PLANWATCH_ANCHOR_GIT, _commit),
    }


def _attempted(head: SignedHead, kind: AnchorKind, attempt: Callable[[], Receipt]) -> Iterator[str]:
    try:
        place, content = attempt()
    except _FAILURES as error:
        yield f"{head}, {kind.value}: {error or type(error).__name__}"
        return
    Anchor.objects.get_or_create(
        head=head,
        kind=kind,
        defaults={
            "place": place[:300],
            "receipt": b64encode(content).decode(),
            "received_at": timezone.now(),
        },
    )


def _exchange(method: str, url: str, **words) -> bytes:
    with httpx.stream(method, url, timeout=SECONDS, **words) as response:
        response.raise_for_status()
        content = b""
        for part in response.iter_bytes():
            content += part
            if len(content) > MOST_BYTES:
                raise ValueError("The answer is too long.")
    return content


def _time_stamp(head: SignedHead, address: str) -> Receipt:
    """Return the response of an RFC 3161 authority, verified up to its root certificate."""
    builder = TimestampRequestBuilder().data(head.stamped).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.build()
    content = _exchange(
        "POST",
        address,
        content=request.as_bytes(),
        headers={"Content-Type": "application/timestamp-query"},
    )
    verifier = VerifierBuilder.from_request(request)
    if not settings.PLANWATCH_ANCHOR_TSA_CERTIFICATES:
        raise ValueError("PLANWATCH_ANCHOR_TSA_CERTIFICATES is not set.")
    pem = Path(settings.PLANWATCH_ANCHOR_TSA_CERTIFICATES).read_bytes()
    for certificate in load_pem_x509_certificates(pem):
        if certificate.issuer == certificate.subject:
            verifier = verifier.add_root_certificate(certificate)
        else:
            verifier = verifier.add_intermediate_certificate(certificate)
    response = decode_timestamp_response(with_sorted_certificates(content))
    verifier.build().verify_message(response, head.stamped)
    return urlsplit(address).hostname or address, content


def with_sorted_certificates(response: bytes) -> bytes:
    """Return a time stamp response with its certificates in the order of DER.

    Authorities send them as a chain, and rfc3161-client reads no other order than that of DER. No signature covers it.
    """

    def parts_of(start: int, end: int) -> list[tuple[int, int, int]]:
        """Return where each element begins, where its content does, and where both end."""
        found = []
        while start < end:
            size = response[start + 1]
            content = start + 2 + (size & 0x7F if size & 0x80 else 0)
            size = int.from_bytes(response[start + 2 : content]) if size & 0x80 else size
            found.append((start, content, content + size))
            start = content + size
        return found

    try:
        place = (0, 0, len(response))
        # TimeStampResp, its token, what that holds, SignedData (RFC 3161, 2.4.2; RFC 5652, 5.1).
        for number in (0, 1, 1, 0):
            place = parts_of(*place[1:])[number]
        for start, content, end in parts_of(*place[1:]):
            if response[start] == 0xA0:
                each = sorted(response[a:z] for a, _, z in parts_of(content, end))
                return response[:content] + b"".join(each) + response[end:]
    except IndexError as error:
        raise ValueError("The answer is no time stamp.") from error
    return response


def _calendar(head: SignedHead, address: str) -> Receipt:
    """Return a calendar's promise to put the head's hash into Bitcoin."""
    digest = hashlib.sha256(head.stamped).digest()
    answer = _exchange("POST", f"{address.rstrip('/')}/digest", content=digest)
    return urlsplit(address).hostname or address, opentimestamps.proof_file(digest, answer)


def _promises() -> Iterator[str]:
    """Ask the calendar for what became of its promises; yield those that are late."""
    waiting = Anchor.objects.filter(
        kind=AnchorKind.OPENTIMESTAMPS, received_at__gt=timezone.now() - GIVEN_UP
    ).exclude(head__anchors__kind=AnchorKind.BITCOIN)
    for anchor in waiting.select_related("head").order_by("head"):
        late = timezone.now() - anchor.received_at > LATE
        for problem in _attempted(anchor.head, AnchorKind.BITCOIN, lambda: _completed(anchor)):  # noqa: B023
            if late:
                yield problem


def _completed(anchor: Anchor) -> Receipt:
    """Return the proof that ends in a block. Raises ValueError while there is none, HTTPError where nobody answers."""
    address = settings.PLANWATCH_ANCHOR_OPENTIMESTAMPS.rstrip("/")
    for pending in opentimestamps.attestations(anchor.content):
        if pending.kind == opentimestamps.PENDING and address:
            answer = _exchange("GET", f"{address}/timestamp/{pending.message.hex()}")
            content = opentimestamps.upgraded(anchor.content, pending, answer)
            for found in opentimestamps.attestations(content):
                if found.kind == opentimestamps.BITCOIN:
                    return f"Bitcoin {found.block}", content
    raise ValueError("The calendar has not put it into Bitcoin.")


def _commit(head: SignedHead, address: str) -> Receipt:
    """Add the head as a file to a git repository and push it; return the commit's id."""
    public = re.sub(r"^(\w+://)?[^/]*@", r"\1", address)
    with tempfile.TemporaryDirectory() as folder:

        def git(*words: str) -> str:
            done = subprocess.run(
                ["git", *words],
                cwd=folder,
                # Without a terminal nothing asks for a password.
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                capture_output=True,
                text=True,
                timeout=2 * SECONDS,
            )
            if done.returncode:
                words = done.stderr.replace(address, public).strip()
                raise ValueError(words or "git failed")
            return done.stdout.strip()

        git("clone", "--quiet", "--depth=1", "--", address, ".")
        Path(folder, f"head-{head.size}.txt").write_bytes(head.stamped)
        git("add", "--all")
        name = ("-c", "user.name=PlanWatch", "-c", f"user.email=record@{_host()}")
        git(*name, "commit", "--quiet", "--allow-empty", f"--message=Head {head.size}")
        git("push", "--quiet", "origin", "HEAD")
        return public, f"{public} {git('rev-parse', 'HEAD')}\n".encode()


def _host() -> str:
    return urlsplit(settings.PLANWATCH_SITE_URL).hostname or "localhost"
