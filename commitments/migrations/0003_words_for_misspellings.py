import re
import unicodedata

from django.db import migrations, models


def add_words(apps, schema_editor):
    """Collect the words of what was indexed before; from now on every save adds its own."""
    from commitments.search import stems

    words = set()
    texts = [
        apps.get_model("commitments", "Commitment").objects.values_list(
            "title", "summary", "target", "lead_note", "note", "pillar__name", "objective__title"
        ),
        apps.get_model("agencies", "Agency").objects.values_list("acronym", "short_name", "name"),
    ]
    for rows in texts:
        for row in rows.iterator(500):
            text = unicodedata.normalize("NFC", " ".join(filter(None, row))).lower()
            words.update(re.findall(r"[^\W\d_]{4,40}", text))
    stemmed = {word: "".join(stems(word)) for word in words}
    model = apps.get_model("commitments", "SearchWord")
    model.objects.bulk_create(
        [model(word=word, stem=stem) for word, stem in sorted(stemmed.items()) if len(stem) <= 80],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0002_guards_and_search"),
        ("agencies", "0001_initial"),
    ]

    operations = [
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
        migrations.RunPython(add_words, migrations.RunPython.noop),
    ]
