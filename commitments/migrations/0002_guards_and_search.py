"""What the schema cannot say: append-only tables, no step in the future, the full-text index, the one version row."""

from django.db import migrations

APPEND_ONLY = ("statuschange", "evidence", "review", "change")
DATED = (("statuschange", "effective_on"), ("review", "reviewed_on"))


def _sqlite():
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            yield f"""CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON commitments_{table}
                BEGIN SELECT RAISE(ABORT, 'commitments_{table} is append-only'); END"""
    for table, column in DATED:
        yield f"""CREATE TRIGGER {table}_not_in_the_future BEFORE INSERT ON commitments_{table}
            WHEN NEW.{column} > date('now')
            BEGIN SELECT RAISE(ABORT, '{column} lies in the future'); END"""
    yield """CREATE VIRTUAL TABLE commitments_search USING fts5(
        title, text, content='commitments_searchdocument', content_rowid='commitment_id', tokenize='unicode61')"""
    add = "INSERT INTO commitments_search(rowid, title, text) VALUES (NEW.commitment_id, NEW.title, NEW.text);"
    drop = """INSERT INTO commitments_search(commitments_search, rowid, title, text)
        VALUES ('delete', OLD.commitment_id, OLD.title, OLD.text);"""
    for verb, statements in (("INSERT", add), ("DELETE", drop), ("UPDATE", drop + add)):
        yield f"""CREATE TRIGGER search_follows_{verb.lower()} AFTER {verb} ON commitments_searchdocument
            BEGIN {statements} END"""


def _postgresql():
    yield """CREATE FUNCTION planwatch_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"""
    for table in APPEND_ONLY:
        yield f"""CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON commitments_{table}
            FOR EACH ROW EXECUTE FUNCTION planwatch_append_only()"""
        yield f"""CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON commitments_{table}
            FOR EACH STATEMENT EXECUTE FUNCTION planwatch_append_only()"""
    yield """CREATE FUNCTION planwatch_in_the_future() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% lies in the future', TG_ARGV[0] USING ERRCODE = 'check_violation'; END $$"""
    for table, column in DATED:
        yield f"""CREATE TRIGGER {table}_not_in_the_future BEFORE INSERT ON commitments_{table} FOR EACH ROW
            WHEN (NEW.{column} > (now() AT TIME ZONE 'UTC')::date)
            EXECUTE FUNCTION planwatch_in_the_future('{column}')"""
    for column in ("title", "text"):
        yield f"""CREATE INDEX search_{column} ON commitments_searchdocument
            USING gin (to_tsvector('simple'::regconfig, {column}))"""


def _undo_sqlite():
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            yield f"DROP TRIGGER {table}_refuses_{verb}"
    for table, _ in DATED:
        yield f"DROP TRIGGER {table}_not_in_the_future"
    for verb in ("insert", "delete", "update"):
        yield f"DROP TRIGGER search_follows_{verb}"
    yield "DROP TABLE commitments_search"


def _undo_postgresql():
    for table in APPEND_ONLY:
        yield f"DROP TRIGGER {table}_is_append_only ON commitments_{table}"
        yield f"DROP TRIGGER {table}_refuses_truncate ON commitments_{table}"
    for table, _ in DATED:
        yield f"DROP TRIGGER {table}_not_in_the_future ON commitments_{table}"
    yield "DROP FUNCTION planwatch_append_only()"
    yield "DROP FUNCTION planwatch_in_the_future()"
    for column in ("title", "text"):
        yield f"DROP INDEX search_{column}"


def _run(statements):
    def run(_, schema_editor):
        for statement in statements[schema_editor.connection.vendor]():
            schema_editor.execute(statement, params=None)

    return run


def make_version_row(apps, schema_editor):
    apps.get_model("commitments", "DatasetVersion").objects.create(id=1)


def drop_version_row(apps, schema_editor):
    apps.get_model("commitments", "DatasetVersion").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("commitments", "0001_initial")]

    operations = [
        migrations.RunPython(
            _run({"sqlite": _sqlite, "postgresql": _postgresql}),
            _run({"sqlite": _undo_sqlite, "postgresql": _undo_postgresql}),
        ),
        migrations.RunPython(make_version_row, drop_version_row),
    ]
