"""The API as strangers use it, on a running site: a typed client made from its schema, and a fuzzer that believes it."""

import csv
import datetime as dt
import importlib
import json
import re
import subprocess
import sys
import urllib.request
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import openpyxl
import pandas
import pytest

from benchmarks.recipes import LANGUAGES, recipes
from planwatch.api.root import EXAMPLE_SITE
from planwatch.management.commands.demo_accounts import PASSWORD
from tests.live_site import ROOT, serving

LISTS = (
    "agencies",
    "commitments",
    "sections",
    "pillars",
    "plans",
    "sources",
    "status_changes",
)
# A slug may fit the schema and still name nothing, and a legal-looking step may be refused by the rules. A write
# without If-Match is answered 428, which the fuzzer does not count as a refusal by itself.
CHECKS = """
hooks = "hooks.py"
continue-on-failure = true
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "409", "412", "428"]
# An outdated If-Match is refused before the body is read.
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "415", "428"]
missing_required_header.expected-statuses = ["400", "401", "403", "415", "428"]
[phases.stateful.generation]
max-examples = 40
"""
# Where one answer leads to the next, lists are asked whole: filters at random leave hardly ever a row to go on from.
HOOKS = """
import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    # With them an answer has fewer keys than the schema promises to those who ask without.
    case.query = {name: case.query[name] for name in case.query or {} if name not in ("fields", "omit")}
    if case.meta.phase.name.value == "stateful" and case.method == "GET":
        case.query = {name: case.query[name] for name in ("after", "by") if name in case.query}
"""
BIN = Path(sys.executable).parent

# The site has a database of its own, so a second run on PostgreSQL would try the same again.
pytestmark = pytest.mark.sqlite_only


@pytest.fixture(scope="module")
def folder(tmp_path_factory, worker_id):
    folder = tmp_path_factory.getbasetemp()
    # The workers of one run share the prepared database.
    folder = (folder.parent if worker_id != "master" else folder) / "site"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def site(folder):
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="module")
def client(site, tmp_path_factory):
    """A client made from the schema that the site serves, by openapi-python-client."""
    place = tmp_path_factory.mktemp("client")
    (place / "config.yml").write_text("post_hooks: []")
    made = subprocess.run(
        [BIN / "openapi-python-client", "generate", "--url", f"{site}/api/v1/schema/"]
        + ["--config", place / "config.yml", "--meta", "none", "--fail-on-warning"]
        + ["--output-path", place / "planwatch_client"],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(place))
    yield importlib.import_module("planwatch_client").Client(
        base_url=site, raise_on_unexpected_status=True
    )
    sys.path.remove(str(place))


@pytest.mark.parametrize("name", LISTS)
def test_a_client_made_from_the_schema_reads_every_list_to_its_end(client, site, name):
    operation = importlib.import_module(f"planwatch_client.api.{name}.{name}_list")
    rows, words = [], {"page_size": 40}
    while True:
        page = operation.sync(client=client, **words)
        rows += page.results
        if page.next_ is None:
            break
        words["cursor"] = page.next_.partition("cursor=")[2].partition("&")[0]
    assert len(rows) == page.count > 0
    address = f"{site}/api/v1/{name.replace('_', '-')}/?page_size=500"
    plain = json.load(urllib.request.urlopen(address))["results"]
    assert [type(rows[0]).from_dict(row) for row in plain] == rows[:500]
    assert [row.to_dict().keys() for row in rows[:500]] == [row.keys() for row in plain]


def test_what_the_client_reads_is_typed(client):
    models = importlib.import_module("planwatch_client.models")
    listing = importlib.import_module("planwatch_client.api.commitments.commitments_list")
    detail = importlib.import_module("planwatch_client.api.commitments.commitments_retrieve")
    page = listing.sync(
        client=client,
        plan=["us-nap-2021"],
        pillar=["protection"],
        as_of=dt.date(2024, 3, 21),
        is_open=models.CommitmentsListIsOpen.TRUE,
        expand=[models.CommitmentsListExpandItem.PLAN],
    )
    first = page.results[0]
    assert isinstance(first, models.Commitment)
    assert isinstance(first.plan, models.Plan)
    assert isinstance(first.announced_on, dt.date)
    assert isinstance(first.status, models.StatusEnum)
    whole = detail.sync(first.code, client=client)
    assert isinstance(whole.history[0], models.StatusChange)
    refused = listing.sync(client=client, pillar=["protektion"])
    assert isinstance(refused, models.Refusal)
    assert "protection" in refused.errors[0].detail


def test_the_client_follows_the_record_to_its_end(client):
    operation = importlib.import_module("planwatch_client.api.changes.changes_retrieve")
    after, numbers = 0, []
    while (page := operation.sync(client=client, after=after, limit=500)).results:
        numbers += [row.seq for row in page.results]
        after = page.next_after
    assert numbers == list(range(1, page.dataset_version + 1))


def test_the_client_reaches_the_csv(client):
    models = importlib.import_module("planwatch_client.models")
    operation = importlib.import_module("planwatch_client.api.commitments.commitments_list")
    request = operation._get_kwargs(pillar=["protection"], format_=models.CommitmentsListFormat.CSV)
    rows = [*csv.DictReader(client.get_httpx_client().request(**request).text.splitlines())]
    assert len(rows) == operation.sync(client=client, pillar=["protection"]).count > 0


VIEW = "pillar=protection&as_of=2024-03-21"


@pytest.fixture(scope="module")
def view(site):
    """The codes of the view that every tool is given, from the JSON."""
    address = f"{site}/api/v1/commitments/?{VIEW}&page_size=500"
    found = json.load(urllib.request.urlopen(address))
    assert len(found["results"]) == found["count"] > 0
    return [row["code"] for row in found["results"]]


def saved(address, tmp_path):
    """Save what an address answers as a reader would, under the name that it has."""
    subprocess.run(["curl", "-sSfOJ", address], cwd=tmp_path, check=True)
    (path,) = tmp_path.iterdir()
    return path


def by_csv(address, tmp_path):
    with saved(address, tmp_path).open(newline="", encoding="utf-8") as file:
        return [row["code"] for row in csv.DictReader(file)]


def by_duckdb(address, tmp_path):
    reader = "read_csv" if "csv" in address else "read_json_auto"
    rows = duckdb.sql(f"SELECT code, announced_on FROM {reader}('{saved(address, tmp_path)}')")
    assert rows.types[1] == "DATE"
    return [code for code, _ in rows.fetchall()]


def by_openpyxl(address, tmp_path):
    sheet = openpyxl.load_workbook(saved(address, tmp_path), read_only=True).active
    heading, *rows = sheet.iter_rows(values_only=True)
    return [row[heading.index("code")] for row in rows]


# What docs/api.md says that reads each format: tool and format → how to get the codes.
TOOLS = {
    ("pandas `read_csv`", "csv"): lambda address, _: list(pandas.read_csv(address)["code"]),
    ("Python `csv`", "csv"): by_csv,
    ("DuckDB `read_csv`", "csv"): by_duckdb,
    ("DuckDB `read_json_auto`", "ndjson"): by_duckdb,
    ("pandas `read_json(lines=True)`", "ndjson"): lambda address, _: list(
        pandas.read_json(address, lines=True)["code"]
    ),
    ("pandas `read_excel`", "xlsx"): lambda address, tmp_path: list(
        pandas.read_excel(saved(address, tmp_path))["code"]
    ),
    ("openpyxl", "xlsx"): by_openpyxl,
    ("openapi-python-client", "json"): None,  # above
    ("Python `json`", "json"): None,  # the fixture
}


@pytest.mark.parametrize(("tool", "form"), [key for key, read in TOOLS.items() if read])
def test_a_tool_reads_the_view_without_special_handling(site, view, tmp_path, tool, form):
    address = f"{site}/api/v1/commitments/?format={form}&{VIEW}"
    assert TOOLS[tool, form](address, tmp_path) == view


def test_the_table_of_formats_names_the_tools_that_are_tried():
    text = (ROOT / "docs" / "api.md").read_text()
    rows = re.findall(r"^\| `(csv|json|ndjson|xlsx)` \| (.*?) \|$", text, re.MULTILINE)
    assert {(tool, form) for form, tool in rows} == TOOLS.keys()


def test_every_operation_that_reads_succeeds_as_it_stands_and_with_each_example(site):
    document = json.load(urllib.request.urlopen(f"{site}/api/v1/schema/"))
    assert document["servers"] == [{"url": site}]
    for path, item in document["paths"].items():
        if "get" not in item or item["get"]["security"]:
            continue
        parameters = item["get"].get("parameters", ())
        needed = {each["name"]: each["example"] for each in parameters if each.get("required")}
        address = site + path.format(**needed)
        told = {name: value for name, value in needed.items() if f"{{{name}}}" not in path}
        asked = [told]
        for each in parameters:
            if not each.get("required") and each["name"] != "cursor":
                asked.append({**told, each["name"]: each["schema"]["examples"][0]})
        for words in asked:
            if words.get("order", "").endswith("relevance"):
                words["q"] = "survivors"
            with urllib.request.urlopen(f"{address}?{urlencode(words, doseq=True)}") as answer:
                assert answer.status == 200


RUNS = {language: words for language, (_, words) in LANGUAGES.items()}
RECIPES = {
    # Its heading there → what has to come out of each.
    "All of it": {"sh": "", "python": "protection", "r": "no_evidence"},
    "The status on a past day": {"sh": "", "python": "status_now", "r": "status_now"},
    "A panel": {"sh": "", "python": "in_progress", "r": "in_progress"},
    "Cite": {"sh": "@misc", "python": "/data/planwatch-", "r": "@misc"},
    "Stay in step": {"sh": "", "python": "create", "r": "create"},
}


@pytest.mark.parametrize("language", RUNS)
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_of_the_guide_runs_as_it_stands(site, tmp_path, recipe, language):
    if not all(RUNS[language]):
        pytest.skip("R is not installed")
    code = recipes()[recipe].get(language)
    if code is None:
        # A spreadsheet needs no address to cite, and asks again for one that it has.
        assert language == "text" and recipe in ("Cite", "Stay in step")
        return
    for package in {*re.findall(r"\b(\w+)::", code)} if language == "r" else ():
        asked = f"quit(status = !requireNamespace('{package}', quietly = TRUE))"
        if subprocess.run([*RUNS["r"], "-e", asked], capture_output=True).returncode:
            pytest.skip(f"R has no {package}: Rscript -e 'install.packages(\"{package}\")'")
    script = tmp_path / "recipe"
    script.write_text(code.replace(EXAMPLE_SITE, site))
    done = subprocess.run([*RUNS[language], script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert RECIPES[recipe].get(language, "") in done.stdout
    if language == "text":
        [made] = tmp_path.glob("*.xlsx")
        heading, *rows = openpyxl.load_workbook(made).active.iter_rows(values_only=True)
        assert heading[-1] and len(rows) > 100
    if language == "sh" and not RECIPES[recipe]["sh"]:
        made = [path for path in tmp_path.iterdir() if path != script and path.name != "seen.txt"]
        assert made and all(path.stat().st_size > 1000 for path in made)


def test_every_recipe_of_the_guide_is_tried():
    assert recipes().keys() == RECIPES.keys()


def test_the_notebook_draws_the_pictures_that_the_documentation_shows(site, tmp_path):
    examples = ROOT / "docs" / "examples"
    words = [sys.executable, examples / "panel.py", site, tmp_path]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "commitments have sources of both kinds" in done.stdout
    drawn = {path.name for path in tmp_path.iterdir()}
    shown = re.findall(r"!\[.*?\]\((.*?)\)", (examples / "README.md").read_text())
    assert drawn == {*shown} == {path.name for path in examples.glob("*.svg")}


def fuzz(site, place, phases, *words):
    """Let schemathesis try every operation with all its checks; return what it says when it finds something."""
    (place / "schemathesis.toml").write_text(CHECKS)
    (place / "hooks.py").write_text(HOOKS)
    done = subprocess.run(
        [BIN / "schemathesis", "--config-file", place / "schemathesis.toml", "run"]
        + [f"{site}/api/v1/schema/", "--checks", "all", "--max-examples", "2"]
        + ["--phases", phases, "--generation-deterministic"]
        + ["--no-color", *words],
        cwd=place,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        return done.stdout[-6000:] + done.stderr
    if "stateful" not in phases:
        return ""
    followed = re.search(r"API Links: +(\d+) covered", done.stdout)
    return "" if int(followed[1]) >= 5 else f"Hardly a link was followed: {followed[0]}"


def test_no_stranger_gets_an_answer_that_the_schema_does_not_promise(folder, tmp_path):
    with serving(folder) as site:
        assert fuzz(site, tmp_path, "examples,fuzzing") == ""


def test_no_editor_gets_an_answer_that_the_schema_does_not_promise(folder, tmp_path, pytestconfig):
    with serving(folder, accounts=True) as site:
        token = f"Authorization: Token {token_for(site)}"
        phases = "examples,fuzzing,stateful"
        if pytestconfig.getoption("hypothesis_profile") == "deep":
            # Every odd value of each parameter: three thousand questions.
            phases += ",coverage"
        assert fuzz(site, tmp_path, phases, "--header", token) == ""


def token_for(site):
    request = urllib.request.Request(
        f"{site}/api/v1/auth/tokens/",
        json.dumps({"name": "fuzzer"}).encode(),
        {
            "Authorization": "Basic " + b64encode(f"editor:{PASSWORD}".encode()).decode(),
            "Content-Type": "application/json",
        },
    )
    return json.load(urllib.request.urlopen(request))["token"]
