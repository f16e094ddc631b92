"""Triggers of a table that a migration makes anew, which SQLite drops with the old one."""

from django.db.migrations import RunPython


def keep_triggers(table: str) -> tuple[RunPython, RunPython]:
    """Return the operations to put before and behind those that make a table anew on SQLite."""
    kept: dict[str, str] = {}

    def take_off(_, schema_editor):
        if schema_editor.connection.vendor != "sqlite":
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
                [table],
            )
            kept.update(cursor.fetchall())
        for name in kept:
            schema_editor.execute(f"DROP TRIGGER {name}")

    def put_back(_, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            for sql in kept.values():
                schema_editor.execute(sql, params=None)
            kept.clear()

    return RunPython(take_off, put_back), RunPython(put_back, take_off)
