"""Endpoints of API tokens."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from planwatch.accounts.tokens import LONGEST_DAYS, make_token, revoke_token
from planwatch.api.authentication import NameAndPassword, TokenAuthentication
from planwatch.api.serializers import Serializer, StrictSerializer, TextField, shaped
from planwatch.web.query_params import check_names
from planwatch.web.text import require_one_line


class NewTokenSerializer(StrictSerializer):
    """What a new token is to be."""

    name = TextField(max_length=80, validators=[require_one_line])
    expires_in_days = serializers.IntegerField(default=90, min_value=1, max_value=LONGEST_DAYS)
    read_only = serializers.BooleanField(default=False)


class TokenSerializer(Serializer):
    """A token, without its secret."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    read_only = serializers.BooleanField()
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField(source="expiry")


class ShownTokenSerializer(TokenSerializer):
    """A new token with its secret."""

    token = serializers.CharField()


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
    @extend_schema(
        description="Revoke one of your tokens. A token for reading only revokes itself alone.",
        responses={204: None},
    )
    def delete(self, request, public_id):
        if getattr(request.auth, "read_only", False) and request.auth.public_id != public_id:
            self.permission_denied(request, "A token for reading only revokes itself alone.")
        if not revoke_token(request.user, public_id):
            raise exceptions.NotFound
        return Response(status=204)
