from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_webhooks")]

    operations = [
        migrations.AlterField(
            model_name="webhook",
            name="state",
            field=models.CharField(
                choices=[
                    ("active", "Active"),
                    ("paused", "Paused"),
                    ("failed", "Paused after repeated failure"),
                    ("error", "Paused: this site could not prepare its messages"),
                    ("gone", "Paused: the receiver says that it is gone for good"),
                    ("filters", "Paused: its filters ask for what does not exist any more"),
                    (
                        "secret",
                        "Paused: this site cannot read its secret. Make another webhook",
                    ),
                ],
                default="active",
                max_length=8,
            ),
        ),
    ]
