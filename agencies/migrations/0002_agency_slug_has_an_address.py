import django.db.models.lookups
from django.db import migrations, models
from django.utils.text import slugify

from planwatch.db.migration_checks import require_mended


def require_good_slugs(apps, schema_editor):
    rows = apps.get_model("agencies", "Agency").objects.exclude(slug__regex=r"^[-a-zA-Z0-9_]+$")
    require_mended(
        ("agencies_agency", "slug", number, slug, slugify(slug))
        for number, slug in rows.order_by("pk").values_list("pk", "slug")
    )


class Migration(migrations.Migration):
    dependencies = [("agencies", "0001_initial")]

    operations = [
        migrations.RunPython(require_good_slugs, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="agency",
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
                name="agency_slug_has_an_address",
            ),
        ),
    ]
