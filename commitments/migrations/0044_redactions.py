"""Redactions, the one way in which rows of append-only tables may lose words."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from planwatch.db.kept_triggers import keep_triggers

take_off, put_back = keep_triggers("commitments_change")
# The columns that a redaction may write in each append-only table.
REDACTED = {
    "change": ("before", "after", "nonce", "redaction_id"),
    "statuschange": ("explanation", "correction_reason"),
    "evidence": ("locator", "note"),
    "review": ("locator", "note"),
    "reviewretraction": ("reason",),
}
APPLYING = "EXISTS (SELECT 1 FROM commitments_redaction WHERE is_applying)"


def let_redactions_write(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for table, columns in REDACTED.items():
            with schema_editor.connection.cursor() as cursor:
                fields = schema_editor.connection.introspection.get_table_description(
                    cursor, f"commitments_{table}"
                )
            others = [field.name for field in fields if field.name not in columns]
            same = " AND ".join(f'OLD."{name}" IS NEW."{name}"' for name in others)
            _sqlite_trigger(schema_editor, table, f"WHEN NOT ({APPLYING} AND {same})")
        return
    names = ", ".join(f"'{name}'" for columns in REDACTED.values() for name in columns)
    schema_editor.execute(
        f"""CREATE FUNCTION planwatch_append_only_but_for_redactions() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND {APPLYING}
                AND to_jsonb(OLD) - ARRAY[{names}] = to_jsonb(NEW) - ARRAY[{names}] THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        params=None,
    )
    _postgresql_triggers(schema_editor, "planwatch_append_only_but_for_redactions")


def let_nobody_write(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for table in REDACTED:
            _sqlite_trigger(schema_editor, table)
        return
    _postgresql_triggers(schema_editor, "planwatch_append_only")
    schema_editor.execute("DROP FUNCTION planwatch_append_only_but_for_redactions()", params=None)


def _sqlite_trigger(schema_editor, table, when=""):
    schema_editor.execute(f"DROP TRIGGER {table}_refuses_update", params=None)
    schema_editor.execute(
        f"""CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON commitments_{table} {when}
        BEGIN SELECT RAISE(ABORT, 'commitments_{table} is append-only'); END""",
        params=None,
    )


def _postgresql_triggers(schema_editor, function):
    for table in REDACTED:
        name = f"{table}_is_append_only"
        schema_editor.execute(f"DROP TRIGGER {name} ON commitments_{table}", params=None)
        schema_editor.execute(
            f"""CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON commitments_{table}
            FOR EACH ROW EXECUTE FUNCTION {function}()""",
            params=None,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0043_account_roles_are_known"),
    ]

    operations = [
        migrations.CreateModel(
            name="Redaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "words",
                    models.TextField(
                        blank=True,
                        editable=False,
                        help_text="Exactly as they stand; emptied by the decision.",
                    ),
                ),
                ("reason", models.TextField(help_text="Why. It is in the public record.")),
                (
                    "rows",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="The numbers of the record rows that held the words.",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                (
                    "is_applying",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="True inside the one transaction in which append-only rows may lose words.",
                    ),
                ),
                ("proposed_by", models.CharField(help_text="Public handle.", max_length=60)),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "decided_by",
                    models.CharField(blank=True, help_text="Public handle.", max_length=60),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "approved", "declined", "withdrawn"])
                        ),
                        name="redaction_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", ""),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="redaction_is_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "waiting"), ("words", ""), _connector="OR"),
                        name="redaction_forgets_its_words",
                    ),
                ],
            },
        ),
        take_off,
        migrations.AddField(
            model_name="change",
            name="redaction",
            field=models.ForeignKey(
                help_text="What removed words from its body, which therefore is not the one that was hashed.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commitments.redaction",
            ),
        ),
        put_back,
        migrations.RunPython(let_redactions_write, let_nobody_write),
    ]
