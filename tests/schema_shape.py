"""What a database is made of, however it came to be so: what names the database itself gave does not count."""

from collections import Counter

from django.apps import apps

_TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
}


def shape_of(connection) -> list[str]:
    """Return the columns, constraints, indexes and triggers of all tables of models, sorted."""
    introspection, found = connection.introspection, Counter()
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            for column in introspection.get_table_description(cursor, table):
                kind = introspection.get_field_type(column.type_code, column)
                found[f"{table} {column.name} {kind} {column.null_ok} {column.internal_size}"] += 1
            for details in introspection.get_constraints(cursor, table).values():
                parts = sorted((key, str(part)) for key, part in details.items() if key != "name")
                found[f"{table} {parts}"] += 1
        cursor.execute(_TRIGGERS[connection.vendor])
        found.update(" on ".join(row) for row in cursor.fetchall())
    return sorted(f"{count} × {what}" for what, count in found.items())
