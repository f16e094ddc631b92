"""Word forms for search: different spellings of a word become one stem, alike on SQLite and PostgreSQL.

Several threads search and save at once, and a stemmer is not safe to share: each word gets one of its own.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import snowballstemmer
import yaml

# Parts two fields in the index, so that no phrase runs from one into the next.
FIELD_END = "xfieldendx"
# Of a longer word only the beginning counts: PostgreSQL cannot index all of it.
_LONGEST = 80
APOSTROPHES = "'’‘ʼʻ"
# Scripts that part no words by spaces: Thai, Lao, Myanmar, Khmer, kana and Han. Each character is a token.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59\u0e81-\u0eff\u1000-\u1049\u1050-\u109f"
    "\u1780-\u17d3\u17e0-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
# Scripts of India and Sri Lanka: their vowel signs are no letters to a regular expression, but parts of words.
_WITH_VOWEL_SIGNS = "\u0900-\u0963\u0966-\u0dff"
_LETTER = rf"(?:[^\W_{_UNSPACED}]|[{_WITH_VOWEL_SIGNS}])"
_TOKEN = re.compile(rf"[{_UNSPACED}]|{_LETTER}+")
_IS_ENCODED = re.compile(rf"[{_UNSPACED}{_WITH_VOWEL_SIGNS}]")
_DOTTED = r"(?<![^\W_])(?:[^\W\d_]\.)+[^\W\d_](?![^\W_])\.?"
_ACRONYM = re.compile(_DOTTED)
_HYPHENATED = re.compile(r"(?<![^\W_])[^\W_]+(?:[-\u2010\u2011][^\W_]+)+")
# PostgreSQL reads 2e5x as the number 2e5 and the word x; SQLite would not.
_NUMBER_THEN_WORD = re.compile(r"\b([0-9]+e[0-9]+)(?=\w)")
# A piece of a text that may hold a word, with its apostrophes, its accents and marks that cannot be seen.
PIECE = re.compile(
    rf"{_DOTTED}|[{_UNSPACED}]|(?:{_LETTER}|[{APOSTROPHES}\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff])+"
)

_WORDS = yaml.load(Path(__file__).with_suffix(".yaml").read_text(), yaml.CSafeLoader)
_STEMMERS = {tag: name for name, tags in _WORDS["stemmers"].items() for tag in tags}
_IRREGULAR = {form: word for word, forms in _WORDS["irregular"].items() for form in forms}
_SPELLINGS = [(re.compile(british), american) for british, american in _WORDS["spellings"].items()]


def stems(text: str, language: str = "en") -> list[str]:
    """Return the stems of a text, in its order: accents and case dropped, apostrophes and acronyms closed up.

    `language` is a BCP 47 tag; words of a language without a stemmer stay as they are.
    """
    language = language.partition("-")[0]
    if text.isascii() and text.isalpha():
        # Most words of a text are one as they stand.
        return [_stem(text.lower()[:_LONGEST], language)]
    return [_stem(word[:_LONGEST], language) for word in _words(text)]


def other_forms(text: str) -> Iterator[tuple[str, ...]]:
    """Yield, as runs of stems, how else words of a text are written: closed up without hyphens, as one word or as two."""
    folded = plain(text)
    for hyphenated in _HYPHENATED.findall(folded):
        yield tuple(stems(re.sub(r"[-\u2010\u2011]", "", hyphenated)))
    found = stems(folded)
    pairs = set(zip(found, found[1:], strict=False))
    for as_one, as_two in _COMPOUNDS:
        if as_two in pairs:
            yield (as_one,)
        if as_one in found:
            yield as_two


def plain(text: str) -> str:
    """Return a text without case, accents, ligatures and invisible marks such as soft hyphens."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    if folded.isascii():
        return folded
    return "".join(mark for mark in folded if not _is_dropped(mark))


def _is_dropped(mark: str) -> bool:
    is_accent = unicodedata.combining(mark) and not _IS_ENCODED.match(mark)
    return bool(is_accent) or unicodedata.category(mark) == "Cf"


def _words(text: str) -> list[str]:
    closed = re.sub(f"[{APOSTROPHES}]", "", plain(text))
    closed = _ACRONYM.sub(lambda found: found[0].replace(".", "") + " ", closed)
    return _TOKEN.findall(_NUMBER_THEN_WORD.sub(r"\1 ", closed))


@lru_cache(maxsize=20_000)
def _stem(word: str, language: str = "en") -> str:
    if _IS_ENCODED.search(word):
        # The two databases part these scripts differently; they agree on ASCII.
        return "u" + "".join(f"{ord(mark):04x}" for mark in word)
    if word == FIELD_END:
        # A text that holds the very word of the gap holds another one in the index.
        return f"{FIELD_END}x"
    if language != "en":
        stemmer = _STEMMERS.get(language)
        return snowballstemmer.stemmer(stemmer).stemWord(word) if stemmer else word
    word = _IRREGULAR.get(word, word)
    for spelling, american in _SPELLINGS:
        word = spelling.sub(american, word)
    return snowballstemmer.stemmer("english").stemWord(word)


# The stem of a compound as one word, and those of its two.
_COMPOUNDS = [
    (_stem(first + second), (_stem(first), _stem(second)))
    for first, second in map(str.split, _WORDS["compounds"])
]
