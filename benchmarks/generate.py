"""Fills an empty database with N commitments of the full shape, the same for the same N: agencies of two levels, three
sources, five steps with evidence, the record and the search index as the services would have written them.

    python -m benchmarks.generate 10000     # into DATABASE_URL, migrated

Rows are written in bulk; tests/test_benchmarks.py holds the result against verify_record and check_integrity.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import itertools
import random
import re
import sys
from collections.abc import Iterable, Sequence

import orjson
import yaml
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction

from agencies.models import Agency
from commitments import services
from commitments.audit import replay
from commitments.audit.hash_chain import moment
from commitments.audit.recorder import key_of
from commitments.models import (
    Change,
    Citation,
    Commitment,
    CommitmentAgency,
    DatasetVersion,
    Evidence,
    Pillar,
    Plan,
    SearchDocument,
    SearchWord,
    Section,
    Source,
    StatusChange,
)
from commitments.services.documents import write_every_document
from commitments.services.search_index import INDEXED, document_of, index_texts
from commitments.statuses import verification_of

ACTOR = "generator"
FIRST_DAY = dt.date(2021, 12, 3)
CHUNK = 1000
SOURCES, STEPS = 3, 5
# Legal by statuses.MOVES; the last is what the commitment shows. The two last ones end what is due.
PATHS = (
    ("not_started", "in_progress", "stalled", "in_progress", "completed"),
    ("in_progress", "in_place", "stalled", "in_progress", "in_place"),
    ("in_progress", "stalled", "in_progress", "stalled", "in_progress"),
    ("not_started", "in_progress", "in_place", "in_progress", "stalled"),
    ("not_started", "in_progress", "stalled", "in_progress", "withdrawn"),
    ("not_started", "in_progress", "stalled", "in_progress", "not_met"),
    ("in_progress", "stalled", "in_progress", "stalled", "partly_met"),
)
PILLARS = {"prevention": "PRV", "protection": "PRT", "prosecution": "PRS", "partnerships": "PAR"}


class Writer:
    """Appends rows to tables, and to the record, faster than model instances could be made."""

    def __init__(self, version: DatasetVersion, started: dt.datetime, pause: dt.timedelta):
        self.version, self.now, self.pause = version, started, pause
        self.waiting: dict[type[models.Model], list[tuple]] = {}
        self.numbers = {
            model: itertools.count((model.objects.aggregate(n=models.Max("pk"))["n"] or 0) + 1)
            for model in (Source, Commitment, CommitmentAgency, Citation, StatusChange, Evidence)
        }
        self.about = Change.commitments.through
        self.about_numbers = itertools.count(self.about.objects.count() + 1)

    def add(self, model: type[models.Model], **values) -> int:
        """Add a row; `values` by column, what is not given as the model's default. Returns its id."""
        fields = model._meta.concrete_fields
        if model in self.numbers:
            values["id"] = next(self.numbers[model])
        row = tuple(
            values[field.attname] if field.attname in values else field.get_default()
            for field in fields
        )
        self.waiting.setdefault(model, []).append(row)
        return values.get("id", 0)

    def record(self, model: type[models.Model], key: str, after: dict, about: int | None) -> int:
        """Append to the record that a row was made; returns the number of the record's row."""
        version = self.version
        self.now += self.pause
        seq = version.seq + 1
        nonce = f"{random.getrandbits(128):032x}"
        body = {
            **{"object_type": model._meta.model_name, "object_key": key, "actor": ACTOR},
            **{"before": None, "after": after, "nonce": nonce},
        }
        header = {
            **{"seq": seq, "recorded_at": moment(self.now), "action": "create"},
            **{"body_hash": _digest(body), "prev_hash": version.hash},
        }
        sealed = _digest(header)
        values = {**body, **header, "recorded_at": self.now, "hash": sealed}
        self.add(Change, **values)
        if about is not None:
            self.add(self.about, id=next(self.about_numbers), change_id=seq, commitment_id=about)
        version.seq, version.hash, version.changed_at = seq, sealed, self.now
        return seq

    def flush(self) -> None:
        """Write what waits, parents first."""
        order = [Source, Commitment, CommitmentAgency, Citation, StatusChange, Evidence, Change]
        for model in (*order, self.about, SearchDocument):
            if rows := self.waiting.pop(model, []):
                _insert(model, rows)

    def finish(self) -> None:
        self.flush()
        self.version.save()
        for statement in connection.ops.sequence_reset_sql(no_style(), [*self.numbers, self.about]):
            with connection.cursor() as cursor:
                cursor.execute(statement)


def _digest(value: dict) -> str:
    """Return the record's digest. Keys and texts here are such that orjson writes them as RFC 8785 does."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _insert(model: type[models.Model], rows: Sequence[tuple]) -> None:
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields]
    named = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lines = "".join("\t".join(map(_copied, row)) + "\n" for row in rows)
            cursor.cursor.copy_expert(f'COPY "{table}" ({named}) FROM STDIN', io.StringIO(lines))
        else:
            marks = ", ".join("?" * len(columns))
            connection.connection.executemany(
                f'INSERT INTO "{table}" ({named}) VALUES ({marks})',
                (tuple(map(_stored, row)) for row in rows),
            )


def _stored(value):
    """Return a value as Django keeps it in SQLite."""
    if isinstance(value, dt.datetime):
        return str(value.replace(tzinfo=None))
    if isinstance(value, dt.date):
        return value.isoformat()
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def _copied(value) -> str:
    """Return a value as PostgreSQL's COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, dict):
        value = orjson.dumps(value).decode()
    return re.sub(r"[\\\t\n\r]", lambda found: "\\" + _ESCAPES[found[0]], str(value))


_ESCAPES = {"\\": "\\", "\t": "t", "\n": "n", "\r": "r"}


def _kept(model: type[models.Model], values: dict, **related) -> dict:
    """Return what the record keeps of a row; see services.record.snapshot."""
    found = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or not field.editable:
            continue
        if field.is_relation:
            found[field.name] = related.pop(field.name, None)
        else:
            value = values[field.name] if field.name in values else field.get_default()
            found[field.name] = moment(value) if isinstance(value, dt.date) else value
    return found | related


class Words:
    """Texts like those of the data set: its own words, the common ones often; one text in a thousand has a rare word."""

    def __init__(self, chance: random.Random):
        rows = yaml.safe_load(
            (settings.BASE_DIR / "fixtures/us-nap-2021/commitment.yaml").read_text()
        )
        text = " ".join(f"{row['fields']['title']} {row['fields']['summary']}" for row in rows)
        words = re.findall(r"[a-z]{3,12}", text.lower())
        self.chance, self.words = chance, words

    def text(self, length: int) -> str:
        return " ".join(self.chance.choices(self.words, k=length)).capitalize()


def generate(number: int) -> None:
    """Fill the database of the default alias, which must be migrated and hold no commitment, with `number` of them."""
    if Commitment.objects.exists():
        raise SystemExit("This database holds commitments. Give an empty one.")
    random.seed(20211203)
    chance = random.Random(number)
    agencies = _frame()
    # From the beginning of 2025 to the autumn of 2026, however many rows there are.
    rows = number * (1 + SOURCES + STEPS) + _sources_for(number)
    pause = dt.timedelta(days=600) / rows
    with transaction.atomic():
        version = DatasetVersion.objects.select_for_update().get(pk=1)
        writer = Writer(version, dt.datetime(2025, 1, 1, tzinfo=dt.UTC), pause)
        sources = [_source(writer, place) for place in range(_sources_for(number))]
        writer.flush()
        words, spelled = Words(chance), set()
        frame = _Frame(agencies)
        for place in range(number):
            spelled.update(_commitment(writer, chance, words, frame, sources, place))
            if place % CHUNK == CHUNK - 1:
                writer.flush()
        writer.finish()
        SearchWord.objects.bulk_create(
            [SearchWord(word=word, stem=stem) for word, stem in sorted(spelled)],
            batch_size=5000,
            ignore_conflicts=True,
        )
        replay.rebuild()
        index_texts({model: model.objects.values_list("pk", flat=True) for model in INDEXED})
        write_every_document()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _sources_for(number: int) -> int:
    return 60 + number // 20


def _frame() -> list[Agency]:
    """Make plan, pillars, sections, and twelve departments with six offices each."""
    services.save_plan(
        slug="us-nap-2021",
        jurisdiction="US",
        title="National Action Plan",
        published_on=FIRST_DAY,
        starts_on=FIRST_DAY,
        ends_on=dt.date(2023, 12, 3),
        actor=ACTOR,
    )
    for position, (slug, code) in enumerate(PILLARS.items(), 1):
        services.save_pillar(
            slug=slug, code=code, name=slug.capitalize(), position=position, actor=ACTOR
        )
        for number in range(1, 6):
            services.save_section(
                key=f"{slug}-{number}",
                plan="us-nap-2021",
                pillars=[slug],
                title=f"Section {number} of {slug}",
                position=number,
                actor=ACTOR,
            )
    found = []
    for number in range(12):
        names = [(f"department-{number}", f"Department {number}", None)]
        names += [
            (f"office-{number}-{part}", f"Office {part} of Department {number}", names[0][0])
            for part in range(6)
        ]
        for slug, name, parent in names:
            saved = services.save_agency(
                slug=slug,
                name=name,
                short_name=name,
                acronym=slug.upper().replace("-", ""),
                parent=parent,
                jurisdiction="US",
                actor=ACTOR,
            )
            found.append(saved.item)
    return found


class _Frame:
    """What commitments hang on, read once."""

    def __init__(self, agencies: list[Agency]):
        self.agencies = agencies
        self.plan = Plan.objects.get()
        self.pillars = list(Pillar.objects.order_by("position"))
        self.sections = {
            pillar: [
                *Section.objects.select_related("plan").filter(pillars=pillar),
            ]
            for pillar in self.pillars
        }


def _source(writer: Writer, place: int) -> tuple[int, str, dt.date, str]:
    """Add a document, and return its id, slug, day and origin. Two in three are official."""
    published_on = FIRST_DAY + dt.timedelta(days=(place * 37) % 1800)
    origin, kind = (("official", "fact_sheet"), ("official", "report"), ("independent", "news"))[
        place % 3
    ]
    values = {
        "slug": f"document-{place}",
        "title": f"Document {place} on the fight against trafficking",
        "publisher": f"Publisher {place % 40}",
        "published_on": published_on,
        "kind": kind,
        "origin": origin,
        "url": f"https://example.org/documents/{place}",
    }
    number = writer.add(Source, **values)
    writer.record(Source, values["slug"], _kept(Source, values), None)
    return number, values["slug"], published_on, origin


def _commitment(
    writer: Writer, chance: random.Random, words: Words, frame: _Frame, sources: list, place: int
) -> Iterable[tuple[str, str]]:
    """Add a commitment with everything that hangs on it; returns its words and their stems, for misspellings."""
    pillar = frame.pillars[place % 4]
    section = chance.choice(frame.sections[pillar])
    code = f"US21-{pillar.code}-{place + 1:07d}"
    announced = FIRST_DAY + dt.timedelta(days=chance.randrange(0, 700))
    path = PATHS[chance.randrange(len(PATHS))]
    due = announced + dt.timedelta(days=chance.randrange(200, 310)) if place % 3 else None
    if path[-1] in ("not_met", "partly_met") and due is None:
        due = announced + dt.timedelta(days=300)
    rare = f" Zebra{place // 1000} is named." if place % 1000 == 500 else ""
    values = {
        "code": code,
        "pillar_basis": "stated",
        "kind": ("deliverable", "ongoing", "exploratory", "aim")[chance.randrange(4)],
        "title": words.text(9),
        "summary": f"{words.text(40)}.{rare}",
        "announced_on": announced,
        "due_on": due,
    }
    days = sorted(chance.sample(range(1, 180), STEPS - 1))
    days = [announced + dt.timedelta(days=day) for day in (*days, 320)]
    cited = chance.sample(sources, SOURCES)
    # One that was published after every step, and so can show each of them.
    last_source = next(
        row
        for row in [*cited, *sources]
        if row[3] == "official" and row[2] >= days[-1] and _near(row, days)
    )
    proofs = [last_source] * STEPS
    owed = chance.sample(frame.agencies, 3)
    item = {"plan_id": frame.plan.pk, "pillar_id": pillar.pk, "section_id": section.pk}
    made = writer.now + writer.pause
    number = writer.add(
        Commitment,
        **values,
        **item,
        status=path[-1],
        status_since=days[-1],
        verification=str(verification_of([proofs[-1][3]])),
        last_reviewed_on=max(days[-1], (made + writer.pause * (SOURCES + STEPS)).date()),
        created_at=made,
        updated_at=made + writer.pause * (SOURCES + STEPS),
        seq=writer.version.seq + 1 + SOURCES + STEPS,
    )
    for position, agency in enumerate(owed, 1):
        role = "lead" if position == 1 else "partner"
        writer.add(
            CommitmentAgency,
            commitment_id=number,
            agency_id=agency.pk,
            role=role,
            position=position,
        )
    related = {"plan": key_of(frame.plan), "pillar": key_of(pillar), "section": key_of(section)}
    slugs = [agency.slug for agency in owed]
    after = _kept(
        Commitment, values, **related, lead_agencies=slugs[:1], partner_agencies=slugs[1:]
    )
    writer.record(Commitment, code, after, number)
    for index, (source, slug, _, _) in enumerate(cited):
        values_of = {
            "relation": "announces" if index == 0 else "restates",
            "locator": f"page {index + 1}",
        }
        writer.add(Citation, commitment_id=number, source_id=source, **values_of)
        key = f"{code}/{slug}/{values_of['relation']}/{values_of['locator']}"
        after = _kept(Citation, values_of, commitment=code, source=slug)
        writer.record(Citation, key, after, number)
    for seq, (status, day, proof) in enumerate(zip(path, days, proofs, strict=True), 1):
        step = {"seq": seq, "effective_on": day, "status": status, "explanation": "As reported."}
        recorded = {"recorded_at": writer.now + writer.pause}
        change = writer.add(StatusChange, commitment_id=number, **step, **recorded, actor=ACTOR)
        cited_in = {"source_id": proof[0], "locator": "page 2"}
        writer.add(Evidence, status_change_id=change, **cited_in, **recorded)
        evidence = [{"locator": "page 2", "note": "", "source": proof[1]}]
        after = _kept(StatusChange, step, commitment=code, evidence=evidence)
        writer.record(StatusChange, f"{code}/{seq}", after, number)
    subject = Commitment(pk=number, **values)
    subject.pillar, subject.section, subject.plan = pillar, section, frame.plan
    in_order = sorted(owed, key=lambda agency: agency.name)
    document, found = document_of(subject, in_order)
    writer.add(SearchDocument, commitment_id=number, title=document.title, text=document.text)
    return [(word.word, word.stem) for word in found]


def _near(source: tuple, days: list[dt.date]) -> bool:
    """Return whether a document is near enough to every day for the rule on continuing duties."""
    return all(abs((source[2] - day).days) < 700 for day in days)


if __name__ == "__main__":
    import django

    django.setup()
    generate(int(sys.argv[1]))
