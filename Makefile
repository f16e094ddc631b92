# `make run` starts the site, `make test` tests it; `make help` lists the rest.

VENV := .venv
BIN := $(VENV)/bin
# Tried in this order; the first that is Python 3.11 or newer makes the environment.
PYTHONS = $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3
HOST ?= 127.0.0.1
PORT ?= 8000
# The folder with site.yaml and the plans; a site of its own keeps its data in var/, in a folder of its name.
SITE ?= fixtures
POSTGRES ?= postgres://postgres@127.0.0.1:5432/planwatch
# Extra words for pytest, or parts of make trust, for example: make test ARGS="-k search", make trust ARGS=scan
ARGS ?=
BROWSER_TESTS = $(wildcard tests/test_*browser.py) tests/test_api_tools.py
PYTEST = $(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

LOCK = var/lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run test test-postgres test-browser trust cluster-test lint format golden messages screenshots marks lighthouse lock audit clean bench bench-quick bench-pages bench-recipes bench-alerts

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

run: export DEBUG ?= 1
ifneq ($(SITE),fixtures)
run: export DATABASE_URL ?= sqlite:///$(CURDIR)/var/$(notdir $(SITE:/=))/planwatch.sqlite3
run: export PLANWATCH_DATASETS ?= $(CURDIR)/var/$(notdir $(SITE:/=))/datasets
endif
run: $(BIN)/run.stamp ## serve the SITE (fixtures) at HOST (127.0.0.1) and PORT (8000); uses DATABASE_URL if set
	@trap 'exit 0' INT; $(BIN)/python manage.py develop --data "$(SITE)" --host "$(HOST)" --port "$(PORT)"

test: export DEBUG = 1
test: $(BIN)/dev.stamp ## run every test on SQLite but those in a browser
	DATABASE_URL=sqlite://:memory: $(PYTEST)

test-postgres: export DEBUG = 1
test-postgres: export DATABASE_URL ?= $(POSTGRES)
test-postgres: $(BIN)/dev.stamp ## run the tests on PostgreSQL, at DATABASE_URL or 127.0.0.1:5432
	$(PYTEST) $(addprefix --ignore=,$(BROWSER_TESTS))

test-browser: export DEBUG = 1
test-browser: $(BIN)/dev.stamp node_modules/vnu-jar ## run the tests that need Chromium or Node; without them they fail instead of being skipped
	PLANWATCH_BROWSER_TESTS=required DATABASE_URL=sqlite://:memory: $(PYTEST) $(BROWSER_TESTS)

trust: export DEBUG = 1
trust: $(BIN)/dev.stamp var/wapiti/bin/wapiti ## hostile input, a scan by Wapiti, kills under writers, a soak test and attacks (45 minutes); writes docs/quality.md
	$(BIN)/python -m tests.trust $(ARGS)

cluster-test: export DEBUG = 1
cluster-test: $(BIN)/dev.stamp ## kill databases under a site on several machines, for a minute; writes docs/quality.md
	DATABASE_URL=sqlite://:memory: $(BIN)/python -m tests.cluster

lint: $(BIN)/dev.stamp ## check the code and the templates with ruff and djlint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --quiet --check templates
	$(BIN)/djlint --quiet --lint templates

format: $(BIN)/dev.stamp ## format the code and the templates
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	-$(BIN)/djlint --quiet --reformat templates

bench: export DEBUG = 1
bench: $(BIN)/dev.stamp ## measure speed against alternatives on SQLite and POSTGRES (half an hour, the first time an hour); writes docs/benchmarks.md; needs wrk
	DATABASE_URL=sqlite://:memory: $(BIN)/python -m benchmarks full "$(POSTGRES)"

bench-quick: export DEBUG = 1
bench-quick: $(BIN)/dev.stamp ## the same in three minutes, once its data exist: SQLite only, one size
	DATABASE_URL=sqlite://:memory: $(BIN)/python -m benchmarks quick

bench-pages: $(BIN)/dev.stamp ## print the processor time of each page, uncached, beside its goal (less than a minute)
	$(BIN)/python -W ignore -m benchmarks.pages

bench-recipes: export DEBUG = 1
bench-recipes: $(BIN)/dev.stamp ## run the recipes of docs/api.md in each language; writes their lines and seconds there
	$(BIN)/python -m benchmarks.recipes

bench-alerts: export DEBUG = 1
bench-alerts: $(BIN)/dev.stamp ## alert 100, 1,000 and 10,000 subscribers of one change, by a mail server on this machine
	DATABASE_URL=sqlite://:memory: $(BIN)/python -m benchmarks.alerts

golden: export DEBUG = 1
golden: $(BIN)/dev.stamp ## rewrite the golden answers in tests/golden; their diff shows what clients will see
	PLANWATCH_GOLDEN=write DATABASE_URL=sqlite://:memory: $(BIN)/python -m pytest -q tests/test_golden.py

messages: export DEBUG = 1
messages: $(BIN)/dev.stamp ## update the Spanish catalog and list what is not translated
	$(BIN)/python -m tests.catalogue

screenshots: export DEBUG = 1
screenshots: $(BIN)/dev.stamp ## take a screenshot of every public page into docs/screenshots
	$(BIN)/python -m tests.screenshots

marks: export DEBUG = 1
marks: $(BIN)/dev.stamp ## redraw the status marks of social cards from templates/charts/marks.svg
	$(BIN)/python -m tests.status_marks

lighthouse: export DEBUG = 1
lighthouse: $(BIN)/dev.stamp node_modules/lighthouse ## run Lighthouse on eleven pages as on a phone; writes docs/quality.md
	$(BIN)/python -m tests.lighthouse

lock: var/lock/bin/uv ## pin the requirements with hashes, for every system
	$(LOCK) requirements.txt -o requirements.lock
	$(LOCK) requirements-dev.txt -o requirements-dev.lock
	$(LOCK) --no-deps requirements-dev-no-deps.txt -o requirements-dev-no-deps.lock
	$(LOCK) requirements-scan.txt -o requirements-scan.lock
	$(LOCK) requirements-lock.txt -o requirements-lock.lock
	$(LOCK) benchmarks/datasette.txt -o benchmarks/datasette.lock

audit: $(BIN)/dev.stamp ## list what is installed, with licenses and newer versions; fail if it is not what is pinned
	$(BIN)/python -m tests.audit

clean: ## remove the environments and the local data
	rm -rf $(VENV) node_modules var staticfiles .pytest_cache .ruff_cache .hypothesis

# Without Node or Java the pages' HTML and the API's schema are not checked, and the tests say so.
node_modules/vnu-jar: package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing the checkers of HTML and of OpenAPI into node_modules …"; \
		npm ci --omit=optional --no-audit --no-fund --loglevel=error && touch $@; \
	fi

node_modules/lighthouse: package-lock.json
	@echo "Installing Lighthouse into node_modules …"
	@npm ci --no-audit --no-fund --loglevel=error && touch $@

$(BIN)/run.stamp: requirements.lock | $(BIN)/python
	@echo "Installing what PlanWatch needs into $(VENV) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(BIN)/dev.stamp: requirements-dev.lock requirements-dev-no-deps.lock | $(BIN)/python
	@echo "Installing what the tests need into $(VENV) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements-dev-no-deps.lock
	@touch $@ $(BIN)/run.stamp

var/lock/bin/uv: requirements-lock.lock | $(BIN)/python
	@$(BIN)/python -m venv var/lock
	@var/lock/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-lock.lock
	@touch $@

var/wapiti/bin/wapiti: requirements-scan.lock | $(BIN)/python
	@echo "Installing Wapiti into var/wapiti …"
	@$(BIN)/python -m venv var/wapiti
	@var/wapiti/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-scan.lock
	@touch $@

$(BIN)/python:
	@for python in $(PYTHONS); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			"$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
				echo "$$python lacks the module venv. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
			"$$python" -m venv $(VENV) && exit 0; \
			rm -rf $(VENV); echo "The environment $(VENV) could not be made; see above." >&2; exit 1; \
		fi; \
	done; \
	echo "PlanWatch needs Python 3.11 or newer; found: $$(python3 --version 2>/dev/null || echo none)." >&2; \
	echo "Install it (on Debian and Ubuntu: apt-get install python3.11 python3.11-venv), or name it: make run PYTHON=/path/to/python3.11" >&2; \
	exit 1
