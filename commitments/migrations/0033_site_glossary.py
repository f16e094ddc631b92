from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0032_reported_statuses"),
    ]

    operations = [
        migrations.AddField(
            model_name="site",
            name="glossary",
            field=models.TextField(
                blank=True,
                default="",
                help_text="A line for each term or acronym, such as TBD: to be decided.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="siterevision",
            name="glossary",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
    ]
