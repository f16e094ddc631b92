"""The revisions that follow from the public record: every row as it stood after each write, made again from the rows
that say so. For databases older than revisions, and to hold what is stored against.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models

from agencies.models import Agency
from commitments.choices import LinkState
from commitments.link_checks.states import DRIFTED
from commitments.models import (
    FOREVER,
    REVISIONS,
    Change,
    ChangeAction,
    Commitment,
    Pillar,
    Plan,
    Section,
)
from commitments.querysets.former_names import as_named_today
from commitments.services.history_rules import copies_of
from commitments.services.search_index import document_of
from commitments.status_rules import EvidenceFacts, Step
from commitments.statuses import order_of, origin_seen_from
from planwatch.net.addresses import normalized

# The kinds of rows that the record names by their natural keys; those that others name come first.
KINDS = (
    *(
        "jurisdiction",
        "agency",
        "source",
        "plan",
        "pillar",
        "theme",
        "site",
        "section",
        "commitment",
    ),
    *("citation", "commitmentlink", "development", "reportedstatus"),
)
# The rows that join a row to others, and which these are.
JOINS = {
    "commitmentagency": ("commitment", "agency"),
    "commitmenttheme": ("commitment", "theme"),
    "developmentcommitment": ("development", "commitment"),
    "sectionpillar": ("section", "pillar"),
}
# Their rows in the record move no commitment.
STILL = ("proposal", "sourcecheck", "importfile", "accountchange", "redaction", "doublecoding")
BATCH = 1000
NOT_CHECKED = {
    "link_state": LinkState.UNCHECKED.value,
    "link_final_url": "",
    "link_http_status": None,
    "link_content_changed": False,
    "link_found_at": None,
    "link_checked_at": None,
    "link_checked_before": None,
}
Values = dict[str, Any]


class Stood(NamedTuple):
    """A row by its columns, and from and until when it stood so. `kind` is the name of its model in lower case."""

    kind: str
    values: Values
    recorded_from: dt.datetime
    recorded_until: dt.datetime


class Replay:
    """Walks the record in its order."""

    def __init__(self):
        self._rows: dict[str, dict[Any, Values]] = defaultdict(dict)
        self._standing: dict[tuple[str, Any], tuple[dt.datetime, Values]] = {}
        self._numbers = {
            kind: {
                "/".join(map(str, key)): number
                for *key, number in model.objects.values_list(*model.key_fields, "pk").iterator()
            }
            for kind, model in zip(KINDS, map(model_named, KINDS), strict=True)
        }
        self._fields = {kind: model_named(kind)._meta.concrete_fields for kind in KINDS}
        self._steps: dict[int, list[tuple]] = defaultdict(list)
        self._resting: dict[int, set[int]] = defaultdict(set)
        self._reviews: dict[int, list] = defaultdict(list)
        self._retracted: set[str] = set()
        # The commitments of the rows that do not name them: edits of sources, retractions of reviews, developments.
        self._named: dict[int, list[int]] = defaultdict(list)
        # What each row is joined to, in order; such a row has no number of its own that anything would name.
        self._joined = {kind: defaultdict(dict) for kind in JOINS}
        self._join_numbers = {
            kind: {
                tuple(pair): number
                for *pair, number in model_named(kind).objects.values_list(
                    f"{one}_id", f"{other}_id", "pk"
                )
            }
            for kind, (one, other) in JOINS.items()
        }
        self._touched: dict[str, dict] = {}

    def revisions(self) -> Iterator[Stood]:
        """Yield every revision: those that have ended in the order of their ends, then those that still stand."""
        self._read_histories()
        for moment, rows in groupby(self._events(), key=lambda event: event[0]):
            self._now, self._touched = moment, defaultdict(dict)
            for _, apply, row in rows:
                apply(row)
            yield from self._ended(moment)
        for (kind, _), (since, values) in self._standing.items():
            yield Stood(kind, values, since, FOREVER)

    def _events(self) -> Iterator[tuple]:
        """Yield (moment, what takes the row in, row) in the order of the record; checks of links among them."""
        changes = model_named("change").objects.order_by("seq").iterator(BATCH)
        checks = model_named("sourcecheck").objects.order_by("checked_at", "pk")
        checks = checks.iterator(BATCH)
        check = next(checks, None)
        for change in changes:
            while check is not None and check.checked_at <= change.recorded_at:
                yield check.checked_at, self._check, check
                check = next(checks, None)
            yield change.recorded_at, self._change, change
        while check is not None:
            yield check.checked_at, self._check, check
            check = next(checks, None)

    def _read_histories(self) -> None:
        evidence = defaultdict(list)
        for step, *cited in model_named("evidence").objects.values_list(
            "status_change_id", "source_id", "recorded_at"
        ):
            evidence[step].append(cited)
        columns = ("pk", "corrects_id", "seq", "effective_on", "precision", "status", "explanation")
        steps = model_named("statuschange").objects.order_by("pk")
        for commitment, recorded_at, pk, *rest in steps.values_list(
            "commitment_id", "recorded_at", *columns
        ).iterator():
            self._steps[commitment].append((recorded_at, pk, *rest, evidence[pk]))
            for source, _ in evidence[pk]:
                self._resting[source].add(commitment)
        for commitment, *review in model_named("review").objects.values_list(
            "commitment_id", "pk", "recorded_at", "reviewed_on"
        ):
            self._reviews[commitment].append(review)
        about = model_named("change").commitments.through.objects.filter(
            change__object_type__in=("source", "reviewretraction", "development")
        )
        for seq, commitment in about.values_list("change_id", "commitment_id"):
            self._named[seq].append(commitment)

    # What a row of the record does

    def _change(self, change) -> None:
        kind, change.after = as_named_today(change.object_type, change.after)
        key = change.object_key
        if kind in KINDS:
            number = self._numbers[kind].setdefault(key, -change.seq)
            if change.action == ChangeAction.DELETE:
                about = self._about(kind, self._rows[kind].pop(number))
                self._touched[kind][number] = None
            else:
                self._save(kind, number, change)
                about = self._about(kind, self._rows[kind][number]) or self._named[change.seq]
        elif kind in STILL:
            return
        elif kind == "evidence":
            about = [self._numbers["commitment"][change.after["status_change"].partition("/")[0]]]
        elif kind == "reviewretraction":
            self._retracted.add(change.after["review"])
            about = self._named[change.seq]
        else:
            about = [self._numbers["commitment"][change.after["commitment"]]]
        for commitment in about:
            self._move(commitment, change)

    @staticmethod
    def _about(kind: str, values: Values) -> list[int]:
        """Return the commitments that a row is about."""
        columns = {
            "commitment": ("id",),
            "citation": ("commitment_id",),
            "reportedstatus": ("commitment_id",),
            "commitmentlink": ("earlier_id", "later_id"),
        }
        return [values[column] for column in columns.get(kind, ())]

    def _save(self, kind: str, number: int, change) -> None:
        before = self._rows[kind].get(number, {})
        values = {"id": number}
        for field in self._fields[kind]:
            if field.primary_key:
                continue
            if field.name in change.after:
                values[field.attname] = self._value(field, change.after[field.name])
            else:
                values[field.attname] = before.get(field.attname, field.get_default())
        self._rows[kind][number] = values
        self._touched[kind][number] = values
        if kind == "commitment":
            values["created_at"] = before.get("created_at", change.recorded_at)
            self._join(kind, number, change.after)
            self._index(number)
        elif kind == "development":
            values["recorded_at"] = before.get("recorded_at", change.recorded_at)
            self._join(kind, number, change.after)
        elif kind == "source":
            self._saved_source(number, before, values)
        elif kind == "section":
            self._join(kind, number, change.after)
        if before and kind in ("agency", "pillar", "plan", "section"):
            self._renamed(kind, number)

    def _value(self, field: models.Field, value: Any) -> Any:
        if not field.is_relation:
            return field.to_python(value)
        return None if value is None else self._numbers[field.related_model._meta.model_name][value]

    def _join(self, owner: str, number: int, after: Values) -> None:
        """Join a commitment to its agencies and themes, a development to its commitments, a section to its pillars."""
        wanted = [
            ("commitmentagency", slug, {"role": role, "position": position})
            for role in ("lead", "partner")
            for position, slug in enumerate(after.get(f"{role}_agencies", ()), 1)
        ]
        lists = (("commitmenttheme", "themes"), ("developmentcommitment", "commitments"))
        wanted += [
            (kind, code, {"position": position})
            for kind, name in lists
            for position, code in enumerate(after.get(name, ()), 1)
        ]
        wanted += [("sectionpillar", slug, {}) for slug in after.get("pillars", ())]
        for kind, joined in self._joined.items():
            if JOINS[kind][0] == owner:
                former = joined.pop(number, ())
                self._touched[kind] |= {(number, other): None for other in former}
        for kind, key, values in wanted:
            _, name = JOINS[kind]
            other = self._numbers[name][key]
            pair, numbers = (number, other), self._join_numbers[kind]
            row = numbers.setdefault(pair, -1 - len(numbers))
            values |= {"id": row, f"{owner}_id": number, f"{name}_id": other}
            self._joined[kind][number][other] = self._touched[kind][pair] = values

    def _saved_source(self, number: int, before: Values, values: Values) -> None:
        values["normalized_url"] = normalized(values["url"])
        if before and before["url"] != values["url"]:
            values |= NOT_CHECKED
        if before:
            for commitment in self._resting[number] & self._rows["commitment"].keys():
                self._derive(commitment)

    def _renamed(self, kind: str, number: int) -> None:
        if kind == "agency":
            owing = self._joined["commitmentagency"].items()
            found = [commitment for commitment, agencies in owing if number in agencies]
        else:
            rows = self._rows["commitment"].values()
            found = [row["id"] for row in rows if row[f"{kind}_id"] == number]
        for commitment in found:
            self._index(commitment)
            if kind == "plan":
                self._derive(commitment)

    def _move(self, commitment: int, change) -> None:
        values = self._rows["commitment"][commitment]
        values |= {"seq": change.seq, "updated_at": change.recorded_at}
        self._derive(commitment)

    def _derive(self, commitment: int) -> None:
        """Work out the copies of a commitment from what its history was by now."""
        values = self._rows["commitment"][commitment]
        known = [step for step in self._steps[commitment] if step[0] <= self._now]
        struck = {corrects for _, _, corrects, *_ in known}
        plan = self._rows["plan"][values["plan_id"]]["jurisdiction"]
        standing = [
            self._step(plan, *step[3:], is_correction=step[2] is not None)
            for step in known
            if step[1] not in struck
        ]
        values |= copies_of(
            Commitment(announced_on=values["announced_on"], created_at=values["created_at"]),
            max(standing, key=order_of, default=None),
            self._last_reviewed_on(commitment),
            max((step[0] for step in known), default=None),
        )
        self._touched["commitment"][commitment] = values

    def _last_reviewed_on(self, commitment: int) -> dt.date | None:
        days = [
            day
            for number, at, day in self._reviews[commitment]
            if at <= self._now and str(number) not in self._retracted
        ]
        return max(days, default=None)

    def _step(
        self, plan, seq, effective_on, precision, status, explanation, cited, *, is_correction
    ):
        rows = [self._rows["source"][source] for source, at in cited if at <= self._now]
        facts = [
            EvidenceFacts(
                origin_seen_from(plan, row["origin"], row["jurisdiction"]), row["published_on"]
            )
            for row in rows
        ]
        return Step(seq, effective_on, precision, status, explanation, facts, is_correction)

    def _index(self, commitment: int) -> None:
        values = self._rows["commitment"][commitment]
        item = Commitment(**values)
        item.plan = Plan(language=self._rows["plan"][values["plan_id"]]["language"])
        if values["pillar_id"]:
            item.pillar = Pillar(name=self._rows["pillar"][values["pillar_id"]]["name"])
        if values["section_id"]:
            item.section = Section(title=self._rows["section"][values["section_id"]]["title"])
        owing = [
            Agency(**self._rows["agency"][agency])
            for agency in self._joined["commitmentagency"][commitment]
        ]
        document, _ = document_of(item, sorted(owing, key=lambda agency: agency.name))
        self._touched["searchdocument"][commitment] = {
            "commitment_id": commitment,
            "title": document.title,
            "text": document.text,
        }

    def _check(self, check) -> None:
        values = self._rows["source"][check.source_id]
        if values["url"] != check.url:
            return
        last = values["link_checked_at"]
        if check.is_recorded:
            values |= {
                "link_state": check.state,
                "link_final_url": check.final_url,
                "link_http_status": check.http_status,
                "link_content_changed": (check.drift or 0) >= DRIFTED,
                "link_found_at": check.checked_at,
            }
        if last and last.date() < check.checked_at.date():
            values["link_checked_before"] = last.date()
        values["link_checked_at"] = check.checked_at
        self._touched["source"][check.source_id] = values

    # What stood

    def _ended(self, moment: dt.datetime) -> Iterator[Stood]:
        for kind, rows in self._touched.items():
            for key, values in rows.items():
                since, stood = self._standing.pop((kind, key), (None, None))
                if stood == values:
                    self._standing[kind, key] = since, stood
                    continue
                if stood is not None:
                    yield Stood(kind, stood, since, moment)
                if values is not None:
                    self._standing[kind, key] = moment, dict(values)


def begin_revisions() -> None:
    """Make the revisions of a record that a release before revisions wrote."""
    if Change.objects.exists() and not REVISIONS[Commitment].objects.exists():
        rebuild()


def rebuild() -> None:
    """Make every revision again from the record, in place of those that are stored."""
    waiting: dict[str, list] = defaultdict(list)
    for revision in REVISIONS.values():
        revision.objects.all().delete()

    def write(kind: str) -> None:
        REVISIONS[model_named(kind)].objects.bulk_create(waiting.pop(kind))

    for kind, values, since, until in Replay().revisions():
        columns = {"row" if name == "id" else name: value for name, value in values.items()}
        columns |= {"recorded_from": since, "recorded_until": until}
        waiting[kind].append(REVISIONS[model_named(kind)](**columns))
        if len(waiting[kind]) == BATCH:
            write(kind)
    for kind in list(waiting):
        write(kind)


def model_named(name: str) -> type[models.Model]:
    """Return the model of that name in lower case, as it is today."""
    return apps.get_model("agencies" if name in ("agency", "jurisdiction") else "commitments", name)
