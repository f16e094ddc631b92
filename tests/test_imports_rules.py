"""Which way things flow: the import statements of the code, held against the rules of the house."""

import ast

import pytest
from django.conf import settings

APPS = ("planwatch", "agencies", "commitments")
MODULES = {
    ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for app in APPS
    for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
    if "migrations" not in path.parts
}


def imports_of(module: str) -> set[str]:
    """Return every module of the project that a module imports, also inside functions."""
    found = set()
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *filter(None, [base])])
            # `from commitments import search` imports a module, `from commitments.models import Plan` does not.
            found |= {
                f"{base}.{name.name}" if f"{base}.{name.name}" in MODULES else base
                for name in node.names
            }
    return {name for name in found if name.partition(".")[0] in APPS}


def under(module: str, *parts: str) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in parts)


# Each may import from those before it and from its own kind.
LEVELS = [
    ("commitments.statuses", "commitments.dates", "commitments.link_checks.states"),
    ("commitments.link_checks",),
    ("commitments.querysets.commitments",),
    ("commitments.models",),
    ("commitments.search", "commitments.lookups"),
    ("commitments.services", "commitments.filters"),
    ("commitments.facets",),
    (
        "commitments.editor.forms",
        "commitments.presenters",
        "commitments.audit.integrity",
        "commitments.imports.runner",
        "commitments.imports",
        "commitments.link_checks.runner",
        "commitments.editor.work_queue",
    ),
    ("commitments.audit.events",),
    (
        "commitments.syndication.citations",
        "commitments.exports",
        "commitments.syndication.atom",
        "commitments.api",
    ),
    ("commitments.datasets",),
    ("commitments.views", "commitments.editor.views"),
    ("commitments.alerts",),
    ("commitments.webhooks",),
]
FACES = LEVELS[-5] + LEVELS[-4] + LEVELS[-3] + LEVELS[-2] + LEVELS[-1]


def level_of(module: str) -> int | None:
    for number, parts in enumerate(LEVELS):
        if under(module, *parts):
            return number
    return None


@pytest.mark.parametrize("module", sorted(MODULES))
def test_nothing_imports_backwards(module):
    own = level_of(module)
    for imported in imports_of(module):
        theirs = level_of(imported)
        if own is not None and theirs is not None:
            assert theirs <= own, f"{module} imports {imported}"


def _importers(*parts):
    return {
        (module, imported)
        for module in MODULES
        for imported in imports_of(module)
        if under(imported, *parts)
    }


def test_the_rules_know_the_modules_that_they_speak_of():
    assert {"commitments.statuses", "commitments.models", "commitments.audit.recorder"} <= set(
        MODULES
    )
    assert "commitments.models" in imports_of("commitments.audit.recorder")
    assert "commitments.search" in imports_of("commitments.filters")


def test_vocabularies_import_nothing_of_the_project_and_querysets_only_vocabularies():
    assert imports_of("commitments.statuses") == set()
    assert imports_of("commitments.link_checks.states") == set()
    assert imports_of("commitments.querysets.commitments") <= {
        "agencies.time_zones",
        "commitments.statuses",
        "commitments.link_checks.states",
    }


def test_what_asks_the_network_knows_nothing_of_the_database():
    for module in MODULES:
        if under(module, "commitments.link_checks"):
            assert all(
                under(
                    name,
                    "commitments.link_checks.states",
                    "commitments.link_checks",
                    "planwatch.web.text",
                )
                for name in imports_of(module)
            )


def test_agencies_never_import_commitments():
    wrong = [pair for pair in _importers("commitments") if under(pair[0], "agencies")]
    assert wrong == []


def test_views_and_api_never_import_each_other():
    views, api = ("commitments.views", "commitments.editor.views"), "commitments.api"
    assert [pair for pair in _importers(api) if under(pair[0], *views)] == []
    assert [pair for pair in _importers(*views) if under(pair[0], api)] == []


def test_services_import_no_face_and_nothing_of_http():
    services = [module for module in MODULES if under(module, "commitments.services")]
    assert services
    for module in services:
        text = MODULES[module].read_text()
        for foreign in ("django.http", "rest_framework", "django.forms", "django.views"):
            assert foreign not in text, f"{module} speaks of {foreign}"
        for imported in imports_of(module):
            assert not under(imported, *FACES), f"{module} imports {imported}"
            if under(imported, "planwatch"):
                above = {name for name in imports_of(imported) if not under(name, "planwatch")}
                assert not above, f"{module} imports {imported}, which imports {above}"


def test_models_import_no_services():
    for module in MODULES:
        if under(module, "commitments.models", "agencies.models"):
            assert not any(
                under(imported, "commitments.services", *FACES) for imported in imports_of(module)
            )


def _names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_there_are_no_signals_and_no_save_overrides(module):
    names = set(_names(ast.parse(MODULES[module].read_text())))
    assert not [name for name in names if "signals" in name or name.endswith("dispatch.receiver")]
    if "models" in module:
        assert not names & {"save", "delete"}


def test_only_services_write_to_what_services_guard():
    """Rows of the guarded tables are made, changed and removed in services alone."""
    guarded = {
        "StatusChange",
        "Evidence",
        "Review",
        "Change",
        "Commitment",
        "DatasetVersion",
        "SearchDocument",
        "SourceCheck",
        "Citation",
        "CommitmentLink",
    }
    writes = {"create", "update", "delete", "bulk_create", "bulk_update", "update_or_create"}
    for module, path in MODULES.items():
        if under(module, "commitments.services"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                names = {part.id for part in ast.walk(node.func) if isinstance(part, ast.Name)}
                if node.func.attr in writes:
                    assert not names & guarded, f"{module}, line {node.lineno}"
