"""Moves due dates that are known to the month or year, and were stored otherwise, to the last day of it.

Each leaves a row in the public record, chained like any other. Nothing is undone: what is recorded stays.
"""

import calendar
import datetime as dt
import hashlib
import secrets

import rfc8785
from django.db import migrations
from django.utils import timezone

ACTOR = "migration"
REASON = "What is due in a month or a year is due by the end of it."


def due_by_the_end(apps, schema_editor):
    rows = apps.get_model("commitments", "Commitment").objects.exclude(due_on=None)
    for item in rows.filter(due_precision__in=("month", "year")).order_by("code"):
        month = 12 if item.due_precision == "year" else item.due_on.month
        last = calendar.monthrange(item.due_on.year, month)[1]
        end = item.due_on.replace(month=month, day=last)
        if end != item.due_on:
            _move(apps, item, end)


def _move(apps, item, end: dt.date):
    version = apps.get_model("commitments", "DatasetVersion").objects.select_for_update().get(pk=1)
    model = apps.get_model("commitments", "Change")
    now = max(timezone.now(), version.changed_at or timezone.now())
    recorded = model.objects.filter(object_type="commitment", object_key=item.code)
    before = {
        name: value for name, value in recorded.latest("seq").after.items() if name != "reason"
    }
    body = {
        "object_type": "commitment",
        "object_key": item.code,
        "actor": ACTOR,
        "before": before,
        "after": {**before, "due_on": end.isoformat(), "reason": REASON},
        "nonce": secrets.token_hex(16),
    }
    header = {
        "seq": version.seq + 1,
        "action": "update",
        "body_hash": _digest(body),
        "prev_hash": version.hash,
    }
    written = now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    hashed = _digest({**header, "recorded_at": written})
    row = model.objects.create(**header, **body, recorded_at=now, hash=hashed)
    row.commitments.add(item)
    version.seq, version.hash, version.changed_at = row.seq, row.hash, now
    version.save()
    item.due_on, item.seq, item.updated_at = end, row.seq, now
    item.save()


def _digest(value) -> str:
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


class Migration(migrations.Migration):
    dependencies = [("commitments", "0008_future_by_the_earliest_zone")]

    operations = [migrations.RunPython(due_by_the_end, migrations.RunPython.noop)]
