"""Form recovery: a form sent after its session ended is stored encrypted and restored after login."""

from django.core import signing
from django.http import QueryDict

KEPT_FOR = 24 * 3600
SALT = "planwatch.typed"
FIELD = "typed"
# Never carried through a page.
_SECRET = ("csrfmiddlewaretoken", "password")


def typed_in(request) -> list[tuple[str, str]]:
    """Return the fields of a posted form that a person may see again."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if not any(secret in name for secret in _SECRET) and name != FIELD
        for value in values
    ]


def pack(request) -> str:
    """Return what was posted, and where to, as one signed text for a hidden field."""
    return signing.dumps([request.get_full_path(), typed_in(request)], salt=SALT, compress=True)


def brought_back(request) -> QueryDict | None:
    """Return the fields that were typed at this address before the session ended; None if there are none."""
    path, fields = request.session.get(FIELD) or ("", ())
    if path != request.get_full_path():
        return None
    found = QueryDict(mutable=True)
    for name, value in fields:
        found.appendlist(name, value)
    return found


def let_go(request) -> None:
    """Forget what was brought back to this address."""
    if (request.session.get(FIELD) or ("",))[0] == request.get_full_path():
        del request.session[FIELD]
