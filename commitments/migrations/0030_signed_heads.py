"""Signed heads of the record, their cosignatures, and subtree hashes to prove them with; all append-only."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("signedhead", "cosignature", "subtreehash")


def make_append_only(apps, schema_editor):
    for name in TABLES:
        table = f"commitments_{name}"
        if schema_editor.connection.vendor == "sqlite":
            triggers = [
                f"CREATE TRIGGER {name}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                for verb in ("UPDATE", "DELETE")
            ]
        else:
            triggers = [
                f"CREATE TRIGGER {name}_{rule} EXECUTE FUNCTION planwatch_append_only()"
                for rule in (
                    f"is_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW",
                    f"refuses_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
                )
            ]
        for statement in triggers:
            schema_editor.execute(statement, params=None)


def leave_triggers_to_their_tables(apps, schema_editor):
    """Undo: both databases drop the triggers of a table with it."""


class Migration(migrations.Migration):
    dependencies = [("commitments", "0026_sections")]

    operations = [
        migrations.CreateModel(
            name="SignedHead",
            fields=[
                (
                    "size",
                    models.BigIntegerField(
                        help_text="Rows that it covers.", primary_key=True, serialize=False
                    ),
                ),
                (
                    "root",
                    models.CharField(
                        help_text="RFC 9162 tree hash, lower-case hex.", max_length=64
                    ),
                ),
                (
                    "note",
                    models.TextField(
                        help_text="C2SP checkpoint with the signature of the record's key."
                    ),
                ),
                ("signed_at", models.DateTimeField(help_text="When the site took it.")),
            ],
            options={"ordering": ["-size"]},
        ),
        migrations.CreateModel(
            name="SubtreeHash",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("level", "index"), name="subtreehash_by_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "witness",
                    models.CharField(help_text="Name of the witness's key.", max_length=200),
                ),
                ("line", models.CharField(help_text="C2SP signature line.", max_length=500)),
                ("signed_at", models.DateTimeField(help_text="As the witness says, and signed.")),
                (
                    "head",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cosignatures",
                        to="commitments.signedhead",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("head", "witness"), name="cosignature_once_a_witness"
                    )
                ],
            },
        ),
        migrations.RunPython(make_append_only, leave_triggers_to_their_tables),
    ]
