"""Tokens by API: made with name and password, listed and revoked with either."""

from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.authentication import BasicAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from planwatch.api_auth import TokenAuthentication
from planwatch.api_writing import StrictSerializer, TextField
from planwatch.errors import check_names
from planwatch.models import ApiToken
from planwatch.roles import has_second_factor, lacks_second_factor
from planwatch.security_log import note
from planwatch.texts import require_one_line

LONGEST_DAYS = 366
LONGEST_NAME = 150


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


def make_token(user, *, name: str, expires_in_days: int, read_only: bool) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which is not kept."""
    made = ApiToken.objects.create(
        user, expiry=timedelta(days=expires_in_days), name=name, read_only=read_only
    )
    note("token_made", account=user, token=made[0].token_key, read_only=read_only)
    return made


def revoke_token(user, public_id) -> bool:
    """Revoke one of an account's tokens; tell whether it was there."""
    found = user.auth_token_set.filter(public_id=public_id).first()
    if found is None:
        return False
    found.delete()
    note("token_revoked", account=user, token=found.token_key)
    return True


class NameAndPassword(BasicAuthentication):
    """HTTP Basic, refusing at once what no account could be called: a database would choke on it."""

    def authenticate_credentials(self, userid, password, request=None):
        if "\0" in userid + password or len(userid) > LONGEST_NAME or len(password) > 4096:
            raise exceptions.AuthenticationFailed("Invalid username/password.")
        try:
            user, auth = super().authenticate_credentials(userid, password, request)
        except exceptions.AuthenticationFailed:
            note("sign_in_refused", request, name=userid)
            raise
        if has_second_factor(user) or lacks_second_factor(user):
            raise exceptions.AuthenticationFailed(
                "A name and a password are not enough for this account. Sign in and make the token on /editor/tokens/."
            )
        return user, auth


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
        serializer = NewTokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        row, secret = make_token(request.user, **serializer.validated_data)
        return Response({**TokenSerializer(row).data, "token": secret}, status=201)


class TokenDetail(TokenView):
    @extend_schema(description="Revoke one of your tokens.", responses={204: None})
    def delete(self, request, public_id):
        if not revoke_token(request.user, public_id):
            raise exceptions.NotFound
        return Response(status=204)
