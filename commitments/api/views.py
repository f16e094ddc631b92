"""The read API. Each viewset is a queryset, a serializer and what may be asked."""

from __future__ import annotations

from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments import services, statuses
from commitments.api import serializers
from commitments.filters import (
    ORDERS,
    PARAMETERS,
    Clocks,
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
    Proposal,
    Review,
    Source,
    StatusChange,
)
from planwatch.api import KEY_PARAMETERS, ReadViewSet
from planwatch.api_auth import (
    IDEMPOTENCY_KEY,
    IF_MATCH,
    HasRight,
    PreconditionFailed,
    once,
    refusal,
    seen_version,
)
from planwatch.edition import edition_of
from planwatch.errors import BadParameters, ParameterProblem, check_names, unknown_value
from planwatch.paging import size_from
from planwatch.roles import Right, handle_of, may

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

    permission_classes = [HasRight]
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
        return {**super().get_serializer_context(), "clocks": getattr(self, "clocks", Clocks())}

    def shaped(self, serializer_class) -> dict:
        """Return the values of the request's body, checked for shape."""
        check_names(self.request.query_params, ())
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


@contextmanager
def refused_as_data():
    """Turn what a service refuses into the API's answers, with the same words."""
    try:
        yield
    except ValidationError as error:
        raise refusal(error) from error
    except services.Conflict as error:
        raise PreconditionFailed(str(error)) from error


def existing(code: str) -> str:
    """Return the code if there is such a commitment, published or not: only writers ask."""
    if not Commitment.objects.filter(code=code).exists():
        raise Http404
    return code


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

    @extend_schema(
        description=(
            "Record a status change. Where a second person is needed (a Contributor's, a closing, a reopening, a "
            "correction) it becomes a proposal, and the answer is 202."
        ),
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=serializers.StatusChangeWriteSerializer,
        responses={201: serializers.StatusChangeSerializer, 202: serializers.ProposalSerializer},
    )
    @once
    def create(self, request, code):
        result = self.submit(existing(code), may_record=may(request.user, Right.RECORD))
        context = {**self.get_serializer_context(), "nested": True}
        if isinstance(result, Proposal):
            return Response(
                serializers.ProposalSerializer(result, context=context).data, status=202
            )
        step = StatusChange.objects.with_previous_status().for_reading().get(pk=result.pk)
        return Response(serializers.StatusChangeSerializer(step, context=context).data, status=201)

    right = Right.PROPOSE

    def submit(self, code: str, *, may_record: bool) -> StatusChange | Proposal:
        version = seen_version(self.request)
        values = self.shaped(serializers.StatusChangeWriteSerializer)
        evidence = [services.EvidenceItem(**item) for item in values.pop("evidence")]
        with refused_as_data():
            return services.submit_status_change(
                **values,
                commitment=code,
                evidence=evidence,
                actor=handle_of(self.request.user),
                may_record=may_record,
                seen_version=version,
            )


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

    right = Right.RECORD

    @extend_schema(
        description="Record that the commitment was checked on a day and nothing new was found.",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=serializers.ReviewWriteSerializer,
        responses={201: serializers.ReviewSerializer},
    )
    @once
    def create(self, request, code):
        version = seen_version(request)
        values = self.shaped(serializers.ReviewWriteSerializer)
        with refused_as_data():
            review = services.record_review(
                **values,
                commitment=existing(code),
                actor=handle_of(request.user),
                seen_version=version,
            )
        context = {**self.get_serializer_context(), "nested": True}
        return Response(serializers.ReviewSerializer(review, context=context).data, status=201)


@extend_schema_view(
    list=extend_schema(
        description="List the proposals for a commitment, latest first. For those who write.",
        parameters=KEY_PARAMETERS,
    )
)
class ProposalViewSet(StatusChangeViewSet):
    queryset = Proposal.objects.none()
    serializer_class = serializers.ProposalSerializer
    reading_needs_right = True
    list_parameters = ()
    order_keys = ("-proposed_at", "-id")

    def check_parameters(self, request):
        ReadViewSet.check_parameters(self, request)
        self.clocks = Clocks()
        existing(self.kwargs["code"])

    def get_queryset(self):
        return Proposal.objects.filter(commitment__code=self.kwargs["code"]).for_reading()

    @extend_schema(
        description="Propose a status change, also where one might record it at once.",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=serializers.StatusChangeWriteSerializer,
        responses={201: serializers.ProposalSerializer},
    )
    @once
    def create(self, request, code):
        proposal = self.submit(existing(code), may_record=False)
        context = {**self.get_serializer_context(), "nested": True}
        return Response(serializers.ProposalSerializer(proposal, context=context).data, status=201)


class DecisionView(APIView):
    permission_classes = [HasRight]
    right = Right.RECORD

    def decided(self, number: int) -> Response:
        item = Proposal.objects.for_reading().get(pk=number)
        context = {"request": self.request, "nested": True}
        return Response(serializers.ProposalSerializer(item, context=context).data)

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        check_names(request.query_params, ())
        if not Proposal.objects.filter(pk=self.kwargs["number"]).exists():
            raise Http404


class ApproveView(DecisionView):
    @extend_schema(
        description="Approve a proposal of somebody else: the status change is recorded.",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses=serializers.ProposalSerializer,
    )
    @once
    def post(self, request, number):
        with refused_as_data():
            services.approve_proposal(proposal=number, actor=handle_of(request.user))
        return self.decided(number)


class DeclineView(DecisionView):
    @extend_schema(
        description="Decline a proposal, saying why.",
        parameters=[IDEMPOTENCY_KEY],
        request=serializers.ReasonSerializer,
        responses=serializers.ProposalSerializer,
    )
    @once
    def post(self, request, number):
        serializer = serializers.ReasonSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with refused_as_data():
            services.decline_proposal(
                proposal=number, actor=handle_of(request.user), **serializer.validated_data
            )
        return self.decided(number)


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
