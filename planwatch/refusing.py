"""What settings needs to refuse a start: which keys and hosts are unsafe, and what a limit is."""

from __future__ import annotations

from dataclasses import dataclass

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


SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds."""

    most: int
    seconds: int

    @classmethod
    def read(cls, text: str) -> Limit | None:
        """Read "600/minute"; "off" is no limit. Raises ValueError with the words to show."""
        if text == "off":
            return None
        most, _, period = text.partition("/")
        if not most.isdecimal() or int(most) < 1 or period not in SECONDS:
            raise ValueError(
                f"{text!r} is no limit. Write a number and one of {', '.join(SECONDS)}, such as 600/minute, or off."
            )
        return cls(int(most), SECONDS[period])
