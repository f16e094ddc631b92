"""Every library is pinned to a version and to the hashes of its files, and nothing else is installed."""

import re

import pytest

from tests import audit

LOCKS = ["requirements.lock", *audit.LOCKS, "requirements-scan.lock"]


def test_what_is_installed_is_what_is_pinned():
    assert audit.differences() == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_none_names_a_registry(name):
    text = (audit.ROOT / name).read_text("utf-8")
    entries = re.split(r"\n(?=[\w])", text.strip())
    assert len(entries) == len(audit.PIN.findall(text)) > 1
    for entry in entries:
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text and "--index" not in text and "--find-links" not in text


def test_the_locks_hold_every_version_that_the_requirements_name():
    for listed, locks in {
        "requirements.txt": ["requirements.lock", "requirements-dev.lock"],
        "requirements-dev.txt": ["requirements-dev.lock"],
        "requirements-dev-no-deps.txt": ["requirements-dev-no-deps.lock"],
        "requirements-scan.txt": ["requirements-scan.lock"],
    }.items():
        wanted = audit.PIN.findall((audit.ROOT / listed).read_text("utf-8"))
        assert wanted
        for lock in locks:
            held = {
                (audit.canonicalize_name(name), version)
                for name, version, _ in audit.PIN.findall((audit.ROOT / lock).read_text("utf-8"))
            }
            for name, version, _ in wanted:
                assert (audit.canonicalize_name(name), version) in held, f"run make lock: {name}"
