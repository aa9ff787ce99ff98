# Two commands for a bare machine: `make demo` and `make test`. Both stand on `make setup`.
PYTHON ?= python3.11
BIN := .venv/bin
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check truth bench fuzz soak pins clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready ## make .venv with the pinned packages and the command .venv/bin/touchstone

.venv/.ready: requirements/run.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q config expectations tasks reports flows
	touch $@

.venv/.ready-dev: requirements/dev.txt .venv/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

demo: setup ## generate four quarters, run them, and show what was found
	$(BIN)/touchstone demo --seed $(SEED)

test: .venv/.ready-dev ## all tests that take under ten minutes together, on two cores
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/.ready-dev ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

truth: .venv/.ready-dev ## long simulations with planted effects
	$(BIN)/python -m pytest -m truth

bench: .venv/.ready-dev ## measurements, printed as they go to docs/benchmarks.md
	$(BIN)/python -m pytest -m bench -s

fuzz: .venv/.ready-dev ## thousands of damaged files
	$(BIN)/python -m pytest -m fuzz

soak: .venv/.ready-dev ## real processes, killed at every event
	$(BIN)/python -m pytest -m soak

pins: ## compile the pins from pyproject.toml; needs uv
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build --group dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt

clean: ## remove what was made
	rm -rf .venv build *.egg-info touchstone-demo touchstone-data
