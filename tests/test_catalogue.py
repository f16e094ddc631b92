"""The Spanish catalogue is whole: nothing untranslated, doubtful or left over, and every placeholder kept."""

import ast
import re
import string

import pytest
from django.conf import settings

from tests.catalogue import KEYWORDS, MO, compiled, extracted, python_files, stored

PERCENT = re.compile(r"%\((\w+)\)[sd]")
TAG = re.compile(r"</?\w+[^>]*>")


def texts(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def originals(message):
    return message.id if isinstance(message.id, tuple) else (message.id,)


def keys(catalogue):
    return {(item.context, item.id) for item in catalogue if item.id}


@pytest.fixture(scope="module")
def catalogue():
    return stored()


def test_every_message_of_code_and_templates_is_in_it(catalogue):
    missing = keys(extracted()) - keys(catalogue)
    assert not missing, "Run `make messages` and translate what it names."


def test_no_message_is_inside_an_f_string_where_babel_does_not_see_it():
    hidden = [
        f"{path}:{call.lineno}"
        for path in python_files()
        for text in ast.walk(ast.parse(path.read_text()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in KEYWORDS
    ]
    assert not hidden


def test_it_holds_nothing_that_is_no_longer_said(catalogue):
    assert not keys(catalogue) - keys(extracted()), "Run `make messages`."


def test_every_message_is_translated(catalogue):
    assert [item.id for item in catalogue if item.id and not all(texts(item))] == []


def test_no_translation_is_a_guess(catalogue):
    assert [item.id for item in catalogue if item.id and item.fuzzy] == []


def names_in(text):
    """Return the placeholders and the tags of a text; a tag's place may change, its attributes may not."""
    named = (
        {name for _, name, _, _ in string.Formatter().parse(text) if name} if "{" in text else set()
    )
    return named | set(PERCENT.findall(text)), sorted(TAG.findall(text))


def test_every_translation_keeps_the_placeholders_and_the_tags(catalogue):
    for item in catalogue:
        if not item.id:
            continue
        # A form may name what either form of the original names: "once" needs no number.
        expected = [names_in(original) for original in originals(item)]
        for text in texts(item):
            assert names_in(text) in expected, item.id


def test_every_translation_begins_and_ends_as_the_original_does(catalogue):
    for item in catalogue:
        for original, text in zip(originals(item), texts(item), strict=False):
            if item.id and item.context is None:
                assert original.endswith(".") == text.endswith("."), item.id
                for end in (0, -1):
                    assert original[end].isspace() == text[end].isspace(), item.id


def test_what_django_reads_is_made_from_what_translators_write(catalogue):
    assert MO.read_bytes() == compiled(catalogue), "Run `make messages`."


def test_there_is_a_catalogue_for_every_language_but_english():
    assert {code for code, _ in settings.LANGUAGES} == {"en", MO.parent.parent.name}
