"""When each piece of evidence was recorded, why a step was corrected, and the address by which a document is known."""

import django.utils.timezone
from django.db import migrations, models

from planwatch.net.addresses import normalized

APPEND_ONLY = ("statuschange", "evidence")
TABLES = tuple(f"commitments_{name}" for name in (*APPEND_ONLY, "source", "proposal"))
# On SQLite: the triggers of tables that are made anew, which are dropped with the old ones.
_triggers: dict[str, str] = {}


def disarm(_, schema_editor):
    """Let the columns be filled."""
    if schema_editor.connection.vendor == "postgresql":
        for table in APPEND_ONLY:
            schema_editor.execute(f"ALTER TABLE commitments_{table} DISABLE TRIGGER USER")
        return
    _triggers.clear()
    _triggers.update(_of_the_tables(schema_editor))
    for name in _triggers:
        schema_editor.execute(f"DROP TRIGGER {name}")


def arm(_, schema_editor):
    """Refuse again what the tables must refuse."""
    if schema_editor.connection.vendor == "postgresql":
        for table in APPEND_ONLY:
            schema_editor.execute(f"ALTER TABLE commitments_{table} ENABLE TRIGGER USER")
        return
    for sql in _triggers.values():
        schema_editor.execute(sql, params=None)


def _of_the_tables(schema_editor) -> dict[str, str]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: sql for name, table, sql in cursor.fetchall() if table in TABLES}


def fill(apps, schema_editor):
    steps = apps.get_model("commitments", "StatusChange").objects.filter(
        pk=models.OuterRef("status_change")
    )
    apps.get_model("commitments", "Evidence").objects.update(
        recorded_at=models.Subquery(steps.values("recorded_at"))
    )
    sources = apps.get_model("commitments", "Source").objects
    for source in sources.exclude(url="").only("url"):
        sources.filter(pk=source.pk).update(normalized_url=normalized(source.url))


class Migration(migrations.Migration):
    dependencies = [("commitments", "0014_two_person_proposals_and_retractions")]

    operations = [
        migrations.RunPython(disarm, arm),
        migrations.AddField(
            model_name="statuschange",
            name="correction_reason",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Why the step that this one corrects was wrong.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="proposal",
            name="correction_reason",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="evidence",
            name="recorded_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                editable=False,
                help_text="With its step, or later when it was added.",
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="normalized_url",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="By which one document is known: see links.normalized.",
                max_length=500,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="sourcerevision",
            name="normalized_url",
            field=models.CharField(blank=True, default="", editable=False, max_length=500),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="source",
            index=models.Index(fields=["normalized_url"], name="source_by_address"),
        ),
        migrations.RunPython(arm, disarm),
    ]
