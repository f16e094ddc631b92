"""Receipts from outside that signed heads existed; append-only."""

import django.db.models.deletion
from django.db import migrations, models


def make_append_only(apps, schema_editor):
    table = "commitments_anchor"
    if schema_editor.connection.vendor == "sqlite":
        triggers = [
            f"CREATE TRIGGER anchor_refuses_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    else:
        triggers = [
            f"CREATE TRIGGER anchor_{rule} EXECUTE FUNCTION planwatch_append_only()"
            for rule in (
                f"is_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW",
                f"refuses_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
            )
        ]
    for statement in triggers:
        schema_editor.execute(statement, params=None)


def leave_triggers_to_their_table(apps, schema_editor):
    """Undo: both databases drop the triggers of a table with it."""


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0045_kinds_and_clocks_of_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Anchor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("rfc3161", "Time stamp (RFC 3161)"),
                            ("opentimestamps", "OpenTimestamps, promise of a calendar"),
                            ("bitcoin", "OpenTimestamps, in Bitcoin"),
                            ("git", "Git repository"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "place",
                    models.CharField(
                        help_text="Who gave it, or the block of Bitcoin.", max_length=300
                    ),
                ),
                ("receipt", models.TextField(help_text="The file, in base64.")),
                ("received_at", models.DateTimeField(help_text="When the site got it.")),
                (
                    "head",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="anchors",
                        to="commitments.signedhead",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["rfc3161", "opentimestamps", "bitcoin", "git"])
                        ),
                        name="anchor_kind_is_known",
                    ),
                    models.UniqueConstraint(fields=("head", "kind"), name="anchor_once_a_kind"),
                ],
            },
        ),
        migrations.RunPython(make_append_only, leave_triggers_to_their_table),
    ]
