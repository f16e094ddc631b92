"""Environment variables, read literally: a value may begin with `$`, and no error repeats a secret."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

# Addresses that may carry a password.
_WITH_PASSWORDS = (
    "DATABASE_URL",
    "DATABASE_READ_URL",
    "CACHE_URL",
    "EMAIL_URL",
    "PLANWATCH_BOUNCES",
    "PLANWATCH_ANCHOR_TSA",
    "PLANWATCH_ANCHOR_GIT",
)
_PASSWORD = re.compile(r"://([^:/?#]*):(.*)@", re.DOTALL)
# New name → former name, which is read for one release more.
FORMER_NAMES = {
    "PLANWATCH_CACHE_FOLDER": "PLANWATCH_COUNTS",
    "PLANWATCH_MIN_FREE_DISK_MB": "PLANWATCH_LEAST_FREE_MEGABYTES",
    "PLANWATCH_RESPONSE_CACHE_MB": "PLANWATCH_KEPT_MEGABYTES",
    "PLANWATCH_SHUTDOWN_TIMEOUT": "PLANWATCH_STOP_SECONDS",
}
UNUSED_NAMES = (
    "PLANWATCH_EXPORTS",
    "PLANWATCH_EXPORTS_MEGABYTES",
    "PLANWATCH_REMEMBERED_MEGABYTES",
)


class _AsWritten(FileAwareMapping):
    """The environment with every `$` escaped: django-environ takes a bare one for the name of another variable."""

    def __getitem__(self, key):
        try:
            value = super().__getitem__(key)
        except KeyError:
            if key not in FORMER_NAMES:
                raise
            value = super().__getitem__(FORMER_NAMES[key])
        return value.replace("$", r"\$")


class Environment(environ.FileAwareEnv):
    """Reads variables, or the files that `…_FILE` names, as they are written."""

    ENVIRON = _AsWritten()

    def __init__(self):
        super().__init__()
        self.escape_proxy = True

    def database(self, name: str, default: str = "") -> dict:
        """Return the database that a variable names, as Django wants it.

        Raises ImproperlyConfigured, without anything of what was read: it may be part of a password.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = self.db_url_config(self.str(name, default="") or default)
        except Exception:
            found = {}
        # An @ in the name of the database is the one behind a password that was cut by a bare / or ?.
        if "." not in found.get("ENGINE", "") or "@" in found["NAME"]:
            raise ImproperlyConfigured(
                f"{name} is not understood. Write sqlite:////folder/file.sqlite3 or "
                "postgres://user:password@host:5432/name, with / ? # @ : and % in a user name or password "
                "percent-encoded, such as %2F for /."
            )
        return found

    def matching(self, name: str, pattern: str, rule: str, default: str = "") -> str:
        """Return a text of that form. Raises ImproperlyConfigured, with the rule, for any other."""
        text = self.str(name, default=default)
        if not re.fullmatch(pattern, text):
            raise ImproperlyConfigured(f"{name} {rule}")
        return text

    def day(self, name: str) -> dt.datetime | None:
        """Return the first moment of a day in UTC; None where none is named."""
        text = self.str(name, default="")
        try:
            return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) if text else None
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} is a day such as 2027-01-31.") from error

    def limit(self, name: str, default: str) -> Limit | None:
        """Return a limit of requests; None for "off"."""
        try:
            return Limit.read(self.str(name, default=default))
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} cannot be read: {error}") from error

    def former_names(self) -> dict[str, str]:
        """Return the former names that are set, each with the new one, or with "" where nothing reads it any more."""
        names = {old: new for new, old in FORMER_NAMES.items()} | dict.fromkeys(UNUSED_NAMES, "")
        return {old: new for old, new in names.items() if old in self.ENVIRON}

    def passwords(self) -> Iterator[str]:
        """Yield the passwords of all addresses: as they are written, as they are meant, and as Python shows them."""
        for name in _WITH_PASSWORDS:
            if found := _PASSWORD.search(self.str(name, default="")):
                user, password = found.groups()
                if password != user:
                    yield password
                    yield unquote(password)
                    yield repr(unquote(password))[1:-1]


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
