from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0036_sealed_request_ids"),
    ]

    operations = [
        migrations.AddField(
            model_name="site",
            name="address",
            field=models.URLField(
                blank=True,
                default="",
                help_text="Where the site is published, such as https://plans.example.org: named in citations of the data set.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="siterevision",
            name="address",
            field=models.URLField(blank=True, default=""),
            preserve_default=False,
        ),
    ]
