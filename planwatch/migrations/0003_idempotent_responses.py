from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("planwatch", "0002_roles")]

    operations = [
        # The table keeps its name.
        migrations.AlterModelTable("keptanswer", "planwatch_keptanswer"),
        migrations.RenameModel("KeptAnswer", "IdempotentResponse"),
        # Never filled.
        migrations.RemoveField("idempotentresponse", "etag"),
    ]
