"""Exception handler: every error of the API in one shape."""

from django.core.exceptions import NON_FIELD_ERRORS, SuspiciousOperation, ValidationError
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, status

from planwatch.db.errors import Outage, outage_of
from planwatch.middleware.security_headers import holds_nul
from planwatch.web.query_params import ECHOED, LONGEST_LIST, MOST_VALUES, InvalidQuery

# Longer than anything that is said without repeating what was sent.
LONGEST_DETAIL = LONGEST_LIST + 500


class Unavailable(exceptions.APIException):
    """The database or the disk fails; `Retry-After` says when to ask again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"

    def __init__(self, outage: Outage):
        super().__init__(outage.words)
        self.wait = outage.retry_after


class PlanWatchExceptionHandler(ExceptionHandler):
    """Gives a bad address the same 400 as any other invalid input, and an outage 503."""

    def convert_known_exceptions(self, exc):
        if isinstance(exc, InvalidQuery):
            detail: dict[str, list] = {}
            for problem in exc.problems:
                detail.setdefault(problem.parameter, []).append(
                    exceptions.ErrorDetail(problem.message, problem.code)
                )
            return exceptions.ValidationError(detail)
        if outage := outage_of(exc):
            return Unavailable(outage)
        if isinstance(exc, SuspiciousOperation):
            return exceptions.ParseError("This request cannot be read.")
        if holds_nul(exc):
            return exceptions.ParseError("No text holds the character NUL.")
        return super().convert_known_exceptions(exc)


class ShortErrors(ExceptionFormatter):
    """Says what is wrong without saying back all that was sent: a body is many times longer than an answer may be."""

    def get_errors(self):
        errors = super().get_errors()[:MOST_VALUES]
        for error in errors:
            if len(error.detail) > LONGEST_DETAIL:
                error.detail = f"{error.detail[:ECHOED]} … {error.detail[-ECHOED:]}"
            if error.attr:
                error.attr = error.attr[: 2 * ECHOED]
        return errors


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


def refusal(error: ValidationError) -> exceptions.ValidationError:
    """Return a service's refusal as the API's 400, with the same words and the codes of the rules."""
    return exceptions.ValidationError(
        {
            ("non_field_errors" if name == NON_FIELD_ERRORS else name): [
                exceptions.ErrorDetail(text, each.code or "invalid")
                for each in errors
                for text in each.messages
            ]
            for name, errors in error.update_error_dict({}).items()
        }
    )
