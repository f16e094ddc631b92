"""Endpoints of counts (stats/) and of the status vocabulary (statuses/)."""

from collections.abc import Iterable
from itertools import product

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments import choices, statuses
from commitments.api.clocks import COVERAGE, ListFormats
from commitments.api.parameters import FILTER_PARAMETERS
from commitments.choices import WITHOUT_PILLAR
from commitments.known_at import edition_asked
from commitments.presenters.coverage import in_one_sentence
from commitments.selection import PARAMETERS, REPEATABLE, in_todays_names, select_commitments
from planwatch.api.serializers import Serializer
from planwatch.api.views import JSON_ALONE
from planwatch.exports.tables import Column, Table
from planwatch.web.query_params import (
    InvalidQuery,
    ParameterProblem,
    check_names,
    collected,
    listed,
    refuse,
    timeless,
    unknown_value,
)


class StatusRuleSerializer(Serializer):
    """What a status means, what it needs, and what may follow it."""

    code = serializers.CharField()
    label = serializers.CharField()
    is_open = serializers.BooleanField()
    meaning = serializers.CharField()
    evidence = serializers.CharField()
    explanation_needed = serializers.BooleanField()
    only_after_deadline = serializers.BooleanField()
    moves = serializers.ListField(child=serializers.CharField())
    crosswalk = serializers.DictField(child=serializers.CharField())


class VocabularySerializer(Serializer):
    """The words of the tracker, with their rules."""

    start = serializers.CharField()
    statuses = StatusRuleSerializer(many=True)
    evidence_rules = serializers.ListField(child=serializers.CharField())
    verification = serializers.DictField(child=serializers.CharField())
    origins = serializers.DictField(child=serializers.CharField())


COUNTS_REPEAT = (
    "Whether a commitment can count in several rows (by agency, source or theme), so that the counts add up to more than "
    "`total`."
)


class StatsSerializer(Serializer):
    """Counts of commitments, with their denominator."""

    by = serializers.ListField(child=serializers.CharField())
    total = serializers.IntegerField()
    coverage = serializers.CharField(help_text=COVERAGE)
    as_of = serializers.DateField()
    dataset_version = serializers.IntegerField()
    counts_repeat = serializers.BooleanField(help_text=COUNTS_REPEAT)
    results = serializers.ListField(child=serializers.DictField())


STATS_BY = (
    *("pillar", "status", "verification", "agency", "source", "theme", "jurisdiction", "plan"),
    *("section", "kind", "year", "done_when_announced"),
)
# A commitment can have several of these.
SEVERAL = {"agency", "source", "theme"}


class VocabularyView(APIView):
    """The status vocabulary."""

    @extend_schema(
        description="Read the ten statuses: meaning, evidence rule, allowed moves, crosswalk.",
        parameters=[JSON_ALONE],
        responses=VocabularySerializer,
    )
    def get(self, request):
        check_names(
            request.query_params, ("format",), timeless("The rules of statuses have no date.")
        )
        return Response(VocabularySerializer(vocabulary()).data)


def vocabulary() -> dict:
    """Return the rules of statuses.py as plain data."""
    return {
        "start": statuses.START.value,
        "statuses": [
            {
                "code": status.value,
                "label": status.label,
                "is_open": statuses.is_open(status),
                "meaning": rule.meaning,
                "evidence": rule.evidence,
                "explanation_needed": rule.explanation_needed,
                "only_after_deadline": status in statuses.AFTER_DEADLINE,
                "moves": [move.value for move in choices.Status if move in statuses.MOVES[status]],
                "crosswalk": {
                    "gao_recommendations": rule.gao,
                    "ogp_irm": rule.ogp,
                    "promise_trackers": rule.promise_trackers,
                },
            }
            for status, rule in statuses.RULES.items()
        ],
        "evidence_rules": list(statuses.EVIDENCE_RULES),
        "verification": dict(choices.Verification.choices),
        "origins": dict(choices.Origin.choices),
    }


class StatsView(ListFormats, APIView):
    """Counts of commitments."""

    senseless = {"order": "Counts have no order to choose: they are ordered by what they count by."}
    paging_parameters = ()

    @property
    def day(self):
        return self.selection.clocks.day

    @extend_schema(
        description="Count commitments by one or two of "
        + ", ".join(STATS_BY)
        + ". Values that no commitment has are listed with 0. A commitment of two agencies, sources or themes counts once "
        "for each; `total` counts it once. An agency counts those of its offices, a section those directly under it.",
        parameters=[
            OpenApiParameter(
                "by",
                str,
                many=True,
                explode=False,
                enum=STATS_BY,
                required=True,
                description="One or two, comma-separated.",
            ),
            *FILTER_PARAMETERS[:-1],
        ],
        responses=StatsSerializer,
    )
    def get(self, request):
        params, problems = in_todays_names(request.query_params), []
        taken = [name for name in PARAMETERS if name not in self.senseless]
        with collected(problems):
            check_names(params, (*taken, "by", "format"), self.senseless, REPEATABLE)
        with collected(problems):
            self.selection = select_commitments(params, also=("by", "format"))
        with collected(problems):
            self.names = self.names_of(params)
        refuse(problems)
        if self.file_renderer:
            return self.file()
        return self.named(
            {
                "by": self.names,
                "total": self.selection.count,
                "coverage": in_one_sentence(self.selection.partly_read),
                "as_of": self.day.isoformat(),
                "dataset_version": edition_asked(request).version,
                "counts_repeat": self.counts_repeat,
                "results": self.counts(),
            }
        )

    def names_of(self, params) -> list[str]:
        names = listed(params, "by")
        refuse([unknown_value("by", name, STATS_BY) for name in names if name not in STATS_BY])
        if not 1 <= len(names) <= 2:
            words = f"Give one or two of: {', '.join(STATS_BY)}."
            raise InvalidQuery([ParameterProblem("by", words)])
        return names

    @property
    def counts_repeat(self) -> bool:
        return not SEVERAL.isdisjoint(self.names)

    def counts(self) -> list[dict]:
        """Return a row for each combination that occurs or could, in the order of the values."""
        found = {
            tuple(
                row[f"by_{name}"] if row[f"by_{name}"] != ":" else None for name in self.names
            ): row["count"]
            for row in self.selection.queryset.count_by(*self.names)
        }
        values = [self.values_of(place, found) for place in range(len(self.names))]
        rows = [dict(zip(self.names, key, strict=True)) for key in {*found, *product(*values)}]
        rows = [row | {"count": found.get(tuple(row.values()), 0)} for row in rows]
        rows = [row for row in rows if row["count"] or self.could_be(row)]
        return sorted(rows, key=lambda row: [str(row[name] or "") for name in self.names])

    def values_of(self, place: int, found: Iterable[tuple]) -> Iterable:
        """Return the values of one of `names` that the filters admit; of years and sources those that occur."""
        name, occurring = self.names[place], {key[place] for key in found}
        if name in ("year", "source"):
            return occurring
        if name == "done_when_announced":
            return occurring | {True, False}
        asked, vocabulary = self.selection.values_of(name), self.selection.filterset.vocabulary
        if asked and name == "agency":
            asked = vocabulary.with_offices_below(asked)
        if asked and name == "section":
            asked = vocabulary.with_sections_below(asked)
        every = asked or self.selection.filterset.filters[name].names
        return occurring | {*every} - {WITHOUT_PILLAR}

    def could_be(self, row: dict) -> bool:
        """Return whether a section, a plan and a jurisdiction of a row belong together, and to those asked for."""
        plan = row.get("plan") or (row.get("section") or "").partition(":")[0]
        if not plan:
            return True
        code = self.selection.filterset.vocabulary.jurisdiction_of[plan]
        plans, codes = map(self.selection.values_of, ("plan", "jurisdiction"))
        return (
            (row.get("section") or f"{plan}:").startswith(f"{plan}:")
            and row.get("jurisdiction", code) == code
            and plan in (plans or [plan])
            and code in (codes or [code])
        )

    def table(self):
        columns = [
            Column((name,), "integer" if name == "year" else "string", False, True, "Counted by.")
            for name in self.names
        ]
        columns.append(Column(("count",), "integer", False, False, "Commitments."))
        columns.append(Column(("coverage",), "string", False, False, COVERAGE))
        columns.append(Column(("counts_repeat",), "boolean", False, False, COUNTS_REPEAT))
        said = {
            "coverage": in_one_sentence(self.selection.partly_read),
            "counts_repeat": self.counts_repeat,
        }
        counts = [row | said for row in self.counts()]
        return Table(columns, iter(counts), len(counts))
