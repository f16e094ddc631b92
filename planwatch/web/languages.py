"""Language prefixes: English has none, every other language begins with its code.

Nothing else decides: no cookie and no guess from the browser. So an address shows everybody the same, and an answer
may be kept by any cache.
"""

from django.conf import settings
from django.urls import get_script_prefix

# In which the titles, texts and reasons of the record are worded. Documents have a language of their own.
RECORD = "en"
PREFIXED = tuple(code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE)


def split(path: str) -> tuple[str, str]:
    """Return the language of a path and the path without its prefix: “/es/method/” is (“es”, “/method/”)."""
    first, slash, rest = path.removeprefix("/").partition("/")
    if slash and first in PREFIXED:
        return first, f"/{rest}"
    return settings.LANGUAGE_CODE, path


def path_in(language: str, path: str) -> str:
    """Return the path of the same page in another language. `path` begins after the script's own prefix."""
    _, plain = split(path)
    start = get_script_prefix()
    return f"{start}{language}{plain}" if language in PREFIXED else f"{start}{plain[1:]}"
