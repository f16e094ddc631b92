"""Every library is pinned to a version and to the hashes of its files, and nothing else is installed."""

import json
import re
import subprocess

import pytest

from tests import audit

LOCKS = ["requirements.lock", *audit.LOCKS, "requirements-scan.lock", "requirements-lock.lock"]
LOCKS += ["benchmarks/datasette.lock"]


def test_what_is_installed_is_what_is_pinned():
    assert audit.differences() == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_none_names_a_registry(name):
    text = (audit.ROOT / name).read_text("utf-8")
    entries = re.split(r"\n(?=[\w])", text.strip())
    assert len(entries) == len(audit.PIN.findall(text)) > 0
    for entry in entries:
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text and "--index" not in text and "--find-links" not in text


def test_the_locks_hold_every_version_that_the_requirements_name():
    for listed, locks in {
        "requirements.txt": ["requirements.lock", "requirements-dev.lock"],
        "requirements-dev.txt": ["requirements-dev.lock"],
        "requirements-dev-no-deps.txt": ["requirements-dev-no-deps.lock"],
        "requirements-scan.txt": ["requirements-scan.lock"],
        "requirements-lock.txt": ["requirements-lock.lock"],
        "benchmarks/datasette.txt": ["benchmarks/datasette.lock"],
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


def test_nothing_is_installed_without_hashes():
    listed = subprocess.run(["git", "ls-files"], cwd=audit.ROOT, capture_output=True, text=True)
    for name in listed.stdout.split():
        path = audit.ROOT / name
        # Commands alone: prose, examples for readers and NocoDB, which is installed for benchmarks.
        if path.suffix in (".md", ".json") or name.startswith(("docs/examples/", "tests/")):
            continue
        for line in path.read_text("utf-8", "ignore").splitlines():
            if re.search(r"\bpip\b.*\binstall\b", line):
                assert "--require-hashes" in line, (name, line)
            assert not re.search(r"npm install (?!--omit)", line), (name, line)


def test_every_package_of_node_has_a_hash():
    lock = json.loads((audit.ROOT / "package-lock.json").read_text())
    wanted = json.loads((audit.ROOT / "package.json").read_text())
    packages = {name: row for name, row in lock["packages"].items() if name}
    assert all(row["integrity"].startswith("sha512-") for row in packages.values())
    for name, version in (wanted["devDependencies"] | wanted["optionalDependencies"]).items():
        assert packages[f"node_modules/{name}"]["version"] == version
