"""Values of a file, read by the kind of the model field that they are for. Each reader raises ValueError with words."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db import models
from django.utils.translation import gettext

from commitments.choices import Precision
from commitments.dates import read_date
from commitments.imports.cells import PrintedDate
from commitments.imports.writers import DATES
from planwatch.exports.writers import values_of
from planwatch.web.query_params import nearest

_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_day(text: str) -> dt.date:
    try:
        if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            gettext(
                "“{text}” is not a day. Write it as YYYY-MM-DD, for example 2024-02-14."
            ).format(text=text[:40])
        ) from error


def read_number(text: str, form: str = "[0-9]{1,9}") -> int:
    if not re.fullmatch(form, text):
        raise ValueError(gettext("“{text}” is not a whole number.").format(text=text[:40]))
    return int(text)


def reader_of(model: type[models.Model], name: str) -> tuple[Callable[[Any], Any], list[str]]:
    """Return what reads a cell of that column, and the values that the column takes where these are few."""
    if name in ("themes", "commitments", "pillars") or name.endswith("_agencies"):
        return _several, []
    date, precision = DATES.get(model._meta.model_name, ("", ""))
    field = model._meta.get_field(name)
    if name == date:
        return _date_as_known, []
    if (
        choices := Precision.values
        if name == precision
        else [code for code, _ in field.flatchoices]
    ):
        return partial(_choice, choices), choices
    if isinstance(field, models.DateField):
        return lambda value: read_day(text) if (text := _plain(value)) else None, []
    if isinstance(field, models.BooleanField):
        return _yes_no, []
    if isinstance(field, models.IntegerField) or is_step(field):
        return _number, []
    return _address if isinstance(field, models.URLField) else read_text, []


def is_step(field: models.Field) -> bool:
    """Return whether a field refers to a step, whose key is a number."""
    return field.is_relation and field.related_model._meta.model_name == "statuschange"


def read_text(value: Any) -> str:
    if isinstance(value, bool | float | PrintedDate):
        raise ValueError(
            gettext(
                "This must be text, but the spreadsheet made a number or a date of it. Format the "
                "cell as text and write what is meant."
            )
        )
    return _plain(value)


def _plain(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _address(value: Any) -> str:
    """Return an address. Exports of releases before the guard stood before whole cells have it inside: it is taken off."""
    return re.sub(r"(?<=;)'(?='*[=+\-@])", "", read_text(value))


def _choice(choices: Iterable[str], value: Any) -> str:
    code = read_text(value)
    if code and code not in choices:
        raise ValueError(
            gettext("“{code}” is not one of {names}. The nearest is “{nearest}”.").format(
                code=code[:60], names=", ".join(choices), nearest=nearest(code, choices)
            )
        )
    return code


def _date_as_known(value: Any) -> Any:
    """Return a date as it is written: importing reads it with the precision beside it."""
    if not _plain(value):
        return None
    read_date(value)
    return value


def _several(value: Any) -> tuple[str, ...]:
    parts = [part.strip() for part in values_of(read_text(value))]
    return tuple(part for part in parts if part)


def _number(value: Any) -> int | None:
    text = _plain(value).removesuffix(".0")
    return read_number(text) if text else None


def _yes_no(value: Any) -> bool | None:
    text = _plain(value).casefold()
    if text and text not in _YES_NO:
        raise ValueError(gettext("“{text}” is neither yes nor no.").format(text=text[:40]))
    return _YES_NO.get(text)
