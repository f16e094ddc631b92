from django.db import migrations, models

from planwatch.db.kept_triggers import keep_triggers
from planwatch.db.wider_fields import WidenField

take_off, put_back = keep_triggers("commitments_change")


class Migration(migrations.Migration):
    """The nonce of a row seals the id of the request that wrote it, for which it needs twice the length."""

    dependencies = [
        ("commitments", "0035_plan_links"),
    ]

    operations = [
        take_off,
        WidenField(
            model_name="change",
            name="nonce",
            field=models.CharField(max_length=64),
        ),
        put_back,
    ]
