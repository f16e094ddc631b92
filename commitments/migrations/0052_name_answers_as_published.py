from django.db import migrations, models

NAMES = {"taken_over": "published", "refused": "sent_back"}
STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("published", "Published"),
    ("sent_back", "Sent back"),
]


def rename(names):
    def run(apps, schema_editor):
        rows = apps.get_model("commitments", "RoundAnswer").objects
        for before, after in names.items():
            rows.filter(state=before).update(state=after)

    return run


class Migration(migrations.Migration):
    dependencies = [("commitments", "0051_signed_approvals")]

    operations = [
        migrations.RemoveConstraint(model_name="roundanswer", name="roundanswer_state_is_known"),
        migrations.RemoveConstraint(
            model_name="roundanswer", name="roundanswer_is_a_source_once_taken_over"
        ),
        migrations.RunPython(
            rename(NAMES), rename({after: before for before, after in NAMES.items()})
        ),
        migrations.AlterField(
            model_name="roundanswer",
            name="state",
            field=models.CharField(choices=STATES, default="draft", max_length=10),
        ),
        migrations.AddConstraint(
            model_name="roundanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(state__in=[state for state, _ in STATES]),
                name="roundanswer_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="roundanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(state="published", source__isnull=False)
                | models.Q(~models.Q(state="published"), source=None),
                name="roundanswer_is_a_source_once_published",
            ),
        ),
    ]
