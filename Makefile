# One word for each chore. CI (.ci/run) calls the same ones.
.PHONY: install run dev test test-fast world coverage mutants lint types format bench messages docs clean help
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
# "auto" is three processes for two cores (tests/conftest.py)
PYTEST_WORKERS ?= auto

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.translated ## make .venv with the takahe command

run: install ## install what is missing and serve at http://localhost:8000
	@exec $(BIN)/takahe serve

dev: $(VENV)/.installed-dev ## a server to work on: sample people, restarts at each change, error pages with SQL and profile
	@exec $(BIN)/takahe serve --dev --data-dir "$${TAKAHE_DATA_DIR:-data/dev}"

test: $(VENV)/.installed-dev ## every test, in parallel; PYTEST_ARGS="tests/stator -x" narrows it
	@tools/programs
	@tools/clients
	@tools/peers
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal $(PYTEST_ARGS)

test-fast: $(VENV)/.installed-dev ## the tests that need neither a browser nor server processes, and take less than a quarter of a second each
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal -q -m "not slow and not servers and not browser" --ignore tests/clients $(PYTEST_ARGS)

world: $(VENV)/.installed-dev ## exchange 5,000 activities with a hundred simulated hosts; WORLD_SEED=7 repeats a run, WORLD_SEED=1-60 WORLD_SIZE=0.1 tries many
	WORLD_SIZE=$${WORLD_SIZE:-1} $(BIN)/python -m pytest -q -s tests/federation/world $(PYTEST_ARGS)

coverage: $(VENV)/.installed-dev ## which lines the tests reach, child processes included; holes in .cache/coverage.txt
	@tools/programs
	@tools/clients
	@tools/peers
	@tools/coverage $(PYTEST_ARGS)

mutants: $(VENV)/.installed-dev ## take each guard of tools/mutants.tsv away and see its tests fail
	@tools/mutants

lint: $(VENV)/.installed-dev ## style of code and templates, and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djangofmt --check templates
	$(BIN)/djangofmt check templates
	$(BIN)/lint-imports

types: $(VENV)/.installed-dev ## strict types
	$(BIN)/mypy

format: $(VENV)/.installed-dev ## bring code, templates and docs into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djangofmt templates
	$(BIN)/djangofmt check --fix templates
	@tools/sentences

bench: $(VENV)/.installed-dev ## every benchmark, each beside its yardstick
	@for file in $$(grep -lE '^if __name__ == .__main__.:' benchmarks/*.py benchmarks/*/*.py | grep -v /support/ | sort); do \
		module=$$(echo "$${file%.py}" | tr / .); \
		echo "== $$module"; $(BIN)/python -m "$$module" || exit 1; done

messages: $(VENV)/.installed-dev ## collect the texts that are marked for translation into locale/, and compile the catalogues
	@$(BIN)/python tools/messages collect
	@$(BIN)/python tools/messages compile

docs: $(VENV)/.installed-dev ## check the docs against the code
	$(BIN)/python -m pytest -q -k "docs or documented" $(PYTEST_ARGS)

clean: ## remove what the tools left, not the data
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache

$(VENV)/.installed: requirements.txt tools/install tools/trim.py
	@tools/install requirements.txt
	@touch $@

$(VENV)/.translated: $(VENV)/.installed tools/messages $(wildcard locale/*/LC_MESSAGES/*.po)
	@$(BIN)/python tools/messages compile
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.translated
	@tools/install requirements-dev.txt
	@touch $@
