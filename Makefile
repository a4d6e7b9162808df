# The habits of this project; `make help` lists them. Everything is installed into .venv and node_modules.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

PORT ?= 6543
MESSAGE ?=
TESTS ?=
WORKERS ?= 2

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$name; break; fi; done)

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
NODE_MODULES := node_modules/.installed
ASSETS := jointops/static/build/.built
PO := $(wildcard jointops/locale/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)
PIP := $(BIN)/pip --disable-pip-version-check install --quiet

ifdef DATABASE_URL
export DATABASE_URL
endif

.PHONY: help
help: ## Say what each target does
	@echo "Usage: make TARGET [VARIABLE=value]"; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  DATABASE_URL   for run: another database, such as postgresql+psycopg://user:password@localhost/jointops"
	@echo "  PORT           for run: another port than $(PORT)"
	@echo "  TESTS          for pytest: which tests, such as 'tests/kernel -k clock'"
	@echo "  MESSAGE        for migration: what it does, in the imperative"

# --- Running -----------------------------------------------------------------------------------------------------

.PHONY: run
run: install ## Install everything, bring the database up to date, load the demonstration, serve it
	@$(BIN)/jointops db upgrade
	@$(BIN)/jointops demo
	@$(BIN)/jointops serve --port $(PORT)

.PHONY: install
install: $(RUNTIME) $(ASSETS) $(MO) ## Install what running needs, build the pages' assets and the catalogues

# --- Checking ----------------------------------------------------------------------------------------------------

.PHONY: test
test: check pytest ## Install and start everything the tests need, check the code, run the whole suite

.PHONY: check
check: lint types layers translations ## Run every check of the code that is not a test

.PHONY: lint
lint: $(DEVELOPMENT) ## Look for mistakes and unformatted files
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: types
types: $(DEVELOPMENT) ## Check the types
	$(BIN)/mypy

.PHONY: layers
layers: $(DEVELOPMENT) ## Check that packages import in the allowed directions only
	$(BIN)/lint-imports

.PHONY: translations
translations: $(DEVELOPMENT) ## Check that every language has every text
	$(BIN)/python scripts/translations.py check

.PHONY: pytest
pytest: $(DEVELOPMENT) install system ## Run the tests, or those that TESTS names
	$(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal $(TESTS)

.PHONY: bench
bench: $(DEVELOPMENT) install system ## Measure, on SQLite and PostgreSQL, and print ratios
	$(BIN)/python -m benchmarks

.PHONY: system
system: ## Install the Debian packages that the tests need (as root), or say which are missing
	@scripts/system-packages

# --- Writing -----------------------------------------------------------------------------------------------------

.PHONY: format
format: $(DEVELOPMENT) ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: messages
messages: $(DEVELOPMENT) ## Bring the catalogues of all languages up to date with the texts in the code
	$(BIN)/python scripts/translations.py update

.PHONY: migration
migration: $(DEVELOPMENT) ## Write the next migration from the models; MESSAGE says what it does
	@test -n "$(MESSAGE)" || { echo "Say what it does: make migration MESSAGE='Add …'" >&2; exit 2; }
	$(BIN)/python scripts/write_migration.py "$(MESSAGE)"

.PHONY: docs
docs: $(DEVELOPMENT) install ## Check the documentation's links; write the API and command reference to build/docs
	$(BIN)/python scripts/problem_codes.py write
	$(BIN)/python scripts/reference.py

.PHONY: lock
lock: $(DEVELOPMENT) ## Choose the versions of all dependencies anew, and write the lock files
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 setup.py \
		--custom-compile-command "make lock" --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 setup.py --extra dev \
		--constraint requirements.lock --custom-compile-command "make lock" --output-file requirements-dev.lock

.PHONY: clean
clean: ## Remove everything that was made, except the data in var/
	rm -rf $(VENV) node_modules build dist jointops/static/build jointops.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find jointops/locale -name '*.mo' -delete
	find jointops migrations tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +

# --- What the targets stand on -----------------------------------------------------------------------------------

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "jointops needs Python 3.11 or newer (python3 on the search path)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock setup.py pyproject.toml | $(BIN)/python
	$(PIP) --only-binary :all: --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUNTIME)
	$(PIP) --only-binary :all: --requirement requirements-dev.lock
	@touch $@

$(NODE_MODULES): package.json package-lock.json
	@command -v npm >/dev/null || { echo "jointops needs Node.js 20 or newer with npm." >&2; exit 1; }
	npm ci --no-audit --no-fund
	@touch $@

$(ASSETS): $(NODE_MODULES) $(shell find frontend -type f 2>/dev/null) jointops/rendering/chart-theme.json
	npm run --silent build
	@touch $@

%.mo: %.po | $(RUNTIME)
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
