from django.db import migrations, models

from planwatch.db.kept_triggers import keep_triggers

take_off, put_back = keep_triggers("commitments_change")
FUNCTION = "planwatch_append_only_but_for_redactions()"


def let_redactions_empty_it(apps, schema_editor):
    """Add the column to those that a redaction may write; SQLite's trigger names the others."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_get_functiondef('{FUNCTION}'::regprocedure)")
            (text,) = cursor.fetchone()
        if "'opening'" not in text:
            text = text.replace("ARRAY['before',", "ARRAY['opening', 'before',")
            schema_editor.execute(text, params=None)


class Migration(migrations.Migration):
    dependencies = [("commitments", "0049_mail_to_focal_points")]

    operations = [
        take_off,
        migrations.AddField(
            model_name="change",
            name="opening",
            field=models.JSONField(
                null=True,
                help_text="Never published: the exact moment and the lasting handle that the nonce seals, and the salt.",
            ),
        ),
        put_back,
        # The former release's redactions are not in its way, so that nothing is to be undone.
        migrations.RunPython(let_redactions_empty_it, migrations.RunPython.noop),
    ]
