"""Authors in citations: people by family and given name, organizations in one piece.

A source names its authors in one line, several separated by semicolons, persons as they write themselves ("Jane Q. Doe").
What is not surely a person stays in one piece: a name that is not split is never wrong.
"""

import re
from dataclasses import dataclass

_SUFFIXES = ("Jr.", "Jr", "Sr.", "Sr", "II", "III", "IV")
_BEFORE_SUFFIX = re.compile(r",\s*(?=(?:[JS]r\.?|I{2,3}|IV)$)")
# Stand between the given and the family name, and belong to the latter.
_PARTICLES = re.compile("van|von|der|den|de|del|della|di|da|dos|du|la|le|bin|al|el|ter|ten|zu")
_NAME = re.compile(r"(?:[^\W\d_][.’'-]?)+")
# Words of bodies in the languages of the plans; a body of two or three such names would pass for a person.
_BODIES = re.compile(
    "administration|agency|alliance|associated|association|authority|bank|bureau|center|centre|coalition|"
    "commission|committee|congress|council|court|department|directorate|embassy|federation|force|foundation|"
    "fund|government|group|house|human|initiative|institute|international|media|ministry|nations|national|"
    "network|news|office|organisation|organization|parliament|police|post|press|project|republic|research|"
    "review|rights|secretariat|security|senate|service|services|society|states|team|times|today|treasury|trust|"
    "union|united|university|voice|watch|white|world|agencia|asociación|banco|centro|comisión|comité|consejo|"
    "departamento|fundación|gobierno|instituto|ministerio|oficina|secretaría|unión|universidad",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Person:
    """A person; `given` is never empty."""

    family: str
    given: str
    suffix: str = ""


def authors_of(line: str) -> list[Person | str]:
    """Return the authors that a line names, in its order; a body, and what is in doubt, as it stands."""
    return [_person(name) or name for part in line.split(";") if (name := part.strip())]


def _person(name: str) -> Person | None:
    words = _BEFORE_SUFFIX.sub(" ", name).split()
    suffix = words.pop() if words[-1] in _SUFFIXES else ""
    if not 2 <= len(words) <= 5 or not all(map(_is_of_a_person, words)):
        return None
    first = next(
        (place for place, word in enumerate(words) if _PARTICLES.fullmatch(word)), len(words) - 1
    )
    if not 0 < first < len(words) or _PARTICLES.fullmatch(words[-1]) or words[-1].endswith("."):
        return None
    return Person(" ".join(words[first:]), " ".join(words[:first]), suffix)


def _is_of_a_person(word: str) -> bool:
    if _PARTICLES.fullmatch(word):
        return True
    is_initial = len(word) == 2 and word.endswith(".")
    return (
        bool(_NAME.fullmatch(word))
        and word[0].isupper()
        and not _BODIES.fullmatch(word.rstrip("."))
        and (is_initial or not word.isupper())
    )
