# Every target does its own set-up: a virtual environment in .venv and the locked dependencies, nothing global.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# the rest of the machine may hold a core: tests are spread over what there is
JOBS ?= 2

.PHONY: all demo test lint types docs site fuzz bench lock clean help
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

all: lint test ## lint and test

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("vedette needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "The venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/base.txt pyproject.toml | $(BIN)/python
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(BIN)/python -m ensurepip >/dev/null # another tool may have made $(VENV)
	@echo "Installing the locked dependencies (once; about a minute)"
	@$(PIP) install --require-hashes --no-deps -r requirements/base.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing the locked development tools (once; about a minute)"
	@$(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.run ## a simulated AWS estate, from discovery to a patched instance
	@$(BIN)/vedette demo

test: $(VENV)/.dev ## the whole test suite with the coverage gates
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --cov --cov-report= $(PYTEST)
	@$(BIN)/python -m coverage report --fail-under=95 --skip-covered
	@$(BIN)/python -m coverage report --fail-under=100 --skip-covered --include='src/vedette/errors.py,src/vedette/model/*,src/vedette/versions/*,src/vedette/matching/*,src/vedette/findings/*,src/vedette/network/*'

lint: $(VENV)/.dev ## ruff (format, ALL), mypy strict, import-linter, deptry, generated pages, links of the documentation
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry src
	@$(BIN)/python -m tools.generate_reference --check
	@$(BIN)/python tools/generate_feeds_reference.py --check
	@$(BIN)/python tools/generate_api_reference.py --check
	@$(BIN)/python tools/generate_catalogue.py --check
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --site-dir .site

types: $(VENV)/.dev ## mypy alone
	@$(BIN)/mypy

docs: $(VENV)/.run ## write the generated reference pages anew
	@$(BIN)/python -m tools.generate_reference
	@$(BIN)/python tools/generate_feeds_reference.py
	@$(BIN)/python tools/generate_api_reference.py
	@$(BIN)/python tools/generate_catalogue.py

site: $(VENV)/.dev ## the documentation as a site, in .site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --site-dir .site

fuzz: $(VENV)/.dev ## extractors on damaged files, for a minute; FUZZ="--seed N" for the cases of another run
	@$(BIN)/python -m tools.fuzz_inventory --seconds 60 $(FUZZ)

bench: $(VENV)/.dev ## benchmarks beside the real peers
	@$(BIN)/python -m benchmarks

lock: ## resolve the locked dependencies anew (needs uv)
	uv pip compile --quiet --universal --upgrade --no-emit-index-url --generate-hashes --python-version 3.11 --extra demo --group build pyproject.toml -o requirements/base.txt
	uv pip compile --quiet --universal --upgrade --no-emit-index-url --generate-hashes --python-version 3.11 --extra demo --group build --group dev pyproject.toml -c requirements/base.txt -o requirements/dev.txt

clean: ## remove what the targets made
	rm -rf $(VENV) .site .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
