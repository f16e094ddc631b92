from django.db import migrations, models


def name_the_reason(apps, schema_editor):
    """Say of every follower who is paused so far that mail came back: there was no other reason."""
    followers = apps.get_model("alerts", "Follower").objects
    followers.filter(paused_at__isnull=False).update(pause_reason="returned")


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_followers")]

    operations = [
        migrations.AddField(
            model_name="follower",
            name="pause_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("returned", "Mail came back"),
                    ("failed", "The updates could not be prepared"),
                ],
                default="",
                max_length=8,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="follower",
            name="failures",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="How often in a row the updates could not be prepared."
            ),
        ),
        migrations.RunPython(name_the_reason, migrations.RunPython.noop),
    ]
