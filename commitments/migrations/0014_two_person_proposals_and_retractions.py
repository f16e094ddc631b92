"""Proposals of three kinds, and reviews that can be taken back."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

STATUSES = [
    ("completed", "Completed"),
    ("partly_met", "Partly met"),
    ("in_place", "In place"),
    ("in_progress", "In progress"),
    ("not_started", "Not started"),
    ("stalled", "Stalled"),
    ("not_met", "Not met"),
    ("withdrawn", "Withdrawn"),
    ("superseded", "Superseded"),
    ("no_evidence", "No evidence found"),
]
KINDS = [
    ("status_change", "Status change"),
    ("unpublish", "Unpublishing"),
    ("source_edit", "Edit of a source"),
]
TABLE = "commitments_reviewretraction"


def make_append_only(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER reviewretraction_refuses_{verb.lower()} BEFORE {verb} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END",
                params=None,
            )
        return
    for name, when in (
        ("is_append_only", "BEFORE UPDATE OR DELETE ON {} FOR EACH ROW"),
        ("refuses_truncate", "BEFORE TRUNCATE ON {} FOR EACH STATEMENT"),
    ):
        schema_editor.execute(
            f"CREATE TRIGGER reviewretraction_{name} {when.format(TABLE)} "
            "EXECUTE FUNCTION planwatch_append_only()",
            params=None,
        )


def leave_triggers_to_their_table(apps, schema_editor):
    """Undo: both databases drop the triggers of a table with it."""


class Migration(migrations.Migration):
    dependencies = [("commitments", "0013_days_since_1800")]

    operations = [
        migrations.CreateModel(
            name="ReviewRetraction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(help_text="Why, for readers.")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "actor",
                    models.CharField(editable=False, help_text="Public handle.", max_length=60),
                ),
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retraction",
                        to="commitments.review",
                    ),
                ),
            ],
        ),
        migrations.RunPython(make_append_only, leave_triggers_to_their_table),
        migrations.RemoveConstraint(model_name="proposal", name="proposal_status_is_known"),
        migrations.AddField(
            model_name="proposal",
            name="kind",
            field=models.CharField(choices=KINDS, default="status_change", max_length=13),
        ),
        migrations.AddField(
            model_name="proposal",
            name="payload",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="proposal",
            name="source",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="commitments.source",
            ),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="commitment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="commitments.commitment",
            ),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="effective_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="status",
            field=models.CharField(blank=True, choices=STATUSES, max_length=11),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["status_change", "unpublish", "source_edit"])),
                name="proposal_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", [*(code for code, _ in STATUSES), ""])),
                name="proposal_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("status", ""), _negated=True),
                        ("commitment__isnull", False),
                        ("effective_on__isnull", False),
                        ("kind", "status_change"),
                        ("source", None),
                    ),
                    models.Q(
                        ("commitment__isnull", False),
                        ("kind", "unpublish"),
                        ("source", None),
                        ("status", ""),
                    ),
                    models.Q(
                        ("commitment", None),
                        ("kind", "source_edit"),
                        ("source__isnull", False),
                        ("status", ""),
                    ),
                    _connector="OR",
                ),
                name="proposal_subject_fits_kind",
            ),
        ),
    ]
