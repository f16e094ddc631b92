"""What a start in production is refused for, as pure functions; settings says it in words."""

from __future__ import annotations

DEVELOPMENT_KEY = "for-development-only-" + "x" * 50
# As Django's own check asks for, which only warns.
LEAST_KEY = 50
LEAST_DIFFERENT = 10
KNOWN_KEYS = ("for-development-only", "django-insecure-", "changeme", "secret")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def strong(key: str) -> bool:
    """Tell whether a secret key is long, varied and none of those that stand in code or examples."""
    return (
        len(key) >= LEAST_KEY
        and len(set(key)) >= LEAST_DIFFERENT
        and not key.casefold().startswith(KNOWN_KEYS)
    )


def local(host: str) -> bool:
    """Tell whether a name of ALLOWED_HOSTS leads to this machine alone."""
    return host in LOCAL_HOSTS or host.endswith(".localhost")
