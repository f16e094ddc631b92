"""docs/asvs.md answers every item of levels 1 and 2 of ASVS 5.0.0, once."""

import re

import pytest
from django.conf import settings

pytestmark = pytest.mark.presentation
# How many items of these levels each section has; they are numbered from 1, those of level 3 come last.
SECTIONS = """1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1
8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2
12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4
17.3:2"""
ITEMS = [
    f"V{section}.{number}"
    for section, most in (each.split(":") for each in SECTIONS.split())
    for number in range(1, int(most) + 1)
]


def test_every_item_has_one_answer():
    text = (settings.BASE_DIR / "docs" / "asvs.md").read_text("utf-8")
    rows = re.findall(
        r"^\| (V[^|]+) \| (yes|partly|no|not applicable) \| (.+) \|$", text, re.MULTILINE
    )
    answered = [item for items, _, _ in rows for item in items.split()]
    assert sorted(answered) == sorted(ITEMS)
    assert len(rows) == len(re.findall(r"^\| V", text, re.MULTILINE))
