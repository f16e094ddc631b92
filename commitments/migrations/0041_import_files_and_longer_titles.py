import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from planwatch.db.kept_triggers import keep_triggers
from planwatch.db.wider_fields import WidenField

take_off, put_back = keep_triggers("commitments_commitment")
of_past, back_of_past = keep_triggers("commitments_commitmentrevision")


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0040_desk_work"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        take_off,
        of_past,
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "headings",
                    models.CharField(
                        help_text="SHA-256 of the headings.", max_length=64, unique=True
                    ),
                ),
                ("data", models.JSONField()),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        WidenField(
            model_name="commitment",
            name="original_title",
            field=models.CharField(
                blank=True,
                help_text="As printed, where the title is a translation.",
                max_length=300,
            ),
        ),
        WidenField(
            model_name="commitment",
            name="title",
            field=models.CharField(max_length=300),
        ),
        WidenField(
            model_name="commitmentrevision",
            name="original_title",
            field=models.CharField(blank=True, max_length=300),
        ),
        WidenField(
            model_name="commitmentrevision",
            name="title",
            field=models.CharField(max_length=300),
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("kind", models.CharField(max_length=30)),
                ("digest", models.CharField(help_text="SHA-256.", max_length=64)),
                ("data", models.TextField(blank=True, help_text="The content, in base64.")),
                ("mapping", models.JSONField(blank=True, default=dict)),
                (
                    "report",
                    models.TextField(blank=True, help_text="JSON: the outcome of each row."),
                ),
                (
                    "version",
                    models.BigIntegerField(help_text="Of the data set in the report.", null=True),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        put_back,
        back_of_past,
    ]
