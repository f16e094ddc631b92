"""Exception handler: what was unpublished is answered 410, with its notice."""

from dataclasses import asdict

from django.http import Http404
from rest_framework import exceptions, status

from commitments.audit.unpublished import Notice, notice_of
from planwatch.api.exceptions import PlanWatchExceptionHandler


class Gone(exceptions.APIException):
    """A commitment that was unpublished; the answer carries the notice beside the error."""

    status_code = status.HTTP_410_GONE
    default_code = "gone"

    def __init__(self, notice: Notice):
        super().__init__(
            f"{notice.code} was unpublished on {notice.unpublished_on}: {notice.reason} "
            f"See row {notice.seq} of the public record."
        )
        self.notice = notice


class NoticeExceptionHandler(PlanWatchExceptionHandler):
    def convert_known_exceptions(self, exc):
        if isinstance(exc, Http404) and (
            notice := notice_of(self.context["kwargs"].get("code", ""))
        ):
            return Gone(notice)
        return super().convert_known_exceptions(exc)

    def get_response(self, exc, data):
        if isinstance(exc, Gone):
            data = {**data, "notice": asdict(exc.notice)}
        return super().get_response(exc, data)
