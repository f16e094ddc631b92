import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

RECIPIENTS = ("request", "follower", "reminder", "invitation")


def to_one():
    condition = Q()
    for recipient in RECIPIENTS:
        condition |= Q(**{f"{name}__isnull": name != recipient for name in RECIPIENTS})
    return condition


def forget_invitations(apps, schema_editor):
    """A mail to a focal point is to nobody in the former table."""
    apps.get_model("alerts", "Message").objects.filter(invitation__isnull=False).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0004_unreadable_lists"),
        ("commitments", "0049_mail_to_focal_points"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="message", name="message_is_to_one"),
        migrations.AddField(
            model_name="message",
            name="invitation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="commitments.roundinvitation",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(condition=to_one(), name="message_is_to_one"),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_invitations),
    ]
