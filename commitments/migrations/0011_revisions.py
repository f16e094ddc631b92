import datetime

from django.db import migrations, models


def _sqlite():
    yield """CREATE VIRTUAL TABLE commitments_search_revision USING fts5(title, text,
        content='commitments_searchdocumentrevision', content_rowid='revision', tokenize='unicode61')"""
    yield """CREATE TRIGGER search_revision_follows_insert AFTER INSERT ON commitments_searchdocumentrevision
        BEGIN INSERT INTO commitments_search_revision(rowid, title, text)
        VALUES (NEW.revision, NEW.title, NEW.text); END"""
    yield """CREATE TRIGGER search_revision_follows_delete AFTER DELETE ON commitments_searchdocumentrevision
        BEGIN INSERT INTO commitments_search_revision(commitments_search_revision, rowid, title, text)
        VALUES ('delete', OLD.revision, OLD.title, OLD.text); END"""


def _postgresql():
    for column in ("title", "text"):
        yield f"""CREATE INDEX search_revision_{column} ON commitments_searchdocumentrevision
            USING gin (to_tsvector('simple'::regconfig, {column}))"""


def _undo_sqlite():
    for verb in ("insert", "delete"):
        yield f"DROP TRIGGER search_revision_follows_{verb}"
    yield "DROP TABLE commitments_search_revision"


def _undo_postgresql():
    for column in ("title", "text"):
        yield f"DROP INDEX search_revision_{column}"


def _run(statements):
    def run(_, schema_editor):
        for statement in statements[schema_editor.connection.vendor]():
            schema_editor.execute(statement, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0001_initial"),
        ("commitments", "0010_codes_and_slugs_have_addresses"),
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
                ("jurisdiction", models.CharField(max_length=2)),
                ("url", models.URLField(blank=True, max_length=500)),
            ],
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
                ("pillar_id", models.BigIntegerField(db_column="pillar_id")),
                ("pillar_basis", models.CharField(max_length=8)),
                ("objective_id", models.BigIntegerField(db_column="objective_id", null=True)),
                ("kind", models.CharField(max_length=11)),
                ("title", models.CharField(max_length=200)),
                ("summary", models.TextField()),
                ("announced_on", models.DateField()),
                ("due_on", models.DateField(blank=True, null=True)),
                ("due_precision", models.CharField(default="day", max_length=5)),
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
                ("last_reviewed_on", models.DateField(editable=False, null=True)),
                ("last_checked_on", models.DateField(editable=False)),
                ("created_at", models.DateTimeField(editable=False)),
                ("updated_at", models.DateTimeField(editable=False)),
                ("seq", models.BigIntegerField(default=0, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="ObjectiveRevision",
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
                ("pillar_id", models.BigIntegerField(db_column="pillar_id")),
                ("number", models.CharField(blank=True, max_length=20)),
                ("title", models.CharField(max_length=200)),
                ("summary", models.TextField(blank=True)),
                ("position", models.PositiveSmallIntegerField()),
            ],
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
                ("jurisdiction", models.CharField(max_length=2)),
                ("title", models.CharField(max_length=200)),
                ("summary", models.TextField(blank=True)),
                ("document_id", models.BigIntegerField(db_column="document_id", null=True)),
                ("published_on", models.DateField()),
                ("precision", models.CharField(default="day", max_length=5)),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("period_note", models.TextField(blank=True)),
                ("predecessor_id", models.BigIntegerField(db_column="predecessor_id", null=True)),
            ],
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
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(
                condition=models.Q(("is_published", False)),
                fields=["id"],
                name="commitment_unpublished",
            ),
        ),
        migrations.AddConstraint(
            model_name="agencyrevision",
            constraint=models.UniqueConstraint(
                fields=("row", "recorded_until"), name="agencyrevision_key"
            ),
        ),
        migrations.AddIndex(
            model_name="citationrevision",
            index=models.Index(
                fields=["commitment_id", "source_id", "recorded_until", "recorded_from"],
                name="citation_citing_then",
            ),
        ),
        migrations.AddIndex(
            model_name="citationrevision",
            index=models.Index(
                fields=["source_id", "commitment_id", "recorded_until", "recorded_from"],
                name="citation_source_then",
            ),
        ),
        migrations.AddConstraint(
            model_name="citationrevision",
            constraint=models.UniqueConstraint(
                fields=("row", "recorded_until"), name="citationrevision_key"
            ),
        ),
        migrations.AddIndex(
            model_name="commitmentagencyrevision",
            index=models.Index(
                fields=["commitment_id", "role", "position", "recorded_until", "recorded_from"],
                name="commitmentagency_owing_then",
            ),
        ),
        migrations.AddIndex(
            model_name="commitmentagencyrevision",
            index=models.Index(
                fields=["agency_id", "role", "commitment_id", "recorded_until", "recorded_from"],
                name="commitmentagency_agency_then",
            ),
        ),
        migrations.AddConstraint(
            model_name="commitmentagencyrevision",
            constraint=models.UniqueConstraint(
                fields=("row", "recorded_until"), name="commitmentagencyrevision_key"
            ),
        ),
        migrations.AddIndex(
            model_name="commitmentlinkrevision",
            index=models.Index(
                fields=["earlier_id", "recorded_until", "recorded_from"],
                name="commitmentlink_earlier_then",
            ),
        ),
        migrations.AddIndex(
            model_name="commitmentlinkrevision",
            index=models.Index(
                fields=["later_id", "recorded_until", "recorded_from"],
                name="commitmentlink_later_then",
            ),
        ),
        migrations.AddConstraint(
            model_name="commitmentlinkrevision",
            constraint=models.UniqueConstraint(
                fields=("row", "recorded_until"), name="commitmentlinkrevision_key"
            ),
        ),
        migrations.AddIndex(
            model_name="commitmentrevision",
            index=models.Index(
                fields=["code", "recorded_until", "recorded_from"], name="commitment_code_then"
            ),
        ),
        migrations.AddIndex(
            model_name="commitmentrevision",
            index=models.Index(
                fields=["recorded_until", "recorded_from", "is_published", "row"],
                name="commitment_standing_then",
            ),
        ),
        migrations.AddIndex(
            model_name="commitmentrevision",
            index=models.Index(
                fields=[
                    "pillar_id",
                    "status",
                    "verification",
                    "kind",
                    "plan_id",
                    "objective_id",
                    "due_on",
                    "last_checked_on",
                    "is_published",
                    "row",
                    "recorded_until",
                    "recorded_from",
                ],
                name="commitment_counts_then",
            ),
        ),
        migrations.AddConstraint(
            model_name="commitmentrevision",
            constraint=models.UniqueConstraint(
                fields=("row", "recorded_until"), name="commitmentrevision_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="objectiverevision",
            constraint=models.UniqueConstraint(
                fields=("row", "recorded_until"), name="objectiverevision_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="pillarrevision",
            constraint=models.UniqueConstraint(
                fields=("row", "recorded_until"), name="pillarrevision_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="planrevision",
            constraint=models.UniqueConstraint(
                fields=("row", "recorded_until"), name="planrevision_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="searchdocumentrevision",
            constraint=models.UniqueConstraint(
                fields=("commitment_id", "recorded_until"), name="searchdocumentrevision_key"
            ),
        ),
        migrations.AddIndex(
            model_name="sourcerevision",
            index=models.Index(
                fields=["slug", "recorded_until", "recorded_from"], name="source_slug_then"
            ),
        ),
        migrations.AddConstraint(
            model_name="sourcerevision",
            constraint=models.UniqueConstraint(
                fields=("row", "recorded_until"), name="sourcerevision_key"
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["recorded_at", "seq"], name="change_by_moment"),
        ),
        migrations.RunPython(
            _run({"sqlite": _sqlite, "postgresql": _postgresql}),
            _run({"sqlite": _undo_sqlite, "postgresql": _undo_postgresql}),
        ),
    ]
