"""No document, plan or due date is from before 1800, and nothing is published on a day that has not begun anywhere."""

import datetime

from django.db import migrations, models

from planwatch.db.migration_checks import require_mended

FIRST = datetime.date(1800, 1, 1)
DATED = (
    ("commitment", "due_on"),
    ("plan", "published_on"),
    ("plan", "starts_on"),
    ("plan", "ends_on"),
    ("source", "published_on"),
)
LATEST_DAY = {
    "sqlite": "date('now', '+14 hours')",
    "postgresql": "((now() AT TIME ZONE 'UTC') + interval '14 hours')::date",
}


def require_days_since_1800(apps, schema_editor):
    require_mended(
        (f"commitments_{name}", field, number, day.isoformat(), "")
        for name, field in DATED
        for number, day in apps.get_model("commitments", name)
        .objects.filter(**{f"{field}__lt": FIRST})
        .order_by("pk")
        .values_list("pk", field)
    )


def refuse_the_future(_, schema_editor):
    vendor = schema_editor.connection.vendor
    for table in ("plan", "source"):
        condition = f"NEW.published_on > {LATEST_DAY[vendor]}"
        if vendor == "sqlite":
            for verb in ("INSERT", "UPDATE OF published_on"):
                schema_editor.execute(
                    f"""CREATE TRIGGER {table}_not_in_the_future_on_{verb.split()[0].lower()}
                    BEFORE {verb} ON commitments_{table} WHEN {condition}
                    BEGIN SELECT RAISE(ABORT, 'published_on lies in the future'); END""",
                    params=None,
                )
        else:
            schema_editor.execute(
                f"""CREATE TRIGGER {table}_not_in_the_future BEFORE INSERT OR UPDATE OF published_on
                ON commitments_{table} FOR EACH ROW
                WHEN ({condition}) EXECUTE FUNCTION planwatch_in_the_future('published_on')""",
                params=None,
            )


def allow_the_future(_, schema_editor):
    for table in ("plan", "source"):
        if schema_editor.connection.vendor == "sqlite":
            for verb in ("insert", "update"):
                schema_editor.execute(f"DROP TRIGGER {table}_not_in_the_future_on_{verb}")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_not_in_the_future ON commitments_{table}")


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_jurisdictions_of_iso_3166_2"),
        ("commitments", "0012_blocked_links"),
    ]

    operations = [
        migrations.RunPython(require_days_since_1800, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="plan",
            name="jurisdiction",
            field=models.CharField(
                help_text="ISO 3166-1 alpha-2, ISO 3166-2 (CA-ON) or EU.", max_length=6
            ),
        ),
        migrations.AlterField(
            model_name="agencyrevision",
            name="jurisdiction",
            field=models.CharField(max_length=6),
        ),
        migrations.AlterField(
            model_name="planrevision",
            name="jurisdiction",
            field=models.CharField(max_length=6),
        ),
        migrations.AddConstraint(
            model_name="commitment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("due_on__gte", datetime.date(1800, 1, 1)), ("due_on", None), _connector="OR"
                ),
                name="commitment_due_on_since_1800",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_on__gte", datetime.date(1800, 1, 1)),
                    ("published_on", None),
                    _connector="OR",
                ),
                name="plan_published_on_since_1800",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_on__gte", datetime.date(1800, 1, 1)),
                    ("starts_on", None),
                    _connector="OR",
                ),
                name="plan_starts_on_since_1800",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__gte", datetime.date(1800, 1, 1)), ("ends_on", None), _connector="OR"
                ),
                name="plan_ends_on_since_1800",
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_on__gte", datetime.date(1800, 1, 1)),
                    ("published_on", None),
                    _connector="OR",
                ),
                name="source_published_on_since_1800",
            ),
        ),
        migrations.RunPython(refuse_the_future, allow_the_future),
    ]
