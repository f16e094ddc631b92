"""Endpoints of API tokens."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from planwatch.accounts.tokens import LONGEST_DAYS, make_token, revoke_token
from planwatch.api.authentication import NameAndPassword, TokenAuthentication
from planwatch.api.serializers import StrictSerializer, TextField, shaped
from planwatch.web.query_params import check_names
from planwatch.web.text import require_one_line


class NewTokenSerializer(StrictSerializer):
    """What a new token is to be."""

    name = TextField(
        max_length=80, validators=[require_one_line], help_text="What it is for, in your words."
    )
    expires_in_days = serializers.IntegerField(
        default=90, min_value=1, max_value=LONGEST_DAYS, help_text="Days until it stops working."
    )
    read_only = serializers.BooleanField(
        default=False, help_text="Whether it is refused for writing."
    )


class TokenSerializer(serializers.Serializer):
    """A token, without its secret."""

    id = serializers.UUIDField(source="public_id", help_text="By which it is revoked.")
    name = serializers.CharField(help_text="What it is for.")
    read_only = serializers.BooleanField(help_text="Whether it is refused for writing.")
    created = serializers.DateTimeField(help_text="When it was made.")
    expires = serializers.DateTimeField(source="expiry", help_text="When it stops working.")


class ShownTokenSerializer(TokenSerializer):
    """A new token with its secret."""

    token = serializers.CharField(help_text="Shown this once; only its hash is kept.")


class TokenView(APIView):
    authentication_classes = [NameAndPassword, TokenAuthentication]
    permission_classes = [IsAuthenticated]

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        check_names(request.query_params, ())


class TokenList(TokenView):
    @extend_schema(
        description="List your own tokens, without their secrets.",
        responses=TokenSerializer(many=True),
        operation_id="auth_tokens_list",
    )
    def get(self, request):
        return Response(TokenSerializer(request.user.auth_token_set.all(), many=True).data)

    @extend_schema(
        description="Make a token, with HTTP Basic and the name and password of your account.",
        request=NewTokenSerializer,
        responses={201: ShownTokenSerializer},
        auth=[{"basicAuth": []}],
    )
    def post(self, request):
        if request.auth is not None:
            self.permission_denied(
                request, "A token cannot make tokens. Use HTTP Basic with name and password."
            )
        row, secret = make_token(request.user, **shaped(request, NewTokenSerializer))
        address = reverse("api:token", kwargs={"public_id": row.public_id})
        return Response(
            {**TokenSerializer(row).data, "token": secret},
            status=201,
            headers={"Location": request.build_absolute_uri(address)},
        )


class TokenDetail(TokenView):
    @extend_schema(description="Revoke one of your tokens.", responses={204: None})
    def delete(self, request, public_id):
        if not revoke_token(request.user, public_id):
            raise exceptions.NotFound
        return Response(status=204)
