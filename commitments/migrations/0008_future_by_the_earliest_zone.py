"""A day lies in the future only while it has begun nowhere on earth: the triggers go by UTC+14, as the services do."""

from django.db import migrations

DATED = (("statuschange", "effective_on"), ("review", "reviewed_on"))
LATEST_DAY = {
    "sqlite": "date('now', '+14 hours')",
    "postgresql": "((now() AT TIME ZONE 'UTC') + interval '14 hours')::date",
}
DAY_OF_UTC = {"sqlite": "date('now')", "postgresql": "(now() AT TIME ZONE 'UTC')::date"}


def _refuse_days_after(latest):
    def run(_, schema_editor):
        vendor = schema_editor.connection.vendor
        for table, column in DATED:
            trigger, condition = f"{table}_not_in_the_future", f"NEW.{column} > {latest[vendor]}"
            if vendor == "sqlite":
                schema_editor.execute(f"DROP TRIGGER {trigger}", params=None)
                schema_editor.execute(
                    f"""CREATE TRIGGER {trigger} BEFORE INSERT ON commitments_{table} WHEN {condition}
                    BEGIN SELECT RAISE(ABORT, '{column} lies in the future'); END""",
                    params=None,
                )
            else:
                schema_editor.execute(f"DROP TRIGGER {trigger} ON commitments_{table}", params=None)
                schema_editor.execute(
                    f"""CREATE TRIGGER {trigger} BEFORE INSERT ON commitments_{table} FOR EACH ROW
                    WHEN ({condition}) EXECUTE FUNCTION planwatch_in_the_future('{column}')""",
                    params=None,
                )

    return run


class Migration(migrations.Migration):
    dependencies = [("commitments", "0007_indexes_of_counts")]

    operations = [
        migrations.RunPython(_refuse_days_after(LATEST_DAY), _refuse_days_after(DAY_OF_UTC))
    ]
