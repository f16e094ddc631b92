"""Query parameters: what is unknown, blank or too much is refused by name, with the nearest valid one."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext

from planwatch.middleware.tracking_params import is_blank

# Their values are separated by commas, here or by giving them again.
LISTS = ("fields", "omit", "expand", "by")
MOST_VALUES = 50
# A refusal repeats so many characters of what was sent.
ECHOED = 80
# Names are listed up to so many characters, and one is near from this likeness (0 to 1) on.
LONGEST_LIST, NEAR = 1500, 0.6
# What other APIs call a parameter → what it is called here.
ALIASES = {
    **{"search": "q", "query": "q", "state": "status", "date": "as_of"},
    **dict.fromkeys(("sort", "sort_by", "ordering", "order_by"), "order"),
    **dict.fromkeys(("limit", "per_page", "pagesize"), "page_size"),
    "offset": "cursor",
}


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


@contextmanager
def collected(problems: list[ParameterProblem]) -> Iterator[None]:
    """Add what is refused within to `problems`, so that all is said at once: of a parameter what was found first."""
    try:
        yield
    except InvalidQuery as error:
        named = {problem.parameter for problem in problems}
        problems += [problem for problem in error.problems if problem.parameter not in named]


def refuse(problems: list[ParameterProblem]) -> None:
    """Raise InvalidQuery if there are problems."""
    if problems:
        raise InvalidQuery(problems)


def form_problems(form: forms.Form, every: Mapping[str, Iterable] | None = None):
    """Return what is wrong with a form of filters; `every` has all values of fields that have read only some."""
    problems: list[ParameterProblem] = []
    for name, errors in form.errors.as_data().items():
        for error in errors:
            choices = getattr(form.fields.get(name), "choices", None)
            wrong = (error.params or {}).get("value")
            if choices is not None and wrong is not None:
                found = (every or {}).get(name) or [value for value, _ in choices]
                values = [str(value) for value in found if value not in ("", None)]
                problems.append(unknown_value(name, str(wrong), values))
            else:
                problems += [ParameterProblem(name, f"{name}: {text}") for text in error.messages]
    return problems


def nearest(word: str, words: Iterable[str], likeness: float = 0) -> str:
    """Return the one of `words` most like `word`; "" when none is at least so like it (0 to 1)."""
    # Comparing takes as long as the word is: what is longer than any word of ours is compared by its beginning.
    known = {str(item).casefold(): str(item) for item in words}
    found = difflib.get_close_matches(word[:80].casefold(), known, n=1, cutoff=likeness)
    return known[found[0]] if found else ""


def unknown_value(parameter: str, value: str, values: Iterable[str]) -> ParameterProblem:
    values = [*values]
    names = ", ".join(map(str, values))
    if likely := nearest(value, values, NEAR):
        words = gettext(
            "“{value}” is not a value of {parameter}. The nearest valid one is “{nearest}”."
        )
    elif len(names) <= LONGEST_LIST:
        words = gettext("“{value}” is not a value of {parameter}. Valid are: {names}.")
    else:
        words = gettext(
            "“{value}” is not a value of {parameter}, nor like one of the {number} valid ones."
        )
    told = {"value": value[:ECHOED], "parameter": parameter, "nearest": likely}
    words = words.format(**told, names=names, number=len(values))
    return ParameterProblem(parameter, words, "unknown_value")


def unknown_parameter(parameter: str, parameters: Iterable[str]) -> ParameterProblem:
    parameters = [*parameters]
    likely = ALIASES.get(parameter.casefold(), "")
    if likely not in parameters:
        likely = nearest(parameter, parameters, NEAR)
    if likely:
        words = gettext(
            "“{parameter}” is not a parameter here. The nearest valid one is “{nearest}”."
        )
    elif parameters:
        words = gettext("“{parameter}” is not a parameter here. Valid are: {names}.")
    else:
        words = gettext("“{parameter}” is not a parameter here. This address takes none.")
    names = ", ".join(parameters)
    words = words.format(parameter=parameter[:ECHOED], nearest=likely, names=names)
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
