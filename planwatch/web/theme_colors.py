"""Theme colors of the stylesheet, for images that cannot read it."""

import re
from functools import cache

from django.conf import settings

STYLESHEET = settings.BASE_DIR / "planwatch" / "static" / "planwatch" / "site.css"
_RULE = re.compile(r"(:root|\.s-[a-z_]+) \{([^{}]*)\}")
_COLOUR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)")


@cache
def _palette() -> dict[tuple[str, str], tuple[str, str]]:
    found = {}
    for selector, body in _RULE.findall(STYLESHEET.read_text()):
        status = "" if selector == ":root" else selector.removeprefix(".s-")
        for name, *pair in _COLOUR.findall(body):
            found[name, status] = tuple(pair)
    return found


def colour(name: str, status: str = "", dark: bool = False) -> str:
    """Return the light value, or the dark one (`#rrggbb`), of a token, or of a status's token such as `s-fill`.

    Raises KeyError for a token that the stylesheet does not have.
    """
    return _palette()[name, status][dark]
