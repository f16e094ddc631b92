"""Writes to the errors that readers reported: kept for editors, and in no row of the public record."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext

from commitments.choices import ReportKind
from commitments.models import ErrorReport
from commitments.services.validation import require_texts, validate
from planwatch.accounts.admin_alerts import alert_administrators
from planwatch.web.text import tidy

# An address is kept so long at most, also while nobody answers.
ADDRESS_KEPT = dt.timedelta(days=90)


def report_error(
    *, page: str, message: str, email: str = "", kind: str = ReportKind.ERROR
) -> ErrorReport:
    """Store what a reader says of a page, and by when it is to be answered; forget addresses that were kept long enough.

    Harm is mailed to the administrators, without the reader's words. Raises ValidationError.
    """
    require_texts(page=page, message=message, email=email, kind=kind)
    row = ErrorReport(page=page, message=tidy(message), email=email, kind=kind)
    validate(row)
    row.answer_by = row.created_at + dt.timedelta(days=ReportKind(kind).days)
    row.save()
    if kind == ReportKind.HARM:
        alert_administrators(f"Harm was reported: report {row.pk}", actor="a reader")
    forget_addresses()
    return row


def forget_addresses() -> None:
    """Delete the addresses of senders that were kept long enough."""
    too_old = ErrorReport.objects.filter(created_at__lt=timezone.now() - ADDRESS_KEPT)
    too_old.exclude(email="").update(email="")


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
