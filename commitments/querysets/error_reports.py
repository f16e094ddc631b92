"""Querysets of what readers report to the editors."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Count, F, Q


class ErrorReportQuerySet(models.QuerySet):
    def open(self) -> ErrorReportQuerySet:
        """Keep those that nobody has closed, the one to be answered first first."""
        return self.filter(closed_at=None).order_by("answer_by", "pk")

    def figures(self, until: dt.datetime) -> dict[str, dict[str, int]]:
        """Count by kind those of the 365 days before a moment: `received`, answered `in_time`, and still open though `late`."""
        rows = self.filter(created_at__lt=until, created_at__gte=until - dt.timedelta(days=365))
        counted = (
            rows.order_by()
            .values("kind")
            .annotate(
                received=Count("pk"),
                in_time=Count("pk", filter=Q(closed_at__lte=F("answer_by"), closed_at__lt=until)),
                late=Count("pk", filter=Q(closed_at=None, answer_by__lt=until)),
            )
        )
        return {row.pop("kind"): row for row in counted}
