"""`make audit`: what is pinned and installed, under which license, and what is newer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements-dev.lock", "requirements-dev-no-deps.lock")
PIN = re.compile(r"^([\w.\-]+)(?:\[[\w,\-]+\])?==(\S+?)(?: ; (.+?))?(?: \\)?$", re.MULTILINE)
# What makes an environment is not part of it.
TOOLS = {"pip", "setuptools", "wheel"}


def pins(*names: str) -> dict[str, str]:
    """Return the versions that the lock files name for this machine and this Python."""
    return {
        canonicalize_name(name): str(Version(version))
        for lock in names
        for name, version, marker in PIN.findall((ROOT / lock).read_text("utf-8"))
        if not marker or Marker(marker).evaluate()
    }


def installed() -> dict[str, str]:
    found = {
        canonicalize_name(each.metadata["Name"]): str(Version(each.version))
        for each in metadata.distributions()
    }
    return {name: version for name, version in found.items() if name not in TOOLS}


def differences() -> list[str]:
    """Return in words how what is installed differs from the pins."""
    wanted, found = pins(*LOCKS), installed()
    return [
        f"{name}: pinned is {wanted.get(name, 'nothing')}, installed is {found.get(name, 'nothing')}"
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]


def license_of(name: str) -> str:
    told = metadata.metadata(name)
    classes = [each for each in told.get_all("Classifier", []) if each.startswith("License ::")]
    short = (told.get("License") or "").strip()
    return (
        told.get("License-Expression")
        or ", ".join(each.rpartition(" :: ")[2] for each in classes)
        or (short if short and len(short) < 60 else "see the package")
    )


def newer() -> dict[str, str]:
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--outdated", "--format=json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        canonicalize_name(each["name"]): each["latest_version"]
        for each in json.loads(listed.stdout)
    }


def main() -> int:
    runtime, latest = pins("requirements.lock"), newer()
    for name, version in sorted(installed().items()):
        use = "" if name in runtime else "tests"
        print(f"{name:32}{version:14}{latest.get(name, ''):14}{use:8}{license_of(name)}")
    found = differences()
    print(*found or ["What is installed is what is pinned."], sep="\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
