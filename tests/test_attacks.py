"""Every attack that `make trust` names is a test that exists."""

import ast

from django.conf import settings

from tests.attacks import ATTACKS


def test_every_attack_is_made_by_a_test():
    for attack, place in ATTACKS.items():
        path, *names = place.split("::")
        within = ast.parse((settings.BASE_DIR / "tests" / path).read_text("utf-8")).body
        for name in names:
            found = [node for node in within if getattr(node, "name", "") == name]
            assert found, (attack, name)
            within = found[0].body
