"""The container file and the compose file: linted, whole, and built where there is an engine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.killing import ROOT
from tests.machines import FOLDER

pytestmark = [pytest.mark.presentation]
CONTAINERFILE = (FOLDER / "Containerfile").read_text()
SOURCES = [
    name
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.MULTILINE)
    for name in line.split()
]
COMPOSE = yaml.safe_load((FOLDER / "compose.yml").read_text())
PROGRAMS = Path(sys.executable).parent
ENGINE = next(
    (
        name
        for name in ("docker", "podman")
        if shutil.which(name) and not subprocess.run([name, "info"], capture_output=True).returncode
    ),
    None,
)


def lint(program, *words):
    done = subprocess.run(
        [PROGRAMS / program, *words], capture_output=True, text=True, timeout=60, cwd=FOLDER
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_hadolint_finds_nothing_in_the_container_file():
    lint("hadolint", "--failure-threshold", "style", "Containerfile")


def test_compose_lint_finds_nothing_but_digests_that_change():
    lint("compose-lint", "check", "compose.yml")
    done = subprocess.run(
        [PROGRAMS / "compose-lint", "check", "compose.yml"],
        capture_output=True,
        text=True,
        cwd=FOLDER,
    )
    # An operator pins the images that were pulled; those of this file would be old within a month.
    assert set(re.findall(r"\bCL-\d{4}\b", done.stdout)) <= {"CL-0019"}, done.stdout


def test_both_base_images_can_be_pinned_without_editing_a_file(tmp_path):
    assert re.findall("^FROM (\\S+)", CONTAINERFILE, re.MULTILINE) == ["${PYTHON}"] * 2
    text = (FOLDER / "compose.yml").read_text()
    assert set(re.findall(r"\$\{(\w+):-[^}]+\}", text)) == {"PYTHON_IMAGE", "POSTGRES_IMAGE"}
    guide = (ROOT / "docs" / "deploy.md").read_text()
    pulled = 'docker() { echo "${!#}@sha256:1"; }\n'
    (lines,) = re.findall(r"^digest\(\) .*\nprintf .*$", guide, re.MULTILINE)
    subprocess.run(["bash", "-c", pulled + lines], cwd=tmp_path, check=True)
    named = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    assert named == {
        "PYTHON_IMAGE": "python:3.11-slim-bookworm@sha256:1",
        "POSTGRES_IMAGE": "postgres:15-bookworm@sha256:1",
    }
    # The tags of the guide are those of the files.
    assert f"ARG PYTHON={COMPOSE['x-site']['build']['args']['PYTHON'][16:-1]}\n" in CONTAINERFILE


def test_what_is_copied_exists_and_nothing_else_is():
    assert all((ROOT / name).exists() for name in SOURCES)
    assert "." not in SOURCES and "tests" not in SOURCES
    assert {"manage.py", "requirements.lock", "agencies", "commitments", "planwatch"} <= {*SOURCES}


def test_the_image_installs_by_hash_and_runs_as_nobody_special():
    installs = re.findall(r"pip install .*", CONTAINERFILE)
    assert installs and all("--require-hashes" in line for line in installs)
    assert re.search(r"^USER 990:990$", CONTAINERFILE, re.MULTILINE)


def test_the_files_of_the_image_suffice_to_collect_static_files(tmp_path):
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
        else:
            shutil.copy(ROOT / name, tmp_path)
    step = CONTAINERFILE.split("\nRUN SECRET_KEY=")[1].split("\nUSER")[0].replace("\\\n", "")
    names = ("DEBUG", "SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS")
    kept = {key: value for key, value in os.environ.items() if key not in names}
    done = subprocess.run(
        ["sh", "-c", f"SECRET_KEY={step} --dry-run"],
        cwd=tmp_path,
        env=kept | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "STATIC_ROOT": f"{tmp_path}/out"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_every_name_in_the_compose_file_is_defined():
    for name, service in COMPOSE["services"].items():
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"])
        assert {volume.split(":")[0] for volume in service["volumes"]} <= set(COMPOSE["volumes"])
        assert {each["source"] for each in service.get("configs", ())} <= set(COMPOSE["configs"])
        for file in service.get("env_file", ()):
            assert (FOLDER / file).is_file()
        # Nothing but nginx on this machine reaches a container.
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert all((FOLDER / each["file"]).is_file() for each in COMPOSE["configs"].values())
    build = COMPOSE["x-site"]["build"]
    assert (FOLDER / build["context"] / build["dockerfile"]).resolve() == FOLDER / "Containerfile"


def test_the_compose_file_sets_only_settings_that_there_are():
    readme = (ROOT / "README.md").read_text()
    for name in COMPOSE["x-site"]["environment"]:
        if name != "PROMETHEUS_MULTIPROC_DIR":
            assert f"| `{name.removesuffix('_FILE')}` |" in readme, name


@pytest.mark.skipif(not ENGINE, reason="no engine for containers runs here")
def test_the_image_is_built():
    words = [
        ENGINE,
        "build",
        "--quiet",
        "--file",
        FOLDER / "Containerfile",
        "--tag",
        "planwatch:test",
    ]
    subprocess.run([*words, ROOT], check=True, timeout=900)
