"""Validation of every row before it is saved, whatever the channel, alike for both databases."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from functools import reduce
from operator import and_
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext

from commitments.models import EARLIEST_DAY, LATEST_DAY
from planwatch.net.addresses import address_problem
from planwatch.time_zones import is_future
from planwatch.validators.keys import code_problem, slug_problem
from planwatch.validators.standards import language_problem
from planwatch.web.text import text_problem, tidy


def validate(
    item: models.Model, *, exclude: Collection[str] = (), with_other_rows: bool = True
) -> None:
    """Tidy the texts of a row and hold each field against its rule. Raises ValidationError by field.

    Without `with_other_rows` nothing is asked of the database: unique keys and related rows are left to the caller.
    """
    problems = {}
    for field in item._meta.concrete_fields:
        value = getattr(item, field.attname)
        if field.name in exclude or value is None or field.primary_key:
            continue
        if isinstance(field, models.CharField | models.TextField):
            value = tidy(value)
            setattr(item, field.attname, value)
            problem = text_problem(value, lines=isinstance(field, models.TextField))
            if isinstance(field, models.SlugField) and value:
                problem = problem or slug_problem(value)
            if isinstance(field, models.URLField):
                problem = problem or address_problem(value)
            if field.name == "language" and value and not field.choices:
                problem = problem or language_problem(value)
        elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            problem = day_problem(
                value, of_publication=field.name in ("published_on", "reported_on")
            )
        else:
            problem = json_problem(value) if isinstance(field, models.JSONField) else ""
        if problem:
            problems[field.name] = problem
    if problems:
        raise ValidationError(problems)
    if with_other_rows:
        item.full_clean(exclude=exclude, validate_constraints=False)
        _validate_constraints(item, exclude)
    else:
        relations = [field.name for field in item._meta.concrete_fields if field.is_relation]
        item.clean_fields(exclude=[*exclude, *relations])


def _validate_constraints(item: models.Model, exclude: Collection[str]) -> None:
    """Hold a row against the constraints of its table: its checks in one query, where Django asks one for each.

    Raises ValidationError as Model.validate_constraints does.
    """
    constraints = item._meta.constraints
    checks = [each.condition for each in constraints if isinstance(each, models.CheckConstraint)]
    fields = item._get_field_expression_map(meta=item._meta)
    try:
        if checks and not reduce(and_, checks).check(fields):
            raise ValidationError("")
        for constraint in constraints:
            if not isinstance(constraint, models.CheckConstraint):
                constraint.validate(type(item), item, exclude)
    except ValidationError:
        item.validate_constraints(exclude=exclude)


def refused(code: str, message: str, field: str = "") -> ValidationError:
    """Return the ValidationError of a rule: `code` names the rule to programs, `field` what has to be changed."""
    error = ValidationError(message, code=code)
    return ValidationError({field: error}) if field else error


def all_of(*checks: Callable[[], Any]) -> list:
    """Return what each check returns. Raises one ValidationError of all that they refuse, each under its field."""
    results, problems = [], {}
    for check in checks:
        try:
            results.append(check())
        except ValidationError as error:
            problems = error.update_error_dict(problems)
    if problems:
        raise ValidationError(problems)
    return results


def day_problem(day: dt.date, *, of_publication: bool = False) -> str:
    """Return why a day cannot be meant; one `of_publication` also has to have begun somewhere on earth."""
    if not EARLIEST_DAY <= day <= LATEST_DAY:
        return gettext("Give a day from {first} to {last}.").format(
            first=EARLIEST_DAY.isoformat(), last=LATEST_DAY.isoformat()
        )
    if of_publication and is_future(day):
        return gettext("This day lies in the future. Give the day on which it was published.")
    return ""


def json_problem(value: Any) -> str:
    """Return why a value cannot be stored as JSON: the first of the texts in it that cannot be stored; "" if it can."""
    if isinstance(value, str):
        return text_problem(value, lines=True)
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        return next(filter(None, map(json_problem, value)), "")
    return ""


def require_texts(**values: Any) -> None:
    """Raise ValidationError by name for a key that is no text, or one that a database cannot be asked for."""
    require_none({name: text_problem(value) for name, value in values.items()})


def require_none(problems: Mapping[str, str]) -> None:
    """Raise ValidationError by name where there are any words of a problem."""
    if found := {name: words for name, words in problems.items() if words}:
        raise ValidationError(found)


def require_code(code: str) -> None:
    """Raise ValidationError for a code that has not the form of codes, with the nearest that has."""
    if problem := text_problem(code) or code_problem(code):
        raise ValidationError({"code": problem})
