"""What the tools of others make of the API's schema: linters by their recommended rules, and a TypeScript client."""

import json
import os
import subprocess

import pytest

from tests.live_site import ROOT, serving

pytestmark = [
    pytest.mark.sqlite_only,
    pytest.mark.skipif(
        os.environ.get("PLANWATCH_BROWSER_TESTS") != "required",
        reason="needs Node; run make test-browser",
    ),
]
BIN = ROOT / "node_modules" / ".bin"
# Addresses end with a slash, as Django's do, and are promised to stay.
REDOCLY = "extends: [recommended]\nrules: {no-path-trailing-slash: off}"
SPECTRAL = "extends: [[spectral:oas, recommended]]\nrules: {path-keys-no-trailing-slash: off}"
PROGRAM = """
import createClient from "openapi-fetch";
import type { components, paths } from "./planwatch.js";

declare const process: { argv: string[] };
const client = createClient<paths, "application/json">({ baseUrl: process.argv[2] });
const query = { pillar: ["protection"], is_open: "true" as const };
const list = await client.GET("/api/v1/commitments/", { params: { query } });
if (list.error) throw new Error(list.error.errors[0]?.detail);
const first: components["schemas"]["Commitment"] = list.data.results[0]!;
const title: string = first.title;
const asked = { params: { query: { ...query, format: "csv" as const } }, parseAs: "text" as const };
const csv = await client.GET("/api/v1/commitments/", asked);
const heading: string = csv.data!.split("\\r\\n")[0]!;
// @ts-expect-error: a status that does not exist
const wrong: components["schemas"]["StatusEnum"] = "finished";
const refused = await client.GET("/api/v1/commitments/", { params: { query: { pillar: ["protektion"] } } });
console.log(JSON.stringify([list.data.count, title, heading, refused.error?.errors[0]?.code]));
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory, worker_id):
    folder = tmp_path_factory.getbasetemp()
    # The workers of one run share the prepared database.
    folder = (folder.parent if worker_id != "master" else folder) / "site"
    folder.mkdir(exist_ok=True)
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="module")
def place(site, tmp_path_factory):
    place = tmp_path_factory.mktemp("tools")
    (place / "node_modules").symlink_to(ROOT / "node_modules")
    (place / "package.json").write_text('{"type": "module"}')
    (place / "redocly.yaml").write_text(REDOCLY)
    (place / ".spectral.yaml").write_text(SPECTRAL)
    run(place, "curl", "-sSf", "-o", "schema.json", f"{site}/api/v1/schema/")
    return place


def run(place, *words) -> str:
    environment = os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "1"}
    done = subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_redocly_finds_nothing_against_its_recommended_rules(place):
    found = json.loads(run(place, BIN / "redocly", "lint", "schema.json", "--format=json"))
    assert found["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


def test_spectral_finds_nothing_against_its_recommended_rules(place):
    words = ("lint", "schema.json", "--fail-severity=warn", "--format=json", "--quiet")
    assert json.loads(run(place, BIN / "spectral", *words)) == []


def test_a_typescript_client_reads_objects_csv_and_refusals(place, site):
    run(place, BIN / "openapi-typescript", "schema.json", "-o", "planwatch.d.ts")
    (place / "program.ts").write_text(PROGRAM)
    strict = ("--strict", "--noUncheckedIndexedAccess", "--skipLibCheck")
    run(place, BIN / "tsc", *strict, "--module", "nodenext", "--target", "es2022", "program.ts")
    count, title, heading, code = json.loads(run(place, "node", "program.js", site))
    assert count > 10 and title and heading.startswith("code,") and code == "unknown_value"
