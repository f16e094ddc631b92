"""Write API."""

import re
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404
from django_filters import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments import services
from commitments.api import filters, history_serializers, write_serializers
from commitments.api.parameters import CLOCK_PARAMETERS
from commitments.api.read_views import HistoryViewSet
from commitments.models import Commitment, Proposal, Review, StatusChange
from commitments.selection import Clocks
from planwatch.accounts.permissions import Permission, handle_of, has_permission
from planwatch.api.exceptions import PreconditionFailed, refusal
from planwatch.api.idempotency import IDEMPOTENCY_KEY, IF_MATCH, idempotent, seen_version
from planwatch.api.permissions import HasRight
from planwatch.api.serializers import shaped
from planwatch.api.views import KEY_PARAMETERS
from planwatch.web.query_params import check_names, timeless


@contextmanager
def refused_as_data():
    """Turn what a service refuses into the API's answers, with the same words."""
    try:
        yield
    except ValidationError as error:
        raise refusal(error) from error
    except services.Conflict as error:
        raise PreconditionFailed(str(error)) from error


class Writing:
    """Reads the body of a write, and answers with the row that was written."""

    request: Request

    def shaped(self, serializer_class) -> dict:
        check_names(self.request.query_params, ())
        return shaped(self.request, serializer_class)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code == 201:
            # No row has an address of its own. The list begins with the one that was made.
            path = re.sub(r"\d+/evidence/$", "", request.path)
            response["Location"] = request.build_absolute_uri(path)
        return response

    def answer(self, serializer_class, item, status=201) -> Response:
        context = {"request": self.request, "clocks": Clocks(), "nested": True}
        return Response(serializer_class(item, context=context).data, status=status)


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
class StatusChangeViewSet(Writing, HistoryViewSet):
    queryset = StatusChange.objects.none()
    serializer_class = history_serializers.StatusChangeSerializer
    order_keys = ("-recorded_at", "-id")
    filters = filters.StatusChangeFilters
    orders = {
        "recorded_at": "recorded_at",
        "effective_on": "effective_on",
        "commitment": "commitment__code",
    }

    def get_queryset(self):
        rows = self.narrowed(StatusChange.objects.all()).with_previous_status()
        if self.clocks.as_of is not None:
            rows = rows.true_by(self.clocks.as_of)
        return rows.for_reading()

    @extend_schema(
        description=(
            "Record a status change. Where a second person is needed (a Contributor's, a closing, a reopening, a "
            "correction) it becomes a proposal, and the answer is 202."
        ),
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=write_serializers.StatusChangeWriteSerializer,
        responses={
            201: history_serializers.StatusChangeSerializer,
            202: write_serializers.ProposalSerializer,
        },
    )
    @idempotent
    def create(self, request, code):
        result = self.submit(
            existing(code), may_record=has_permission(request.user, Permission.RECORD)
        )
        if isinstance(result, Proposal):
            return self.answer(write_serializers.ProposalSerializer, result, status=202)
        step = StatusChange.objects.with_previous_status().for_reading().get(pk=result.pk)
        return self.answer(history_serializers.StatusChangeSerializer, step)

    right = Permission.PROPOSE

    def submit(self, code: str, *, may_record: bool) -> StatusChange | Proposal:
        version = seen_version(self.request, code)
        values = self.shaped(write_serializers.StatusChangeWriteSerializer)
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


class AddedEvidenceView(Writing, APIView):
    permission_classes = [HasRight]
    right = Permission.RECORD

    @extend_schema(
        description="Add sources to a step that stands: no correction, and no second person is needed.",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=write_serializers.AddedEvidenceSerializer,
        responses={201: history_serializers.StatusChangeSerializer},
    )
    @idempotent
    def post(self, request, code, seq):
        version = seen_version(request, existing(code))
        values = self.shaped(write_serializers.AddedEvidenceSerializer)
        steps = StatusChange.objects.filter(commitment__code=code, seq=seq)
        if not steps.exists():
            raise Http404
        with refused_as_data():
            services.add_evidence(
                commitment=code,
                seq=seq,
                evidence=[services.EvidenceItem(**item) for item in values["evidence"]],
                actor=handle_of(request.user),
                seen_version=version,
            )
        step = steps.with_previous_status().for_reading().get()
        return self.answer(history_serializers.StatusChangeSerializer, step)


@extend_schema_view(
    list=extend_schema(
        description="List the reviews: checked on a day, nothing new; latest recorded first.",
        parameters=[*CLOCK_PARAMETERS, *KEY_PARAMETERS],
    )
)
class ReviewViewSet(Writing, HistoryViewSet):
    queryset = Review.objects.none()
    serializer_class = history_serializers.ReviewSerializer
    order_keys = ("-recorded_at", "-id")
    filters = filters.ReviewFilters
    orders = {
        "recorded_at": "recorded_at",
        "reviewed_on": "reviewed_on",
        "commitment": "commitment__code",
    }

    def get_queryset(self):
        rows = self.narrowed(Review.objects.all())
        if self.clocks.as_of is not None:
            rows = rows.filter(reviewed_on__lte=self.clocks.as_of)
        return rows.select_related("commitment", "source", "retraction")

    right = Permission.RECORD

    @extend_schema(
        description="Record that the commitment was checked on a day and nothing new was found.",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=write_serializers.ReviewWriteSerializer,
        responses={201: history_serializers.ReviewSerializer},
    )
    @idempotent
    def create(self, request, code):
        version = seen_version(request, code)
        values = self.shaped(write_serializers.ReviewWriteSerializer)
        with refused_as_data():
            review = services.record_review(
                **values,
                commitment=existing(code),
                actor=handle_of(request.user),
                seen_version=version,
            )
        return self.answer(history_serializers.ReviewSerializer, review)


@extend_schema_view(
    list=extend_schema(
        description="List the proposals for a commitment, latest first. For those who write.",
        # What it takes over from the list of steps, but for the clocks.
        parameters=[OpenApiParameter(item.name, exclude=True) for item in CLOCK_PARAMETERS],
    )
)
class ProposalViewSet(StatusChangeViewSet):
    queryset = Proposal.objects.none()
    serializer_class = write_serializers.ProposalSerializer
    reading_needs_right = True
    list_parameters = ()
    filters = FilterSet
    orders = {}
    senseless = timeless("Proposals are work under way: there is no view of them on a past day.")
    order_keys = ("-proposed_at", "-id")

    clocks = Clocks()
    reads = ()

    def check_parameters(self, request):
        super().check_parameters(request)
        existing(self.kwargs["code"])

    def get_queryset(self):
        return Proposal.objects.filter(commitment__code=self.kwargs["code"]).for_reading()

    @extend_schema(
        description="Propose a status change, also where one might record it at once.",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=write_serializers.StatusChangeWriteSerializer,
        responses={201: write_serializers.ProposalSerializer},
    )
    @idempotent
    def create(self, request, code):
        proposal = self.submit(existing(code), may_record=False)
        return self.answer(write_serializers.ProposalSerializer, proposal)


class DecisionView(Writing, APIView):
    permission_classes = [HasRight]
    right = Permission.RECORD

    def decided(self, number: int) -> Response:
        item = Proposal.objects.for_reading().get(pk=number)
        return self.answer(write_serializers.ProposalSerializer, item, status=200)

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        check_names(request.query_params, ())
        self.proposal = get_object_or_404(Proposal.objects.for_reading(), pk=self.kwargs["number"])


class ApproveView(DecisionView):
    @extend_schema(
        description="Approve a proposal of somebody else: what it proposes is recorded.",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=None,
        responses=write_serializers.ProposalSerializer,
    )
    @idempotent
    def post(self, request, number):
        subject = self.proposal.subject
        version = seen_version(request, self.proposal.key, subject._meta.model_name)
        with refused_as_data():
            services.approve_proposal(
                proposal=number, actor=handle_of(request.user), seen_version=version
            )
        return self.decided(number)


class DeclineView(DecisionView):
    @extend_schema(
        description="Decline a proposal, saying why.",
        parameters=[IDEMPOTENCY_KEY],
        request=write_serializers.ReasonSerializer,
        responses=write_serializers.ProposalSerializer,
    )
    @idempotent
    def post(self, request, number):
        values = self.shaped(write_serializers.ReasonSerializer)
        with refused_as_data():
            services.decline_proposal(proposal=number, actor=handle_of(request.user), **values)
        return self.decided(number)
