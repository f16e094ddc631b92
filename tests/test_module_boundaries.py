"""Who may import whom, how large a module may be, and where rows are written: read from the code itself."""

import ast
from functools import cache

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for app in ("planwatch", "agencies", "commitments")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
}

# Low to high, by the longest prefix: a module may import those of its own line and of the lines before it.
LAYERS = [
    ["planwatch"],
    ["agencies"],
    [
        "commitments.choices",
        "commitments.dates",
        "commitments.statuses",
        "commitments.status_rules",
        # What asks an address and reads the answer, for checks of links and for what editors find.
        "commitments.link_checks.archive_lookup",
        "commitments.link_checks.extract",
        "commitments.link_checks.http_client",
        "commitments.link_checks.page_facts",
        "commitments.link_checks.placeholder_pages",
        "commitments.link_checks.probe",
        "commitments.link_checks.scheduler",
        "commitments.link_checks.snapshots",
        "commitments.link_checks.states",
        "commitments.link_checks.text_extract",
        "commitments.querysets",
    ],
    ["commitments.models"],
    [
        "commitments.audit",
        "commitments.facets",
        "commitments.filter_labels",
        "commitments.filter_types",
        "commitments.filters",
        "commitments.known_at",
        "commitments.lookups",
        "commitments.pages",
        "commitments.search",
        "commitments.selection",
        "commitments.services",
    ],
    ["commitments.presenters"],
    ["commitments.templatetags"],
    # What an object is in data: the answers of the API, webhooks and the published data set are made of them.
    [
        "commitments.api.clocks",
        "commitments.api.documents",
        "commitments.api.fields",
        "commitments.api.filters",
        "commitments.api.history_serializers",
        "commitments.api.panel_rows",
        "commitments.api.parameters",
        "commitments.api.reference_serializers",
        "commitments.api.serializers",
    ],
    # Each of these but for its own package: see test_faces_do_not_import_each_other.
    [
        "commitments.alerts",
        "commitments.api",
        "commitments.audit.api",
        "commitments.audit.views",
        "commitments.datasets",
        "commitments.editor",
        "commitments.imports",
        "commitments.link_checks",
        "commitments.syndication",
        "commitments.templatetags.editor",
        "commitments.templatetags.syndication",
        "commitments.views",
        "commitments.webhooks",
    ],
    [
        "commitments.admin",
        "commitments.apps",
        "commitments.context_processors",
        "commitments.management",
        "commitments.urls",
        "planwatch.admin",
        "planwatch.api_urls",
        "planwatch.apps",
        "planwatch.health",
        "planwatch.management",
        "planwatch.settings",
        "planwatch.sitemaps",
        "planwatch.urls",
        "planwatch.wsgi",
    ],
]
LAYER_OF = {prefix: number for number, prefixes in enumerate(LAYERS) for prefix in prefixes}
FACES = LAYERS[-2]
# (importing, imported): why.
EXCEPTIONS = {
    ("commitments.editor.views.sources", "commitments.link_checks.runner"): (
        "A source that is entered is looked at, so that there is a snapshot of it."
    ),
    ("commitments.syndication.views", "commitments.datasets.releases"): (
        "The data set is cited by its latest release."
    ),
}
LARGEST_ROOT, LONGEST_MODULE, LONGEST_FUNCTION = 18, 400, 60


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text())


@cache
def imports_of(module: str) -> set[str]:
    """Return every module of the project that a module imports, also inside functions."""
    found = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            # `from commitments import search` imports a module, `from commitments.models import Plan` does not.
            named = {f"{node.module}.{name.name}" for name in node.names}
            found |= {name if name in MODULES else node.module for name in named}
    return found & set(MODULES)


def under(module: str, *parts: str) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in parts)


@cache
def place_of(module: str) -> str:
    """Return the longest prefix of LAYERS under which a module is."""
    return max(
        (prefix for prefix in LAYER_OF if under(module, prefix)), key=len, default="planwatch"
    )


def face_of(module: str) -> str:
    """Return the package, or the tag library, of a module of FACES."""
    place = place_of(module)
    return {
        "commitments.audit.api": "commitments.api",
        "commitments.templatetags.editor": "commitments.editor",
        "commitments.templatetags.syndication": "commitments.syndication",
    }.get(place, place)


def test_a_module_imports_what_is_below_it():
    upwards = {
        (module, imported)
        for module in MODULES
        for imported in imports_of(module)
        if LAYER_OF[place_of(imported)] > LAYER_OF[place_of(module)]
    }
    assert upwards == set()


def test_faces_do_not_import_each_other():
    sideways = {
        (module, imported)
        for module in MODULES
        for imported in imports_of(module)
        if place_of(module) in FACES
        and place_of(imported) in FACES
        and face_of(module) != face_of(imported)
    }
    assert sideways == set(EXCEPTIONS)


def test_no_module_is_left_out_of_the_layers():
    assert not [prefix for prefix in LAYER_OF if not any(under(name, prefix) for name in MODULES)]
    left_out = [name for name in MODULES if not any(under(name, prefix) for prefix in LAYER_OF)]
    assert left_out == ["commitments"]


@pytest.mark.parametrize("app", ["planwatch", "commitments"])
def test_the_root_of_an_app_can_be_looked_over(app):
    assert len([*(ROOT / app).glob("*.py")]) <= LARGEST_ROOT


def test_modules_are_short_enough_to_read():
    lines = {module: len(path.read_text().splitlines()) for module, path in MODULES.items()}
    assert {module: n for module, n in lines.items() if n > LONGEST_MODULE} == {}


def test_functions_are_short_enough_to_read():
    long = []
    for module in MODULES:
        for node in ast.walk(tree_of(module)):
            if isinstance(node, ast.FunctionDef):
                # Long signatures and docstrings do not make a function hard to follow.
                first = node.body[1 if ast.get_docstring(node) and node.body[1:] else 0]
                if node.end_lineno - first.lineno >= LONGEST_FUNCTION:
                    long.append((module, node.name))
    assert long == []


def test_what_asks_the_network_knows_nothing_of_the_database():
    asking = ("archive_lookup", "extract", "http_client", "placeholder_pages", "probe", "states")
    for module in (f"commitments.link_checks.{name}" for name in asking):
        for imported in imports_of(module):
            allowed = ("commitments.link_checks", "commitments.choices", "planwatch")
            assert under(imported, *allowed), f"{module} imports {imported}"


def test_services_know_nothing_of_http():
    for module in MODULES:
        if under(module, "commitments.services"):
            text = MODULES[module].read_text()
            for foreign in ("django.http", "rest_framework", "django.forms", "django.views"):
                assert foreign not in text, f"{module} speaks of {foreign}"


def _names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_there_are_no_signals_and_no_save_overrides():
    found = [
        (module, name)
        for module in MODULES
        for name in _names(tree_of(module))
        if "signals" in name
        or name.endswith("dispatch.receiver")
        or ("models" in module and name in ("save", "delete"))
    ]
    assert found == []


def test_only_services_write_to_what_services_guard():
    """Rows of the guarded tables are made, changed and removed in services alone."""
    guarded = {
        "StatusChange",
        "Evidence",
        "Review",
        "Change",
        "Commitment",
        "DatasetVersion",
        "CommitmentDocument",
        "SearchDocument",
        "SourceCheck",
        "Citation",
        "CommitmentLink",
    }
    writes = {"create", "update", "delete", "bulk_create", "bulk_update", "update_or_create"}
    for module in MODULES:
        if under(module, "commitments.services"):
            continue
        for node in ast.walk(tree_of(module)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                names = {part.id for part in ast.walk(node.func) if isinstance(part, ast.Name)}
                if node.func.attr in writes:
                    assert not names & guarded, f"{module}, line {node.lineno}"
