"""The read API. Each viewset is a queryset, a serializer and what may be asked."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments import statuses
from commitments.api import serializers
from commitments.filters import (
    ORDERS,
    PARAMETERS,
    CommitmentFilterSet,
    Selection,
    read_clocks,
    select,
)
from commitments.models import (
    Change,
    Commitment,
    Objective,
    Pillar,
    Plan,
    Review,
    Source,
    StatusChange,
)
from planwatch.api import KEY_PARAMETERS, ReadViewSet
from planwatch.edition import edition_of
from planwatch.errors import BadParameters, ParameterProblem, check_names, unknown_value
from planwatch.paging import size_from

STATS_BY = ("pillar", "status", "verification", "agency", "source", "plan", "kind", "year")

CLOCK_PARAMETERS = [
    OpenApiParameter(
        "as_of", OpenApiTypes.DATE, description="What was true on that day. Not in the future."
    ),
    OpenApiParameter(
        "known_at",
        str,
        description="What the tracker said at that moment (ISO 8601; a day means its end, in UTC).",
    ),
]


def _filter_parameters() -> list[OpenApiParameter]:
    found = []
    for name, definition in CommitmentFilterSet.base_filters.items():
        choices = definition.extra.get("choices")
        many = type(definition).__name__ == "AnyOf"
        found.append(
            OpenApiParameter(
                name,
                OpenApiTypes.DATE
                if type(definition).__name__ == "DayFilter" or name == "reviewed_before"
                else str,
                description=_described(name, definition),
                enum=[value for value, _ in choices] if choices and not callable(choices) else None,
                many=many,
            )
        )
    orders = [*ORDERS, *(f"-{name}" for name in ORDERS)]
    return [
        *found,
        *CLOCK_PARAMETERS,
        OpenApiParameter(
            "order", str, enum=orders, description="`-` reverses; relevance needs `q`."
        ),
    ]


def _described(name: str, definition) -> str:
    method = getattr(CommitmentFilterSet, definition.method or "", None)
    if method is not None and method.__doc__:
        return method.__doc__.strip()
    if name == "q":
        return 'Full text: words, "phrases", -exclusions.'
    if name.endswith("_after"):
        return "On that day or later."
    if name.endswith("_before"):
        return "On that day or earlier."
    return "Repeat for “or”." if type(definition).__name__ == "AnyOf" else ""


FILTER_PARAMETERS = _filter_parameters()
EXPAND_PARAMETER = OpenApiParameter(
    "expand",
    str,
    description=f"Nest these instead of naming them, comma-separated: {', '.join(serializers.EXPANDABLE)}.",
)


def _documented(what: str, one: str):
    return extend_schema_view(
        list=extend_schema(description=f"List {what}.", parameters=KEY_PARAMETERS),
        retrieve=extend_schema(description=f"Read {one}.", parameters=KEY_PARAMETERS),
    )


@_documented("the plans that are tracked", "one plan")
class PlanViewSet(ReadViewSet):
    queryset = Plan.objects.select_related("document", "predecessor")
    serializer_class = serializers.PlanSerializer
    lookup_field = "slug"


@_documented("the pillars, in their order", "one pillar")
class PillarViewSet(ReadViewSet):
    queryset = Pillar.objects.all()
    serializer_class = serializers.PillarSerializer
    lookup_field = "slug"
    order_keys = ("position",)


@_documented("the objectives of every plan", "one objective")
class ObjectiveViewSet(ReadViewSet):
    queryset = Objective.objects.select_related("plan", "pillar")
    serializer_class = serializers.ObjectiveSerializer
    lookup_field = "key"
    lookup_value_regex = "[-a-zA-Z0-9_]+:[-a-zA-Z0-9_]+"
    order_keys = ("plan__slug", "key")

    def get_object(self):
        plan, _, key = self.kwargs["key"].partition(":")
        found = self.get_queryset().filter(plan__slug=plan, key=key).first()
        if found is None:
            raise Http404
        return found


@_documented("the sources on which something published rests", "one source")
class SourceViewSet(ReadViewSet):
    queryset = Source.objects.in_use()
    serializer_class = serializers.SourceSerializer
    lookup_field = "slug"


@extend_schema_view(
    list=extend_schema(
        description="List commitments: filtered, ordered, as of any day.",
        parameters=[*FILTER_PARAMETERS, EXPAND_PARAMETER, *KEY_PARAMETERS],
    ),
    retrieve=extend_schema(
        description="Read one commitment with its history, reviews, citations and lineage.",
        parameters=[*CLOCK_PARAMETERS, EXPAND_PARAMETER, *KEY_PARAMETERS],
    ),
)
class CommitmentViewSet(ReadViewSet):
    queryset = Commitment.objects.none()
    lookup_field = "code"
    list_parameters = PARAMETERS
    detail_parameters = ("as_of", "known_at", "expand")
    selection: Selection

    def get_serializer_class(self):
        return (
            serializers.CommitmentDetailSerializer
            if self.detail
            else serializers.CommitmentSerializer
        )

    def check_parameters(self, request):
        if self.detail:
            super().check_parameters(request)
            self.clocks = read_clocks(request.query_params)
        else:
            also = (*self.shared_parameters, "expand", "cursor", "page_size")
            self.selection = select(request.query_params, also=also)
            self.clocks = self.selection.clocks

    @property
    def day(self):
        return self.clocks.day

    @property
    def order_keys(self):
        return self.selection.keys

    def get_queryset(self):
        if self.detail:
            return self.clocks.show(Commitment.objects.published()).for_detail()
        return self.selection.queryset.for_list()

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "clocks": getattr(self, "clocks", None)}


class HistoryViewSet(ReadViewSet):
    """Rows of histories, newest record first; of one commitment where the address names it."""

    detail_parameters = ()
    list_parameters = ("as_of", "known_at")

    def check_parameters(self, request):
        super().check_parameters(request)
        self.clocks = read_clocks(request.query_params)
        if (code := self.kwargs.get("code")) and not Commitment.objects.published().filter(
            code=code
        ).exists():
            raise Http404

    @property
    def day(self):
        return self.clocks.day

    def narrowed(self, rows):
        rows = rows.filter(commitment__is_published=True)
        if code := self.kwargs.get("code"):
            rows = rows.filter(commitment__code=code)
        if self.clocks.known_at is not None:
            rows = rows.filter(recorded_at__lte=self.clocks.known_at)
        return rows

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "clocks": getattr(self, "clocks", None)}


@extend_schema_view(
    list=extend_schema(
        description="List the steps of histories, corrected ones included, latest recorded first.",
        parameters=[*CLOCK_PARAMETERS, *KEY_PARAMETERS],
    )
)
class StatusChangeViewSet(HistoryViewSet):
    queryset = StatusChange.objects.none()
    serializer_class = serializers.StatusChangeSerializer
    order_keys = ("-recorded_at", "-id")

    def get_queryset(self):
        rows = self.narrowed(StatusChange.objects.all()).with_previous_status(self.clocks.known_at)
        if self.clocks.as_of is not None:
            rows = rows.true_by(self.clocks.as_of)
        return rows.for_reading()


@extend_schema_view(
    list=extend_schema(
        description="List the reviews of a commitment: checked on a day, nothing new.",
        parameters=[*CLOCK_PARAMETERS, *KEY_PARAMETERS],
    )
)
class ReviewViewSet(HistoryViewSet):
    queryset = Review.objects.none()
    serializer_class = serializers.ReviewSerializer
    order_keys = ("-recorded_at", "-id")

    def get_queryset(self):
        rows = self.narrowed(Review.objects.all())
        if self.clocks.as_of is not None:
            rows = rows.filter(reviewed_on__lte=self.clocks.as_of)
        return rows.select_related("commitment", "source")


class ChangeList(APIView):
    """The public record in commit order."""

    @extend_schema(
        description=(
            "Read the public record in the order in which it was written. Ask again with `after` set to `next_after` "
            "until nothing comes: no row is ever missed. The method page says how to verify the chain of hashes."
        ),
        parameters=[
            OpenApiParameter("after", int, description="Rows with a greater seq. Default 0."),
            OpenApiParameter("limit", int, description="Rows at most, 1 to 500. Default 100."),
        ],
        responses=serializers.ChangePageSerializer,
    )
    def get(self, request):
        params = request.query_params
        check_names(params, ("after", "limit", "format"))
        after = params.get("after", "") or "0"
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise BadParameters(
                [ParameterProblem("after", "after takes a whole number, 0 or more.")]
            )
        try:
            limit = size_from(params.get("limit", ""))
        except BadParameters as error:
            raise BadParameters(
                [ParameterProblem("limit", "limit takes a whole number from 1 to 500.")]
            ) from error
        rows = Change.objects.filter(seq__gt=int(after)).order_by("seq").with_publicity()[:limit]
        results = serializers.ChangeSerializer(rows, many=True).data
        return Response(
            {
                "dataset_version": edition_of(request).version,
                "next_after": results[-1]["seq"] if results else int(after),
                "results": results,
            }
        )


class VocabularyView(APIView):
    """The status vocabulary."""

    @extend_schema(
        description="Read the ten statuses: meaning, evidence rule, allowed moves, crosswalk.",
        responses=serializers.VocabularySerializer,
    )
    def get(self, request):
        check_names(request.query_params, ("format",))
        return Response(serializers.VocabularySerializer(vocabulary()).data)


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
                "moves": [move.value for move in statuses.Status if move in statuses.MOVES[status]],
                "crosswalk": {
                    "gao_recommendations": rule.gao,
                    "ogp_irm": rule.ogp,
                    "promise_trackers": rule.promise_trackers,
                },
            }
            for status, rule in statuses.RULES.items()
        ],
        "verification": dict(statuses.Verification.choices),
        "origins": dict(statuses.Origin.choices),
    }


class StatsView(APIView):
    """Counts of commitments."""

    @extend_schema(
        description="Count commitments by one or two of "
        + ", ".join(STATS_BY)
        + ". A commitment of two agencies or sources counts once for each; `total` counts it once.",
        parameters=[
            OpenApiParameter("by", str, required=True, description="One or two, comma-separated."),
            *FILTER_PARAMETERS[:-1],
        ],
        responses=serializers.StatsSerializer,
    )
    def get(self, request):
        params = request.query_params
        names = [name for value in params.getlist("by") for name in value.split(",") if name]
        selection = select(params, also=("by", "format"))
        if problems := [
            unknown_value("by", name, STATS_BY) for name in names if name not in STATS_BY
        ]:
            raise BadParameters(problems)
        if not 1 <= len(names) <= 2 or len(set(names)) != len(names):
            raise BadParameters(
                [ParameterProblem("by", f"Give one or two of: {', '.join(STATS_BY)}.")]
            )
        results = [
            {**{name: row[f"by_{name}"] for name in names}, "count": row["count"]}
            for row in selection.queryset.count_by(*names)
        ]
        return Response(
            {
                "by": names,
                "total": selection.queryset.count(),
                "as_of": selection.day.isoformat(),
                "dataset_version": edition_of(request).version,
                "results": results,
            }
        )
