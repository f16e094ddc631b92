from django.db import migrations, models

import commitments.alerts.due_dates


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_failures_of_followers")]

    operations = [
        migrations.AddField(
            model_name="follower",
            name="due_told",
            field=models.DateField(
                default=commitments.alerts.due_dates.last_day_over,
                help_text="Due dates up to that day were told, or looked at, for it.",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="due",
            field=models.JSONField(
                default=list, help_text="The commitments whose due date it tells to have passed."
            ),
        ),
    ]
