"""Filters and orders of lists. Lists of commitments have their own in `commitments.filters`."""

from collections.abc import Callable, Iterable

import django_filters
from django.db.models import F, QuerySet

from planwatch.web.date_fields import DayField
from planwatch.web.query_params import (
    check_names,
    collected,
    form_problems,
    refuse,
    unknown_value,
)

OR = "Repeat for “or”."


def any_row(rows: QuerySet, key: str, column: str, help_text: str, **more):
    """Return a filter by rows that others refer to: `key` is their slug or code, `column` what has to be one of them."""
    more = {"distinct": False, **more}
    return django_filters.ModelMultipleChoiceFilter(
        field_name=column, to_field_name=key, queryset=rows, help_text=f"{help_text} {OR}", **more
    )


def any_choice(choices: Iterable | Callable, column: str, help_text: str):
    return django_filters.MultipleChoiceFilter(
        field_name=column, choices=choices, distinct=False, help_text=f"{help_text} {OR}"
    )


def any_value(rows: QuerySet, column: str, help_text: str):
    """Return a filter by the values that a column of the rows has."""

    def values():
        found = rows.order_by(column).values_list(column, flat=True).distinct()
        return [(value, value) for value in found if value]

    return any_choice(values, column, help_text)


class Filtered:
    """A list that takes filters and an order, and says everything that is wrong with its address at once.

    `orders` has by public name what to sort by, never null; `order_keys` is the order where none is asked for, and
    breaks ties.
    """

    filters: type[django_filters.FilterSet] = django_filters.FilterSet
    orders: dict = {}
    order_keys: tuple[str, ...]
    # Parameters of other lists that make no sense here, and why.
    senseless: dict[str, str] = {}

    def check(self, params, names: Iterable[str], *read: Callable) -> None:
        """Check the names, which beside the filters are these, then what each of `read` raises, then the filters."""
        problems: list = []
        filters = self.filters if self.is_list else django_filters.FilterSet
        orders = self.orders if self.is_list else {}
        names = (*names, *filters.base_filters, *(["order"] if orders else []))
        repeatable = [name for name, each in filters.base_filters.items() if _is_many(each)]
        with collected(problems):
            check_names(params, names, self.senseless, repeatable)
        for each in read:
            with collected(problems):
                each(params)
        self.filterset, self.order = filters(params, self.queryset), params.get("order", "")
        with collected(problems):
            refuse(form_problems(self.filterset.form))
        with collected(problems):
            if orders and self.order.removeprefix("-") not in ("", *orders):
                signed = [*orders, *(f"-{name}" for name in orders)]
                refuse([unknown_value("order", self.order, signed)])
        refuse(problems)

    @property
    def is_list(self) -> bool:
        return not getattr(self, "detail", False)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of the order asked for."""
        if not self.order:
            return self.order_keys
        sign = "-" if self.order.startswith("-") else ""
        return (f"{sign}ordered_by", *self.order_keys)

    def filtered(self, rows: QuerySet) -> QuerySet:
        """Return the rows that the filters leave, with what they are to be ordered by."""
        if self.order:
            column = self.orders[self.order.removeprefix("-")]
            rows = rows.annotate(ordered_by=F(column) if isinstance(column, str) else column)
        return self.filterset.filter_queryset(rows)


def described(view: Filtered) -> list[dict]:
    """Return the filters and orders of a list as parameters of OpenAPI."""
    found = [_described(name, each) for name, each in view.filters.base_filters.items()]
    if view.orders:
        names = [*view.orders, *(f"-{name}" for name in view.orders)]
        words = "What to order by; `-` reverses."
        schema = {"type": "string", "enum": names}
        found.append({"name": "order", "in": "query", "description": words, "schema": schema})
    return found


def _is_many(definition) -> bool:
    return isinstance(definition, django_filters.MultipleChoiceFilter)


def _described(name: str, definition) -> dict:
    choices, schema = definition.extra.get("choices", ()), {"type": "string"}
    if definition.field_class is DayField:
        schema["format"] = "date"
    if choices and not callable(choices):
        schema["enum"] = [value for value, _ in choices]
    if _is_many(definition):
        schema = {"type": "array", "items": schema}
    words = definition.extra["help_text"]
    return {"name": name, "in": "query", "description": words, "schema": schema}
