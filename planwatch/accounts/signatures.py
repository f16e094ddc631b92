"""Signatures by passkeys: the owner of one signs a digest with it, and anybody can verify that with the public key beside it."""

from typing import Any

from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import CollectedClientData


def options_for(user, digest: bytes) -> dict[str, Any] | None:
    """Return what a browser needs to let a passkey of an account sign a digest; None for an account without passkeys."""
    keys = auth.get_credentials(user)
    return dict(auth.get_server().authenticate_begin(keys, challenge=digest)[0]) if keys else None


def signature_of(user, digest: bytes, credential: Any) -> dict[str, str]:
    """Return the signature that a browser sent as `credential`, with its public key, in base64url.

    Raises ValidationError where it is none of a passkey of this account over this digest for this site.
    """
    state = {"challenge": websafe_encode(digest), "user_verification": None}
    try:
        answer = auth.parse_authentication_response(credential).response
        key = auth.get_server().authenticate_complete(state, auth.get_credentials(user), credential)
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
        words = gettext("The passkey was not read. Try again.")
        raise ValidationError(words) from error
    parts = {
        "public_key": cbor.encode(dict(key.public_key)),
        "authenticator_data": answer.authenticator_data,
        "client_data": answer.client_data,
        "signature": answer.signature,
    }
    return {name: websafe_encode(part) for name, part in parts.items()}


def is_signed(signature: dict[str, str], digest: bytes) -> bool:
    """Return whether a signature is by its public key over this digest."""
    try:
        parts = {name: websafe_decode(part) for name, part in signature.items()}
        client_data = CollectedClientData(parts["client_data"])
        signed = parts["authenticator_data"] + sha256(client_data)
        CoseKey.parse(cbor.decode(parts["public_key"])).verify(signed, parts["signature"])
    except (ValueError, TypeError, KeyError, AttributeError, InvalidSignature):
        return False
    return client_data.challenge == digest
