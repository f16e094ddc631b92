"""Idempotency-Key and If-Match."""

import hashlib
from functools import wraps

from django.db import IntegrityError, transaction
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.response import Response

from planwatch.api.exceptions import KeyReused, PreconditionFailed, PreconditionRequired
from planwatch.middleware.conditional import version_read
from planwatch.models import IdempotentResponse

MAXIMUM_KEY = 200


def seen_version(request, key: str, kind: str = "commitment") -> int | None:
    """Return the data set's version in which the client read the commitment or source, from If-Match; None for `*`.

    Raises PreconditionRequired without the header, PreconditionFailed where it holds no ETag of this row.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise PreconditionRequired
    if given == "*":
        return None
    name = {"commitment": "code", "source": "slug"}[kind]
    version = version_read(given, reverse(f"api:{kind}-detail", kwargs={name: key}))
    if version is None:
        raise PreconditionFailed(
            f"If-Match holds no ETag of this {kind}. Read the {kind} by the API, and send the ETag of that answer."
        )
    return version


def idempotent(write):
    """Make a write answer a retry with the same Idempotency-Key as it answered the first, and write nothing.

    The answer is kept in the transaction of the write: either both are there or neither.
    """

    @wraps(write)
    def answered_once(view, request, *args, **kwargs):
        if "Idempotency-Key" not in request.headers:
            return write(view, request, *args, **kwargs)
        key = request.headers["Idempotency-Key"].strip()
        # One that is not ASCII arrives empty: who sent it must not believe that a retry is safe.
        if not 0 < len(key) <= MAXIMUM_KEY or not key.isascii() or not key.isprintable():
            raise exceptions.ValidationError(
                {"Idempotency-Key": f"Use 1 to {MAXIMUM_KEY} printable characters of ASCII."}
            )
        said = b"\0".join([request.method.encode(), request.path.encode(), request.body])
        digest = hashlib.sha256(said).hexdigest()
        try:
            with transaction.atomic():
                if (kept := _kept(request.user, key, digest)) is not None:
                    return kept
                response = write(view, request, *args, **kwargs)
                IdempotentResponse.objects.create(
                    user=request.user,
                    key=key,
                    request_hash=digest,
                    status=response.status_code,
                    body=response.data,
                )
                return response
        except IntegrityError:
            # The same request, sent twice at once: the other one was first.
            if (kept := _kept(request.user, key, digest)) is not None:
                return kept
            raise

    return answered_once


def _kept(user, key: str, digest: str) -> Response | None:
    kept = IdempotentResponse.objects.filter(user=user, key=key).first()
    if kept is None:
        return None
    if kept.request_hash != digest:
        raise KeyReused
    return Response(kept.body, status=kept.status)


IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the commitment as you read it, or `*`.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Any text of yours; a retry with the same one is answered the same and writes nothing.",
)
