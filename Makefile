# Two commands for a newcomer: make demo, make test. Each builds .venv itself.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TESTS ?= tests

.PHONY: help demo test check lint evaluate fix ui eval bench bench-eval simulate bench-retrieval bench-model nightly trials clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "warmline needs Python 3.11 or newer, found $$($(PYTHON) --version); name one: make demo PYTHON=python3.12" >&2; exit 2; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv \
	  || { rm -rf .venv; echo "python3 cannot make an environment; on Debian or Ubuntu: apt install python3-venv" >&2; exit 2; }
	@echo "Installing into .venv (once, a minute or less)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv \
	  && VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --constraint constraints.txt --editable '.[dev]' \
	  || $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY) ## three real tickets through the whole line, no key needed
	@$(BIN)/warmline demo

test: $(READY) ## all tests, on the real parts
	@$(BIN)/python -m pytest $(TESTS)

lint: $(READY) ## format, lint, strict types, import contracts, prompt and scenario files
	@$(BIN)/ruff format --check --quiet . || { echo "run: make fix" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null | tail -n 8 || { $(BIN)/lint-imports; exit 1; }
	@$(BIN)/warmline prompts lint
	@$(BIN)/warmline eval lint

evaluate: $(READY) ## the smoke suite must pass
	@$(BIN)/warmline eval run smoke

check: lint test evaluate ## exactly what CI runs

fix: $(READY) ## format and mend what can be mended
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

ui: $(READY) ## the desk and the API on one port
	@$(BIN)/warmline serve

eval: $(READY) ## the golden suite, with a table at the end
	@$(BIN)/warmline eval run golden

bench: $(READY) ## the figures the README quotes
	@$(BIN)/python -m tests.bench

bench-eval: $(READY) ## what the evaluation harness costs over the raw openai client, in one run
	@$(BIN)/python -m tests.eval.trials.bench

simulate: $(READY) ## is the gate right? false alarms, power and coverage by simulation
	@$(BIN)/python -m tests.eval.simulate

bench-retrieval: $(READY) ## index and search at 20,000 and 200,000 snippets (takes long)
	@$(BIN)/python -m tests.retrieval.trials.scale 20000 200000

trials: $(READY) ## the long safety trials: kill -9, index damage, attacks, failing models
	@$(BIN)/python -m tests.retrieval.trials.kill 300
	@$(BIN)/python -m tests.retrieval.trials.damage 5000
	@$(BIN)/python -m tests.model_server.attacks
	@$(BIN)/python -m tests.model_server.faults 1000
	@$(BIN)/python -m tests.eval.trials.kill 10
	@$(BIN)/python -m tests.service.trials.poison 1000
	@$(BIN)/python -m tests.service.trials.benign
	@$(BIN)/python -m tests.service.trials.canaries 5000
	@$(BIN)/python -m tests.service.trials.outage 100
	@$(BIN)/python -m tests.service.trials.floods
	@$(BIN)/python -m tests.service.trials.kills 50 300 50

bench-model: $(READY) ## what the model edge costs over the raw client
	@$(BIN)/python -m tests.model_server.bench

nightly: $(READY) ## the line against another's model server; says what it needs
	@$(BIN)/python -m tests.service.trials.thirdparty

clean: ## remove what was built; keeps .warmline (your data) and runs
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
