"""Writes to the errors that readers reported: kept for editors, and in no row of the public record."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext

from commitments.models import ErrorReport
from commitments.services.validation import require_texts, validate
from planwatch.web.text import tidy

# An address is kept so long at most, also while nobody answers.
ADDRESS_KEPT = dt.timedelta(days=90)


def report_error(*, page: str, message: str, email: str = "") -> ErrorReport:
    """Store what a reader says is wrong; forget the addresses that were kept long enough. Raises ValidationError."""
    require_texts(page=page, message=message, email=email)
    row = ErrorReport(page=page, message=tidy(message), email=email)
    validate(row)
    row.save()
    too_old = ErrorReport.objects.filter(created_at__lt=timezone.now() - ADDRESS_KEPT)
    too_old.exclude(email="").update(email="")
    return row


def close_report(*, report: int, reply: str, actor: str) -> ErrorReport:
    """Close a report with what was found or where it was corrected, and delete the sender's address.

    Raises ValidationError without a reply and for a report that is closed.
    """
    require_texts(reply=reply, actor=actor)
    if not tidy(reply):
        words = gettext("Say what was found, or where it was corrected.")
        raise ValidationError({"reply": words})
    changes = {"reply": tidy(reply), "closed_by": actor, "closed_at": timezone.now(), "email": ""}
    if not ErrorReport.objects.filter(pk=report, closed_at=None).update(**changes):
        raise ValidationError(gettext("This report is closed already."))
    return ErrorReport.objects.get(pk=report)
