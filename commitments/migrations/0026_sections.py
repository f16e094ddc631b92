import datetime

import django.db.models.deletion
import django.db.models.lookups
from django.core.management.base import CommandError
from django.db import migrations, models

COUNTED = ("pillar", "status", "verification", "kind", "plan")
COUNTED_THEN = ("pillar_id", "status", "verification", "kind", "plan_id")
DATED = ("due_on", "last_reviewed_on", "is_published")
SPAN = ("recorded_until", "recorded_from")
KEY_HAS_AN_ADDRESS = models.Q(
    django.db.models.lookups.Exact(
        models.Func(
            models.F("key"),
            models.Value("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
            function="LTRIM",
            output_field=models.CharField(),
        ),
        models.Value(""),
    ),
    models.Q(("key", ""), _negated=True),
)


def join_pillars(apps, schema_editor):
    """Write the one pillar of each section, and of each of its revisions, as a row of its own."""
    Section, SectionPillar = _models(apps, "Section", "SectionPillar")
    then, joined_then = _models(apps, "SectionRevision", "SectionPillarRevision")
    _check_at_once(schema_editor)
    numbers = {}
    for section in Section.objects.order_by("pk"):
        row = SectionPillar.objects.create(section=section, pillar_id=section.pillar_id)
        numbers[section.pk] = row.pk
    joined_then.objects.bulk_create(
        joined_then(
            row=numbers.get(section.row, -section.row),
            section_id=section.row,
            pillar_id=section.pillar_id,
            recorded_from=section.recorded_from,
            recorded_until=section.recorded_until,
        )
        for section in then.objects.order_by("pk")
    )


def take_one_pillar(apps, schema_editor):
    """Put the pillar of each section back. Raises CommandError where the release before cannot hold what there is."""
    Section, SectionPillar, Commitment = _models(apps, "Section", "SectionPillar", "Commitment")
    then, joined_then = _models(apps, "SectionRevision", "SectionPillarRevision")
    numbered = models.Count("pillar_rows")
    if Section.objects.annotate(pillars_of=numbered).exclude(pillars_of=1).exists():
        raise CommandError("Sections with no pillar or several cannot go back. Delete them first.")
    if Commitment.objects.filter(pillar=None).exists():
        raise CommandError("Commitments without a pillar cannot go back. Give each one first.")
    _check_at_once(schema_editor)
    for row in SectionPillar.objects.all():
        Section.objects.filter(pk=row.section_id).update(pillar=row.pillar_id)
        then.objects.filter(row=row.section_id).update(pillar_id=row.pillar_id)
    for row in joined_then.objects.all():
        then.objects.filter(
            row=row.section_id,
            recorded_from__lt=row.recorded_until,
            recorded_until__gt=row.recorded_from,
        ).update(pillar_id=row.pillar_id)


def _models(apps, *names):
    return [apps.get_model("commitments", name) for name in names]


def _check_at_once(schema_editor):
    # A table with checks that still wait cannot be altered.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def text(most, **options):
    return models.CharField(blank=True, max_length=most, **options)


def basis(**options):
    return models.CharField(default="stated", max_length=8, **options)


BASES = [("stated", "Stated"), ("inferred", "Inferred")]
PROTECT = django.db.models.deletion.PROTECT
TRANSLATED = "As printed, where the title is a translation."
LEVEL = "What the plan calls it: priority, goal, principle."


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0025_site_license_is_known"),
    ]

    operations = [
        migrations.RemoveIndex("commitment", "commitment_for_counts"),
        migrations.RemoveIndex("commitmentrevision", "commitment_counts_then"),
        migrations.RemoveConstraint("objective", "objective_key"),
        migrations.RemoveConstraint("objective", "objective_key_has_an_address"),
        migrations.RemoveConstraint("objectiverevision", "objectiverevision_key"),
        migrations.RenameModel("Objective", "Section"),
        migrations.RenameModel("ObjectiveRevision", "SectionRevision"),
        migrations.RenameField("commitment", "objective", "section"),
        migrations.RenameField("commitmentrevision", "objective_id", "section_id"),
        migrations.AlterField(
            "commitmentrevision",
            "section_id",
            models.BigIntegerField(db_column="section_id", null=True),
        ),
        migrations.AlterField(
            "commitment",
            "section",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=PROTECT,
                related_name="commitments",
                to="commitments.section",
            ),
        ),
        migrations.AlterModelOptions("section", {"ordering": ["plan", "position", "key"]}),
        migrations.AlterField(
            "section",
            "plan",
            models.ForeignKey(on_delete=PROTECT, related_name="sections", to="commitments.plan"),
        ),
        migrations.AlterField(
            "section",
            "position",
            models.PositiveSmallIntegerField(help_text="Place in the order below its parent."),
        ),
        migrations.AddField(
            "section",
            "parent",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=PROTECT,
                related_name="children",
                to="commitments.section",
            ),
        ),
        migrations.AddField("section", "level", text(40, help_text=LEVEL)),
        migrations.AddField("section", "original_title", text(200, help_text=TRANSLATED)),
        migrations.AddField(
            "section",
            "pillar_basis",
            basis(
                choices=BASES,
                help_text="Whether a source states the pillars or the tracker infers them.",
            ),
        ),
        migrations.AddField(
            "sectionrevision", "parent_id", models.BigIntegerField(db_column="parent_id", null=True)
        ),
        migrations.AddField("sectionrevision", "level", text(40)),
        migrations.AddField("sectionrevision", "original_title", text(200)),
        migrations.AddField("sectionrevision", "pillar_basis", basis()),
        migrations.CreateModel(
            "SectionPillar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "pillar",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="section_rows", to="commitments.pillar"
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
            ],
            options={
                "ordering": ["pillar__position"],
                "constraints": [
                    models.UniqueConstraint(fields=("section", "pillar"), name="sectionpillar_key")
                ],
            },
        ),
        migrations.CreateModel(
            "SectionPillarRevision",
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
                        fields=["section_id", "pillar_id", *SPAN], name="sectionpillar_pillars_then"
                    ),
                    models.Index(
                        fields=["pillar_id", "section_id", *SPAN], name="sectionpillar_of_then"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("row", "recorded_until"), name="sectionpillarrevision_key"
                    )
                ],
            },
        ),
        # Going back they are empty for a moment.
        migrations.AlterField(
            "section",
            "pillar",
            models.ForeignKey(
                null=True, on_delete=PROTECT, related_name="objectives", to="commitments.pillar"
            ),
        ),
        migrations.AlterField(
            "sectionrevision",
            "pillar_id",
            models.BigIntegerField(db_column="pillar_id", null=True),
        ),
        migrations.RunPython(join_pillars, take_one_pillar),
        migrations.RemoveField("section", "pillar"),
        migrations.RemoveField("sectionrevision", "pillar_id"),
        migrations.AddField(
            "section",
            "pillars",
            models.ManyToManyField(
                related_name="sections",
                through="commitments.SectionPillar",
                to="commitments.pillar",
            ),
        ),
        migrations.AlterField(
            "commitment",
            "pillar",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=PROTECT,
                related_name="commitments",
                to="commitments.pillar",
            ),
        ),
        migrations.AlterField(
            "commitmentrevision",
            "pillar_id",
            models.BigIntegerField(db_column="pillar_id", null=True),
        ),
        migrations.AddField("commitment", "original_title", text(200, help_text=TRANSLATED)),
        migrations.AddField(
            "commitment",
            "language",
            text(12, help_text="BCP 47 tag of the original; empty means the plan's."),
        ),
        migrations.AddField("commitmentrevision", "original_title", text(200)),
        migrations.AddField("commitmentrevision", "language", text(12)),
        migrations.AddConstraint(
            "section", models.UniqueConstraint(fields=("plan", "key"), name="section_key")
        ),
        migrations.AddConstraint(
            "section",
            models.CheckConstraint(condition=KEY_HAS_AN_ADDRESS, name="section_key_has_an_address"),
        ),
        migrations.AddConstraint(
            "section",
            models.CheckConstraint(
                condition=models.Q(("pillar_basis__in", ["stated", "inferred"])),
                name="section_pillar_basis_is_known",
            ),
        ),
        migrations.AddConstraint(
            "section",
            models.CheckConstraint(
                condition=models.Q(("parent", models.F("id")), _negated=True),
                name="section_is_not_its_own_parent",
            ),
        ),
        migrations.AddConstraint(
            "sectionrevision",
            models.UniqueConstraint(fields=("row", "recorded_until"), name="sectionrevision_key"),
        ),
        migrations.AddIndex(
            "commitment",
            models.Index(fields=[*COUNTED, "section", *DATED], name="commitment_for_counts"),
        ),
        migrations.AddIndex(
            "commitmentrevision",
            models.Index(
                fields=[*COUNTED_THEN, "section_id", *DATED, "row", *SPAN],
                name="commitment_counts_then",
            ),
        ),
    ]
