"""Endpoints of counts (stats/) and of the status vocabulary (statuses/)."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments import choices, statuses
from commitments.api.clocks import COVERAGE, ListFormats
from commitments.api.parameters import FILTER_PARAMETERS
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
    listed,
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


class StatsSerializer(Serializer):
    """Counts of commitments, with their denominator."""

    by = serializers.ListField(child=serializers.CharField())
    total = serializers.IntegerField()
    coverage = serializers.CharField(help_text=COVERAGE)
    as_of = serializers.DateField()
    dataset_version = serializers.IntegerField()
    results = serializers.ListField(child=serializers.DictField())


STATS_BY = (
    *("pillar", "status", "verification", "agency", "source", "theme", "jurisdiction", "plan"),
    *("kind", "year", "done_when_announced"),
)


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
        + ". A commitment of two agencies, sources or themes counts once for each; `total` counts it once.",
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
        params = in_todays_names(request.query_params)
        taken = [name for name in PARAMETERS if name not in self.senseless]
        check_names(params, (*taken, "by", "format"), self.senseless, REPEATABLE)
        self.selection = select_commitments(params, also=("by", "format"))
        self.names = listed(params, "by")
        if problems := [
            unknown_value("by", name, STATS_BY) for name in self.names if name not in STATS_BY
        ]:
            raise InvalidQuery(problems)
        if not 1 <= len(self.names) <= 2:
            raise InvalidQuery(
                [ParameterProblem("by", f"Give one or two of: {', '.join(STATS_BY)}.")]
            )
        if self.file_renderer:
            return self.file()
        return self.named(
            {
                "by": self.names,
                "total": self.selection.count,
                "coverage": in_one_sentence(self.selection.partly_read),
                "as_of": self.day.isoformat(),
                "dataset_version": edition_asked(request).version,
                "results": self.counts(),
            }
        )

    def counts(self) -> list[dict]:
        return [
            {**{name: row[f"by_{name}"] for name in self.names}, "count": row["count"]}
            for row in self.selection.queryset.count_by(*self.names)
        ]

    def table(self):
        columns = [
            Column((name,), "integer" if name == "year" else "string", False, True, "Counted by.")
            for name in self.names
        ]
        columns.append(Column(("count",), "integer", False, False, "Commitments."))
        columns.append(Column(("coverage",), "string", False, False, COVERAGE))
        said = {"coverage": in_one_sentence(self.selection.partly_read)}
        counts = [row | said for row in self.counts()]
        return Table(columns, iter(counts), len(counts))
