# The commands people type. On a fresh machine with Python 3.11+ `make run` and `make test` set up all they
# need in .venv; the stamps in it say what is done already.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUNNING := $(VENV)/.ready-to-run
DEVELOPING := $(VENV)/.ready-to-develop

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench e2e docs catalogue clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(RUNNING) ## start the hub with a sample district on http://127.0.0.1:$(PORT) (PORT=8000)
	@exec $(BIN)/kimhub demo --port $(PORT)

test: $(DEVELOPING) ## run all tests (ARGS="tests/cli -k serve" narrows them)
	@if [ -x tests/servers/install.sh ]; then tests/servers/install.sh; fi
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

e2e: $(DEVELOPING) ## the tests in a real browser and on real WordPress sites; Lighthouse, pictures for docs/
	@if [ -x tests/servers/install.sh ]; then tests/servers/install.sh lighthouse; fi
	$(BIN)/pytest -m "browser or wordpress or measured" $(ARGS)

lint: $(DEVELOPING) ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEVELOPING) ## put the style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEVELOPING) ## the benchmarks (ARGS="--json", ARGS=--large for 100,000 posts)
	$(BIN)/kimhub bench $(ARGS)
	@if [ -d ../shared/data/corpora/search-id ]; then $(BIN)/python -m tests.search.quality; fi

docs: $(DEVELOPING) ## config.example.toml from the declared settings
	$(BIN)/python -c "from hub.config import example; print(example(), end='')" > config.example.toml

catalogue: $(DEVELOPING) ## compile the words (*.po) for people
	$(BIN)/pybabel compile --domain hub --directory hub/locale
	if [ -d web/translations ]; then $(BIN)/pybabel compile --directory web/translations; fi

clean: ## remove the environment and the sample hub
	rm -rf $(VENV) var

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(RUNNING): setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing what the hub needs (once) ..."
	@$(PIP) install --editable .
	@touch $@

$(DEVELOPING): setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need (once) ..."
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(RUNNING)
