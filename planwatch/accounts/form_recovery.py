"""Form recovery: a form sent after its session ended is stored encrypted and restored after login.

A form whose writer first adds something that it needs, on another page, is kept in the session and restored afterwards.
"""

from fnmatch import fnmatchcase

from django.core import signing
from django.http import QueryDict

KEPT_FOR = 24 * 3600
SALT = "planwatch.typed"
FIELD = "typed"
# Forms set aside in a session: address → fields, the latest last. An action of the form `aside:KIND:FIELD` asks for it.
ASIDE, MOST_ASIDE = "set_aside", 6
ACTION = "aside:"
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
    """Return the fields that were typed at this address before the session ended or before they were set aside."""
    path, fields = request.session.get(FIELD) or ("", ())
    if path != request.get_full_path():
        fields = request.session.get(ASIDE, {}).get(request.get_full_path())
    if fields is None:
        return None
    found = QueryDict(mutable=True)
    for name, value in fields:
        found.appendlist(name, value)
    return found


def let_go(request) -> None:
    """Forget what was brought back to this address."""
    if (request.session.get(FIELD) or ("",))[0] == request.get_full_path():
        del request.session[FIELD]
    if request.session.get(ASIDE, {}).pop(request.get_full_path(), None) is not None:
        request.session.modified = True


def set_aside(request) -> None:
    """Keep a posted form until its writer comes back to its address."""
    kept = request.session.get(ASIDE, {})
    fields = [item for item in typed_in(request) if item[0] != "action"]
    kept = {**kept, request.get_full_path(): fields}
    request.session[ASIDE] = dict(list(kept.items())[-MOST_ASIDE:])


def aside_at(request, path: str) -> dict[str, str]:
    """Return the fields of the form of that address that was set aside; none where there is none."""
    return dict(request.session.get(ASIDE, {}).get(path, ()))


def put_aside(request, path: str, field: str, value: str) -> str:
    """Write a value into a form that was set aside, and return the name of the field that took it.

    `field` may hold `*`: the first empty field of such a name takes it. A field that may have several values has one more.
    """
    fields = request.session[ASIDE][path]
    request.session.modified = True
    for row in fields:
        if fnmatchcase(row[0], field) and (not row[1] or "*" not in field):
            row[1] = value
            return row[0]
    if "*" in field:
        return ""
    fields.append([field, value])
    return field
