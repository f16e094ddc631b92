"""Path converters: numbers, codes and slugs."""

from urllib.parse import quote, unquote

from django.urls import register_converter
from django.urls.converters import IntConverter, StringConverter


class RowNumber(IntConverter):
    """A number that fits a row's key; longer ones are nowhere."""

    regex = "[0-9]{1,18}"


class RowKey(StringConverter):
    """A code or slug.

    The database refuses one that cannot stand in an address. Should one be stored all the same, it is escaped once more,
    so that its row still has a page, and the pages that link to it do not fail.
    """

    def to_python(self, value):
        key = unquote(value)
        if not key.isprintable():
            raise ValueError("no key holds a control character")
        return key

    def to_url(self, value):
        key = quote(str(value), safe=":") or "%20"
        return key.replace(".", "%2E") if not key.strip(".") else key


register_converter(RowNumber, "id")
register_converter(RowKey, "key")
