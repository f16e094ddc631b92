"""How addresses name rows by number."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class RowNumber(IntConverter):
    """A number that fits a row's key; longer ones are nowhere."""

    regex = "[0-9]{1,18}"


register_converter(RowNumber, "id")
