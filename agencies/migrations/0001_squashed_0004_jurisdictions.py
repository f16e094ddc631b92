"""The tables as the migrations replaced here leave them; an installation that began with those goes on by them."""

import django.db.models.deletion
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("agencies", "0001_initial"),
        ("agencies", "0002_agency_slug_has_an_address"),
        ("agencies", "0003_jurisdictions_of_iso_3166_2"),
        ("agencies", "0004_jurisdictions"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Agency",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=200)),
                (
                    "short_name",
                    models.CharField(
                        help_text="What a reader says: Homeland Security.", max_length=80
                    ),
                ),
                ("acronym", models.CharField(blank=True, max_length=30)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="agencies.agency",
                    ),
                ),
                (
                    "jurisdiction",
                    models.CharField(
                        help_text="ISO 3166-1 alpha-2, ISO 3166-2 (CA-ON) or EU.", max_length=6
                    ),
                ),
                ("url", models.URLField(blank=True, max_length=500)),
            ],
            options={
                "verbose_name_plural": "agencies",
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("id")), _negated=True),
                        name="agency_is_not_its_own_parent",
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
                        name="agency_slug_has_an_address",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Jurisdiction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        help_text="ISO 3166-1 alpha-2, ISO 3166-2 (CA-ON) or, where there is none, one of your own.",
                        max_length=6,
                        unique=True,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="What a reader says: Canada, Ontario.", max_length=100
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("supranational", "Supranational"),
                            ("national", "National"),
                            ("subnational", "Subnational"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="agencies.jurisdiction",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        help_text="IANA time zone by whose days its deadlines pass.", max_length=40
                    ),
                ),
                (
                    "languages",
                    models.CharField(
                        blank=True,
                        help_text="BCP 47 tags joined with |, the main one first.",
                        max_length=100,
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
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
                            models.Q(("code", ""), _negated=True),
                        ),
                        name="jurisdiction_code_has_an_address",
                        violation_error_message="Use capital letters A to Z, digits and hyphens for the code.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__in", ["supranational", "national", "subnational"])
                        ),
                        name="jurisdiction_level_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("id")), _negated=True),
                        name="jurisdiction_is_not_its_own_parent",
                    ),
                ],
            },
        ),
    ]
