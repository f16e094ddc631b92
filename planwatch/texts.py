"""Text as other formats can hold it: what people type may carry characters and line ends that would break a file."""

import re
import unicodedata

# What XML 1.0 does not allow, as calendars and bibliographies do not either.
_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legible(text: str) -> str:
    """Return the text with every character that XML 1.0 forbids replaced by U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)


def isolated(text: str) -> str:
    """Return a name for the middle of a sentence: one that runs from right to left within marks that isolate it."""
    if any(unicodedata.bidirectional(mark) in ("R", "AL") for mark in text):
        return f"\u2068{text}\u2069"
    return text


def one_line(text: str) -> str:
    """Return the text on one line, its white space single, every forbidden character replaced."""
    return " ".join(legible(text).split())
