"""One day says when a commitment was last reviewed: the one by which it goes stale."""

from django.db import migrations, models


def fill(apps, schema_editor):
    # A step known to the year of the announcement was true from the announcement on, not from January.
    early = apps.get_model("commitments", "Commitment").objects.filter(
        status_since__lt=models.F("announced_on")
    )
    early.update(status_since=models.F("announced_on"))


class Migration(migrations.Migration):
    dependencies = [("commitments", "0015_added_evidence_and_correction_reasons")]

    operations = [
        migrations.RemoveIndex(model_name="commitment", name="commitment_by_checked"),
        migrations.RemoveIndex(model_name="commitment", name="commitment_for_counts"),
        migrations.RemoveField(model_name="commitment", name="last_reviewed_on"),
        migrations.RenameField(
            model_name="commitment", old_name="last_checked_on", new_name="last_reviewed_on"
        ),
        migrations.AlterField(
            model_name="commitment",
            name="last_reviewed_on",
            field=models.DateField(
                editable=False,
                help_text="The latest of its announcement, a review, a change and the day from which its status is true.",
            ),
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(fields=["last_reviewed_on", "code"], name="commitment_by_reviewed"),
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(
                fields=[
                    "pillar",
                    "status",
                    "verification",
                    "kind",
                    "plan",
                    "objective",
                    "due_on",
                    "last_reviewed_on",
                    "is_published",
                ],
                name="commitment_for_counts",
            ),
        ),
        migrations.RemoveIndex(model_name="commitmentrevision", name="commitment_counts_then"),
        migrations.RemoveField(model_name="commitmentrevision", name="last_reviewed_on"),
        migrations.RenameField(
            model_name="commitmentrevision",
            old_name="last_checked_on",
            new_name="last_reviewed_on",
        ),
        migrations.AddIndex(
            model_name="commitmentrevision",
            index=models.Index(
                fields=[
                    *("pillar_id", "status", "verification", "kind", "plan_id", "objective_id"),
                    *("due_on", "last_reviewed_on", "is_published", "row"),
                    *("recorded_until", "recorded_from"),
                ],
                name="commitment_counts_then",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
