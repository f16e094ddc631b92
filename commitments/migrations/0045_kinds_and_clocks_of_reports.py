"""Kinds of reports, and by when each is answered. Those from before are reports of errors."""

import datetime as dt

import django.utils.timezone
from django.db import migrations, models


def start_clocks(apps, schema_editor):
    reports = apps.get_model("commitments", "ErrorReport").objects
    reports.update(answer_by=models.F("created_at") + dt.timedelta(days=30))


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0044_redactions"),
    ]

    operations = [
        migrations.AddField(
            model_name="errorreport",
            name="answer_by",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                editable=False,
                help_text="Set by the clock of its kind.",
            ),
        ),
        migrations.RunPython(start_clocks, migrations.RunPython.noop),
        migrations.AddField(
            model_name="errorreport",
            name="kind",
            field=models.CharField(
                choices=[
                    ("error", "Something is wrong on the page"),
                    ("dispute", "We dispute what is said about us"),
                    ("reply", "We have published a reply"),
                    ("harm", "Something on the page can harm a person"),
                ],
                default="error",
                help_text="Why.",
                max_length=7,
            ),
        ),
        migrations.AddConstraint(
            model_name="errorreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["error", "dispute", "reply", "harm"])),
                name="errorreport_kind_is_known",
            ),
        ),
    ]
