"""A receiver's check that a call comes from PlanWatch, was not altered, and is fresh (https://www.standardwebhooks.com/)."""

import base64
import hashlib
import hmac
import time


def is_genuine(secret: str, headers, body: bytes, tolerance: int = 300) -> bool:
    """Tell whether to believe a call. `headers` by lower-case name, `body` as the bytes that came, before any parsing.

    Then act on `webhook-id` once: a call that was repeated has the id of the first.
    """
    identity, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent.isdecimal() or abs(time.time() - int(sent)) > tolerance:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{identity}.{sent}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    given = headers.get("webhook-signature", "").encode().split()
    return any([hmac.compare_digest(expected, signature) for signature in given])
