"""Who writes through the API: tokens, rights, and retries that write once."""

from __future__ import annotations

import hashlib
from functools import wraps

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework import exceptions, permissions, status
from rest_framework.response import Response

from planwatch.middleware import version_read
from planwatch.models import KeptAnswer
from planwatch.roles import Right, lacks_second_factor, may

MAXIMUM_KEY = 200


class TokenAuthentication(KnoxAuthentication):
    """`Authorization: Token …`, looked up by its hash."""

    def authenticate_credentials(self, token):
        try:
            token.decode("ascii")
        except UnicodeDecodeError as error:
            raise exceptions.AuthenticationFailed("Invalid token.") from error
        return super().authenticate_credentials(token)


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and a token from `auth/tokens/`.",
        }


class NameAndPasswordScheme(OpenApiAuthenticationExtension):
    target_class = "planwatch.token_api.NameAndPassword"
    name = "basicAuth"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "basic"}


class HasRight(permissions.BasePermission):
    """Lets those through who hold the view's `right`, with a token that is not for reading only."""

    def has_permission(self, request, view):
        if request.method not in view.allowed_methods:
            return True  # to be answered 405, whoever asks
        if request.method in permissions.SAFE_METHODS and not getattr(
            view, "reading_needs_right", False
        ):
            return True
        if not request.user.is_authenticated:
            return False
        if (
            getattr(request.auth, "read_only", False)
            and request.method not in permissions.SAFE_METHODS
        ):
            self.message = "This token is for reading only."
            return False
        right = Right(view.right)
        self.message = f"Your role may not {right.label}."
        if lacks_second_factor(request.user):
            self.message = "This account needs a second factor first: sign in and set one up."
        return may(request.user, right)


class PreconditionRequired(exceptions.APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "precondition_required"
    default_detail = "Send If-Match with the ETag of the commitment as you read it."


class PreconditionFailed(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = "The commitment has changed since you read it. Read it again, then decide."


class KeyReused(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was used for another request. Use a new one."


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


def once(write):
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
                KeptAnswer.objects.create(
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
    kept = KeptAnswer.objects.filter(user=user, key=key).first()
    if kept is None:
        return None
    if kept.request_hash != digest:
        raise KeyReused
    return Response(kept.body, status=kept.status)


def refusal(error: ValidationError) -> exceptions.ValidationError:
    """Return a service's refusal as the API's 400, with the same words."""
    detail = (
        error.message_dict if hasattr(error, "error_dict") else {"non_field_errors": error.messages}
    )
    return exceptions.ValidationError(
        {
            ("non_field_errors" if name == "__all__" else name): texts
            for name, texts in detail.items()
        }
    )


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
