"""Authentication by token, and by name and password where a token is made."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework import exceptions
from rest_framework.authentication import BasicAuthentication

from planwatch.accounts.permissions import has_second_factor, lacks_second_factor
from planwatch.accounts.security_log import note
from planwatch.accounts.tokens import LONGEST_NAME
from planwatch.middleware.rate_limit import hit


class TokenAuthentication(KnoxAuthentication):
    """`Authorization: Token …`, looked up by its hash."""

    def authenticate_credentials(self, token):
        try:
            token.decode("ascii")
        except UnicodeDecodeError as error:
            raise exceptions.AuthenticationFailed("Invalid token.") from error
        return super().authenticate_credentials(token)


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and a token from `auth/tokens/`.",
        }


class NameAndPasswordScheme(OpenApiAuthenticationExtension):
    target_class = "planwatch.api.authentication.NameAndPassword"
    name = "basicAuth"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "basic"}


class NameAndPassword(BasicAuthentication):
    """HTTP Basic, refusing at once what no account could be called: a database would choke on it."""

    def authenticate_credentials(self, userid, password, request=None):
        if "\0" in userid + password or len(userid) > LONGEST_NAME or len(password) > 4096:
            raise exceptions.AuthenticationFailed("Invalid username/password.")
        if wait := hit("account", userid.casefold()):
            raise exceptions.Throttled(wait)
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
