"""The day of an import counts as no review: what it wrote with a commitment has its own dates."""

import datetime as dt

from django.db import migrations
from django.db.models import F, Max, Q


def _review_days(apps, also_recorded):
    """Write the day of the last review of each commitment; `also_recorded` says which steps are reviews too."""
    commitments = apps.get_model("commitments", "Commitment").objects
    found = commitments.annotate(
        reviewed=Max("reviews__reviewed_on", filter=Q(reviews__retraction=None)),
        recorded=Max("status_changes__recorded_at", filter=also_recorded),
    )
    for item in found.only("announced_on", "status_since", "last_reviewed_on").iterator():
        recorded = item.recorded and item.recorded.astimezone(dt.UTC).date()
        days = (item.announced_on, item.status_since, item.reviewed, recorded)
        day = max(day for day in days if day)
        if day != item.last_reviewed_on:
            commitments.filter(pk=item.pk).update(last_reviewed_on=day)


def forwards(apps, schema_editor):
    _review_days(apps, Q(status_changes__recorded_at__gt=F("created_at")))
    # `migrate` makes the revisions anew from the public record where there are none.
    apps.get_model("commitments", "CommitmentRevision").objects.all().delete()


def backwards(apps, schema_editor):
    _review_days(apps, Q())


class Migration(migrations.Migration):
    dependencies = [("commitments", "0038_saved_queries")]

    operations = [migrations.RunPython(forwards, backwards)]
