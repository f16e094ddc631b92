"""Signatures by Standard Webhooks 1.0.0 (https://www.standardwebhooks.com/), which its libraries verify."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
# Of planwatch.accounts.encryption: the purpose for which secrets are sealed in the database.
SEALED_AS = "webhook"
_KEY_BYTES = 32


def new_secret() -> str:
    """Return a new secret, as its owner is shown it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def headers_for(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that identify and sign a message; `timestamp` is that of this call, in Unix seconds."""
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
