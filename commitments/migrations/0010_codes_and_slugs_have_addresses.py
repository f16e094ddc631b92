import re

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models
from django.utils.text import slugify

from planwatch.db.migration_checks import require_mended

SLUGS = (("source", "slug"), ("plan", "slug"), ("pillar", "slug"), ("objective", "key"))


def unfit(apps):
    """Yield the rows that the constraints below refuse, each with a value that would do."""
    commitments = apps.get_model("commitments", "Commitment").objects
    for number, code in commitments.order_by("pk").values_list("pk", "code"):
        better = re.sub(r"[^A-Z0-9]+", "-", code.upper()).strip("-")
        if better != code or not 3 <= len(code) <= 24:
            fits = 3 <= len(better) <= 24
            yield "commitments_commitment", "code", number, code, better if fits else ""
    pillars = apps.get_model("commitments", "Pillar").objects.exclude(code__regex=r"^[A-Z0-9]+$")
    for number, code in pillars.order_by("pk").values_list("pk", "code"):
        yield "commitments_pillar", "code", number, code, slugify(code).upper()[:3]
    for name, field in SLUGS:
        rows = apps.get_model("commitments", name).objects.order_by("pk")
        rows = rows.exclude(**{f"{field}__regex": r"^[-a-zA-Z0-9_]+$"})
        for number, slug in rows.values_list("pk", field):
            yield f"commitments_{name}", field, number, slug, slugify(slug)


def require_good_keys(apps, schema_editor):
    require_mended(unfit(apps))


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_agency_slug_has_an_address"),
        ("commitments", "0009_due_by_the_end_of_the_period"),
    ]

    operations = [
        migrations.RunPython(require_good_keys, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name="commitment",
            name="commitment_code_is_upper_case",
        ),
        migrations.AlterField(
            model_name="commitment",
            name="code",
            field=models.CharField(max_length=24, unique=True),
        ),
        migrations.AddConstraint(
            model_name="commitment",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="objective",
            constraint=models.CheckConstraint(
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
                name="objective_key_has_an_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="pillar",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="pillar",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
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
        ),
    ]
