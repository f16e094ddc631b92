"""Cells of a spreadsheet as displayed, and placeholder texts that are refused as values."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy

FORMULA = gettext_lazy("This is a formula. Formulas are not worked out here: put in the value.")

# What people and programs write for “nothing”. “NA” is not among them: it is Namibia.
_NOTHING = re.compile(
    r"n/a|n\.a\.|null|none|nil|nan|undefined|tb[acd]|-+|[–—‒−]+|#(n/a|null!|ref!|value!|name\?|num!|div/0!)",
    re.IGNORECASE,
)
# UTF-8 that was read as Windows-1252: the first byte of two, or the first two of three, and what follows it there.
_NEXT = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xC0))
_MISREAD = re.compile(f"[ÂÃÄÅÐÑ][{re.escape(_NEXT)}]|â€|â‚¬|â„¢|ï»¿|ï¿½|\ufffd")
# Marks that may also stand behind the last capital letter of a word, as in “AMANHÔ.
_CLOSING = "”’“‘…–—»›™®°\xa0\xad"


class PrintedDate(str):
    """A date cell as it is displayed, with no more than that: 2026, 2026-06 or 2026-06-15."""

    __slots__ = ()


@dataclass(frozen=True)
class Cell:
    """The value of a cell, None where it is empty, or what is wrong with it."""

    value: str | int | float | bool | PrintedDate | None = None
    problem: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.problem and (self.value is None or not str(self.value).strip())

    @property
    def text(self) -> str:
        """What a reader sees in it; "" where it has a problem."""
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None or self.problem else str(value).strip()


def value_problem(text: str) -> str:
    """Return what is wrong with a text that stands for nothing or was read in the wrong encoding; "" for any other."""
    if _NOTHING.fullmatch(text.strip()):
        return gettext("“{text}” is not a value. Leave the cell empty where there is none.").format(
            text=text.strip()
        )
    found = next((each for each in _MISREAD.finditer(text) if not _is_end_of_word(each)), None)
    if found is None:
        return ""
    return gettext(
        "“{piece}” is not what was written: the file was saved or opened in the wrong encoding. Open "
        "the original as UTF-8 and copy the text again."
    ).format(piece=text[max(0, found.start() - 10) : found.end() + 10])


def _is_end_of_word(found: re.Match) -> bool:
    text, start, end = found.string, found.start(), found.end()
    return (
        found[0][1:] in _CLOSING
        and len(found[0]) == 2
        and text[start - 1 : start].isupper()
        and not text[end : end + 1].isalpha()
    )
