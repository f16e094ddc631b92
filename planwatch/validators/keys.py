"""Validation of codes and slugs, for the services and as database constraints."""

import re
import string
import unicodedata

from django.db.models import CharField, CheckConstraint, F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual
from django.utils.text import slugify
from django.utils.translation import gettext

from planwatch.web.text import quoted

SHORTEST_CODE, LONGEST_CODE = 3, 24
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")
_CODE_CHARACTERS = string.ascii_uppercase + string.digits + "-"
_SLUG_CHARACTERS = string.ascii_letters + string.digits + "-_"
# Pages of the editor stand where the page of a source with this slug would.
_TAKEN = "new"


def code_problem(code: str) -> str:
    """Return what is wrong with the form of a code and what to write instead; "" for a good one."""
    if _is_code(code):
        return ""
    words = [
        gettext(
            "“{code}” is not a code. A code has {least} to {most} characters: capital letters A to Z, "
            "digits, and single hyphens between them."
        ).format(code=code[:40], least=SHORTEST_CODE, most=LONGEST_CODE)
    ]
    if odd := next((mark for mark in code if not (mark.isascii() and mark.isalnum())), ""):
        odd = next((mark for mark in code if not mark.isascii() or not mark.isprintable()), odd)
    if odd not in ("", "-"):
        words.append(gettext("This one holds {mark}.").format(mark=name_of(odd)))
    plain = unicodedata.normalize("NFKD", code).upper()
    plain = "".join(mark for mark in plain if unicodedata.category(mark) not in ("Cf", "Mn"))
    nearest = re.sub(r"[^A-Z0-9]+", "-", plain).strip("-")
    if _is_code(nearest):
        words.append(gettext("Write “{code}”.").format(code=nearest))
    return " ".join(words)


def _is_code(code: str) -> bool:
    return bool(_CODE.fullmatch(code)) and SHORTEST_CODE <= len(code) <= LONGEST_CODE


def slug_problem(slug: str) -> str:
    """Return what is wrong with the form of a slug and what to write instead; "" for a good one."""
    if slug == _TAKEN:
        return gettext("“{slug}” is the address of another page. Choose another one.").format(
            slug=slug
        )
    if _SLUG.fullmatch(slug):
        return ""
    words = gettext(
        "“{slug}” cannot stand in an address. Use letters a to z, digits and hyphens."
    ).format(slug=slug[:80])
    if nearest := slugify(slug):
        words += " " + gettext("Write “{slug}”.").format(slug=nearest)
    return words


def slug_of(words: str, most: int) -> str:
    """Return a slug of at most so many characters from a name, cut between words; "" where no letter can stand in one."""
    slug = slugify(words)
    if len(slug) <= most:
        return slug
    return slug[: most + 1].rpartition("-")[0] or slug[:most]


def name_of(mark: str) -> str:
    """Return a character with its number and its name in Unicode, for readers who cannot see it."""
    shown = f"{quoted(mark)} " if mark.isprintable() and not mark.isspace() else ""
    name = unicodedata.name(mark, "").lower()
    return f"{shown}U+{ord(mark):04X} {name}".rstrip()


def _holds_only(field: str, characters: str) -> Q:
    # SQLite and PostgreSQL both have it, and neither needs a function that Django adds to a connection.
    rest = Func(F(field), Value(characters), function="LTRIM", output_field=CharField())
    return Q(Exact(rest, Value("")))


def code_constraint(name: str) -> CheckConstraint:
    """Return the constraint that holds the rule of `code_problem` for the column `code`."""
    return CheckConstraint(
        condition=_holds_only("code", _CODE_CHARACTERS)
        & Q(GreaterThanOrEqual(Length("code"), SHORTEST_CODE))
        & Q(LessThanOrEqual(Length("code"), LONGEST_CODE))
        & ~Q(code__startswith="-")
        & ~Q(code__endswith="-")
        & ~Q(code__contains="--"),
        name=name,
    )


def letters_constraint() -> CheckConstraint:
    """Return the constraint for the part of codes that a pillar gives them, in its column `code`."""
    return CheckConstraint(
        condition=_holds_only("code", _CODE_CHARACTERS.replace("-", "")) & ~Q(code=""),
        name="%(class)s_code_is_part_of_codes",
        violation_error_message="Use capital letters A to Z and digits for the letters in codes.",
    )


def capitals_constraint(field: str = "code", *, may_be_blank: bool = False) -> CheckConstraint:
    """Return the constraint that keeps in a column of codes capital letters, digits and hyphens alone."""
    return CheckConstraint(
        condition=_holds_only(field, _CODE_CHARACTERS)
        & (Q() if may_be_blank else ~Q(**{field: ""})),
        name=f"%(class)s_{field}_has_an_address",
        violation_error_message=f"Use capital letters A to Z, digits and hyphens for the {field}.",
    )


def slug_constraint(field: str = "slug") -> CheckConstraint:
    """Return the constraint that keeps in a column of slugs only what can stand in an address."""
    return CheckConstraint(
        condition=_holds_only(field, _SLUG_CHARACTERS) & ~Q(**{field: ""}),
        name=f"%(class)s_{field}_has_an_address",
    )
