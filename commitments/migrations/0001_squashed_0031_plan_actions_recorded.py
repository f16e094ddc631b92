"""The tables as the migrations replaced here leave them, with what the schema cannot say: append-only tables, no day in
the future, the full-text index, the one version row. An installation that began with those migrations goes on by them.
"""

import datetime

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.db import migrations, models

import commitments.querysets.sql

APPEND_ONLY = (
    *("change", "statuschange", "evidence", "review", "reviewretraction"),
    *("signedhead", "cosignature", "subtreehash"),
)
NEW_ROWS_DATED = (("statuschange", "effective_on"), ("review", "reviewed_on"))
ROWS_DATED = (("plan", "published_on"), ("source", "published_on"))


def _sqlite():
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            yield f"""CREATE TRIGGER {table}_refuses_{verb} BEFORE {verb.upper()} ON commitments_{table}
                BEGIN SELECT RAISE(ABORT, 'commitments_{table} is append-only'); END"""
    inserts = [(table, column, "", "INSERT") for table, column in NEW_ROWS_DATED]
    for table, column in ROWS_DATED:
        inserts.append((table, column, "_on_insert", "INSERT"))
        inserts.append((table, column, "_on_update", f"UPDATE OF {column}"))
    for table, column, suffix, verb in inserts:
        yield f"""CREATE TRIGGER {table}_not_in_the_future{suffix} BEFORE {verb} ON commitments_{table}
            WHEN NEW.{column} > date('now', '+14 hours')
            BEGIN SELECT RAISE(ABORT, '{column} lies in the future'); END"""
    yield from _full_text("search", "commitments_searchdocument", "commitment_id", "UPDATE")
    yield from _full_text("search_revision", "commitments_searchdocumentrevision", "revision")


def _full_text(name, table, key, *more):
    index = f"commitments_{name}"
    yield f"""CREATE VIRTUAL TABLE {index} USING fts5(
        title, text, content='{table}', content_rowid='{key}', tokenize='unicode61')"""
    add = f"INSERT INTO {index}(rowid, title, text) VALUES (NEW.{key}, NEW.title, NEW.text);"
    drop = f"""INSERT INTO {index}({index}, rowid, title, text)
        VALUES ('delete', OLD.{key}, OLD.title, OLD.text);"""
    statements = {"INSERT": add, "DELETE": drop, "UPDATE": drop + add}
    for verb in ("INSERT", "DELETE", *more):
        yield f"""CREATE TRIGGER {name}_follows_{verb.lower()} AFTER {verb} ON {table}
            BEGIN {statements[verb]} END"""


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
    verbs = [(table, column, "INSERT") for table, column in NEW_ROWS_DATED]
    verbs += [(table, column, f"INSERT OR UPDATE OF {column}") for table, column in ROWS_DATED]
    for table, column, verb in verbs:
        yield f"""CREATE TRIGGER {table}_not_in_the_future BEFORE {verb} ON commitments_{table} FOR EACH ROW
            WHEN (NEW.{column} > ((now() AT TIME ZONE 'UTC') + interval '14 hours')::date)
            EXECUTE FUNCTION planwatch_in_the_future('{column}')"""
    for name, table in (
        ("search", "searchdocument"),
        ("search_revision", "searchdocumentrevision"),
    ):
        for column in ("title", "text"):
            yield f"""CREATE INDEX {name}_{column} ON commitments_{table}
                USING gin (to_tsvector('simple'::regconfig, {column}))"""


def guard(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in {"sqlite": _sqlite, "postgresql": _postgresql}[vendor]():
        schema_editor.execute(statement, params=None)
    apps.get_model("commitments", "DatasetVersion").objects.create(id=1)


def unguard(apps, schema_editor):
    """Take away what does not go with its table."""
    if schema_editor.connection.vendor == "sqlite":
        for name in ("search", "search_revision"):
            schema_editor.execute(f"DROP TABLE commitments_{name}")
    else:
        for name in ("append_only", "in_the_future"):
            schema_editor.execute(f"DROP FUNCTION planwatch_{name}() CASCADE")


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("commitments", "0001_initial"),
        ("commitments", "0002_guards_and_search"),
        ("commitments", "0003_words_for_misspellings"),
        ("commitments", "0004_source_checks"),
        ("commitments", "0005_indexes_of_hot_reads"),
        ("commitments", "0006_orders_the_other_way_round"),
        ("commitments", "0007_indexes_of_counts"),
        ("commitments", "0008_future_by_the_earliest_zone"),
        ("commitments", "0009_due_by_the_end_of_the_period"),
        ("commitments", "0010_codes_and_slugs_have_addresses"),
        ("commitments", "0011_revisions"),
        ("commitments", "0012_blocked_links"),
        ("commitments", "0013_days_since_1800"),
        ("commitments", "0014_two_person_proposals_and_retractions"),
        ("commitments", "0015_added_evidence_and_correction_reasons"),
        ("commitments", "0016_one_day_of_the_last_review"),
        ("commitments", "0017_commitment_documents"),
        ("commitments", "0018_jurisdiction_revisions"),
        ("commitments", "0019_themes"),
        ("commitments", "0020_plan_coverage"),
        ("commitments", "0021_due_text"),
        ("commitments", "0022_developments"),
        ("commitments", "0023_site_data"),
        ("commitments", "0024_error_reports"),
        ("commitments", "0025_site_license_is_known"),
        ("commitments", "0026_sections"),
        ("commitments", "0030_signed_heads"),
        ("commitments", "0031_plan_actions_recorded"),
    ]

    dependencies = [
        ("agencies", "0004_jurisdictions"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgencyRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("slug", models.SlugField(db_index=False, max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("short_name", models.CharField(max_length=80)),
                ("acronym", models.CharField(blank=True, max_length=30)),
                ("parent_id", models.BigIntegerField(db_column="parent_id", null=True)),
                ("jurisdiction", models.CharField(max_length=6)),
                ("url", models.URLField(blank=True, max_length=500)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="agencyrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CitationRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("commitment_id", models.BigIntegerField(db_column="commitment_id")),
                ("source_id", models.BigIntegerField(db_column="source_id")),
                ("locator", models.CharField(max_length=200)),
                ("relation", models.CharField(max_length=9)),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["commitment_id", "source_id", "recorded_until", "recorded_from"],
                        name="citation_citing_then",
                    ),
                    models.Index(
                        fields=["source_id", "commitment_id", "recorded_until", "recorded_from"],
                        name="citation_source_then",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="citationrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CommitmentAgencyRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("commitment_id", models.BigIntegerField(db_column="commitment_id")),
                ("agency_id", models.BigIntegerField(db_column="agency_id")),
                ("role", models.CharField(max_length=7)),
                ("position", models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=[
                            "commitment_id",
                            "role",
                            "position",
                            "recorded_until",
                            "recorded_from",
                        ],
                        name="commitmentagency_owing_then",
                    ),
                    models.Index(
                        fields=[
                            "agency_id",
                            "role",
                            "commitment_id",
                            "recorded_until",
                            "recorded_from",
                        ],
                        name="commitmentagency_agency_then",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="commitmentagencyrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CommitmentLinkRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("earlier_id", models.BigIntegerField(db_column="earlier_id")),
                ("later_id", models.BigIntegerField(db_column="later_id")),
                ("relation", models.CharField(max_length=9)),
                ("basis", models.CharField(max_length=8)),
                ("note", models.TextField(blank=True)),
                ("source_id", models.BigIntegerField(db_column="source_id", null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["earlier_id", "recorded_until", "recorded_from"],
                        name="commitmentlink_earlier_then",
                    ),
                    models.Index(
                        fields=["later_id", "recorded_until", "recorded_from"],
                        name="commitmentlink_later_then",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="commitmentlinkrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CommitmentRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("code", models.CharField(max_length=24)),
                ("plan_id", models.BigIntegerField(db_column="plan_id")),
                ("plan_number", models.CharField(blank=True, max_length=20)),
                ("pillar_id", models.BigIntegerField(db_column="pillar_id", null=True)),
                ("pillar_basis", models.CharField(max_length=8)),
                ("section_id", models.BigIntegerField(db_column="section_id", null=True)),
                ("kind", models.CharField(max_length=11)),
                ("title", models.CharField(max_length=200)),
                ("original_title", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(blank=True, max_length=12)),
                ("summary", models.TextField()),
                ("announced_on", models.DateField()),
                ("due_on", models.DateField(blank=True, null=True)),
                ("due_precision", models.CharField(default="day", max_length=5)),
                ("due_text", models.CharField(blank=True, max_length=200)),
                ("target", models.TextField(blank=True)),
                ("lead_note", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("is_published", models.BooleanField(default=True)),
                ("status", models.CharField(default="no_evidence", editable=False, max_length=11)),
                ("status_since", models.DateField(editable=False)),
                ("status_precision", models.CharField(default="day", editable=False, max_length=5)),
                (
                    "verification",
                    models.CharField(default="unverified", editable=False, max_length=22),
                ),
                ("last_reviewed_on", models.DateField(editable=False)),
                ("created_at", models.DateTimeField(editable=False)),
                ("updated_at", models.DateTimeField(editable=False)),
                ("seq", models.BigIntegerField(default=0, editable=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["code", "recorded_until", "recorded_from"],
                        name="commitment_code_then",
                    ),
                    models.Index(
                        fields=["recorded_until", "recorded_from", "is_published", "row"],
                        name="commitment_standing_then",
                    ),
                    models.Index(
                        fields=[
                            "pillar_id",
                            "status",
                            "verification",
                            "kind",
                            "plan_id",
                            "section_id",
                            "due_on",
                            "last_reviewed_on",
                            "is_published",
                            "row",
                            "recorded_until",
                            "recorded_from",
                        ],
                        name="commitment_counts_then",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="commitmentrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CommitmentThemeRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("commitment_id", models.BigIntegerField(db_column="commitment_id")),
                ("theme_id", models.BigIntegerField(db_column="theme_id")),
                ("position", models.PositiveSmallIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["commitment_id", "position", "recorded_until", "recorded_from"],
                        name="commitmenttheme_themes_then",
                    ),
                    models.Index(
                        fields=["theme_id", "commitment_id", "recorded_until", "recorded_from"],
                        name="commitmenttheme_theme_then",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="commitmentthemerevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DatasetVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField(default=0)),
                (
                    "hash",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000",
                        help_text="Of the latest record row.",
                        max_length=64,
                    ),
                ),
                ("changed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="datasetversion_has_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DevelopmentCommitmentRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("development_id", models.BigIntegerField(db_column="development_id")),
                ("commitment_id", models.BigIntegerField(db_column="commitment_id")),
                ("position", models.PositiveSmallIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=[
                            "commitment_id",
                            "development_id",
                            "recorded_until",
                            "recorded_from",
                        ],
                        name="developmentcommitment_on_then",
                    ),
                    models.Index(
                        fields=["development_id", "position", "recorded_until", "recorded_from"],
                        name="developmentcommitment_of_then",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="developmentcommitmentrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DevelopmentRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("source_id", models.BigIntegerField(db_column="source_id")),
                ("locator", models.CharField(max_length=200)),
                ("reported_on", models.DateField()),
                ("precision", models.CharField(default="day", max_length=5)),
                ("bearing", models.CharField(max_length=7)),
                ("sentence", models.CharField(max_length=300)),
                ("plan_id", models.BigIntegerField(db_column="plan_id", null=True)),
                ("recorded_at", models.DateTimeField(editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="developmentrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ErrorReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "page",
                    models.CharField(
                        help_text="Path of the page that it is about.", max_length=500
                    ),
                ),
                ("message", models.TextField(max_length=4000)),
                (
                    "email",
                    models.EmailField(
                        blank=True,
                        help_text="Only to answer; deleted when it is closed.",
                        max_length=254,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("closed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "closed_by",
                    models.CharField(blank=True, help_text="Public handle.", max_length=60),
                ),
                (
                    "reply",
                    models.TextField(
                        blank=True, help_text="What was found, or where it was corrected."
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [
                    models.Index(fields=["closed_at", "created_at"], name="errorreport_by_state")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_by", ""), ("reply", "")),
                            models.Q(
                                models.Q(("closed_by", ""), _negated=True),
                                models.Q(("reply", ""), _negated=True),
                                ("closed_at__isnull", False),
                                ("email", ""),
                            ),
                            _connector="OR",
                        ),
                        name="errorreport_is_open_or_answered",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JurisdictionRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("code", models.CharField(max_length=6)),
                ("name", models.CharField(max_length=100)),
                ("level", models.CharField(max_length=13)),
                ("parent_id", models.BigIntegerField(db_column="parent_id", null=True)),
                ("time_zone", models.CharField(max_length=40)),
                ("languages", models.CharField(blank=True, max_length=100)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="jurisdictionrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Pillar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=40, unique=True)),
                (
                    "code",
                    models.CharField(
                        help_text="The letters in commitment codes.", max_length=3, unique=True
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("position", models.PositiveSmallIntegerField(unique=True)),
                ("summary", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("slug"),
                                    models.Value(
                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
                                    ),
                                    function="LTRIM",
                                    output_field=models.CharField(),
                                ),
                                models.Value(""),
                            ),
                            models.Q(("slug", ""), _negated=True),
                        ),
                        name="pillar_slug_has_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("code"),
                                    models.Value("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
                                    function="LTRIM",
                                    output_field=models.CharField(),
                                ),
                                models.Value(""),
                            ),
                            models.Q(("code", ""), _negated=True),
                        ),
                        name="pillar_code_is_part_of_codes",
                        violation_error_message="Use capital letters A to Z and digits for the letters in codes.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PillarRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("slug", models.SlugField(db_index=False, max_length=40)),
                ("code", models.CharField(max_length=3)),
                ("name", models.CharField(max_length=60)),
                ("position", models.PositiveSmallIntegerField()),
                ("summary", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="pillarrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("slug", models.SlugField(db_index=False, max_length=60)),
                ("jurisdiction", models.CharField(max_length=6)),
                ("prefix", models.CharField(blank=True, max_length=12)),
                ("title", models.CharField(max_length=200)),
                ("original_title", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(default="en", max_length=12)),
                ("summary", models.TextField(blank=True)),
                ("document_id", models.BigIntegerField(db_column="document_id", null=True)),
                ("published_on", models.DateField()),
                ("precision", models.CharField(default="day", max_length=5)),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("period_note", models.TextField(blank=True)),
                ("predecessor_id", models.BigIntegerField(db_column="predecessor_id", null=True)),
                ("coverage", models.CharField(blank=True, max_length=8)),
                ("actions", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("actions_recorded", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("coverage_note", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="planrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchDocumentRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("commitment_id", models.BigIntegerField(db_column="commitment_id")),
                ("title", models.TextField()),
                ("text", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("commitment_id", "recorded_until"),
                        name="searchdocumentrevision_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "word",
                    models.CharField(
                        help_text="Lower case.", max_length=80, primary_key=True, serialize=False
                    ),
                ),
                ("stem", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="SectionPillarRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("section_id", models.BigIntegerField(db_column="section_id")),
                ("pillar_id", models.BigIntegerField(db_column="pillar_id")),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["section_id", "pillar_id", "recorded_until", "recorded_from"],
                        name="sectionpillar_pillars_then",
                    ),
                    models.Index(
                        fields=["pillar_id", "section_id", "recorded_until", "recorded_from"],
                        name="sectionpillar_of_then",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="sectionpillarrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SectionRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("plan_id", models.BigIntegerField(db_column="plan_id")),
                ("key", models.SlugField(db_index=False, max_length=60)),
                ("parent_id", models.BigIntegerField(db_column="parent_id", null=True)),
                ("level", models.CharField(blank=True, max_length=40)),
                ("number", models.CharField(blank=True, max_length=20)),
                ("title", models.CharField(max_length=200)),
                ("original_title", models.CharField(blank=True, max_length=200)),
                ("summary", models.TextField(blank=True)),
                ("position", models.PositiveSmallIntegerField()),
                ("pillar_basis", models.CharField(default="stated", max_length=8)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="sectionrevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SignedHead",
            fields=[
                (
                    "size",
                    models.BigIntegerField(
                        help_text="Rows that it covers.", primary_key=True, serialize=False
                    ),
                ),
                (
                    "root",
                    models.CharField(
                        help_text="RFC 9162 tree hash, lower-case hex.", max_length=64
                    ),
                ),
                (
                    "note",
                    models.TextField(
                        help_text="C2SP checkpoint with the signature of the record's key."
                    ),
                ),
                ("signed_at", models.DateTimeField(help_text="When the site took it.")),
            ],
            options={
                "ordering": ["-size"],
            },
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "head",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cosignatures",
                        to="commitments.signedhead",
                    ),
                ),
                (
                    "witness",
                    models.CharField(help_text="Name of the witness's key.", max_length=200),
                ),
                ("line", models.CharField(help_text="C2SP signature line.", max_length=500)),
                ("signed_at", models.DateTimeField(help_text="As the witness says, and signed.")),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("head", "witness"), name="cosignature_once_a_witness"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "slug",
                    models.CharField(default="site", editable=False, max_length=4, unique=True),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "topic",
                    models.TextField(
                        help_text="What the plans are about, as in the middle of a sentence; a line for each language, such as en: housing."
                    ),
                ),
                (
                    "promiser",
                    models.TextField(
                        blank=True,
                        help_text="Who promised it, as in the middle of a sentence: en: the city. Empty means governments.",
                    ),
                ),
                (
                    "publisher",
                    models.CharField(help_text="Who is cited as the author.", max_length=100),
                ),
                (
                    "license",
                    models.CharField(
                        choices=[
                            ("CC-BY-4.0", "Creative Commons Attribution 4.0 International"),
                            (
                                "CC-BY-SA-4.0",
                                "Creative Commons Attribution-ShareAlike 4.0 International",
                            ),
                            ("CC0-1.0", "Creative Commons Zero 1.0 Universal"),
                            ("ODC-By-1.0", "Open Data Commons Attribution License 1.0"),
                            ("ODbL-1.0", "Open Data Commons Open Database License 1.0"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "contact",
                    models.CharField(
                        blank=True,
                        help_text="An e-mail or web address for readers.",
                        max_length=200,
                    ),
                ),
                (
                    "opening_jurisdiction",
                    models.CharField(
                        blank=True, help_text="Whose plans the home page opens with.", max_length=6
                    ),
                ),
                (
                    "languages",
                    models.CharField(
                        help_text="BCP 47 tags joined with |, the main one first.", max_length=100
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "site",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slug", "site")), name="site_is_one_row"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "license__in",
                                ["CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "ODC-By-1.0", "ODbL-1.0"],
                            )
                        ),
                        name="site_license_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SiteRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("slug", models.CharField(default="site", editable=False, max_length=4)),
                ("name", models.CharField(max_length=60)),
                ("topic", models.TextField()),
                ("promiser", models.TextField(blank=True)),
                ("publisher", models.CharField(max_length=100)),
                ("license", models.CharField(max_length=20)),
                ("contact", models.CharField(blank=True, max_length=200)),
                ("opening_jurisdiction", models.CharField(blank=True, max_length=6)),
                ("languages", models.CharField(max_length=100)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="siterevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("title", models.CharField(max_length=300)),
                ("publisher", models.CharField(max_length=200)),
                ("author", models.CharField(blank=True, max_length=200)),
                ("published_on", models.DateField(blank=True, null=True)),
                (
                    "precision",
                    models.CharField(
                        choices=[("day", "Day"), ("month", "Month"), ("year", "Year")],
                        default="day",
                        help_text="Of the date.",
                        max_length=5,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("plan", "Plan"),
                            ("fact_sheet", "Fact sheet"),
                            ("press_release", "Press release"),
                            ("transcript", "Transcript"),
                            ("report", "Report"),
                            ("law_or_rule", "Law or rule"),
                            ("court_or_enforcement", "Court or enforcement"),
                            ("agency_page", "Agency page"),
                            ("news", "News"),
                            ("commentary", "Commentary"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("official", "Official"),
                            ("independent", "Independent"),
                            ("advocacy", "Advocacy"),
                        ],
                        help_text="Who speaks, seen from the plan's government.",
                        max_length=11,
                    ),
                ),
                (
                    "language",
                    models.CharField(default="en", help_text="BCP 47 tag.", max_length=12),
                ),
                (
                    "url",
                    models.URLField(
                        blank=True,
                        help_text="Empty where no clean address is known.",
                        max_length=500,
                    ),
                ),
                ("archived_url", models.URLField(blank=True, max_length=500)),
                ("note", models.TextField(blank=True)),
                (
                    "normalized_url",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="By which one document is known: see links.normalized.",
                        max_length=500,
                    ),
                ),
                (
                    "link_state",
                    models.CharField(
                        choices=[
                            ("unchecked", "Not checked yet"),
                            ("answered", "Answered"),
                            ("moved", "Moved"),
                            ("blocked", "Blocks automatic checks"),
                            ("refused", "Refused the request"),
                            ("unreachable", "Did not answer"),
                            ("gone", "Gone"),
                        ],
                        default="unchecked",
                        editable=False,
                        max_length=11,
                    ),
                ),
                ("link_final_url", models.CharField(blank=True, editable=False, max_length=2000)),
                ("link_http_status", models.PositiveSmallIntegerField(editable=False, null=True)),
                ("link_content_changed", models.BooleanField(default=False, editable=False)),
                (
                    "link_found_at",
                    models.DateTimeField(
                        editable=False, help_text="When a check first found it so.", null=True
                    ),
                ),
                (
                    "link_checked_at",
                    models.DateTimeField(editable=False, help_text="The last check.", null=True),
                ),
                (
                    "link_checked_before",
                    models.DateField(
                        editable=False,
                        help_text="The last check on a day before that of the last one.",
                        null=True,
                    ),
                ),
            ],
            options={
                "ordering": ["slug"],
                "indexes": [
                    models.Index(fields=["published_on", "slug"], name="source_by_date"),
                    models.Index(fields=["normalized_url"], name="source_by_address"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "plan",
                                    "fact_sheet",
                                    "press_release",
                                    "transcript",
                                    "report",
                                    "law_or_rule",
                                    "court_or_enforcement",
                                    "agency_page",
                                    "news",
                                    "commentary",
                                ],
                            )
                        ),
                        name="source_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("origin__in", ["official", "independent", "advocacy"])),
                        name="source_origin_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("precision__in", ["day", "month", "year"])),
                        name="source_precision_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "link_state__in",
                                [
                                    "unchecked",
                                    "answered",
                                    "moved",
                                    "blocked",
                                    "refused",
                                    "unreachable",
                                    "gone",
                                ],
                            )
                        ),
                        name="source_link_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("slug"),
                                    models.Value(
                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
                                    ),
                                    function="LTRIM",
                                    output_field=models.CharField(),
                                ),
                                models.Value(""),
                            ),
                            models.Q(("slug", ""), _negated=True),
                        ),
                        name="source_slug_has_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_on__gte", datetime.date(1800, 1, 1)),
                            ("published_on", None),
                            _connector="OR",
                        ),
                        name="source_published_on_since_1800",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True)),
                (
                    "jurisdiction",
                    models.CharField(
                        help_text="ISO 3166-1 alpha-2, ISO 3166-2 (CA-ON) or EU.", max_length=6
                    ),
                ),
                (
                    "prefix",
                    models.CharField(
                        blank=True,
                        help_text="How codes of its commitments begin: AU20.",
                        max_length=12,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                (
                    "original_title",
                    models.CharField(
                        blank=True,
                        help_text="As printed, where the title is a translation.",
                        max_length=200,
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        default="en",
                        help_text="BCP 47 tag of the plan's own language.",
                        max_length=12,
                    ),
                ),
                ("summary", models.TextField(blank=True)),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="commitments.source",
                    ),
                ),
                ("published_on", models.DateField()),
                (
                    "precision",
                    models.CharField(
                        choices=[("day", "Day"), ("month", "Month"), ("year", "Year")],
                        default="day",
                        max_length=5,
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("period_note", models.TextField(blank=True, help_text="How the period is known.")),
                (
                    "predecessor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successors",
                        to="commitments.plan",
                    ),
                ),
                (
                    "coverage",
                    models.CharField(
                        blank=True,
                        choices=[("complete", "Complete"), ("partial", "Partial")],
                        help_text="Whether it was read whole.",
                        max_length=8,
                    ),
                ),
                (
                    "actions",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="How many actions it has, where a source says so.",
                        null=True,
                    ),
                ),
                (
                    "actions_recorded",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="How many of its actions are recorded, where the dates do not tell: those announced with it otherwise.",
                        null=True,
                    ),
                ),
                ("coverage_note", models.TextField(blank=True, help_text="What was read of it.")),
            ],
            options={
                "ordering": ["published_on", "slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("precision__in", ["day", "month", "year"])),
                        name="plan_precision_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("coverage__in", ["", "complete", "partial"])),
                        name="plan_coverage_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("prefix"),
                                    models.Value("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"),
                                    function="LTRIM",
                                    output_field=models.CharField(),
                                ),
                                models.Value(""),
                            )
                        ),
                        name="plan_prefix_has_an_address",
                        violation_error_message="Use capital letters A to Z, digits and hyphens for the prefix.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("slug"),
                                    models.Value(
                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
                                    ),
                                    function="LTRIM",
                                    output_field=models.CharField(),
                                ),
                                models.Value(""),
                            ),
                            models.Q(("slug", ""), _negated=True),
                        ),
                        name="plan_slug_has_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_on__gte", datetime.date(1800, 1, 1)),
                            ("published_on", None),
                            _connector="OR",
                        ),
                        name="plan_published_on_since_1800",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_on__gte", datetime.date(1800, 1, 1)),
                            ("starts_on", None),
                            _connector="OR",
                        ),
                        name="plan_starts_on_since_1800",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__gte", datetime.date(1800, 1, 1)),
                            ("ends_on", None),
                            _connector="OR",
                        ),
                        name="plan_ends_on_since_1800",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("predecessor", models.F("id")), _negated=True),
                        name="plan_is_not_its_own_predecessor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__gte", models.F("starts_on")),
                            ("ends_on", None),
                            ("starts_on", None),
                            _connector="OR",
                        ),
                        name="plan_ends_after_it_starts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Development",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="developments",
                        to="commitments.source",
                    ),
                ),
                (
                    "locator",
                    models.CharField(help_text="Paragraph, page or section.", max_length=200),
                ),
                ("reported_on", models.DateField()),
                (
                    "precision",
                    models.CharField(
                        choices=[("day", "Day"), ("month", "Month"), ("year", "Year")],
                        default="day",
                        help_text="Of the date.",
                        max_length=5,
                    ),
                ),
                (
                    "bearing",
                    models.CharField(
                        choices=[
                            ("concern", "Raises a concern"),
                            ("support", "Points to progress"),
                            ("context", "Context"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "sentence",
                    models.CharField(help_text="One sentence, in neutral words.", max_length=300),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        help_text="Only where it bears on the plan as a whole.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="developments",
                        to="commitments.plan",
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False)),
            ],
            options={
                "ordering": ["-reported_on", "source__slug", "locator"],
                "indexes": [
                    models.Index(fields=["reported_on", "source"], name="development_by_date")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("precision__in", ["day", "month", "year"])),
                        name="development_precision_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("bearing__in", ["concern", "support", "context"])),
                        name="development_bearing_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reported_on__gte", datetime.date(1800, 1, 1)),
                            ("reported_on", None),
                            _connector="OR",
                        ),
                        name="development_reported_on_since_1800",
                    ),
                    models.UniqueConstraint(
                        fields=("source", "locator", "reported_on"), name="development_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("locator", ""), _negated=True),
                        name="development_has_a_locator",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sections",
                        to="commitments.plan",
                    ),
                ),
                ("key", models.SlugField(max_length=60)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="commitments.section",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        help_text="What the plan calls it: priority, goal, principle.",
                        max_length=40,
                    ),
                ),
                (
                    "number",
                    models.CharField(
                        blank=True, help_text="Only where a source prints it.", max_length=20
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                (
                    "original_title",
                    models.CharField(
                        blank=True,
                        help_text="As printed, where the title is a translation.",
                        max_length=200,
                    ),
                ),
                ("summary", models.TextField(blank=True)),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        help_text="Place in the order below its parent."
                    ),
                ),
                (
                    "pillar_basis",
                    models.CharField(
                        choices=[("stated", "Stated"), ("inferred", "Inferred")],
                        default="stated",
                        help_text="Whether a source states the pillars or the tracker infers them.",
                        max_length=8,
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "position", "key"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pillar_basis__in", ["stated", "inferred"])),
                        name="section_pillar_basis_is_known",
                    ),
                    models.UniqueConstraint(fields=("plan", "key"), name="section_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("key"),
                                    models.Value(
                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
                                    ),
                                    function="LTRIM",
                                    output_field=models.CharField(),
                                ),
                                models.Value(""),
                            ),
                            models.Q(("key", ""), _negated=True),
                        ),
                        name="section_key_has_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("id")), _negated=True),
                        name="section_is_not_its_own_parent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Commitment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=24, unique=True)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commitments",
                        to="commitments.plan",
                    ),
                ),
                (
                    "plan_number",
                    models.CharField(
                        blank=True, help_text="Only where a source prints it.", max_length=20
                    ),
                ),
                (
                    "pillar",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commitments",
                        to="commitments.pillar",
                    ),
                ),
                (
                    "pillar_basis",
                    models.CharField(
                        choices=[("stated", "Stated"), ("inferred", "Inferred")], max_length=8
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commitments",
                        to="commitments.section",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("deliverable", "Deliverable"),
                            ("ongoing", "Continuing duty"),
                            ("exploratory", "Study or exploration"),
                            ("aim", "Stated aim"),
                        ],
                        max_length=11,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                (
                    "original_title",
                    models.CharField(
                        blank=True,
                        help_text="As printed, where the title is a translation.",
                        max_length=200,
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        help_text="BCP 47 tag of the original; empty means the plan's.",
                        max_length=12,
                    ),
                ),
                ("summary", models.TextField()),
                ("announced_on", models.DateField()),
                ("due_on", models.DateField(blank=True, null=True)),
                (
                    "due_precision",
                    models.CharField(
                        choices=[("day", "Day"), ("month", "Month"), ("year", "Year")],
                        default="day",
                        max_length=5,
                    ),
                ),
                (
                    "due_text",
                    models.CharField(
                        blank=True,
                        help_text="The deadline in the words of the source.",
                        max_length=200,
                    ),
                ),
                ("target", models.TextField(blank=True)),
                ("lead_note", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("is_published", models.BooleanField(default=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("completed", "Completed"),
                            ("partly_met", "Partly met"),
                            ("in_place", "In place"),
                            ("in_progress", "In progress"),
                            ("not_started", "Not started"),
                            ("stalled", "Stalled"),
                            ("not_met", "Not met"),
                            ("withdrawn", "Withdrawn"),
                            ("superseded", "Superseded"),
                            ("no_evidence", "No evidence found"),
                        ],
                        default="no_evidence",
                        editable=False,
                        max_length=11,
                    ),
                ),
                ("status_since", models.DateField(editable=False)),
                (
                    "status_precision",
                    models.CharField(
                        choices=[("day", "Day"), ("month", "Month"), ("year", "Year")],
                        default="day",
                        editable=False,
                        max_length=5,
                    ),
                ),
                (
                    "verification",
                    models.CharField(
                        choices=[
                            ("independently_reported", "Independent source"),
                            ("agency_reported", "The agency only"),
                            ("unverified", "Nobody yet"),
                        ],
                        default="unverified",
                        editable=False,
                        max_length=22,
                    ),
                ),
                (
                    "last_reviewed_on",
                    models.DateField(
                        editable=False,
                        help_text="The latest of its announcement, a review, a change and the day from which its status is true.",
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False)),
                ("updated_at", models.DateTimeField(editable=False)),
                (
                    "seq",
                    models.BigIntegerField(
                        default=0,
                        editable=False,
                        help_text="Number of the latest record row about it.",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
                "indexes": [
                    models.Index(fields=["title", "code"], name="commitment_by_title"),
                    models.Index(fields=["status", "code"], name="commitment_by_status"),
                    models.Index(fields=["status_since", "code"], name="commitment_by_since"),
                    models.Index(
                        fields=["announced_on", "code", "is_published"],
                        name="commitment_by_announced",
                    ),
                    models.Index(fields=["due_on", "code"], name="commitment_by_due"),
                    models.Index(
                        commitments.querysets.sql.DueOrder("due_on"),
                        models.F("code"),
                        name="commitment_by_due_order",
                    ),
                    models.Index(fields=["updated_at", "code"], name="commitment_by_updated"),
                    models.Index(fields=["-status", "code"], name="commitment_from_status"),
                    models.Index(fields=["-status_since", "code"], name="commitment_from_since"),
                    models.Index(
                        fields=["-announced_on", "code"], name="commitment_from_announced"
                    ),
                    models.Index(
                        models.OrderBy(
                            commitments.querysets.sql.DueOrder("due_on"), descending=True
                        ),
                        models.F("code"),
                        name="commitment_from_due_order",
                    ),
                    models.Index(fields=["seq", "code"], name="commitment_by_seq"),
                    models.Index(fields=["pillar", "status", "code"], name="commitment_by_pillar"),
                    models.Index(fields=["pillar", "code"], name="commitment_of_pillar"),
                    models.Index(
                        fields=["verification", "code"], name="commitment_by_verification"
                    ),
                    models.Index(
                        fields=["last_reviewed_on", "code"], name="commitment_by_reviewed"
                    ),
                    models.Index(
                        condition=models.Q(("is_published", False)),
                        fields=["id"],
                        name="commitment_unpublished",
                    ),
                    models.Index(
                        fields=[
                            "pillar",
                            "status",
                            "verification",
                            "kind",
                            "plan",
                            "section",
                            "due_on",
                            "last_reviewed_on",
                            "is_published",
                        ],
                        name="commitment_for_counts",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["deliverable", "ongoing", "exploratory", "aim"])
                        ),
                        name="commitment_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pillar_basis__in", ["stated", "inferred"])),
                        name="commitment_pillar_basis_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_precision__in", ["day", "month", "year"])),
                        name="commitment_due_precision_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "completed",
                                    "partly_met",
                                    "in_place",
                                    "in_progress",
                                    "not_started",
                                    "stalled",
                                    "not_met",
                                    "withdrawn",
                                    "superseded",
                                    "no_evidence",
                                ],
                            )
                        ),
                        name="commitment_status_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status_precision__in", ["day", "month", "year"])),
                        name="commitment_status_precision_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "verification__in",
                                ["independently_reported", "agency_reported", "unverified"],
                            )
                        ),
                        name="commitment_verification_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("announced_on__gte", datetime.date(1990, 1, 1))),
                        name="commitment_announced_since_1990",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("code"),
                                    models.Value("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"),
                                    function="LTRIM",
                                    output_field=models.CharField(),
                                ),
                                models.Value(""),
                            ),
                            django.db.models.lookups.GreaterThanOrEqual(
                                django.db.models.functions.text.Length("code"), 3
                            ),
                            django.db.models.lookups.LessThanOrEqual(
                                django.db.models.functions.text.Length("code"), 24
                            ),
                            models.Q(("code__startswith", "-"), _negated=True),
                            models.Q(("code__endswith", "-"), _negated=True),
                            models.Q(("code__contains", "--"), _negated=True),
                        ),
                        name="commitment_code_has_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_on__gte", datetime.date(1800, 1, 1)),
                            ("due_on", None),
                            _connector="OR",
                        ),
                        name="commitment_due_on_since_1800",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("create", "Created"),
                            ("update", "Edited"),
                            ("delete", "Removed"),
                        ],
                        max_length=6,
                    ),
                ),
                ("object_type", models.CharField(max_length=20)),
                ("object_key", models.CharField(max_length=400)),
                ("actor", models.CharField(help_text="Public handle.", max_length=60)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("nonce", models.CharField(max_length=32)),
                ("body_hash", models.CharField(max_length=64)),
                ("prev_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                (
                    "commitments",
                    models.ManyToManyField(
                        db_table="commitments_change_about",
                        related_name="changes",
                        to="commitments.commitment",
                    ),
                ),
            ],
            options={
                "ordering": ["seq"],
                "indexes": [
                    models.Index(fields=["object_type", "object_key"], name="change_by_object"),
                    models.Index(fields=["recorded_at", "seq"], name="change_by_moment"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("action__in", ["create", "update", "delete"])),
                        name="change_action_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Citation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="citations",
                        to="commitments.commitment",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="citations",
                        to="commitments.source",
                    ),
                ),
                (
                    "locator",
                    models.CharField(help_text="Paragraph, page or section.", max_length=200),
                ),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("announces", "Announces"),
                            ("restates", "Restates"),
                            ("reports", "Reports"),
                        ],
                        max_length=9,
                    ),
                ),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["source__published_on", "source__slug", "locator"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("relation__in", ["announces", "restates", "reports"])),
                        name="citation_relation_is_known",
                    ),
                    models.UniqueConstraint(
                        fields=("commitment", "source", "relation", "locator"), name="citation_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("locator", ""), _negated=True),
                        name="citation_has_a_locator",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommitmentAgency",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="roles",
                        to="commitments.commitment",
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roles",
                        to="agencies.agency",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("lead", "Lead"), ("partner", "Partner")], max_length=7
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                "verbose_name_plural": "commitment agencies",
                "ordering": ["role", "position"],
                "indexes": [
                    models.Index(fields=["agency", "role", "commitment"], name="role_by_agency")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["lead", "partner"])),
                        name="commitmentagency_role_is_known",
                    ),
                    models.UniqueConstraint(
                        fields=("commitment", "agency"), name="commitmentagency_key"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommitmentDocument",
            fields=[
                (
                    "commitment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="document",
                        serialize=False,
                        to="commitments.commitment",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="CommitmentLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "earlier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_to_later",
                        to="commitments.commitment",
                    ),
                ),
                (
                    "later",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_to_earlier",
                        to="commitments.commitment",
                    ),
                ),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("continues", "Continues"),
                            ("rewords", "Rewords"),
                            ("splits", "Splits"),
                            ("merges", "Merges"),
                            ("completes", "Completes"),
                            ("replaces", "Replaces"),
                            ("relates", "Relates to"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[("stated", "Stated"), ("inferred", "Inferred")], max_length=8
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="commitments.source",
                    ),
                ),
            ],
            options={
                "ordering": ["earlier", "later"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "relation__in",
                                [
                                    "continues",
                                    "rewords",
                                    "splits",
                                    "merges",
                                    "completes",
                                    "replaces",
                                    "relates",
                                ],
                            )
                        ),
                        name="commitmentlink_relation_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("basis__in", ["stated", "inferred"])),
                        name="commitmentlink_basis_is_known",
                    ),
                    models.UniqueConstraint(
                        fields=("earlier", "later", "relation"), name="link_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("earlier", models.F("later")), _negated=True),
                        name="link_is_not_to_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("basis", "inferred"), ("source__isnull", False), _connector="OR"
                        ),
                        name="stated_link_names_its_source",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DevelopmentCommitment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "development",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="commitment_rows",
                        to="commitments.development",
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="development_rows",
                        to="commitments.commitment",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("development", "commitment"), name="developmentcommitment_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="commitments.commitment",
                    ),
                ),
                ("reviewed_on", models.DateField()),
                ("note", models.TextField(help_text="What was looked for, and what was found.")),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="commitments.source",
                    ),
                ),
                ("locator", models.CharField(blank=True, max_length=200)),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "actor",
                    models.CharField(editable=False, help_text="Public handle.", max_length=60),
                ),
            ],
            options={
                "ordering": ["commitment", "reviewed_on", "id"],
                "indexes": [
                    models.Index(fields=["commitment", "reviewed_on"], name="review_by_day")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reviewed_on__gte", datetime.date(1990, 1, 1))),
                        name="review_since_1990",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source", None),
                            models.Q(("locator", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="review_source_has_a_locator",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewRetraction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retraction",
                        to="commitments.review",
                    ),
                ),
                ("reason", models.TextField(help_text="Why, for readers.")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "actor",
                    models.CharField(editable=False, help_text="Public handle.", max_length=60),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                (
                    "commitment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_document",
                        serialize=False,
                        to="commitments.commitment",
                    ),
                ),
                ("title", models.TextField()),
                (
                    "text",
                    models.TextField(help_text="The stems of the title and of everything else."),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SectionPillar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pillar_rows",
                        to="commitments.section",
                    ),
                ),
                (
                    "pillar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="section_rows",
                        to="commitments.pillar",
                    ),
                ),
            ],
            options={
                "ordering": ["pillar__position"],
                "constraints": [
                    models.UniqueConstraint(fields=("section", "pillar"), name="sectionpillar_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="commitments.source",
                    ),
                ),
                ("url", models.URLField(help_text="The address that was asked.", max_length=500)),
                ("checked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unchecked", "Not checked yet"),
                            ("answered", "Answered"),
                            ("moved", "Moved"),
                            ("blocked", "Blocks automatic checks"),
                            ("refused", "Refused the request"),
                            ("unreachable", "Did not answer"),
                            ("gone", "Gone"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "http_status",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Of the last answer; null where none came.", null=True
                    ),
                ),
                (
                    "final_url",
                    models.CharField(
                        blank=True,
                        help_text="The address that answered, after all redirects.",
                        max_length=2000,
                    ),
                ),
                (
                    "redirects",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="The addresses that it led to, in order.",
                    ),
                ),
                ("problem", models.TextField(blank=True, help_text="What was wrong, in words.")),
                (
                    "is_soft_404",
                    models.BooleanField(
                        default=False,
                        help_text="It answered as if all were well, and says that there is no page.",
                    ),
                ),
                (
                    "content_hash",
                    models.CharField(
                        blank=True,
                        help_text="SHA-256 of the words of a page, text or PDF, of the bytes of another document.",
                        max_length=64,
                    ),
                ),
                (
                    "drift",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="About how many percent of its text are not what the first check read.",
                        null=True,
                    ),
                ),
                (
                    "is_recorded",
                    models.BooleanField(
                        help_text="It changed what readers are shown, so it stands in the public record."
                    ),
                ),
                ("fingerprint", models.CharField(blank=True, editable=False, max_length=32)),
                ("etag", models.CharField(blank=True, editable=False, max_length=200)),
                ("last_modified", models.CharField(blank=True, editable=False, max_length=60)),
            ],
            options={
                "ordering": ["source", "-checked_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "unchecked",
                                    "answered",
                                    "moved",
                                    "blocked",
                                    "refused",
                                    "unreachable",
                                    "gone",
                                ],
                            )
                        ),
                        name="sourcecheck_state_is_known",
                    ),
                    models.UniqueConstraint(
                        fields=("source", "checked_at"), name="sourcecheck_key"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("slug", models.SlugField(db_index=False, max_length=80)),
                ("title", models.CharField(max_length=300)),
                ("publisher", models.CharField(max_length=200)),
                ("author", models.CharField(blank=True, max_length=200)),
                ("published_on", models.DateField(blank=True, null=True)),
                ("precision", models.CharField(default="day", max_length=5)),
                ("kind", models.CharField(max_length=20)),
                ("origin", models.CharField(max_length=11)),
                ("language", models.CharField(default="en", max_length=12)),
                ("url", models.URLField(blank=True, max_length=500)),
                ("archived_url", models.URLField(blank=True, max_length=500)),
                ("note", models.TextField(blank=True)),
                ("normalized_url", models.CharField(blank=True, editable=False, max_length=500)),
                (
                    "link_state",
                    models.CharField(default="unchecked", editable=False, max_length=11),
                ),
                ("link_final_url", models.CharField(blank=True, editable=False, max_length=2000)),
                ("link_http_status", models.PositiveSmallIntegerField(editable=False, null=True)),
                ("link_content_changed", models.BooleanField(default=False, editable=False)),
                ("link_found_at", models.DateTimeField(editable=False, null=True)),
                ("link_checked_at", models.DateTimeField(editable=False, null=True)),
                ("link_checked_before", models.DateField(editable=False, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["slug", "recorded_until", "recorded_from"], name="source_slug_then"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="sourcerevision_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StatusChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="status_changes",
                        to="commitments.commitment",
                    ),
                ),
                (
                    "seq",
                    models.PositiveIntegerField(
                        help_text="Number of the step within its commitment."
                    ),
                ),
                ("effective_on", models.DateField(help_text="When it became true in the world.")),
                (
                    "precision",
                    models.CharField(
                        choices=[("day", "Day"), ("month", "Month"), ("year", "Year")],
                        default="day",
                        max_length=5,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("completed", "Completed"),
                            ("partly_met", "Partly met"),
                            ("in_place", "In place"),
                            ("in_progress", "In progress"),
                            ("not_started", "Not started"),
                            ("stalled", "Stalled"),
                            ("not_met", "Not met"),
                            ("withdrawn", "Withdrawn"),
                            ("superseded", "Superseded"),
                            ("no_evidence", "No evidence found"),
                        ],
                        max_length=11,
                    ),
                ),
                ("explanation", models.TextField(blank=True)),
                (
                    "correction_reason",
                    models.TextField(
                        blank=True, help_text="Why the step that this one corrects was wrong."
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="commitments.statuschange",
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        editable=False,
                        help_text="When the tracker learned it.",
                    ),
                ),
                (
                    "actor",
                    models.CharField(editable=False, help_text="Public handle.", max_length=60),
                ),
            ],
            options={
                "ordering": ["commitment", "effective_on", "seq"],
                "indexes": [
                    models.Index(
                        fields=["commitment", "effective_on", "seq"], name="statuschange_history"
                    ),
                    models.Index(fields=["recorded_at", "id"], name="statuschange_by_recorded"),
                    models.Index(
                        condition=models.Q(("corrects__isnull", False)),
                        fields=["corrects"],
                        name="statuschange_by_corrected",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "completed",
                                    "partly_met",
                                    "in_place",
                                    "in_progress",
                                    "not_started",
                                    "stalled",
                                    "not_met",
                                    "withdrawn",
                                    "superseded",
                                    "no_evidence",
                                ],
                            )
                        ),
                        name="statuschange_status_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("precision__in", ["day", "month", "year"])),
                        name="statuschange_precision_is_known",
                    ),
                    models.UniqueConstraint(fields=("commitment", "seq"), name="statuschange_key"),
                    models.CheckConstraint(
                        condition=models.Q(("effective_on__gte", datetime.date(1990, 1, 1))),
                        name="statuschange_effective_since_1990",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("corrects", models.F("id")), _negated=True),
                        name="statuschange_does_not_correct_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status_change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="commitments.statuschange",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="commitments.source",
                    ),
                ),
                ("locator", models.CharField(max_length=200)),
                ("note", models.TextField(blank=True)),
                ("position", models.PositiveSmallIntegerField(default=1)),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        editable=False,
                        help_text="With its step, or later when it was added.",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "evidence",
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("status_change", "source", "locator"), name="evidence_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("locator", ""), _negated=True),
                        name="evidence_has_a_locator",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("status_change", "Status change"),
                            ("unpublish", "Unpublishing"),
                            ("source_edit", "Edit of a source"),
                        ],
                        default="status_change",
                        max_length=13,
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="commitments.commitment",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="commitments.source",
                    ),
                ),
                ("payload", models.JSONField(blank=True, default=dict)),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("completed", "Completed"),
                            ("partly_met", "Partly met"),
                            ("in_place", "In place"),
                            ("in_progress", "In progress"),
                            ("not_started", "Not started"),
                            ("stalled", "Stalled"),
                            ("not_met", "Not met"),
                            ("withdrawn", "Withdrawn"),
                            ("superseded", "Superseded"),
                            ("no_evidence", "No evidence found"),
                        ],
                        max_length=11,
                    ),
                ),
                ("effective_on", models.DateField(blank=True, null=True)),
                (
                    "precision",
                    models.CharField(
                        choices=[("day", "Day"), ("month", "Month"), ("year", "Year")],
                        default="day",
                        max_length=5,
                    ),
                ),
                ("explanation", models.TextField(blank=True)),
                ("correction_reason", models.TextField(blank=True)),
                (
                    "evidence",
                    models.JSONField(default=list, help_text="A list of {source, locator, note}."),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="commitments.statuschange",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("proposed_by", models.CharField(help_text="Public handle.", max_length=60)),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "decided_by",
                    models.CharField(blank=True, help_text="Public handle.", max_length=60),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, help_text="Why it was declined.")),
                (
                    "status_change",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposal",
                        to="commitments.statuschange",
                    ),
                ),
            ],
            options={
                "ordering": ["proposed_at", "id"],
                "indexes": [
                    models.Index(fields=["state", "proposed_at"], name="proposal_by_state")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["status_change", "unpublish", "source_edit"])
                        ),
                        name="proposal_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "completed",
                                    "partly_met",
                                    "in_place",
                                    "in_progress",
                                    "not_started",
                                    "stalled",
                                    "not_met",
                                    "withdrawn",
                                    "superseded",
                                    "no_evidence",
                                    "",
                                ],
                            )
                        ),
                        name="proposal_status_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("precision__in", ["day", "month", "year"])),
                        name="proposal_precision_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "approved", "declined", "withdrawn"])
                        ),
                        name="proposal_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("status", ""), _negated=True),
                                ("commitment__isnull", False),
                                ("effective_on__isnull", False),
                                ("kind", "status_change"),
                                ("source", None),
                            ),
                            models.Q(
                                ("commitment__isnull", False),
                                ("kind", "unpublish"),
                                ("source", None),
                                ("status", ""),
                            ),
                            models.Q(
                                ("commitment", None),
                                ("kind", "source_edit"),
                                ("source__isnull", False),
                                ("status", ""),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_subject_fits_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", ""),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_is_decided_by_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubtreeHash",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("level", "index"), name="subtreehash_by_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="Theme",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=60)),
                ("definition", models.TextField(help_text="Which promises belong to it.")),
                (
                    "not_this",
                    models.TextField(
                        blank=True, help_text="Which promises belong to another theme."
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(help_text="Place in the order of the themes."),
                ),
                (
                    "council_of_europe",
                    models.CharField(
                        blank=True,
                        help_text="Articles of the Council of Europe convention of 2005.",
                        max_length=60,
                    ),
                ),
                (
                    "palermo_protocol",
                    models.CharField(
                        blank=True, help_text="Articles of the UN protocol of 2000.", max_length=60
                    ),
                ),
                (
                    "walk_free",
                    models.CharField(
                        blank=True,
                        help_text="Milestones of Walk Free’s government response.",
                        max_length=60,
                    ),
                ),
                (
                    "sdg",
                    models.CharField(
                        blank=True,
                        help_text="Targets of the Sustainable Development Goals.",
                        max_length=60,
                    ),
                ),
            ],
            options={
                "ordering": ["position", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.Exact(
                                models.Func(
                                    models.F("code"),
                                    models.Value(
                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
                                    ),
                                    function="LTRIM",
                                    output_field=models.CharField(),
                                ),
                                models.Value(""),
                            ),
                            models.Q(("code", ""), _negated=True),
                        ),
                        name="theme_code_has_an_address",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CommitmentTheme",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="theme_rows",
                        to="commitments.commitment",
                    ),
                ),
                (
                    "theme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commitment_rows",
                        to="commitments.theme",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
            ],
            options={
                "ordering": ["position"],
                "indexes": [
                    models.Index(fields=["theme", "commitment"], name="commitments_by_theme")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("commitment", "theme"), name="commitmenttheme_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__range", (1, 3))),
                        name="commitment_has_at_most_three_themes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ThemeRevision",
            fields=[
                ("revision", models.BigAutoField(primary_key=True, serialize=False)),
                ("recorded_from", models.DateTimeField()),
                (
                    "recorded_until",
                    models.DateTimeField(
                        default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                    ),
                ),
                ("row", models.BigIntegerField(db_column="id")),
                ("code", models.SlugField(db_index=False, max_length=40)),
                ("name", models.CharField(max_length=60)),
                ("definition", models.TextField()),
                ("not_this", models.TextField(blank=True)),
                ("position", models.PositiveSmallIntegerField()),
                ("council_of_europe", models.CharField(blank=True, max_length=60)),
                ("palermo_protocol", models.CharField(blank=True, max_length=60)),
                ("walk_free", models.CharField(blank=True, max_length=60)),
                ("sdg", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="themerevision_key"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="development",
            name="commitments",
            field=models.ManyToManyField(
                related_name="developments",
                through="commitments.DevelopmentCommitment",
                to="commitments.commitment",
            ),
        ),
        migrations.AddField(
            model_name="section",
            name="pillars",
            field=models.ManyToManyField(
                related_name="sections",
                through="commitments.SectionPillar",
                to="commitments.pillar",
            ),
        ),
        migrations.AddField(
            model_name="commitment",
            name="agencies",
            field=models.ManyToManyField(
                related_name="commitments",
                through="commitments.CommitmentAgency",
                to="agencies.agency",
            ),
        ),
        migrations.AddField(
            model_name="commitment",
            name="themes",
            field=models.ManyToManyField(
                related_name="commitments",
                through="commitments.CommitmentTheme",
                to="commitments.theme",
            ),
        ),
        migrations.AddField(
            model_name="statuschange",
            name="sources",
            field=models.ManyToManyField(
                related_name="status_changes",
                through="commitments.Evidence",
                to="commitments.source",
            ),
        ),
        migrations.RunPython(guard, unguard),
    ]
