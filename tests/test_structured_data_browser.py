"""Structured data under a strict Content-Security-Policy, in a real browser: data is not a script, and is left alone."""

import json

from tests.test_browser import (  # noqa: F401
    browser_type_launch_args,
    pytestmark,
    site,
    visit,
)

STRICT = "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"


def test_a_policy_without_any_script_leaves_structured_data_readable(visit):  # noqa: F811
    page = visit()

    def strictly(route):
        answer = route.fetch()
        route.fulfill(
            response=answer, headers={**answer.headers, "content-security-policy": STRICT}
        )

    page.route("**/commitments/US21-PRV-001/", strictly)
    answer = page.goto("/commitments/US21-PRV-001/")
    assert answer.headers["content-security-policy"] == STRICT
    blocks = page.locator('script[type="application/ld+json"]').all_text_contents()
    assert [json.loads(block)["@type"] for block in blocks] == ["BreadcrumbList"]
    assert page.problems == []
    # The policy is in force: a real script is refused.
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in problem for problem in page.problems)
