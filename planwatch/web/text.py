"""Text validation: what every database, file and feed can hold."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext

# What XML 1.0 does not allow, as calendars and bibliographies do not either, nor PostgreSQL some of it.
_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAK = re.compile("[\t\n\u2028\u2029]")
# Where Unicode has the letters and marks that run from right to left (bidirectional classes R and AL).
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_LINE_END = re.compile("\r\n?")

# The most characters of a text of several lines: about five pages, and far from what an index of words can hold.
LONGEST_TEXT = 10_000


def legible(text: str) -> str:
    """Return the text with every character that XML 1.0 forbids replaced by U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)


def isolated(text: str) -> str:
    """Return a name for the middle of a sentence: one that runs from right to left within marks that isolate it."""
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT.search(text) else text


def quoted(text: str) -> str:
    """Return a name between the quotation marks of the active language."""
    return gettext("“{words}”").format(words=isolated(str(text)))


def one_line(text: str) -> str:
    """Return the text on one line, its white space single, every forbidden character replaced."""
    return " ".join(legible(text).split())


def tidy(text):
    """Return a text as it is stored: no blanks around it, and lines that end as on Unix. What is no text stays."""
    return _LINE_END.sub("\n", text).strip() if isinstance(text, str) else text


def text_problem(text: object, *, lines: bool = False) -> str:
    """Return why a tidy text cannot be stored, with the place; "" if it can. With `lines` it may have line ends and tabs."""
    if not isinstance(text, str):
        return gettext(
            "This must be text, and “{value}” is not. Put it in quotation marks."
        ).format(value=str(text)[:40])
    if found := _CONTROL.search(text):
        return gettext(
            "Character {place} is U+{number:04X}, which no text here may hold. Delete it."
        ).format(place=found.start() + 1, number=ord(found[0]))
    if lines:
        over = len(text) - LONGEST_TEXT
        return (
            over > 0
            and ngettext(
                "This text is {over} character too long. {most} fit.",
                "This text is {over} characters too long. {most} fit.",
                over,
            ).format(over=over, most=LONGEST_TEXT)
            or ""
        )
    if found := _BREAK.search(text):
        return gettext(
            "Character {place} is a tab or a line end. Write this on one line, without tabs."
        ).format(place=found.start() + 1)
    return ""


def require_one_line(text: str) -> None:
    """Raise ValidationError for what cannot be stored as a text of one line; for fields of forms and serializers."""
    if problem := text_problem(text):
        raise ValidationError(problem)
