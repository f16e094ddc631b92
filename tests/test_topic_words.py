"""The product says nothing of one site's topic, governments or publisher: that is the site's own data."""

import re

import pytest
from django.conf import settings

WORDS = re.compile(
    r"trafficking|trata de personas|four pillars|\bU\.?S\.? (?:government|Congress)|United States",
    re.I,
)
# The software may say its own name in code, for itself; what readers see has the name of the site.
NAME = re.compile(r"\bPlanWatch\b")
PACKAGES = ("agencies", "commitments", "planwatch")


def _texts(*patterns):
    return [
        path
        for pattern in patterns
        for path in sorted(settings.BASE_DIR.glob(pattern))
        if "migrations" not in path.parts
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_code_names_a_topic_or_a_government(package):
    for path in _texts(
        f"{package}/**/*.py", f"{package}/static/**/*.js", f"{package}/static/**/*.css"
    ):
        assert not WORDS.findall(path.read_text("utf-8")), path


def test_no_template_names_a_topic_a_government_or_a_site():
    for path in _texts("templates/**/*.*"):
        text = path.read_text("utf-8")
        assert not WORDS.findall(text) and not NAME.findall(text), path


def test_no_sentence_for_readers_in_code_names_a_site():
    sentence = re.compile(
        r"""_\(\s*f?["'][^"']*\bPlanWatch\b|gettext\w*\(\s*f?["'][^"']*\bPlanWatch\b"""
    )
    for package in PACKAGES:
        for path in _texts(f"{package}/**/*.py"):
            assert not sentence.search(path.read_text("utf-8")), path
