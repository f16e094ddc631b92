"""Query parameters: what is unknown, blank or too much is refused by name, with the nearest valid one."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from planwatch.middleware.tracking_params import is_blank

# Their values are separated by commas, here or by giving them again.
LISTS = ("fields", "omit", "expand", "by")


MOST_VALUES = 50


# A refusal repeats so many characters of what was sent.
ECHOED = 80


@dataclass(frozen=True)
class ParameterProblem:
    parameter: str
    message: str
    code: str = "invalid"


class InvalidQuery(Exception):
    """The address asks for something that does not exist. Carries every problem, not only the first."""

    def __init__(self, problems: Iterable[ParameterProblem]):
        self.problems = list(problems)
        super().__init__("; ".join(f"{item.parameter}: {item.message}" for item in self.problems))


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the one of `words` most like `word`; "" when there are none."""
    # Comparing takes as long as the word is: what is longer than any word of ours is compared by its beginning.
    known = {str(item).casefold(): str(item) for item in words}
    found = difflib.get_close_matches(word[:80].casefold(), known, n=1, cutoff=0)
    return known[found[0]] if found else ""


def unknown_value(parameter: str, value: str, values: Iterable[str]) -> ParameterProblem:
    return ParameterProblem(
        parameter,
        gettext(
            "“{value}” is not a value of {parameter}. The nearest valid one is “{nearest}”."
        ).format(value=value[:ECHOED], parameter=parameter, nearest=nearest(value, values)),
        "unknown_value",
    )


def unknown_parameter(parameter: str, parameters: Iterable[str]) -> ParameterProblem:
    if likely := nearest(parameter, parameters):
        words = gettext(
            "“{parameter}” is not a parameter here. The nearest valid one is “{nearest}”."
        )
    else:
        words = gettext("“{parameter}” is not a parameter here. This address takes none.")
    words = words.format(parameter=parameter[:ECHOED], nearest=likely)
    return ParameterProblem(parameter, words, "unknown_parameter")


def listed(params, name: str) -> list[str]:
    """Return the values of one of LISTS, each once. Raises InvalidQuery for more than MOST_VALUES."""
    values = [item for value in params.getlist(name) for item in value.split(",") if item]
    values = list(dict.fromkeys(values))
    if len(values) > MOST_VALUES:
        raise InvalidQuery([_too_many_values(name)])
    return values


def _too_many_values(name: str) -> ParameterProblem:
    words = gettext("Give {name} at most {most} values.").format(name=name, most=MOST_VALUES)
    return ParameterProblem(name, words, "too_many_values")


def timeless(why: str) -> dict[str, str]:
    """Return, for `check_names`, why an address takes neither clock."""
    return dict.fromkeys(("as_of", "known_at"), why)


def check_names(
    params,
    allowed: Iterable[str],
    because: Mapping[str, str] | None = None,
    repeatable: Collection[str] = (),
) -> None:
    """Raise InvalidQuery for every parameter of a QueryDict that is not allowed, has a blank value, or is given too often.

    A blank value is refused rather than ignored: a script whose variable is empty must not get everything. `because`
    says why parameters that other addresses take make no sense here. Only `repeatable` ones and LISTS may be given more
    than once, with at most MOST_VALUES different values.
    """
    allowed, because = list(allowed), because or {}
    problems = [
        ParameterProblem(name, str(because[name]), "unknown_parameter")
        if name in because
        else unknown_parameter(name, allowed)
        for name in params
        if name not in allowed
    ]
    problems += [
        ParameterProblem(
            name, gettext("Give {name} a value, or leave it out.").format(name=name), "empty"
        )
        for name, values in params.lists()
        if name in allowed and any(map(is_blank, values))
    ]
    for name, values in params.lists():
        if name in allowed and len(values) > 1:
            if name not in repeatable and name not in LISTS:
                words = gettext("Give {name} once.").format(name=name)
                problems.append(ParameterProblem(name, words, "repeated"))
            elif len(set(values)) > MOST_VALUES:
                problems.append(_too_many_values(name))
    if problems:
        raise InvalidQuery(problems)
