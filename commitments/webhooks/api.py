"""Webhooks API: one's own webhooks only."""

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments.webhooks import services
from commitments.webhooks.http_client import Outcome
from commitments.webhooks.models import LONGEST_ADDRESS, LONGEST_FILTERS, State, Webhook
from planwatch.api.exceptions import refusal
from planwatch.api.permissions import WithSecondFactor, WithWritingToken
from planwatch.api.serializers import Serializer, StrictSerializer, TextField, shaped
from planwatch.web.query_params import check_names

GREATEST = 2**63 - 1


class NewWebhookSerializer(StrictSerializer):
    """What a new webhook is to be."""

    name = TextField(max_length=80)
    url = TextField(max_length=LONGEST_ADDRESS)
    filters = TextField(max_length=LONGEST_FILTERS, default="", allow_blank=True)


class ChangedWebhookSerializer(NewWebhookSerializer):
    """What is to be different. A key that is left out stays."""

    paused = serializers.BooleanField()


class ReplaySerializer(StrictSerializer):
    """From where to tell again."""

    after = serializers.IntegerField(min_value=0, max_value=GREATEST)


class WebhookSerializer(Serializer):
    """A webhook, without its secret."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    url = serializers.CharField()
    filters = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    created_at = serializers.DateTimeField()
    after = serializers.IntegerField()
    failures = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)


class ShownWebhookSerializer(WebhookSerializer):
    """A new webhook with its secret."""

    secret = serializers.CharField()


class DeliverySerializer(Serializer):
    """One call."""

    id = serializers.CharField(source="message_id")
    seq = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(Outcome.choices)
    status = serializers.IntegerField(allow_null=True)
    milliseconds = serializers.IntegerField()


class TestSerializer(Serializer):
    """A test that is on its way."""

    id = serializers.CharField()


class WebhookView(APIView):
    permission_classes = [IsAuthenticated, WithWritingToken, WithSecondFactor]

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        check_names(request.query_params, ())

    def handle_exception(self, exc):
        return super().handle_exception(refusal(exc) if isinstance(exc, ValidationError) else exc)

    @property
    def webhook(self) -> Webhook:
        return get_object_or_404(self.request.user.webhooks, public_id=self.kwargs["webhook_id"])


class WebhookList(WebhookView):
    @extend_schema(
        operation_id="webhooks_list",
        description="List your own webhooks, without their secrets.",
        responses=WebhookSerializer(many=True),
    )
    def get(self, request):
        rows = Webhook.objects.for_owner(request.user)
        return Response(WebhookSerializer(rows, many=True).data)

    @extend_schema(
        description=(
            "Make a webhook: an address that is called with each change to what its filters select, in the order of the "
            "public record, from now on. Calls are signed as Standard Webhooks has it."
        ),
        request=NewWebhookSerializer,
        responses={201: ShownWebhookSerializer},
    )
    def post(self, request):
        values = shaped(request, NewWebhookSerializer)
        webhook, secret = services.make_webhook(user=request.user, **values)
        address = reverse("api:webhook", kwargs={"webhook_id": webhook.public_id})
        return Response(
            {**WebhookSerializer(webhook).data, "secret": secret},
            status=201,
            headers={"Location": request.build_absolute_uri(address)},
        )


class WebhookDetail(WebhookView):
    @extend_schema(description="Read one of your webhooks.", responses=WebhookSerializer)
    def get(self, request, webhook_id):
        return Response(WebhookSerializer(self.webhook).data)

    @extend_schema(
        description="Change, pause or resume a webhook. What is still to be told goes to the new address.",
        request=ChangedWebhookSerializer,
        responses=WebhookSerializer,
    )
    def patch(self, request, webhook_id):
        webhook = self.webhook
        values = shaped(request, ChangedWebhookSerializer, partial=True)
        paused = values.pop("paused", None)
        webhook = services.change_webhook(webhook=webhook, paused=paused, **values)
        return Response(WebhookSerializer(webhook).data)

    @extend_schema(description="Delete a webhook and the log of its calls.", responses={204: None})
    def delete(self, request, webhook_id):
        services.delete_webhook(webhook=self.webhook)
        return Response(status=204)


class Deliveries(WebhookView):
    @extend_schema(
        operation_id="webhooks_deliveries_list",
        description="List the latest calls of a webhook, at most 200, the newest first.",
        responses=DeliverySerializer(many=True),
    )
    def get(self, request, webhook_id):
        return Response(DeliverySerializer(self.webhook.attempts.all(), many=True).data)


class Test(WebhookView):
    @extend_schema(
        description="Have a test message sent, also while the webhook is paused. It moves nothing.",
        request=None,
        responses={202: TestSerializer},
    )
    def post(self, request, webhook_id):
        webhook = services.ask_for_test(webhook=self.webhook)
        return Response({"id": webhook.test_id}, status=202)


class Replay(WebhookView):
    @extend_schema(
        description=(
            "Tell again what was recorded after a row of the record, under the same `webhook-id`: a receiver knows a repeat by it."
        ),
        request=ReplaySerializer,
        responses={202: WebhookSerializer},
    )
    def post(self, request, webhook_id):
        webhook = services.replay_webhook(webhook=self.webhook, **shaped(request, ReplaySerializer))
        return Response(WebhookSerializer(webhook).data, status=202)
